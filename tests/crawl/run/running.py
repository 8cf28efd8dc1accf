"""`rank_repos()` in this process, on a clock whose waits take no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from clocks import FakeClock
from standin import TOKEN, StandIn

from crawler import Progress, Ranking, Settings
from crawler.crawl.context import Context
from crawler.crawl.run import crawl
from crawler.model.clock import Clock
from crawler.model.settings import Report
from crawler.sources.github.credentials import make_token
from crawler.store import Store


async def rank(
    github: StandIn,
    *lists: str,
    token: str | None = TOKEN,
    tokens: Mapping[str, str] = MappingProxyType({}),
    clock: Clock | None = None,
    progress: Callable[[Progress], object] | None = None,
    stop: asyncio.Event | None = None,
    store: Store | Path | None = None,
    shown: Sequence[Report] = (),
    **settings: Any,
) -> Ranking:
    """Rank `lists`, by default `a/list`; the hours of GitHub's quotas pass on the same clock."""
    clock = clock or FakeClock()
    github.world.now = lambda: clock.now().timestamp()
    asked = Settings(lists=lists or ("a/list",), **settings)
    asked.check_store(is_there=store is not None)
    async with AsyncExitStack() as stack:
        if isinstance(store, Path):
            store = await stack.enter_async_context(Store(store))
        return await crawl(
            asked,
            Context(
                token=None if token is None else make_token(token, "the caller"),
                tokens={host: make_token(each, "the caller") for host, each in tokens.items()},
                transport=github.local,
                clock=clock,
                progress=progress,
                stop=stop,
                store=store,
            ),
            shown=shown,
        )


def assert_nothing_left(github: StandIn, *, closed: int = 1) -> None:
    """No task but the caller's, no request in flight, and the transport closed."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (github.log.in_flight, github.local.closed) == (0, closed)
