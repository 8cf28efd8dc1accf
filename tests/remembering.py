"""Runs of the command that share a store: what they asked, what they said, what they left."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from command import Command
from standin import TOKEN, StandIn

STORE = ("--store", "store.db")
JSON = (*STORE, "-f", "json")

LIST = 15
"""Names in `small/list`."""


def report(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON that a run printed."""
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its ranking by repository."""
    return {row["repository"]: row for row in document["ranking"]}


def reasons(document: dict[str, Any]) -> dict[str, str]:
    """Its failures in short."""
    return {each["repository"]: each["reason"] for each in document["failures"]}


def kinds(github: StandIn) -> dict[str, int]:
    """How many requests of each kind came since the log was emptied."""
    return dict(Counter(each.kind for each in github.log.exchanges))


def asked(github: StandIn) -> Counter[str]:
    """How often each repository was asked about, by query or REST, since the log was emptied."""
    return Counter(
        name for each in github.log.of("graphql", "repository", "depsdev") for name in each.names
    )


def store_of(command: Command) -> Path:
    """The store of `STORE`."""
    return command.cwd / "store.db"


def is_sound(path: Path) -> bool:
    """Whether plain SQLite finds nothing wrong with a file."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        return found == [("ok",)] and not connection.execute("PRAGMA foreign_key_check").fetchall()


def errors(run: subprocess.CompletedProcess[str]) -> list[str]:
    """The sentences of a run that tell of an error; nothing in it is a traceback or a token."""
    assert "Traceback" not in run.stderr
    assert TOKEN not in run.stdout + run.stderr
    return [line for line in run.stderr.splitlines() if line.startswith("error: ")]


def bytes_beside(path: Path) -> bytes:
    """All bytes of a store and of what SQLite keeps beside it."""
    return b"\0".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
