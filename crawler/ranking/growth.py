"""Growth of stars: timelines from several series, baselines, milestones and weekly gains."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise
from math import sqrt
from typing import Final

from crawler.model.frozen import frozen
from crawler.model.results import Point
from crawler.model.values import FigureKind, StarHistory, follows_repositories

MILESTONES: Final = (100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
"""The stars of one day in a star history."""

SUSPICIOUS_PART: Final = 0.5
SUSPICIOUS_STARS: Final = 100
"""A change between successive figures beyond both limits may mean a different repository."""

GAP_DAYS: Final = 14
"""Gaps between figures longer than this are filled from the star history."""

GAINS_SINCE: Final = "30d"
"""The period of gains unless the user gives one."""

RATE_OFFSET: Final = 2000
"""Stars added to the size before a gain is divided by it, so that a small repository with a few
new stars does not come first."""


class Provenance(IntEnum):
    """Where a figure came from; for several on one day the lower value takes precedence."""

    GITHUB = 1
    """A crawl of GitHub, which identifies repositories by number."""
    IMPORT = 2
    """A file."""
    DEPSDEV = 3
    """A crawl of deps.dev, whose figures carry no date and lag behind."""
    NUMBERED_IMPORT = 4
    """A file that includes the number of the repository."""

    @property
    def kind(self) -> FigureKind:
        """The kind of such a figure."""
        return FigureKind.IMPORTED if self in _IMPORTS else FigureKind.OBSERVED

    @property
    def is_numbered(self) -> bool:
        """Whether the repository was identified by number, so that any of its names is valid."""
        return self in _NUMBERED


_IMPORTS: Final = frozenset({Provenance.IMPORT, Provenance.NUMBERED_IMPORT})
_NUMBERED: Final = frozenset({Provenance.GITHUB, Provenance.NUMBERED_IMPORT})


def provenance_of(provider: str) -> Provenance:
    """The provenance of figures from `provider`."""
    return Provenance.GITHUB if follows_repositories(provider) else Provenance.DEPSDEV


@frozen
class Series:
    """The figures of one provenance for one repository under one name."""

    provenance: Provenance
    canonical: bool
    """Whether that is the current name of the repository."""
    points: tuple[Point, ...]
    """Oldest first."""


@frozen
class Baseline:
    """The figure from which a gain counts."""

    day: date
    stars: int
    kind: FigureKind = FigureKind.OBSERVED
    distant: bool = False
    """Whether its day is far from the requested one: `is_distant`."""
    suspicious: bool = False
    """Whether a change since then is suspicious, and no repository number confirms it."""


def join_series(series: Sequence[Series]) -> tuple[Point, ...]:
    """One timeline of a repository, oldest first.

    Figures with the repository's number belong to it. Figures that only have another name that
    leads to it today are used only if they join the rest without a suspicious change: this keeps
    the history of a renamed repository and drops that of a repository merged into it.
    """
    if len(series) == 1:
        return series[0].points
    timeline: dict[date, Point] = {}
    for each in sorted(series, key=_precedence):
        is_own = each.canonical or each.provenance.is_numbered
        if is_own or not timeline or _meets(timeline, each.points):
            timeline = {point.day: point for point in each.points} | timeline
    return tuple(timeline[day] for day in sorted(timeline))


def _precedence(series: Series) -> tuple[bool, Provenance, bool, int]:
    is_own = series.canonical or series.provenance.is_numbered
    newest = series.points[-1].day.toordinal() if series.points else 0
    return not is_own, series.provenance, not series.canonical, -newest


def _meets(timeline: Mapping[date, Point], points: Sequence[Point]) -> bool:
    """Whether no change between the two is suspicious, on the same day or between neighbours."""
    other = {point.day: point for point in points}
    if any(
        is_suspicious(other[day].stars, timeline[day].stars)
        for day in timeline.keys() & other.keys()
    ):
        return False
    return not any(
        is_suspicious(
            (timeline if a in timeline else other)[a].stars,
            (timeline if b in timeline else other)[b].stars,
        )
        for a, b in pairwise(sorted(timeline.keys() | other.keys()))
        if (a in timeline) != (b in timeline)
    )


def retained_points(history: StarHistory, step: int = 1) -> Iterator[Point]:
    """The figures from a star history, newest first: for its last day, and for every `step`-th day
    before it, all stars except those given later."""
    stars, day = history.stars, history.last
    for start in range(len(history.days), 0, -step):
        yield Point(day, stars, FigureKind.RETAINED)
        stars -= sum(history.days[max(start - step, 0) : start])
        day -= timedelta(step)


def fill_gaps(points: Sequence[Point], others: Iterable[Point]) -> tuple[Point, ...]:
    """A timeline extended by those of the other points that lie before its start, after its end, or
    in a gap of more than `GAP_DAYS`; oldest first. Only for drawing: stars that were withdrawn
    are counted in one kind of figures and not in the other."""
    known = [point.day for point in points]

    def is_gap(day: date) -> bool:
        place = bisect_left(known, day)
        return place in (0, len(known)) or (known[place] - known[place - 1]).days > GAP_DAYS

    days = frozenset(known)
    more = [point for point in others if point.day not in days and is_gap(point.day)]
    return tuple(sorted((*points, *more), key=lambda point: point.day))


def is_suspicious(before: int, after: int) -> bool:
    """Whether a change between successive figures is so large that they may not be comparable."""
    change = abs(after - before)
    return change > SUSPICIOUS_STARS and change > SUSPICIOUS_PART * before


def suspicious_days(points: Sequence[Point]) -> tuple[date, ...]:
    """The days whose figures differ suspiciously from the previous ones, if either is from a file:
    that may be about another repository."""
    return tuple(
        b.day
        for a, b in pairwise(points)
        if FigureKind.IMPORTED in (a.kind, b.kind) and is_suspicious(a.stars, b.stars)
    )


def is_distant(found: date, wanted: date, today: date) -> bool:
    """Whether a figure's day is off the requested one by more than a day and by more than a quarter
    of the time since then."""
    return abs((found - wanted).days) > max(1, (today - wanted).days / 4)


def nearest_retained(history: StarHistory, day: date, before: date) -> Point | None:
    """The figure of a star history nearest to a day, before a given other day; None if there is
    none. Before a repository's creation its figure is 0."""
    earliest = history.first - timedelta(1)
    if history.is_whole and day < earliest:
        return Point(day, 0, FigureKind.RETAINED)
    found = max(min(day, history.last, before - timedelta(1)), earliest)
    if found >= before:
        return None
    later = history.days[(found - earliest).days :]
    return Point(found, history.stars - sum(later), FigureKind.RETAINED)


def rate_of(gained: int, stars: int) -> float:
    """A gain relative to the repository's size."""
    return gained / sqrt(stars + RATE_OFFSET)


def milestones(points: Sequence[Point]) -> tuple[Point, ...]:
    """Each milestone that was passed, with the first day on which it is known to be passed.

    A milestone that was passed before the history begins has no known day and is left out.
    """
    found = []
    for stars in MILESTONES:
        reached = next((i for i, point in enumerate(points) if point.stars >= stars), 0)
        if reached:
            found.append(Point(points[reached].day, stars))
    return tuple(found)


@frozen
class WeeklyGain:
    """The gain of a repository up to the last figure of one week."""

    monday: date
    gained: int
    weeks: int
    """The number of weeks: more than one if the weeks before had no figure."""


def weekly_gains(points: Sequence[Point]) -> tuple[WeeklyGain, ...]:
    """The gains from week to week (ISO, from Monday, UTC), oldest first.

    The last figure of each week counts; a week without figures is part of the next gain. If the
    figures of two weeks are of different kinds, the gain is unknown.
    """
    lasts = {point.day - timedelta(point.day.weekday()): point for point in points}
    return tuple(
        WeeklyGain(monday, point.stars - before.stars, (monday - earlier).days // 7)
        for (earlier, before), (monday, point) in pairwise(lasts.items())
        if before.kind is point.kind
    )
