"""`rank_repos()` in the caller's own loop: cancelling it leaves no task and no socket behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from standin import TOKEN, Fault, Log, StandIn, faults

from crawler import Ranking, rank_repos

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
