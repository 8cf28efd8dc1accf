"""Sliding windows: how fast requests may be sent without hitting a limit.

Arithmetic on times that are handed in.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Protocol

WINDOW_SECONDS: Final = 60.0
"""GitHub counts by the minute."""

FIRST_GUESS: Final = 1.0
"""Response seconds that a request is taken to cost before any has come back."""

REMEMBERED: Final = 16
"""Responses whose slowest is what the next one is taken to cost."""


class Window(Protocol):
    """What holds requests back. Times are seconds of a clock that never goes back."""

    limit: str
    """What it keeps to, as a sentence: `GitHub allows 900 requests a minute`."""

    def delay(self, now: float) -> float:
        """Seconds until one more may be sent; 0: now; infinite: once another has come back."""

    def estimate(self, now: float, requests: int) -> float:
        """About how many seconds it takes until so many more have been sent."""

    def acquire(self, now: float) -> None:
        """One is sent."""

    def release(self, now: float, seconds: float) -> None:
        """One came back, or failed, after `seconds`."""


class RequestWindow:
    """No more than `allowance` requests are sent in any minute."""

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
    """No more than `allowance` seconds of response time in any minute.

    What a request will take is not known when it is sent: until it is back, it
    counts as much as the slowest of the latest.
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
        # One that takes longer than the whole allowance still has to be sent at some time.
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
        # Nothing will come back: rounding alone is left over.
        return self._spent[-1][0] + WINDOW_SECONDS - now

    def estimate(self, now: float, requests: int) -> float:
        """See `Window`."""
        mean = math.fsum(self._latest) / len(self._latest)
        lacking = mean * (requests + self._in_flight) - self._allowance
        lacking += math.fsum(seconds for _, seconds in self._spent)
        # What is sent takes up the allowance for a minute, so that each minute allows as much.
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
