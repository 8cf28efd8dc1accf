"""Edits of a text by their places: each byte that is not part of one stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T", bound=Hashable)

MOST_LOOKS: Final = 100
"""Each is a parse of the list; ten find one of a thousand edits."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters from `start` to `end` become `text`; where both are one place, it is put in
    there."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with edits that do not overlap, given in any order."""
    out: list[str] = []
    seen = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < seen:
            raise ValueError("edits overlap")
        out += text[seen : edit.start], edit.text
        seen = edit.end
    return "".join((*out, text[seen:]))


def keep_sound(
    changes: Sequence[T], faults: Callable[[Sequence[T]], Collection[T]], looks: int = MOST_LOOKS
) -> tuple[list[T], list[T]]:
    """Those of some changes that may be made together, and those that are to be left out, each in
    their order.

    `faults` makes some changes, looks at what came of them, and returns those that broke
    something: none where all is well, all of them where it cannot tell which one it was. Then they
    are halved until the one that breaks is found. After so many `looks` the rest is left out.
    """
    kept: list[T] = []
    left: set[T] = set()

    def add(group: Sequence[T]) -> None:
        nonlocal looks
        while group:
            looks -= 1
            if looks < 0:
                left.update(group)
                return
            broken = {*faults([*kept, *group])}
            if not broken:
                kept.extend(group)
                return
            told = [each for each in group if each in broken]
            if 0 < len(told) < len(group):
                left.update(told)
                group = [each for each in group if each not in broken]
                continue
            if len(group) == 1:
                left.update(group)
                return
            half = len(group) // 2
            add(group[:half])
            group = group[half:]

    add(changes)
    return [each for each in changes if each not in left], [
        each for each in changes if each in left
    ]
