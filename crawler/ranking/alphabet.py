"""Find the entries of a list that are out of alphabetical order."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Hashable, Sequence
from typing import Final
from unicodedata import combining, normalize

from crawler.model.values import Entry

_LEADING: Final = re.compile(r"[\W_]+")


def find_misplaced(
    entries: Sequence[Entry], judged: Collection[int], groups: Sequence[Hashable] = ()
) -> dict[int, Entry]:
    """Each misplaced entry among those at the places `judged`, with the entry of its section that
    it should be on the other side of.

    As few entries as possible are misplaced; those that are not judged are assumed to be in place.
    `groups` says for each entry which of those in its section it is compared with: those of its
    group; without it, with all.
    """
    wanted = frozenset(judged)
    sections: dict[Hashable, list[int]] = {}
    for place, entry in enumerate(entries):
        group = groups[place] if groups else None
        sections.setdefault((entry.section, group), []).append(place)
    found = {}
    for places in sections.values():
        mine = [place for place in places if place in wanted]
        if not mine:
            continue
        keys = {place: _key(entries[place].title) for place in places}
        fixed = _longest([place for place in places if place not in wanted], keys)
        fitting = [place for place in mine if _offender(place, fixed, keys) is None]
        kept = sorted([*fixed, *_longest(fitting, keys)])
        for place in mine:
            offender = _offender(place, kept, keys)
            if offender is not None:
                found[place] = entries[offender]
    return found


def _key(title: str) -> str:
    """The sort key of a title: letters and digits, without case and accents."""
    plain = "".join(each for each in normalize("NFKD", title.casefold()) if not combining(each))
    return _LEADING.sub("", plain, count=1) if _LEADING.match(plain) else plain


def _offender(place: int, kept: Sequence[int], keys: dict[int, str]) -> int | None:
    """The nearest entry of `kept`, which is in order, that is on the wrong side of a place."""
    at = bisect_right(kept, place)
    before, after = at - 1, at
    if before >= 0 and kept[before] == place:
        before -= 1
    if before >= 0 and keys[kept[before]] > keys[place]:
        return kept[before]
    if after < len(kept) and keys[kept[after]] < keys[place]:
        return kept[after]
    return None


def _longest(places: Sequence[int], keys: dict[int, str]) -> list[int]:
    """The longest subsequence of `places` that is in order."""
    tails: list[int] = []
    tail_keys: list[str] = []
    previous: dict[int, int | None] = {}
    for place in places:
        at = bisect_right(tail_keys, keys[place])
        previous[place] = tails[at - 1] if at else None
        tails[at : at + 1] = [place]
        tail_keys[at : at + 1] = [keys[place]]
    longest = []
    last = tails[-1] if tails else None
    while last is not None:
        longest.append(last)
        last = previous[last]
    return longest[::-1]
