"""A circuit breaker: a server that is down gets only occasional probes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from crawler.model.clock import Clock
from crawler.model.errors import AttemptError, Throttled, TokenRefused, TooMuch
from crawler.model.frozen import frozen


@frozen(kw_only=True)
class BreakerPolicy:
    """When a circuit breaker opens, and how it probes."""

    limit: int = 48
    """The total weight of failures without a success in between that opens it."""
    batch: int = 16
    """Weight of a batch that failed for good: three open it."""
    part: int = 2
    """Weight of a part of a batch. If a server goes down, hundreds of parts fail before the third
    whole batch does; in a batch of 50 in which every eighth repository fails, 14 parts fail."""
    request: int = 1
    """Weight of a request for one repository if each is requested separately: sixteen in flight
    fail together, and without this all would be retried before the first three have failed for
    good."""
    probes: int = 5
    """Failed probes after which nothing more is sent."""
    first_wait: float = 0.5
    """Seconds before the first probe, doubled each time."""


class CircuitBreaker:
    """Closed while a server answers; open once it counts as down.

    While it is open, `wait()` sends probes one after the other; the first that succeeds closes
    it.
    """

    def __init__(self, policy: BreakerPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._weight = 0
        self._probes = 0
        self._last_failure: AttemptError | None = None
        self._probing = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the server counts as down."""
        return self._weight >= self._policy.limit

    def fail(self, error: AttemptError, weight: int) -> bool:
        """Count a failure; returns whether the server counts as down because of it."""
        if isinstance(error, Throttled | TokenRefused | TooMuch):
            return False  # it answered
        self._weight += weight
        self._last_failure = error
        return self.is_open

    def succeed(self) -> None:
        """Forget the failures: the server answers."""
        self._weight = self._probes = 0

    def renew_probes(self) -> None:
        """Allow the initial number of probes again."""
        self._probes = 0

    async def wait(self, probe: Callable[[], Awaitable[object]]) -> None:
        """Return at once while it is closed, else as soon as a `probe` has closed it.

        Raises: the AttemptError of a failed probe, or the last one if no further probe is allowed.
        """
        if not self.is_open:
            return
        async with self._probing:
            if not self.is_open:
                return
            if self._last_failure is not None and self._probes >= self._policy.probes:
                raise self._last_failure.with_traceback(None)
            await self._clock.sleep(self._policy.first_wait * 2**self._probes)
            self._probes += 1
            await probe()
            self.succeed()
