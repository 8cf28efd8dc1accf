"""The fetcher: what runs side by side, what ends the run, and what becomes a value."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from clocks import FakeClock
from crawl.collecting import Collector

from crawler.crawl.fetcher import Fetcher
from crawler.http.exchange import Request, Response
from crawler.http.limiter import RateLimiter
from crawler.model.clock import Clock
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    CredentialsError,
    RunError,
    Throttled,
    TooLarge,
    Unreachable,
)
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources.base import Ask

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NAMES = tuple(RepositoryName(f"owner/r{i}", "github.com") for i in range(6))


def facts(name: RepositoryName) -> Facts:
    """An answer that tells for which name it is."""
    return Facts(name.full_name, "github.com", f"https://github.com/{name}", 1, Provider.REST, NOW)


async def fetch(
    ask: Ask,
    names: Sequence[RepositoryName] = NAMES,
    *,
    batch_size: int = 2,
    one_by_one: bool = True,
    retries: int = 0,
    clock: Clock | None = None,
) -> list[Answer]:
    """What a fetcher with a worker for each batch hands over; without retries."""
    saved = Collector()
    fetcher = Fetcher(
        ask,
        save=saved.save,
        batch_size=batch_size,
        workers=16,
        retries=retries,
        one_by_one=one_by_one,
        clock=clock or FakeClock(),
    )
    await fetcher.run(iter(names))
    return [saved.answers[name] for name in names]


async def settle_loop() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(30):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("batch_size", "one_by_one"), [(1, True), (2, True), (4, False), (9, False)]
)
async def test_answers_are_those_of_their_names(batch_size: int, one_by_one: bool) -> None:
    """Whatever the sizes, and although the last request is answered first."""
    parts: list[Sequence[RepositoryName]] = []
    all_asked = asyncio.Event()
    turns = {name: asyncio.Event() for name in NAMES}

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        parts.append(part)
        if sum(map(len, parts)) == len(NAMES):
            all_asked.set()
        await turns[part[0]].wait()
        return [facts(name) for name in part]

    task = asyncio.create_task(fetch(ask, batch_size=batch_size, one_by_one=one_by_one))
    await all_asked.wait()
    for name in reversed(NAMES):
        turns[name].set()
        await settle_loop()
    assert await task == [facts(name) for name in NAMES]
    assert max(map(len, parts)) <= (1 if one_by_one else batch_size)


async def test_no_names() -> None:
    """Nothing to ask is nothing asked."""

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        raise AssertionError(part)

    assert await fetch(ask, []) == []


async def test_each_batch_is_handed_over_at_once() -> None:
    """A name is taken when a worker is free for it, and its batch saved before the next is."""
    saved = Collector()
    taken: list[tuple[RepositoryName, int]] = []

    def queue() -> Iterator[RepositoryName]:
        for name in NAMES:
            taken.append((name, len(saved.answers)))
            yield name

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        if part[0] == NAMES[0]:
            raise Unreachable("x.test", "it is down")
        return [Refusal(Reason.NOT_FOUND, "gone") if n == NAMES[5] else facts(n) for n in part]

    fetcher = Fetcher(ask, save=saved.save, batch_size=2, workers=1, retries=0, clock=FakeClock())
    await fetcher.run(queue())
    assert taken == [(name, number // 2 * 2) for number, name in enumerate(NAMES)]
    assert saved.batches == [2, 2, 2]
    assert saved.failed == 3


class Network:
    """Holds requests until it lets them through."""

    def __init__(self, concurrency: int) -> None:
        self.limiter = RateLimiter(self._send, concurrency=concurrency, timeout=1000)
        self.let_through = asyncio.Semaphore(0)
        self.in_flight = 0
        self.most_in_flight = 0

    async def _send(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.let_through.acquire()
        finally:
            self.in_flight -= 1
        return Response(200, {}, b"", request.url)

    async def ask(self, part: Sequence[RepositoryName]) -> list[Answer]:
        """One request for the part."""
        await self.limiter.send(Request("GET", str(part[0])))
        return [facts(name) for name in part]


@pytest.mark.parametrize("batch_size", [1, 2, 6])
@pytest.mark.parametrize("concurrency", [1, 3])
async def test_concurrency_is_reached_and_never_passed(concurrency: int, batch_size: int) -> None:
    """However the names are batched, as many requests are in flight as allowed and never more;
    with a single place a batch does not wait for itself."""
    network = Network(concurrency)
    task = asyncio.create_task(fetch(network.ask, batch_size=batch_size))
    for left in range(len(NAMES), 0, -1):
        await settle_loop()
        assert network.in_flight == min(concurrency, left)
        network.let_through.release()
    assert await task == [facts(name) for name in NAMES]
    assert network.most_in_flight == concurrency


async def test_no_place_is_held_during_a_back_off() -> None:
    """While one request waits for its retry, another has the only place."""
    backing_off, go_on = asyncio.Event(), asyncio.Event()

    class Held(FakeClock):
        async def sleep(self, seconds: float) -> None:
            del seconds
            backing_off.set()
            await go_on.wait()

    sent: list[str] = []
    second_done = asyncio.Event()

    async def send(request: Request) -> Response:
        sent.append(request.url)
        if sent == ["owner/r0"]:
            raise Unreachable("github.test", "it broke")
        return Response(200, {}, b"", request.url)

    limiter = RateLimiter(send, concurrency=1, timeout=1000)

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        await limiter.send(Request("GET", str(part[0])))
        if part[0] == NAMES[1]:
            second_done.set()
        return [facts(name) for name in part]

    task = asyncio.create_task(fetch(ask, NAMES[:2], retries=1, clock=Held()))
    await backing_off.wait()
    await second_done.wait()
    go_on.set()
    assert await task == [facts(name) for name in NAMES[:2]]
    assert sent == ["owner/r0", "owner/r1", "owner/r0"]


FATAL = [CredentialsError("refused"), RunError("no such API"), ValueError("a bug")]


@pytest.mark.parametrize("error", FATAL, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("batch_size", "one_by_one"),
    [(1, True), (6, True), (2, False)],
    ids=["batches", "parts", "queries"],
)
async def test_fatal_error_ends_the_run(
    error: Exception, batch_size: int, one_by_one: bool
) -> None:
    """It surfaces bare and at once, without a retry, although its siblings would never be done;
    they are cancelled, whether they belong to the same batch or to another."""
    asked: list[RepositoryName] = []
    cancelled: list[RepositoryName] = []

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        asked.append(part[0])
        if part[0] == NAMES[2]:
            raise error
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(part[0])
            raise
        raise AssertionError

    with pytest.raises(type(error)) as caught:
        await fetch(ask, batch_size=batch_size, one_by_one=one_by_one, retries=3)
    assert caught.value is error
    assert asked.count(NAMES[2]) == 1
    assert sorted(map(str, cancelled)) == sorted({str(n) for n in asked} - {str(NAMES[2])})
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_starts_after_refused_credentials() -> None:
    """Of requests that wait for the only place when the 401 comes, none is sent."""
    sent: list[str] = []

    async def send(request: Request) -> Response:
        sent.append(request.url)
        await asyncio.sleep(0)
        return Response(401, {}, b"", request.url)

    limiter = RateLimiter(
        send, concurrency=2, timeout=1000, verdict=lambda *_: CredentialsError("refused")
    )

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        await limiter.send(Request("GET", str(part[0])))
        raise AssertionError

    with pytest.raises(CredentialsError):
        await fetch(ask, batch_size=3)
    assert sent == ["owner/r0", "owner/r1"]


async def test_error_on_the_way_out_does_not_cover_the_first() -> None:
    """A sibling that meets its cancellation with an error of its own leaves nothing behind."""

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        if part[0] == NAMES[1]:
            raise ValueError("the first")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise KeyError("the second") from None
        raise AssertionError

    with pytest.raises(ValueError, match="the first"):
        await fetch(ask)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("batch_size", "one_by_one"), [(1, True), (3, True), (6, True), (3, False)]
)
async def test_stray_cancellation_is_raised(batch_size: int, one_by_one: bool) -> None:
    """A CancelledError that nobody asked for is neither an outcome nor lost."""

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        if NAMES[3] in part:
            raise asyncio.CancelledError
        return [facts(name) for name in part]

    with pytest.raises(asyncio.CancelledError):
        await fetch(ask, batch_size=batch_size, one_by_one=one_by_one)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_cancelling_leaves_no_task() -> None:
    """Cancelled from outside, every request sees it, is not retried, and no task is left."""
    asked: Counter[str] = Counter()
    cancelled: Counter[str] = Counter()

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        asked[str(part[0])] += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled[str(part[0])] += 1
            raise
        raise AssertionError

    clock = FakeClock()
    task = asyncio.create_task(fetch(ask, retries=3, clock=clock))
    await settle_loop()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asked == cancelled == Counter(map(str, NAMES))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert clock.sleeps == []


async def test_a_store_that_breaks_ends_the_run() -> None:
    """An error while saving is not an outcome of a repository: it ends the run."""

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        return [facts(name) for name in part]

    async def save(_: object) -> None:
        raise LookupError("a bug of the caller")

    fetcher = Fetcher(ask, save=save, batch_size=2, workers=2, retries=3, clock=FakeClock())
    with pytest.raises(LookupError):
        await fetcher.run(NAMES)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("error", "reason", "attempts"),
    [
        (Unreachable("github.test", "it is down"), Reason.UNAVAILABLE, 4),
        (BrokenAnswer("it broke"), Reason.UNAVAILABLE, 4),
        (TooLarge("it is too large"), Reason.UNAVAILABLE, 1),
        (Throttled("too many", NOW), Reason.THROTTLED, 1),
    ],
)
async def test_failed_attempts_become_values(
    error: AttemptError, reason: Reason, attempts: int
) -> None:
    """What fails to the last attempt is an outcome with its sentence, and the rest is unharmed;
    what another attempt would only repeat has one."""
    asked: Counter[str] = Counter()

    async def ask(part: Sequence[RepositoryName]) -> list[Answer]:
        asked[str(part[0])] += 1
        if part[0] == NAMES[2]:
            raise error
        return [facts(name) for name in part]

    answers = await fetch(ask, retries=3)
    refusal = Refusal(reason, str(error))
    assert answers == [refusal if name == NAMES[2] else facts(name) for name in NAMES]
    assert asked == {str(name): attempts if name == NAMES[2] else 1 for name in NAMES}
