"""A weekly job from its first run on: what a reader of its reports believes, beside the truth."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from crawl.run.days import MONDAY, Calendar, Days
from hypothesis import given, settings
from hypothesis import strategies as st
from standin import TOKEN, StandIn, World

from crawler import Ranking, Settings
from crawler.reports.outputs import reported
from crawler.reports.render import render

WEEK = timedelta(7)
FIRST = MONDAY.date()
BORN = FIRST - timedelta(400)

# By rank: the last two are below what a report for people begins with.
STEADY = {f"r{number:02}": 1200 - 100 * number for number in range(12)}
"""Stars from before the last two months; each gains as many a day as its number."""


class Truth:
    """A world in which each repository gains stars day by day, and one loses some."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self.taken_back = 0
        """Of `r05`: stars of long ago."""

    def stars(self, name: str, day: date) -> int:
        """What anyone sees on a day, which is not over."""
        rate = int(name[1:])
        return STEADY[name] + rate * (day - FIRST + timedelta(60)).days

    def go_to(self, day: date) -> None:
        """Let it be that day."""
        self._days.at(days=(day - FIRST).days)
        for name in STEADY:
            rate = int(name[1:])
            starred = {
                FIRST + timedelta(ago): rate for ago in range(-59, (day - FIRST).days + 1) if rate
            }
            stars = self.stars(name, day) - (self.taken_back if name == "r05" else 0)
            self._days.github.world.change(f"o/{name}", stars=stars, starred=starred)


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list of twelve, and a store that there is not yet."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.publish("a/list", **STEADY)
    yield found
    assert not found.github.log.problems


async def run_on(days: Days, truth: Truth, day: date) -> Ranking:
    """The job of that day, as its table is made."""
    truth.go_to(day)
    return (await days.rank(shown=(reported(Settings()),))).held()


async def test_three_weeks_of_a_new_job(days: Days) -> None:
    """From the first run on the first ten rows tell the stars of thirty days, and no row tells
    those of another time without its day."""
    truth = Truth(days)
    for week in range(4):
        day = FIRST + week * WEEK
        if week == 2:
            truth.taken_back = 40
        ranking = await run_on(days, truth, day)
        then = day - timedelta(30)
        for row in ranking:
            name = row.repository.removeprefix("o/")
            told = (row.gained, row.baseline_on, str(row.baseline_kind), row.baseline_distant)
            gained = truth.stars(name, day) - truth.stars(name, then)
            if name in ("r10", "r11"):
                # What was observed first is nine days and more off: the row says so.
                seen = truth.stars(name, day) - truth.stars(name, FIRST)
                assert told == (
                    (seen, FIRST, "observed", True) if week else (None, None, "None", None)
                )
            elif name == "r05" and week >= 2:
                # Nobody asked again: stars of long ago that were taken back since are missing.
                assert told == (gained - 40, then, "retained", False)
            else:
                assert told == (gained, then, "retained", False)
            assert row.moved is None, "the ranking of then is not known"
        assert len(render(ranking, "table").splitlines()) <= 18
        assert ranking.gained_since is not None
        assert ranking.gained_since.date() == then
        changes = ranking.changes
        assert (changes and changes.baseline_at) == (MONDAY + (week - 1) * WEEK if week else None)
        check_formats(ranking, week)
    # A month later all is observed, and ranks are compared.
    ranking = await run_on(days, truth, FIRST + 4 * WEEK)
    last = ranking.rows[-1]
    assert (str(last.baseline_kind), last.baseline_distant) == ("observed", False)
    assert {row.moved for row in ranking} != {None}


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=60), st.sets(st.integers(1, 70), max_size=3)
)
def test_the_gain_of_any_span_is_the_sum_of_its_days(came: list[int], spans: set[int]) -> None:
    """Whatever the history: each report tells the stars that came on the days after then."""

    async def run(folder: Path) -> None:
        days = Days(StandIn(World(tokens=[TOKEN])), Calendar(), folder)
        days.publish("a/list", one=500 + sum(came))
        starred = {FIRST - timedelta(ago): stars for ago, stars in enumerate(came)}
        days.github.world.change("o/one", starred=starred)
        for span in sorted({30, *spans}):
            since = None if span == 30 else f"{span}d"
            (row,) = await days.rank(shown=(reported(Settings()),), since=since)
            told = row.gained, row.baseline_on
            assert told == (sum(came[:span]), FIRST - timedelta(span))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


def check_formats(ranking: Ranking, week: int) -> None:
    """Each says over how long gains are, and since when what changed."""
    then = (FIRST + week * WEEK - timedelta(30)).isoformat()
    before = (FIRST + (week - 1) * WEEK).isoformat()
    for form in ("table", "markdown", "html"):
        text = render(ranking, form)
        assert "+30 d" in text
        assert then in text
        assert (before in text) is bool(week)
        # The two rows that say their own day are below the ten of the table.
        assert (f"({FIRST})" in text) is bool(week and form != "table")
    document = json.loads(render(ranking, "json"))
    assert document["gained_since"].startswith(then)
    assert (document["changes"] is None) is not week
    lines = [json.loads(line) for line in render(ranking, "jsonl").splitlines()]
    assert {each["changed_since"] for each in lines} == {before if week else None}
    rows = [*csv.DictReader(io.StringIO(render(ranking, "csv")))]
    assert {row["baseline_on"] for row in rows[:10]} == {then}
    assert {row["baseline_kind"] for row in rows[:10]} == {"retained"}
    assert then in render(ranking, "svg")
    if week:
        movers = render(ranking, "markdown").partition("## ")[0]
        assert "r11" not in movers.partition("\n| ")[0]
