"""Inserting many rows at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from crawler.store.bulk import AT_ONCE, insert_many


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE])
def test_every_row_is_inserted_once(count: int) -> None:
    """However many there are."""
    rows = [(number, f"name {number}", None) for number in range(count)]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE found (id INTEGER PRIMARY KEY, name TEXT, more BLOB)")
        for _ in range(2):
            insert_many(connection, "INSERT OR REPLACE INTO found", iter(rows))
        assert connection.execute("SELECT * FROM found ORDER BY id").fetchall() == rows
