"""Trends: the history of a repository as a small line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.results import Point
from crawler.reports.words import MINUS, signed

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.rows import Row

_day = attrgetter("day")

WIDTH: Final = 96
HEIGHT: Final = 24
"""Size of the drawing in its own units; CSS sets the size on the page."""
_MARGIN: Final = 2
"""Space above and below the line, so that the stroke is not cut."""
_MOST_POINTS: Final = 24
"""More points cannot be distinguished at this width."""
_LEAST_SPAN: Final = 0.01
"""Share of the stars that fills the height: a smaller change is drawn flatter, so that noise does
not look steep."""


@frozen
class Trend:
    """The past stars of a repository as a drawing."""

    path: str
    """The path for an SVG of `WIDTH` by `HEIGHT`."""
    growth: str
    """The change from the first figure to the last, in percent; from 0 in stars."""
    title: str
    """Both figures and the day of the first one."""


class Scale:
    """The axis of days that all trends of a report share, so that their lines can be compared. Each
    has its own scale of stars."""

    def __init__(self, start: date) -> None:
        """`start` is the first day to draw, if any figure of it is known."""
        self._start = start
        self._first = date.max
        self._last = date.min

    def add(self, row: Row, past: Sequence[Point]) -> bool:
        """Add a row; returns whether it has a trend."""
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
    """The past with the row's own figure at its end; empty if the row has no past."""
    today = row.fetched_at.astimezone(UTC).date()
    if not past:
        return ()
    return (*past[: bisect_left(past, today, key=_day)], Point(today, row.stars))


def cut(points: Sequence[Point], start: date) -> tuple[Point, ...]:
    """The points from `start` on, so that an old figure does not squeeze the others together.

    If the last figure before `start` equals the next one, it counts as a figure of `start`.
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
    return Trend(
        path=_path(course, first, last),
        growth=_growth(start.stars, end.stars),
        title=f"{start.stars:,} on {start.day} to {end.stars:,} on {end.day}",
    )


def _growth(before: int, after: int) -> str:
    if not before and after:
        return signed(after)
    percent = 100 * (after - before) / max(before, 1)
    growth = f"{percent:+,.1f}%".replace("-", MINUS)
    return "0%" if growth.strip(f"+{MINUS}0.%") == "" else growth


def _path(course: Sequence[Point], first: date, last: date) -> str:
    days = max((last - first).days, 1)
    figures = [point.stars for point in course]
    low, high = min(figures), max(figures)
    least = max(high * _LEAST_SPAN, 1)
    span = max(high - low, least)
    # A line that does not fill the height is centred.
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
    """The first point, and the last one in each slice of the width."""
    slices: dict[int, tuple[int, int]] = {}
    for x, y in places:
        slices.setdefault(-1, (x, y))
        slices[x * (_MOST_POINTS - 1) // WIDTH] = (x, y)
    return list(dict.fromkeys(slices.values()))


def _joined(places: Sequence[tuple[int, int]]) -> str:
    """The path with relative coordinates, which are shorter."""
    (x, y), *others = places
    steps = [f"M{x} {y}"]
    for next_x, next_y in others:
        steps.append(f"l{next_x - x} {next_y - y}")
        x, y = next_x, next_y
    return "".join(steps)
