"""`rank_repos()` without a loop, and cancelled."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest
from crawl.run.running import assert_nothing_left, rank
from standin import TOKEN, Fault, StandIn, faults
from standin.log import Kind

from crawler import (
    ListError,
    RunError,
    UsageError,
    rank_repos,
    rank_repos_sync,
)
from crawler.crawl import reading
from crawler.model.clock import Clock


def test_the_synchronous_form_runs_to_the_end(github: StandIn) -> None:
    """Callers without a loop get the same ranking, by the same arguments."""
    ranking = rank_repos_sync("a/list", token=TOKEN, top=2, transport=github.local)
    assert [row.repository for row in ranking] == ["o/five", "o/two"]
    assert github.local.closed == 1


def test_the_synchronous_form_raises_the_same_errors(github: StandIn) -> None:
    """Errors come out as they are."""
    with pytest.raises(ListError):
        rank_repos_sync("no/where", token=TOKEN, transport=github.local)


async def test_the_synchronous_form_refuses_a_running_loop(github: StandIn) -> None:
    """Inside a loop it says what to call, and starts nothing."""
    with pytest.raises(UsageError, match=r"await rank_repos\("):
        rank_repos_sync("a/list", token=TOKEN, transport=github.local)
    assert github.log.exchanges == []


def test_every_argument_is_documented() -> None:
    """`help(rank_repos)` has every argument with a type, and names those that need words."""
    parameters = inspect.signature(rank_repos).parameters
    assert all(each.annotation is not each.empty for each in parameters.values())
    text = str(rank_repos.__doc__)
    for word in ("token", "top", "progress", "timeout", "transport", "GITHUB_API_URL", "Raises"):
        assert word in text


class Waiting(Clock):
    """A clock on which no wait ends."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Tell of it, and wait for ever."""
        self.waiting.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize(("kind", "waiting"), [("readme", 1), ("graphql", 4)])
async def test_cancelled_during_a_request(github: StandIn, kind: Kind, waiting: int) -> None:
    """While the README, or all batches, wait for their answers."""
    begun = asyncio.Event()

    def note() -> None:
        if github.log.in_flight == waiting:
            begun.set()

    stalled = faults.noting(note, faults.stall())
    github.faults.append(Fault(stalled, kind=kind, times=None))
    task = asyncio.create_task(rank(github, batch_size=1, concurrency=4))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_nothing_left(github)
    assert len(github.log.of(kind)) == waiting


async def test_cancelled_during_a_back_off(github: StandIn) -> None:
    """A retry that waits is cancelled like a request."""
    clock = Waiting()
    github.faults.append(Fault(faults.server_error(), kind="graphql", times=None))
    task = asyncio.create_task(rank(github, clock=clock))
    await clock.waiting.wait()
    assert github.log.in_flight == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_nothing_left(github)


async def test_cancelled_while_a_list_is_parsed(
    github: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that parses ends soon after, instead of working on for nobody."""
    loop = asyncio.get_running_loop()
    parsing = asyncio.Event()
    ended = threading.Event()
    given_up = threading.Event()

    def parse_for_ever(*_: Any, check: Callable[[], None], **__: Any) -> Any:
        loop.call_soon_threadsafe(parsing.set)
        try:
            while not given_up.is_set():
                check()
        except RunError:
            ended.set()
            raise

    monkeypatch.setattr(reading, "parse_list", parse_for_ever)
    task = asyncio.create_task(rank_repos("a/list", token=TOKEN, transport=github.local))
    await parsing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    in_time = await asyncio.to_thread(ended.wait, 20)
    given_up.set()
    assert in_time
    assert_nothing_left(github)
