"""Asking for many repositories: workers in a task group, the parts of each batch gathered.

The group owns the workers: what breaks one of them (credentials, the store, a bug) voids the run,
and the first failure cancels the others. `gather` owns the parts of a batch: one that fails
becomes the outcome of its repositories. When a request leaves is the business of `http.limiter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from crawler.crawl.batches import BatchSize
from crawler.crawl.breaker import BreakerPolicy, CircuitBreaker
from crawler.http.retries import Backoff, retry
from crawler.model.clock import Clock
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    CredentialsError,
    ForeignAnswer,
    Throttled,
    TooMuch,
    Unreachable,
)
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName
from crawler.sources.base import Ask

Save = Callable[[Sequence[tuple[RepositoryName, Answer]]], Awaitable[object]]
"""Takes what became of a batch."""

Outcomes = dict[RepositoryName, Answer]
"""What became of the repositories of one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How a fetcher deals with a server in trouble."""

    backoff: Backoff = Backoff()
    breaker: BreakerPolicy = BreakerPolicy()
    rounds: int = 6
    """Times that what was given up while the server counted as down is asked for again: as many
    as it takes to halve a batch of 50 down to one."""


class Fetcher:
    """Asks for repositories in batches, and hands each batch over as soon as it is settled."""

    def __init__(
        self,
        ask: Ask,
        *,
        save: Save,
        batch_size: int,
        workers: int,
        retries: int,
        one_by_one: bool = False,
        ask_otherwise: Ask | None = None,
        policy: FetchPolicy = FetchPolicy(),
        clock: Clock | None = None,
    ) -> None:
        """`workers` take batches of up to `batch_size` names; `one_by_one` says whether each of
        those is asked for by itself. `retries` are further attempts after a failed one; a query
        that broke has one at the most, and so has what somebody else answered. `save` takes what
        became of a batch, each name once. `ask_otherwise` asks for one that `ask` is forbidden to
        tell of.
        """
        self._ask = ask
        self._ask_otherwise = ask_otherwise
        self._save = save
        self._workers = workers
        self._retries = retries
        self._one_by_one = one_by_one
        self._policy = policy
        self._clock = clock or Clock()
        self._retry = partial(retry, clock=self._clock, backoff=policy.backoff)
        self._size = BatchSize(batch_size)
        self._breaker = CircuitBreaker(policy.breaker, self._clock)
        self._group = asyncio.TaskGroup()
        self._given_up: Outcomes = {}
        self._forbidden: dict[RepositoryName, Refusal] = {}

    async def run(self, names: Iterable[RepositoryName]) -> None:
        """Ask for all of `names`, each of which is taken when its turn comes.

        Raises: what `ask` and `save` raise beyond AttemptError, having cancelled all other
            requests.
        """
        await self._work_off(names)
        for _ in range(self._policy.rounds):
            if not self._given_up:
                return
            if self._breaker.is_open:
                # Whether it is, or is asked for too much at once, one repository alone tells.
                self._breaker.renew_probes()
                name, _ = self._given_up.popitem()
                await self._work_off([name])
                if self._breaker.is_open:
                    break
                self._size.halve()
            again, self._given_up = self._given_up, {}
            await self._work_off(again)
        await self._save([*self._given_up.items()])

    async def _work_off(self, names: Iterable[RepositoryName]) -> None:
        queue = iter(names)
        try:
            async with asyncio.TaskGroup() as self._group:
                workers = [self._group.create_task(self._work(queue)) for _ in range(self._workers)]
        except BaseExceptionGroup as failures:
            # The siblings were cancelled because of the first; callers get that one, bare.
            raise failures.exceptions[0] from None
        for worker in workers:
            # The group takes a cancelled task for one that somebody wanted to end.
            worker.result()

    async def _work(self, queue: Iterator[RepositoryName]) -> None:
        # A batch is cut when its turn comes, at the size that works by then.
        while batch := tuple(islice(queue, self._size.now)):
            outcomes: Outcomes = {}
            try:
                await self._fetch(batch, outcomes)
            finally:
                # Also what is known of a batch that is cancelled half-way.
                if outcomes:
                    await self._save([*outcomes.items()])

    async def _fetch(self, batch: Sequence[RepositoryName], outcomes: Outcomes) -> None:
        parts = [[name] for name in batch] if self._one_by_one else [batch]
        fitted = await self._gather(parts, outcomes, is_whole=True)
        if not self._one_by_one:
            self._size.learn(len(batch), fitted)
        await self._ask_for_the_forbidden(batch, outcomes)

    async def _gather(
        self, parts: Sequence[Sequence[RepositoryName]], outcomes: Outcomes, *, is_whole: bool
    ) -> int:
        """Ask for `parts` side by side; what fails becomes the outcome of its repositories.

        Returns the largest number that one answer told of.
        """
        results = await asyncio.gather(
            *(self._settle(part, outcomes, is_whole=is_whole) for part in parts),
            return_exceptions=True,
        )
        for part, result in zip(parts, results, strict=True):
            if isinstance(result, BaseException):
                outcomes |= dict.fromkeys(part, _refusal(result))
        return max((result for result in results if isinstance(result, int)), default=0)

    async def _settle(
        self, part: Sequence[RepositoryName], outcomes: Outcomes, *, is_whole: bool
    ) -> int:
        """Ask for `part`; where that fails, for its halves, down to single repositories.

        Returns the largest number that one answer told of.

        Raises: the AttemptError of a part that cannot be halved.
        """
        told: Outcomes = {}
        doubtful: list[RepositoryName] = []
        rest = part
        try:
            answers = await self._retry(
                partial(self._attempt, part),
                attempts=partial(self._attempts, part, is_whole=is_whole),
            )
        except AttemptError as error:
            weights = self._policy.breaker
            if self._breaker.fail(error, weights.batch if is_whole else weights.part):
                self._given_up |= dict.fromkeys(part, _refusal(error))
                return 0
            if len(part) == 1 or not isinstance(error, BrokenAnswer):
                raise
        except Exception as error:
            self._abort(error)
            raise
        else:
            for name, answer in zip(part, answers, strict=True):
                match answer:
                    case Refusal(too_much=True):
                        continue  # its part is halved
                    case Refusal(Reason.MALFORMED) if is_whole:
                        doubtful.append(name)  # an answer that tells nothing, or cannot be read
                    case Refusal(Reason.FORBIDDEN) if self._ask_otherwise is not None:
                        self._forbidden[name] = answer  # it may be told to somebody else
                    case _:
                        outcomes[name] = answer
                told[name] = answer
            rest = [name for name in part if name not in told]
        middle = (len(rest) + 1) // 2
        again = [each for each in (rest[:middle], rest[middle:], doubtful) if each]
        return max(len(told), await self._gather(again, outcomes, is_whole=False))

    async def _attempt(self, part: Sequence[RepositoryName]) -> list[Answer]:
        await self._breaker.wait(partial(self._ask, part[:1]))
        try:
            answers = await self._ask(part)
        except AttemptError as error:
            if self._one_by_one:
                self._breaker.fail(error, self._policy.breaker.request)
            raise
        self._breaker.succeed()
        match answers:
            case [Refusal(message=message, too_much=True)]:
                raise TooMuch(message)
        return answers

    def _attempts(
        self, part: Sequence[RepositoryName], error: AttemptError, *, is_whole: bool
    ) -> int:
        """How often `part` is asked for in all, given its latest failure."""
        is_halved = isinstance(error, TooMuch) and len(part) > 1
        if self._breaker.is_open or is_halved:
            return 1
        if isinstance(error, Unreachable) or self._one_by_one:
            return self._attempts_at_one(error)
        return min(2 if is_whole or len(part) == 1 else 1, 1 + self._retries)

    def _attempts_at_one(self, error: AttemptError) -> int:
        """How often one repository is asked for by itself, given its latest failure."""
        return 1 + (min(1, self._retries) if isinstance(error, ForeignAnswer) else self._retries)

    def _abort(self, error: Exception) -> None:
        """End the run at once: gather would wait for the slowest sibling, the group does not."""
        failure = _fail(error)
        try:
            self._group.create_task(failure)
        except RuntimeError:  # the group is ending already
            failure.close()

    async def _ask_for_the_forbidden(
        self, batch: Sequence[RepositoryName], outcomes: Outcomes
    ) -> None:
        """A public repository whose owner refuses the token answers whoever has none."""
        ask = self._ask_otherwise
        forbidden = [name for name in batch if name in self._forbidden]
        if ask is None or not forbidden:
            return
        results = await asyncio.gather(
            *(
                self._retry(partial(ask, [name]), attempts=self._attempts_at_one)
                for name in forbidden
            ),
            return_exceptions=True,
        )
        for name, result in zip(forbidden, results, strict=True):
            refusal = self._forbidden.pop(name)
            match result:
                case [Facts() as answer]:
                    outcomes[name] = answer
                case [Refusal() as answer] if answer.reason.retryable:
                    outcomes[name] = _passing(refusal, answer)
                case AttemptError():
                    outcomes[name] = _passing(refusal, _refusal(result))
                case CredentialsError() | list():
                    outcomes[name] = refusal  # GitHub's own sentence about the token stands
                case BaseException():
                    raise result


def _passing(forbidden: Refusal, failure: Refusal) -> Refusal:
    """What a token is forbidden, and nobody could be asked for without one."""
    said = forbidden.message.rstrip(".")
    return Refusal(failure.reason, f"{said}; without the token: {failure.message}")


async def _fail(error: Exception) -> None:
    raise error


def _refusal(error: BaseException) -> Refusal:
    """The failure of an attempt as an outcome. Anything else ends the run."""
    match error:
        case Throttled():
            return Refusal(Reason.THROTTLED, str(error))
        case AttemptError():
            return Refusal(Reason.UNAVAILABLE, str(error))
    # A bug, refused credentials, or the CancelledError that gather returns as a value.
    raise error
