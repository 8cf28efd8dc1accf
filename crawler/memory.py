"""What a run takes from the store, and what it leaves there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from crawler.clients.conditional import Conditional
from crawler.clock import Clock
from crawler.errors import ListError, StoreError
from crawler.exchange import Request, Response, Saved, Send, Token
from crawler.finishing import finish
from crawler.log import logger
from crawler.models import Answer, Provider, Reason, Refusal, RepositoryName
from crawler.ranking import Outcome, Stale
from crawler.settings import Settings

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


class Memory:
    """The store as one run uses it: recall first, then note what arrives.

    What is noted is written in the background, a transaction for all that has come together. A
    store that fails is complained of once, and the run goes on without it.
    """

    def __init__(
        self, store: Store | None, settings: Settings, token: Token | None, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._token = token
        self._clock = clock
        self._viewers: dict[Token | None, str] = {}
        self._known: dict[RepositoryName, Known] = {}
        self._answers: dict[RepositoryName, Answer] = {}
        self._responses: dict[Question, Saved] = {}
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.flush()

    @property
    def store(self) -> Store | None:
        """The store, as long as it works."""
        return self._store

    async def recall(
        self, names: Iterable[RepositoryName], provider: Provider
    ) -> dict[RepositoryName, Answer]:
        """What need not be asked: figures that are young enough, and what is known to be gone.

        Raises: StoreError where nothing may be asked, and the store cannot be read.
        """
        if self._store is None:
            return {}
        from crawler.store.repositories import origin_of

        try:
            # Offline nobody can ask anew, and whoever was told last knows best.
            is_offline = self._settings.offline
            viewer = None if is_offline else await self._find_viewer(self._store)
            self._known = await self._store.load_known(names, origin_of(provider), viewer)
        except StoreError as error:
            if self._settings.offline:
                raise
            self.give_up(error)
        return {
            name: answer
            for name, known in self._known.items()
            if (answer := self._answer(known)) is not None
        }

    def outcome(self, name: RepositoryName, answer: Answer) -> Outcome:
        """What comes of an answer: where it says nothing about the repository, the last known
        figures stand."""
        known = self._known.get(name)
        if known is None or known.facts is None or known.gone is not None:
            return answer
        match answer:
            case Refusal(reason) if reason in PASSING:
                return Stale(known.facts, answer)
        return answer

    def note(self, answers: Mapping[RepositoryName, Answer]) -> None:
        """Keep what was answered."""
        if self._store is not None:
            self._answers.update(answers)
            self._write_soon()

    async def flush(self) -> None:
        """Wait until everything that was noted is written, also where that is cancelled."""
        if self._writer is not None:
            await finish(self._writer)

    def give_up(self, error: StoreError) -> None:
        """Say that the store fails, and do without it."""
        if self._store is not None:
            logger.error("{}; nothing more is remembered in this run", error)
        self._store = None

    def conditional(self, send: Send, token: Token | None) -> Send:
        """`send`, but asking only for what has changed; offline, what is remembered instead."""
        if self._store is None:
            return send
        if self._settings.offline:
            return self._answer_offline

        async def load(request: Request) -> Saved | None:
            if self._store is None:
                return None
            try:
                if token not in self._viewers:
                    self._viewers[token] = await self._store.find_viewer(token)
                return await self._store.load_response(_question(request, self._viewers[token]))
            except StoreError as error:
                self.give_up(error)
                return None

        def save(request: Request, saved: Saved) -> None:
            if self._store is not None:
                self._responses[_question(request, self._viewers[token])] = saved
                self._write_soon()

        return Conditional(send, load, save).send

    async def _answer_offline(self, request: Request) -> Response:
        assert self._store is not None  # nothing is written offline, so nothing gives it up
        saved = await self._store.load_response(_question(request, None))
        if saved is None:
            raise ListError(
                f"{request.url} was never read, so that --offline has nothing to rank: run it "
                "once without"
            )
        return Response(200, {}, saved.body, request.url)

    def _answer(self, known: Known) -> Answer | None:
        """What is known as an answer, if it need not be asked for."""
        now, settings = self._clock.now(), self._settings
        if settings.refresh:
            return None
        if known.gone is not None and known.gone_at is not None:
            age = (now - known.gone_at).total_seconds()
            if not settings.offline and not _is_young(age, settings.gone_grace):
                return None
            return replace(
                known.gone, message=f"{known.gone.message} (as of {known.gone_at:%Y-%m-%d})"
            )
        if known.facts is not None:
            age = (now - known.facts.fetched_at).total_seconds()
            if settings.offline or _is_young(age, settings.max_age):
                return known.facts
        return None

    async def _find_viewer(self, store: Store) -> str:
        # Whoever does not rank private repositories takes them for gone.
        private = "+private" if self._settings.include_private else ""
        return await store.find_viewer(self._token) + private

    def _write_soon(self) -> None:
        if self._store is not None and (self._writer is None or self._writer.done()):
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._store is not None and (self._answers or self._responses):
            answers, self._answers = self._answers, {}
            responses, self._responses = self._responses, {}
            try:
                viewer = await self._find_viewer(self._store)
                await self._store.save(answers, responses, self._clock.now(), viewer)
            except StoreError as error:
                self.give_up(error)


def _is_young(age: float, most: float) -> bool:
    return -CLOCK_ERROR <= age < most


def _question(request: Request, viewer: str | None) -> Question:
    from crawler.store.responses import Question

    return Question(request.url, viewer, request.headers.get("Accept", ""))
