"""How unevenly stars came: the largest share of a repository's stars within two weeks.

Thresholds and spans are those by which StarAudit tells bought stars from earned ones on confirmed
cases. An honest launch is a burst, too: a mark says that somebody may want to look, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

BURST_DAYS: Final = 14
TAIL_DAYS: Final = 60

FEWEST_STARS: Final = 100
"""Fewer stars are too few to say anything about shares."""

SHORTEST_LIFE: Final = 90
"""Days; a younger repository has had no time for a tail."""

NOTABLE_SHARE: Final = 0.4
SUSPICIOUS_SHARE: Final = 0.7
SHORT_TAIL: Final = 0.1


class Mark(IntEnum):
    """What a burst is worth."""

    NONE = 0
    NOTABLE = 1
    """At least 40 % of all stars came within two weeks."""
    SUSPICIOUS = 2
    """At least 70 % did, and less than 10 % in the sixty days after."""


@dataclass(frozen=True, slots=True)
class Burst:
    """The two weeks in which the largest part of a repository's stars came."""

    share: float
    """Part of all stars that came in them, from 0 to 1."""
    on: date
    """Their last day."""
    tail: float
    """Part of all stars that came in the sixty days after, from 0 to 1."""

    @property
    def mark(self) -> Mark:
        """What it is worth."""
        if self.share >= SUSPICIOUS_SHARE and self.tail < SHORT_TAIL:
            return Mark.SUSPICIOUS
        return Mark.NOTABLE if self.share >= NOTABLE_SHARE else Mark.NONE


def find_burst(days: Mapping[date, int], created: date, today: date) -> Burst | None:
    """The largest burst in the life of a repository; of equal ones the earliest.

    `days` are the stars that still stand by the day on which they were given, from `created` on.
    None where there are fewer than 100 stars, or less than 90 days of life.
    """
    total = sum(days.values())
    if total < FEWEST_STARS or (today - created).days < SHORTEST_LIFE:
        return None
    found = sorted((day, stars) for day, stars in days.items() if stars)
    most = sum_ = start = 0
    on = created
    for day, stars in found:
        sum_ += stars
        while found[start][0] <= day - timedelta(BURST_DAYS):
            sum_ -= found[start][1]
            start += 1
        if sum_ > most:
            most, on = sum_, day
    tail = sum(stars for day, stars in found if on < day <= on + timedelta(TAIL_DAYS))
    return Burst(most / total, on, tail / total)
