"""How fast requests may leave without a limit ever being hit: arithmetic on times handed in.

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


class Pace(Protocol):
    """What holds requests back. Times are seconds of a clock that never goes back."""

    def delay(self, now: float) -> float:
        """Seconds until one more may leave; 0: now; infinite: when one has come back."""

    def leave(self, now: float) -> None:
        """One leaves."""

    def come_back(self, now: float, seconds: float) -> None:
        """One came back, or failed, after `seconds`."""


class RequestRate:
    """No more than `allowance` requests leave in any minute."""

    def __init__(self, allowance: int) -> None:
        self._left: deque[float] = deque(maxlen=allowance)

    def delay(self, now: float) -> float:
        """See `Pace`."""
        if len(self._left) < (self._left.maxlen or 0):
            return 0.0
        return max(0.0, self._left[0] + WINDOW_SECONDS - now)

    def leave(self, now: float) -> None:
        """See `Pace`."""
        self._left.append(now)

    def come_back(self, now: float, seconds: float) -> None:
        """See `Pace`."""


class ResponseTime:
    """No more than `allowance` seconds of response time in any minute.

    What a request will take is not known when it leaves: until it is back, it
    counts as much as the slowest of the latest.
    """

    def __init__(self, allowance: float) -> None:
        self._allowance = allowance
        self._spent: deque[tuple[float, float]] = deque()
        self._latest: deque[float] = deque([FIRST_GUESS], maxlen=REMEMBERED)
        self._in_flight = 0

    def delay(self, now: float) -> float:
        """See `Pace`."""
        while self._spent and self._spent[0][0] + WINDOW_SECONDS <= now:
            self._spent.popleft()
        # One that takes longer than the whole allowance still has to leave at some time.
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

    def leave(self, now: float) -> None:
        """See `Pace`."""
        self._in_flight += 1

    def come_back(self, now: float, seconds: float) -> None:
        """See `Pace`."""
        self._in_flight -= 1
        self._latest.append(seconds)
        self._spent.append((now, seconds))
