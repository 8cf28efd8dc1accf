"""Clocks for tests: time passes when nobody has anything else to do, or a server wants it to."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from crawler.model.clock import Clock

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class FakeClock(Clock):
    """Jumps to the end of the shortest sleep once no task can go on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Passed since `START`."""
        self.sleeps: list[float] = []
        """Every sleep that was begun."""
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._is_watching = False
        self._held = 0

    def now(self) -> datetime:
        """`START` and what has passed since."""
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """What has passed."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until time has jumped so far."""
        self.sleeps.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, len(self.sleeps), woken))
        self._start_watching()
        await woken

    @contextmanager
    def held(self) -> Iterator[None]:
        """Time stands still meanwhile: somebody waits for a real socket."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self._start_watching()

    def _start_watching(self) -> None:
        if self._sleepers and not self._held and not self._is_watching:
            self._is_watching = True
            asyncio.get_running_loop().call_soon(self._watch)

    def _watch(self) -> None:
        self._is_watching = False
        # The loop's own queue is the only place that tells whether anybody can go on.
        if not self._held and not asyncio.get_running_loop()._ready:  # type: ignore[attr-defined]
            while self._sleepers:
                when, _, woken = heapq.heappop(self._sleepers)
                if not woken.done():
                    self.seconds = max(self.seconds, when)
                    woken.set_result(None)
                    break
        self._start_watching()


class Haste:
    """The time of the running loop, by which its time-outs go; it can be made to pass."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._passed = 0.0
        true = self._loop.time
        self._loop.time = lambda: true() + self._passed  # type: ignore[method-assign]

    async def sleep(self, seconds: float) -> None:
        """Let so much pass at once; for a server with a loop of its own."""
        passed = asyncio.run_coroutine_threadsafe(self._pass(seconds), self._loop)
        await asyncio.wrap_future(passed)

    async def _pass(self, seconds: float) -> None:
        self._passed += seconds
