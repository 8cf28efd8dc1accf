"""Star histories: which ones a run fetches after ranking, and how many it may."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from crawler.crawl.cache import Cache
from crawler.crawl.services import Services
from crawler.http.retries import Backoff, retry
from crawler.model.clock import Clock
from crawler.model.errors import AttemptError, RunError
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.settings import Report, Settings
from crawler.model.values import (
    KnownDays,
    Refusal,
    RepositoryName,
    StarHistory,
    follows_repositories,
)
from crawler.sources.base import Api, HistoryWanted

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.rows import Row
    from crawler.sources.limits import Quota

FIRST_ROWS: Final = 10
"""Number of rows of a report whose histories are fetched, unless all are."""

FIRST_DAYS: Final = 203
"""Days of a first history: 30 weeks, which fit in one request, cover them on any weekday."""

GAP_DAYS: Final = 14
"""Gaps of at most this many days between observations are not fetched: reports draw a line."""

PART_OF_QUOTA: Final = 2
"""The share of the remaining quota that the histories of all rows may use."""

USUAL_HOUR: Final = 5000
"""Requests that GitHub allows a user in an hour, for a forecast."""

USUAL_SECONDS: Final = 0.15
"""Duration of a request in seconds, for a forecast."""

AT_ONCE: Final = 1000
"""Rows to look up together."""


@frozen
class Histories:
    """Fetches star histories in a run. A refusal costs the history and nothing else."""

    settings: Settings
    services: Services
    cache: Cache
    clock: Clock
    backoff: Backoff
    providers: Mapping[str, str]
    """The provider for each host."""
    private: frozenset[str]
    """Keys of repositories about which nothing may be kept."""
    learned: list[StarHistory] = field(default_factory=list)
    """The histories fetched so far."""

    async def ask(self, ranking: Ranking, shown: Sequence[Report]) -> None:
        """Fetch the histories that the settings select: those of the first rows of the reports
        `shown`, or of as many rows as the quota allows, most stars first.

        Histories that could not be kept are not fetched.
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
            if wanted:
                logger.info(
                    "no star histories are fetched: too little is left of GitHub's quota, or of "
                    "--budget; the next run fetches them"
                )
            return
        quota = self._quota()
        logger.info(
            "star histories: {}{:,} request{} of GitHub's {:,} an hour, about {} s{}",
            "at most " if quota is None else "",
            count,
            "" if count == 1 else "s",
            USUAL_HOUR if quota is None or quota.limit is None else quota.limit,
            max(1, round(count / self.settings.concurrency * USUAL_SECONDS)),
            "; the next run continues with the rest" if len(wanted) > most else "",
        )
        await self._ask(wanted[:count])

    def _quota(self) -> Quota | None:
        return self._api_of(next(iter(self.providers))).history_quota()

    def _allowed(self, asked: int = 0) -> int:
        """How many may be fetched in total, including those already fetched."""
        quota = self._quota()
        left = USUAL_HOUR if quota is None else quota.remaining
        most = (left + asked) // PART_OF_QUOTA
        if self.settings.budget is None:
            return most
        spent = self.services.points + self.services.rest_requests
        return max(min(most, self.settings.budget - spent + asked), 0)

    async def _due(self, rows: Iterable[Row], most: float = math.inf) -> list[HistoryWanted]:
        """The histories to fetch: at most `most`, of the first rows of which too little is known.
        None are fetched for rows with figures of deps.dev."""
        today, remaining = self.clock.now().date(), iter(rows)
        wanted: list[HistoryWanted] = []
        while len(wanted) < most and (chunk := [*islice(remaining, AT_ONCE)]):
            known = await self.cache.find_known_days([row.name for row in chunk], today)
            for row in chunk:
                since = wanted_since(known.get(row.name), today)
                can_tell = self._api_of(row.host).tell_history is not None
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
        """Fetch some histories. The first requests, about as many as may be in flight, show the
        quota and whether the server has histories; the others wait for the first history.
        """
        at_once = max(FIRST_ROWS, self.settings.concurrency)
        # Preparing thousands of requests together would delay the first of them.
        turns = asyncio.Semaphore(2 * at_once)
        begun = asyncio.Event()

        async def tell(each: HistoryWanted) -> StarHistory:
            async with turns:
                told = await self._tell(each)
            begun.set()
            return told

        async def tell_others() -> list[StarHistory | BaseException]:
            await begun.wait()
            most = self._allowed(len(self.learned)) if self.learned else 0
            others = wanted[at_once : max(at_once, most)]
            return await asyncio.gather(*map(tell, others), return_exceptions=True)

        first = asyncio.gather(*map(tell, wanted[:at_once]), return_exceptions=True)
        first.add_done_callback(lambda _: begun.set())
        results = _settled(chain(*await asyncio.gather(first, tell_others())))
        refused = [result for result in results if isinstance(result, RunError)]
        if refused:
            logger.info(
                "{} of {} star histories are not known: {}", len(refused), len(results), refused[0]
            )

    async def ask_lives(self, names: Iterable[RepositoryName]) -> list[StarHistory | RunError]:
        """Fetch the whole histories of some repositories, and their current facts: a private one is
        not kept."""
        return _settled(await asyncio.gather(*map(self._live, names), return_exceptions=True))

    async def _live(self, name: RepositoryName) -> StarHistory:
        api = self._api_of(name.host)
        (answer,) = await retry(
            partial(api.ask, [name]),
            attempts=lambda _: 1 + self.settings.retries,
            clock=self.clock,
            backoff=self.backoff,
        )
        if isinstance(answer, Refusal):
            raise RunError(f"{name}: {answer.message}")
        if answer.private:
            raise RunError(f"{name} is private, and nothing is kept of it")
        await self.cache.put([(name, answer)])
        return await self._tell(HistoryWanted(name=answer.name, id=answer.id, stars=answer.stars))

    async def _tell(self, wanted: HistoryWanted) -> StarHistory:
        tell = self._api_of(wanted.name.host).tell_history
        if tell is None:
            raise RunError(f"{wanted.name.host} tells no star history of {wanted.name}")
        told = await retry(
            partial(tell, wanted),
            attempts=self._attempts,
            clock=self.clock,
            backoff=self.backoff,
        )
        self.learned.append(told)
        # At once, so that it is also kept if the run is stopped half-way.
        self.cache.put_history(told)
        return told

    def _attempts(self, _: AttemptError) -> int:
        return 1 + min(1, self.settings.retries)

    def _api_of(self, host: str) -> Api:
        provider = self.providers[host]
        # deps.dev has no histories, but the host of its figures does.
        return self.services.api(host, provider if follows_repositories(provider) else "rest")


def _settled(results: Iterable[StarHistory | BaseException]) -> list[StarHistory | RunError]:
    """The histories and the refusals. Raises any other error among `results`."""
    settled = []
    for result in results:
        if not isinstance(result, StarHistory | RunError):
            raise result
        settled.append(result)
    return settled


def history_mode(settings: Settings, shown: Sequence[Report]) -> str:
    """Which histories to fetch: what the settings say; else all if rows are sorted by gains, or
    those of the first rows if any report is `shown` to people."""
    if settings.history is not None:
        return settings.history
    if {"gained", "rate"} & {settings.sort, *(report.sort for report in shown)}:
        return "all"
    return "top" if shown else "none"


def wanted_since(known: KnownDays | None, today: date) -> date | None:
    """The first day of the history to fetch; None if enough is known.

    Unless it is the first time, this is the last known day, from a history or a crawl.
    """
    if known is None or known.last is None:
        return today - timedelta(FIRST_DAYS)
    last = max(known.last, known.observed or known.last)
    return last if (today - last).days > GAP_DAYS else None


def first_rows(
    ranking: Ranking, shown: Sequence[Report], count: int, *, is_cut: bool = True
) -> list[Row]:
    """The first rows of each report, each repository once. `is_cut` says whether rows beyond a
    report's top are left out."""
    from crawler.ranking.filters import apply_filters

    rows: dict[str, Row] = {}
    for report in shown:
        filters = report if is_cut else replace(report, top=None)
        parts = ranking.parts if "{list}" in report.path else ()
        for each in parts or (ranking,):
            for row in islice(apply_filters(each, filters).rows, count):
                rows.setdefault(row.name.key, row)
    return list(rows.values())
