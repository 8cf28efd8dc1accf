"""The database of a workspace: its tables, and the temporary file that it is."""

from __future__ import annotations

import sqlite3
import tempfile
from typing import Final

from crawler.store.schema import ROW_TABLES, run_script

CACHE_KIB: Final = 8192
"""Memory for pages; what is beyond it goes to a temporary file."""

PAGE_BYTES: Final = 65536
"""The most that SQLite knows; https://www.sqlite.org/pragma.html#pragma_page_size"""

TABLES: Final = """
CREATE TABLE entry (
    -- What lists name, place by place.
    part INTEGER NOT NULL,
    place INTEGER NOT NULL,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (part, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
    -- Each different name, in the order of its first mention, and what became of it.
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    -- Which repository it is, as far as the figures tell: of two with one identity both are one.
    identity TEXT,
    -- The figures of the answer, or the last known ones.
    canonical TEXT,
    canonical_key TEXT,
    number INTEGER,
    stars INTEGER,
    archived INTEGER,
    pushed_at INTEGER,
    fetched_at INTEGER,
    figures BLOB,
    private INTEGER NOT NULL DEFAULT 0,
    -- Why there are none, or why those are the last known ones.
    reason TEXT,
    message TEXT,
    is_settled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE listing (
    -- What a list, or all lists together, say of a name.
    part INTEGER NOT NULL,
    place INTEGER NOT NULL,
    name INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (part, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE growth (
    -- What came of the comparison with an earlier time; failures are of the places below 0.
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    gained INTEGER,
    rate REAL,
    -- Whether they count from another day than the one that was asked for.
    distant INTEGER,
    value BLOB NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
"""


def connect(*, on_disk: bool) -> sqlite3.Connection:
    """Empty tables in a temporary file, if `on_disk` and where there can be one, else in memory."""
    on_disk = on_disk and _can_spill()
    # Of an empty name: a file without one, which is gone when it is closed.
    # https://www.sqlite.org/inmemorydb.html#temp_db
    connection = sqlite3.connect(
        "" if on_disk else ":memory:", isolation_level=None, check_same_thread=False
    )
    # Rows are about 700 bytes, and are moved in the order of what they are sorted by.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if not on_disk:
        connection.execute("PRAGMA temp_store = MEMORY")
    run_script(connection, ROW_TABLES + TABLES)
    return connection


def _can_spill() -> bool:
    """Whether there can be a temporary file."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"\0")
    except OSError:
        return False
    return True
