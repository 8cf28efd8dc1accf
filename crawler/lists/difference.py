"""Find the entries that a change adds to a list or alters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from crawler.model.values import Entry

T = TypeVar("T", bound=Hashable)


def added(base: Iterable[Entry], head: Sequence[Entry]) -> tuple[int, ...]:
    """The indexes of those entries of `head` that `base` does not have.

    The position of an entry does not matter. If `head` has more of several equal entries than
    `base`, that many count as added, preferably those in sections that had none.
    """
    placed = Counter((entry.section, _worded(entry)) for entry in base)
    places = [
        place
        for place, entry in enumerate(head)
        if not _take(placed, (entry.section, _worded(entry)))
    ]
    worded: Counter[Hashable] = Counter()
    for (_, words), count in placed.items():
        worded[words] += count
    return tuple(place for place in places if not _take(worded, _worded(head[place])))


def _take(left: Counter[T], mark: T) -> bool:
    """Whether there is one more of `mark`, which is then taken."""
    count = left[mark]
    if count:
        left[mark] = count - 1
    return count > 0


def _worded(entry: Entry) -> Hashable:
    return entry.repository, entry.title, entry.description
