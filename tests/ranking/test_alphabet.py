"""Alphabetical order within sections."""

from __future__ import annotations

import itertools

import pytest
from builders import entry

from crawler.model.values import Entry
from crawler.ranking.alphabet import find_misplaced


def titled(*titles: str) -> list[Entry]:
    """Entries; a title may have its section behind a slash."""
    return [
        entry(f"o/r{at}", title.partition("/")[0], "", *title.split("/")[1:])
        for at, title in enumerate(titles)
    ]


@pytest.mark.parametrize(
    ("titles", "judged", "misplaced"),
    [
        (["a", "B", "c"], None, {}),
        (["a", "z", "b", "c"], None, {1: "b"}),
        (["b", "c", "a"], None, {2: "c"}),
        (["a", "A", "a"], None, {}),
        (["Élan", "`fix`", "@go", ".net"], None, {}),
        (["b/X", "a/Y", "c/X"], None, {}),
        (["b/X", "a/Y", "a/X"], None, {0: "a"}),
        # Who adds answers for what is added, though others would have to move as well.
        (["z", "y", "m", "x"], [2], {}),
        (["a", "m", "b", "c"], [1], {1: "b"}),
        (["a", "c", "b", "d"], [0, 3], {}),
        ([], [], {}),
    ],
)
def test_who_stands_on_the_wrong_side(
    titles: list[str], judged: list[int] | None, misplaced: dict[int, str]
) -> None:
    """By places: the title of a neighbour."""
    entries = titled(*titles)
    found = find_misplaced(entries, range(len(entries)) if judged is None else judged)
    assert {place: other.title for place, other in found.items()} == misplaced


def test_as_few_as_possible_are_misplaced() -> None:
    """What is left without them is in order, and no smaller part could be taken out."""
    for titles in itertools.product("abc", repeat=5):
        entries = titled(*titles)
        found = find_misplaced(entries, range(5))
        kept = [title for place, title in enumerate(titles) if place not in found]
        assert kept == sorted(kept)
        assert len(kept) == max(
            len(part)
            for size in range(6)
            for part in itertools.combinations(titles, size)
            if list(part) == sorted(part)
        )
