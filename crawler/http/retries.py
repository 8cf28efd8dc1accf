"""Repeat a failed attempt, after a wait, if another one may succeed."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from crawler.model.clock import Clock
from crawler.model.errors import AttemptError, Throttled, TokenRefused, TooLarge
from crawler.model.frozen import frozen
from crawler.model.log import logger

T = TypeVar("T")

_FINAL: Final = (Throttled, TokenRefused, TooLarge)
"""Errors that another attempt would only repeat."""


@frozen
class Backoff:
    """How long to wait between attempts: exponential, with jitter."""

    first: float = 0.5
    """Seconds before the first retry, doubled each time; jitter adds at most as much again."""
    longest: float = 30.0
    """Longest wait in seconds between two attempts, without jitter."""

    def seconds(self, failures: int) -> float:
        """The wait after this many failed attempts."""
        return min(self.first * 2.0 ** (failures - 1), self.longest) + random.uniform(0, self.first)


async def retry(
    attempt: Callable[[], Awaitable[T]],
    *,
    attempts: Callable[[AttemptError], int],
    clock: Clock,
    backoff: Backoff,
) -> T:
    """Await `attempt()` until it succeeds, at most as often as `attempts` allows for its error.

    Raises: the last AttemptError; at once an error that would only be repeated (Throttled,
        TokenRefused, TooLarge), and anything that is not an AttemptError.
    """
    failures = 0
    while True:
        try:
            return await attempt()
        except AttemptError as error:
            failures += 1
            if isinstance(error, _FINAL) or failures >= attempts(error):
                raise
            seconds = backoff.seconds(failures)
            logger.debug("trying again in {:.1f} s: {}", seconds, error)
        await clock.sleep(seconds)
