"""How the stars of repositories developed, as far as a comparison needs to know."""

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
"""The undated figures of deps.dev lag behind GitHub's: a difference of the two is no gain. What
was imported was brought in to be compared with."""

_MOST_RETAINED: Final = 100
"""Points of a star history in a timeline for reports, whose lines tell no more apart."""


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
    """For each of `wanted` its stars from the last figure at or before `start` on, oldest first:
    observed and imported ones, and where there are none for long, what star histories tell.

    None: for every repository, by its name of today. Of days with the same figure only the first
    and the last are there, and the last up to `day`; nothing is later than `until`. Names of which
    nothing is known are absent.
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
    """The name of today and the whole history of the repository that `name` leads to."""
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
    """For each name the last figure at or before that second, where it is young enough to be
    known so exactly."""
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
