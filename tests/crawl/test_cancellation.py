"""`rank_repos()` in the caller's own loop: cancelling it leaves no task and no socket behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from standin import TOKEN, Fault, Gate, Log, StandIn, faults

from crawler import CredentialsError, Progress, Ranking, rank_repos

Rank = Callable[..., Awaitable[Ranking]]


@pytest.fixture
def rank_small(github: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rank:
    """`rank_repos("small/list")` at the stand-in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", github.graphql_url)
    return lambda **options: rank_repos("small/list", **{"token": TOKEN, **options})


async def seen(github: StandIn, condition: Callable[[Log], bool]) -> None:
    """Wait until the stand-in's log fulfils `condition`."""
    await asyncio.to_thread(github.log.wait_for, condition)


async def assert_nothing_left(github: StandIn) -> None:
    """No task but this one, no request in flight, no open socket."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await seen(github, lambda log: log.in_flight == 0 and log.connections == 0)


@pytest.mark.parametrize("kind", ["readme", "graphql"])
async def test_cancelled_during_a_request(github: StandIn, rank_small: Rank, kind: str) -> None:
    """Cancelled while the README, or all batches, wait for their answers."""
    waiting = {"readme": 1, "graphql": 4}[kind]
    stalled = Fault(faults.stall(), times=None)
    stalled.kind = "readme" if kind == "readme" else "graphql"
    github.faults.append(stalled)
    task = asyncio.ensure_future(rank_small(batch_size=1, concurrency=4))
    await seen(github, lambda log: log.in_flight == waiting)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_nothing_left(github)
    assert len(github.log.of("graphql")) == (0 if kind == "readme" else 4)


async def test_cancelled_between_batches(github: StandIn, rank_small: Rank) -> None:
    """Cancelled as the first batch is settled, while the others are under way."""
    github.faults.append(Fault(faults.stall(), kind="graphql", skip=1, times=None))
    settled = asyncio.Event()

    def note(progress: Progress) -> None:
        if progress.done:
            settled.set()

    task = asyncio.ensure_future(rank_small(batch_size=5, progress=note))
    await settled.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_nothing_left(github)


async def test_cancelled_before_it_starts(github: StandIn, rank_small: Rank) -> None:
    """Cancelled before its first step, it asks nobody."""
    task = asyncio.ensure_future(rank_small())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_nothing_left(github)
    assert not github.log.exchanges


async def test_finished(github: StandIn, rank_small: Rank) -> None:
    """A run that came to its end leaves nothing either."""
    ranking = await rank_small()
    assert [row.stars for row in ranking.top(2)] == [900, 500]
    await assert_nothing_left(github)


async def test_ended_by_a_fatal_batch(github: StandIn, rank_small: Rank) -> None:
    """A refused token cancels the siblings, surfaces as one plain error and leaves nothing."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql", times=3))
    refusal = faults.respond(401, {"message": "Bad credentials"})
    github.faults.append(Fault(refusal, kind="graphql", skip=3, times=None))
    with pytest.raises(CredentialsError):
        await rank_small(batch_size=1, concurrency=4)
    await assert_nothing_left(github)
    assert len(github.log.of("graphql")) == 5  # one more, since the list was answered


async def test_two_runs_in_one_loop(github: StandIn, rank_small: Rank) -> None:
    """Runs side by side share nothing: each counts its own requests."""
    first, second = await asyncio.gather(rank_small(), rank_small(batch_size=5))
    assert (first.usage.requests, second.usage.requests) == (3, 5)
    assert [row.repository for row in first] == [row.repository for row in second]
    await assert_nothing_left(github)
