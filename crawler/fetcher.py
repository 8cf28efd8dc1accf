"""Concurrency, and nothing else: batches in a task group, their parts gathered.

The group owns batches: what breaks one (credentials, a bug) voids the run, so
the first failure cancels all others. `gather` owns the parts of a batch, each
one request: a part that fails becomes values that say so. Bounding the
requests themselves is the business of `crawler.gate`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from crawler.errors import AttemptError, Throttled, TooLarge
from crawler.log import logger
from crawler.models import Answer, Progress, Reason, Refusal, RepositoryName

FIRST_BACKOFF: Final = 0.5
"""Seconds before the first retry, doubled each time."""

LONGEST_BACKOFF: Final = 30.0
"""Seconds between two retries at the most."""

T = TypeVar("T")
Ask = Callable[[Sequence[RepositoryName]], Awaitable[list[Answer]]]
"""One attempt to ask for some repositories; answers in their order. Raises `AttemptError`."""


async def retrying(attempt: Callable[[], Awaitable[T]], retries: int) -> T:
    """Await `attempt()` until it succeeds, `retries` times more at the most.

    Raises: the last AttemptError; at once a Throttled or TooLarge, which
        another attempt would only repeat, and whatever is no AttemptError.
    """
    policy = AsyncRetrying(
        stop=stop_after_attempt(1 + retries),
        wait=wait_exponential(multiplier=FIRST_BACKOFF, max=LONGEST_BACKOFF)
        + wait_random(0, FIRST_BACKOFF),
        retry=retry_if_exception_type(AttemptError)
        & retry_if_not_exception_type((Throttled, TooLarge)),
        before_sleep=_log_retry,
        reraise=True,
    )
    async for one in policy:
        with one:
            return await attempt()
    raise AssertionError("the policy raises the last error itself")


async def fetch_answers(
    names: Sequence[RepositoryName],
    ask: Ask,
    *,
    batch_size: int,
    part_size: int,
    retries: int,
    progress: Callable[[Progress], object] | None = None,
) -> list[Answer]:
    """Ask for all of `names`: one answer each, in their order.

    A batch is what is settled together, a part what one request asks for:
    by GraphQL a whole batch, by REST a single repository.

    Raises: what `ask` raises beyond AttemptError, having cancelled all other
        requests.
    """
    answers: dict[RepositoryName, Answer] = {}
    failed = 0

    async def ask_part(part: Sequence[RepositoryName]) -> list[Answer]:
        try:
            return await retrying(lambda: ask(part), retries)
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

    async def settle(batch: Sequence[RepositoryName]) -> None:
        parts = list(_slices(batch, part_size))
        results = await asyncio.gather(*map(ask_part, parts), return_exceptions=True)
        nonlocal failed
        for part, result in zip(parts, results, strict=True):
            values = _values(part, result)
            answers.update(zip(part, values, strict=True))
            failed += sum(isinstance(value, Refusal) for value in values)
        if progress is not None:
            progress(Progress(done=len(answers), total=len(names), failed=failed))

    if progress is not None:
        progress(Progress(done=0, total=len(names), failed=0))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(settle(batch)) for batch in _slices(names, batch_size)]
    except BaseExceptionGroup as failures:
        # The siblings were cancelled because of the first; callers get that one, bare.
        raise _first(failures) from None
    for task in tasks:
        # The group takes a cancelled task for one that somebody wanted to end.
        task.result()
    return [answers[name] for name in names]


async def _fail(error: Exception) -> None:
    raise error


def _values(part: Sequence[RepositoryName], result: list[Answer] | BaseException) -> list[Answer]:
    """The outcome of one part as answers. What is no failure of an attempt ends the run."""
    match result:
        case Throttled():
            refusal = Refusal(Reason.THROTTLED, str(result))
        case AttemptError():
            refusal = Refusal(Reason.UNAVAILABLE, str(result))
        case BaseException():
            # A bug, refused credentials, or the CancelledError that gather returns as a value.
            raise result
        case _:
            return result
    return [refusal] * len(part)


def _slices(names: Sequence[RepositoryName], size: int) -> Iterable[Sequence[RepositoryName]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.debug("trying again in {:.1f} s: {}", state.upcoming_sleep, error)
