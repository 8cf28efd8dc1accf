"""One run, in five steps: read the lists, look up what is known, fetch the rest, rank, compare."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from crawler.crawl.cache import Cache, Lookup
from crawler.crawl.fetcher import FetchPolicy
from crawler.crawl.plan import Plan, read_lists
from crawler.crawl.progress import Arrivals, Meter
from crawler.crawl.providers import (
    QuotaWatch,
    batch_size,
    choose_provider,
    host_asked,
    make_fetcher,
)
from crawler.crawl.services import Services, open_services
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import Interrupted, RunError, StoreError
from crawler.model.log import logger
from crawler.model.preload import preload
from crawler.model.settings import Settings
from crawler.model.values import Outcome, Progress, Provider, Reason, Refusal

if TYPE_CHECKING:
    from crawler.crawl.comparison import Outcomes
    from crawler.http.client import Transport
    from crawler.model.results import Ranking
    from crawler.store import Store

T = TypeVar("T")

_COMPARISON: Final = "crawler.crawl.comparison"
"""What the last two steps need, which is loaded while answers are waited for."""

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
    policy: FetchPolicy = FetchPolicy(),
    preloads: Sequence[str] = (),
) -> Ranking:
    """Read the lists, ask about every repository on them that `store` does not know, and rank.

    Once `stop` is set, what is known by then is ranked, and the rest is
    `interrupted`. `policy` says how a server in trouble is dealt with.
    `preloads` are modules that are loaded while answers are waited for.

    Raises: as `crawler.api.rank_repos()`; Interrupted where `stop` comes before any answer.
    """
    provider = choose_provider(settings, token)
    async with _open(
        settings,
        token=token,
        progress=progress,
        transport=transport,
        clock=clock,
        stop=stop,
        store=store,
        policy=policy,
    ) as run:
        plan = await read(run)
        lookup = await look_up(run, plan, provider)
        preload(_COMPARISON, *preloads)
        outcomes = await fetch(run, plan, lookup)
        ranking = await rank(run, plan, lookup, outcomes)
        return await compare(run, plan, outcomes, ranking)


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
    async with _open(settings, token=token, transport=transport, stop=stop, store=store) as run:
        return await read(run)


@dataclass(frozen=True, slots=True)
class Run:
    """What the steps of a run work with."""

    settings: Settings
    token: Token | None
    policy: FetchPolicy
    clock: Clock
    started: float
    """In seconds of the clock."""
    stop: asyncio.Event
    """Set once somebody wants the run to end."""
    meter: Meter
    cache: Cache
    services: Services


async def read(run: Run) -> Plan:
    """Read the lists.

    Raises: ListError, RunError; Interrupted where the run is stopped before they are read.
    """
    reading = read_lists(run.settings, run.services, run.cache, run.clock, run.policy.backoff)
    plan = await _unless(run.stop, reading)
    if plan is None:
        raise Interrupted("stopped before any repository was asked for")
    run.cache.start_writing()
    return plan


async def look_up(run: Run, plan: Plan, provider: Provider) -> Lookup:
    """Find what need not be asked; offline from whoever knows more, unless one was chosen.

    Raises: StoreError where nothing may be asked, and the store cannot be read.
    """
    host = host_asked(provider, run.settings)
    names = [name for name in plan.names if name.host == host]
    lookup = await run.cache.lookup(names, provider)
    is_open = run.settings.offline and run.settings.provider == "auto"
    if is_open and host_asked(Provider.DEPSDEV, run.settings) == host and lookup.found < len(names):
        other = await run.cache.lookup(names, Provider.DEPSDEV)
        lookup = max(lookup, other, key=lambda each: each.figures)
    others = [name for name in plan.names if name.host != host]
    if others:
        logger.warning(
            "{} of {} repositories are not on {}, and this run asks about no others",
            len(others),
            len(plan.names),
            host,
        )
    why = Refusal(Reason.OTHER_HOST, f"this run asks about repositories of {host} alone")
    return lookup.leaving_out(others, why)


async def fetch(run: Run, plan: Plan, lookup: Lookup) -> Outcomes:
    """Ask for the repositories that were not found, until all are answered or the run is stopped.

    Raises: RunError where the run cannot go on, or no repository has an answer.
    """
    settings = run.settings
    unknown = [name for name in plan.names if name not in lookup.answers]
    source = run.services.source(lookup.provider)
    watch = QuotaWatch(source, batch_size(source, settings, len(unknown)))
    arrivals = Arrivals(lookup, len(plan.names), run.cache, watch, run.meter)
    if unknown and not settings.offline:
        if caution := source.caution(len(unknown)):
            logger.warning("{}", caution)
        watch.look(len(unknown))
        fetcher = make_fetcher(
            source,
            settings,
            repositories=len(unknown),
            save=arrivals.save,
            policy=run.policy,
            clock=run.clock,
        )
        await _unless(run.stop, fetcher.run(unknown))
    await run.cache.flush()
    missing = _NEVER_ASKED if settings.offline else _INTERRUPTED
    outcomes = {
        name.key: lookup.outcome(name, arrivals.answers.get(name, missing)) for name in plan.names
    }
    if run.stop.is_set() and not any(map(_is_answer, outcomes.values())):
        raise Interrupted("stopped before there was any answer")
    _check_answered([*outcomes.values()])
    return outcomes


async def rank(run: Run, plan: Plan, lookup: Lookup, outcomes: Outcomes) -> Ranking:
    """Order the repositories by stars."""
    from crawler.crawl.comparison import rank_plan
    from crawler.model.results import Usage

    usage = Usage(
        requests=run.services.requests,
        graphql_points=run.services.points,
        rest_requests=run.services.rest_requests,
        seconds=round(run.clock.monotonic() - run.started, 3),
        from_store=lookup.found,
    )
    now = run.clock.now()
    return await asyncio.to_thread(rank_plan, plan, outcomes, usage, lookup.provider, now)


async def compare(run: Run, plan: Plan, outcomes: Outcomes, ranking: Ranking) -> Ranking:
    """Leave the run to later ones, and put it beside earlier ones, as far as the store allows."""
    from crawler.crawl.comparison import compare_run, save_snapshots

    cache = run.cache
    # A run that was ended is no snapshot of its lists.
    if cache.store is not None and cache.is_writable and not run.stop.is_set():
        try:
            await save_snapshots(cache.store, plan, outcomes, ranking)
        except StoreError as error:
            cache.stop_writing(error)
    # A store that this run makes has no earlier ones.
    if cache.store is not None and not (cache.is_new and run.settings.since is None):
        try:
            return await compare_run(cache.store, run.settings, plan, ranking)
        except StoreError as error:
            cache.give_up(error)
    return ranking


@asynccontextmanager
async def _open(
    settings: Settings,
    *,
    token: Token | None,
    progress: Callable[[Progress], object] | None = None,
    transport: Transport | None = None,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    store: Store | None = None,
    policy: FetchPolicy = FetchPolicy(),
) -> AsyncIterator[Run]:
    clock = clock or Clock()
    started = clock.monotonic()
    meter = Meter(progress)
    async with (
        Cache(store, settings, token, clock) as cache,
        open_services(
            settings,
            token=token,
            transport=transport,
            clock=clock,
            conditional=cache.conditional,
            on_pause=meter.pause,
        ) as services,
    ):
        yield Run(
            settings=settings,
            token=token,
            policy=policy,
            clock=clock,
            started=started,
            stop=stop or asyncio.Event(),
            meter=meter,
            cache=cache,
            services=services,
        )


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


def _is_answer(outcome: Outcome) -> bool:
    """Whether it is one; that a repository is unknown there, is an answer of deps.dev."""
    return (
        not isinstance(outcome, Refusal)
        or not outcome.reason.retryable
        or outcome.reason is Reason.UNKNOWN_TO_SOURCE
    )


def _check_answered(outcomes: Sequence[Outcome]) -> None:
    """A run without any answer has nothing to report but its failure."""
    refusals = [each for each in outcomes if isinstance(each, Refusal) and not _is_answer(each)]
    if len(refusals) < len(outcomes):
        return
    reasons = sorted({refusal.reason for refusal in refusals})
    if reasons == [Reason.NEVER_ASKED]:
        raise RunError(
            "the store knows nothing of these repositories yet: run it once without --offline"
        )
    causes = ", ".join(reason.words for reason in reasons)
    raise RunError(f"no repository has an answer ({causes}): {refusals[0].message}")
