"""Concurrency, and nothing else: batches in a task group, their parts gathered.

The group owns batches: what breaks one (credentials, a bug) voids the run, so
the first failure cancels all others. `gather` owns the parts of a batch, each
one request: a part that fails becomes values that say so. When requests leave
is the business of `crawler.http.limiter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Final

from crawler.http.retries import FIRST_BACKOFF, retrying
from crawler.model.clock import Clock
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    CredentialsError,
    Throttled,
    TooMuch,
    Unreachable,
)
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName

DEAD_AFTER: Final = 3
"""Batches that fail without a success in between, after which the server counts as dead: nothing
is split or retried any more, until something succeeds."""

DEAD_AFTER_PARTS: Final = 16
"""The same for parts of batches, since a server that fails at once has one batch in hundreds of
parts before the third has failed; a batch of 50 in which each eighth fails comes to 14."""

DEAD_AFTER_ATTEMPTS: Final = 48
"""The same for single attempts where each asks for one repository: sixteen in flight fail together,
and would all be tried to the end before the first three are known to have failed."""

FURTHER_ROUNDS: Final = 6
"""Times that what was given up is asked for again once something has succeeded: as many as it
takes to halve a batch of 50 down to one."""

MOST_PROBES: Final = 5
"""Single repositories that are asked for while the server counts as dead, one after the other, each
after twice the back-off: some 15 s. Then the rest is given up without being asked for."""

GROWS_AFTER: Final = 3
"""Queries in a row that succeed at a lowered size, before it is raised by a quarter."""

Ask = Callable[[Sequence[RepositoryName]], Awaitable[list[Answer]]]
"""One attempt to ask for some repositories; answers in their order. Raises `AttemptError`."""


class Fetcher:
    """Asks for many repositories, and keeps what is known at any time in `answers`."""

    def __init__(
        self,
        ask: Ask,
        *,
        settled: Callable[[Mapping[RepositoryName, Answer]], object] = lambda _: None,
        batch_size: int,
        by_query: bool,
        open_batches: int,
        retries: int,
        ask_otherwise: Ask | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`by_query` says whether one `ask` takes a whole batch, or a single repository.

        `settled` is called with what was added to `answers`, each time it has grown.
        `ask_otherwise` asks for one that `ask` is forbidden to tell of.
        """
        self.answers: dict[RepositoryName, Answer] = {}
        """What is known so far."""
        self.failed = 0
        """How many of them are refusals."""
        self._settled = settled
        self._ask = ask
        self._ask_otherwise = ask_otherwise
        self._by_query = by_query
        self._largest = self._size = batch_size
        self._open_batches = open_batches
        self._turns = asyncio.Semaphore(open_batches)
        self._retries = retries
        self._clock = clock or Clock()
        self._failed_in_a_row = self._failed_parts = self._failed_attempts = 0
        self._last_failure: AttemptError | None = None
        self._probing = asyncio.Lock()
        self._probes = 0
        self._fitted_in_a_row = 0
        self._given_up: list[RepositoryName] = []
        self._forbidden: dict[RepositoryName, Refusal] = {}

    async def run(self, names: Sequence[RepositoryName]) -> None:
        """Ask for all of `names`.

        Raises: what `ask` raises beyond AttemptError, having cancelled all
            other requests.
        """
        await self._ask_all(names)
        for _ in range(FURTHER_ROUNDS):
            if self._given_up and self._is_dead():
                # Whether it is, or is asked for too much at once, one repository alone tells.
                self._probes = 0
                await self._ask_all([self._given_up.pop()])
                if self._is_dead():
                    break
                self._size = max(1, self._size // 2)
            again, self._given_up = self._given_up, []
            await self._ask_all(again)

    async def _ask_all(self, names: Sequence[RepositoryName]) -> None:
        # A batch is cut when its turn comes, at the size that works by then.
        turns = asyncio.Semaphore(self._open_batches)
        tasks = []
        try:
            async with asyncio.TaskGroup() as group:
                start = 0
                while start < len(names):
                    await turns.acquire()
                    batch = names[start : start + self._size]
                    start += len(batch)
                    task = group.create_task(self._settle(batch, group))
                    task.add_done_callback(lambda _: turns.release())
                    tasks.append(task)
        except BaseExceptionGroup as failures:
            # The siblings were cancelled because of the first; callers get that one, bare.
            raise _first(failures) from None
        for task in tasks:
            # The group takes a cancelled task for one that somebody wanted to end.
            task.result()

    async def _settle(self, batch: Sequence[RepositoryName], group: asyncio.TaskGroup) -> None:
        fitting: list[int] = []

        async def heal(part: Sequence[RepositoryName]) -> None:
            try:
                await self._heal(part, fitting, is_whole=True)
            except AttemptError:
                raise
            except Exception as error:
                # gather would hold it back until the slowest sibling is done; the group does not.
                failure = _fail(error)
                try:
                    group.create_task(failure)
                except RuntimeError:  # the group is ending already
                    failure.close()
                raise

        await self._gather(heal, [batch] if self._by_query else [[name] for name in batch])
        self._resize(len(batch), fitting)
        await self._ask_the_forbidden(batch)

    async def _gather(
        self,
        job: Callable[[Sequence[RepositoryName]], Awaitable[None]],
        parts: Sequence[Sequence[RepositoryName]],
    ) -> None:
        """Run `job` on each part; what fails becomes the answer of its repositories."""
        results = await asyncio.gather(*map(job, parts), return_exceptions=True)
        for part, result in zip(parts, results, strict=True):
            if result is not None:
                self._know(part, [_refusal(result)] * len(part))

    async def _heal(
        self, part: Sequence[RepositoryName], fitting: list[int], *, is_whole: bool
    ) -> None:
        """Ask for `part`; where that fails, for its halves, down to single repositories.

        `fitting` collects the sizes that worked.

        Raises: the AttemptError of a part that cannot or may not be halved.
        """
        try:
            answers = await retrying(
                lambda: self._ask_the_living(part),
                lambda error: self._attempts(error, part, is_whole=is_whole),
                self._clock,
            )
        except AttemptError as error:
            # One that is too much, or too often, was answered: that server is not dead.
            if not isinstance(error, Throttled | TooMuch):
                self._failed_in_a_row += is_whole
                self._failed_parts += not is_whole
                self._last_failure = error
                if self._is_dead():
                    self._given_up += part
                    raise
            if len(part) == 1 or not isinstance(error, BrokenAnswer):
                raise
            rest = list(part)
        else:
            self._failed_in_a_row = self._failed_parts = self._probes = 0
            # What was part of more is asked for by itself, and what was so from the first, twice.
            may_be_asked_again = len(part) > 1 or is_whole
            told = [
                (name, answer)
                for name, answer in zip(part, answers, strict=True)
                if not (isinstance(answer, Refusal) and answer.too_much and may_be_asked_again)
            ]
            if told:
                fitting.append(len(told))
            self._know([name for name, _ in told], [answer for _, answer in told])
            known = {name for name, _ in told}
            rest = [name for name in part if name not in known]
        if rest:
            middle = (len(rest) + 1) // 2
            halves = [half for half in (rest[:middle], rest[middle:]) if half]
            await self._gather(lambda half: self._heal(half, fitting, is_whole=False), halves)

    async def _ask_the_living(self, part: Sequence[RepositoryName]) -> list[Answer]:
        """Ask for `part`, but while the server counts as dead only after a sign of life."""
        # One attempt each, so that those that wait their turn still hear of it.
        async with self._turns:
            async with self._probing if self._is_dead() else nullcontext():
                if self._is_dead():
                    if self._last_failure is not None and self._probes >= MOST_PROBES:
                        raise self._last_failure.with_traceback(None)
                    await self._clock.sleep(FIRST_BACKOFF * 2**self._probes)
                    self._probes += 1
                    await self._ask(part[:1])
                    self._failed_in_a_row = self._failed_parts = self._probes = 0
                    self._failed_attempts = 0
            try:
                answers = await self._ask(part)
            except AttemptError as error:
                if not isinstance(error, Throttled | TooMuch):
                    self._failed_attempts += 1
                    self._last_failure = error
                raise
            self._failed_attempts = 0
            return answers

    def _attempts(
        self, error: BaseException, part: Sequence[RepositoryName], *, is_whole: bool
    ) -> int:
        """How often `part` is asked for in all, given its latest failure."""
        if self._is_dead():
            return 1
        if isinstance(error, Unreachable) or not self._by_query:
            return 1 + self._retries
        return min(2 if is_whole or len(part) == 1 else 1, 1 + self._retries)

    def _is_dead(self) -> bool:
        return (
            self._failed_in_a_row >= DEAD_AFTER
            or self._failed_parts >= DEAD_AFTER_PARTS
            or (not self._by_query and self._failed_attempts >= DEAD_AFTER_ATTEMPTS)
        )

    def _resize(self, asked: int, fitting: Sequence[int]) -> None:
        """Remember the largest size that worked, and let it grow back slowly."""
        if not self._by_query or not fitting:
            return
        if max(fitting) < asked:
            self._size, self._fitted_in_a_row = max(1, min(self._size, max(fitting))), 0
        elif asked >= self._size:
            self._fitted_in_a_row += 1
            if self._fitted_in_a_row % GROWS_AFTER == 0:
                self._size = min(self._largest, self._size + max(1, self._size // 4))

    async def _ask_the_forbidden(self, batch: Sequence[RepositoryName]) -> None:
        """A public repository whose owner refuses the token answers whoever has none."""
        if self._ask_otherwise is None:
            return
        forbidden = [name for name in batch if name in self._forbidden]
        results = await asyncio.gather(
            *(self._retry_otherwise(self._ask_otherwise, name) for name in forbidden),
            return_exceptions=True,
        )
        for name, result in zip(forbidden, results, strict=True):
            answer: Answer
            match result:
                case [Facts() as answer]:
                    pass
                case AttemptError() | CredentialsError() | list():
                    answer = self._forbidden[name]  # GitHub's own sentence about the token
                case BaseException():
                    raise result
            self._settle_one(name, answer)
        if forbidden:
            self._settled({name: self.answers[name] for name in forbidden})

    async def _retry_otherwise(self, ask: Ask, name: RepositoryName) -> list[Answer]:
        return await retrying(lambda: ask([name]), lambda _: 1 + self._retries, self._clock)

    def _know(self, names: Sequence[RepositoryName], answers: Sequence[Answer]) -> None:
        news: dict[RepositoryName, Answer] = {}
        for name, answer in zip(names, answers, strict=True):
            match answer:
                case Refusal(Reason.FORBIDDEN) if self._ask_otherwise is not None:
                    self._forbidden[name] = answer  # it is not settled yet
                case _:
                    self._settle_one(name, answer)
                    news[name] = answer
        self._settled(news)

    def _settle_one(self, name: RepositoryName, answer: Answer) -> None:
        self.failed -= isinstance(self.answers.get(name), Refusal)
        self.failed += isinstance(answer, Refusal)
        self.answers[name] = answer


async def _fail(error: Exception) -> None:
    raise error


def _refusal(error: BaseException) -> Refusal:
    """The failure of an attempt as an answer. Anything else ends the run."""
    match error:
        case Throttled():
            return Refusal(Reason.THROTTLED, str(error))
        case AttemptError():
            return Refusal(Reason.UNAVAILABLE, str(error))
    # A bug, refused credentials, or the CancelledError that gather returns as a value.
    raise error


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
