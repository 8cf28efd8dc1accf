"""Another attempt, after a while, where one may succeed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    wait_exponential,
    wait_random,
)

from crawler.model.clock import Clock
from crawler.model.errors import AttemptError, Throttled, TooLarge, TooMuch
from crawler.model.log import logger

FIRST_BACKOFF: Final = 0.5
"""Seconds before the first retry, doubled each time."""

LONGEST_BACKOFF: Final = 30.0
"""Seconds between two retries at the most."""

T = TypeVar("T")


async def retrying(
    attempt: Callable[[], Awaitable[T]],
    attempts: Callable[[BaseException], int],
    clock: Clock,
) -> T:
    """Await `attempt()` until it succeeds, as often as `attempts` of its latest error allows.

    Raises: the last AttemptError; at once one that another attempt would only
        repeat (Throttled, TooLarge, TooMuch), and whatever is no AttemptError.
    """

    def enough(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return error is not None and state.attempt_number >= attempts(error)

    policy = AsyncRetrying(
        sleep=clock.sleep,
        stop=enough,
        wait=wait_exponential(multiplier=FIRST_BACKOFF, max=LONGEST_BACKOFF)
        + wait_random(0, FIRST_BACKOFF),
        retry=retry_if_exception_type(AttemptError)
        & retry_if_not_exception_type((Throttled, TooLarge, TooMuch)),
        before_sleep=_log_retry,
        reraise=True,
    )
    async for one in policy:
        with one:
            return await attempt()
    raise AssertionError("the policy raises the last error itself")


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.debug("trying again in {:.1f} s: {}", state.upcoming_sleep, error)
