"""What a run works with, and what its steps share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from crawler.crawl.cache import Cache
from crawler.crawl.fetcher import FetchPolicy
from crawler.crawl.progress import Meter
from crawler.crawl.services import Services, open_services
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.frozen import frozen
from crawler.model.settings import Settings
from crawler.model.values import Progress
from crawler.sources import hosts_of

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store

T = TypeVar("T")


@frozen(kw_only=True)
class Context:
    """What a run works with, besides its settings."""

    token: Token | None = None
    """For the server that the settings name."""
    tokens: Mapping[str, Token] = field(default_factory=dict)
    """For other hosts, by name."""
    progress: Callable[[Progress], object] | None = None
    """Called whenever repositories are settled."""
    transport: Transport | None = None
    """None: the network."""
    clock: Clock | None = None
    """None: the real one."""
    stop: asyncio.Event | None = None
    """Ends the run once it is set: what is known by then is ranked."""
    store: Store | None = None
    """Keeps what the run learns; None: nothing is kept."""
    policy: FetchPolicy = FetchPolicy()
    """How to deal with a server in trouble."""
    on_disk: bool = True
    """Whether a temporary file may hold what does not fit in memory."""


@frozen
class Run:
    """What the steps of a run share."""

    settings: Settings
    policy: FetchPolicy
    clock: Clock
    started: float
    """Its start, in seconds of the clock."""
    stop: asyncio.Event
    """Set when somebody wants the run to end."""
    meter: Meter
    cache: Cache
    services: Services
    on_disk: bool
    """Whether a temporary file may hold what does not fit in memory."""


@asynccontextmanager
async def open_run(settings: Settings, context: Context) -> AsyncIterator[Run]:
    """What the steps of a run share; it is closed at the end."""
    clock = context.clock or Clock()
    started = clock.monotonic()
    tokens = context.tokens
    if context.token is not None:
        tokens = {**tokens, hosts_of(settings).home.name: context.token}
    meter = Meter(context.progress)
    records = None
    if context.store is not None:
        from crawler.store.records import Records

        records = Records(context.store)
    async with (
        Cache(records, settings, tokens, clock) as cache,
        open_services(
            settings,
            tokens=tokens,
            transport=context.transport,
            clock=clock,
            conditional=cache.conditional,
            on_pause=meter.pause,
        ) as services,
    ):
        yield Run(
            settings=settings,
            policy=context.policy,
            clock=clock,
            started=started,
            stop=context.stop or asyncio.Event(),
            meter=meter,
            cache=cache,
            services=services,
            on_disk=context.on_disk,
        )


async def unless(stop: asyncio.Event, job: Coroutine[Any, Any, T]) -> T | None:
    """Await `job`, but once `stop` is set, cancel it and return None."""
    task = asyncio.ensure_future(job)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        # Wait for it to end; errors on the way out no longer matter.
        await asyncio.gather(task, stopped, return_exceptions=True)
