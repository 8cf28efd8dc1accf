"""Fetch many repositories: workers in a task group, the parts of each batch gathered.

The group owns the workers: an error in one of them (credentials, the store, a bug) ends the run,
and the first failure cancels the others. `gather` owns the parts of a batch: a failed part
becomes the outcome of its repositories. `http.limiter` decides when a request is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
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
from crawler.model.frozen import frozen
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName
from crawler.sources.base import Ask

Save = Callable[[Sequence[tuple[RepositoryName, Answer]]], Awaitable[object]]
"""Receives the outcomes of a batch."""

Outcomes = dict[RepositoryName, Answer]
"""The outcomes of the repositories of one batch."""


@frozen(kw_only=True)
class FetchPolicy:
    """How a fetcher deals with a server in trouble."""

    backoff: Backoff = Backoff()
    breaker: BreakerPolicy = BreakerPolicy()
    rounds: int = 6
    """How often to retry repositories that were given up while the server counted as down: as often
    as a batch of 50 can be halved."""


class Fetcher:
    """Fetches repositories in batches, and passes each batch on as soon as it is settled."""

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
        """`workers` take batches of up to `batch_size` names; `one_by_one` says whether each name
        needs its own request. `retries` are further attempts after a failed one; a query that
        broke, or that something other than the server answered, has at most one. `save` receives
        the outcomes of a batch, each name once. `ask_otherwise` asks for a name that `ask` has no
        permission for.
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
        """Fetch all of `names`, which are taken from the iterator one batch at a time.

        Raises: what `ask` and `save` raise other than AttemptError, after cancelling all other
            requests.
        """
        await self._work_off(names)
        for _ in range(self._policy.rounds):
            if not self._given_up:
                return
            if self._breaker.is_open:
                # A request for a single repository shows whether the server is down or the batches
                # were too large.
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
            # The first error cancelled the siblings; callers get it without the group around it.
            raise failures.exceptions[0] from None
        for worker in workers:
            # The group would treat a cancelled task as one that was ended on purpose.
            worker.result()

    async def _work(self, queue: Iterator[RepositoryName]) -> None:
        # The batch is cut only now, at the size that currently works.
        while batch := tuple(islice(queue, self._size.now)):
            outcomes: Outcomes = {}
            try:
                await self._fetch(batch, outcomes)
            finally:
                # Also save the outcomes of a batch that is cancelled half-way.
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
        """Fetch `parts` concurrently; failures become the outcomes of their repositories.

        Returns the largest number of repositories in one answer.
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
        """Fetch `part`; if that fails, its halves, down to single repositories.

        Returns the largest number of repositories in one answer.

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
                        continue  # it is in a part that is halved
                    case Refusal(Reason.MALFORMED) if is_whole:
                        doubtful.append(name)  # an answer that says nothing, or is malformed
                    case Refusal(Reason.FORBIDDEN) if self._ask_otherwise is not None:
                        self._forbidden[name] = answer  # it may be readable without the token
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
        """The total number of attempts for `part`, given its latest failure."""
        is_halved = isinstance(error, TooMuch) and len(part) > 1
        if self._breaker.is_open or is_halved:
            return 1
        if isinstance(error, Unreachable) or self._one_by_one:
            return self._attempts_at_one(error)
        return min(2 if is_whole or len(part) == 1 else 1, 1 + self._retries)

    def _attempts_at_one(self, error: AttemptError) -> int:
        """The total number of attempts for a single repository, given its latest failure."""
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
        """Retry without the token: a public repository may refuse the token but answer without
        it."""
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
                    outcomes[name] = refusal  # keep GitHub's own message about the token
                case BaseException():
                    raise result


def _passing(forbidden: Refusal, failure: Refusal) -> Refusal:
    """A refusal with the token, after the attempt without it failed temporarily."""
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
    # A bug, refused credentials, or a CancelledError that gather returned as a value.
    raise error
