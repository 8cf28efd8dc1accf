"""Star histories in a run: whose are asked for, when again, and what a refusal costs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawl.run.days import MONDAY, Calendar, Days
from loguru import logger
from standin import TOKEN, Fault, StandIn, World, faults

from crawler import ConfigError, Settings, rank_repos
from crawler.crawl.comparison import load_last
from crawler.crawl.histories import history_mode
from crawler.model.settings import CommandSettings, HistoryName, Report
from crawler.model.values import FigureKind
from crawler.reports.outputs import for_people, reported
from crawler.store import Store
from crawler.store.records import Records

TABLE = reported(Settings())
TWELVE = {f"r{number:02}": 1000 - number for number in range(12)}
GAINED = {f"r{number:02}": 3 + number for number in range(12)}
"""A star a day in the last days, for so many days."""


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list of twelve, of which each gained some stars lately, and a store."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.publish("a/list", **TWELVE)
    for name, count in GAINED.items():
        starred = {MONDAY.date() - timedelta(ago): 1 for ago in range(count)}
        found.github.world.change(f"o/{name}", starred=starred)
    yield found
    assert not found.github.log.problems


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged."""
    found: list[str] = []
    sink = logger.add(lambda line: found.append(line.strip()), format="{message}", level="INFO")
    logger.enable("crawler")
    yield found
    logger.disable("crawler")
    logger.remove(sink)


def asked(days: Days) -> list[str]:
    """Whose histories the last run asked for."""
    return sorted(name for each in days.github.log.of("history") for name in each.names)


def first(count: int) -> list[str]:
    """The names of the most starred."""
    return [f"o/{name}" for name in list(TWELVE)[:count]]


async def test_the_first_ten_rows_are_asked_for(days: Days) -> None:
    """Side by side, one page each, and counted; a private repository is none of them."""
    days.github.world.change("o/r00", private=True)
    ranking = await days.rank(shown=(TABLE,), include_private=True)
    assert asked(days) == first(10)[1:]
    assert days.github.log.max_in_flight >= 9
    assert {each.url.partition("?")[2] for each in days.github.log.of("history")} == {
        "per_page=30&page=1"
    }
    assert (ranking.usage.requests, ranking.usage.rest_requests) == (11, 10)
    async with Store(days.store) as store:
        found = await store.load_history("o/r05")
        assert await store.load_history("o/r00") is None
    assert found is not None
    retained = {point.day: point.stars for point in found[1] if point.kind is FigureKind.RETAINED}
    assert retained[MONDAY.date() - timedelta(3)] == TWELVE["r05"] - 3
    assert retained[MONDAY.date() - timedelta(30)] == TWELVE["r05"] - GAINED["r05"]


async def test_first_rows_are_those_that_are_shown(days: Days) -> None:
    """By the filters of each report, each repository once."""
    reports = (replace(TABLE, top=2), replace(TABLE, top=1, sort="name"), replace(TABLE, top=3))
    await days.rank(shown=(*reports, replace(TABLE, exclude=("o/r0*",))), history="top")
    assert asked(days) == [*first(3), "o/r10", "o/r11"]


async def test_what_is_known_is_not_asked_again(days: Days) -> None:
    """Nor what crawls observed; after a gap only the weeks since."""
    await days.rank(shown=(TABLE,))
    for ago in (0, 1, 8, 15, 22):
        days.at(days=ago)
        await days.rank(shown=(TABLE,))
        assert asked(days) == []
    days.at(days=22 + 15)
    await days.rank(shown=(TABLE,))
    assert asked(days) == first(10)
    # From Tuesday, the 28th of May, to Wednesday, the 12th of June.
    assert {each.url.partition("?")[2] for each in days.github.log.of("history")} == {
        "per_page=3&page=1"
    }


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *((form, "top") for form in ("table", "svg", "markdown", "html")),
        *((form, "none") for form in ("json", "csv", "jsonl", "atom")),
    ],
)
@pytest.mark.parametrize(
    ("more", "instead"),
    [
        ({}, None),
        ({"sort": "gained"}, "all"),
        ({"sort": "rate"}, "all"),
        ({"history": "none"}, "none"),
        ({"history": "all"}, "all"),
        ({"history": "top"}, "top"),
        ({"history": "none", "sort": "gained"}, "none"),
    ],
)
def test_what_is_asked_for_where(form: str, mode: str, more: Any, instead: str | None) -> None:
    """Formats for people show how the stars came, data formats where it is asked for; who sorts by
    gains needs all."""
    settings = CommandSettings(format=form, **more)
    assert history_mode(settings, for_people(settings)) == (instead or mode)


def test_a_file_for_people_counts() -> None:
    """Whatever is printed."""
    settings = CommandSettings(format="json", output=("a.csv", "a.html"))
    assert [report.path for report in for_people(settings)] == ["a.html"]
    settings = CommandSettings(report=(Report(path="a.md", sort="rate"),), output=("a.csv",))
    assert history_mode(settings, for_people(settings)) == "all"


async def test_the_library_asks_for_none_unless_told(days: Days) -> None:
    """What it is told needs a store."""
    given: Any = {"token": TOKEN, "transport": days.github.local}
    modes: tuple[tuple[HistoryName | None, int], ...] = ((None, 0), ("top", 10), ("all", 2))
    for mode, count in modes:
        days.github.log.exchanges.clear()
        await rank_repos("a/list", store=days.store, history=mode, sort="gained", **given)
        assert len(asked(days)) == count
    with pytest.raises(ConfigError, match="history needs the store to keep star histories"):
        await rank_repos("a/list", history="top", **given)


async def test_all_takes_half_of_the_quota_and_goes_on(days: Days, lines: list[str]) -> None:
    """The most starred first; the log says what it costs before."""
    days.github.world.core.used = 4981
    await days.rank(history="all")
    # One of 19 is left for a README.
    assert asked(days) == first(9)
    assert (
        "star histories: 9 requests of GitHub's 5,000 an hour, about 1 s; the next run "
        "continues with the rest" in lines
    )
    days.github.world.core.used = 0
    lines.clear()
    await days.rank(history="all")
    assert asked(days) == [f"o/r{number:02}" for number in (9, 10, 11)]
    assert lines == ["star histories: 3 requests of GitHub's 5,000 an hour, about 1 s"]
    await days.rank(history="all")
    assert asked(days) == []


async def test_where_nothing_may_be_asked_it_is_said(
    days: Days, lines: list[str], tmp_path: Path
) -> None:
    """How much is left, the README's answer tells; without one, the first histories do."""
    days.github.world.core.used = 4998
    await days.rank(history="all")
    assert asked(days) == []
    assert lines == [
        "no star histories are fetched: too little is left of GitHub's quota, or of --budget; the "
        "next run fetches them"
    ]
    lines.clear()
    (tmp_path / "list.md").write_text("- [r](https://github.com/o/r00)\n")
    await days.rank(str(tmp_path / "list.md"), history="all")
    assert asked(days) == first(1)
    assert lines == ["star histories: at most 1 request of GitHub's 5,000 an hour, about 1 s"]


REFUSED = {"message": "No.", "documentation_url": "https://docs.github.com/rest"}


@pytest.mark.parametrize(
    ("action", "requests"),
    [
        *((faults.respond(status, REFUSED), 10) for status in (401, 403, 404, 451)),
        (faults.server_error(), 20),
        (faults.html(200), 20),
        (faults.invalid_json(), 20),
        (faults.reset(), 20),
        (faults.secondary_limit(429, 60), 10),
        (faults.secondary_limit(403), 10),
    ],
)
async def test_a_refusal_costs_the_history_alone(
    days: Days, lines: list[str], action: faults.Action, requests: int
) -> None:
    """Never the ranking, its completeness or the next run; nothing is waited for long."""
    days.github.faults.append(Fault(action, kind="history", times=None))
    ranking = await days.rank(shown=(TABLE,), concurrency=16)
    assert [row.repository for row in ranking] == first(12)
    assert (ranking.complete, ranking.failures) == (True, ())
    assert len(days.github.log.of("history")) <= requests
    assert [line for line in lines if "10 of 10 star histories are not known: " in line]
    days.github.faults.clear()
    await days.rank(shown=(TABLE,))
    assert asked(days) == first(10)


@pytest.mark.parametrize(("name", "concurrency"), [("o/r00", 1), ("o/r03", 16)])
async def test_one_refusal_costs_one(
    days: Days, lines: list[str], name: str, concurrency: int
) -> None:
    """The others are kept, even if it is the first."""
    fault = Fault(faults.respond(404, REFUSED), kind="history", repository=name, times=None)
    days.github.faults.append(fault)
    await days.rank(history="all", concurrency=concurrency)
    assert len(asked(days)) == 12
    assert lines[-1] == (
        f"1 of 12 star histories are not known: GitHub tells no star history of {name} "
        "(status 404), saying 'No.'"
    )
    await days.rank(history="all")
    assert asked(days) == [name]


async def test_a_server_without_histories_is_asked_for_ten(days: Days) -> None:
    """As an Enterprise Server may be: not for each of thousands. So many that one round trip
    suffices, if more are in flight."""
    days.github.faults.append(Fault(faults.respond(404, REFUSED), kind="history", times=None))
    await days.rank(history="all", concurrency=10)
    assert asked(days) == first(10)
    await days.rank(history="all", concurrency=11)
    assert asked(days) == first(11)


async def test_nobody_waits_for_the_slowest(days: Days) -> None:
    """After the first history, the others are asked for as places become free."""
    gate = faults.Gate()
    days.github.faults.append(Fault(faults.hold(gate), kind="history", repository="o/r00"))
    last = Fault(faults.noting(gate.open), kind="history", repository="o/r11")
    days.github.faults.append(last)
    await days.rank(history="all", concurrency=10)
    assert asked(days) == first(12)


async def test_the_budget_is_for_all_together(days: Days) -> None:
    """A README, a query, and three histories."""
    ranking = await days.rank(shown=(TABLE,), budget=5)
    assert (ranking.complete, ranking.usage.requests) == (True, 5)
    assert len(asked(days)) == 3


async def test_the_forecast_stays_within_the_budget(days: Days, lines: list[str]) -> None:
    """A README, a query, and eleven histories; the last one is for the next run."""
    await days.rank(history="all", budget=13)
    assert asked(days) == first(11)
    assert [line for line in lines if "star histories" in line] == [
        "star histories: 11 requests of GitHub's 5,000 an hour, about 1 s; the next run continues "
        "with the rest"
    ]


async def test_what_is_told_when_the_run_is_stopped_is_kept(days: Days) -> None:
    """The rest is asked for by the next one."""
    stop = asyncio.Event()
    days.github.faults.append(
        Fault(faults.noting(stop.set, faults.stall()), kind="history", repository="o/r04")
    )
    ranking = await days.rank(shown=(TABLE,), stop=stop, concurrency=1)
    assert len(ranking) == 12
    await days.rank(shown=(TABLE,))
    assert asked(days) == first(10)[4:]


async def test_a_bug_is_no_refusal(days: Days) -> None:
    """It ends the run."""
    bug = faults.raising(ArithmeticError("a bug"))
    days.github.faults.append(Fault(bug, kind="history"))
    with pytest.raises(ArithmeticError):
        await days.rank(shown=(TABLE,))


async def test_offline_asks_nobody(days: Days) -> None:
    """Not for histories either."""
    await days.rank()
    assert len(await days.rank(shown=(TABLE,), offline=True)) == 12
    assert days.github.log.exchanges == []


@pytest.mark.parametrize("seed", range(6))
async def test_gains_are_the_sums_of_the_days(days: Days, seed: int) -> None:
    """Of any history, over any time: on the first run, and in a report of it."""
    dice, today = random.Random(seed), MONDAY.date()
    came: dict[str, dict[date, int]] = {}
    for name in first(12):
        ages = dice.sample(range(400), dice.choice((0, 1, 5, 50, 400)))
        came[name] = {today - timedelta(ago): dice.randrange(50) for ago in ages}
        stars = sum(came[name].values()) + dice.choice((0, 1000))
        days.github.world.change(name, stars=stars, starred=came[name])
    await days.rank(history="all")
    async with Store(days.store) as store:
        for ago in (1, 2, 7, 29, 30, 90, 200, 203):
            since = today - timedelta(ago)
            ranking = await load_last(Records(store), Settings(since=since), [])
            for row in ranking:
                gained = sum(n for day, n in came[row.repository].items() if day > since)
                assert (row.gained, row.baseline_on) == (gained, since), (row.repository, ago)
                assert row.baseline_kind is FigureKind.RETAINED


async def test_a_history_goes_on_from_the_day_on_which_the_stars_were_read(days: Days) -> None:
    """What came since then is no part of the stars that the row says."""
    await days.rank()
    days.at(days=1)
    tomorrow = MONDAY.date() + timedelta(1)
    old = days.github.world.change("o/r00")
    starred = {**old.starred, tomorrow: 50}
    days.github.world.change("o/r00", stars=old.stars + 50, starred=starred)
    ranking = await days.rank(shown=(TABLE,), max_age="2d")
    row = next(iter(ranking))
    assert (row.stars, row.gained) == (old.stars, GAINED["r00"])
