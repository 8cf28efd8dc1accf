"""Save and load the stars of repositories by day, as `crawler.ranking.spans`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from crawler.model.values import RepositoryName
from crawler.ranking.growth import Provenance
from crawler.ranking.spans import Span, merge, to_figures
from crawler.store.bulk import insert_many
from crawler.store.damage import reading


def series_of(
    connection: sqlite3.Connection, repository: int, spelling: str, origin: Provenance
) -> int:
    """The number of the series of a repository under one name from one origin; it is created if
    there is none."""
    row = connection.execute(
        "SELECT id FROM series WHERE repository = ? AND spelling = ? AND origin = ?",
        (repository, spelling, origin),
    ).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO series (repository, spelling, origin) VALUES (?, ?, ?) RETURNING id",
            (repository, spelling, origin),
        ).fetchone()
    series: int = row[0]
    return series


def keep_figures(connection: sqlite3.Connection, series: int, figures: Mapping[int, int]) -> None:
    """Add the stars of some days to a series; a new figure replaces one of the same day."""
    # Spans that can change: from the one before that of the first day to the one after the last.
    start, end = min(figures), max(figures)
    before = [
        _span(columns)
        for columns in connection.execute(
            "SELECT first, days, stars, missing FROM span WHERE series = ? AND first <= ? "
            "ORDER BY first DESC LIMIT 2",
            (series, start),
        )
    ][::-1]
    after = [
        _span(columns)
        for columns in connection.execute(
            "SELECT first, days, stars, missing FROM span WHERE series = ? AND first > ? "
            "AND first <= coalesce("
            "(SELECT min(first) FROM span WHERE series = ? AND first > ?), ?) ORDER BY first",
            (series, start, series, end, end),
        )
    ]
    old = [*before, *after]
    new = merge(old, figures)
    known = set(old)
    for span in known - set(new):
        connection.execute("DELETE FROM span WHERE series = ? AND first = ?", (series, span.first))
    connection.executemany(
        "INSERT INTO span VALUES (?, ?, ?, ?, ?)",
        [
            (series, span.first, span.days, span.stars, span.missing or None)
            for span in new
            if span not in known
        ],
    )


def keep_days(
    connection: sqlite3.Connection,
    origin: Provenance,
    figures: Sequence[tuple[int, str, int, int]],
) -> None:
    """Add figures of one origin: repository, the name that it had, day and stars."""
    ids = {
        (repository, spelling): series
        for series, repository, spelling in connection.execute(
            "SELECT series.id, repository, spelling FROM json_each(?) AS wanted "
            "CROSS JOIN series ON repository = wanted.value WHERE origin = ?",
            (json.dumps([repository for repository, *_ in figures]), origin),
        )
    }
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM series").fetchone()
    keys = ((repository, spelling) for repository, spelling, *_ in figures)
    new = {
        key: last + count
        for count, key in enumerate((key for key in keys if key not in ids), start=1)
    }
    insert_many(
        connection,
        "INSERT INTO series (id, repository, spelling, origin)",
        [(series, *key, origin) for key, series in new.items()],
    )
    ends = {
        series: _span(columns)
        for series, *columns in connection.execute(
            "SELECT series, first, days, stars, missing FROM json_each(?) AS wanted "
            "CROSS JOIN span ON series = wanted.value AND first = "
            "(SELECT max(first) FROM span WHERE series = wanted.value)",
            (json.dumps([*ids.values()]),),
        )
    }
    begun, grown = [], []
    for repository, spelling, day, stars in figures:
        key = repository, spelling
        series = new[key] if key in new else ids[key]
        end = ends.get(series)
        if end is None or (day > end.last and stars != end.stars):
            begun.append((series, day, 0, stars, None))
        elif day == end.last + 1:
            grown.append((day - end.first, series, end.first))
        elif day != end.last or stars != end.stars:
            keep_figures(connection, series, {day: stars})
    insert_many(connection, "INSERT INTO span", begun)
    connection.executemany("UPDATE span SET days = ? WHERE series = ? AND first = ?", grown)


def move_series(connection: sqlite3.Connection, lost: int, kept: int) -> None:
    """Give all series of one repository to another."""
    for series, spelling, origin in connection.execute(
        "SELECT id, spelling, origin FROM series WHERE repository = ?", (lost,)
    ).fetchall():
        twin = connection.execute(
            "SELECT id FROM series WHERE repository = ? AND spelling = ? AND origin = ?",
            (kept, spelling, origin),
        ).fetchone()
        if twin is None:
            connection.execute("UPDATE series SET repository = ? WHERE id = ?", (kept, series))
            continue
        figures = to_figures(load_spans(connection, series))
        known = to_figures(load_spans(connection, twin[0]))
        if rest := {day: stars for day, stars in figures.items() if day not in known}:
            keep_figures(connection, twin[0], rest)
        connection.execute("DELETE FROM span WHERE series = ?", (series,))
        connection.execute("DELETE FROM series WHERE id = ?", (series,))


@reading()
def load_spans(connection: sqlite3.Connection, series: int) -> list[Span]:
    """All spans of a series, oldest first."""
    return [
        _span(columns)
        for columns in connection.execute(
            "SELECT first, days, stars, missing FROM span WHERE series = ? ORDER BY first",
            (series,),
        )
    ]


def load_rows(connection: sqlite3.Connection) -> Iterator[tuple[int, str, int, int | None]]:
    """Every figure as (day, name, stars, number), in the order of names and days. The name is
    written as it was then; the number is None if neither a crawl nor a file gave it.

    An imported figure takes precedence over a crawled one, so that it is exported unchanged.
    """
    preference = {
        Provenance.DEPSDEV: 0,
        Provenance.GITHUB: 1,
        Provenance.NUMBERED_IMPORT: 2,
        Provenance.IMPORT: 3,
    }
    spellings = connection.execute(
        "SELECT spelling, host, repository.id, number, series.id, origin FROM series "
        "JOIN repository ON repository.id = series.repository "
        "ORDER BY spelling, host, repository.id, series.id"
    )
    for (spelling, host, _, number), found in groupby(spellings, key=itemgetter(0, 1, 2, 3)):
        name = RepositoryName(spelling, host).qualified
        figures: dict[int, tuple[int, int | None]] = {}
        every = [(Provenance(origin), series) for *_, series, origin in found]
        with reading():
            for origin, series in sorted(every, key=lambda each: preference[each[0]]):
                # A figure that was imported without a number may be of another repository.
                vouched = number if origin.is_numbered else None
                for day, stars in to_figures(load_spans(connection, series)).items():
                    figures[day] = stars, vouched
        for day in sorted(figures):
            yield day, name, *figures[day]


def _span(columns: tuple[int, int, int, bytes | None]) -> Span:
    first, days, stars, missing = columns
    return Span(first, days, stars, missing or b"")
