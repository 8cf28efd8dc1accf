"""Load the past stars of repositories for comparisons and reports."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from crawler.model.results import Point
from crawler.model.values import RepositoryName
from crawler.ranking.growth import Provenance, Series, fill_gaps, join_series, retained_points
from crawler.ranking.spans import Span, last_seen, to_figures
from crawler.store.damage import reading
from crawler.store.moments import decode_day, decode_time, encode_day, encode_time
from crawler.store.retained import history_since, load_star_histories
from crawler.store.series import load_spans

COMPARABLE: Final = {
    Provenance.GITHUB: (Provenance.GITHUB, Provenance.IMPORT, Provenance.NUMBERED_IMPORT),
    Provenance.DEPSDEV: (Provenance.DEPSDEV, Provenance.IMPORT, Provenance.NUMBERED_IMPORT),
}
"""The origins whose figures may be compared. deps.dev's figures lag behind GitHub's, so that a
difference between the two is not a gain; imported figures are compared with both."""

_MOST_RETAINED: Final = 100
"""Points of a star history to load for a report; its lines cannot show more."""


@reading()
def load_timelines(
    connection: sqlite3.Connection,
    wanted: Iterable[str] | None,
    origin: Provenance,
    *,
    start: date,
    day: date,
    until: date,
) -> dict[str, tuple[Point, ...]]:
    """The stars of each of `wanted`, oldest first, from the last figure at or before `start` to
    `until`. Long gaps between observed and imported figures are filled from star histories.

    None: of every repository, by its current name. Of successive days with the same figure, only
    the first, the last, and the last up to `day` are included. Names without any figure are
    missing.
    """
    if wanted is None:
        every = connection.execute("SELECT full_name, host FROM repository")
        wanted = [RepositoryName(*columns).qualified for columns in every]
    names = {RepositoryName.parse(name).key: name for name in wanted}
    first, last = encode_day(start), encode_day(until)
    rows = connection.execute(
        "SELECT wanted.value, series.id, series.origin, spelling, full_name, "
        "first, days, stars, missing "
        "FROM json_each(?) AS wanted JOIN alias ON alias.key = wanted.value "
        "JOIN repository ON repository.id = alias.repository "
        "JOIN series ON series.repository = alias.repository "
        "JOIN span ON span.series = series.id "
        "WHERE origin IN (?, ?, ?) AND first <= ? AND first >= coalesce((SELECT max(earlier.first) "
        "FROM span AS earlier WHERE earlier.series = series.id AND earlier.first <= ?), ?) "
        "ORDER BY wanted.id, series.id, first",
        (json.dumps(list(names)), *COMPARABLE[origin], last, first, first),
    )
    timelines = {
        names[key]: _timeline(found, encode_day(day), last)
        for key, found in groupby(rows, itemgetter(0))
    }
    if origin is Provenance.GITHUB:
        for key, histories in load_star_histories(connection, names).items():
            cut = [history_since(each, start) for each in histories if each.last <= until]
            points = (
                point
                for each in cut
                for point in retained_points(each, 1 + len(each.days) // _MOST_RETAINED)
            )
            timelines[names[key]] = fill_gaps(timelines.get(names[key], ()), points)
    return timelines


@reading()
def load_history(connection: sqlite3.Connection, name: str) -> tuple[str, tuple[Point, ...]] | None:
    """The current name and the whole history of the repository that `name` leads to."""
    row = connection.execute(
        "SELECT repository, full_name, host FROM alias "
        "JOIN repository ON repository.id = alias.repository WHERE key = ?",
        (RepositoryName.parse(name).key,),
    ).fetchone()
    if row is None:
        return None
    repository, full_name, host = row
    found = connection.execute(
        "SELECT id, spelling, origin FROM series WHERE repository = ?", (repository,)
    ).fetchall()
    has_github = any(origin == Provenance.GITHUB for _, _, origin in found)
    wanted = COMPARABLE[Provenance.GITHUB if has_github else Provenance.DEPSDEV]
    series = [
        Series(
            Provenance(origin),
            _is_canonical(origin, spelling, full_name),
            tuple(
                Point(decode_day(day), stars, Provenance(origin).kind)
                for day, stars in to_figures(load_spans(connection, number)).items()
            ),
        )
        for number, spelling, origin in found
        if origin in wanted
    ]
    key = RepositoryName.parse(name).key
    told = load_star_histories(connection, [key]).get(key, ())
    retained = (point for each in told for point in retained_points(each))
    return RepositoryName(full_name, host).qualified, fill_gaps(join_series(series), retained)


@reading()
def load_readings(
    connection: sqlite3.Connection,
    wanted: Iterable[str],
    origin: Provenance,
    until: datetime,
) -> dict[str, Point]:
    """The last figure of each name at or before `until`, to the microsecond; such exact figures
    are only kept for some days."""
    names = {RepositoryName.parse(name).key: name for name in wanted}
    return {
        names[key]: Point(decode_time(at).date(), stars)
        for key, at, stars in connection.execute(
            "SELECT wanted.value, max(at), stars "
            "FROM json_each(?) AS wanted JOIN alias ON alias.key = wanted.value "
            "JOIN reading USING (repository) WHERE origin = ? AND at <= ? GROUP BY wanted.value",
            (json.dumps(list(names)), origin, encode_time(until)),
        )
    }


def _timeline(rows: Iterable[Sequence[Any]], day: int, until: int) -> tuple[Point, ...]:
    return join_series(
        [_series(list(found), day, until) for _, found in groupby(rows, itemgetter(1))]
    )


def _series(rows: Sequence[Sequence[Any]], day: int, until: int) -> Series:
    _, _, origin, spelling, full_name, *_ = rows[0]
    points: dict[int, int] = {}
    for *_, first, days, stars, missing in rows:
        span = Span(first, days, stars, missing or b"")
        for end in (first, min(day, until), until):
            seen = last_seen(span, end)
            if seen is not None:
                points[seen] = stars
    return Series(
        Provenance(origin),
        _is_canonical(origin, spelling, full_name),
        tuple(
            Point(decode_day(number), points[number], Provenance(origin).kind)
            for number in sorted(points)
        ),
    )


def _is_canonical(origin: int, spelling: str, full_name: str) -> bool:
    return Provenance(origin).is_numbered or spelling.casefold() == full_name.casefold()
