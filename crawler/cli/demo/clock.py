"""A clock that is set to a day of the demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crawler.model.clock import Clock

RUN_AT: Final = time(12, tzinfo=UTC)
"""Noon, so that a run does not cross into another UTC day."""


class DemoClock(Clock):
    """Starts at noon UTC of `day` and advances in real time; waits are real."""

    def __init__(self, day: date) -> None:
        self._start = datetime.combine(day, RUN_AT)
        self._began = self.monotonic()

    def now(self) -> datetime:
        """The time in UTC on the clock's own day."""
        return self._start + timedelta(seconds=self.monotonic() - self._began)
