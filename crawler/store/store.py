"""The store as the rest of the program and its users see it."""

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
    """Where the command keeps its store: in the user's data folder for the platform.

    Raises: ConfigError where there is none.
    """
    folder = user_folder("data")
    if folder is None:
        raise ConfigError(
            "the home folder is not known, so there is no store: name a file with --store"
        )
    return folder / FILE_NAME


class Store:
    """One SQLite file with what was learned: figures, their history, runs and what is gone.

    The file is made when it is first used, readable for its owner alone, and several processes
    may share it. All work is done in a thread of the store's own, so that an event loop is never
    held up. Usable as a context manager, with `with` or `async with`; outside of one, `close()`
    ends the thread. Every method raises StoreError where the file cannot be used; whatever was
    written before stays.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """`path` is the file; None: the one of the command, in the user's data folder.

        Raises: ConfigError where the user has none.
        """
        self.database = Database(default_path() if path is None else Path(path))
        """What `crawler.store.records.Records` works with."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def check_exists(self) -> None:
        """For whoever only reads, and would make an empty file by a slip of the pen.

        Raises: StoreError where there is no file yet.
        """
        parent = self.path.parent
        if not self.path.exists() and (parent.is_dir() or not parent.exists()):
            raise StoreError(f"there is no store {self.path} yet: a run, or an import, makes it")

    def close(self) -> None:
        """Finish what was begun and close the file. Blocks for as long as that takes."""
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
        """The name of today and all known stars, oldest first, of the repository that `name`
        leads to; None where the store knows none of that name. What a star history tells stands
        where nothing was observed or imported for two weeks: each point says its kind."""
        if not name.isascii():
            return None
        return await self.database.read(lambda found: load_history(found, name))

    async def import_figures(
        self, figures: Iterable[ImportedFigure], at_once: int = IMPORTED_AT_ONCE
    ) -> None:
        """Add (day since 1970-01-01, name, stars) and perhaps the host's number of the repository,
        in transactions of `at_once`.

        For a day that is known under that name the new figure counts. `figures` is consumed in the
        store's thread.
        """
        rows = iter(figures)
        while await self.database.write(lambda found: import_figures(found, rows, at_once)):
            pass

    async def export(self, save: Callable[[Iterator[tuple[int, str, int, int | None]]], T]) -> T:
        """What `save` makes of all figures that were observed or imported, as (day, name, stars,
        number) by name and day.

        `save` is called in the store's thread.
        """
        return await self.database.read(lambda found: save(load_rows(found)))
