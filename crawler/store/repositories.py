"""What is known of repositories, and under which names."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.ranking.growth import Origin, origin_of
from crawler.store.damage import reading
from crawler.store.moments import decode_time, encode_day, encode_time
from crawler.store.series import keep_figures, move_series, series_of

SETTLED: Final = frozenset({Reason.NOT_FOUND, Reason.BLOCKED, Reason.FORBIDDEN})
"""What is remembered of refusals: the rest says nothing about the repository."""

READINGS_KEPT: Final = timedelta(days=3)
"""Comparisons over a day or more go by days."""

IMPORTED_AT_ONCE: Final = 100_000
"""Figures that are one transaction: enough to be quick, few enough to fit the memory."""

_COLUMNS: Final = (
    "facts.full_name, url, stars, provider, fetched_at, forks, language, license, archived, fork, "
    "pushed_at, about"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of one name."""

    facts: Facts | None = None
    """The last figures."""
    refusal: Refusal | None = None
    """What was said of the name last, if that was none."""
    refused_at: datetime | None = None


@reading()
def load_known(
    connection: sqlite3.Connection,
    names: Iterable[RepositoryName],
    origin: Origin,
    viewer: str | None,
) -> dict[RepositoryName, Known]:
    """What is known of each of `names`, however old; a name of which nothing is known is absent.

    A refusal counts if `viewer` was told so; with None, whoever was.
    """
    wanted = {name.key: name for name in names}
    keys = json.dumps(list(wanted))
    found = {
        key: _facts(columns, origin)
        for key, *columns in connection.execute(
            f"SELECT alias.key, {_COLUMNS}, number, host "
            "FROM json_each(?) AS wanted JOIN alias ON alias.key = wanted.value "
            "JOIN facts USING (repository) JOIN repository ON repository.id = alias.repository "
            "WHERE origin = ?",
            (keys, origin),
        )
    }
    gone = {
        key: (Refusal(Reason(reason), message), decode_time(asked_at))
        for key, reason, message, asked_at in connection.execute(
            "SELECT absence.key, reason, message, asked_at "
            "FROM json_each(?) AS wanted JOIN absence ON absence.key = wanted.value "
            "WHERE viewer = ? OR ? IS NULL",
            (keys, viewer, viewer),
        )
    }
    if origin is Origin.DEPSDEV:
        # It does not tell what is gone, and follows no renames: what it says of one name, it does
        # not say of another.
        gone = {}
        found = {key: facts for key, facts in found.items() if facts.name.key == key}
    return {
        name: Known(found.get(key), *gone.get(key, (None, None)))
        for key, name in wanted.items()
        if key in found or key in gone
    }


def save_answers(
    connection: sqlite3.Connection,
    answers: Mapping[RepositoryName, Answer],
    now: datetime,
    viewer: str,
) -> None:
    """Keep what was answered: figures with their history, and refusals.

    A private repository is not kept, nor a refusal that may pass.
    """
    for name, answer in answers.items():
        match answer:
            case Facts(private=True):
                pass
            case Facts():
                _save_facts(connection, name, answer)
                if origin_of(answer.provider) is not Origin.GITHUB:
                    continue  # its figures lag behind what GitHub told
                # Its former names may be gone all the same: they are another matter.
                connection.executemany(
                    "DELETE FROM absence WHERE key = ?",
                    [(name.key,), (answer.name.key,)],
                )
            case Refusal(reason, message) if reason in SETTLED:
                connection.execute(
                    "INSERT OR REPLACE INTO absence VALUES (?, ?, ?, ?, ?)",
                    (name.key, viewer, str(reason), message, encode_time(now)),
                )
    connection.execute("DELETE FROM reading WHERE at < ?", (encode_time(now - READINGS_KEPT),))


def _save_facts(connection: sqlite3.Connection, name: RepositoryName, facts: Facts) -> None:
    origin = origin_of(facts.provider)
    keys = [name.key, facts.name.key]
    day = encode_day(facts.fetched_at.date())
    if facts.id is None:
        repository = find_or_add(connection, facts.name, keys)
    else:
        repository = _identify(connection, facts.id, facts.name, keys)
    connection.executemany(
        "UPDATE alias SET first_seen = min(coalesce(first_seen, ?), ?), "
        "last_seen = max(coalesce(last_seen, ?), ?) WHERE key = ?",
        [(day, day, day, day, key) for key in keys],
    )
    at = encode_time(facts.fetched_at)
    connection.execute(
        "INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            repository,
            origin,
            facts.full_name,
            facts.url,
            facts.stars,
            str(facts.provider),
            at,
            facts.forks,
            facts.language,
            facts.license,
            facts.archived,
            facts.fork,
            None if facts.pushed_at is None else encode_time(facts.pushed_at),
            facts.about,
        ),
    )
    connection.execute(
        "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)", (repository, origin, at, facts.stars)
    )
    series = series_of(connection, repository, facts.full_name, origin)
    keep_figures(connection, series, {day: facts.stars})


def find_or_add(connection: sqlite3.Connection, name: RepositoryName, keys: Sequence[str]) -> int:
    """The repository that one of `keys` leads to; a new one without a number where none does."""
    for key in keys:
        found = _repository_at(connection, key)
        if found is not None:
            repository = found
            break
    else:
        repository = _add(connection, None, name)
    connection.executemany(
        "INSERT OR IGNORE INTO alias (key, repository) VALUES (?, ?)",
        [(key, repository) for key in keys],
    )
    return repository


def import_figures(
    connection: sqlite3.Connection, figures: Iterator[tuple[int, str, int]], at_once: int
) -> bool:
    """Add the next `at_once` of (day, name, stars); whether there were any.

    A name that the store does not know stands without a number until a crawl learns it.
    """
    by_name: dict[str, dict[int, int]] = {}
    for day, name, stars in islice(figures, at_once):
        by_name.setdefault(name, {})[day] = stars
    for text, found in by_name.items():
        imported = RepositoryName.parse(text)
        repository = find_or_add(connection, imported, [imported.key])
        series = series_of(connection, repository, imported.full_name, Origin.IMPORT)
        keep_figures(connection, series, found)
    return bool(by_name)


def _identify(
    connection: sqlite3.Connection, number: int, name: RepositoryName, keys: Sequence[str]
) -> int:
    """The repository of that number, which all of `keys` lead to from now on.

    What stood under those names without a number is joined to it. A repository of another number
    keeps its past, but not the name.
    """
    row = connection.execute(
        "SELECT id FROM repository WHERE host = ? AND number = ?", (name.host, number)
    ).fetchone()
    repository: int | None = row[0] if row else None
    for key in keys:
        holder = _repository_at(connection, key)
        if holder is None or holder == repository or _number_of(connection, holder) is not None:
            continue
        if repository is None:
            repository = holder
            connection.execute("UPDATE repository SET number = ? WHERE id = ?", (number, holder))
        else:
            _join(connection, holder, repository)
    if repository is None:
        repository = _add(connection, number, name)
    # A name that another repository had was first seen to lead to this one now.
    connection.executemany(
        "INSERT INTO alias (key, repository) VALUES (?, ?) ON CONFLICT DO UPDATE "
        "SET repository = excluded.repository, first_seen = NULL, last_seen = NULL "
        "WHERE repository <> excluded.repository",
        [(key, repository) for key in keys],
    )
    connection.execute(
        "UPDATE repository SET full_name = ? WHERE id = ? AND full_name <> ?",
        (name.full_name, repository, name.full_name),
    )
    return repository


def _join(connection: sqlite3.Connection, lost: int, kept: int) -> None:
    """Make two repositories one."""
    move_series(connection, lost, kept)
    for table in ("facts", "reading"):
        # What both have, stays that of the one that is kept.
        connection.execute(
            f"UPDATE OR IGNORE {table} SET repository = ? WHERE repository = ?", (kept, lost)
        )
        connection.execute(f"DELETE FROM {table} WHERE repository = ?", (lost,))
    connection.execute("UPDATE alias SET repository = ? WHERE repository = ?", (kept, lost))
    connection.execute("DELETE FROM repository WHERE id = ?", (lost,))


def _repository_at(connection: sqlite3.Connection, key: str) -> int | None:
    row = connection.execute("SELECT repository FROM alias WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


@reading()
def _number_of(connection: sqlite3.Connection, repository: int) -> int | None:
    row = connection.execute("SELECT number FROM repository WHERE id = ?", (repository,)).fetchone()
    number: int | None = row[0]
    return number


def _add(connection: sqlite3.Connection, number: int | None, name: RepositoryName) -> int:
    cursor = connection.execute(
        "INSERT INTO repository (host, number, full_name) VALUES (?, ?, ?)",
        (name.host, number, name.full_name),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _facts(columns: Sequence[Any], origin: Origin) -> Facts:
    (name, url, stars, provider, fetched_at, forks, language, license) = columns[:8]
    (archived, fork, pushed_at, about, number, host) = columns[8:]
    return Facts(
        full_name=name,
        host=host,
        url=url,
        stars=stars,
        provider=Provider(provider),
        fetched_at=decode_time(fetched_at),
        # deps.dev does not tell it, whoever else did.
        id=number if origin is Origin.GITHUB else None,
        forks=forks,
        language=language,
        license=license,
        archived=None if archived is None else bool(archived),
        fork=None if fork is None else bool(fork),
        pushed_at=None if pushed_at is None else decode_time(pushed_at),
        about=about,
    )
