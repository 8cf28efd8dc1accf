"""The store as the rest of the program and its users see it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from crawler.http.exchange import Saved, Token
from crawler.model.errors import ConfigError, StoreError
from crawler.model.places import user_folder
from crawler.model.results import Event, Point, Ranking
from crawler.model.values import Answer, RepositoryName
from crawler.ranking.growth import Origin
from crawler.store.database import Connection, Database
from crawler.store.repositories import (
    IMPORTED_AT_ONCE,
    Known,
    import_figures,
    load_known,
    save_answers,
)
from crawler.store.responses import (
    Question,
    load_list,
    load_response,
    save_list,
    save_responses,
    viewer_of,
)
from crawler.store.runs import Compare, load_events, load_run, load_time, save_run
from crawler.store.series import load_rows
from crawler.store.timelines import load_history, load_readings, load_timelines

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
        self._database = Database(default_path() if path is None else Path(path))

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def check_exists(self) -> None:
        """For whoever only reads, and would make an empty file by a slip of the pen.

        Raises: StoreError where there is no file yet.
        """
        parent = self.path.parent
        if not self.path.exists() and (parent.is_dir() or not parent.exists()):
            raise StoreError(f"there is no store {self.path} yet: a run, or an import, makes it")

    def close(self) -> None:
        """Finish what was begun and close the file. Blocks for as long as that takes."""
        self._database.close()

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

    # Repositories

    async def load_known(
        self, names: Iterable[RepositoryName], origin: Origin, viewer: str | None
    ) -> dict[RepositoryName, Known]:
        """What is known of each of `names`, however old; unknown ones are absent. A refusal counts
        if `viewer` was told so; with None, whoever was."""
        wanted = list(names)
        return await self._database.read(lambda found: load_known(found, wanted, origin, viewer))

    async def save(
        self,
        answers: Mapping[RepositoryName, Answer],
        responses: Mapping[Question, Saved],
        now: datetime,
        viewer: str,
    ) -> None:
        """Keep what was answered, as one transaction: figures, their history, what is gone, and
        the responses that can be asked about again."""

        def work(found: Connection) -> None:
            save_answers(found, answers, now, viewer)
            save_responses(found, responses)

        await self._database.write(work)

    async def find_viewer(self, token: Token | None) -> str:
        """What stands for the holder of `token` in the store, telling nothing of it."""
        return await self._database.read(lambda found: viewer_of(found, token))

    async def load_response(self, question: Question) -> Saved | None:
        """The last answer to `question`, for a conditional request."""
        return await self._database.read(lambda found: load_response(found, question))

    async def load_list(self, place: str) -> str | None:
        """The text of the list at `place` as it was read last; None where it never was."""
        return await self._database.read(lambda found: load_list(found, place))

    async def save_list(self, place: str, text: str) -> None:
        """Keep the text of a list in the place of the one before."""
        await self._database.write(lambda found: save_list(found, place, text))

    # History. Names are `RepositoryName.qualified`.

    async def load_history(self, name: str) -> tuple[str, tuple[Point, ...]] | None:
        """The name of today and all known stars, oldest first, of the repository that `name`
        leads to; None where the store knows none of that name."""
        if not name.isascii():
            return None
        return await self._database.read(lambda found: load_history(found, name))

    async def load_timelines(
        self,
        names: Iterable[str] | None,
        origin: Origin,
        *,
        day: date,
        until: date,
        start: date | None = None,
    ) -> dict[str, tuple[Point, ...]]:
        """For each of `names` its stars from the last figure at or before `start` (None: `day`) on,
        oldest first; for None of every repository, by its name of today.

        Of days with the same figure only the first and the last are there, and the last up to
        `day`; nothing is later than `until`. Names of which nothing is known are absent.
        """
        wanted = None if names is None else list(names)
        return await self._database.read(
            lambda found: load_timelines(
                found, wanted, origin, start=start or day, day=day, until=until
            )
        )

    async def load_readings(
        self, names: Iterable[str], origin: Origin, until: datetime
    ) -> dict[str, Point]:
        """For each of `names` the last figure at or before that second, where it is from the last
        three days."""
        wanted = list(names)
        return await self._database.read(lambda found: load_readings(found, wanted, origin, until))

    async def import_figures(
        self, figures: Iterable[tuple[int, str, int]], at_once: int = IMPORTED_AT_ONCE
    ) -> None:
        """Add (day since 1970-01-01, name, stars), in transactions of `at_once`.

        For a day that is known under that name the new figure counts. `figures` is consumed in the
        store's thread.
        """
        rows = iter(figures)
        while await self._database.write(lambda found: import_figures(found, rows, at_once)):
            pass

    async def export(self, save: Callable[[Iterator[tuple[int, str, int]]], T]) -> T:
        """What `save` makes of all figures, as (day, name, stars) by name and day.

        `save` is called in the store's thread.
        """
        return await self._database.read(lambda found: save(load_rows(found)))

    # Runs

    async def load_run(
        self, scope: str | None = None, origin: Origin | None = None
    ) -> tuple[str, Ranking] | None:
        """The scope and ranking of the newest run of `scope` with figures of `origin` (None: of
        all), without changes, history and events; None where there is none."""
        return await self._database.read(lambda found: load_run(found, scope, origin))

    async def save_run(self, scope: str, ranking: Ranking, compare: Compare) -> None:
        """Keep a run, and what `compare` tells of the one before and this, as one transaction."""
        await self._database.write(lambda found: save_run(found, scope, ranking, compare))

    async def load_run_time(self, scope: str, origin: Origin, until: datetime) -> datetime | None:
        """When the last run of `scope` with figures of `origin` at or before `until` was."""
        return await self._database.read(lambda found: load_time(found, scope, origin, until))

    async def load_events(
        self,
        scope: str,
        origin: Origin,
        *,
        until: datetime,
        after: datetime | None = None,
        limit: int = -1,
    ) -> tuple[Event, ...]:
        """What the runs of `scope` with figures of `origin` noticed after one time and up to
        another, newest first; at most `limit`, if that is not negative."""
        return await self._database.read(
            lambda found: load_events(found, scope, origin, after=after, until=until, limit=limit)
        )
