"""The layout of a chart of a few repositories' growth: its lines, axes and labels.

The page and the picture draw it, each at its own size. The only markup here is the attribute `d`
of paths.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.results import Point
from crawler.model.values import FigureKind
from crawler.ranking.growth import GAP_DAYS
from crawler.reports.news import name_of
from crawler.reports.trends import course_of

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.rows import Row

MOST_CURVES: Final = 10
"""Most lines that one chart can show distinguishably."""

COLORS: Final = (
    ("#0969da", "#4493f8"),
    ("#bc4c00", "#f0883e"),
    ("#1a7f37", "#3fb950"),
    ("#cf222e", "#ff7b72"),
    ("#8250df", "#bc8cff"),
    ("#9a6700", "#d29922"),
    ("#bf3989", "#f778ba"),
    ("#1b7c83", "#39c5cf"),
    ("#57606a", "#9198a1"),
    ("#0a3069", "#a5d6ff"),
)
"""Colours of the lines in order, on light and dark pages: all have a contrast of 3 : 1."""

DASHES: Final = {FigureKind.RETAINED: "6 4", FigureKind.IMPORTED: "1.5 4"}
"""Dash patterns of lines that are not solid."""

_day = attrgetter("day")

_MOST_POINTS: Final = 180
"""Points of one line; more cannot be distinguished."""
_STAR_STEPS: Final = 6
DAY_TICKS: Final = 6
"""Most marks on the two axes."""
_FROM_ZERO: Final = 0.3
"""Share of the most stars: if the fewest are below it, the axis begins at 0."""


@frozen
class Curve:
    """The known stars of one repository."""

    name: str
    points: tuple[Point, ...]
    """Oldest first, on at least two days."""


@frozen
class Stroke:
    """The parts of a line whose figures are of one kind."""

    kind: FigureKind
    path: str
    """The attribute `d` of an SVG path."""


@frozen
class Line:
    """The line of one repository."""

    number: int
    """Its index among the lines, from 0, which determines its colour."""
    name: str
    strokes: tuple[Stroke, ...]
    points: tuple[Point, ...]
    """The points that are drawn."""
    end: tuple[float, float]
    """The place of its last figure."""
    label: float
    """The middle of its label, from the top; no two labels overlap."""


@frozen
class Tick:
    """A mark on an axis."""

    place: float
    text: str


@frozen
class Chart:
    """All lines and both axes. Places are from the left and from the top."""

    width: int
    height: int
    first: date
    last: date
    low: int
    high: int
    """Stars at the bottom and the top of the axis."""
    lines: tuple[Line, ...]
    stars: tuple[Tick, ...]
    days: tuple[Tick, ...]

    @property
    def begins_later(self) -> bool:
        """Whether any line begins long after the first day; old figures are some days apart."""
        return any((line.points[0].day - self.first).days > GAP_DAYS for line in self.lines)

    @property
    def kinds(self) -> tuple[FigureKind, ...]:
        """The kinds of figures in its lines."""
        found = {stroke.kind for line in self.lines for stroke in line.strokes}
        return tuple(kind for kind in FigureKind if kind in found)


def curves_of(ranking: Ranking, rows: Sequence[Row], *, with_host: bool) -> Iterator[Curve]:
    """The curves of a few rows for which at least two days are known."""
    for row, past in ranking.lives(rows):
        points = course_of(row, past)
        if len(points) > 1:
            yield Curve(name_of(row, with_host=with_host).text, points)


def shared_time(curves: Iterable[Curve], start: date | None = None) -> tuple[Curve, ...]:
    """The curves from `start` on, or from the first day on which at least half of them are known:
    one long life must not squeeze the others."""
    known = tuple(curves)
    if not known:
        return ()
    firsts = sorted(curve.points[0].day for curve in known)
    day = start or firsts[(len(firsts) - 1) // 2]
    parts = (replace(curve, points=_clipped(curve.points, day)) for curve in known)
    return tuple(part for part in parts if len(part.points) > 1)


def _clipped(points: tuple[Point, ...], start: date) -> tuple[Point, ...]:
    """The points from `start` on; a line that begins before it begins where it crosses it."""
    place = bisect_left(points, start, key=_day)
    if place in (0, len(points)) or points[place].day == start:
        return points[place:]
    before, after = points[place - 1 : place + 1]
    part = (start - before.day) / (after.day - before.day)
    stars = before.stars + round((after.stars - before.stars) * part)
    return Point(start, stars, _kind_between(before, after)), *points[place:]


def _kind_between(left: Point, right: Point) -> FigureKind:
    """The kind of a segment: the one that is not observed, if the ends differ."""
    return right.kind if left.kind is FigureKind.OBSERVED else left.kind


def gains_of(curve: Curve) -> Curve:
    """The stars gained since the first day of a curve: repositories of all sizes compare."""
    before = curve.points[0].stars
    points = (Point(each.day, each.stars - before, each.kind) for each in curve.points)
    return replace(curve, points=tuple(points))


def draw_chart(
    curves: Iterable[Curve],
    *,
    width: int,
    height: int,
    label_height: float,
    figure: Callable[[int], str] = "{:,}".format,
) -> Chart | None:
    """The chart of the first `MOST_CURVES` of `curves`, `width` by `height`; None without any.
    `figure` writes the marks of the axis."""
    known = list(islice(curves, MOST_CURVES))
    if not known:
        return None
    first = min(curve.points[0].day for curve in known)
    last = max(curve.points[-1].day for curve in known)
    figures = [point.stars for curve in known for point in curve.points]
    low, high, step = _star_axis(min(figures), max(figures))
    span = max((last - first).days, 1)

    def place(point: Point) -> tuple[float, float]:
        return (
            round((point.day - first).days * width / span, 1),
            round(height - (point.stars - low) * height / (high - low), 1),
        )

    shown = [_thinned(curve.points, first, span) for curve in known]
    ends = [place(points[-1]) for points in shown]
    order = sorted(range(len(ends)), key=lambda at: (ends[at][1], at))
    labels = dict(
        zip(order, _spread([ends[at][1] for at in order], label_height, height), strict=True)
    )
    return Chart(
        width=width,
        height=height,
        first=first,
        last=last,
        low=low,
        high=high,
        lines=tuple(
            Line(at, curve.name, _strokes(points, map(place, points)), points, ends[at], labels[at])
            for at, (curve, points) in enumerate(zip(known, shown, strict=True))
        ),
        stars=tuple(
            Tick(round(height - (stars - low) * height / (high - low), 1), figure(stars))
            for stars in range(low, high + 1, step)
        ),
        days=tuple(
            Tick(round((day - first).days * width / span, 1), text)
            for day, text in _day_ticks(first, last)
        ),
    )


def number(value: float) -> str:
    """A length with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def _star_axis(fewest: int, most: int) -> tuple[int, int, int]:
    """The ends of the star axis and the step between its marks: round figures."""
    if 0 < fewest < most * _FROM_ZERO:
        fewest = 0
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            low, high = fewest // step * step, -(-most // step) * step
            if (high - low) // step <= _STAR_STEPS:
                return low, max(high, low + step), step
        power *= 10


def _day_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """The beginnings of years, months or weeks: the shortest of these that fit."""
    for step in (1, 7, 14):
        start = first + timedelta(-first.weekday() % 7 if step > 1 else 0)
        days = [start + timedelta(at) for at in range(0, (last - start).days + 1, step)]
        if len(days) <= DAY_TICKS:
            return [(day, day.isoformat()) for day in days]
    every = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    for step in (1, 2, 3, 6, *(12 * years for years in (1, 2, 5, 10, 20, 50, 100, 1000))):
        months = [date(each // 12, each % 12 + 1, 1) for each in every if each % step == 0]
        days = [day for day in months if first <= day]
        if len(days) <= DAY_TICKS:
            break
    return [(day, f"{day:%Y-%m}" if step < 12 else f"{day.year}") for day in days]


def _thinned(points: Sequence[Point], first: date, span: int) -> tuple[Point, ...]:
    """The first point, and the last one in each slice of the width."""
    slices = {-1: points[0]}
    for point in points:
        slices[(point.day - first).days * (_MOST_POINTS - 2) // span] = point
    return tuple(dict.fromkeys(slices.values()))


def _strokes(points: Sequence[Point], places: Iterable[tuple[float, float]]) -> tuple[Stroke, ...]:
    """A path for each kind."""
    paths: dict[FigureKind, list[str]] = {}
    before = None
    for (left, start), (right, end) in pairwise(zip(points, places, strict=True)):
        kind = _kind_between(left, right)
        steps = paths.setdefault(kind, [])
        if kind is not before:
            steps.append(f"M{number(start[0])} {number(start[1])}")
        steps.append(f"L{number(end[0])} {number(end[1])}")
        before = kind
    return tuple(Stroke(kind, "".join(steps)) for kind, steps in paths.items())


def _spread(wanted: Sequence[float], gap: float, height: float) -> list[float]:
    """The places nearest to `wanted`, in order, that keep a gap and stay within the height."""
    # Places that push each other move as one block, to the middle of where they should be.
    blocks: list[list[float]] = []
    for at, each in enumerate(wanted):
        blocks.append([each - at * gap])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            blocks[-2:] = [[*blocks[-2], *blocks[-1]]]
    room = height - (len(wanted) - 1) * gap
    places = [min(max(_mean(block), 0), room) for block in blocks for _ in block]
    return [round(place + at * gap, 1) for at, place in enumerate(places)]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
