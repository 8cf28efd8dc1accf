"""A run that waits for limits, that cannot fit into its quota, or that somebody ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import crawl.run.running
import pytest
from clocks import START, FakeClock
from crawl.run.running import assert_nothing_left
from loguru import logger
from standin import TOKEN, Fault, StandIn, faults, publish
from standin.log import Kind

from crawler import Interrupted, Progress, Reason, RunError
from crawler.crawl.context import Context
from crawler.crawl.run import read_plan
from crawler.http.exchange import Token
from crawler.model.settings import Settings

rank = partial(crawl.run.running.rank, batch_size=1, concurrency=1)
"""One repository a query, one request at a time."""


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What a user is warned of."""
    said: list[str] = []
    logger.enable("crawler")
    sink = logger.add(lambda line: said.append(str(line)), level="WARNING", format="{message}")
    yield said
    logger.remove(sink)
    logger.disable("crawler")


@pytest.mark.parametrize(
    ("kind", "token"), [("readme", TOKEN), ("graphql", TOKEN), ("depsdev", None)]
)
async def test_a_limit_that_ends_is_waited_for(
    github: StandIn, kind: Kind, token: str | None
) -> None:
    """The report is complete, and `progress` is told until when and why, and when it is over."""
    clock = FakeClock()
    told: list[Progress] = []
    github.faults.append(Fault(faults.secondary_limit(429, retry_after=3600), kind=kind))
    ranking = await rank(github, token=token, clock=clock, max_wait=7200.0, progress=told.append)
    assert (len(ranking), ranking.complete) == (5, True)
    assert 3600 <= clock.seconds <= 3600 * 1.05 + 1
    assert ranking.usage.seconds >= 3600
    (pause,) = {each.pause for each in told if each.pause}
    assert START + timedelta(seconds=3600) <= pause.until <= START + timedelta(seconds=3781)
    assert kind == "depsdev" or "secondary rate limit" in pause.reason
    assert told[-1] == Progress(done=5, total=5, failed=0)
    assert_nothing_left(github)


async def test_a_list_that_the_budget_does_not_reach(github: StandIn) -> None:
    """Of two lists with a budget for one, nothing is left for the repositories of the first."""
    publish(github.world, "b/list", "o/one")
    with pytest.raises(RunError, match="--budget"):
        await rank(github, "a/list", "b/list", budget=1)


@pytest.mark.parametrize(
    ("provider", "quota", "lacking"),
    [
        ("graphql", ("graphql", 3), 2),
        ("graphql", ("graphql", 5), None),
        ("graphql", ("core", 0), None),
        ("rest", ("core", 0), 5),
        ("rest", ("core", 5), None),
        ("rest", ("graphql", 0), None),
    ],
)
async def test_a_run_that_does_not_fit_says_so(
    github: StandIn,
    warnings: list[str],
    provider: str,
    quota: tuple[str, int],
    lacking: int | None,
) -> None:
    """As soon as an answer tells of the quota, once, and with what is missing; not where it
    suffices."""
    resource, remaining = quota
    reset = START + timedelta(minutes=30)
    told = {
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset.timestamp())),
        "x-ratelimit-resource": resource,
    }
    github.faults.append(Fault(faults.with_headers(told), times=None))
    ranking = await rank(github, provider=provider)
    assert ranking.complete
    if lacking is None:
        assert warnings == []
    else:
        (warning,) = warnings
        assert f"has {remaining} points left until" in warning
        assert " until 12:30 UTC, and" in warning
        assert f"needs {lacking} more" in warning


@pytest.mark.parametrize("kind", ["readme", "graphql"])
async def test_stopped_before_any_answer(github: StandIn, kind: Kind) -> None:
    """While the list is read or the first query is under way, there is nothing to report."""
    stop = asyncio.Event()
    github.faults.append(Fault(faults.noting(stop.set, faults.stall()), kind=kind))
    with pytest.raises(Interrupted):
        await rank(github, stop=stop)
    assert_nothing_left(github)


async def test_stopped_in_the_middle(github: StandIn) -> None:
    """What is known is ranked; the rest is interrupted, and a rerun may bring it."""
    stop = asyncio.Event()
    github.faults.append(Fault(faults.noting(stop.set, faults.stall()), kind="graphql", skip=2))
    ranking = await rank(github, stop=stop)
    assert (len(ranking), ranking.complete) == (2, False)
    assert ranking.sums.failed == ((Reason.INTERRUPTED, 3),)
    assert_nothing_left(github)


@pytest.mark.parametrize(("when", "ranked"), [("pause", 2), ("end", 5)])
async def test_stopped_where_nothing_is_asked(github: StandIn, when: Any, ranked: int) -> None:
    """A run that waits for a limit ends as promptly as one that asks; what is complete by then is
    complete."""
    stop = asyncio.Event()
    clock = FakeClock()
    if when == "pause":
        limit = faults.secondary_limit(429, retry_after=600)
        github.faults.append(Fault(limit, kind="graphql", skip=2))

    def watch(progress: Progress) -> None:
        if progress.pause or progress.done == 5:
            stop.set()

    ranking = await rank(github, clock=clock, stop=stop, progress=watch)
    assert (len(ranking), ranking.complete) == (ranked, ranked == 5)
    assert {each.reason for each in ranking.failures} <= {Reason.INTERRUPTED}
    assert clock.seconds == 0
    assert_nothing_left(github)


async def test_a_plan_can_be_stopped(github: StandIn) -> None:
    """Also where only the lists are read."""
    stop = asyncio.Event()
    github.faults.append(Fault(faults.noting(stop.set, faults.stall())))
    settings = Settings(lists=("a/list",))
    context = Context(token=Token(TOKEN), transport=github.local, stop=stop)
    with pytest.raises(Interrupted):
        await read_plan(settings, context)
    assert_nothing_left(github)
