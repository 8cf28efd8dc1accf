"""Explain errors of the store's file in sentences: what happened, and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from crawler.model.errors import StoreError
from crawler.model.text import printable

UNSHARED: Final = frozenset(
    {sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMLOCK}
)
"""Result codes of write-ahead logging if the file system does not support shared memory."""


def shown(path: Path) -> str:
    """The store's name in sentences."""
    return f"the store {printable(str(path))}"


def damaged(path: Path) -> StoreError:
    """The error for unreadable contents."""
    return StoreError(
        f"{shown(path)} is damaged, or no store at all: move it away, or name another with --store"
    )


def explained(path: Path, error: sqlite3.Error) -> StoreError:
    """The error with what the user has to know and can do."""
    name = shown(path)
    match kind_of(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"{name} is locked by another program: try again later")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_CONSTRAINT:
            return damaged(path)
        case sqlite3.SQLITE_FULL:
            return StoreError(f"{name} cannot grow: the disk is full")
        case sqlite3.SQLITE_READONLY:
            return StoreError(f"{name} cannot be written: it is read-only")
        case sqlite3.SQLITE_IOERR if code_of(error) in UNSHARED:
            return StoreError(
                f"{name} cannot be used: its file system shares no memory between "
                "processes; name another place with --store"
            )
        case sqlite3.SQLITE_IOERR:
            return StoreError(f"{name} cannot be used: the disk is full, or fails")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{name} cannot be opened: {error}")
    return StoreError(f"{name} cannot be used: {error}")


def kind_of(error: sqlite3.Error) -> int:
    """The primary result code: the low byte. https://www.sqlite.org/rescode.html"""
    return code_of(error) & 0xFF


def code_of(error: sqlite3.Error) -> int:
    """The extended result code."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code
