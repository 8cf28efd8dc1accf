"""What a run takes from the store, and what it leaves there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from crawler.http.conditional import Conditional
from crawler.http.exchange import Request, Saved, Send, Token
from crawler.model.clock import Clock
from crawler.model.durations import seconds
from crawler.model.errors import StoreError
from crawler.model.log import logger
from crawler.model.settings import Settings
from crawler.model.shielded import finish
from crawler.model.values import (
    GONE,
    Answer,
    Facts,
    Outcome,
    Provider,
    Reason,
    Refusal,
    RepositoryName,
    Stale,
)

if TYPE_CHECKING:
    from crawler.store import Store
    from crawler.store.repositories import Known
    from crawler.store.responses import Question

PASSING: Final = frozenset(
    {Reason.THROTTLED, Reason.UNAVAILABLE, Reason.MALFORMED, Reason.INTERRUPTED}
)
"""Reasons that say nothing about the repository: its last known figures still stand."""

CLOCK_ERROR: Final = 300.0
"""Seconds that a figure may seem to lie in the future; beyond that the clock was wrong then, or is
now, and it is asked for again."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the cache knows of the repositories of a run."""

    provider: Provider
    """Who said it."""
    answers: Mapping[RepositoryName, Answer]
    """Those that need not be asked for: young figures, and what is known to be gone."""
    last: Mapping[RepositoryName, Facts]
    """The last known figures, however old."""

    @property
    def found(self) -> int:
        """How many of the answers came from the store."""
        return sum(
            not (isinstance(answer, Refusal) and answer.reason is Reason.OTHER_HOST)
            for answer in self.answers.values()
        )

    def leaving_out(self, names: Iterable[RepositoryName], why: Refusal) -> Lookup:
        """The same, with `names` that are not asked for."""
        return replace(self, answers={**self.answers, **dict.fromkeys(names, why)})

    @property
    def figures(self) -> int:
        """How many of the answers have figures."""
        return sum(isinstance(answer, Facts) for answer in self.answers.values())

    def outcome(self, name: RepositoryName, answer: Answer) -> Outcome:
        """What comes of an answer: where it says nothing about the repository, the last known
        figures stand."""
        if isinstance(answer, Refusal) and answer.reason in PASSING and name in self.last:
            return Stale(self.last[name], answer)
        return answer


class Cache:
    """The store as one run uses it: look up first, then put what arrives.

    What is put is written in the background, a transaction for all that has come together. A
    store that fails is complained of once, and the run goes on without it, or without writing.
    """

    def __init__(
        self, store: Store | None, settings: Settings, token: Token | None, clock: Clock
    ) -> None:
        self.store = store
        """The store, as long as it can be read."""
        self.is_writable = store is not None and not settings.offline
        """Whether what this run learns is kept."""
        self._settings = settings
        self._max_age = seconds(settings.max_age)
        self._gone_grace = seconds(settings.gone_grace)
        self._token = token
        self._clock = clock
        self.is_new = store is not None and not store.path.exists()
        """Whether there is nothing to recall yet, so that nobody has to wait for the file."""
        self._is_reading = True
        """Whether lists are being read: parsing them takes the processor, and writing can wait."""
        self._viewers: dict[Token | None, str] = {}
        self._answers: dict[RepositoryName, Answer] = {}
        self._responses: dict[tuple[str, str], tuple[Token | None, Saved]] = {}
        self._lists: dict[str, str] = {}
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

    async def lookup(self, names: Sequence[RepositoryName], provider: Provider) -> Lookup:
        """What `provider` said of `names` before.

        Raises: StoreError where nothing may be asked, and the store cannot be read.
        """
        store = self.store
        known: Mapping[RepositoryName, Known] = {}
        if store is not None and not (self.is_new and self.is_writable):
            from crawler.ranking.growth import origin_of

            is_offline = self._settings.offline
            try:
                # Offline nobody can ask anew, and whoever was told last knows best.
                viewer = None if is_offline else await self._find_viewer(store)
                known = await store.load_known(names, origin_of(provider), viewer)
            except StoreError as error:
                if is_offline:
                    raise
                self.give_up(error)
        return Lookup(
            provider,
            answers={
                name: answer
                for name, each in known.items()
                if (answer := self._answer(each)) is not None
            },
            last={
                name: each.facts
                for name, each in known.items()
                if each.facts is not None and each.refusal is None
            },
        )

    def start_writing(self) -> None:
        """Write from now on: while lists are parsed, that takes the processor, and writing waits.

        Also `flush()` does it.
        """
        self._is_reading = False
        self._write_soon()

    def _complain(self, sentence: str) -> None:
        # Once: what follows has the same cause.
        if not self._has_complained:
            logger.error("{}", sentence)
        self._has_complained = True

    def put(self, answers: Mapping[RepositoryName, Answer]) -> None:
        """Keep what was answered."""
        if self.is_writable:
            self._answers.update(answers)
            self._write_soon()

    async def flush(self) -> None:
        """Wait until everything that was noted is written, also where that is cancelled."""
        self.start_writing()
        if self._writer is not None:
            await finish(self._writer)

    def give_up(self, error: StoreError) -> None:
        """Say that the store cannot be read, and do without it."""
        self._complain(f"{error}; the run goes on without it")
        self.store = None
        self.is_writable = False

    def stop_writing(self, error: StoreError) -> None:
        """Say that the store cannot be written; what it knows is still of use."""
        self._complain(f"{error}; nothing more is remembered in this run")
        self.is_writable = False

    async def lookup_list(self, place: str) -> str | None:
        """The text of the list at `place` as it was read last.

        Raises: StoreError.
        """
        return None if self.store is None else await self.store.load_list(place)

    def put_list(self, place: str, text: str) -> None:
        """Keep the text of a list for a time without a network."""
        if self.is_writable:
            self._lists[place] = text
            self._write_soon()

    def conditional(self, send: Send, token: Token | None) -> Send:
        """`send`, but asking only for what has changed."""
        if self.store is None:
            return send

        async def load(request: Request) -> Saved | None:
            store = self.store
            if store is None or self.is_new:
                return None
            try:
                viewer = await self._viewer_of(store, token)
                return await store.load_response(_question(request, viewer))
            except StoreError as error:
                self.give_up(error)
                return None

        def save(request: Request, saved: Saved) -> None:
            if self.is_writable:
                self._responses[request.url, request.headers.get("Accept", "")] = token, saved
                self._write_soon()

        return Conditional(send, load, save).send

    def _answer(self, known: Known) -> Answer | None:
        """What is known as an answer, if it need not be asked for."""
        settings = self._settings
        if settings.refresh:
            return None
        if known.refusal is not None and known.refused_at is not None:
            # What is forbidden today may be allowed tomorrow: it is no more lasting than a figure.
            is_gone = known.refusal.reason in GONE
            grace = self._gone_grace if is_gone else self._max_age
            if not settings.offline and not self._is_young(known.refused_at, grace):
                return None
            message = f"{known.refusal.message} (as of {known.refused_at:%Y-%m-%d})"
            return replace(known.refusal, message=message)
        if known.facts is None:
            return None
        if settings.offline or self._is_young(known.facts.fetched_at, self._max_age):
            return known.facts
        return None

    def _is_young(self, moment: datetime, most: float) -> bool:
        age = (self._clock.now() - moment).total_seconds()
        return age >= -CLOCK_ERROR and max(age, 0) < most

    async def _find_viewer(self, store: Store) -> str:
        # Whoever does not rank private repositories takes them for gone.
        private = "+private" if self._settings.include_private else ""
        return await self._viewer_of(store, self._token) + private

    async def _viewer_of(self, store: Store, token: Token | None) -> str:
        if token not in self._viewers:
            self._viewers[token] = await store.find_viewer(token)
        return self._viewers[token]

    def _write_soon(self) -> None:
        is_idle = self._writer is None or self._writer.done()
        if self.is_writable and is_idle and not self._is_reading:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        store = self.store
        if store is None:
            return
        from crawler.store.responses import Question

        while self.is_writable and (self._answers or self._responses or self._lists):
            answers, self._answers = self._answers, {}
            responses, self._responses = self._responses, {}
            lists, self._lists = self._lists, {}
            try:
                questions = {
                    Question(url, await self._viewer_of(store, token), media_type): saved
                    for (url, media_type), (token, saved) in responses.items()
                }
                if answers or questions:
                    viewer = await self._find_viewer(store)
                    await store.save(answers, questions, self._clock.now(), viewer)
                for place, text in lists.items():
                    await store.save_list(place, text)
            except StoreError as error:
                self.stop_writing(error)


def _question(request: Request, viewer: str) -> Question:
    from crawler.store.responses import Question

    return Question(request.url, viewer, request.headers.get("Accept", ""))
