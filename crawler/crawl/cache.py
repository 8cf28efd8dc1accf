"""The store as a cache: what a run reads from it and writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from crawler.http.conditional import Conditional
from crawler.http.exchange import CachedResponse, Request, Send, Token
from crawler.model.clock import Clock
from crawler.model.durations import seconds
from crawler.model.errors import StoreError
from crawler.model.log import logger
from crawler.model.settings import Settings
from crawler.model.shielded import shielded
from crawler.model.values import GONE, Answer, KnownDays, Refusal, RepositoryName, StarHistory
from crawler.store.moments import encode_time

if TYPE_CHECKING:
    from crawler.store.figures import Figures
    from crawler.store.records import Records
    from crawler.store.repositories import Known
    from crawler.store.responses import CacheKey
    from crawler.store.workspace import Workspace

MOST_WAITING: Final = 5000
"""Unwritten answers that may accumulate before `put` waits: as many as the largest batch has."""

TOGETHER: Final = 64
"""Star histories, or responses for conditional requests, that are written in one transaction: one
for each would take more of the processor's time than fetching them."""

CLOCK_ERROR: Final = 300.0
"""Seconds that a figure's time may lie in the future; beyond that a clock was wrong, and the
figure is fetched again."""


class Cache:
    """The store as one run uses it: look up first, then put each answer.

    Answers are written in the background, one transaction for all that have accumulated. If the
    store fails, this is reported once, and the run goes on without it, or without writing.
    """

    def __init__(
        self,
        records: Records | None,
        settings: Settings,
        tokens: Mapping[str, Token],
        clock: Clock,
    ) -> None:
        """`tokens` are by the name of the host; they determine whose answers are looked up."""
        self.records = records
        """Those of the store, as long as it can be read."""
        self.is_writable = records is not None and not settings.offline
        """Whether the results of this run are kept."""
        self._settings = settings
        self._max_age = seconds(settings.max_age)
        self._gone_grace = seconds(settings.gone_grace)
        self._tokens = tokens
        self._clock = clock
        self.is_new = records is not None and not records.path.exists()
        """Whether the store is still empty, so that nobody has to wait for the file."""
        self._is_reading = True
        """Whether lists are being parsed, which needs the processor; writing waits until then."""
        self._viewers: dict[Token | None, str] = {}
        self._answers: dict[RepositoryName, Answer] = {}
        self._responses: dict[tuple[str, str], tuple[Token | None, CachedResponse]] = {}
        self._lists: dict[str, str] = {}
        self._histories: list[StarHistory] = []
        self._has_histories = False
        """Whether this run has written star histories."""
        self._writer: asyncio.Task[None] | None = None
        self._has_complained = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.flush()

    async def lookup(self, workspace: Workspace, host: str, provider: str) -> int:
        """Put into the workspace what `provider` said earlier about its names on a host: fresh
        answers, and the last known figures of the others. Returns the number of fresh answers.

        Raises: StoreError if no requests are allowed and the store cannot be read.
        """
        records, count = self.records, 0
        if records is None or (self.is_new and self.is_writable):
            return 0
        from crawler.ranking.growth import provenance_of

        is_offline = self._settings.offline
        try:
            # Offline nothing can be fetched; the latest answer is the best one.
            viewer = None if is_offline else await self._find_viewer(records, host)
            for names in workspace.unsettled_names(host):
                known = await records.load_known(names, provenance_of(provider), viewer)
                count += self._put_known(workspace, known)
        except StoreError as error:
            if is_offline:
                raise
            self.give_up(error)
        return count

    def _put_known(self, workspace: Workspace, known: Mapping[RepositoryName, Known]) -> int:
        answers: list[tuple[str, Figures]] = []
        last: list[tuple[str, Figures]] = []
        gone = []
        now = encode_time(self._clock.now())
        for name, each in known.items():
            if each.refusal is not None:
                if (refusal := self._refusal(each.refusal, each.refused_at, now)) is not None:
                    gone.append((name, refusal))
            elif each.figures is not None:
                is_young = self._is_young(each.figures.fetched_at, self._max_age, now)
                (answers if is_young else last).append((name.key, each.figures))
        workspace.put_known(last, is_settled=False)
        workspace.put_known(answers, is_settled=True)
        workspace.put_answers(gone)
        return len(answers) + len(gone)

    def start_writing(self) -> None:
        """Start writing; before, while lists are parsed, it would compete for the processor.

        `flush()` also does this.
        """
        self._is_reading = False
        self._write_soon()

    def _complain(self, sentence: str) -> None:
        # Only once: later errors have the same cause.
        if not self._has_complained:
            logger.error("{}", sentence)
        self._has_complained = True

    async def put(self, answers: Iterable[tuple[RepositoryName, Answer]]) -> None:
        """Keep the answers. Waits if too many are still to be written."""
        if self.is_writable:
            self._answers.update(answers)
            self._write_soon()
            while self.is_writable and len(self._answers) > MOST_WAITING and self._writer:
                await asyncio.wait([self._writer])

    async def recall(
        self, names: Sequence[RepositoryName], host: str, provider: str
    ) -> dict[RepositoryName, Answer]:
        """The fresh answers that `provider` gave about some names on a host."""
        records = self.records
        if records is None or (self.is_new and self.is_writable):
            return {}
        from crawler.ranking.growth import provenance_of

        try:
            viewer = None if self._settings.offline else await self._find_viewer(records, host)
            known = await records.load_known(names, provenance_of(provider), viewer)
        except StoreError as error:
            self.give_up(error)
            return {}
        answers: dict[RepositoryName, Answer] = {}
        now = encode_time(self._clock.now())
        for name, each in known.items():
            facts = each.facts
            if each.refusal is not None:
                if (refusal := self._refusal(each.refusal, each.refused_at, now)) is not None:
                    answers[name] = refusal
            elif facts and self._is_young(encode_time(facts.fetched_at), self._max_age, now):
                answers[name] = facts
        return answers

    async def find_known_days(
        self, names: Sequence[RepositoryName], today: date
    ) -> dict[RepositoryName, KnownDays]:
        """The days for which the stars of each of `names` are known."""
        if self.records is None or self.is_new:
            return {}
        try:
            return await self.records.load_known_days(names, today)
        except StoreError as error:
            self.give_up(error)
            return {}

    def put_history(self, history: StarHistory) -> None:
        """Keep a star history, so that reports have a past to compare with."""
        if self.is_writable:
            self._histories.append(history)
            if len(self._histories) >= TOGETHER:
                self._write_soon()

    async def flush(self) -> None:
        """Wait until everything is written, even if this is cancelled."""
        self._is_reading = False
        self._writer = asyncio.create_task(self._write_all(self._writer))
        await shielded(self._writer)
        # What star histories tell of the past can be compared with.
        self.is_new &= not self._has_histories

    def give_up(self, error: StoreError) -> None:
        """Report that the store cannot be read, and continue without it."""
        self._complain(f"{error}; the run goes on without it")
        self.records = None
        self.is_writable = False

    def stop_writing(self, error: StoreError) -> None:
        """Report that the store cannot be written; reading from it continues."""
        self._complain(f"{error}; nothing more is stored in this run")
        self.is_writable = False

    async def lookup_list(self, place: str) -> str | None:
        """The text of the list at `place` as it was last read.

        Raises: StoreError.
        """
        return None if self.records is None else await self.records.load_list(place)

    def put_list(self, place: str, text: str) -> None:
        """Keep the text of a list for later runs without a network."""
        if self.is_writable:
            self._lists[place] = text
            self._write_soon()

    def conditional(self, send: Send, token: Token | None) -> Send:
        """`send`, made conditional on a change of the answer."""
        if self.records is None:
            return send

        async def load(request: Request) -> CachedResponse | None:
            records = self.records
            if records is None or self.is_new:
                return None
            try:
                viewer = await self._viewer_of(records, token)
                return await records.load_response(_cache_key(request, viewer))
            except StoreError as error:
                self.give_up(error)
                return None

        def save(request: Request, saved: CachedResponse) -> None:
            if self.is_writable:
                self._responses[request.url, request.headers.get("Accept", "")] = token, saved
                if len(self._responses) >= TOGETHER:
                    self._write_soon()

        return Conditional(send, load, save).send

    def _refusal(self, refusal: Refusal, at: datetime | None, now: int) -> Refusal | None:
        """A known refusal that is still fresh."""
        # Access may be granted tomorrow, so this refusal lasts no longer than a figure.
        grace = self._gone_grace if refusal.reason in GONE else self._max_age
        if at is None or not self._is_young(encode_time(at), grace, now):
            return None
        return replace(refusal, message=f"{refusal.message} (as of {at:%Y-%m-%d})")

    def _is_young(self, moment: int, most: float, now: int) -> bool:
        """Whether something learned at that time (microseconds since 1970) is still fresh."""
        if self._settings.offline or self._settings.refresh:
            return self._settings.offline
        age = (now - moment) / 1_000_000
        return age >= -CLOCK_ERROR and max(age, 0) < most

    async def _find_viewer(self, records: Records, host: str) -> str:
        # Without private repositories, the result is the same for every token.
        private = "+private" if self._settings.include_private else ""
        return await self._viewer_of(records, self._tokens.get(host)) + private

    async def _viewer_of(self, records: Records, token: Token | None) -> str:
        if token not in self._viewers:
            self._viewers[token] = await records.find_viewer(token)
        return self._viewers[token]

    def _write_soon(self) -> None:
        is_idle = self._writer is None or self._writer.done()
        if self.is_writable and is_idle and not self._is_reading:
            self._writer = asyncio.create_task(self._write())

    async def _write_all(self, writer: asyncio.Task[None] | None) -> None:
        if writer is not None:
            await writer
        await self._write(least=1)

    async def _write(self, least: int = TOGETHER) -> None:
        """Write while there is anything, but not fewer than `least` responses or histories."""
        records = self.records
        while (
            self.is_writable
            and records is not None
            and (
                self._answers
                or self._lists
                or max(len(self._responses), len(self._histories)) >= least
            )
        ):
            from crawler.store.responses import CacheKey

            answers, self._answers = self._answers, {}
            histories, self._histories = self._histories, []
            responses, self._responses = self._responses, {}
            lists, self._lists = self._lists, {}
            try:
                questions = {
                    CacheKey(url, await self._viewer_of(records, token), media_type): saved
                    for (url, media_type), (token, saved) in responses.items()
                }
                for host, found in _by_host(answers).items():
                    viewer = await self._find_viewer(records, host)
                    await records.save(found, questions, self._clock.now(), viewer)
                    questions = {}
                if questions:
                    await records.save({}, questions, self._clock.now(), viewer="")
                for place, text in lists.items():
                    await records.save_list(place, text)
                if histories:
                    await records.save_star_histories(histories)
                    self._has_histories = True
            except StoreError as error:
                self.stop_writing(error)


def _by_host(
    answers: Mapping[RepositoryName, Answer],
) -> dict[str, dict[RepositoryName, Answer]]:
    found: dict[str, dict[RepositoryName, Answer]] = {}
    for name, answer in answers.items():
        found.setdefault(name.host, {})[name] = answer
    return found


def _cache_key(request: Request, viewer: str) -> CacheKey:
    from crawler.store.responses import CacheKey

    return CacheKey(request.url, viewer, request.headers.get("Accept", ""))
