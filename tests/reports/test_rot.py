"""The table says which entries are gone, moved or archived."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import failure, ranking, row

from crawler.model.filters import Filters
from crawler.model.results import Ranking
from crawler.model.values import Reason, Source
from crawler.reports.formats import View
from crawler.reports.render import render


def rotten(gone: int, moved: int, archived: int) -> Ranking:
    """A run over a list of which so many are gone, have moved and are archived."""
    rows = [row(f"kept/{at}", 1) for at in range(12)]
    rows += [row(f"new/{at}", 2, listed_as=(f"old/{at}",), renamed=True) for at in range(moved)]
    rows += [row(f"attic/{at}", 3, archived=True) for at in range(archived)]
    lost = [failure(f"gone/{at}", Reason.BLOCKED if at else Reason.NOT_FOUND) for at in range(gone)]
    lost.append(failure("slow/one", Reason.UNAVAILABLE))
    made = ranking(*rows, failures=tuple(lost))
    return replace(made, sources=(Source("a/list", None, len(rows)),))


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        (
            (4, 1, 2),
            "gone: gone/0, gone/1, gone/2 and 1 more; moved: old/0 → new/0; "
            "archived: attic/0, attic/1; all: python -m crawler check a/list",
        ),
        ((0, 0, 1), "archived: attic/0; all: python -m crawler check a/list"),
        ((0, 0, 0), None),
    ],
)
def test_at_most_three_names_of_each(counts: tuple[int, int, int], line: str | None) -> None:
    """Of all rows, not only of those that are shown; nothing where nothing is."""
    lines = render(rotten(*counts), "table", Filters(top=3)).splitlines()
    assert [each for each in lines if "crawler check" in each] == ([line] if line else [])


def test_the_list_is_named_as_a_shell_takes_it() -> None:
    """What a user copies checks that list and no other; of several it says that one is to be
    named."""
    one = rotten(1, 0, 0)
    spaced = replace(one, sources=(Source("./my list.md", None, 1),))
    assert "all: python -m crawler check './my list.md'\n" in render(spaced, "table")
    assert "all: python -m crawler check LIST\n" in render(replace(one, sources=()), "table")


@pytest.mark.parametrize("counts", [(9, 9, 9), (1, 0, 0), (0, 30, 0), (3, 3, 3)])
@pytest.mark.parametrize("width", [80, 60])
def test_the_table_keeps_to_a_screen(counts: tuple[int, int, int], width: int) -> None:
    """Names give way, the command last."""
    lines = render(rotten(*counts), "table", view=View(width=width)).splitlines()
    assert len(lines) <= 18
    assert any("crawler check" in line for line in lines)
