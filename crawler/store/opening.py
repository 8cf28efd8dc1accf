"""Create, check, upgrade and open the file of a store."""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from crawler.model.errors import StoreError
from crawler.store.errors import UNSHARED, code_of, kind_of, shown
from crawler.store.migrations import Step
from crawler.store.schema import APPLICATION_ID, run_script

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first version with STRICT tables. https://www.sqlite.org/stricttables.html"""

_UNWRITABLE: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)
"""Result codes for a file, or its companion files, that cannot be written."""

CACHE_KIB: Final = 16384
"""Page cache: a run over a long list writes to a dozen trees at once."""

PAGES_AHEAD: Final = 4000
"""Pages of the write-ahead log after which they are copied into the file; of a page written more
than once only the last version. https://www.sqlite.org/wal.html#ckpt"""

LONGEST_VALUE: Final = 128 * 2**20
"""Bytes of one value; the largest, the runs of version 1, are smaller."""

STEPS_BETWEEN_LOOKS: Final = 100_000
"""Steps of SQLite's virtual machine, some milliseconds, between checks whether to continue."""

_FOREIGN: Final = (
    "SELECT count(*) FROM sqlite_schema "
    "WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
)
"""Schema objects that could make a query endless: no store has any."""


class Opener:
    """Opens the file of a store, or refuses one that is not a store."""

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Step],
        lock_patience: float,
        is_given_up: Callable[[], bool],
    ) -> None:
        """`is_given_up` is checked during long queries, and ends them."""
        self.path = path
        self._migrations = migrations
        self._lock_patience = lock_patience
        self._is_given_up = is_given_up
        self._can_share = True

    def open(self) -> sqlite3.Connection:
        """A connection to the file, which is created if it is missing.

        Raises: StoreError, sqlite3.Error, OSError, ValueError.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(
                f"the store needs SQLite 3.37 or later, and this Python has "
                f"{sqlite3.sqlite_version}: --no-store does without"
            )
        if not self.path.exists():
            _create(self.path)
        if not self.path.is_file():
            raise StoreError(f"{shown(self.path)} cannot be opened: it is not a file")
        try:
            try:
                return self._open_checked()
            except sqlite3.OperationalError as error:
                if code_of(error) not in UNSHARED:
                    raise
                self._leave_write_ahead()
                return self._open_checked()
        except sqlite3.OperationalError as error:
            if kind_of(error) not in _UNWRITABLE or self._has("-journal"):
                raise
            # A read-only store can still be read.
            connection = self._attach("mode=ro" if self._has("-wal") else "mode=ro&immutable=1")
            self._check(connection)
            if not _is_ours(connection) or _version(connection) != len(self._migrations):
                connection.close()
                raise
            return connection

    def _open_checked(self) -> sqlite3.Connection:
        if not self._has("-journal"):
            # First read-only: closing the last connection to another program's database would
            # change its files. Only a writing connection can recover what a killed process left
            # half-way.
            with contextlib.closing(self._attach("mode=ro")) as connection:
                connection.execute("BEGIN")  # one snapshot for all checks
                self._check(connection)
        connection = self._attach("mode=rw")
        try:
            # A step may recreate a table that others refer to:
            # https://www.sqlite.org/lang_altertable.html#otheralter
            connection.execute("PRAGMA foreign_keys = OFF")
            self._migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            self._write_ahead(connection)
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_AHEAD}")
        except BaseException:  # also an interrupt: nobody else would close it
            connection.close()
            raise
        return connection

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Use write-ahead logging, so that readers and a writer do not wait for each other.
        https://www.sqlite.org/wal.html"""
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal" and self._can_share and _can_share(self.path.parent):
            # The mode is stored in the file, and changing it needs exclusive access: the first
            # process that is alone does it.
            try:
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                # The shared memory is not used before the first read.
                connection.execute("PRAGMA application_id")
            except sqlite3.OperationalError as error:
                if kind_of(error) != sqlite3.SQLITE_BUSY:
                    raise
        if mode == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")  # as safe as FULL with this journal

    def _leave_write_ahead(self) -> None:
        """Switch the file to a rollback journal if its file system does not support shared memory,
        as those of containers and networks often do not.
        https://www.sqlite.org/wal.html#noshm"""
        self._can_share = False
        with contextlib.closing(self._attach("mode=ro&immutable=1")) as connection:
            self._check(connection)
        with contextlib.closing(self._attach("mode=rw")) as connection:
            # With exclusive access no shared memory is needed.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")

    def _attach(self, options: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{options}",
            uri=True,
            timeout=self._lock_patience,
            isolation_level=None,
        )
        # A stranger may have written the file. https://www.sqlite.org/security.html
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.set_progress_handler(self._is_given_up, STEPS_BETWEEN_LOOKS)
        return connection

    def _has(self, suffix: str) -> bool:
        """Whether a companion of the file contains recent or current writes."""
        companion = self.path.with_name(f"{self.path.name}{suffix}")
        return companion.exists() and companion.stat().st_size > 0

    def _check(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that is not a store of this version or an earlier one."""
        version = _version(connection)
        if _is_ours(connection):
            if version > len(self._migrations):
                raise StoreError(
                    f"{shown(self.path)} was written by a newer version of the star crawler (its "
                    f"format is {version}, this one knows up to {len(self._migrations)}): update, "
                    "or name another with --store"
                )
            if connection.execute(_FOREIGN).fetchone()[0]:
                raise StoreError(
                    f"{shown(self.path)} holds views, triggers or tables that no store has, so it "
                    "is not used: move it away, or name another with --store"
                )
            return
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if tables or version or connection.execute("PRAGMA application_id").fetchone()[0]:
            raise StoreError(f"{shown(self.path)} is a database of another program, not a store")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Upgrade the tables, all steps or none."""
        if _is_ours(connection) and _version(connection) == len(self._migrations):
            return
        connection.execute("BEGIN EXCLUSIVE")
        try:
            # Another process may have done it while this one waited.
            self._check(connection)
            for step in self._migrations[_version(connection) :]:
                if callable(step):
                    step(connection)
                else:
                    run_script(connection, step)
            if not connection.execute("SELECT count(*) FROM identity").fetchone()[0]:
                connection.execute(
                    "INSERT INTO identity (salt) VALUES (?)", [secrets.token_bytes(32)]
                )
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(self._migrations)}")
            connection.execute("COMMIT")
        except BaseException:  # also an interrupt: no migration is left half done
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _create(path: Path) -> None:
    """Create an empty file for its owner only; SQLite gives its companions the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # If it exists now, another process was quicker.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _can_share(folder: Path) -> bool:
    """Whether processes can share memory through a file in `folder`; True if this cannot be
    tested."""
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(mmap.PAGESIZE)
        try:
            mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
        except OSError:
            return False
    return True


def _is_ours(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
