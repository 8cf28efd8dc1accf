"""The stored runs: the rows of the newest of each scope, and the events of each run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import starmap, zip_longest
from operator import eq
from typing import Any

import msgspec

from crawler.model.frozen import frozen
from crawler.model.results import Event, Ranking, Sums, Usage
from crawler.model.rows import EventKind
from crawler.model.values import Source
from crawler.ranking.changes import Seen, Snapshot, compare
from crawler.ranking.growth import Provenance, provenance_of
from crawler.store.damage import Damaged, reading
from crawler.store.figures import decode_content
from crawler.store.moments import decode_time, encode_time
from crawler.store.rows import SEEN, StoredRun, to_seen
from crawler.store.workspace import READS, WRITES, Workspace


@frozen
class Header:
    """The data of a run apart from its rows."""

    sources: tuple[Source, ...]
    sums: Sums
    usage: Usage
    provider: str
    generated_at: datetime
    sections: tuple[tuple[str, ...], ...]
    rechecked: int = 0
    """How many rows are from their own hosts, if the provider is not."""


def save_run(
    connection: sqlite3.Connection,
    scope: str,
    header: Header,
    made: StoredRun,
    *,
    is_lasting: bool,
    parts: Sequence[int] = (),
) -> int:
    """Store a run, and the events since the previous run of its scope unless the next one is over
    other lists; returns its number.

    Runs with figures of another origin are not compared. Only the newest rows of a scope and origin
    are kept, and those of the `parts` of a kept run. A run with the same rows as the previous one,
    such as a rerun without any requests, shares them.
    """
    origin = provenance_of(header.provider)
    events: Sequence[Event] = ()
    before = _newest(connection, scope, origin) if is_lasting else None
    is_same = before is not None and _has_rows_of(connection, before, made)
    if before is not None and not is_same:
        try:
            events = compare(
                _seen_in(connection, before),
                made.seen,
                header.generated_at,
                lists_of=lists_of,
            )
            events = [_taken_over(connection, scope, origin, each) for each in events]
        except Damaged:  # an unreadable run is not compared
            events = ()
    run = connection.execute(
        "INSERT INTO run (scope, origin, at, header, same_as) VALUES (?, ?, ?, ?, ?)",
        (
            scope,
            origin,
            encode_time(header.generated_at),
            encode_header(header),
            before if is_same else None,
        ),
    ).lastrowid
    assert run is not None
    if not is_same:
        insert_rows(connection, *made.columns(run))
    connection.executemany(
        "INSERT INTO part VALUES (?, ?, ?)",
        [(run, position, part) for position, part in enumerate(parts)],
    )
    connection.executemany(
        "INSERT INTO event (run, kind, repository, host, number, detail) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (run, str(each.kind), each.repository, each.host, each.id, each.detail)
            for each in events
        ],
    )
    _drop_old(connection)
    return run


def _taken_over(
    connection: sqlite3.Connection, scope: str, origin: Provenance, event: Event
) -> Event:
    """The events of a run; if a name that was gone is back with another number, also that another
    repository has it now."""
    if event.kind is not EventKind.BACK or event.id is None:
        return event
    found = connection.execute(
        "SELECT event.number FROM event JOIN run ON run.id = event.run "
        "WHERE scope = ? AND origin = ? AND kind = ? AND host = ? "
        "AND lower(repository) = lower(?) ORDER BY event.id DESC LIMIT 1",
        (scope, origin, str(EventKind.GONE), event.host, event.repository),
    ).fetchone()
    if found is None or found[0] in (None, event.id):
        return event
    return replace(event, kind=EventKind.REPLACED, detail=str(found[0]))


def insert_rows(
    connection: sqlite3.Connection,
    rows: Iterator[Sequence[object]],
    failures: Iterator[Sequence[object]],
) -> None:
    """Insert columns of rows and failures."""
    for write, found in zip(WRITES, (rows, failures), strict=True):
        connection.executemany(write, found)


def encode_header(header: Header) -> bytes:
    """A header as JSON."""
    return msgspec.json.encode(header)


def lists_of(content: bytes) -> tuple[str, ...]:
    """The names of the lists that name a repository."""
    return decode_content(content).sources


def _newest(connection: sqlite3.Connection, scope: str, origin: Provenance) -> int | None:
    """The number of the rows of the newest run."""
    row = connection.execute(
        "SELECT coalesce(same_as, id) FROM run WHERE scope = ? AND origin = ? AND header NOTNULL "
        "ORDER BY at DESC, id DESC LIMIT 1",
        (scope, origin),
    ).fetchone()
    return row[0] if row else None


def _has_rows_of(connection: sqlite3.Connection, run: int, made: StoredRun) -> bool:
    """Whether the rows and failures of a run are the same as the new ones."""
    return all(
        all(starmap(eq, zip_longest(*tables)))
        for tables in zip(_columns_of(connection, run, run), made.columns(run), strict=True)
    )


def _columns_of(connection: sqlite3.Connection, run: int, number: int) -> Iterator[Iterator[Any]]:
    """As `StoredRun.columns` for a stored run."""
    return (connection.execute(query, (number, run)) for query in READS)


def _drop_old(connection: sqlite3.Connection) -> None:
    """Delete the rows of runs that are neither the newest of their scope nor part of one."""
    old = connection.execute(
        "WITH kept AS (SELECT id, coalesce(same_as, id) AS rows, row_number() OVER ("
        "PARTITION BY scope, origin ORDER BY at DESC, id DESC) = 1 AS is_newest "
        "FROM run WHERE header NOTNULL) "
        "SELECT id, rows FROM kept WHERE NOT is_newest AND id NOT IN "
        "(SELECT part.run FROM part JOIN kept ON kept.id = part.whole WHERE is_newest)"
    ).fetchall()
    for run, _ in old:
        connection.execute("DELETE FROM part WHERE whole = ?", (run,))
        connection.execute("UPDATE run SET header = NULL WHERE id = ?", (run,))
    needed = {
        rows
        for (rows,) in connection.execute(
            "SELECT coalesce(same_as, id) FROM run WHERE header NOTNULL"
        )
    }
    for rows in {rows for _, rows in old} - needed:
        for table in ("ranked", "failed"):
            connection.execute(f"DELETE FROM {table} WHERE run = ?", (rows,))


def _seen_in(connection: sqlite3.Connection, run: int) -> Snapshot:
    def seen() -> Iterator[Seen]:
        with reading():
            yield from map(to_seen, connection.execute(SEEN, (run,)))

    return seen


@reading()
def load_run(
    connection: sqlite3.Connection,
    scope: str | None,
    origin: Provenance | None,
    workspace: Workspace,
) -> list[tuple[str, Ranking]]:
    """The newest run, of `scope` and with figures of `origin` unless they are None, and its parts:
    scopes and rankings, whose rows go to the workspace, without changes, history and events."""
    found = connection.execute(
        "SELECT id, coalesce(same_as, id), scope, header FROM run WHERE header NOTNULL "
        "AND (scope = ? OR ? IS NULL) AND (origin = ? OR ? IS NULL) "
        "ORDER BY at DESC, id DESC LIMIT 1",
        (scope, scope, origin, origin),
    ).fetchall()
    found += connection.execute(
        "SELECT run.id, coalesce(same_as, run.id), scope, header "
        "FROM part JOIN run ON run.id = part.run WHERE whole = ? ORDER BY position",
        (found[0][0] if found else None,),
    ).fetchall()
    return [
        (scope, _load(connection, workspace, number, rows, header))
        for number, (_, rows, scope, header) in enumerate(found)
    ]


def _load(
    connection: sqlite3.Connection, workspace: Workspace, number: int, run: int, stored: bytes
) -> Ranking:
    header = msgspec.json.decode(stored, type=Header)
    workspace.put_rows(*_columns_of(connection, run, number))
    return ranking_of(header, StoredRun(workspace, number, header.generated_at))


def ranking_of(header: Header, made: StoredRun) -> Ranking:
    """The ranking of a run."""
    return Ranking(
        sources=header.sources,
        rows=made.rows,
        failures=made.failures,
        sums=header.sums,
        usage=header.usage,
        provider=header.provider,
        generated_at=header.generated_at,
        sections=header.sections,
        rechecked=header.rechecked,
    )


@reading()
def load_time(
    connection: sqlite3.Connection, scope: str, origin: Provenance, until: datetime
) -> datetime | None:
    """The time of the last run of `scope` with figures of `origin` at or before `until`."""
    (at,) = connection.execute(
        "SELECT max(at) FROM run WHERE scope = ? AND origin = ? AND at <= ?",
        (scope, origin, encode_time(until)),
    ).fetchone()
    return None if at is None else decode_time(at)


@reading()
def load_events(
    connection: sqlite3.Connection,
    scope: str,
    origin: Provenance,
    *,
    after: datetime | None,
    until: datetime,
    limit: int,
) -> tuple[Event, ...]:
    """The events of runs of `scope` and `origin` after one time and up to another, newest first; at
    most `limit`, unless that is negative."""
    return tuple(
        Event(EventKind(kind), decode_time(at), repository, host, number, detail)
        for kind, at, repository, host, number, detail in connection.execute(
            "SELECT kind, at, repository, host, number, detail FROM event "
            "JOIN run ON run.id = event.run "
            "WHERE scope = ? AND origin = ? AND at > ? AND at <= ? "
            "ORDER BY at DESC, event.id LIMIT ?",
            (
                scope,
                origin,
                0 if after is None else encode_time(after),
                encode_time(until),
                limit,
            ),
        )
    )
