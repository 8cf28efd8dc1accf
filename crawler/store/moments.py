"""Times as the store keeps them: microseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = _EPOCH.date().toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)

DAY: Final = 86_400_000_000
"""Microseconds."""


def encode_time(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def decode_time(micros: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def encode_day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _FIRST_DAY


def decode_day(days: int) -> date:
    """The day that is so many days after 1970-01-01."""
    return date.fromordinal(_FIRST_DAY + days)
