"""What a run reads from a store and writes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from crawler.http.exchange import CachedResponse, Token
from crawler.model.results import Event, Point, Ranking
from crawler.model.rows import Burst
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
    """The data in a store: answers, responses, lists, timelines and runs.

    Every method raises StoreError if the file cannot be used; everything written before stays.
    """

    def __init__(self, store: Store) -> None:
        """`store` closes the database."""
        self._database = store.database

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    # Repositories

    async def load_known(
        self, names: Iterable[RepositoryName], origin: Provenance, viewer: str | None
    ) -> dict[RepositoryName, Known]:
        """The stored data about each of `names`, however old; unknown names are missing. A refusal
        counts only for the viewer that got it; None: every refusal counts."""
        wanted = list(names)
        return await self._database.read(lambda found: load_known(found, wanted, origin, viewer))

    async def load_identities(self, names: Iterable[RepositoryName]) -> dict[str, Identity]:
        """The repositories that `names` led to, by `RepositoryName.key`; unknown names are
        missing."""
        wanted = list(names)
        return await self._database.read(lambda found: load_identities(found, wanted))

    async def save(
        self,
        answers: Mapping[RepositoryName, Answer],
        responses: Mapping[CacheKey, CachedResponse],
        now: datetime,
        viewer: str,
    ) -> None:
        """Store answers as one transaction: figures, their history, missing repositories, and the
        responses for conditional requests."""

        def work(found: Connection) -> None:
            save_answers(found, answers, now, viewer)
            save_responses(found, responses)

        await self._database.write(work)

    async def find_viewer(self, token: Token | None) -> str:
        """The pseudonym of the holder of `token` in the store, which reveals nothing about it."""
        return await self._database.read(lambda found: viewer_of(found, token))

    async def load_response(self, key: CacheKey) -> CachedResponse | None:
        """The last answer to `key`, for a conditional request."""
        return await self._database.read(lambda found: load_response(found, key))

    async def load_list(self, place: str) -> str | None:
        """The text of the list at `place` as it was last read; None if it never was."""
        return await self._database.read(lambda found: load_list(found, place))

    async def save_list(self, place: str, text: str) -> None:
        """Store the text of a list, replacing the previous one."""
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
        """The stars of each of `names` from the last figure at or before `start` (None: `day`) on,
        oldest first; for None those of every repository, by its current name.

        For days with the same figure only the first and the last are included, and the last up to
        `day`; nothing is later than `until`. Names without figures are missing.
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
        """Like `load_timelines`, but blocking, for reports that are written in a thread."""
        wanted = list(names)
        return self._database.read_now(
            lambda found: load_timelines(found, wanted, origin, start=start, day=day, until=until)
        )

    async def load_baselines(
        self, figures: Iterable[Compared], provenance: Provenance, *, day: date, today: date
    ) -> dict[str, Baseline]:
        """The baselines of gains since `day`, by the keys of names; empty if there are none."""
        wanted, days = list(figures), (encode_day(day), encode_day(today))
        return await self._database.read(
            lambda found: load_baselines(found, wanted, provenance, *days)
        )

    async def knows_past(self, day: date) -> bool:
        """Whether any figure of a day before that one is known."""
        return await self._database.read(lambda found: knows_past(found, encode_day(day)))

    async def load_bursts(
        self, figures: Iterable[Compared], provenance: Provenance
    ) -> dict[str, Burst]:
        """The largest burst of each repository whose whole history is known, by the key of its
        name."""
        wanted = list(figures)
        return await self._database.read(lambda found: load_bursts(found, wanted, provenance))

    async def load_newest(
        self, provenance: Provenance, *, after: date, until: date
    ) -> dict[str, Compared]:
        """The newest figure of each repository after one day and up to another, by
        `RepositoryName.qualified`."""
        days = encode_day(after), encode_day(until)
        return await self._database.read(lambda found: load_newest(found, provenance, *days))

    async def load_readings(
        self, names: Iterable[str], origin: Provenance, until: datetime
    ) -> dict[str, Point]:
        """The last figure of each of `names` at or before that second, if it is from the last three
        days."""
        wanted = list(names)
        return await self._database.read(lambda found: load_readings(found, wanted, origin, until))

    async def save_star_histories(self, histories: Iterable[StarHistory]) -> None:
        """Store star histories as one transaction; for a day already known the new figure counts.
        They must not include private repositories."""
        found = list(histories)
        await self._database.write(lambda connection: save_star_histories(connection, found))

    async def load_known_days(
        self, names: Iterable[RepositoryName], today: date
    ) -> dict[RepositoryName, KnownDays]:
        """The days for which the stars of each of `names` are known; unknown ones are missing."""
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
        and ranking, then those of each of its lists if there are several; empty if there is no run.
        The rows go to `workspace`; changes, history and events are not included."""
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
        """Store a run as one transaction, and the events since the previous run of its scope unless
        the next one is over other lists; returns its number. `parts` are the numbers of the runs
        over each of its lists."""
        return await self._database.write(
            lambda found: save_run(found, scope, header, made, is_lasting=is_lasting, parts=parts)
        )

    async def load_run_time(
        self, scope: str, origin: Provenance, until: datetime
    ) -> datetime | None:
        """The time of the last run of `scope` with figures of `origin` at or before `until`."""
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
        """The events of runs of `scope` with figures of `origin` after one time and up to another,
        newest first; at most `limit`, unless that is negative."""
        return await self._database.read(
            lambda found: load_events(found, scope, origin, after=after, until=until, limit=limit)
        )
