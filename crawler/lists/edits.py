"""Edits of a text by position: every other byte stays unchanged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Final, TypeVar

from crawler.model.frozen import frozen

T = TypeVar("T", bound=Hashable)

MOST_LOOKS: Final = 100
"""Each costs a parse of the list; ten find one of a thousand edits."""


@frozen
class Edit:
    """Replaces the characters from `start` to `end` with `text`; if both are equal, inserts it."""

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
    """The changes that can be made together, and those to leave out, each in their order.

    `faults` makes some changes, examines the result, and returns those that broke something: none
    if all is well, all of them if it cannot tell which one it was. They are then halved until the
    faulty one is found. After `looks` attempts the rest is left out.
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
