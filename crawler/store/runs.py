"""The runs: the newest ranking of each scope whole, and what each run noticed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from crawler.model.results import Event, EventKind, Ranking
from crawler.ranking.growth import Origin, origin_of
from crawler.store.damage import Damaged, decompressed, reading
from crawler.store.moments import decode_time, encode_time

Compare = Callable[[Ranking | None, Ranking], Sequence[Event]]
"""Tells what happened from one run to the next."""


def save_run(
    connection: sqlite3.Connection, scope: str, ranking: Ranking, compare: Compare
) -> None:
    """Keep a run, and what happened since the one before in the same scope.

    Runs with figures of another origin are not compared with. Of a scope and origin only the
    newest ranking is kept whole.
    """
    origin = origin_of(ranking.provider)
    try:
        before = load_run(connection, scope, origin)
    except Damaged:  # of another version, perhaps: what cannot be read is not compared with
        before = None
    events = compare(before and before[1], ranking)
    connection.execute(
        "UPDATE run SET ranking = NULL WHERE scope = ? AND origin = ?", (scope, origin)
    )
    run = connection.execute(
        "INSERT INTO run (scope, origin, at, ranking) VALUES (?, ?, ?, ?)",
        (scope, origin, encode_time(ranking.generated_at), encode_ranking(ranking)),
    ).lastrowid
    connection.executemany(
        "INSERT INTO event (run, kind, repository, host, number, detail) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (run, str(each.kind), each.repository, each.host, each.id, each.detail)
            for each in events
        ],
    )


@reading()
def load_run(
    connection: sqlite3.Connection, scope: str | None, origin: Origin | None
) -> tuple[str, Ranking] | None:
    """The scope and ranking of the newest run, of `scope` and with figures of `origin` unless
    they are None; without changes, history and events."""
    row = connection.execute(
        "SELECT scope, ranking FROM run WHERE ranking IS NOT NULL "
        "AND (scope = ? OR ? IS NULL) AND (origin = ? OR ? IS NULL) "
        "ORDER BY at DESC, id DESC LIMIT 1",
        (scope, scope, origin, origin),
    ).fetchone()
    return (row[0], decode_ranking(row[1])) if row else None


@reading()
def load_time(
    connection: sqlite3.Connection, scope: str, origin: Origin, until: datetime
) -> datetime | None:
    """When the last run of `scope` with figures of `origin` at or before `until` was."""
    (at,) = connection.execute(
        "SELECT max(at) FROM run WHERE scope = ? AND origin = ? AND at <= ?",
        (scope, origin, encode_time(until)),
    ).fetchone()
    return None if at is None else decode_time(at)


@reading()
def load_events(
    connection: sqlite3.Connection,
    scope: str,
    origin: Origin,
    *,
    after: datetime | None,
    until: datetime,
    limit: int,
) -> tuple[Event, ...]:
    """What the runs of `scope` and `origin` noticed after one time and up to another, newest
    first; at most `limit`, if that is not negative."""
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


def encode_ranking(ranking: Ranking) -> bytes:
    """The ranking as compressed JSON, without what is made anew from the rest of the store."""
    return zlib.compress(msgspec.json.encode(_bare(ranking)))


def _bare(ranking: Ranking) -> Ranking:
    parts = tuple(map(_bare, ranking.parts))
    return replace(ranking, changes=None, history={}, parts=parts, events=())


def decode_ranking(stored: bytes) -> Ranking:
    """What `encode_ranking` was given.

    Raises: msgspec.MsgspecError, zlib.error where it is none.
    """
    return _immutable(msgspec.json.decode(decompressed(stored), type=Ranking))


def _immutable(ranking: Ranking) -> Ranking:
    """The ranking with tuples where msgspec makes lists of sequences."""
    return replace(
        ranking,
        rows=tuple(ranking.rows),
        failures=tuple(ranking.failures),
        parts=tuple(map(_immutable, ranking.parts)),
    )
