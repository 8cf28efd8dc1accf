"""One run of the crawler on a fake clock against the stand-in, and all that happened in it."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from clocks import START, FakeClock, Haste
from standin import TOKEN, Repository, StandIn, World
from standin.proxy import Proxy

from crawler.crawl.context import Context
from crawler.crawl.run import crawl
from crawler.http.exchange import Token
from crawler.model.errors import CrawlerError
from crawler.model.results import Ranking
from crawler.model.settings import Settings
from crawler.model.values import Progress

INCOMPLETE = 3


@dataclass(frozen=True, slots=True)
class Departure:
    """A request that left."""

    at: float
    """Seconds of the fake clock."""
    path: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause that was told to the progress callable."""

    at: float
    """Seconds of the fake clock."""
    until: float
    """On the same scale."""
    reason: str


class Watched(httpx.AsyncBaseTransport):
    """The network, for a run on a fake clock: time stands still while an answer is waited for."""

    def __init__(
        self, clock: FakeClock, events: list[Departure | Wait], latency: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._events = events
        self._latency = latency
        self._inner = httpx.AsyncHTTPTransport(
            verify=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on, and give the answer after the latency, which the fake clock measures."""
        self._events.append(Departure(self._clock.seconds, request.url.path))
        with ExitStack() as stack:
            stack.enter_context(self._clock.held())
            response = await self._inner.handle_async_request(request)
            held = stack.pop_all()
        if latency := self._latency():
            held.close()
            try:
                await self._clock.sleep(latency)
            except BaseException:
                await response.aclose()
                raise
            held.enter_context(self._clock.held())
        assert isinstance(response.stream, httpx.AsyncByteStream)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Held(response.stream, held),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _Held(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, held: AbstractContextManager[Any]) -> None:
        self._inner = inner
        self._held = held

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            self._held.__exit__(None, None, None)


@dataclass(slots=True)
class Trial:
    """What a run did."""

    clock: FakeClock = field(default_factory=FakeClock)
    events: list[Departure | Wait] = field(default_factory=list)
    """In the order in which they happened."""
    ranking: Ranking | None = None
    error: CrawlerError | None = None

    @property
    def status(self) -> int:
        """The exit status that the command would have."""
        if self.ranking is None:
            return self.error.exit_status if self.error else 0
        return 0 if self.ranking.complete else INCOMPLETE

    @property
    def outcomes(self) -> Counter[str]:
        """How many listed names ended how."""
        if self.ranking is None:
            return Counter()
        counts = Counter({"ranked": sum(len(row.listed_as) for row in self.ranking.rows)})
        counts.update(str(failure.reason) for failure in self.ranking.failures)
        return counts

    @property
    def said(self) -> str:
        """Every sentence that came out of it."""
        failures = self.ranking.failures if self.ranking else ()
        return "\n".join([str(self.error or ""), *(failure.message for failure in failures)])

    @property
    def requests(self) -> int:
        """How many left."""
        return sum(isinstance(event, Departure) for event in self.events)

    @property
    def waits(self) -> list[float]:
        """How long each pause was to be, in seconds."""
        return [event.until - event.at for event in self.events if isinstance(event, Wait)]

    def early(self) -> list[Departure]:
        """The requests that left during a wait that was known."""
        until = itertools.accumulate(
            (event.until if isinstance(event, Wait) else 0.0 for event in self.events), max
        )
        return [
            event
            for event, ends in zip(self.events, until, strict=True)
            if isinstance(event, Departure) and event.at < ends - 1e-6
        ]


def made_world(count: int) -> World:
    """Repositories `o/r0` and so on, the first with the most stars."""
    return World((Repository(f"o/r{n}", count - n) for n in range(count)), [TOKEN])


def made_list(folder: Path, count: int) -> Path:
    """A list of the repositories of `made_world(count)`."""
    path = folder / "list.md"
    path.write_text("".join(f"* [r{n}](https://github.com/o/r{n})\n" for n in range(count)))
    return path


async def run_trial(
    github: StandIn | None,
    *,
    relay: Proxy | None = None,
    token: str | None = TOKEN,
    latency: Callable[[], float] = lambda: 0.0,
    stop: asyncio.Event | None = None,
    **settings: Any,
) -> Trial:
    """Run a crawl to its end, by way of `relay` if there is one.

    The hours of the stand-in's quotas pass on the same clock. What holds an answer back ends all
    time-outs of requests in flight. Without a stand-in the network is the crawler's own.
    """
    trial = Trial()
    url = ""
    if github is not None:
        url, haste = github.url, Haste()
        github.sleep = haste.sleep
        if relay is not None:
            url, relay.sleep = relay.url, haste.sleep
        github.world.now = lambda: trial.clock.now().timestamp()

    def note(progress: Progress) -> None:
        if progress.pause is not None and progress.pause is not noted[0]:
            noted[0] = progress.pause
            until = (progress.pause.until - START).total_seconds()
            trial.events.append(Wait(trial.clock.seconds, until, progress.pause.reason))

    noted: list[object] = [None]
    try:
        trial.ranking = await crawl(
            Settings(
                **{
                    "api_url": url,
                    "graphql_url": f"{url}/graphql",
                    "depsdev_url": url,
                    "concurrency": 3,
                    "batch_size": 2,
                    **settings,
                }
            ),
            Context(
                token=Token(token) if token else None,
                progress=note,
                transport=Watched(trial.clock, trial.events, latency) if github else None,
                clock=trial.clock,
                stop=stop,
            ),
        )
    except CrawlerError as error:
        trial.error = error
    return trial


async def assert_nothing_left(github: StandIn) -> None:
    """No task but this one, no request in flight, no open socket."""
    # An async generator that was left half-way is closed in the loop's next turns.
    for _ in range(10):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await asyncio.to_thread(
        github.log.wait_for, lambda log: log.in_flight == 0 and log.connections == 0
    )
