"""Baselines: for each repository the figure, of about a given day, from which its gain counts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Final, NamedTuple

from crawler.model.results import Point
from crawler.model.values import FigureKind, RepositoryName
from crawler.ranking.growth import (
    Baseline,
    Provenance,
    is_distant,
    is_suspicious,
    nearest_retained,
)
from crawler.ranking.spans import Span, first_seen, last_seen
from crawler.store.damage import reading
from crawler.store.moments import decode_day, encode_day
from crawler.store.retained import load_star_histories
from crawler.store.timelines import COMPARABLE, load_timelines

_NEAREST: Final = """
SELECT wanted.value, full_name, spelling, earlier.first, earlier.days, earlier.stars,
    earlier.missing, later.first, later.stars
FROM json_each(?1) AS wanted
CROSS JOIN alias ON alias.key = wanted.value
CROSS JOIN repository ON repository.id = alias.repository
CROSS JOIN series ON series.repository = alias.repository AND series.origin = ?2
LEFT JOIN span AS earlier ON earlier.series = series.id AND earlier.first =
    (SELECT max(first) FROM span WHERE span.series = series.id AND first <= ?3)
LEFT JOIN span AS later ON later.series = series.id AND later.first =
    (SELECT min(first) FROM span WHERE span.series = series.id AND first > ?3)
"""


class Compared(NamedTuple):
    """A figure for which an earlier one is wanted."""

    key: str
    """The key of the repository's name."""
    day: int
    """When it was read, in days since 1970-01-01: only earlier figures are compared."""
    stars: int


@reading()
def load_newest(
    connection: sqlite3.Connection, provenance: Provenance, after: int, until: int
) -> dict[str, Compared]:
    """The newest figure of each repository after one day and up to another, by
    `RepositoryName.qualified`: an observed one, or an imported one if there is none."""
    found: dict[str, Compared] = {}
    for full_name, host, first, days, stars, missing in connection.execute(
        "SELECT full_name, host, first, days, stars, missing FROM series "
        "JOIN repository ON repository.id = series.repository "
        "JOIN span ON span.series = series.id AND first = "
        "(SELECT max(first) FROM span WHERE span.series = series.id AND first <= ?) "
        "WHERE origin IN (?, ?, ?) ORDER BY origin NOT IN (?, ?), min(first + days, ?) DESC",
        (until, *COMPARABLE[provenance], Provenance.GITHUB, Provenance.DEPSDEV, until),
    ):
        day = last_seen(Span(first, days, stars, missing or b""), until)
        if day is not None and day > after:
            name = RepositoryName(full_name, host)
            found.setdefault(name.qualified, Compared(name.key, day, stars))
    return found


@reading()
def knows_past(connection: sqlite3.Connection, day: int) -> bool:
    """Whether any figure of an earlier day is known: observed, imported or retained."""
    ((known,),) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM span WHERE first < ?) OR EXISTS (SELECT 1 FROM retained)",
        (day,),
    )
    return bool(known)


@reading()
def load_baselines(
    connection: sqlite3.Connection,
    figures: Iterable[Compared],
    provenance: Provenance,
    day: int,
    today: int,
) -> dict[str, Baseline]:
    """The baselines of gains since `day`, by key; empty if there are none.

    A baseline is the figure nearest to that day: an observed one if there is one of about that
    day, else a retained or an imported one. If none is of about that day, it is the nearest of
    all figures.
    """
    choice = _Choice({each.key: each for each in figures}, day, today)
    choice.take(_in_series(connection, choice, provenance), FigureKind.OBSERVED)
    if provenance is Provenance.GITHUB:
        choice.take(_in_histories(connection, choice), FigureKind.RETAINED)
    if _has_imports(connection):
        numbered = _in_series(connection, choice, Provenance.NUMBERED_IMPORT)
        choice.take(numbered, FigureKind.IMPORTED)
        timelines = _timelines(connection, choice.open, provenance, day, today)
        choice.take_named(_in_series(connection, choice, Provenance.IMPORT), timelines)
    if not provenance.is_numbered:
        choice.check(_timelines(connection, choice.suspects, provenance, day, today))
    return choice.baselines()


class _Choice:
    """The best figure of each repository so far."""

    def __init__(self, wanted: Mapping[str, Compared], day: int, today: int) -> None:
        self.wanted = wanted
        self.day = day
        self._today = today
        self.open = list(wanted)
        """The keys without a figure of about that day."""
        self._found: dict[str, tuple[int, int, int, FigureKind]] = {}
        """Days from the requested one, the day, its stars, and how they became known."""
        self._doubtful: set[str] = set()

    def take(self, figures: Iterable[tuple[str, int, int]], kind: FigureKind) -> None:
        """Add figures of one kind: key, day and stars."""
        for key, day, stars in figures:
            off = abs(day - self.day)
            known = self._found.get(key)
            if known is None or (off, day) < known[:2]:
                self._found[key] = off, day, stars, kind
        self.open = [key for key in self.open if self._is_distant(key)]

    def _is_distant(self, key: str) -> bool:
        found = self._found.get(key)
        if found is None or found[0] <= 1:
            return found is None
        day, wanted, today = map(decode_day, (found[1], self.day, self._today))
        return is_distant(day, wanted, today)

    def take_named(
        self, figures: Iterable[tuple[str, int, int]], timelines: Mapping[str, Sequence[Point]]
    ) -> None:
        """Add figures that files have without a number: those under current names, and those that
        `timelines` accepted under other names."""
        before = dict(self._found)
        others = (
            (key, encode_day(point.day), point.stars)
            for key, points in timelines.items()
            for point in points
            if point.kind is FigureKind.IMPORTED and encode_day(point.day) < self.wanted[key].day
        )
        self.take(chain(figures, others), FigureKind.IMPORTED)
        self.check(
            {
                key: points
                for key, points in timelines.items()
                if self._found.get(key) != before.get(key)
            }
        )

    @property
    def suspects(self) -> list[str]:
        """The keys of figures since which the stars have changed suspiciously."""
        return [
            key
            for key, (_, _, stars, _) in self._found.items()
            if is_suspicious(stars, self.wanted[key].stars)
        ]

    def check(self, timelines: Mapping[str, Sequence[Point]]) -> None:
        """Mark figures after which a timeline changes suspiciously."""
        for key, points in timelines.items():
            _, day, stars, _ = self._found[key]
            later = (point for point in points if day < encode_day(point.day))
            counts = [
                stars,
                *(
                    point.stars
                    for point in later
                    if point.kind is not FigureKind.RETAINED
                    and encode_day(point.day) < self.wanted[key].day
                ),
                self.wanted[key].stars,
            ]
            if any(is_suspicious(a, b) for a, b in pairwise(counts)):
                self._doubtful.add(key)

    def baselines(self) -> dict[str, Baseline]:
        """The chosen figures."""
        distant = frozenset(self.open)
        return {
            key: Baseline(decode_day(day), stars, kind, key in distant, key in self._doubtful)
            for key, (_, day, stars, kind) in self._found.items()
        }


def _in_series(
    connection: sqlite3.Connection, choice: _Choice, provenance: Provenance
) -> Iterator[tuple[str, int, int]]:
    """The figures around the day: the last one up to it and the first one after it."""
    keys: dict[int, list[str]] = {}
    for key in choice.open:
        # Compared with an old figure, only figures before that one count.
        keys.setdefault(min(choice.day, choice.wanted[key].day - 1), []).append(key)
    for end, some in keys.items():
        rows = connection.execute(_NEAREST, (json.dumps(some), provenance, end))
        for key, full_name, spelling, first, days, stars, missing, later, later_stars in rows:
            if not provenance.is_numbered and spelling.casefold() != full_name.casefold():
                continue
            before = choice.wanted[key].day
            if first is not None and missing is None:
                yield key, min(end, first + days), stars
            elif first is not None:
                span = Span(first, days, stars, missing)
                for seen in (last_seen(span, end), first_seen(span, end)):
                    if seen is not None and seen < before:
                        yield key, seen, stars
            if later is not None and later < before:
                yield key, later, later_stars


def _in_histories(
    connection: sqlite3.Connection, choice: _Choice
) -> Iterator[tuple[str, int, int]]:
    day = decode_day(choice.day)
    for key, histories in load_star_histories(connection, choice.open).items():
        before = decode_day(choice.wanted[key].day)
        # If two histories contain a day, the newer one counts.
        for history in reversed(histories):
            point = nearest_retained(history, day, before)
            if point is not None:
                yield key, encode_day(point.day), point.stars


def _has_imports(connection: sqlite3.Connection) -> bool:
    found = connection.execute(
        "SELECT 1 FROM series WHERE origin IN (?, ?) LIMIT 1",
        (Provenance.IMPORT, Provenance.NUMBERED_IMPORT),
    )
    return found.fetchone() is not None


def _timelines(
    connection: sqlite3.Connection, keys: Sequence[str], provenance: Provenance, *days: int
) -> dict[str, tuple[Point, ...]]:
    """The timelines of the keys that have one, from the last figure up to the first day on."""
    start, until = map(decode_day, days)
    if not keys:
        return {}
    return load_timelines(connection, keys, provenance, start=start, day=start, until=until)
