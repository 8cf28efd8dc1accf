"""A run that waits for limits, that cannot fit into its quota, or that somebody ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from clocks import START, FakeClock
from crawl.run.double import GRAPHQL, TOKEN, GitHubDouble, assert_nothing_left
from loguru import logger

from crawler import Interrupted, Progress, Provider, Ranking, Reason, Throttled
from crawler.crawl.run import crawl, read_plan
from crawler.http.exchange import Token
from crawler.model.settings import Settings

DEPSDEV = "/projectbatch"


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What a user is warned of."""
    said: list[str] = []
    logger.enable("crawler")
    sink = logger.add(lambda line: said.append(str(line)), level="WARNING", format="{message}")
    yield said
    logger.remove(sink)
    logger.disable("crawler")


async def run(github: GitHubDouble, clock: FakeClock, **options: Any) -> Ranking:
    """A run over the list of five, one repository a query, one request at a time."""
    stop, progress = options.pop("stop", None), options.pop("progress", None)
    token = options.pop("token", Token(TOKEN))
    bounds = {"lists": ("a/list",), "batch_size": 1, "concurrency": 1, **options}
    return await crawl(
        Settings(**bounds),
        token=token,
        transport=github,
        clock=clock,
        stop=stop,
        progress=progress,
    )


def limit_once(github: GitHubDouble, path: str, nth: int, **headers: str) -> None:
    """Let the nth request to `path` be refused."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(path) and len(github.of(path)) == nth:
            return httpx.Response(429, json={"message": "Slow down."}, headers=named)
        return None

    github.hook = hook


@pytest.mark.parametrize("path", ["/readme", GRAPHQL])
async def test_a_limit_that_ends_is_waited_for(github: GitHubDouble, path: str) -> None:
    """The report is complete; whoever watches hears until when and why, and when it is over."""
    clock = FakeClock()
    told: list[Progress] = []
    limit_once(github, path, 1, retry_after="3600")
    ranking = await run(github, clock, max_wait=7200.0, progress=told.append)
    assert ranking.complete
    assert 3600 <= clock.seconds <= 3600 * 1.05 + 1
    assert ranking.usage.seconds >= 3600
    pauses = [each.pause for each in told if each.pause]
    (pause,) = set(pauses)
    assert START + timedelta(seconds=3600) <= pause.until <= START + timedelta(seconds=3781)
    assert "Slow down" in pause.reason
    assert told[-1] == Progress(done=5, total=5, failed=0)
    assert_nothing_left(github)


async def test_a_limit_that_lasts_too_long_ends_it_at_once(github: GitHubDouble) -> None:
    """What was ranked stays, the rest says when a rerun will go through; nobody slept."""
    clock = FakeClock()
    limit_once(github, GRAPHQL, 3, retry_after="3600")
    ranking = await run(github, clock)
    assert (len(ranking), len(github.of(GRAPHQL))) == (2, 3)
    assert ranking.sums.failed == ((Reason.THROTTLED, 3),)
    assert all("2026-11-01 13:00:00 UTC" in each.message for each in ranking.failures)
    assert (clock.seconds, clock.sleeps) == (0, [])


async def test_a_limit_of_deps_dev_is_waited_for(github: GitHubDouble) -> None:
    """Like one of GitHub."""
    clock = FakeClock()
    body = {
        "responses": [
            {
                "request": {"projectKey": {"id": f"github.com/{name}"}},
                "project": {"projectKey": {"id": f"github.com/{name}"}, "starsCount": stars},
            }
            for name, stars in github.stars.items()
        ]
    }

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(DEPSDEV):
            return None
        if len(github.of(DEPSDEV)) == 1:
            return httpx.Response(429, headers={"retry-after": "600"})
        return httpx.Response(200, json=body)

    github.hook = hook
    ranking = await run(github, clock, token=None)
    assert (ranking.provider, len(ranking)) == (Provider.DEPSDEV, 5)
    assert 600 <= clock.seconds <= 631


@pytest.mark.parametrize("budget", [1, 2, 5, 6, 7])
async def test_the_budget_holds(github: GitHubDouble, budget: int) -> None:
    """The README and each query is a point; what lacks one is throttled, and says why."""
    clock = FakeClock()
    if budget == 1:
        with pytest.raises(Throttled, match="--budget"):
            await crawl_nothing(github, clock)
        return
    ranking = await run(github, clock, budget=budget)
    assert len(github.asked) == min(budget, 6)
    assert len(ranking) == min(budget, 6) - 1
    assert all("--budget" in each.message for each in ranking.failures)
    assert ranking.complete is (budget >= 6)


async def crawl_nothing(github: GitHubDouble, clock: FakeClock) -> None:
    """Two lists with a budget for one."""
    github.publish("b/list", "o/one")
    await run(github, clock, budget=1, lists=("a/list", "b/list"))


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
    github: GitHubDouble,
    warnings: list[str],
    provider: str,
    quota: tuple[str, int],
    lacking: int | None,
) -> None:
    """As soon as an answer tells of the quota, once, and with what is missing; not where it
    suffices."""
    resource, remaining = quota
    reset = START + timedelta(minutes=30)
    headers = {
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset.timestamp())),
        "x-ratelimit-resource": resource,
    }
    settled = github._settled

    async def hook(request: httpx.Request) -> httpx.Response:
        answer = settled(request)
        answer.headers.update(headers)
        return answer

    github.hook = hook
    ranking = await run(github, FakeClock(), provider=provider)
    assert ranking.complete
    if lacking is None:
        assert warnings == []
    else:
        (warning,) = warnings
        assert f"has {remaining} points left until" in warning
        assert "(12:30 UTC)" in warning
        assert f"needs {lacking} more" in warning


async def test_stopped_before_any_answer(github: GitHubDouble) -> None:
    """While the list is read or the first query is under way, there is nothing to report."""
    for path in ("/readme", GRAPHQL):
        github.closed = 0
        stop = asyncio.Event()

        async def hook(
            request: httpx.Request, path: str = path, stop: asyncio.Event = stop
        ) -> None:
            if request.url.path.endswith(path):
                stop.set()
                await asyncio.Event().wait()

        github.hook = hook
        with pytest.raises(Interrupted):
            await run(github, FakeClock(), stop=stop)
        assert_nothing_left(github)


async def test_stopped_in_the_middle(github: GitHubDouble) -> None:
    """What is known is ranked; the rest is interrupted, and a rerun may bring it."""
    stop = asyncio.Event()

    async def hook(_: httpx.Request) -> None:
        if len(github.of(GRAPHQL)) == 3:
            stop.set()
            await asyncio.Event().wait()

    github.hook = hook
    ranking = await run(github, FakeClock(), stop=stop)
    assert len(ranking) == 2
    assert ranking.sums.failed == ((Reason.INTERRUPTED, 3),)
    assert not ranking.complete
    assert_nothing_left(github)


async def test_stopped_in_a_pause(github: GitHubDouble) -> None:
    """A run that waits for a limit ends as promptly as one that asks."""
    stop = asyncio.Event()
    clock = FakeClock()
    limit_once(github, GRAPHQL, 3, retry_after="600")

    def watch(progress: Progress) -> None:
        if progress.pause:
            stop.set()

    ranking = await run(github, clock, stop=stop, progress=watch)
    assert (len(ranking), ranking.sums.failed) == (2, ((Reason.INTERRUPTED, 3),))
    assert clock.seconds == 0
    assert_nothing_left(github)


async def test_stopped_after_the_last_answer(github: GitHubDouble) -> None:
    """What is complete by then is complete."""
    stop = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.done == 5:
            stop.set()

    ranking = await run(github, FakeClock(), stop=stop, progress=watch)
    assert (len(ranking), ranking.complete) == (5, True)


async def test_a_plan_can_be_stopped(github: GitHubDouble) -> None:
    """Also where only the lists are read."""
    stop = asyncio.Event()

    async def hook(_: httpx.Request) -> None:
        stop.set()
        await asyncio.Event().wait()

    github.hook = hook
    with pytest.raises(Interrupted):
        await read_plan(
            Settings(lists=("a/list",)), token=Token(TOKEN), transport=github, stop=stop
        )
    assert_nothing_left(github)
