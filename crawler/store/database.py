"""The connection: one thread that alone talks to SQLite, so that the event loop never waits."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from crawler.model.errors import StoreError
from crawler.model.shielded import shielded
from crawler.model.text import printable
from crawler.store.damage import Damaged
from crawler.store.migrations import MIGRATIONS, Step
from crawler.store.schema import APPLICATION_ID, run_script

T = TypeVar("T")

Connection = sqlite3.Connection

LOCK_PATIENCE: Final = 5.0
"""Seconds to wait for another process that writes; its transactions take milliseconds."""

OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables. https://www.sqlite.org/stricttables.html"""


_UNWRITABLE: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)
"""What befalls a file, or the companions that it needs, where nothing can be written."""

_UNSHARED: Final = frozenset(
    {sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMLOCK}
)
"""What befalls write-ahead logging where no memory can be shared through a file."""


_WRITE: Final = "BEGIN IMMEDIATE"


LONGEST_VALUE: Final = 128 * 2**20
"""Bytes of one value; the largest are the runs of version 1, with less."""

STEPS_BETWEEN_LOOKS: Final = 100_000
"""Steps of SQLite's machine, some milliseconds, after which it asks whether to go on."""

_FOREIGN: Final = (
    "SELECT count(*) FROM sqlite_schema "
    "WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
)
"""What a query could be led into that never ends: no store has any."""


class Database:
    """A file, opened when it is first used."""

    def __init__(
        self,
        path: Path,
        *,
        migrations: Sequence[Step] = MIGRATIONS,
        lock_patience: float = LOCK_PATIENCE,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._lock_patience = lock_patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._failure: StoreError | None = None
        self._closed = threading.Event()
        self._given_up = threading.Event()
        """Set once nobody waits for the work that the thread does."""
        self._can_share = True
        self._identity: tuple[int, int] | None = None
        """Of the file that is open."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread, on one state of the file. A cancellation ends its query.

        Raises: StoreError.
        """
        given_up = threading.Event()
        try:
            return await asyncio.wrap_future(self._submit("BEGIN", work, given_up))
        finally:
            given_up.set()

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, for whoever may block. A file that was closed is opened anew for it alone.

        Raises: StoreError.
        """
        if not self._closed.is_set():
            return self._submit("BEGIN", work).result()
        if not self.path.exists():
            raise StoreError(f"{self._shown} is there no more")
        with contextlib.closing(Database(self.path, lock_patience=self._lock_patience)) as again:
            return again.read_now(work)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread as one transaction: all of it counts, or nothing.

        A cancellation waits until it is done.

        Raises: StoreError.
        """
        return await shielded(asyncio.wrap_future(self._submit(_WRITE, work)))

    def close(self) -> None:
        """Finish what was begun, and close the file. Blocks; twice does no harm."""
        if not self._closed.is_set():
            self._closed.set()
            self._thread.submit(self._disconnect)
        self._thread.shutdown(wait=True)

    def _submit(
        self,
        begin: str,
        work: Callable[[sqlite3.Connection], T],
        given_up: threading.Event | None = None,
    ) -> Future[T]:
        if self._closed.is_set():
            raise StoreError(f"{self._shown} is closed")
        return self._thread.submit(self._transact, begin, work, given_up)

    def _transact(
        self,
        begin: str,
        work: Callable[[sqlite3.Connection], T],
        given_up: threading.Event | None = None,
    ) -> T:
        connection = self._connect()
        self._given_up = given_up or threading.Event()
        try:
            connection.execute(begin)
            try:
                result = work(connection)
                connection.execute("COMMIT")
                if begin == _WRITE:
                    self._check_in_place()
            except BaseException:
                # Where the failure has ended the transaction already, there is none to roll back.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result
        except sqlite3.Error as error:
            raise self._explained(error) from error
        except (Damaged, UnicodeDecodeError) as error:
            raise StoreError(self._damaged) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise StoreError(f"{self._shown} cannot hold such a value: {error}") from error

    def _check_in_place(self) -> None:
        """An open file can be written after it was deleted, but nobody finds it any more.

        Raises: StoreError.
        """
        if _identity(self.path) != self._identity:
            raise StoreError(f"{self._shown} was moved or deleted while it was used")

    def _connect(self) -> sqlite3.Connection:
        if self._failure is not None:
            # What could not be opened is not opened halfway later in the run.
            raise self._failure.with_traceback(None)
        if self._connection is None:
            try:
                self._connection = self._open()
                self._identity = _identity(self.path)
            except StoreError as error:
                self._failure = error
                raise
            except sqlite3.Error as error:
                self._failure = self._explained(error)
                raise self._failure from error
            except UnicodeDecodeError as error:  # in SQLite's own message
                self._failure = StoreError(self._damaged)
                raise self._failure from error
            except (OSError, ValueError) as error:
                cause = getattr(error, "strerror", None) or error
                self._failure = StoreError(f"{self._shown} cannot be opened: {cause}")
                raise self._failure from error
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(
                f"the store needs SQLite 3.37 or later, and this Python has "
                f"{sqlite3.sqlite_version}: --no-store does without"
            )
        if not self.path.exists():
            _create(self.path)
        if not self.path.is_file():
            raise StoreError(f"{self._shown} cannot be opened: it is no file")
        try:
            try:
                return self._open_checked()
            except sqlite3.OperationalError as error:
                if _code(error) not in _UNSHARED:
                    raise
                self._leave_write_ahead()
                return self._open_checked()
        except sqlite3.OperationalError as error:
            if _kind(error) not in _UNWRITABLE or self._has("-journal"):
                raise
            # What it holds can still be read.
            connection = self._attach("mode=ro" if self._has("-wal") else "mode=ro&immutable=1")
            self._check(connection)
            if not _is_ours(connection) or _version(connection) != len(self._migrations):
                connection.close()
                raise
            return connection

    def _open_checked(self) -> sqlite3.Connection:
        if not self._has("-journal"):
            # First without writing: to close the last connection to a database of others would
            # change its files. What a process that was killed left half-way, only a connection
            # that writes can take back.
            with contextlib.closing(self._attach("mode=ro")) as connection:
                connection.execute("BEGIN")  # one state for all that is looked at
                self._check(connection)
        connection = self._attach("mode=rw")
        try:
            # A step may make a table anew that others refer to:
            # https://www.sqlite.org/lang_altertable.html#otheralter
            connection.execute("PRAGMA foreign_keys = OFF")
            self._migrate(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            self._write_ahead(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Let readers and a writer not wait for each other. https://www.sqlite.org/wal.html"""
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal" and self._can_share and _can_share(self.path.parent):
            # The mode is kept in the file, and to change it takes the file for oneself: whoever
            # comes when nobody else is there does it.
            try:
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                # The shared memory is not touched before something is read.
                connection.execute("PRAGMA application_id")
            except sqlite3.OperationalError as error:
                if _kind(error) != sqlite3.SQLITE_BUSY:
                    raise
        if mode == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")  # as safe, with this journal alone

    def _leave_write_ahead(self) -> None:
        """Give the file a rollback journal, where its file system shares no memory between
        processes: those of containers and networks often do not.
        https://www.sqlite.org/wal.html#noshm"""
        self._can_share = False
        with contextlib.closing(self._attach("mode=ro&immutable=1")) as connection:
            self._check(connection)
        with contextlib.closing(self._attach("mode=rw")) as connection:
            # Who has the file for himself needs no shared memory.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")

    def _attach(self, options: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{options}",
            uri=True,
            timeout=self._lock_patience,
            isolation_level=None,
        )
        # A stranger may have made the file. https://www.sqlite.org/security.html
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.set_progress_handler(self._is_given_up, STEPS_BETWEEN_LOOKS)
        return connection

    def _is_given_up(self) -> bool:
        return self._given_up.is_set()

    def _has(self, suffix: str) -> bool:
        """Whether a companion of the file holds what others write, or wrote last."""
        companion = self.path.with_name(f"{self.path.name}{suffix}")
        return companion.exists() and companion.stat().st_size > 0

    def _check(self, connection: sqlite3.Connection) -> None:
        """Refuse what is not a store of this version or an earlier one."""
        version = _version(connection)
        if _is_ours(connection):
            if version > len(self._migrations):
                raise StoreError(
                    f"{self._shown} was written by a newer version of the star crawler (its "
                    f"format is {version}, this one knows up to {len(self._migrations)}): update, "
                    "or name another with --store"
                )
            if connection.execute(_FOREIGN).fetchone()[0]:
                raise StoreError(
                    f"{self._shown} holds views, triggers or tables that no store has, so it is "
                    "not used: move it away, or name another with --store"
                )
            return
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if tables or version or connection.execute("PRAGMA application_id").fetchone()[0]:
            raise StoreError(f"{self._shown} is a database of another program, not a store")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the tables up to date, all steps or none."""
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
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _explained(self, error: sqlite3.Error) -> StoreError:
        """What the user has to know and can do."""
        match _kind(error):
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return StoreError(f"{self._shown} is locked by another program: try again later")
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_CONSTRAINT:
                return StoreError(self._damaged)
            case sqlite3.SQLITE_FULL:
                return StoreError(f"{self._shown} cannot grow: the disk is full")
            case sqlite3.SQLITE_READONLY:
                return StoreError(f"{self._shown} cannot be written: it is read-only")
            case sqlite3.SQLITE_IOERR if _code(error) in _UNSHARED:
                return StoreError(
                    f"{self._shown} cannot be used: its file system shares no memory between "
                    "processes; name another place with --store"
                )
            case sqlite3.SQLITE_IOERR:
                return StoreError(f"{self._shown} cannot be used: the disk is full, or fails")
            case sqlite3.SQLITE_CANTOPEN:
                return StoreError(f"{self._shown} cannot be opened: {error}")
        return StoreError(f"{self._shown} cannot be used: {error}")

    @property
    def _damaged(self) -> str:
        return (
            f"{self._shown} is damaged, or no store at all: move it away, or name another with "
            "--store"
        )

    @property
    def _shown(self) -> str:
        return f"the store {printable(str(self.path))}"


def _create(path: Path) -> None:
    """An empty file that only its owner can read; SQLite gives its companions the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Where it exists now, another process was quicker.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells the file from another of the same name; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _can_share(folder: Path) -> bool:
    """Whether processes can share memory through a file in `folder`; True where this cannot be
    tried."""
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


def _kind(error: sqlite3.Error) -> int:
    """The primary result code: the low byte. https://www.sqlite.org/rescode.html"""
    return _code(error) & 0xFF


def _code(error: sqlite3.Error) -> int:
    """The extended result code."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code
