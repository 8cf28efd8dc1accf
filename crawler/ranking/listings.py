"""From entries to listings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from crawler.model.values import Elsewhere, Entry, Listing


def merge_entries(lists: Iterable[tuple[str, Sequence[Entry]]]) -> list[Listing]:
    """One listing for each repository that the lists name, in the order of first mention.

    `lists` are pairs of a source's name and its entries. Title and description
    are those of the first place that has one.
    """
    places: dict[str, list[tuple[str, Entry]]] = {}
    for source, entries in lists:
        for entry in entries:
            places.setdefault(entry.repository.key, []).append((source, entry))
    return [_listing(found) for found in places.values()]


def count_by_host(elsewhere: Iterable[Elsewhere]) -> tuple[tuple[str, int], ...]:
    """How much is listed on each host that is not asked, the most first."""
    counts = Counter(each.host for each in elsewhere)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _listing(places: Sequence[tuple[str, Entry]]) -> Listing:
    entries = [entry for _, entry in places]
    return Listing(
        repository=entries[0].repository,
        title=next((entry.title for entry in entries if entry.title), None),
        description=next((entry.description for entry in entries if entry.description), None),
        sections=tuple(dict.fromkeys(entry.section for entry in entries if entry.section)),
        sources=tuple(dict.fromkeys(source for source, _ in places)),
    )
