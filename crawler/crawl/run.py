"""The whole way from lists to a ranking: it wires the rooms below it and owns nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from crawler.crawl.cache import Memory
from crawler.crawl.comparison import compare_run, rank_plan, save_snapshots
from crawler.crawl.plan import Plan, read_lists
from crawler.crawl.providers import QuotaWatch, announce, choose_provider, make_fetcher
from crawler.crawl.services import open_services
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import Interrupted, RunError, StoreError
from crawler.model.results import Ranking, Usage
from crawler.model.settings import Settings
from crawler.model.values import (
    Answer,
    Facts,
    Pause,
    Progress,
    Provider,
    Reason,
    Refusal,
    RepositoryName,
)
from crawler.ranking.rank import Outcome

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store

T = TypeVar("T")

_INTERRUPTED: Final = Refusal(Reason.INTERRUPTED, "the run was ended before there was an answer")
_NEVER_ASKED: Final = Refusal(
    Reason.NEVER_ASKED, "nothing is known of it yet, and --offline asks nothing"
)


async def crawl(
    settings: Settings,
    *,
    token: Token | None,
    progress: Callable[[Progress], object] | None = None,
    transport: Transport | None = None,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    store: Store | None = None,
) -> Ranking:
    """Read the lists, ask about every repository on them that `store` does not know, and rank.

    Once `stop` is set, what is known by then is ranked, and the rest is
    `interrupted`.

    Raises: as `crawler.api.rank_repos()`; Interrupted where `stop` comes before any answer.
    """
    clock = clock or Clock()
    stop = stop or asyncio.Event()
    started = clock.monotonic()
    provider = choose_provider(settings, token)
    told = Progress(done=0, total=0, failed=0)

    def tell(**news: Any) -> None:
        nonlocal told
        told = replace(told, **news)
        if progress is not None:
            progress(told)

    def pause(news: Pause | None) -> None:
        tell(pause=news)

    async with (
        Memory(store, settings, token, clock) as memory,
        open_services(
            settings, token=token, transport=transport, clock=clock, memory=memory, on_pause=pause
        ) as services,
    ):
        plan = await _unless(stop, read_lists(settings, services, memory, clock))
        if plan is None:
            raise Interrupted("stopped before any repository was asked for")
        names = [listing.repository for listing in plan.listings]
        provider, recalled = await _recall(memory, settings, names, provider)
        unknown = [] if settings.offline else [name for name in names if name not in recalled]
        if unknown:
            announce(provider, len(unknown), token)
        fetcher = make_fetcher(provider, settings, services, clock)
        watch = QuotaWatch(provider, settings, services)

        def settled(news: Mapping[RepositoryName, Answer]) -> None:
            memory.note(news)
            watch.look(len(unknown) - len(fetcher.answers))
            tell(done=len(recalled) + len(fetcher.answers), failed=gone + fetcher.failed)

        fetcher.settled = settled
        gone = sum(isinstance(answer, Refusal) for answer in recalled.values())
        tell(total=len(names), done=len(recalled), failed=gone)
        if unknown:
            await _unless(stop, fetcher.run(unknown))
        await memory.flush()
        answers = recalled | fetcher.answers
        missing = _NEVER_ASKED if settings.offline else _INTERRUPTED
        outcomes = [memory.outcome(name, answers.get(name, missing)) for name in names]
        if stop.is_set() and not _is_answered(outcomes):
            raise Interrupted("stopped before there was any answer")
        _check_answered(outcomes)
        by_key = {name.key: outcome for name, outcome in zip(names, outcomes, strict=True)}
        usage = Usage(
            requests=services.requests,
            graphql_points=services.github.points,
            rest_requests=services.rest_requests,
            seconds=round(clock.monotonic() - started, 3),
            from_store=len(recalled),
        )
        ranking = await asyncio.to_thread(rank_plan, plan, by_key, usage, provider, clock.now())
        # A run that was ended is no snapshot of its lists.
        if not stop.is_set():
            await _keep(memory, plan, by_key, ranking)
        return await _look_back(memory, settings, plan, ranking)


async def _keep(
    memory: Memory, plan: Plan, outcomes: Mapping[tuple[str, str], Outcome], ranking: Ranking
) -> None:
    """Leave the run to later ones."""
    if memory.store is not None and memory.is_writable:
        try:
            await save_snapshots(memory.store, plan, outcomes, ranking)
        except StoreError as error:
            memory.stop_writing(error)


async def _look_back(memory: Memory, settings: Settings, plan: Plan, ranking: Ranking) -> Ranking:
    """The same ranking beside earlier ones, as far as the store can be read."""
    # A store that this run makes has no earlier ones.
    if memory.store is not None and not (memory.is_new and settings.since is None):
        try:
            return await compare_run(memory.store, settings, plan, ranking)
        except StoreError as error:
            memory.give_up(error)
    return ranking


async def _recall(
    memory: Memory, settings: Settings, names: Sequence[RepositoryName], provider: Provider
) -> tuple[Provider, dict[RepositoryName, Answer]]:
    """What need not be asked, and who said it: offline whoever knows more, unless it is said."""
    recalled = await memory.recall(names, provider)
    if settings.offline and settings.provider == "auto" and len(recalled) < len(names):
        others = await memory.recall(names, Provider.DEPSDEV)
        if _count_facts(others) > _count_facts(recalled):
            return Provider.DEPSDEV, others
        recalled = await memory.recall(names, provider)
    return provider, recalled


def _count_facts(answers: Mapping[RepositoryName, Answer]) -> int:
    return sum(isinstance(answer, Facts) for answer in answers.values())


async def read_plan(
    settings: Settings,
    *,
    token: Token | None,
    transport: Transport | None = None,
    stop: asyncio.Event | None = None,
    store: Store | None = None,
) -> Plan:
    """Read the lists, and ask about no repository.

    Raises: as `crawl()`.
    """
    clock = Clock()
    async with (
        Memory(store, settings, token, clock) as memory,
        open_services(
            settings, token=token, transport=transport, clock=clock, memory=memory
        ) as services,
    ):
        plan = await _unless(stop or asyncio.Event(), read_lists(settings, services, memory, clock))
    if plan is None:
        raise Interrupted("stopped before the lists were read")
    return plan


async def _unless(stop: asyncio.Event, job: Coroutine[Any, Any, T]) -> T | None:
    """Await `job`, but cancel it once `stop` is set, and then return None."""
    task = asyncio.ensure_future(job)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        # Not left behind, and what goes wrong on the way out changes nothing any more.
        await asyncio.gather(task, stopped, return_exceptions=True)


def _is_answered(outcomes: Iterable[Outcome]) -> bool:
    """Whether any of them is one; that a repository is unknown there, is an answer of deps.dev."""
    return any(
        not isinstance(answer, Refusal)
        or not answer.reason.retryable
        or answer.reason is Reason.UNKNOWN_TO_SOURCE
        for answer in outcomes
    )


def _check_answered(answers: Sequence[Outcome]) -> None:
    """A run without any answer has nothing to report but its failure."""
    if _is_answered(answers):
        return
    if all(isinstance(each, Refusal) and each.reason is Reason.NEVER_ASKED for each in answers):
        raise RunError(
            "the store knows nothing of these repositories yet: run it once without --offline"
        )
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    reasons, first = sorted({refusal.reason for refusal in refusals}), refusals[0]
    raise RunError(f"no repository has an answer ({', '.join(reasons)}): {first.message}")
