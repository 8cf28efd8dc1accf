"""How stars grow: timelines from several series, baselines, milestones and weekly gains."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise
from math import sqrt
from typing import Final

from crawler.model.results import Point
from crawler.model.values import FigureKind, StarHistory, follows_repositories

MILESTONES: Final = (100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
"""Stars whose day a history tells."""

SUSPICIOUS_PART: Final = 0.5
SUSPICIOUS_STARS: Final = 100
"""A change between successive figures beyond both may be another repository's figure."""

GAP_DAYS: Final = 14
"""Between figures that are farther apart, a star history tells more."""

GAINS_SINCE: Final = "30d"
"""Over how long gains are where no time is given."""

RATE_OFFSET: Final = 2000
"""Stars added before a gain is measured against the size, so that ten on top of five is no
sensation."""


class Provenance(IntEnum):
    """Where a figure came from; the lower counts on a day that several know."""

    GITHUB = 1
    """A crawl of GitHub, which knew the repository by its number."""
    IMPORT = 2
    """A file."""
    DEPSDEV = 3
    """A crawl of deps.dev, whose figures carry no date and lag behind."""
    NUMBERED_IMPORT = 4
    """A file that tells the number of the repository, too."""

    @property
    def kind(self) -> FigureKind:
        """How such a figure is known."""
        return FigureKind.IMPORTED if self in _IMPORTS else FigureKind.OBSERVED

    @property
    def is_numbered(self) -> bool:
        """Whether it knew the repository by its number, and so by any of its names."""
        return self in _NUMBERED


_IMPORTS: Final = frozenset({Provenance.IMPORT, Provenance.NUMBERED_IMPORT})
_NUMBERED: Final = frozenset({Provenance.GITHUB, Provenance.NUMBERED_IMPORT})


def provenance_of(provider: str) -> Provenance:
    """Which figures can be compared with those of `provider`."""
    return Provenance.GITHUB if follows_repositories(provider) else Provenance.DEPSDEV


@dataclass(frozen=True, slots=True)
class Series:
    """What one origin wrote of one repository under one name."""

    origin: Provenance
    canonical: bool
    """Whether that is the name that the repository has today."""
    points: tuple[Point, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figure that a gain is counted from."""

    day: date
    stars: int
    kind: FigureKind = FigureKind.OBSERVED
    distant: bool = False
    """Whether that is not about the day that was asked for: `is_distant`."""
    suspicious: bool = False
    """Whether a change since then is, and the number of the repository does not vouch for it."""


def join_series(series: Sequence[Series]) -> tuple[Point, ...]:
    """One timeline of a repository, oldest first.

    What GitHub's number vouches for is its own. What was merely written under another name that
    leads to it today is taken only where it meets the rest without a suspicious change: a renamed
    repository goes on from where it was, the past of one that was merged into it is not its own.
    """
    if len(series) == 1:
        return series[0].points
    timeline: dict[date, Point] = {}
    for each in sorted(series, key=_precedence):
        is_own = each.canonical or each.origin.is_numbered
        if is_own or not timeline or _meets(timeline, each.points):
            timeline = {point.day: point for point in each.points} | timeline
    return tuple(timeline[day] for day in sorted(timeline))


def _precedence(series: Series) -> tuple[bool, Provenance, bool, int]:
    is_own = series.canonical or series.origin.is_numbered
    newest = series.points[-1].day.toordinal() if series.points else 0
    return not is_own, series.origin, not series.canonical, -newest


def _meets(timeline: Mapping[date, Point], points: Sequence[Point]) -> bool:
    """Whether no change between the two, on one day or between neighbours, is suspicious."""
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
    """The figures that a star history tells, newest first: at the end of its last day, and of
    each `step`-th day before it, all stars but those that came later."""
    stars, day = history.stars, history.last
    for start in range(len(history.days), 0, -step):
        yield Point(day, stars, FigureKind.RETAINED)
        stars -= sum(history.days[max(start - step, 0) : start])
        day -= timedelta(step)


def fill_gaps(points: Sequence[Point], others: Iterable[Point]) -> tuple[Point, ...]:
    """A timeline with those of the other points that lie before its first or behind its last one,
    or between two that are more than `GAP_DAYS` apart; oldest first. For drawing alone: a star
    that was taken back is in the one kind of figures and not in the other."""
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
    """The days whose figures are suspiciously far from the ones before, one of them from a file:
    it may be another repository's."""
    return tuple(
        b.day
        for a, b in pairwise(points)
        if FigureKind.IMPORTED in (a.kind, b.kind) and is_suspicious(a.stars, b.stars)
    )


def is_distant(found: date, wanted: date, today: date) -> bool:
    """Whether a figure is off the day that was asked for by more than a quarter of the time since
    then, and by more than a day."""
    return abs((found - wanted).days) > max(1, (today - wanted).days / 4)


def nearest_retained(history: StarHistory, day: date, before: date) -> Point | None:
    """The figure of a star history that is nearest to a day, of those before another; None where
    there is none. Before a repository there were no stars of it."""
    earliest = history.first - timedelta(1)
    if history.is_whole and day < earliest:
        return Point(day, 0, FigureKind.RETAINED)
    found = max(min(day, history.last, before - timedelta(1)), earliest)
    if found >= before:
        return None
    later = history.days[(found - earliest).days :]
    return Point(found, history.stars - sum(later), FigureKind.RETAINED)


def rate_of(gained: int, stars: int) -> float:
    """A gain relative to the size of what gained."""
    return gained / sqrt(stars + RATE_OFFSET)


def milestones(points: Sequence[Point]) -> tuple[Point, ...]:
    """Each milestone that was passed, with the first day that is known to be past it.

    One that had been reached when the history begins has no known day and is left out.
    """
    found = []
    for stars in MILESTONES:
        reached = next((i for i, point in enumerate(points) if point.stars >= stars), 0)
        if reached:
            found.append(Point(points[reached].day, stars))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WeeklyGain:
    """What a repository gained up to the last figure of one week."""

    monday: date
    gained: int
    weeks: int
    """Over how many weeks: more than one where there was no figure in those before."""


def weekly_gains(points: Sequence[Point]) -> tuple[WeeklyGain, ...]:
    """The gains from week to week (ISO, from Monday, UTC), oldest first.

    Of each week the last figure counts; a week without figures is part of the next gain. Where
    the figures of two weeks are of two kinds, no gain is known.
    """
    lasts = {point.day - timedelta(point.day.weekday()): point for point in points}
    return tuple(
        WeeklyGain(monday, point.stars - before.stars, (monday - earlier).days // 7)
        for (earlier, before), (monday, point) in pairwise(lasts.items())
        if before.kind is point.kind
    )
