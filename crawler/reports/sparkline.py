"""Sparklines: a development in the space of a word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from crawler.model.results import Point

_BLOCKS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int]) -> str:
    """One character for each value, from the least to the greatest; equal values lie low."""
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[(value - low) * steps // (high - low) if high > low else 0] for value in values
    )


def sparkline_of(points: Sequence[Point], width: int) -> str:
    """At most `width` characters for the time from the first point to the last, spaced evenly.

    Each shows the last figure up to the end of its share of the time, so that gaps between the
    figures do not distort it.
    """
    if not points or width < 1:
        return ""
    days = [point.day.toordinal() for point in points]
    span = days[-1] - days[0]
    steps = min(width, span + 1)
    ends = [days[0] + span * step // max(steps - 1, 1) for step in range(steps)]
    return sparkline([points[bisect_right(days, end) - 1].stars for end in ends])
