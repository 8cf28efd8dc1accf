"""What a run takes from a store and leaves there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from crawler.http.exchange import CachedResponse, Token
from crawler.model.results import Burst, Event, Point, Ranking
from crawler.model.values import Answer, Identity, KnownDays, RepositoryName, StarHistory
from crawler.ranking.growth import Baseline, Provenance
from crawler.store.baselines import Compared, knows_past, load_baselines, load_newest
from crawler.store.bursts import load_bursts
from crawler.store.database import Connection
from crawler.store.moments import encode_day
from crawler.store.repositories import (
    Known,
    load_identities,
    load_known,
    save_answers,
)
from crawler.store.responses import (
    CacheKey,
    load_list,
    load_response,
    save_list,
    save_responses,
    viewer_of,
)
from crawler.store.retained import load_known_days, save_star_histories
from crawler.store.rows import StoredRun
from crawler.store.runs import Header, load_events, load_run, load_time, save_run
from crawler.store.store import Store
from crawler.store.timelines import load_readings, load_timelines
from crawler.store.workspace import Workspace


class Records:
    """What runs keep in a store: answers, responses, lists, timelines and runs.

    Every method raises StoreError where the file cannot be used; whatever was written before stays.
    """

    def __init__(self, store: Store) -> None:
        """`store` closes what this works with."""
        self._database = store.database

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    # Repositories

    async def load_known(
        self, names: Iterable[RepositoryName], origin: Provenance, viewer: str | None
    ) -> dict[RepositoryName, Known]:
        """What is known of each of `names`, however old; unknown ones are absent. A refusal counts
        if `viewer` was told so; with None, whoever was."""
        wanted = list(names)
        return await self._database.read(lambda found: load_known(found, wanted, origin, viewer))

    async def load_identities(self, names: Iterable[RepositoryName]) -> dict[str, Identity]:
        """Which repositories `names` led to, by `RepositoryName.key`; an unknown one is absent."""
        wanted = list(names)
        return await self._database.read(lambda found: load_identities(found, wanted))

    async def save(
        self,
        answers: Mapping[RepositoryName, Answer],
        responses: Mapping[CacheKey, CachedResponse],
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

    async def load_response(self, key: CacheKey) -> CachedResponse | None:
        """The last answer to `key`, for a conditional request."""
        return await self._database.read(lambda found: load_response(found, key))

    async def load_list(self, place: str) -> str | None:
        """The text of the list at `place` as it was read last; None where it never was."""
        return await self._database.read(lambda found: load_list(found, place))

    async def save_list(self, place: str, text: str) -> None:
        """Keep the text of a list in the place of the one before."""
        await self._database.write(lambda found: save_list(found, place, text))

    async def load_timelines(
        self,
        names: Iterable[str] | None,
        origin: Provenance,
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

    def load_timelines_now(
        self, names: Iterable[str], origin: Provenance, *, start: date, day: date, until: date
    ) -> dict[str, tuple[Point, ...]]:
        """As `load_timelines`, but blocking, for reports that are written in a thread."""
        wanted = list(names)
        return self._database.read_now(
            lambda found: load_timelines(found, wanted, origin, start=start, day=day, until=until)
        )

    async def load_baselines(
        self, figures: Iterable[Compared], provenance: Provenance, *, day: date, today: date
    ) -> dict[str, Baseline]:
        """What the gains since `day` count from, by the keys of names; nothing where nothing is
        known."""
        wanted, days = list(figures), (encode_day(day), encode_day(today))
        return await self._database.read(
            lambda found: load_baselines(found, wanted, provenance, *days)
        )

    async def knows_past(self, day: date) -> bool:
        """Whether any star is known of a day before that one."""
        return await self._database.read(lambda found: knows_past(found, encode_day(day)))

    async def load_bursts(
        self, figures: Iterable[Compared], provenance: Provenance
    ) -> dict[str, Burst]:
        """The largest burst of each repository whose whole life is known, by the key of its
        name."""
        wanted = list(figures)
        return await self._database.read(lambda found: load_bursts(found, wanted, provenance))

    async def load_newest(
        self, provenance: Provenance, *, after: date, until: date
    ) -> dict[str, Compared]:
        """The newest figure of each repository, of those from after one day up to another, by
        `RepositoryName.qualified`."""
        days = encode_day(after), encode_day(until)
        return await self._database.read(lambda found: load_newest(found, provenance, *days))

    async def load_readings(
        self, names: Iterable[str], origin: Provenance, until: datetime
    ) -> dict[str, Point]:
        """For each of `names` the last figure at or before that second, where it is from the last
        three days."""
        wanted = list(names)
        return await self._database.read(lambda found: load_readings(found, wanted, origin, until))

    async def save_star_histories(self, histories: Iterable[StarHistory]) -> None:
        """Keep what hosts tell of how stars came, as one transaction; of a day that is known the
        new figure counts. Those of private repositories must not be among them."""
        found = list(histories)
        await self._database.write(lambda connection: save_star_histories(connection, found))

    async def load_known_days(
        self, names: Iterable[RepositoryName], today: date
    ) -> dict[RepositoryName, KnownDays]:
        """Of which days the stars of each of `names` are known; unknown repositories are absent."""
        wanted = list(names)
        return await self._database.read(lambda found: load_known_days(found, wanted, today))

    # Runs

    async def load_run(
        self,
        workspace: Workspace,
        scope: str | None = None,
        origin: Provenance | None = None,
    ) -> list[tuple[str, Ranking]]:
        """The newest run, of `scope` and with figures of `origin` unless they are None: its scope
        and ranking, and then those of each of its lists where there are several; nothing where
        there is none. The rows go to `workspace`; there are no changes, history and events."""
        return await self._database.read(lambda found: load_run(found, scope, origin, workspace))

    async def save_run(
        self,
        scope: str,
        header: Header,
        made: StoredRun,
        *,
        is_lasting: bool = True,
        parts: Sequence[int] = (),
    ) -> int:
        """Keep a run, and unless the next of its scope is over other lists, what happened since
        the one before, as one transaction; returns its number. `parts` are the numbers of the runs
        over each of its lists."""
        return await self._database.write(
            lambda found: save_run(found, scope, header, made, is_lasting=is_lasting, parts=parts)
        )

    async def load_run_time(
        self, scope: str, origin: Provenance, until: datetime
    ) -> datetime | None:
        """When the last run of `scope` with figures of `origin` at or before `until` was."""
        return await self._database.read(lambda found: load_time(found, scope, origin, until))

    async def load_events(
        self,
        scope: str,
        origin: Provenance,
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
