"""Edits of a text, and which of many changes break something."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lists.edits import Edit, apply_edits, keep_sound


def test_edits_are_made_in_the_order_of_the_text() -> None:
    """In whatever order they are given; two in one place in the order given."""
    edits = [Edit(4, 5, ""), Edit(0, 1, "AA"), Edit(2, 2, "+"), Edit(2, 2, "-")]
    assert apply_edits("abcdef", edits) == "AAb+-cdf"
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abcdef", [Edit(0, 3, ""), Edit(2, 4, "")])


@given(st.integers(1, 40), st.sets(st.integers(0, 39)), st.booleans())
def test_what_breaks_is_found(count: int, bad: set[int], tells: bool) -> None:
    """Whether or not anybody can tell which one it was; all others are kept."""
    changes = [*range(count)]

    def faults(some: Sequence[int]) -> Collection[int]:
        broken = bad & {*some}
        return broken if tells or not broken else some

    kept, left = keep_sound(changes, faults, 1000)
    assert kept == [each for each in changes if each not in bad]
    assert left == [each for each in changes if each in bad]


def test_what_breaks_only_together() -> None:
    """One of the two stays."""
    kept, left = keep_sound("abcd", lambda some: some if {*"bd"} <= {*some} else ())
    assert (kept, left) == (["a", "b", "c"], ["d"])


def test_looks_are_counted() -> None:
    """What was not looked at is left out."""
    looks = 0

    def faults(some: Sequence[int]) -> Collection[int]:
        nonlocal looks
        looks += 1
        return some

    assert keep_sound(range(1000), faults, 7) == ([], [*range(1000)])
    assert looks == 7
