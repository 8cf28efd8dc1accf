"""Star histories: whose are asked for once the rows are ranked, and how many may be."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from crawler.crawl.cache import Cache
from crawler.crawl.services import Services
from crawler.http.retries import Backoff, retry
from crawler.model.clock import Clock
from crawler.model.errors import AttemptError, RunError
from crawler.model.log import logger
from crawler.model.settings import Report, Settings
from crawler.model.values import (
    KnownDays,
    Refusal,
    RepositoryName,
    StarHistory,
    follows_repositories,
)
from crawler.sources.base import HistoryWanted, Source

if TYPE_CHECKING:
    from crawler.model.results import Ranking, Row
    from crawler.sources.limits import Quota

FIRST_ROWS: Final = 10
"""Rows of a report whose histories are asked for, if not all are."""

FIRST_DAYS: Final = 203
"""Days of a history that was never asked for: 30 weeks, one request, hold them on any weekday."""

GAP_DAYS: Final = 14
"""What was observed within so many days is not asked for: a report draws a line between."""

PART_OF_QUOTA: Final = 2
"""Of what is left of an hour the histories of all rows may take a half."""

USUAL_HOUR: Final = 5000
"""Requests that GitHub allows a user an hour, for a forecast."""

USUAL_SECONDS: Final = 0.15
"""What a request takes, for a forecast."""

AT_ONCE: Final = 1000
"""Rows that are looked up together."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Asks for star histories in a run. What is refused costs the history, and nothing else."""

    settings: Settings
    services: Services
    cache: Cache
    clock: Clock
    backoff: Backoff
    providers: Mapping[str, str]
    """Who is asked about which host."""
    private: frozenset[str]
    """Keys of repositories of which nothing may be kept."""
    learned: list[StarHistory] = field(default_factory=list)
    """What was told so far."""

    async def ask(self, ranking: Ranking, shown: Sequence[Report]) -> None:
        """Ask for the histories that the settings say: those of the first rows of the reports
        `shown`, or all as far as the quota allows, most starred first.

        Nothing is asked for that could not be kept.
        """
        if not self.cache.is_writable:
            return
        match history_mode(self.settings, shown):
            case "top":
                await self._ask(await self._due(first_rows(ranking, shown, FIRST_ROWS)))
            case "all":
                await self._ask_all(ranking.rows)

    async def _ask_all(self, rows: Iterable[Row]) -> None:
        most = self._allowed()
        wanted = await self._due(rows, most + 1)
        count = min(len(wanted), most)
        if not count:
            return
        quota = self._quota()
        logger.info(
            "star histories: {:,} requests of GitHub's {:,} an hour, about {} s{}",
            count,
            USUAL_HOUR if quota is None or quota.limit is None else quota.limit,
            max(1, round(count / self.settings.concurrency * USUAL_SECONDS)),
            "; the next run goes on with the rest" if len(wanted) > most else "",
        )
        # The first ones tell the quota, and whether the server tells histories at all.
        first = wanted[: min(count, FIRST_ROWS)]
        await self._ask(first)
        if self.learned:
            await self._ask(wanted[len(first) : min(count, self._allowed(len(first)))])

    def _quota(self) -> Quota | None:
        return self._source_of(next(iter(self.providers))).history_quota()

    def _allowed(self, asked: int = 0) -> int:
        """How many may be asked for in all, of which some were."""
        quota = self._quota()
        left = USUAL_HOUR if quota is None else quota.remaining
        return (left + asked) // PART_OF_QUOTA

    async def _due(self, rows: Iterable[Row], most: float = math.inf) -> list[HistoryWanted]:
        """What is to be asked of the first rows that are not known well enough, up to `most`. What
        deps.dev told of a row goes with no history."""
        today, remaining = self.clock.now().date(), iter(rows)
        wanted: list[HistoryWanted] = []
        while len(wanted) < most and (chunk := [*islice(remaining, AT_ONCE)]):
            known = await self.cache.find_known_days([row.name for row in chunk], today)
            for row in chunk:
                since = wanted_since(known.get(row.name), today)
                can_tell = self._source_of(row.host).tell_history is not None
                can_tell &= follows_repositories(row.provider)
                if since is not None and can_tell and row.name.key not in self.private:
                    wanted.append(
                        HistoryWanted(
                            name=row.name,
                            id=row.id,
                            stars=row.stars,
                            read_on=row.fetched_at.date(),
                            since=since,
                        )
                    )
        return wanted if most == math.inf else wanted[: int(most)]

    async def _ask(self, wanted: Sequence[HistoryWanted]) -> None:
        results = await _settled(map(self._tell, wanted))
        refused = [result for result in results if isinstance(result, RunError)]
        if refused:
            logger.info(
                "{} of {} star histories are not known: {}", len(refused), len(wanted), refused[0]
            )

    async def ask_lives(self, names: Iterable[RepositoryName]) -> list[StarHistory | RunError]:
        """Ask for the whole histories of some repositories, and how each is today: a private one
        is not kept."""
        return await _settled(map(self._live, names))

    async def _live(self, name: RepositoryName) -> StarHistory:
        source = self._source_of(name.host)
        (answer,) = await retry(
            partial(source.ask, [name]),
            attempts=lambda _: 1 + self.settings.retries,
            clock=self.clock,
            backoff=self.backoff,
        )
        if isinstance(answer, Refusal):
            raise RunError(f"{name}: {answer.message}")
        if answer.private:
            raise RunError(f"{name} is private, and nothing is kept of it")
        await self.cache.put([(name, answer)])
        return await self._tell(HistoryWanted(name=answer.name, id=answer.id))

    async def _tell(self, wanted: HistoryWanted) -> StarHistory:
        tell = self._source_of(wanted.name.host).tell_history
        if tell is None:
            raise RunError(f"{wanted.name.host} tells no star history of {wanted.name}")
        told = await retry(
            partial(tell, wanted),
            attempts=self._attempts,
            clock=self.clock,
            backoff=self.backoff,
        )
        # Also what is known when the run is stopped half-way.
        self.learned.append(told)
        return told

    def _attempts(self, _: AttemptError) -> int:
        return 1 + min(1, self.settings.retries)

    def _source_of(self, host: str) -> Source:
        provider = self.providers[host]
        # deps.dev has none; whose figures it tells does.
        return self.services.source(host, provider if follows_repositories(provider) else "rest")


async def _settled(asked: Iterable[Awaitable[StarHistory]]) -> list[StarHistory | RunError]:
    """What became of each, side by side."""
    settled = []
    for result in await asyncio.gather(*asked, return_exceptions=True):
        if not isinstance(result, StarHistory | RunError):
            raise result
        settled.append(result)
    return settled


def history_mode(settings: Settings, shown: Sequence[Report]) -> str:
    """Which histories are asked for: what the settings say; else all where rows are sorted by
    what they gained, and those of the first rows where any report is `shown` to people."""
    if settings.history is not None:
        return settings.history
    if {"gained", "rate"} & {settings.sort, *(report.sort for report in shown)}:
        return "all"
    return "top" if shown else "none"


def wanted_since(known: KnownDays | None, today: date) -> date | None:
    """The first day of a history that is to be asked for; None where enough is known.

    After the first time it is the last day that is known, by a history or by a crawl.
    """
    if known is None or known.last is None:
        return today - timedelta(FIRST_DAYS)
    last = max(known.last, known.observed or known.last)
    return last if (today - last).days > GAP_DAYS else None


def first_rows(
    ranking: Ranking, shown: Sequence[Report], count: int, *, is_cut: bool = True
) -> list[Row]:
    """The first rows of each report, each repository once. `is_cut` says whether those that a
    report leaves out for its top are none of them."""
    from crawler.ranking.filters import apply_filters

    rows: dict[str, Row] = {}
    for report in shown:
        filters = report if is_cut else replace(report, top=None)
        parts = ranking.parts if "{list}" in report.path else ()
        for each in parts or (ranking,):
            for row in islice(apply_filters(each, filters).rows, count):
                rows.setdefault(row.name.key, row)
    return list(rows.values())
