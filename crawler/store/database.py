"""The connection: a single thread talks to SQLite, so that the event loop never waits."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from crawler.model.errors import StoreError
from crawler.model.shielded import shielded
from crawler.store.damage import Damaged
from crawler.store.errors import damaged, explained, shown
from crawler.store.migrations import MIGRATIONS, Step
from crawler.store.opening import Opener

T = TypeVar("T")

Connection = sqlite3.Connection

LOCK_PATIENCE: Final = 5.0
"""Seconds to wait while another process writes; its transactions take milliseconds."""

_WRITE: Final = "BEGIN IMMEDIATE"


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
        self._lock_patience = lock_patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._failure: StoreError | None = None
        self._closed = threading.Event()
        self._given_up = threading.Event()
        """Set when nobody waits for the thread's work any more."""
        self._opener = Opener(path, migrations, lock_patience, self._is_given_up)
        self._identity: tuple[int, int] | None = None
        """Of the file that is open."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread, on one snapshot of the file. A cancellation ends its query.

        Raises: StoreError.
        """
        given_up = threading.Event()
        try:
            return await asyncio.wrap_future(self._submit("BEGIN", work, given_up))
        finally:
            given_up.set()

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Like `read`, but blocking. If the file was closed, it is opened again for this call only.

        Raises: StoreError.
        """
        if not self._closed.is_set():
            return self._submit("BEGIN", work).result()
        if not self.path.exists():
            raise StoreError(f"{shown(self.path)} no longer exists")
        with contextlib.closing(Database(self.path, lock_patience=self._lock_patience)) as again:
            return again.read_now(work)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread as one transaction: all of it is written, or nothing.

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
            raise StoreError(f"{shown(self.path)} is closed")
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
                # If the failure has already ended the transaction, there is nothing to roll back.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result
        except sqlite3.Error as error:
            raise explained(self.path, error) from error
        except (Damaged, UnicodeDecodeError) as error:
            raise damaged(self.path) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise StoreError(f"{shown(self.path)} cannot hold such a value: {error}") from error

    def _check_in_place(self) -> None:
        """Check that the file was not deleted: an open file could still be written, but then be
        lost.

        Raises: StoreError.
        """
        if _identity(self.path) != self._identity:
            raise StoreError(f"{shown(self.path)} was moved or deleted while it was used")

    def _connect(self) -> sqlite3.Connection:
        if self._failure is not None:
            # Do not try again later in the run after opening has failed.
            raise self._failure.with_traceback(None)
        if self._connection is None:
            try:
                self._connection = self._opener.open()
                self._identity = _identity(self.path)
            except StoreError as error:
                self._failure = error
                raise
            except sqlite3.Error as error:
                self._failure = explained(self.path, error)
                raise self._failure from error
            except UnicodeDecodeError as error:  # in SQLite's own message
                self._failure = damaged(self.path)
                raise self._failure from error
            except (OSError, ValueError) as error:
                cause = getattr(error, "strerror", None) or error
                self._failure = StoreError(f"{shown(self.path)} cannot be opened: {cause}")
                raise self._failure from error
        return self._connection

    def _is_given_up(self) -> bool:
        return self._given_up.is_set()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _identity(path: Path) -> tuple[int, int] | None:
    """Identifies the file, compared with another of the same name; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
