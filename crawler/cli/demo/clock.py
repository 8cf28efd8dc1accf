"""A clock that says it is a day of the demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crawler.model.clock import Clock

RUN_AT: Final = time(12, tzinfo=UTC)
"""Noon, so that what a run takes does not lead into another UTC day."""


class DemoClock(Clock):
    """Starts at noon UTC of `day` and goes on as the real one does; waits are real."""

    def __init__(self, day: date) -> None:
        self._start = datetime.combine(day, RUN_AT)
        self._began = self.monotonic()

    def now(self) -> datetime:
        """The time of day, UTC, on the clock's own day."""
        return self._start + timedelta(seconds=self.monotonic() - self._began)
