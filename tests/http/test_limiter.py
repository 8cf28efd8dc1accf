"""The rate limiter: how many are in flight, how long each may take, and when nothing is sent."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from clocks import FakeClock

from crawler.http.exchange import Request, Response, Token
from crawler.http.limiter import PausePolicy, RateLimiter
from crawler.http.windows import RequestWindow
from crawler.model.errors import AttemptError, BrokenAnswer, CredentialsError, RunError, Throttled

WIDE_TIMEOUT = 1000.0


class Server:
    """Holds every request until it is told what to answer."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[Response]] = {}
        self.in_flight = 0
        self.most_in_flight = 0
        self._changed = asyncio.Condition()

    async def send(self, request: Request) -> Response:
        """Takes the place of the network."""
        self.waiting[request.url] = asyncio.get_running_loop().create_future()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        async with self._changed:
            self._changed.notify_all()
        try:
            return await self.waiting[request.url]
        finally:
            self.in_flight -= 1

    async def reached(self, *urls: str) -> None:
        """Wait until all `urls` were asked."""
        async with self._changed:
            await self._changed.wait_for(lambda: all(url in self.waiting for url in urls))

    def answer(self, url: str, status: int = 200) -> None:
        """Answer the one waiting request for `url`."""
        self.waiting[url].set_result(Response(status, {}, b"", url))


def verdict(_request: Request, response: Response, _now: datetime) -> RunError | None:
    """401 ends the run, 429 throttles it."""
    match response.status:
        case 401:
            return CredentialsError("refused")
        case 429:
            return Throttled("too many")
    return None


def make_limiter(
    server: Server, concurrency: int = 2, timeout: float = WIDE_TIMEOUT
) -> RateLimiter:
    """A rate limiter before `server`."""
    return RateLimiter(server.send, concurrency=concurrency, timeout=timeout, verdict=verdict)


def get(url: str) -> Request:
    """A request for `url`."""
    return Request("GET", url, resource="core")


async def settle_loop() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_concurrency_is_reached_and_never_passed() -> None:
    """As many requests as allowed are in flight, and the next leaves when one is answered."""
    server = Server()
    limiter = make_limiter(server, concurrency=3)
    tasks = [asyncio.create_task(limiter.send(get(str(i)))) for i in range(10)]
    for i in range(10):
        await server.reached(str(i))
        await settle_loop()
        assert server.in_flight == min(3, 10 - i)
        server.answer(str(i))
    assert [task.url for task in await asyncio.gather(*tasks)] == [str(i) for i in range(10)]
    assert server.most_in_flight == 3
    assert limiter.sent == {"core": 10}


async def test_place_is_given_up_on_failure_and_cancellation() -> None:
    """A request that fails or is cancelled leaves its place to the next."""
    server = Server()
    limiter = make_limiter(server, concurrency=1)
    failing = asyncio.create_task(limiter.send(get("fails")))
    await server.reached("fails")
    server.waiting["fails"].set_exception(BrokenAnswer("it broke"))
    with pytest.raises(BrokenAnswer):
        await failing
    cancelled = asyncio.create_task(limiter.send(get("cancelled")))
    await server.reached("cancelled")
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    good = asyncio.create_task(limiter.send(get("good")))
    await server.reached("good")
    server.answer("good")
    assert (await good).status == 200


async def test_deadline_covers_the_whole_request() -> None:
    """A request that is not answered in time is broken off, as an attempt that may be repeated."""
    server = Server()
    limiter = make_limiter(server, concurrency=1, timeout=0)
    with pytest.raises(BrokenAnswer, match=r"api\.test did not answer in full within 0 s"):
        await limiter.send(get("https://api.test/x"))
    assert server.in_flight == 0


async def test_an_optional_request_is_given_less_time() -> None:
    """A star history that does not come must not hold up the ranking."""
    server = Server()
    limiter = RateLimiter(
        server.send, concurrency=2, timeout=WIDE_TIMEOUT, optional_timeout=0, verdict=verdict
    )
    needed = asyncio.create_task(limiter.send(get("needed")))
    await server.reached("needed")
    with pytest.raises(BrokenAnswer, match="within 0 s"):
        await limiter.send(replace(get("optional"), is_optional=True))
    server.answer("needed")
    assert (await needed).status == 200


async def test_deadline_does_not_count_the_wait_for_a_place() -> None:
    """The deadline starts with the request, however long it queued."""
    server = Server()
    limiter = make_limiter(server, concurrency=1)
    first = asyncio.create_task(limiter.send(get("first")))
    await server.reached("first")
    deadlines: list[float | None] = []
    timeout = asyncio.timeout

    def recording(delay: float | None) -> asyncio.Timeout:
        deadlines.append(delay)
        return timeout(delay)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "timeout", recording)
        second = asyncio.create_task(limiter.send(get("second")))
        await settle_loop()
        assert deadlines == []
        server.answer("first")
        await server.reached("second")
        assert deadlines == [WIDE_TIMEOUT]
    server.answer("second")
    await asyncio.gather(first, second)


@pytest.mark.parametrize(("status", "error"), [(401, CredentialsError), (429, Throttled)])
async def test_after_a_refusal_nothing_is_sent(status: int, error: type[RunError]) -> None:
    """After the refusal neither those that wait for a place nor those that come later are sent."""
    server = Server()
    limiter = make_limiter(server, concurrency=1)
    tasks = [asyncio.create_task(limiter.send(get(str(i)))) for i in range(5)]
    await server.reached("0")
    server.answer("0", status)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [error] * 5
    with pytest.raises(error):
        await limiter.send(get("late"))
    assert list(server.waiting) == ["0"]
    assert limiter.sent.total() == 1


async def test_answer_in_flight_beside_a_refusal_counts() -> None:
    """What was under way when a limit was told, and is answered, is an answer."""
    server = Server()
    limiter = make_limiter(server)
    refused = asyncio.create_task(limiter.send(get("refused")))
    good = asyncio.create_task(limiter.send(get("good")))
    await server.reached("refused", "good")
    server.answer("refused", 429)
    with pytest.raises(Throttled):
        await refused
    server.answer("good")
    assert (await good).status == 200


async def test_answer_in_flight_that_refuses_the_token_says_so() -> None:
    """Refused credentials are told as such, also where a limit was told before."""
    server = Server()
    limiter = make_limiter(server)
    throttled = asyncio.create_task(limiter.send(get("throttled")))
    refused = asyncio.create_task(limiter.send(get("refused")))
    await server.reached("throttled", "refused")
    server.answer("throttled", 429)
    with pytest.raises(Throttled):
        await throttled
    server.answer("refused", 401)
    with pytest.raises(CredentialsError):
        await refused


async def test_a_token_that_was_taken_is_tried_once_more() -> None:
    """Its first refusal may be a whim of the server; the second stops what follows."""
    answers = [200, 401, 304, 401, 401, 200]
    clock = FakeClock()

    async def send(request: Request) -> Response:
        return Response(answers.pop(0), {}, b"", request.url)

    limiter = RateLimiter(send, concurrency=1, timeout=WIDE_TIMEOUT, verdict=verdict, clock=clock)
    assert [(await limiter.send(get("x"))).status for _ in range(2)] == [200, 304]
    for _ in range(2):
        with pytest.raises(CredentialsError):
            await limiter.send(get("x"))
    assert answers == [200]
    assert clock.sleeps == [PausePolicy().shortest] * 2


async def test_a_whim_that_befalls_several_in_flight() -> None:
    """Those that had left when the first was refused are each tried once more."""
    server = Server()
    limiter = RateLimiter(
        server.send, concurrency=3, timeout=WIDE_TIMEOUT, verdict=verdict, clock=FakeClock()
    )
    first = asyncio.create_task(limiter.send(get("first")))
    await server.reached("first")
    server.answer("first")
    await first
    sending = [asyncio.create_task(limiter.send(get(url))) for url in "ab"]
    for status in (401, 200):
        await server.reached("a", "b")
        for url in "ab":
            server.answer(url, status)
            del server.waiting[url]
    assert [(await each).status for each in sending] == [200, 200]


async def test_a_limit_that_is_not_waited_for() -> None:
    """It stops those with the same token at once, whatever --max-wait allows, and no others."""

    async def send(request: Request) -> Response:
        return Response(200 if request.token else 429, {}, b"", request.url)

    def judge(_request: Request, response: Response, now: datetime) -> RunError | None:
        until = now + timedelta(hours=1)
        return Throttled("full", until, is_waited_for=False) if response.status == 429 else None

    limiter = RateLimiter(
        send, concurrency=1, timeout=WIDE_TIMEOUT, verdict=judge, max_wait=1e6, clock=FakeClock()
    )
    for _ in range(2):
        with pytest.raises(Throttled, match="13:00:00 UTC"):
            await limiter.send(get("anonymous"))
    assert (await limiter.send(Request("GET", "x", token=Token("x")))).status == 200
    assert limiter.sent.total() == 2


async def test_a_failed_attempt_stops_nothing() -> None:
    """An answer that is broken concerns its own request alone."""
    server = Server()
    limiter = make_limiter(server, concurrency=1)
    broken = asyncio.create_task(limiter.send(get("broken")))
    await server.reached("broken")
    server.waiting["broken"].set_exception(BrokenAnswer("it broke"))
    with pytest.raises(AttemptError):
        await broken
    next_one = asyncio.create_task(limiter.send(get("next")))
    await server.reached("next")
    server.answer("next", 500)
    assert (await next_one).status == 500


async def test_refusal_repeated_does_not_grow() -> None:
    """The refusal is raised a thousand times, and its traceback stays that of one."""
    server = Server()
    limiter = make_limiter(server)
    first = asyncio.create_task(limiter.send(get("first")))
    await server.reached("first")
    server.answer("first", 401)
    with pytest.raises(CredentialsError) as caught:
        await first
    for _ in range(1000):
        with pytest.raises(CredentialsError) as caught:
            await limiter.send(get("again"))
    assert len(traceback.extract_tb(caught.tb)) < 100


async def test_requests_are_counted_by_what_they_draw_on() -> None:
    """Each request that leaves is counted once, whatever becomes of it, under its resource."""

    async def send(request: Request) -> Response:
        if request.resource == "graphql":
            raise BrokenAnswer("it broke")
        return Response(200, {}, b"", request.url)

    limiter = RateLimiter(send, concurrency=1, timeout=WIDE_TIMEOUT)
    await limiter.send(get("x"))
    await limiter.send(get("y"))
    with pytest.raises(BrokenAnswer):
        await limiter.send(Request("POST", "x", token=Token("x"), resource="graphql"))
    assert limiter.sent == {"core": 2, "graphql": 1}


async def test_a_refusal_concerns_those_with_the_same_token() -> None:
    """What refuses the anonymous is none of the token's business; a limit is one for all."""
    server = Server()
    limiter = make_limiter(server, concurrency=1)
    anonymous = asyncio.create_task(limiter.send(get("anonymous")))
    await server.reached("anonymous")
    server.answer("anonymous", 401)
    with pytest.raises(CredentialsError):
        await anonymous
    known = Request("GET", "known", token=Token("x"))
    first = asyncio.create_task(limiter.send(known))
    await server.reached("known")
    server.answer("known", 429)
    for sending in (first, limiter.send(replace(known, token=Token("y")))):
        with pytest.raises(Throttled):
            await sending
    with pytest.raises(CredentialsError):
        await limiter.send(get("late"))
    assert limiter.sent.total() == 2


async def test_a_window_that_holds_requests_back_is_told() -> None:
    """With what it keeps to and how long the rest takes; and once it holds nothing back."""
    clock, told = FakeClock(), list[Any]()

    async def send(request: Request) -> Response:
        return Response(200, {}, b"", request.url)

    limiter = RateLimiter(
        send,
        concurrency=1,
        timeout=WIDE_TIMEOUT,
        windows={"core": [RequestWindow(2)]},
        clock=clock,
        on_pause=told.append,
    )
    for _ in range(2):
        await limiter.send(get("x"))
    assert told == []
    await limiter.send(get("x"))
    (hold,) = told
    assert (hold.limit, hold.sent) == ("GitHub allows 2 requests a minute", 2)
    assert hold.estimate(3) == pytest.approx(120)
    await clock.sleep(60)
    await limiter.send(get("x"))
    assert told == [hold, None]
