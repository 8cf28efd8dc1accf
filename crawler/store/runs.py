"""The runs: the newest ranking of each scope whole, and what each run noticed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from crawler.results import Event, EventKind, Ranking
from crawler.store.damage import reading
from crawler.store.moments import decode_time, encode_time

Compare = Callable[[Ranking | None, Ranking], Sequence[Event]]
"""Tells what happened from one run to the next."""


def save_run(
    connection: sqlite3.Connection, scope: str, ranking: Ranking, compare: Compare
) -> None:
    """Keep a run, and what happened since the one before in the same scope.

    Of a scope only the newest ranking is kept whole.
    """
    events = compare(load_ranking(connection, scope), ranking)
    connection.execute("UPDATE run SET ranking = NULL WHERE scope = ?", (scope,))
    run = connection.execute(
        "INSERT INTO run (scope, at, ranking) VALUES (?, ?, ?)",
        (scope, encode_time(ranking.generated_at), encode_ranking(ranking)),
    ).lastrowid
    connection.executemany(
        "INSERT INTO event (run, kind, repository, number, detail) VALUES (?, ?, ?, ?, ?)",
        [(run, str(each.kind), each.repository, each.id, each.detail) for each in events],
    )


@reading()
def load_ranking(connection: sqlite3.Connection, scope: str | None) -> Ranking | None:
    """The ranking of the newest run of `scope`, or of all; without changes, history and events."""
    row = connection.execute(
        "SELECT ranking FROM run WHERE ranking IS NOT NULL AND (scope = ? OR ? IS NULL) "
        "ORDER BY at DESC, id DESC LIMIT 1",
        (scope, scope),
    ).fetchone()
    return decode_ranking(row[0]) if row else None


@reading()
def load_time(connection: sqlite3.Connection, scope: str, until: datetime) -> datetime | None:
    """When the last run of `scope` at or before `until` was."""
    (at,) = connection.execute(
        "SELECT max(at) FROM run WHERE scope = ? AND at <= ?", (scope, encode_time(until))
    ).fetchone()
    return None if at is None else decode_time(at)


@reading()
def load_events(
    connection: sqlite3.Connection, scope: str, after: datetime | None, limit: int
) -> tuple[Event, ...]:
    """What the runs of `scope` after that time noticed, newest first; at most `limit`."""
    return tuple(
        Event(EventKind(kind), decode_time(at), repository, number, detail)
        for kind, at, repository, number, detail in connection.execute(
            "SELECT kind, at, repository, number, detail FROM event "
            "JOIN run ON run.id = event.run WHERE scope = ? AND at > ? "
            "ORDER BY at DESC, event.id LIMIT ?",
            (scope, 0 if after is None else encode_time(after), limit),
        )
    )


def encode_ranking(ranking: Ranking) -> bytes:
    """The ranking as compressed JSON, without what is made anew from the rest of the store."""
    bare = replace(ranking, changes=None, history={}, events=())
    return zlib.compress(msgspec.json.encode(bare))


def decode_ranking(stored: bytes) -> Ranking:
    """What `encode_ranking` was given.

    Raises: msgspec.MsgspecError, zlib.error where it is none.
    """
    return msgspec.json.decode(zlib.decompress(stored), type=Ranking)
