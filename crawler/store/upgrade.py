"""Convert the figures and runs of a store of version 1."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from crawler.model.rows import Failure, Row
from crawler.model.values import Facts, follows_repositories
from crawler.store.columns import failure_columns, row_columns
from crawler.store.damage import decompressed
from crawler.store.figures import to_figures
from crawler.store.moments import decode_time
from crawler.store.runs import Header, encode_header, insert_rows

MOST_BYTES: Final = 256 * 2**20
"""Largest run of version 1, decompressed; one of 100,000 repositories has 80 million bytes."""


def upgrade_facts(connection: sqlite3.Connection) -> None:
    """Convert the figures of repositories."""
    for repository, origin, *columns in connection.execute(
        "SELECT repository, origin, facts.full_name, host, number, url, stars, provider, "
        "fetched_at, forks, language, license, archived, fork, pushed_at, about "
        "FROM facts JOIN repository ON repository.id = facts.repository"
    ).fetchall():
        connection.execute(
            f"INSERT INTO facts_as_values VALUES ({', '.join('?' * 11)})",
            (repository, origin, *to_figures(_facts(columns))),
        )


def _facts(columns: Sequence[Any]) -> Facts:
    (name, host, number, url, stars, provider, fetched_at, forks, language, license) = columns[:10]
    (archived, fork, pushed_at, about) = columns[10:]
    follows = follows_repositories(provider)
    return Facts(
        full_name=name,
        host=host,
        url=url,
        stars=stars,
        provider=provider,
        fetched_at=decode_time(fetched_at),
        id=number if follows else None,
        forks=forks,
        language=language,
        license=license,
        archived=None if archived is None else bool(archived),
        fork=None if fork is None else bool(fork),
        pushed_at=None if pushed_at is None else decode_time(pushed_at),
        about=about,
    )


def upgrade_runs(connection: sqlite3.Connection, host: str) -> None:
    """Move the rows of runs into tables. All are of one host.

    In version 1, a run over several lists also contained the runs over each list, which become
    runs of their own.
    """
    for run, scope, origin, at, stored in connection.execute(
        "SELECT id, scope, origin, at, ranking FROM run WHERE ranking IS NOT NULL ORDER BY id"
    ).fetchall():
        try:
            ranking = msgspec.json.decode(decompressed(stored, MOST_BYTES))
            parts = [*zip(scope.split("\n"), ranking["parts"], strict=False)]
            _upgrade_run(connection, run, ranking, host)
            for position, (each, part) in enumerate(parts):
                number = _run_of_part(connection, each, origin, at)
                if not connection.execute(
                    "SELECT header IS NOT NULL FROM run WHERE id = ?", (number,)
                ).fetchone()[0]:
                    _upgrade_run(connection, number, part, host)
                connection.execute("INSERT INTO part VALUES (?, ?, ?)", (run, position, number))
        except (zlib.error, ValueError, TypeError, KeyError, AttributeError):
            continue  # a run that cannot be read is dropped


def _run_of_part(connection: sqlite3.Connection, scope: str, origin: int, at: int) -> int:
    """The number of the run over one list that belongs to a run over several."""
    found = (
        connection.execute(
            "SELECT id FROM run WHERE scope = ? AND origin = ? AND at = ?", (scope, origin, at)
        ).fetchone()
        or connection.execute(
            "INSERT INTO run (scope, origin, at) VALUES (?, ?, ?) RETURNING id", (scope, origin, at)
        ).fetchone()
    )
    number: int = found[0]
    return number


def _upgrade_run(
    connection: sqlite3.Connection, run: int, ranking: dict[str, Any], host: str
) -> None:
    rows = [msgspec.convert({**row, "host": host}, Row) for row in ranking["rows"]]
    failures = [msgspec.convert({**each, "host": host}, Failure) for each in ranking["failures"]]
    header = msgspec.convert(ranking, Header)
    insert_rows(
        connection,
        (row_columns(run, place, row) for place, row in enumerate(rows)),
        (failure_columns(run, place, each) for place, each in enumerate(failures)),
    )
    connection.execute("UPDATE run SET header = ? WHERE id = ?", (encode_header(header), run))
