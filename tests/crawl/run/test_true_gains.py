"""Jobs by the day, week or month, from a new store on: what a table tells, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from crawl.run.days import MONDAY, Calendar, Days, row_of
from standin import TOKEN, Repository, StandIn, World, publish

from crawler import Settings
from crawler.model.values import FigureKind
from crawler.reports.outputs import reported

TABLE = reported(Settings())
NAMES = [f"o/r{number:02}" for number in range(14)]


def stars_on(number: int, day: date) -> int:
    """A repository gains as many stars a day as its number says, since long ago."""
    return 50_000 - 1000 * number + number * (day - date(2024, 1, 1)).days


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list of fourteen."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    publish(found.github.world, "a/list", *NAMES)
    yield found
    assert not found.github.log.problems


@pytest.mark.parametrize("step", [1, 7, 30])
async def test_gains_are_true_from_the_first_run_on(days: Days, step: int) -> None:
    """Of the rows that a table shows: retained at first, and observed once runs go back so far.
    Histories are asked for once, unless nobody looked for long."""
    asked, kinds = [], []
    for run in range(0, 33 + 2 * step, step):
        days.at(days=run)
        today = (MONDAY + timedelta(run)).date()
        for number, name in enumerate(NAMES):
            starred = {today - timedelta(ago): number for ago in range(400)}
            stars = stars_on(number, today)
            days.github.world.add(Repository(name, stars, 100 + number, starred=starred))
        ranking = await days.rank(shown=(TABLE,))
        asked.append(len(days.github.log.of("history")))
        rows = ranking.top(10)
        assert [row.gained for row in rows] == [
            number * (today - row.baseline_on).days
            for number, row in enumerate(rows)
            if row.baseline_on is not None
        ]
        assert not any(row.baseline_distant for row in rows)
        kinds.append({row.baseline_kind for row in rows})
    assert kinds[0] == {FigureKind.RETAINED}
    assert kinds[-1] == {FigureKind.OBSERVED}
    assert asked == [10] + [10 if step > 14 else 0] * (len(asked) - 1)


async def test_ranks_are_compared_with_the_lists_of_the_day_that_gains_count_from(
    days: Days,
) -> None:
    """That is the first run's, if gains count from two days before it. A repository that the list
    names since, or whose name belongs to another one since, had no rank then; a dropped one had."""
    days.publish("a/list", top=900, dropped=800, low=100, other=50)
    days.github.world.change("o/other", number=1)
    await days.rank()
    days.at(days=14)
    days.publish("a/list", top=901, low=101, other=51, added=850)
    days.github.world.remove("o/other")
    days.github.world.add(Repository("o/other", 750, 2))
    await days.rank()
    days.at(days=28)
    for ago in (29, 1):
        for name, stars in (("added", 850), ("other", 750)):
            starred = {MONDAY.date() + timedelta(28 - ago): 1}
            days.github.world.change(f"o/{name}", stars=stars, starred=starred)
    ranking = await days.rank(history="all")
    assert {row.repository: row.moved for row in ranking} == {
        "o/top": 0,
        "o/added": None,
        "o/other": None,
        "o/low": -1,
    }
    assert row_of(ranking, "low").baseline_on == MONDAY.date()
    assert row_of(ranking, "added").gained is not None
