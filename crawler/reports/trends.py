"""Trends: the history of a repository as a small line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.results import Point
from crawler.reports.words import MINUS

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.rows import Row

_day = attrgetter("day")

WIDTH: Final = 96
HEIGHT: Final = 24
"""Of the drawing, in its own units; the style says how large it is shown."""
_MARGIN: Final = 2
"""Above and below, so that the stroke is not cut."""
_MOST_POINTS: Final = 24
"""More points cannot be distinguished at this width."""
_LEAST_SPAN: Final = 0.01
"""Of the stars: a smaller change does not fill the height, so that noise does not look steep."""


@frozen
class Trend:
    """The course of a repository's stars."""

    path: str
    """Of an SVG, `WIDTH` by `HEIGHT`."""
    growth: str
    """From the first figure that is drawn to the last, in percent."""
    title: str
    """Both figures and the day of the first one."""


class Scale:
    """The days that the trends of a report are drawn over: one scale for all, so that the lines
    compare. Each has its own scale of stars."""

    def __init__(self, start: date) -> None:
        """`start` is the first day that is drawn, if anything is known of it."""
        self._start = start
        self._first = date.max
        self._last = date.min

    def add(self, row: Row, past: Sequence[Point]) -> bool:
        """Make room for the trend of `row`; whether it has one."""
        course = cut(course_of(row, past), self._start)
        if len(course) > 1:
            self._first = min(self._first, course[0].day)
            self._last = max(self._last, course[-1].day)
        return len(course) > 1

    def draw(self, row: Row, past: Sequence[Point]) -> Trend | None:
        """The trend of a row that was added; None if fewer than two days are known."""
        course = cut(course_of(row, past), self._start)
        return _trend(course, self._first, self._last) if len(course) > 1 else None


def course_of(row: Row, past: Sequence[Point]) -> tuple[Point, ...]:
    """A past up to the figure of the row itself, which it may not hold yet; nothing without any."""
    today = row.fetched_at.astimezone(UTC).date()
    if not past:
        return ()
    return (*past[: bisect_left(past, today, key=_day)], Point(today, row.stars))


def cut(points: Sequence[Point], start: date) -> tuple[Point, ...]:
    """Those of `points` from `start` on, so that one old figure leaves the others their room.

    A figure of before that did not change until the next one is a figure of `start`, too.
    """
    first = bisect_left(points, start, key=_day)
    shown = tuple(points[first:])
    if first and shown and shown[0].day > start and points[first - 1].stars == shown[0].stars:
        return (Point(start, shown[0].stars), *shown)
    return shown


def draw_trends(ranking: Ranking) -> Iterator[Trend | None]:
    """The trend of each row; None if fewer than two days are known."""
    scale = Scale(ranking.trend_start)
    for row, past in ranking.with_history():
        scale.add(row, past)
    for row, past in ranking.with_history():
        yield scale.draw(row, past)


def _trend(course: Sequence[Point], first: date, last: date) -> Trend:
    start, end = course[0], course[-1]
    percent = 100 * (end.stars - start.stars) / max(start.stars, 1)
    growth = f"{percent:+,.1f}%".replace("-", MINUS)
    return Trend(
        path=_path(course, first, last),
        growth="0%" if growth.strip(f"+{MINUS}0.%") == "" else growth,
        title=f"{start.stars:,} on {start.day} to {end.stars:,} on {end.day}",
    )


def _path(course: Sequence[Point], first: date, last: date) -> str:
    days = max((last - first).days, 1)
    figures = [point.stars for point in course]
    low, high = min(figures), max(figures)
    least = max(high * _LEAST_SPAN, 1)
    span = max(high - low, least)
    # A line that moves less than the span stands in the middle of it.
    floor = low - (span - (high - low)) / 2
    places = (
        (
            round((point.day - first).days * WIDTH / days),
            round(HEIGHT - _MARGIN - (point.stars - floor) / span * (HEIGHT - 2 * _MARGIN)),
        )
        for point in course
    )
    return _joined(_thinned(places))


def _thinned(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The first place, and the last one in each slice of the width."""
    slices: dict[int, tuple[int, int]] = {}
    for x, y in places:
        slices.setdefault(-1, (x, y))
        slices[x * (_MOST_POINTS - 1) // WIDTH] = (x, y)
    return list(dict.fromkeys(slices.values()))


def _joined(places: Sequence[tuple[int, int]]) -> str:
    """Relative to each other, which is shorter."""
    (x, y), *others = places
    steps = [f"M{x} {y}"]
    for next_x, next_y in others:
        steps.append(f"l{next_x - x} {next_y - y}")
        x, y = next_x, next_y
    return "".join(steps)
