"""Durations, and times in the past, as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crawler.model.errors import ConfigError
from crawler.model.frozen import frozen

DAY: Final = 86400
"""Seconds."""

Duration = float | str | timedelta
"""A length of time: seconds, a text such as `12h`, or a timedelta."""

LookBack = str | date | timedelta
"""A time in the past: a date, a time, how long ago it was, or either as text."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}


def seconds(duration: Duration) -> float:
    """The seconds of a duration. A text needs a unit, as in `90s`, `15m`, `12h`, `7d`, `2w` or
    `1y`; only `0` needs none. A year is 365 days.

    Raises: ConfigError if a text is not a duration.
    """
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if isinstance(duration, int | float):
        return float(duration)
    text = duration.strip()
    if text == "0":
        return 0.0
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhdwy])", text)
    if match is None:
        raise ConfigError(
            f"{duration!r} is not a duration: write one such as 90s, 15m, 12h, 7d, 2w or 1y"
        )
    return float(match[1]) * _SECONDS[match[2]]


@frozen
class Since:
    """The time to compare with."""

    moment: datetime
    """The last moment that still counts as that time."""
    by_day: bool
    """Whether `until` is the end of a day, UTC. Comparisons over a day or more use whole days, so
    that a weekly job that starts a minute early still finds last week's run."""

    @classmethod
    def whole_day(cls, moment: datetime) -> Since:
        """The day of `moment`, up to its end."""
        return cls(datetime.combine(moment.date(), time.max, UTC), True)

    @property
    def day(self) -> date:
        """The last whole day, UTC, that still counts as that time."""
        return self.moment.date() if self.by_day else self.moment.date() - timedelta(1)


def parse_since(since: LookBack, now: datetime) -> Since:
    """The time a duration before `now`, or the one that a date, a time or an ISO 8601 text names.

    A date is that day, in UTC, and a time without an offset is UTC.

    Raises: ConfigError if a text is neither, or if the time lies in the future or outside
        the years 1 to 9999.
    """
    try:
        found = _find_since(since, now.astimezone(UTC))
    except OverflowError:
        raise ConfigError(f"{_shown(since)} lies before the year 1 or after 9999") from None
    if found.moment.date() > now.date() or (not found.by_day and found.moment > now):
        raise ConfigError(
            f"{_shown(since)} lies in the future: it is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
    return found


def _shown(since: LookBack) -> str:
    return repr(since) if isinstance(since, str) else str(since)


def _find_since(since: LookBack, now: datetime) -> Since:
    match since:
        case timedelta():
            return _back(since, now)
        case datetime():
            return _at(since, now, is_day=False)
        case date():
            return _at(datetime.combine(since, time()), now, is_day=True)
    text = since.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        # A text without a time of day is a date, whatever its spelling.
        return _at(moment, now, is_day=not re.search("[T:]", text))
    try:
        return _back(timedelta(seconds=seconds(text)), now)
    except ConfigError:
        raise ConfigError(
            f"{since!r} is not a time to look back to: write a duration such as 7d, 12h or 2w, "
            "or a date such as 2026-05-01"
        ) from None


def _at(moment: datetime, now: datetime, *, is_day: bool) -> Since:
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Only the beginning of today lies in the past.
    if is_day and moment.date() < now.date():
        return Since.whole_day(moment)
    return Since(moment, False)


def _back(duration: timedelta, now: datetime) -> Since:
    moment = now - duration
    return Since.whole_day(moment) if duration.total_seconds() >= DAY else Since(moment, False)


def time_since(moment: datetime, now: datetime) -> tuple[int, str]:
    """How long ago a moment was, and the unit: days (`d`), or if it is less than one, hours (`h`)
    or minutes (`min`). For the end of a day, the number of days since that day."""
    moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    days = (now.date() - moment.date()).days
    passed = (now - moment).total_seconds()
    if passed >= 2 * DAY or (days and moment.time() == time.max):
        return days, "d"
    return (round(passed / 3600), "h") if passed >= 3600 else (round(passed / 60), "min")
