"""The steps from one version of the store to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from crawler.store.schema import FIRST, FORMER, HOSTS, RETAINED, ROW_TABLES, SHARED, run_script
from crawler.store.upgrade import upgrade_facts, upgrade_runs

Step = str | Callable[[sqlite3.Connection], None]
"""A script, or a function that changes the tables; runs inside a transaction."""


def _tell_hosts_apart(connection: sqlite3.Connection) -> None:
    (server,) = connection.execute("SELECT server FROM identity").fetchone() or (None,)
    run_script(connection, HOSTS + ROW_TABLES)
    upgrade_facts(connection)
    upgrade_runs(connection, server or "github.com")
    connection.execute("DROP TABLE facts")
    connection.execute("ALTER TABLE facts_as_values RENAME TO facts")
    connection.execute("ALTER TABLE run DROP COLUMN ranking")


MIGRATIONS: Final[tuple[Step, ...]] = (FIRST, _tell_hosts_apart, RETAINED, SHARED, FORMER)
"""Step n leads from version n to version n + 1; an empty file has version 0."""
