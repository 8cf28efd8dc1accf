"""The rate limiter that every request to a server goes through."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from crawler.http.exchange import Request, Response, Send, Token
from crawler.http.windows import Window
from crawler.model.addresses import bare
from crawler.model.clock import Clock
from crawler.model.errors import (
    BrokenAnswer,
    CredentialsError,
    RunError,
    Throttled,
    TokenRefused,
)
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.values import Pause

Verdict = Callable[[Request, Response, datetime], RunError | None]
"""What a response means for the following requests; None: nothing. A `Throttled` with
`is_waited_for` concerns all of them, any other error only those with the same token (or none)."""

_SUCCESSES: Final = (200, 304)
"""Statuses that show that a token was accepted."""

OPTIONAL_SECONDS: Final = 10.0
"""For the answer to a request without which a run is complete, too."""

_SHORTEST_SLEEP: Final = 0.001
"""Seconds added to each wait, so that rounding cannot make it endless."""


@frozen(kw_only=True)
class PausePolicy:
    """How long to pause after a refusal."""

    shortest: float = 1.0
    """Seconds, doubled after each refusal in a row: a server that answers "again at once" must not
    cause a busy loop."""
    unsaid: float = 60.0
    """Seconds after a refusal without a time, doubled after each one in a row.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit"""
    jitter: float = 0.05
    """Share of a pause to add at random, so that runs refused together do not return together."""

    def seconds(self, refusal: Throttled, now: datetime, in_a_row: int) -> float:
        """The pause after this many refusals in a row."""
        doubled = 2.0 ** max(0, in_a_row - 1)
        if refusal.until is None:
            return self.unsaid * doubled
        return max((refusal.until - now).total_seconds(), self.shortest * doubled)


@frozen
class Hold:
    """A request is held back so that a limit is not reached."""

    limit: str
    """As a sentence: `GitHub allows 60 s of query time a minute`."""
    sent: int
    """Requests sent so far that count against the limit."""
    estimate: Callable[[int], float]
    """About how many seconds it takes to send this many more requests."""


class RateLimiter:
    """Limits requests: how many at once, how fast, and none during a pause.

    If a response says that a limit is used up, all requests pause, and the refused one is sent
    again. If a token that was accepted before is refused, its request is sent once more.
    Sending stops for good if a pause would be too long, or if no further request can succeed.

    A slot is held around one HTTP request and never around a batch, a wait or a back-off: a batch
    that held one while its parts need theirs would hang.
    """

    def __init__(
        self,
        send: Send,
        *,
        concurrency: int,
        timeout: float,
        optional_timeout: float = OPTIONAL_SECONDS,
        verdict: Verdict = lambda _request, _response, _now: None,
        windows: Mapping[str, Sequence[Window]] | None = None,
        max_wait: float = 0.0,
        budget: int | None = None,
        pauses: PausePolicy = PausePolicy(),
        clock: Clock | None = None,
        on_pause: Callable[[Pause | Hold | None], None] = lambda _: None,
    ) -> None:
        """`timeout` (seconds) covers one request until the last byte of its answer, and for an
        optional request `optional_timeout` if that is shorter; `max_wait` (seconds) all pauses
        together, `budget` (points) all requests. `windows` are listed by
        `Request.resource`. `on_pause` is called when a pause begins and when a window holds a
        request back, and with None when requests are sent again.
        """
        self._send = send
        self._places = asyncio.Semaphore(concurrency)
        self._door = asyncio.Lock()
        self._timeout = timeout
        self._optional_timeout = min(timeout, optional_timeout)
        self._verdict = verdict
        self._windows = windows or {}
        self._patience = max_wait
        self._budget = math.inf if budget is None else budget
        self._pauses = pauses
        self._clock = clock or Clock()
        self._on_pause = on_pause
        self._in_flight = 0
        self._limit: Throttled | None = None
        self._taken: set[Token | None] = set()
        self._doubted: set[Token | None] = set()
        self._refused: dict[Token | None, RunError] = {}
        self._resumes = -math.inf
        self._is_holding = False
        self._in_a_row = 0
        self._news = asyncio.Event()
        self.sent: Counter[str] = Counter()
        """How many requests were sent, by `Request.resource`."""

    async def send(self, request: Request) -> Response:
        """Make the exchange when its turn comes, and again after each pause.

        Raises: AttemptError; and, without sending, the refusal that is final for this request.
        """
        token, was_refused = request.token, False
        while True:
            async with self._place(request):
                known, is_doubted = self._in_a_row, token in self._doubted
                response = await self._exchange(request)
                logger.debug("{} {}: status {}", request.method, bare(request.url), response.status)
                # Before the slot is released, so that the next request sees it.
                refusal = self._verdict(request, response, self._clock.now())
                if refusal is None:
                    if response.status == 304 and token is not None:
                        # A conditional request that finds no change costs no quota.
                        # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
                        self._budget += 1
                    self._in_a_row = 0
                    if response.status in _SUCCESSES:
                        self._taken.add(token)
                        self._doubted.discard(token)
                    return response
                is_whim = not was_refused and not is_doubted and token in self._taken
                if not (is_whim and isinstance(refusal, CredentialsError | TokenRefused)):
                    # Refusals of requests that were in flight together count as one.
                    self._in_a_row += self._in_a_row == known and isinstance(refusal, Throttled)
                    self._stop(refusal, token)
                    continue
                # The server accepted the token before: try once more, it may be a mistake.
                self._doubted.add(token)
            was_refused = True
            logger.debug("trying again in {:g} s: {}", self._pauses.shortest, refusal)
            await self._clock.sleep(self._pauses.shortest)

    async def _exchange(self, request: Request) -> Response:
        self.sent[request.resource] += 1
        seconds = self._optional_timeout if request.is_optional else self._timeout
        try:
            async with asyncio.timeout(seconds):
                return await self._send(request)
        except TimeoutError:
            raise BrokenAnswer(
                f"{request.host} did not answer in full within {seconds:g} s"
            ) from None

    @asynccontextmanager
    async def _place(self, request: Request) -> AsyncIterator[None]:
        """A slot for the request when its turn comes; first come, first served."""
        windows = self._windows.get(request.resource, ())
        async with self._door:
            self._watch(request.resource, windows)
            await self._take_place(request.token, windows)
        sent = self._clock.monotonic()
        try:
            yield
        finally:
            now = self._clock.monotonic()
            for window in windows:
                window.release(now, now - sent)
            self._places.release()
            self._in_flight -= 1
            self._news.set()

    def _watch(self, resource: str, windows: Sequence[Window]) -> None:
        """Report once when a window holds requests back, and repeat it as long as it does."""
        now = self._clock.monotonic()
        held = max(windows, key=lambda window: window.delay(now), default=None)
        if held is not None and held.delay(now) >= self._pauses.shortest:
            if not self._is_holding:
                logger.debug("paced: {}", held.limit)
            self._is_holding = True
            self._on_pause(Hold(held.limit, self.sent[resource], partial(held.estimate, now)))
        elif self._is_holding:
            self._is_holding = False
            self._on_pause(None)

    async def _take_place(self, token: Token | None, windows: Sequence[Window]) -> None:
        while True:
            await self._wait(token, windows)
            await self._places.acquire()
            # While the request waited for its slot, a pause may have begun or a window filled up.
            if self._final(token) is None and self._delay(windows) <= 0:
                break
            self._places.release()
        self._budget -= 1
        self._in_flight += 1
        now = self._clock.monotonic()
        for window in windows:
            window.acquire(now)

    async def _wait(self, token: Token | None, windows: Sequence[Window]) -> None:
        """Wait until there is no pause and the windows allow one more request.

        Raises: the refusal that is final.
        """
        self._check(token)
        while (delay := self._delay(windows)) > 0:
            self._news.clear()
            waits: list[asyncio.Task[object]] = [asyncio.create_task(self._news.wait())]
            if delay < math.inf:
                sleep = self._clock.sleep(max(delay, _SHORTEST_SLEEP))
                waits.append(asyncio.create_task(sleep))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            self._check(token)
        if self._resumes > -math.inf:
            self._resumes = -math.inf
            self._on_pause(None)

    def _delay(self, windows: Sequence[Window]) -> float:
        if self._budget < 1:
            # A request in flight may turn out to cost nothing.
            return math.inf
        now = self._clock.monotonic()
        return max(self._resumes - now, 0.0, *(window.delay(now) for window in windows))

    def _final(self, token: Token | None) -> RunError | None:
        return self._refused.get(token, self._limit)

    def _check(self, token: Token | None) -> None:
        if self._budget < 1 and not self._in_flight and self._limit is None:
            self._limit = Throttled("all points that --budget allows are spent")
        if (error := self._final(token)) is not None:
            # A copy: the same error is raised many times, and each time would add to its traceback.
            raise error.with_traceback(None)

    def _stop(self, refusal: RunError, token: Token | None) -> None:
        """Stop sending: for a pause if that helps and is short enough, else for good."""
        self._news.set()
        if not (isinstance(refusal, Throttled) and refusal.is_waited_for):
            self._refused[token] = refusal
        elif self._limit is None and self._budget < 1:
            self._limit = refusal
        elif self._limit is None:
            now = self._clock.monotonic()
            pause = self._pauses.seconds(refusal, self._clock.now(), self._in_a_row)
            if now + pause <= self._resumes:
                return
            pause *= 1 + self._pauses.jitter * random.random()
            longer = now + pause - max(self._resumes, now)
            if longer > self._patience:
                self._limit = refusal
            elif longer > 0:
                self._patience -= longer
                self._resumes = now + pause
                until = self._clock.now() + timedelta(seconds=pause)
                logger.info("waiting until {:%H:%M:%S}: {}", until.astimezone(), refusal.cause)
                self._on_pause(Pause(until, refusal.cause))
