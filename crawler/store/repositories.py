"""The stored data about repositories, by their names."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from crawler.model.values import Answer, Facts, Identity, Reason, Refusal, RepositoryName
from crawler.ranking.growth import Provenance, provenance_of
from crawler.store.bulk import insert_many
from crawler.store.damage import reading
from crawler.store.figures import Figures, to_facts, to_figures
from crawler.store.moments import DAY, decode_time, encode_time
from crawler.store.names import Names
from crawler.store.series import keep_days, keep_figures, series_of

SETTLED: Final = frozenset({Reason.NOT_FOUND, Reason.BLOCKED, Reason.FORBIDDEN})
"""Refusals that are stored: the others say nothing about the repository."""

READINGS_KEPT: Final = timedelta(days=3)
"""Comparisons over a day or more use whole days."""

ImportedFigure = tuple[int, str, int] | tuple[int, str, int, int | None]
"""Days since 1970-01-01, `RepositoryName.qualified`, stars, and the host's number or None."""

IMPORTED_AT_ONCE: Final = 100_000
"""Figures per transaction: enough to be quick, few enough to fit in memory."""

_COLUMNS: Final = ", ".join(f"facts.{column}" for column in Figures._fields)


class Known(NamedTuple):
    """The stored data about one name."""

    figures: Figures | None = None
    """The last known figures."""
    refusal: Refusal | None = None
    """The last refusal, if it came after the figures."""
    refused_at: datetime | None = None

    @property
    def facts(self) -> Facts | None:
        """The figures as facts."""
        return None if self.figures is None else to_facts(self.figures.value)


@reading()
def load_known(
    connection: sqlite3.Connection,
    names: Iterable[RepositoryName],
    origin: Provenance,
    viewer: str | None,
) -> dict[RepositoryName, Known]:
    """The stored data about each of `names`, however old; names without any are missing.

    A refusal counts only for the viewer that got it; None: every refusal counts.
    """
    wanted = {name.key: name for name in names}
    keys = json.dumps(list(wanted))
    found = {
        key: Figures._make(columns)
        for key, *columns in connection.execute(
            f"SELECT alias.key, {_COLUMNS} "
            "FROM json_each(?) AS wanted CROSS JOIN alias ON alias.key = wanted.value "
            "CROSS JOIN facts ON facts.repository = alias.repository AND facts.origin = ?",
            (keys, origin),
        )
    }
    gone = {
        key: (Refusal(Reason(reason), message), decode_time(asked_at))
        for key, reason, message, asked_at in connection.execute(
            "SELECT absence.key, reason, message, asked_at "
            "FROM json_each(?) AS wanted CROSS JOIN absence ON absence.key = wanted.value "
            "WHERE viewer = ? OR ? IS NULL",
            (keys, viewer, viewer),
        )
    }
    if origin is Provenance.DEPSDEV:
        # It does not report missing repositories or follow renames: an answer about one name says
        # nothing about another.
        gone = {}
        found = {key: figures for key, figures in found.items() if figures.key == key}
    return {
        name: Known(found.get(key), *gone.get(key, (None, None)))
        for key, name in wanted.items()
        if key in found or key in gone
    }


@reading()
def load_identities(
    connection: sqlite3.Connection, names: Iterable[RepositoryName]
) -> dict[str, Identity]:
    """The repositories that `names` led to, by `RepositoryName.key`; unknown names are missing."""
    return {
        key: Identity(host, number, RepositoryName(full_name, host).key, first)
        for key, host, number, full_name, first in connection.execute(
            "SELECT alias.key, host, number, full_name, coalesce(former, number) "
            "FROM json_each(?) AS wanted CROSS JOIN alias ON alias.key = wanted.value "
            "CROSS JOIN repository ON repository.id = alias.repository",
            (json.dumps([name.key for name in names]),),
        )
    }


def save_answers(
    connection: sqlite3.Connection,
    answers: Mapping[RepositoryName, Answer],
    now: datetime,
    viewer: str,
) -> None:
    """Store answers: figures with their history, and refusals.

    Private repositories and temporary refusals are not stored.
    """
    public: dict[Provenance, dict[str, Facts]] = {}
    for name, answer in answers.items():
        if isinstance(answer, Facts) and not answer.private:
            public.setdefault(provenance_of(answer.provider), {})[name.key] = answer
    for origin in sorted(public):
        _save_facts(connection, public[origin], origin)
    connection.executemany(
        "INSERT OR REPLACE INTO absence VALUES (?, ?, ?, ?, ?)",
        [
            (name.key, viewer, str(answer.reason), answer.message, encode_time(now))
            for name, answer in answers.items()
            if isinstance(answer, Refusal) and answer.reason in SETTLED
        ],
    )
    connection.execute("DELETE FROM reading WHERE at < ?", (encode_time(now - READINGS_KEPT),))


def _save_facts(
    connection: sqlite3.Connection, answers: Mapping[str, Facts], origin: Provenance
) -> None:
    """Keep figures of one origin by the keys of the requested names."""
    found = [(key, facts, to_figures(facts)) for key, facts in answers.items()]
    names = Names(
        connection,
        [each for key, _, figures in found for each in (key, figures.key)],
        [(each.host, each.number) for _, _, each in found if each.number is not None],
    )
    repositories = [
        names.find(facts.name, facts.id, (key, figures.key), figures.fetched_at // DAY)
        for key, facts, figures in found
    ]
    names.write()
    figures = {
        names.current(repository): each
        for repository, (_, _, each) in zip(repositories, found, strict=True)
    }
    insert_many(
        connection,
        "INSERT OR REPLACE INTO facts",
        [(repository, origin, *each) for repository, each in figures.items()],
    )
    insert_many(
        connection,
        "INSERT OR REPLACE INTO reading",
        [(repository, origin, each.fetched_at, each.stars) for repository, each in figures.items()],
    )
    keep_days(
        connection,
        origin,
        [
            (repository, each.full_name, each.fetched_at // DAY, each.stars)
            for repository, each in figures.items()
        ],
    )
    if origin is Provenance.GITHUB:  # other sources lag behind GitHub
        # Former names may still be gone: they are independent.
        connection.executemany(
            "DELETE FROM absence WHERE key = ?",
            [(each,) for key, _, figures in found for each in {key, figures.key}],
        )


def import_figures(
    connection: sqlite3.Connection, figures: Iterator[ImportedFigure], at_once: int
) -> bool:
    """Add the next `at_once` figures: day, name, stars and the repository's number or None; returns
    whether there were any.

    A name that is not in the store has no number until a crawl learns it.
    """
    found: dict[tuple[str, int | None], dict[int, int]] = {}
    for day, text, stars, *more in islice(figures, at_once):
        found.setdefault((text, more[0] if more else None), {})[day] = stars
    # Of several names with one number the newest is assumed to be the current one.
    ordered = sorted(found.items(), key=lambda each: -max(each[1]) if each[0][1] else 0)
    imported = [(RepositoryName.parse(text), number) for (text, number), _ in ordered]
    names = Names(
        connection,
        [name.key for name, _ in imported],
        [(name.host, number) for name, number in imported if number is not None],
    )
    repositories = [
        names.find(name, None, [name.key], None)
        if number is None
        else names.find_imported(name, number)
        for name, number in imported
    ]
    names.write()
    for (name, number), repository, (_, days) in zip(imported, repositories, ordered, strict=True):
        origin = Provenance.IMPORT if number is None else Provenance.NUMBERED_IMPORT
        series = series_of(connection, names.current(repository), name.full_name, origin)
        keep_figures(connection, series, days)
    return bool(found)
