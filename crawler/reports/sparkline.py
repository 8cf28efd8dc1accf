"""Sparklines: charts the size of a word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Final

from crawler.model.results import Point

_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int]) -> str:
    """One character for each value, from the lowest to the highest; if all are equal, the
    lowest."""
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[(value - low) * steps // (high - low) if high > low else 0] for value in values
    )


def sparkline_of(points: Sequence[Point], width: int, start: date | None = None) -> str:
    """At most `width` characters for the time from `start` to the last point, spaced evenly.

    Each stands for an equal part of the time and shows the last figure known at its end; those
    before the first figure are blank. `start` must not be later than the first point; None: the
    day of the first point.
    """
    if not points or width < 1:
        return ""
    days = [point.day.toordinal() for point in points]
    first = days[0] if start is None else start.toordinal()
    span = days[-1] - first
    steps = min(width, span + 1)
    ends = [first + span * step // max(steps - 1, 1) for step in range(steps)]
    known = [points[bisect_right(days, end) - 1].stars for end in ends if end >= days[0]]
    return sparkline(known).rjust(steps)
