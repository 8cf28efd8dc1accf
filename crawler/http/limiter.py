"""The one gate that every request to an API goes through."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from crawler.http.exchange import Request, Response, Send
from crawler.http.pace import Pace
from crawler.model.addresses import bare
from crawler.model.clock import Clock
from crawler.model.errors import BrokenAnswer, RunError, Throttled
from crawler.model.log import logger
from crawler.model.values import Pause

Verdict = Callable[[Response, datetime], RunError | None]
"""What a response means for all that follow it; None: nothing."""

SHORTEST_PAUSE: Final = 1.0
"""Seconds, doubled each time in a row: a server that says "again at once" must not make us spin."""

UNSAID_PAUSE: Final = 60.0
"""Seconds to wait where a refusal names no time, doubled each time in a row.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit"""

JITTER: Final = 0.05
"""Part of a pause that is added by chance, so that runs that were refused together part."""

SHORTEST_SLEEP: Final = 0.001
"""Seconds; so that rounding cannot make a wait that never ends."""


class Gate:
    """Lets requests out: so many in flight, at a pace, not while a limit lasts.

    A limit that a response tells of closes the gate for all until it is over;
    the refused request then leaves again. Where that is too long to wait, and
    where no further request has a chance, it closes for good.

    A place is held around one HTTP request and never around a batch, a wait or
    a back-off: a batch that held one while its parts want theirs would hang.
    """

    def __init__(
        self,
        send: Send,
        *,
        concurrency: int,
        timeout: float | None,
        verdict: Verdict = lambda _response, _now: None,
        paces: Mapping[str, Sequence[Pace]] | None = None,
        max_wait: float = 0.0,
        budget: int | None = None,
        clock: Clock | None = None,
        on_pause: Callable[[Pause | None], None] = lambda _: None,
    ) -> None:
        """`timeout` (seconds; None: none) covers one request to the last byte of its answer,
        `max_wait` (seconds) all pauses together, `budget` (points) all requests. `paces` are
        those of each `Request.resource`. `on_pause` is told when a pause begins, and None when
        it ends.
        """
        self._send = send
        self._places = asyncio.Semaphore(concurrency)
        self._door = asyncio.Lock()
        self._timeout = timeout
        self._verdict = verdict
        self._paces = paces or {}
        self._patience = max_wait
        self._budget = math.inf if budget is None else budget
        self._in_flight = 0
        self._clock = clock or Clock()
        self._on_pause = on_pause
        self._closed: RunError | None = None
        self._opens = -math.inf
        self._in_a_row = 0
        self._news = asyncio.Event()
        self.sent: Counter[str] = Counter()
        """How many requests were sent on each `Request.resource`."""

    async def send(self, request: Request) -> Response:
        """Make the exchange once it is its turn, and again after each pause.

        Raises: AttemptError; and, without sending, whatever closed the gate for good.
        """
        while True:
            async with self._turn(request):
                known = self._in_a_row
                response = await self._exchange(request)
                logger.debug(
                    "{} {}: status {}",
                    request.method,
                    bare(request.url),
                    response.status,
                )
                # Before the place is given up, so that whoever gets it next knows.
                refusal = self._verdict(response, self._clock.now())
                if refusal is None:
                    if response.status == 304 and request.token is not None:
                        # It costs no quota.
                        # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
                        self._budget += 1
                    self._in_a_row = 0
                    return response
                self._close(refusal, is_news=self._in_a_row == known)

    async def lend(self, request: Request) -> Response:
        """Make the exchange in its turn, but leave it to another gate what its answer means.

        Raises: as `send()`.
        """
        async with self._turn(request):
            return await self._exchange(request)

    def pause(self, refusal: Throttled) -> None:
        """Close as long as a limit lasts that was told to a request of another gate."""
        self._close(refusal, is_news=True)

    async def _exchange(self, request: Request) -> Response:
        self.sent[request.resource] += 1
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(request)
        except TimeoutError:
            raise BrokenAnswer(
                f"{request.host} did not answer in full within {self._timeout:g} s"
            ) from None

    @asynccontextmanager
    async def _turn(self, request: Request) -> AsyncIterator[None]:
        """A place, once the gate is open and the pace allows; first come, first served."""
        paces = self._paces.get(request.resource, ())
        async with self._door:
            await self._enter(paces)
        left = self._clock.monotonic()
        try:
            yield
        finally:
            now = self._clock.monotonic()
            for pace in paces:
                pace.come_back(now, now - left)
            self._places.release()
            self._in_flight -= 1
            self._news.set()

    async def _enter(self, paces: Sequence[Pace]) -> None:
        while True:
            await self._wait(paces)
            await self._places.acquire()
            # While it waited for the place, the gate may have closed or the pace run out.
            if self._closed is None and self._delay(paces) <= 0:
                break
            self._places.release()
        self._budget -= 1
        self._in_flight += 1
        now = self._clock.monotonic()
        for pace in paces:
            pace.leave(now)

    async def _wait(self, paces: Sequence[Pace]) -> None:
        """Until the gate is open and the pace allows one more.

        Raises: what closed the gate for good.
        """
        self._check()
        while (delay := self._delay(paces)) > 0:
            self._news.clear()
            waits: list[asyncio.Task[object]] = [asyncio.create_task(self._news.wait())]
            if delay < math.inf:
                sleep = self._clock.sleep(max(delay, SHORTEST_SLEEP))
                waits.append(asyncio.create_task(sleep))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            self._check()
        if self._opens > -math.inf:
            self._opens = -math.inf
            self._on_pause(None)

    def _delay(self, paces: Sequence[Pace]) -> float:
        if self._budget < 1:
            # One in flight may turn out to be free.
            return math.inf
        now = self._clock.monotonic()
        return max(self._opens - now, 0.0, *(pace.delay(now) for pace in paces))

    def _check(self) -> None:
        if self._closed is None and self._budget < 1 and not self._in_flight:
            self._close(Throttled("the points that --budget allows are spent"), is_news=True)
        if self._closed is not None:
            # The same error is raised many times; each would add to its traceback.
            raise self._closed.with_traceback(None)

    def _close(self, refusal: RunError, *, is_news: bool) -> None:
        """Close for a pause where that helps and is not too long, else for good.

        `is_news` says whether the refused request had left after the last pause:
        several that were in flight together tell of one limit, and count once.
        """
        self._news.set()
        if not isinstance(refusal, Throttled):
            # Also where a limit had closed it: this one, no rerun will pass.
            self._closed = refusal
            return
        if self._closed is not None:
            return
        if self._budget < 1:
            self._closed = refusal
            return
        self._in_a_row += is_news
        pause = self._pause_for(refusal)
        if self._clock.monotonic() + pause <= self._opens:
            return
        pause *= 1 + JITTER * random.random()
        opens = self._clock.monotonic() + pause
        longer = opens - max(self._opens, self._clock.monotonic())
        if longer > self._patience:
            self._closed = refusal
        elif longer > 0:
            self._patience -= longer
            self._opens = opens
            until = self._clock.now() + timedelta(seconds=pause)
            logger.info("waiting until {:%H:%M:%S}: {}", until.astimezone(), refusal)
            self._on_pause(Pause(until, str(refusal)))

    def _pause_for(self, refusal: Throttled) -> float:
        doubled = 2.0 ** max(0, self._in_a_row - 1)
        if refusal.until is None:
            return UNSAID_PAUSE * doubled
        said = (refusal.until - self._clock.now()).total_seconds()
        return max(said, SHORTEST_PAUSE * doubled)
