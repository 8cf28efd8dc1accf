"""Rankings that are read from tables when they are asked for, however long they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import GITHUB, NOON, failure, ranking, row
from reports.samples import EVERY_KIND, SINCE
from store.tables import header_of, tabled

from crawler.model.errors import RunError
from crawler.model.filters import Filters, Sort
from crawler.model.results import Ranking
from crawler.model.rows import LazyRows, Row
from crawler.model.settings import CommandSettings
from crawler.ranking.filters import apply_filters
from crawler.ranking.gains import Growth
from crawler.reports.outputs import save_reports
from crawler.store.rows import StoredRun
from crawler.store.runs import ranking_of
from crawler.store.workspace import AT_ONCE

MANY = 2_503

DISTANT = replace(
    SINCE,
    rows=tuple(
        replace(each, baseline_distant=each.gained is not None and place % 2 == 0)
        for place, each in enumerate(SINCE.rows)
    ),
)
"""Of some rows the gain counts from another day."""
"""More than any reader takes at once."""


def lazy(known: Ranking) -> Ranking:
    """The same ranking, its rows and failures in tables."""
    made = tabled(known)
    growths = (
        [
            Growth(**{key: getattr(each, key) for key in Growth.__dataclass_fields__})
            for each in known.rows
        ],
        [Growth(changed=each.changed) for each in known.failures],
    )
    if any(growth != Growth() for found in growths for growth in found):
        made.put_growths(*growths)
    return ranking_of(header_of(known), made)


@pytest.fixture(scope="module")
def many() -> StoredRun:
    """A run of so many rows, every third of them written in C#, and a failure for every tenth."""
    rows = [
        row(
            f"o/r{number:05}",
            rank=number + 1,
            stars=MANY - number,
            language="C#" if number % 3 == 0 else None,
            sections=((f"S{number % 5}",),),
            pushed_at=NOON - timedelta(minutes=number * 7919 % MANY),
        )
        for number in range(MANY)
    ]
    failures = tuple(failure(f"f/f{number}") for number in range(MANY // 10))
    return tabled(ranking(*rows, failures=failures))


def names(rows: Sequence[Row]) -> list[int]:
    """The numbers in the names of rows."""
    return [int(each.repository[3:]) for each in rows]


@pytest.mark.parametrize("known", [EVERY_KIND, SINCE])
def test_rows_are_those_that_were_put_in(known: Ranking) -> None:
    """With all that a comparison says of them, each time they are gone through."""
    found = lazy(known)
    aged = [replace(each, age=0) for each in known.rows]
    for _ in range(2):
        assert [replace(each, age=0) for each in found.rows] == aged
        assert tuple(found.failures) == known.failures


def test_many_rows_are_gone_through_more_than_once(many: StoredRun) -> None:
    """In the order of their ranks, side by side too."""
    rows = many.rows
    assert len(rows) == MANY > AT_ONCE
    assert names(rows) == [*range(MANY)]
    for first, second in zip(rows, rows, strict=True):
        assert first.rank == second.rank
    assert [len(many.failures), sum(1 for _ in many.failures)] == [MANY // 10] * 2


@pytest.mark.parametrize("place", [0, 1, AT_ONCE - 1, AT_ONCE, MANY - 1, -1, -MANY])
def test_any_row_can_be_taken(many: StoredRun, place: int) -> None:
    """As of any other sequence."""
    assert many.rows[place].rank == range(1, MANY + 1)[place]


@pytest.mark.parametrize("place", [MANY, -MANY - 1])
def test_where_there_is_no_row_there_is_an_error(many: StoredRun, place: int) -> None:
    """That of any other sequence."""
    with pytest.raises(IndexError):
        many.rows[place]


@pytest.mark.parametrize(
    "part",
    [
        slice(5),
        slice(AT_ONCE - 2, AT_ONCE + 2),
        slice(-3, None),
        slice(None, None, 997),
        slice(10, 0, -3),
        slice(7, 7),
        slice(MANY, None),
    ],
)
def test_a_slice_is_rows_again(many: StoredRun, part: slice) -> None:
    """It may be cut and gone through as the whole."""
    wanted = [*range(MANY)][part]
    found = many.rows[part]
    assert (len(found), names(found)) == (len(wanted), wanted)
    assert names(found[1:-1]) == wanted[1:-1]
    assert [each.rank for each in reversed(found)] == [place + 1 for place in reversed(wanted)]


def test_rows_at_some_places_come_in_that_order(many: StoredRun) -> None:
    """Twice, where they are asked for twice; places are those in the sequence."""
    assert names(many.rows.at([5, 3, 3, MANY - 1])) == [5, 3, 3, MANY - 1]
    behind = many.rows[100:]
    assert isinstance(behind, LazyRows)
    assert names(behind.at([2, 0])) == [102, 100]
    assert names(many.rows.at([])) == []
    wanted = [*range(MANY - 1, 0, -2)]
    assert names(many.rows.at(wanted)) == wanted


@pytest.mark.parametrize("sort", ["stars", "gained", "rate", "pushed", "name"])
@pytest.mark.parametrize("known", [EVERY_KIND, SINCE, DISTANT])
def test_an_order_is_that_of_rows_in_memory(known: Ranking, sort: Sort) -> None:
    """So that a long list is sorted as a short one."""
    filters = Filters(sort=sort)
    found = [each.repository for each in apply_filters(lazy(known), filters).rows]
    assert found == [each.repository for each in apply_filters(known, filters).rows]


def test_many_rows_are_ordered_and_filtered(many: StoredRun) -> None:
    """And cut to the first, without one of them being held."""
    lazily = replace(ranking(), rows=many.rows, failures=many.failures)
    pushed = [*sorted(range(MANY), key=lambda number: (number * 7919 % MANY, number))]
    assert names(apply_filters(lazily, Filters(sort="pushed")).rows) == pushed
    chosen = apply_filters(lazily, Filters(sort="pushed", language=("c#",), top=500))
    assert names(chosen.rows) == [number for number in pushed if number % 3 == 0][:500]
    assert chosen.sums.left_out == MANY - len(range(0, MANY, 3))
    below = apply_filters(lazily, Filters(section=("S1",), by_section=True, top=2))
    assert names(below.rows) == [1, 6]


def test_a_long_ranking_is_what_it_would_be_in_memory(many: StoredRun) -> None:
    """Iteration, `top`, `to_dict` and equality know no difference."""
    lazily = replace(ranking(), rows=many.rows, failures=many.failures)
    held = lazily.held()
    assert isinstance(held.rows, tuple)
    assert (lazily.rows, lazily.failures) == (held.rows, held.failures)
    assert lazily.rows != held.rows[:-1]
    assert lazily.rows != (*held.rows[:-1], replace(held.rows[-1], stars=-1))
    assert [each.repository for each in lazily.top(2)] == ["o/r00000", "o/r00001"]
    assert next(iter(lazily)) == held.rows[0]
    assert lazily.to_dict() == held.to_dict()
    assert repr(lazily.rows) == "<2,503 rows>"


def test_short_rows_are_read_once() -> None:
    """Most lists are short, and several reports read them."""
    rows = lazy(EVERY_KIND).rows
    assert all(first is second for first, second in zip(rows, rows, strict=True))


def test_several_reports_read_long_rows_once(
    many: StoredRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written side by side, so that none reads what another one has just read."""
    read: list[str] = []

    def note(query: str, *values: Any) -> list[Any]:
        read.append(query)
        return read_all(query, *values)

    read_all = many.workspace.read
    monkeypatch.setattr(many.workspace, "read", note)
    lazily = replace(ranking(), rows=many.rows, failures=())
    paths = tuple(str(tmp_path / f"report.{suffix}") for suffix in ("json", "csv", "jsonl"))
    assert asyncio.run(save_reports(CommandSettings(output=paths), lazily)) == []
    assert len([query for query in read if "figures" in query]) == -(-MANY // AT_ONCE)
    for path in paths:
        assert "o/r02502" in Path(path).read_text("utf-8")


def test_ages_are_as_of_the_report() -> None:
    """A clock that was set back makes no figure younger than new."""
    made = tabled(ranking(row("a/a"), row("b/b", fetched_at=NOON + timedelta(days=1))))
    later = StoredRun(made.workspace, 0, NOON + timedelta(hours=1))
    assert [each.age for each in later.rows] == [3600, 0]


@pytest.mark.parametrize("column", ["figures", "content", "reason"])
def test_a_row_that_cannot_be_read_ends_in_a_sentence(column: str) -> None:
    """It came from a store that somebody else may have written."""
    made = tabled(ranking(row("a/a")))
    made.workspace.read(f"UPDATE ranked SET {column} = iif('{column}' = 'reason', 'no', x'81a1')")
    with pytest.raises(RunError, match="a row that cannot be read"):
        list(made.rows)


def test_other_runs_in_the_tables_are_others() -> None:
    """Each list of several has rows of its own."""
    made = tabled(ranking(row("a/a"), row("b/b", 2)))
    other = StoredRun(made.workspace, 1, NOON)
    assert [*other.rows] == [*other.failures] == []
    assert made.rows[0].name == row("a/a").name
    assert (made.rows[0].host, isinstance(made.rows[0], Row)) == (GITHUB, True)
