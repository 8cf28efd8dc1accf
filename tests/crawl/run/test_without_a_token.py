"""A run without a token: deps.dev gives the order, GitHub tells how the first rows are today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from crawl.run.days import MONDAY, Calendar, Days, row_of
from loguru import logger
from standin import TOKEN, Fault, Repository, StandIn, World, faults, publish

from crawler import Ranking, Reason, Settings
from crawler.crawl.comparison import load_last
from crawler.model.rows import Row
from crawler.model.values import FigureKind
from crawler.reports.outputs import reported
from crawler.store import Store
from crawler.store.records import Records

TABLE = reported(Settings())
NAMES = [f"o/r{number:02}" for number in range(20)]


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list of twenty, each of which deps.dev knows with a hundred stars less than it has."""
    world = World(tokens=[TOKEN])
    publish(world, "a/list", *NAMES)
    for number, name in enumerate(NAMES):
        starred = {MONDAY.date() - timedelta(ago): 1 for ago in range(number)}
        world.add(Repository(name, 2000 - 10 * number, 100 + number, starred=starred))
    found = Days(StandIn(world), Calendar(), tmp_path)
    found.github.depsdev.stars = {
        each.full_name: each.stars - 100 for each in world if each.stars > 1
    }
    yield found
    assert not found.github.log.problems


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What is logged as a warning."""
    found: list[str] = []
    sink = logger.add(lambda line: found.append(line.strip()), format="{message}", level="WARNING")
    logger.enable("crawler")
    yield found
    logger.disable("crawler")
    logger.remove(sink)


async def rank(days: Days, **options: Any) -> Ranking:
    """A run without a token whose table is shown."""
    return await days.rank(**{"token": None, "shown": (TABLE,), **options})


def told(rows: list[Row]) -> list[tuple[str, int, str]]:
    """What rows say."""
    return [(row.repository, row.stars, row.provider) for row in rows]


def sent(days: Days) -> dict[str, int]:
    """How many requests of GitHub's REST API there were, by kind."""
    kinds = [each.kind for each in days.github.log.of("readme", "repository", "history")]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


async def test_the_first_rows_are_githubs(days: Days) -> None:
    """Fifteen are asked for, so that ten are in today's order; the others stay deps.dev's. One
    sentence says who told what."""
    days.github.world.change("o/r14", stars=2100, archived=True)
    days.github.world.change("o/r03", full_name="o/R03-renamed")
    ranking = await rank(days)
    first = [("o/r14", 2100, "rest"), ("o/r00", 2000, "rest"), ("o/r01", 1990, "rest")]
    assert told(ranking.top(3)) == first
    assert told(ranking.top(20)[15:]) == [
        (name, 1900 - 10 * number, "depsdev") for number, name in enumerate(NAMES) if number > 14
    ]
    assert ranking.rows[0].archived
    assert row_of(ranking, "R03-renamed").renamed
    assert (ranking.provider, ranking.sums.archived, ranking.sums.renamed) == (
        "depsdev",
        None,
        None,
    )
    assert ranking.note == (
        "the figures of 15 repositories are GitHub's; those of the others are deps.dev's and carry "
        "no date, and whether those are archived, renamed or gone is unknown"
    )
    # One more for the rename.
    assert sent(days) == {"readme": 1, "repository": 16, "history": 10}
    assert ranking.usage.rest_requests == 27
    assert not any(each.authorized for each in days.github.log.exchanges)


async def test_of_a_short_list_nothing_is_unknown(days: Days) -> None:
    """GitHub is asked about every row, and so the sums are known."""
    publish(days.github.world, "a/list", *NAMES[:14], "o/r03-before")
    days.github.world.change("o/r03", old_names=("o/r03-before",))
    days.github.world.change("o/r02", archived=True)
    ranking = await rank(days)
    assert (ranking.sums.archived, ranking.sums.renamed, ranking.sums.ranked) == (1, 1, 14)
    assert ranking.note == "the figures are GitHub's, which was asked without a token"


async def test_ten_say_how_their_stars_came(days: Days) -> None:
    """From the first run on, and of GitHub's own figures alone."""
    async with Store(days.store) as store:
        ranking = await rank(days, store=store)
        points = {row.repository: points for row, points in ranking.with_history()}
    gained = [(row.gained, row.baseline_kind) for row in ranking]
    assert gained[:10] == [(number, FigureKind.RETAINED) for number in range(10)]
    assert gained[10:] == [(None, None)] * 10
    assert {point.kind for point in points["o/r09"]} == set(FigureKind) - {FigureKind.IMPORTED}
    assert {point.stars for point in points["o/r19"]} == {1710}


async def test_a_repository_that_is_gone_is_missing(days: Days) -> None:
    """GitHub says so, whatever deps.dev remembers."""
    days.github.world.remove("o/r05")
    ranking = await rank(days)
    assert [(each.repository, each.reason) for each in ranking.failures] == [
        ("o/r05", Reason.NOT_FOUND)
    ]
    assert len(ranking) == 19


@pytest.mark.parametrize(
    "options", [{"shown": ()}, {"provider": "depsdev"}, {"shown": (), "provider": "depsdev"}]
)
async def test_who_is_not_asked(days: Days, options: dict[str, Any]) -> None:
    """Nobody but deps.dev where data alone is wanted, or where deps.dev was chosen."""
    ranking = await rank(days, **options)
    assert {row.provider for row in ranking} == {"depsdev"}
    assert sent(days) == {"readme": 1}
    assert ranking.note is not None
    assert ranking.note.startswith("the figures are those of deps.dev")


async def test_what_is_young_is_not_asked_again(days: Days) -> None:
    """For as long as any figure; offline, and in the report of the run, they are GitHub's, too."""
    first = await rank(days)
    for options in ({"max_age": "1d"}, {"offline": True}):
        again = await rank(days, **options)
        assert told(again.top(20)) == told(first.top(20))
        assert again.note == first.note
        assert {each.kind for each in days.github.log.exchanges} <= {"readme"}
    async with Store(days.store) as store:
        last = await load_last(Records(store), Settings(), [])
    assert (told(last.top(20)), last.note) == (told(first.top(20)), first.note)
    await rank(days)
    assert sent(days) == {"readme": 1, "repository": 15}


@pytest.mark.parametrize("used", [49, 59])
async def test_an_hour_that_is_used_up_costs_the_first_rows(
    days: Days, warnings: list[str], used: int
) -> None:
    """The run is as deps.dev tells it, and one sentence says why; nothing is waited for, and the
    last requests of the hour are left for the lists of others."""
    days.github.world.anonymous.used = used
    ranking = await rank(days)
    assert {row.provider for row in ranking} == {"depsdev"}
    assert ranking.complete
    assert sent(days) == {"readme": 1}
    assert [line for line in warnings if "GitHub" in line][-1] == (
        "GitHub does not tell 15 of the first 15 repositories without a token: the other requests "
        "of this hour are kept for reading lists"
    )


async def test_a_limit_costs_the_first_rows(days: Days, warnings: list[str]) -> None:
    """In GitHub's own words, and it is not waited for either."""
    limit = faults.secondary_limit(403, 60)
    days.github.faults.append(Fault(limit, kind="repository", times=None))
    ranking = await rank(days)
    assert ({row.provider for row in ranking}, ranking.complete) == ({"depsdev"}, True)
    assert any("15 of the first 15 repositories" in line for line in warnings)


async def test_what_is_left_of_an_hour_is_spent_on_the_first_rows_first(days: Days) -> None:
    """Seven are left for how their stars came."""
    days.github.world.anonymous.used = 60 - 1 - 10 - 22
    await rank(days)
    assert sent(days) == {"readme": 1, "repository": 15, "history": 7}


async def test_a_run_asks_thirty_times_at_the_most(days: Days) -> None:
    """Although each rename is one request more."""
    for name in NAMES:
        days.github.world.change(name, full_name=f"{name}-new")
    await rank(days)
    assert sum(sent(days).values()) == 30


async def test_a_fault_costs_one_row(days: Days, warnings: list[str]) -> None:
    """deps.dev's figure stands."""
    days.github.faults.append(
        Fault(faults.server_error(), kind="repository", repository="o/r02", times=None)
    )
    ranking = await rank(days)
    providers = {row.repository: row.provider for row in ranking}
    assert [providers[name] for name in NAMES[:15]] == ["rest"] * 2 + ["depsdev"] + ["rest"] * 12
    assert any("1 of the first 15 repositories" in line for line in warnings)
