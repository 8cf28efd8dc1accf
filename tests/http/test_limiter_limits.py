"""The rate limiter while limits last: on a clock that jumps, so that hours pass in no time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from clocks import START, FakeClock
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from crawler.http.exchange import Request, Response
from crawler.http.limiter import PausePolicy, RateLimiter
from crawler.http.windows import WINDOW_SECONDS, RequestWindow, ResponseTimeWindow
from crawler.model.errors import BrokenAnswer, RunError, Throttled
from crawler.model.values import Pause

Step = tuple[str, float]
"""What the server does: `ok` after seconds, or a refusal: `wait` with seconds, or `unsaid`."""

ROUNDING = 1e-6
PAUSES = PausePolicy()


class Server:
    """Answers each request by the next step, then well; notes those that come during a wait."""

    def __init__(self, steps: Sequence[Step] = (), *, seconds: float = 1.0) -> None:
        self.clock = FakeClock()
        self.steps = list(steps)
        self.seconds = seconds
        self.left: list[float] = []
        """When each request left."""
        self.urls: list[str] = []
        self.too_early: list[float] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.waits_until = 0.0

    async def send(self, request: Request) -> Response:
        """Takes the place of the network."""
        now = self.clock.monotonic()
        self.left.append(now)
        self.urls.append(request.url)
        if now < self.waits_until:
            self.too_early.append(now)
        kind, value = self.steps.pop(0) if self.steps else ("ok", self.seconds)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.clock.sleep(value if kind == "ok" else self.seconds)
        finally:
            self.in_flight -= 1
        if kind == "broken":
            raise BrokenAnswer("it broke")
        if kind == "ok":
            return Response(200, {}, b"", request.url)
        wait = PAUSES.unsaid if kind == "unsaid" else value
        self.waits_until = max(self.waits_until, self.clock.monotonic() + wait)
        return Response(429, {} if kind == "unsaid" else {"wait": str(value)}, b"", request.url)

    def limiter(self, **options: Any) -> RateLimiter:
        """A rate limiter before it."""
        bounds: dict[str, Any] = {"concurrency": 3, "timeout": 1000, "max_wait": 10**9, **options}
        return RateLimiter(self.send, verdict=verdict, clock=self.clock, **bounds)


def verdict(_: Request, response: Response, now: Any) -> RunError | None:
    """429 throttles, for as long as it says."""
    if response.status != 429:
        return None
    said = response.headers.get("wait")
    return Throttled("slow down", None if said is None else now + timedelta(seconds=float(said)))


def get(name: object = "x", resource: str = "core") -> Request:
    """A request."""
    return Request("GET", str(name), resource=resource)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """A scenario in a loop of its own, after which no task is left."""

    async def whole() -> None:
        await scenario()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


async def outcomes(limiter: RateLimiter, count: int) -> list[Response | BaseException]:
    """What becomes of so many requests at once."""
    return await asyncio.gather(
        *(limiter.send(get(i)) for i in range(count)), return_exceptions=True
    )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ok"), st.floats(0, 100)),
        st.tuples(st.just("wait"), st.floats(0, 5000)),
        st.tuples(st.just("unsaid"), st.just(0.0)),
    ),
    max_size=12,
)


@given(STEPS, st.integers(1, 5), st.integers(1, 12), st.floats(0, 10))
def test_no_request_leaves_during_a_wait(
    steps: list[Step], concurrency: int, count: int, seconds: float
) -> None:
    """Whatever the order of refusals, everybody waits until the last is over; then each request
    is answered. Nothing spins: there are few sleeps, and one more request for each refusal."""
    server = Server(steps, seconds=seconds)

    async def scenario() -> None:
        limiter = server.limiter(concurrency=concurrency)
        results = await outcomes(limiter, count)
        assert all(isinstance(each, Response) and each.status == 200 for each in results)

    run(scenario)
    refusals = sum(kind != "ok" for kind, _ in steps[: len(server.left)])
    assert server.too_early == []
    assert server.most_in_flight <= concurrency
    assert len(server.left) == count + refusals
    assert len(server.clock.sleeps) <= 2 * len(server.left) + 4 * (refusals + 1)


@given(STEPS, st.integers(1, 4), st.floats(0, 3000))
def test_all_pauses_together_are_bounded(
    steps: list[Step], concurrency: int, max_wait: float
) -> None:
    """The run never waits longer than it may, and whatever is not answered says why."""
    server = Server(steps, seconds=0.0)

    async def scenario() -> None:
        results = await outcomes(server.limiter(concurrency=concurrency, max_wait=max_wait), 8)
        assert all(isinstance(each, Response | Throttled) for each in results)

    run(scenario)
    answered = sum(value for kind, value in steps if kind == "ok")
    assert server.clock.seconds <= max_wait + answered + ROUNDING
    assert server.too_early == []


@given(
    st.integers(1, 12),
    st.integers(1, 20),
    st.integers(1, 4),
    st.lists(
        st.tuples(st.sampled_from(["ok", "broken", "wait", "unsaid"]), st.floats(0, 9)),
        max_size=12,
    ),
)
def test_the_budget_is_kept_exactly(
    budget: int, count: int, concurrency: int, steps: list[Step]
) -> None:
    """Refused and broken requests count; not one more is sent than allowed, and not one less
    while there is something to ask."""
    server = Server(steps)

    async def scenario() -> None:
        limiter = server.limiter(concurrency=concurrency, budget=budget)
        results = await outcomes(limiter, count)
        answered = sum(isinstance(each, Response | BrokenAnswer) for each in results)
        throttled = sum(isinstance(each, Throttled) for each in results)
        assert answered + throttled == count
        assert limiter.sent.total() == len(server.left)
        assert len(server.left) == budget if throttled else len(server.left) <= budget

    run(scenario)


@given(
    STEPS,
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 9), st.floats(0, 300)), max_size=12),
)
def test_cancellation_leaks_no_place(
    steps: list[Step], concurrency: int, cancellations: list[tuple[int, float]]
) -> None:
    """Wherever requests are cancelled (at the door, in a wait, in flight), all places are free
    afterwards, and the others go on."""
    server = Server(steps)

    async def scenario() -> None:
        limiter = server.limiter(
            concurrency=concurrency, windows={"graphql": [ResponseTimeWindow(20.0)]}
        )
        tasks = [asyncio.create_task(limiter.send(get(i, "graphql"))) for i in range(10)]
        cancelled = set()
        for which, seconds in cancellations:
            await server.clock.sleep(seconds)
            cancelled.add(which)
            tasks[which].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for which, result in enumerate(results):
            assert isinstance(result, Response) or which in cancelled
        assert server.in_flight == 0
        server.most_in_flight = 0
        server.steps.clear()
        await server.clock.sleep(WINDOW_SECONDS * 10)
        server.seconds = 0.5
        await outcomes(limiter, 10)
        assert server.most_in_flight == concurrency

    run(scenario)


@given(st.integers(1, 5), st.integers(0, 40), st.integers(1, 4))
def test_the_windows_hold(allowance: int, count: int, concurrency: int) -> None:
    """No minute sees more requests than the window allows, and first come is first served."""
    server = Server(seconds=0.1)

    async def scenario() -> None:
        windows = {"core": [RequestWindow(allowance)]}
        await outcomes(server.limiter(concurrency=concurrency, windows=windows), count)

    run(scenario)
    for first, last in zip(server.left, server.left[allowance:], strict=False):
        assert last - first >= WINDOW_SECONDS - ROUNDING
    assert server.urls == [str(i) for i in range(count)]
    assert len(server.clock.sleeps) <= 4 * (count + 1)


async def test_a_crawl_of_two_thousand_settles_at_the_allowance() -> None:
    """A second of response time a second, less the margin, and no more sleeps than requests."""
    server = Server(seconds=1.0)
    limiter = server.limiter(concurrency=16, windows={"graphql": [ResponseTimeWindow(55.0)]})
    await asyncio.gather(*(limiter.send(get(i, "graphql")) for i in range(2000)))
    assert server.left[:12] == [0.0] * 12
    assert 2000 / 55 * 60 - 60 <= server.clock.seconds <= 2000 / 55 * 60 + 120
    assert len(server.clock.sleeps) <= 4 * 2000


async def test_the_door_starves_nobody() -> None:
    """One that waits for its window is not overtaken for ever by what needs none."""
    server = Server(seconds=1.0)
    limiter = server.limiter(concurrency=2, windows={"graphql": [RequestWindow(1)]})
    requests = [get("a", "graphql"), get("b", "graphql"), *(get(i) for i in range(20))]
    await asyncio.gather(*(limiter.send(request) for request in requests))
    assert server.urls == ["a", "b", *map(str, range(20))]
    assert server.clock.seconds <= 60 + 11


async def test_an_hour_passes_in_no_time() -> None:
    """A primary limit is waited for in one sleep, plus jitter, and the request leaves again."""
    server = Server([("wait", 3600)])
    told: list[Pause | None] = []
    response = await server.limiter(max_wait=2 * 3600, on_pause=told.append).send(get())
    assert response.status == 200
    assert len(server.left) == 2
    assert 3600 <= server.left[1] - 1 <= 3600 * (1 + PAUSES.jitter)
    assert len(server.clock.sleeps) == 3
    pause, end = told
    assert pause is not None
    assert pause.until >= START + timedelta(seconds=3600)
    assert pause.reason.startswith("slow down")
    assert end is None


async def test_too_long_a_wait_ends_it_at_once() -> None:
    """A quota that resets later than one may wait is told with its end; nobody sleeps."""
    server = Server([("wait", 3600)])
    told: list[Pause | None] = []
    limiter = server.limiter(max_wait=900, on_pause=told.append)
    results = await outcomes(limiter, 5)
    throttled = [each for each in results if isinstance(each, Throttled)]
    assert [each.until for each in throttled] == [START + timedelta(seconds=3601)] * 3
    assert len(server.left) == 3
    assert server.clock.seconds == 1
    assert told == []


async def test_several_refused_together_are_one_refusal() -> None:
    """Those in flight when the limit came do not make the wait longer for each other."""
    server = Server([("unsaid", 0)] * 3)
    await outcomes(server.limiter(), 3)
    assert server.left[3] - 1 <= PAUSES.unsaid * (1 + PAUSES.jitter) + ROUNDING


async def test_refused_in_a_row_waits_grow() -> None:
    """Where nothing says how long, each wait is twice the last, until one may wait no longer."""
    server = Server([("unsaid", 0)] * 99, seconds=0)
    with pytest.raises(Throttled):
        await server.limiter(max_wait=900).send(get())
    gaps = [later - sooner for sooner, later in zip(server.left, server.left[1:], strict=False)]
    assert len(gaps) == 3
    for doubled, gap in zip((1, 2, 4), gaps, strict=True):
        assert (
            PAUSES.unsaid * doubled
            <= gap
            <= PAUSES.unsaid * doubled * (1 + PAUSES.jitter) + ROUNDING
        )


async def test_again_at_once_does_not_spin() -> None:
    """A server that says "again now" for ever gets a handful of requests."""
    server = Server([("wait", 0)] * 999, seconds=0)
    with pytest.raises(Throttled):
        await server.limiter(max_wait=900).send(get())
    assert len(server.left) <= 11
    assert server.left[1] >= PAUSES.shortest


async def test_an_answer_ends_the_row() -> None:
    """After a request that was answered, the next refusal starts with the shortest wait."""
    server = Server([("unsaid", 0), ("ok", 0), ("unsaid", 0)], seconds=0)
    limiter = server.limiter()
    await limiter.send(get())
    await limiter.send(get())
    assert server.left[3] - server.left[2] <= PAUSES.unsaid * (1 + PAUSES.jitter) + ROUNDING


async def test_the_window_is_asked_again_once_there_is_a_place() -> None:
    """One that waited for its place while a slow answer used up the minute waits on."""
    server = Server([("ok", 3), ("ok", 4)])
    limiter = server.limiter(concurrency=1, windows={"core": [ResponseTimeWindow(10.0)]})
    await limiter.send(get())
    await server.clock.sleep(55.5)
    await asyncio.gather(limiter.send(get()), limiter.send(get()))
    assert server.left == [0, 58.5, 63]


async def test_a_limit_that_lasts_a_little_longer_counts() -> None:
    """Of two refusals the later end holds, if only by half a second, and the patience is spent to
    the last."""
    server = Server([("wait", 10), ("wait", 10.5)])
    limiter = server.limiter(max_wait=10.5, pauses=PausePolicy(jitter=0))
    await asyncio.gather(limiter.send(get()), limiter.send(get()))
    assert server.left == [0, 0, 11.5, 11.5]


async def test_the_log_tells_of_requests_and_pauses() -> None:
    """One line for each answer, and one for each pause with its end and its reason."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(line.strip()), format="{message}", level="DEBUG")
    logger.enable("crawler")
    try:
        await Server([("wait", 10)]).limiter().send(get("x"))
    finally:
        logger.disable("crawler")
        logger.remove(sink)
    first, pause, second = lines
    assert (first, second) == ("GET x: status 429", "GET x: status 200")
    assert re.fullmatch(r"waiting until \d\d:\d\d:\d\d: slow down.*", pause)
