"""The fetcher before a server in trouble: what is halved, retried, given up and remembered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import builders
import pytest
from clocks import FakeClock
from crawl.collecting import Collector
from hypothesis import given
from hypothesis import strategies as st

from crawler.crawl.fetcher import Fetcher
from crawler.model.errors import (
    BrokenAnswer,
    CredentialsError,
    ForeignAnswer,
    Throttled,
    TooLarge,
    TooMuch,
    Unreachable,
)
from crawler.model.values import Answer, Reason, Refusal, RepositoryName
from crawler.sources.base import Ask

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Part = Sequence[RepositoryName]
Mood = Callable[[Part], list[Answer] | None]
"""What the server does with a query: answers, raises, or None for the usual answer."""


def names(count: int) -> list[RepositoryName]:
    """So many repositories."""
    return [RepositoryName(f"o/r{i}", "github.com") for i in range(count)]


def facts(name: RepositoryName) -> Answer:
    """The usual answer."""
    return builders.facts(name.full_name)


class Server:
    """Answers queries in its mood, each after a second, and remembers them."""

    def __init__(self, mood: Mood = lambda _: None) -> None:
        self.mood = mood
        self.clock = FakeClock()
        self.saved = Collector()
        self.queries: list[Part] = []

    async def ask(self, part: Part) -> list[Answer]:
        """One attempt."""
        self.queries.append(tuple(part))
        await self.clock.sleep(1)
        return self.mood(part) or [facts(name) for name in part]

    @property
    def sizes(self) -> list[int]:
        """How many were asked for in each query."""
        return list(map(len, self.queries))

    def times(self) -> Counter[RepositoryName]:
        """How often each repository was asked for."""
        return Counter(name for part in self.queries for name in part)

    def fetcher(self, **options: Any) -> Fetcher:
        """A fetcher that asks it."""
        bounds = {"batch_size": 50, "workers": 16, "retries": 3, **options}
        return Fetcher(self.ask, save=self.saved.save, clock=self.clock, **bounds)


def poisoned(*bad: RepositoryName, error: Exception | None = None) -> Mood:
    """Fails whenever one of them is asked for."""

    def mood(part: Part) -> None:
        if set(bad) & set(part):
            raise error or BrokenAnswer("GitHub answered with status 502")

    return mood


def at_most(size: int, error: Exception) -> Mood:
    """Fails on every larger query."""

    def mood(part: Part) -> None:
        if len(part) > size:
            raise error

    return mood


async def test_parts_of_a_batch_are_tried_once() -> None:
    """The batch is asked twice, its failing parts once each, the single one twice."""
    asked = names(8)
    server = Server(poisoned(asked[0]))
    await server.fetcher(batch_size=8).run(asked)
    assert server.saved.reasons == {asked[0]: Reason.UNAVAILABLE}
    assert [
        size for size, part in zip(server.sizes, server.queries, strict=True) if asked[0] in part
    ] == [8, 8, 4, 2, 1, 1]


@pytest.mark.parametrize("error", [TooMuch("MAX_NODE_LIMIT_EXCEEDED"), TooLarge("over 32 MiB")])
async def test_too_much_is_halved_at_once(error: Exception) -> None:
    """A query that is too large is not repeated at its size."""
    server = Server(at_most(30, error))
    await server.fetcher().run(names(50))
    assert server.sizes == [50, 25, 25]
    assert server.saved.failed == 0


async def test_what_was_answered_is_kept_and_the_rest_is_halved() -> None:
    """RESOURCE_LIMITS_EXCEEDED costs only the aliases that it hit another query."""
    asked = names(50)
    lacking = Refusal(Reason.UNAVAILABLE, "RESOURCE_LIMITS_EXCEEDED", too_much=True)

    def mood(part: Part) -> list[Answer]:
        return [facts(name) if i < 20 else lacking for i, name in enumerate(part)]

    server = Server(mood)
    await server.fetcher().run(asked)
    assert server.saved.failed == 0
    assert server.sizes == [50, 15, 15]
    assert server.times() == {name: 1 if i < 20 else 2 for i, name in enumerate(asked)}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("is_query", [True, False])
async def test_one_alone_that_is_too_much_is_asked_once_more(times: int, is_query: bool) -> None:
    """Where the ceiling is, moves; what two queries of its own do not bring is given up. GitHub
    refuses one alone as an alias, or the whole query."""
    asked = names(4)
    lacking = Refusal(Reason.UNAVAILABLE, "RESOURCE_LIMITS_EXCEEDED", too_much=True)

    def mood(part: Part) -> list[Answer]:
        alone = server.sizes.count(1)
        if asked[2] in part and alone <= times:
            if is_query and alone:
                raise TooMuch("RESOURCE_LIMITS_EXCEEDED")
            return [lacking if name == asked[2] else facts(name) for name in part]
        return [*map(facts, part)]

    server = Server(mood)
    await server.fetcher().run(asked)
    assert server.sizes == [4, 1, 1]
    assert server.saved.reasons == ({} if times == 1 else {asked[2]: Reason.UNAVAILABLE})
    if times == 2:
        assert server.saved.answers[asked[2]] == Refusal(Reason.UNAVAILABLE, lacking.message)


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_unreachable_is_retried_three_times_and_never_split(one_by_one: bool) -> None:
    """What never got through tells nothing about the size."""
    asked = names(2)
    server = Server(poisoned(*asked, error=Unreachable("x.test", "its name does not resolve")))
    await server.fetcher(one_by_one=one_by_one).run(asked)
    assert set(server.saved.reasons.values()) == {Reason.UNAVAILABLE}
    assert server.sizes == [1] * 8 if one_by_one else [2] * 4


@pytest.mark.parametrize("count", [50, 572])
@pytest.mark.parametrize(
    "error", [BrokenAnswer("502"), Unreachable("x.test", "it is down")], ids=["502", "down"]
)
async def test_a_dead_server_costs_a_few_dozen_requests(count: int, error: Exception) -> None:
    """Not hundreds, not thousands; and all of it is unavailable, in a minute or so."""
    asked = names(count)
    server = Server(poisoned(*asked, error=error))
    await server.fetcher().run(asked)
    assert set(server.saved.reasons) == set(asked)
    assert len(server.queries) <= 110
    assert server.clock.seconds <= 120


@pytest.mark.parametrize("error", [BrokenAnswer("502"), Unreachable("x.test", "down")])
async def test_a_dead_server_costs_no_more_one_by_one(error: Exception) -> None:
    """By REST, too: what waits its turn while the first fail together, is not asked any more."""
    asked = names(1000)
    server = Server(poisoned(*asked, error=error))
    await server.fetcher(one_by_one=True, batch_size=8, workers=4).run(asked)
    assert set(server.saved.reasons) == set(asked)
    assert len(server.queries) <= 110
    assert server.clock.seconds <= 120


@pytest.mark.parametrize("outage", [1, 8, 12, 14])
async def test_a_server_that_comes_back_is_asked_again(outage: int) -> None:
    """What was given up while the server counted as dead has another chance at the end."""
    asked = names(500)

    def mood(_: Part) -> None:
        if len(server.queries) <= outage:
            raise BrokenAnswer("502")

    server = Server(mood)
    await server.fetcher(workers=4).run(asked)
    assert server.saved.failed == 0
    assert max(server.times().values()) <= 6


@pytest.mark.parametrize("error", [BrokenAnswer("504"), TooMuch("too much")])
async def test_a_ceiling_below_every_batch_is_no_dead_server(error: Exception) -> None:
    """All batches are too large at once, and still every repository is ranked."""
    server = Server(at_most(13, error))
    await server.fetcher().run(names(1000))
    assert server.saved.failed == 0
    if isinstance(error, TooMuch):
        # It was answered, if only by a refusal: nothing is given up, 50 become 25 become 13.
        assert max(server.times().values()) == 3


async def test_the_size_that_worked_is_remembered_and_grows_back() -> None:
    """After a batch had to be halved, the next are cut at the size that worked; after some that
    fit, they are a little larger again, up to the first size."""
    asked = names(1000)
    ceiling = 30

    def mood(part: Part) -> None:
        if len(part) > ceiling:
            raise TooMuch("too much")

    server = Server(mood)
    fetcher = server.fetcher(workers=1)
    await fetcher.run(asked[:400])
    assert server.saved.failed == 0
    assert server.sizes[:7] == [50, 25, 25, 25, 25, 25, 31]
    assert max(server.sizes[1:]) <= ceiling * 5 // 4
    ceiling = 50
    server.queries.clear()
    await fetcher.run(asked[400:])
    assert server.sizes == sorted(server.sizes[:-1]) + server.sizes[-1:]
    assert max(server.sizes) == 50


@given(
    st.integers(1, 60),
    st.integers(1, 20),
    st.sets(st.integers(0, 59), max_size=3),
    st.dictionaries(
        st.integers(0, 30), st.sampled_from(["broken", "down", "too much"]), max_size=6
    ),
    st.integers(1, 5),
)
def test_whatever_happens_each_has_one_outcome(
    count: int, batch_size: int, bad: set[int], faults: dict[int, str], workers: int
) -> None:
    """With poisoned repositories and passing faults on any request, every repository that can be
    answered is, none is asked for much oftener than it has to, and no task is left."""
    asked = names(count)
    poison = {asked[i] for i in bad if i < count}
    server = Server()
    left = dict(faults)

    def mood(part: Part) -> None:
        # Several may be answered at once, after the last of them was asked.
        match left.pop(len(server.queries), None):
            case "broken":
                raise BrokenAnswer("cut off")
            case "down":
                raise Unreachable("x.test", "down")
            case "too much":
                raise TooMuch("too much")
        if poison & set(part):
            raise BrokenAnswer("502")

    server.mood = mood

    async def scenario() -> None:
        await server.fetcher(batch_size=batch_size, workers=workers).run(asked)
        assert server.saved.answers.keys() == set(asked)
        assert server.saved.failed == len(server.saved.reasons)
        assert poison <= server.saved.reasons.keys()
        # A fault that hits a single one twice in a row does cost it.
        assert len(server.saved.reasons.keys() - poison) <= len(faults)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
    assert max(server.times().values()) <= 2 * 12 + len(faults)


def forbidding(name: RepositoryName) -> Mood:
    """One that the token may not see."""
    sentence = "Resource protected by organization SAML enforcement."
    no = Refusal(Reason.FORBIDDEN, sentence)
    return lambda part: [no if each == name else facts(each) for each in part]


@pytest.mark.parametrize(
    ("otherwise", "attempts", "reason"),
    [
        (Refusal(Reason.NOT_FOUND, "Not Found"), 1, Reason.FORBIDDEN),
        (Refusal(Reason.FORBIDDEN, "another sentence"), 1, Reason.FORBIDDEN),
        (Refusal(Reason.MALFORMED, "no figures"), 1, Reason.MALFORMED),
        (Throttled("the anonymous hour is used up"), 1, Reason.THROTTLED),
        (CredentialsError("GitHub wants a token"), 1, Reason.FORBIDDEN),
        (BrokenAnswer("502"), 4, Reason.UNAVAILABLE),
        (ForeignAnswer("a web page"), 2, Reason.UNAVAILABLE),
        (Unreachable("x.test", "down"), 4, Reason.UNAVAILABLE),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_forbidden_also_anonymously(
    otherwise: Answer | Exception, attempts: int, reason: Reason
) -> None:
    """Where asking without the token does not help, GitHub's sentence about the token is told: as
    its verdict if there was an answer, and else beside what may pass. The siblings are ranked."""
    asked = names(5)
    server = Server(forbidding(asked[3]))
    anonymous: list[Part] = []

    async def ask_otherwise(part: Part) -> list[Answer]:
        anonymous.append(part)
        if isinstance(otherwise, Exception):
            raise otherwise
        return [otherwise]

    await server.fetcher(ask_otherwise=ask_otherwise).run(asked)
    assert [list(part) for part in anonymous] == [[asked[3]]] * attempts
    answer = server.saved.answers[asked[3]]
    assert isinstance(answer, Refusal)
    assert (answer.reason, "SAML" in answer.message) == (reason, True)
    assert ("without the token" in answer.message) is reason.retryable
    assert server.saved.failed == 1


async def test_forbidden_is_answered_anonymously() -> None:
    """A public repository has figures all the same, even if it takes a second attempt."""
    asked = names(5)
    server = Server(forbidding(asked[3]))
    left = [BrokenAnswer("502")]

    async def ask_otherwise(part: Part) -> list[Answer]:
        if left:
            raise left.pop()
        return [facts(name) for name in part]

    await server.fetcher(ask_otherwise=ask_otherwise).run(asked)
    assert (server.saved.failed, server.saved.reasons) == (0, {})


async def test_forbidden_is_open_until_others_are_asked() -> None:
    """A run that is ended meanwhile has an answer for the siblings alone."""
    asked = names(5)
    server = Server(forbidding(asked[3]))
    waiting = asyncio.Event()

    async def ask_otherwise(_: Part) -> list[Answer]:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(server.fetcher(ask_otherwise=ask_otherwise).run(asked))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.saved.answers.keys() == set(asked) - {asked[3]}


@pytest.mark.parametrize("error", [asyncio.CancelledError(), ValueError("a bug")], ids=repr)
async def test_what_nobody_foresaw_is_raised(error: BaseException) -> None:
    """A stray cancellation and a bug are no outcomes: not in a half, not without the token."""
    asked = names(8)

    async def ask_otherwise(_: Part) -> list[Answer]:
        raise error

    def mood(part: Part) -> None:
        if len(part) == 2:
            raise error
        if len(part) > 2:
            raise TooMuch("too much")

    ask: list[tuple[Server, Ask | None]] = [
        (Server(forbidding(asked[3])), ask_otherwise),
        (Server(mood), None),
    ]
    for server, otherwise in ask:
        fetcher = server.fetcher(ask_otherwise=otherwise)
        with pytest.raises(type(error)):
            await fetcher.run(asked)
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_is_known_survives_an_interruption() -> None:
    """Cancelled in the middle, the answers that came by then are there, and no task is left."""
    asked = names(200)
    server = Server(poisoned(asked[0]))
    fetcher = server.fetcher(workers=2)
    task = asyncio.create_task(fetcher.run(asked))
    await server.clock.sleep(2.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.saved.answers.keys() == set(asked[50:150])
    assert server.saved.failed == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_dead_server_is_probed_by_one_alone_with_growing_waits() -> None:
    """After the third batch no further is asked for: single repositories are, one after the other,
    each after twice the wait; and one more at the very end."""
    in_flight: list[int] = []
    clock = FakeClock()
    sizes: list[int] = []
    left: list[float] = []

    async def ask(part: Part) -> list[Answer]:
        sizes.append(len(part))
        left.append(clock.seconds)
        in_flight.append(len(part))
        await asyncio.sleep(0)
        in_flight.remove(len(part))
        assert len(part) > 1 or not in_flight
        raise Unreachable("x.test", "down")

    asked = names(64)
    saved = Collector()
    fetcher = Fetcher(ask, save=saved.save, batch_size=4, workers=3, retries=0, clock=clock)
    await fetcher.run(asked)
    assert set(saved.reasons) == set(asked)
    assert sizes == [4, 4, 4, 1, 1, 1, 1, 1, 1]
    assert left == [0, 0, 0, 0.5, 1.5, 3.5, 7.5, 15.5, 16.0]


async def test_an_answer_sets_the_count_of_failures_back() -> None:
    """Two failures, an answer and two failures are no dead server, however often."""
    asked = names(12)
    bad = [name for i, name in enumerate(asked) if i % 3]
    server = Server(poisoned(*bad, error=Unreachable("x.test", "down")))
    await server.fetcher(batch_size=1, workers=1, retries=0).run(asked)
    assert server.queries == [(name,) for name in asked]
    assert set(server.saved.reasons) == set(bad)


async def test_without_retries_a_batch_is_asked_for_once() -> None:
    """Its halves are parts of it, not further attempts."""
    asked = names(2)
    server = Server(poisoned(asked[0]))
    await server.fetcher(retries=0).run(asked)
    assert server.sizes == [2, 1, 1]


async def test_what_a_half_lacks_is_asked_for_alone() -> None:
    """A half that is answered in part is healed like a whole."""
    lacking = Refusal(Reason.UNAVAILABLE, "RESOURCE_LIMITS_EXCEEDED", too_much=True)

    def mood(part: Part) -> list[Answer]:
        if len(part) > 2:
            raise TooMuch("too much")
        return [lacking if i else facts(name) for i, name in enumerate(part)]

    server = Server(mood)
    await server.fetcher().run(names(4))
    assert sorted(server.sizes) == [1, 1, 2, 2, 4]
    assert server.saved.failed == 0


async def test_the_size_can_fall_to_one_and_grows_by_one_at_least() -> None:
    """Where only single repositories fit, they are asked for singly, and now and then in pairs."""
    server = Server(at_most(1, TooMuch("too much")))
    await server.fetcher(batch_size=4, workers=1).run(names(12))
    assert server.sizes == [4, 2, 2, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]
    assert server.saved.failed == 0
