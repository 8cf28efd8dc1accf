"""Sliding windows: how fast requests may be sent without reaching a limit.

All times are passed in.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Protocol

WINDOW_SECONDS: Final = 60.0
"""GitHub counts by the minute."""

FIRST_GUESS: Final = 1.0
"""Response seconds to assume for a request before any response has arrived."""

REMEMBERED: Final = 16
"""Number of latest responses; the next is assumed to take as long as the slowest of them."""


class Window(Protocol):
    """Limits how fast requests are sent. Times are seconds of a clock that never goes back."""

    limit: str
    """The limit that it respects, as a sentence: `GitHub allows 900 requests a minute`."""

    def delay(self, now: float) -> float:
        """Seconds until one more may be sent; 0: now; infinite: only after another has returned."""

    def estimate(self, now: float, requests: int) -> float:
        """About how many seconds it takes to send this many more requests."""

    def acquire(self, now: float) -> None:
        """A request is sent."""

    def release(self, now: float, seconds: float) -> None:
        """A request returned, or failed, after `seconds`."""


class RequestWindow:
    """Allows at most `allowance` requests in any minute."""

    def __init__(self, allowance: int) -> None:
        self.limit = f"GitHub allows {allowance} requests a minute"
        self._allowance = allowance
        self._sent: deque[float] = deque(maxlen=allowance)

    def delay(self, now: float) -> float:
        """See `Window`."""
        if len(self._sent) < self._allowance:
            return 0.0
        return max(0.0, self._sent[0] + WINDOW_SECONDS - now)

    def estimate(self, now: float, requests: int) -> float:
        """See `Window`."""
        lacking = requests - (self._allowance - len(self._sent))
        if lacking <= 0:
            return 0.0
        minutes, position = divmod(lacking - 1, self._allowance)
        return max(0.0, self._sent[position] + WINDOW_SECONDS - now) + WINDOW_SECONDS * minutes

    def acquire(self, now: float) -> None:
        """See `Window`."""
        self._sent.append(now)

    def release(self, now: float, seconds: float) -> None:
        """See `Window`."""


class ResponseTimeWindow:
    """Allows at most `allowance` seconds of response time in any minute.

    The response time of a request is unknown until it returns: until then it counts as much as
    the slowest of the latest responses.
    """

    limit = "GitHub allows 60 s of query time a minute"

    def __init__(self, allowance: float) -> None:
        self._allowance = allowance
        self._spent: deque[tuple[float, float]] = deque()
        self._latest: deque[float] = deque([FIRST_GUESS], maxlen=REMEMBERED)
        self._in_flight = 0

    def delay(self, now: float) -> float:
        """See `Window`."""
        while self._spent and self._spent[0][0] + WINDOW_SECONDS <= now:
            self._spent.popleft()
        # A request that takes longer than the whole allowance must still be sent at some time.
        guess = min(max(self._latest), self._allowance)
        lacking = math.fsum(seconds for _, seconds in self._spent)
        lacking += guess * (self._in_flight + 1) - self._allowance
        if lacking <= 0:
            return 0.0
        for when, seconds in self._spent:
            lacking -= seconds
            if lacking <= 0:
                return when + WINDOW_SECONDS - now
        if self._in_flight:
            return math.inf
        # No request is in flight: only a rounding error is left.
        return self._spent[-1][0] + WINDOW_SECONDS - now

    def estimate(self, now: float, requests: int) -> float:
        """See `Window`."""
        mean = math.fsum(self._latest) / len(self._latest)
        lacking = mean * (requests + self._in_flight) - self._allowance
        lacking += math.fsum(seconds for _, seconds in self._spent)
        # Each request uses up its part of the allowance for a minute.
        minutes, lacking = divmod(max(0.0, lacking), self._allowance)
        for when, seconds in self._spent:
            if lacking <= 0:
                break
            lacking -= seconds
            if lacking <= 0:
                return max(0.0, when + WINDOW_SECONDS - now) + WINDOW_SECONDS * minutes
        return WINDOW_SECONDS * (minutes + (lacking > 0))

    def acquire(self, now: float) -> None:
        """See `Window`."""
        self._in_flight += 1

    def release(self, now: float, seconds: float) -> None:
        """See `Window`."""
        self._in_flight -= 1
        self._latest.append(seconds)
        self._spent.append((now, seconds))
