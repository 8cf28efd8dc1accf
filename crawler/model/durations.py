"""Durations, and times in the past, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from crawler.model.errors import ConfigError

DAY: Final = 86400
"""Seconds."""

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}


def parse_duration(text: str) -> float:
    """The seconds of `90s`, `15m`, `12h`, `7d`, `2w` or `1y`; a bare number is seconds.

    A year is 365 days.

    Raises: ConfigError where it is none.
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhdwy]?)", text.strip())
    if match is None:
        raise ConfigError(f"{text!r} is no duration: write one such as 90s, 15m, 12h, 7d, 2w or 1y")
    return float(match[1]) * _SECONDS[match[2]]


@dataclass(frozen=True, slots=True)
class Since:
    """The time that something is compared with."""

    moment: datetime
    """The last moment that counts as then."""
    by_day: bool
    """Whether that is the end of a day, UTC. Over a day or more days are compared, so that a
    weekly job that starts a minute early still finds its week."""

    @classmethod
    def whole_day(cls, moment: datetime) -> Since:
        """The day of `moment`, up to its end."""
        return cls(datetime.combine(moment.date(), time.max, UTC), True)

    @property
    def day(self) -> date:
        """The last whole day that counts as then, UTC."""
        return self.moment.date() if self.by_day else self.moment.date() - timedelta(1)


def parse_since(text: str, now: datetime) -> Since:
    """The time that lies a duration before `now`, or that an ISO 8601 text names.

    A date is that day, in UTC, and a time without an offset is UTC.

    Raises: ConfigError where it is neither, and where it lies in the future or
        outside of the years 1 to 9999.
    """
    try:
        since = _read_since(text.strip(), now.astimezone(UTC))
    except OverflowError:
        raise ConfigError(f"{text!r} lies before the year 1 or after 9999") from None
    if since.moment.date() > now.date() or (not since.by_day and since.moment > now):
        raise ConfigError(
            f"{text!r} lies in the future: it is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
    return since


def _read_since(text: str, now: datetime) -> Since:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        # A text without a time of day is a date, whatever its spelling.
        is_day = not re.search("[T:]", text)
        # Of today only the beginning lies in the past.
        return (
            Since.whole_day(moment)
            if is_day and moment.date() < now.date()
            else Since(moment, False)
        )
    try:
        if text.isdecimal() and text != "0":
            raise ConfigError("a number alone might be anything")
        seconds = parse_duration(text)
    except ConfigError:
        raise ConfigError(
            f"{text!r} is no time to look back to: write a duration such as 7d, 12h or 2w, "
            "or a date such as 2026-05-01"
        ) from None
    moment = now - timedelta(seconds=seconds)
    return Since.whole_day(moment) if seconds >= DAY else Since(moment, False)
