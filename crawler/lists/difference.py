"""Find the entries that a change adds to a list or alters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from crawler.model.values import Entry


def added(base: Sequence[Entry], head: Sequence[Entry]) -> tuple[int, ...]:
    """The indexes of those entries of `head` that `base` does not have.

    The position of an entry does not matter. Of several equal entries, as many are added as there
    are more than before, preferably those in sections where there were none.
    """
    remaining = [*range(len(head))]
    left = [*base]
    for mark in (_placed, _worded):
        remaining, left = _unmatched(left, head, remaining, mark)
    return tuple(remaining)


def _unmatched(
    base: Sequence[Entry],
    head: Sequence[Entry],
    places: Sequence[int],
    mark: Callable[[Entry], Hashable],
) -> tuple[list[int], list[Entry]]:
    """The entries on both sides that remain after pairing those with the same mark."""
    known = Counter(map(mark, base))
    remaining = []
    for place in places:
        found = mark(head[place])
        if known[found]:
            known[found] -= 1
        else:
            remaining.append(place)
    left = []
    for entry in base:
        if known[mark(entry)]:
            known[mark(entry)] -= 1
            left.append(entry)
    return remaining, left


def _worded(entry: Entry) -> Hashable:
    return entry.repository, entry.title, entry.description


def _placed(entry: Entry) -> Hashable:
    return _worded(entry), entry.section
