"""What older versions wrote in a form of their own, brought into that of today."""

from __future__ import annotations

import sqlite3
import zlib
from typing import Any

import msgspec

from crawler.store.damage import decompressed


def add_hosts(connection: sqlite3.Connection, host: str) -> None:
    """Say in the runs of version 1 whose repositories theirs are: all are of one host."""
    for run, stored in connection.execute(
        "SELECT id, ranking FROM run WHERE ranking IS NOT NULL"
    ).fetchall():
        try:
            ranking = msgspec.json.decode(decompressed(stored))
            _add_host(ranking, host)
        except (zlib.error, ValueError, TypeError, KeyError):
            continue  # what cannot be read stays so, and is not compared with
        connection.execute(
            "UPDATE run SET ranking = ? WHERE id = ?",
            (zlib.compress(msgspec.json.encode(ranking)), run),
        )


def _add_host(ranking: dict[str, Any], host: str) -> None:
    for each in [*ranking["rows"], *ranking["failures"]]:
        each["host"] = host
    for part in ranking["parts"]:
        _add_host(part, host)
