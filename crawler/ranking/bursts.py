"""Bursts: the largest share of a repository's stars that came within two weeks.

The thresholds are those that StarAudit uses to tell bought stars from earned ones in confirmed
cases. An honest launch is a burst, too: a mark only says that somebody may want to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import IntEnum
from itertools import accumulate
from typing import Final

from crawler.model.rows import Burst

BURST_DAYS: Final = 14
TAIL_DAYS: Final = 60

FEWEST_STARS: Final = 100
"""Below this number of stars, shares say nothing."""

SHORTEST_LIFE: Final = 90
"""Days; a younger repository has had no time for a tail."""

NOTABLE_SHARE: Final = 0.4
SUSPICIOUS_SHARE: Final = 0.7
SHORT_TAIL: Final = 0.1


class Mark(IntEnum):
    """How suspicious a burst is."""

    NONE = 0
    NOTABLE = 1
    """At least 40 % of all stars came within two weeks."""
    SUSPICIOUS = 2
    """At least 70 % did, and less than 10 % in the sixty days after."""


def mark_of(burst: Burst | None) -> Mark:
    """How suspicious a burst is; nothing if there is none."""
    if burst is None or burst.share < NOTABLE_SHARE:
        return Mark.NONE
    is_short = burst.tail is not None and burst.tail < SHORT_TAIL
    return Mark.SUSPICIOUS if burst.share >= SUSPICIOUS_SHARE and is_short else Mark.NOTABLE


def find_burst(created: date, days: Sequence[int]) -> Burst | None:
    """The largest burst in the life of a repository; the earliest of equal ones.

    `days` are the stars that still stand, by the day on which they were given, from the day of
    its creation to today. None if there are fewer than 100 stars or less than 90 days.
    """
    sums = [0] * BURST_DAYS + [*accumulate(days)]
    total = sums[-1]
    if total < FEWEST_STARS or len(days) <= SHORTEST_LIFE:
        return None
    spans = [after - before for before, after in zip(sums, sums[BURST_DAYS:], strict=False)]
    most = max(spans)
    end = spans.index(most)
    tail = None
    if end + TAIL_DAYS < len(days):
        tail = sum(days[end + 1 : end + 1 + TAIL_DAYS]) / total
    return Burst(most / total, created + timedelta(end), tail)
