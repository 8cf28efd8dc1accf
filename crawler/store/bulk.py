"""Insert many rows at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Final

AT_ONCE: Final = 50
"""Rows for each step of SQLite: as many as an answer has. After each step the thread lets others
take their turn, and waits for its own."""


def insert_many(
    connection: sqlite3.Connection, insert: str, rows: Iterable[Sequence[object]]
) -> None:
    """Run `insert`, which ends before `VALUES`, for all of `rows`."""
    remaining = iter(rows)
    while chunk := [*islice(remaining, AT_ONCE)]:
        row = f"(?{', ?' * (len(chunk[0]) - 1)})"
        if len(chunk) < AT_ONCE:
            connection.executemany(f"{insert} VALUES {row}", chunk)
        else:
            several = ", ".join([row] * AT_ONCE)
            connection.execute(f"{insert} VALUES {several}", [*chain.from_iterable(chunk)])
