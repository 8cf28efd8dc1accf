"""The store: one SQLite file with the results of all runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from crawler.model.errors import ConfigError, StoreError
from crawler.model.places import user_folder
from crawler.model.results import Point
from crawler.store.database import Database
from crawler.store.repositories import (
    IMPORTED_AT_ONCE,
    ImportedFigure,
    import_figures,
)
from crawler.store.series import load_rows
from crawler.store.timelines import load_history

T = TypeVar("T")

FILE_NAME: Final = "store.db"


def default_path() -> Path:
    """The path of the command's store, in the user's data folder for the platform.

    Raises: ConfigError if that folder is not known.
    """
    folder = user_folder("data")
    if folder is None:
        raise ConfigError(
            "the home folder is not known, so there is no store: name a file with --store"
        )
    return folder / FILE_NAME


class Store:
    """One SQLite file with figures, their history, runs, and names that are gone.

    The file is created on first use, readable only by its owner; several processes may share it.
    All work is done in a thread of its own, so that an event loop is never blocked. Use it with
    `with` or `async with`; otherwise call `close()`, which ends the thread. Every method raises
    StoreError if the file cannot be used; what was written before is kept.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """`path` is the file; None: the command's, in the user's data folder.

        Raises: ConfigError if that folder is not known.
        """
        self.database = Database(default_path() if path is None else Path(path))
        """What `crawler.store.records.Records` works with."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def check_exists(self) -> None:
        """Refuse to read a store that does not exist, instead of creating an empty one.

        Raises: StoreError if there is no file yet.
        """
        parent = self.path.parent
        if not self.path.exists() and (parent.is_dir() or not parent.exists()):
            raise StoreError(f"there is no store {self.path} yet: a run, or an import, makes it")

    def close(self) -> None:
        """Finish the work that has begun, and close the file. Blocks until then."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.close)

    # History. Names are `RepositoryName.qualified`.

    async def load_history(self, name: str) -> tuple[str, tuple[Point, ...]] | None:
        """The current name and all known stars, oldest first, of the repository that `name` leads
        to; None if the store has none. Gaps of more than two weeks are filled from its star
        history, if that is known."""
        if not name.isascii():
            return None
        return await self.database.read(lambda found: load_history(found, name))

    async def import_figures(
        self, figures: Iterable[ImportedFigure], at_once: int = IMPORTED_AT_ONCE
    ) -> None:
        """Add figures in transactions of `at_once`. Each is the day since 1970-01-01, the name, the
        stars, and optionally the repository's number on its host.

        A new figure replaces one of the same day and name. `figures` is iterated in the store's
        thread.
        """
        rows = iter(figures)
        while await self.database.write(lambda found: import_figures(found, rows, at_once)):
            pass

    async def export(self, save: Callable[[Iterator[tuple[int, str, int, int | None]]], T]) -> T:
        """Pass all observed and imported figures to `save`, as (day, name, stars, number) in the
        order of names and days, and return its result.

        `save` is called in the store's thread.
        """
        return await self.database.read(lambda found: save(load_rows(found)))
