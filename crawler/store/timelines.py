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
from crawler.ranking.growth import Provenance, Series, join_series
from crawler.ranking.spans import Span, last_seen, to_figures
from crawler.store.damage import reading
from crawler.store.moments import decode_day, decode_time, encode_day, encode_time
from crawler.store.series import load_spans

COMPARABLE: Final = {
    Provenance.GITHUB: (Provenance.GITHUB, Provenance.IMPORT),
    Provenance.DEPSDEV: (Provenance.DEPSDEV, Provenance.IMPORT),
}
"""The undated figures of deps.dev lag behind GitHub's: a difference of the two is no gain. What
was imported was brought in to be compared with."""


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
    """For each of `wanted` its stars from the last figure at or before `start` on, oldest first.

    None: for every repository, by its name of today. Of days with the same figure only the first
    and the last are there, and the last up to `day`; nothing is later than `until`. Names of which
    nothing is known are absent.
    """
    if wanted is None:
        every = connection.execute("SELECT full_name, host FROM repository")
        wanted = [RepositoryName(*columns).qualified for columns in every]
    names = {RepositoryName.parse(name).key: name for name in wanted}
    github, *others = COMPARABLE[origin]
    first, last = encode_day(start), encode_day(until)
    rows = connection.execute(
        "SELECT wanted.value, series.id, series.origin, spelling, full_name, "
        "first, days, stars, missing "
        "FROM json_each(?) AS wanted JOIN alias ON alias.key = wanted.value "
        "JOIN repository ON repository.id = alias.repository "
        "JOIN series ON series.repository = alias.repository "
        "JOIN span ON span.series = series.id "
        "WHERE origin IN (?, ?) AND first <= ? AND first >= coalesce((SELECT max(earlier.first) "
        "FROM span AS earlier WHERE earlier.series = series.id AND earlier.first <= ?), ?) "
        "ORDER BY wanted.id, series.id, first",
        (json.dumps(list(names)), github, *others, last, first, first),
    )
    return {
        names[key]: _timeline(found, encode_day(day), last)
        for key, found in groupby(rows, itemgetter(0))
    }


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
                Point(decode_day(day), stars)
                for day, stars in to_figures(load_spans(connection, number)).items()
            ),
        )
        for number, spelling, origin in found
        if origin in wanted
    ]
    return RepositoryName(full_name, host).qualified, join_series(series)


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
        tuple(Point(decode_day(number), points[number]) for number in sorted(points)),
    )


def _is_canonical(origin: int, spelling: str, full_name: str) -> bool:
    return origin == Provenance.GITHUB or spelling.casefold() == full_name.casefold()
