"""Annotates a list: what is known of each entry's repository, behind its title."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.lists.annotations import Figures, find_annotations, plain_text, say, wrapped
from crawler.lists.edits import Edit, apply_edits
from crawler.lists.titles import TitledList, guess_titles
from crawler.model.hosts import Hosts
from crawler.model.settings import Extra
from crawler.model.values import Entry, RepositoryName


@dataclass(frozen=True, slots=True)
class Annotated:
    """A list with annotations."""

    text: str
    count: int
    """Entries that have one."""
    left: tuple[Entry, ...]
    """Entries of which something is known, and behind which nothing can stand."""


def annotate(
    titled: TitledList,
    figures: Mapping[str, Figures | None],
    extras: Collection[Extra] = (),
    before: Mapping[str, str] | None = None,
) -> Annotated:
    """Write what is known behind the titles.

    `figures` are by `RepositoryName.key`: None is gone, and one that is not there could not be
    asked for, so that what stood there stays. `before` is that, as `said_before` finds it.
    """
    edits = []
    left = []
    for entry, place in zip(titled.parsed.entries, titled.ends, strict=True):
        key = entry.repository.key
        said = (before or {}).get(key, "")
        if key in figures:
            known = figures[key]
            said = say(known, extras, said) if known else ""
        if said and place is None:
            left.append(entry)
        elif said and place is not None:
            edits.append(Edit(place, place, wrapped(said)))
    return Annotated(apply_edits(titled.text, edits), len(edits), tuple(left))


def said_before(
    text: str, titled: TitledList, hosts: Hosts, itself: RepositoryName | None = None
) -> dict[str, str]:
    """What an earlier annotation of a list says, by `RepositoryName.key`.

    `text` may be that of another state of the list than `titled`, and in another order.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    said = {each.place: each.said for each in find_annotations(text)}
    if not said:
        return {}
    plain = plain_text(text)
    places: Iterable[Collection[int | None]] = [(end,) for end in titled.ends]
    entries: Sequence[Entry] = titled.parsed.entries
    if plain != titled.text:
        entries, places = guess_titles(plain, hosts, itself, titled.markup)
    found: dict[str, str] = {}
    for entry, likely in zip(entries, places, strict=True):
        for place in likely:
            if place in said:
                found.setdefault(entry.repository.key, said[place])
    return found
