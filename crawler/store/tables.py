"""The temporary database of a workspace, and its tables."""

from __future__ import annotations

import sqlite3
import tempfile
from typing import Final

from crawler.store.schema import ROW_TABLES, run_script

CACHE_KIB: Final = 8192
"""Memory for pages; further pages go to a temporary file."""

PAGE_BYTES: Final = 65536
"""The largest size of SQLite. https://www.sqlite.org/pragma.html#pragma_page_size"""

TABLES: Final = """
CREATE TABLE entry (
    -- The entries of lists, in order.
    part INTEGER NOT NULL,
    place INTEGER NOT NULL,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (part, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
    -- Each different name, in the order of its first mention, and the answer about it.
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    -- The repository that it leads to: equal for two names of one repository.
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
    -- Why there are no figures, or only the last known ones.
    reason TEXT,
    message TEXT,
    is_settled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE listing (
    -- What a list, or all lists together, say about a name.
    part INTEGER NOT NULL,
    place INTEGER NOT NULL,
    name INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (part, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE growth (
    -- The growth of each row since an earlier time; failures have places below 0.
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    gained INTEGER,
    rate REAL,
    -- Whether they count from a day that is far from the requested one.
    distant INTEGER,
    value BLOB NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
"""


def connect(*, on_disk: bool) -> sqlite3.Connection:
    """Empty tables: in a temporary file if `on_disk` and there can be one, else in memory."""
    on_disk = on_disk and _can_spill()
    # With an empty name SQLite makes an unnamed file, which is deleted when it is closed.
    # https://www.sqlite.org/inmemorydb.html#temp_db
    connection = sqlite3.connect(
        "" if on_disk else ":memory:", isolation_level=None, check_same_thread=False
    )
    # Rows have about 700 bytes, and sorting reads them in random order.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if not on_disk:
        connection.execute("PRAGMA temp_store = MEMORY")
    run_script(connection, ROW_TABLES + TABLES)
    return connection


def _can_spill() -> bool:
    """Whether a temporary file can be created."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"\0")
    except OSError:
        return False
    return True
