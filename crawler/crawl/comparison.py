"""A run beside the runs before it: what it leaves to later ones, and what they left to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from crawler.crawl.plan import ListPlan, Plan, is_lasting, join_scopes, scope_of, split_scope
from crawler.lists.origins import display_name, locate
from crawler.model.durations import DAY, LookBack, Since, parse_since
from crawler.model.errors import RunError
from crawler.model.results import Event, EventKind, Point, Ranking, Usage
from crawler.model.settings import Settings
from crawler.model.values import Facts, Links, Outcome, Provider, Reason, Refusal, Source
from crawler.ranking.changes import compare, summarize, with_growth
from crawler.ranking.growth import Baseline, Origin, find_baseline, is_suspicious, origin_of
from crawler.ranking.listings import count_by_host
from crawler.ranking.rank import rank
from crawler.sources import hosts_of

if TYPE_CHECKING:
    from crawler.store import Store

TREND_DAYS: Final = 90
"""Days of history that a report draws, unless it compares with an earlier time."""

_MOMENT: Final = timedelta(microseconds=1)
"""The shortest time that the store tells apart."""

FEED_EVENTS: Final = 100
"""Events that a ranking carries for feeds, the newest ones: a reader that looks in once a month
misses none of a list with three a day."""


Outcomes = Mapping[str, Outcome]
"""By the key of the listed name."""


def rank_plan(
    plan: Plan, outcomes: Outcomes, usage: Usage, provider: Provider, now: datetime
) -> Ranking:
    """The ranking of the whole plan, with one of each list alone where there are several."""

    def ranked(sources: tuple[Source, ...], part: Plan | ListPlan) -> Ranking:
        found = [outcomes[listing.repository.key] for listing in part.listings]
        rows, failures, sums = rank(part.listings, found, now)
        return Ranking(
            sources=sources,
            rows=rows,
            failures=failures,
            sums=replace(sums, elsewhere=count_by_host(part.elsewhere)),
            usage=usage,
            provider=provider,
            generated_at=now,
            sections=part.sections,
        )

    whole = replace(ranked(plan.sources, plan), unread=plan.unread)
    if len(plan.parts) == 1 and not plan.unread:
        return whole
    return replace(
        whole,
        parts=tuple(ranked((part.source,), part) for part in plan.parts),
    )


async def compare_run(store: Store, settings: Settings, plan: Plan, ranking: Ranking) -> Ranking:
    """The same ranking, each of its parts too, beside the runs before.

    Raises: StoreError.
    """
    whole = await _compare(
        store,
        plan.named_scope,
        ranking,
        settings.since,
        read=frozenset(part.scope for part in plan.parts) if plan.unread else None,
    )
    parts = [
        await _compare(store, part.scope, each, settings.since)
        for part, each in zip(plan.parts, ranking.parts, strict=False)
    ]
    return replace(whole, parts=tuple(parts))


async def load_last(store: Store, settings: Settings, lists: Sequence[str]) -> Ranking:
    """The last run over `lists`, or of all where none is named, beside the runs before it.

    Raises: ListError for what is no list; RunError where there was no such run; StoreError.
    """
    wanted = None
    hosts = hosts_of(settings)
    origins = {name: locate(name, hosts) for name in lists}
    if origins:
        wanted = join_scopes(scope_of(origin, Links(settings.links)) for origin in origins.values())
    found = await store.load_run(wanted)
    if found is None:
        shown = ", ".join(display_name(name, origin) for name, origin in origins.items())
        raise RunError(
            f"the store {store.path} knows no run over {shown or 'any list'} yet: "
            "leave out the word report to make one"
        )
    scope, ranking = found
    parts = sorted(
        zip(split_scope(scope), ranking.parts, strict=False),
        key=lambda pair: ranking.sources.index(pair[1].sources[0]),
    )
    whole, *others = [
        await _compare(store, each, part, settings.since)
        for each, part in [(scope, ranking), *parts]
    ]
    return replace(whole, parts=tuple(others))


async def save_snapshots(store: Store, plan: Plan, outcomes: Outcomes, ranking: Ranking) -> None:
    """Keep the run, and for each list of several one of its own, with what happened since the last.

    A private repository is kept as what others see of it: it is not found.

    Raises: StoreError.
    """
    private = [
        key for key, outcome in outcomes.items() if isinstance(outcome, Facts) and outcome.private
    ]
    if private:
        public = {**outcomes, **dict.fromkeys(private, Refusal(Reason.NOT_FOUND, "Not Found"))}
        ranking = rank_plan(plan, public, ranking.usage, ranking.provider, ranking.generated_at)
    scopes = [part.scope for part in plan.parts]
    # A list that was named in two ways is one; `split_scope` tells them in this order.
    parts = dict(sorted(zip(scopes, ranking.parts, strict=False), key=itemgetter(0)))
    runs = [*parts.items()]
    # The whole comes last: what was kept last is the last run. It is one over the lists that were
    # read, and so none over all that were named; where one alone was read, it is the same.
    if not (plan.unread and plan.scope in parts):
        runs.append((plan.scope, replace(ranking, parts=tuple(parts.values()))))
    for scope, each in runs:
        # What comes from standard input is another list each time.
        await store.save_run(scope, each, compare if is_lasting(scope) else lambda *_: ())


async def _compare(
    store: Store,
    scope: str,
    ranking: Ranking,
    since: LookBack | None,
    *,
    read: frozenset[str] | None = None,
) -> Ranking:
    """The same ranking with its history, and what changed since then.

    `read` are the scopes of the lists that were read, if not all were: then this is no run of
    `scope`, and nobody has noticed yet what happened in these lists.

    Raises: StoreError.
    """
    origin = origin_of(ranking.provider)
    found = await _find_since(store, scope, origin, since, ranking)
    events = await store.load_events(scope, origin, until=ranking.generated_at, limit=FEED_EVENTS)
    news: tuple[Event, ...] = ()
    if read is not None:
        news = await _notice(store, scope, origin, ranking, read)
        events = (*news, *events)[:FEED_EVENTS]
    if found is not None:
        ranking = await _compare_with(store, scope, ranking, found, news)
    today = ranking.generated_at.date()
    trends = await store.load_timelines(
        [row.name.qualified for row in ranking.rows],
        origin,
        start=min(today - timedelta(TREND_DAYS), today if found is None else found.day),
        day=today,
        until=today,
    )
    return replace(ranking, history=trends, events=events)


async def _notice(
    store: Store, scope: str, origin: Origin, ranking: Ranking, read: frozenset[str]
) -> tuple[Event, ...]:
    """What happened in the lists that were read since the last run over all of them."""
    before = await store.load_run(scope, origin)
    if before is None or not is_lasting(scope):
        return ()
    _, previous = before
    parts = zip(split_scope(scope), previous.parts, strict=False)
    names = {source.name for each, part in parts if each in read for source in part.sources}
    known = replace(
        previous,
        rows=tuple(row for row in previous.rows if names.intersection(row.sources)),
        failures=tuple(each for each in previous.failures if names.intersection(each.sources)),
    )
    # Without some lists others rise to the top.
    found = await asyncio.to_thread(compare, known, ranking)
    return tuple(event for event in found if event.kind is not EventKind.ENTERED_TOP)


async def _find_since(
    store: Store, scope: str, origin: Origin, since: LookBack | None, ranking: Ranking
) -> Since | None:
    """What a report compares with: what was asked for, else the run before; None before the first
    two runs over these lists."""
    now = ranking.generated_at
    if since is not None:
        return parse_since(since, now)
    if not is_lasting(scope):
        return None
    last = await store.load_run_time(scope, origin, now - _MOMENT)
    if last is None:
        return None
    is_recent = now - last < timedelta(seconds=DAY)
    return Since(last, by_day=False) if is_recent else Since.whole_day(last)


async def _compare_with(
    store: Store, scope: str, ranking: Ranking, since: Since, news: tuple[Event, ...]
) -> Ranking:
    now, origin = ranking.generated_at, origin_of(ranking.provider)
    at = await store.load_run_time(scope, origin, min(since.moment, now - _MOMENT))
    events = () if at is None else await store.load_events(scope, origin, after=at, until=now)
    events = (*news, *events)
    changes = summarize(events, since.moment, at)
    if origin is Origin.DEPSDEV:
        # It does not tell.
        changes = replace(changes, archived=None, renamed=None, gone=None)
    lost = [*(changes.dropped or ()), *(changes.gone or ())]
    names = [*(row.name.qualified for row in ranking.rows), *lost]
    timelines = await store.load_timelines(names, origin, day=since.day, until=now.date())
    readings: dict[str, Point] = {}
    if not since.by_day:
        # Less than a day ago: what was read then beats the days; but not what this run read.
        start = now - timedelta(seconds=ranking.usage.seconds) - _MOMENT
        readings = await store.load_readings(names, origin, min(since.moment, start))

    def grown() -> Ranking:
        baselines = {
            name: found
            for name in names
            if (found := _baseline(name, timelines, readings, since)) is not None
        }
        return with_growth(ranking, baselines, changes, events)

    return await asyncio.to_thread(grown)


def _baseline(
    name: str,
    timelines: Mapping[str, tuple[Point, ...]],
    readings: Mapping[str, Point],
    since: Since,
) -> Baseline | None:
    points, point = timelines.get(name, ()), readings.get(name)
    if point is None:
        return find_baseline(points, since.day)
    is_jump = bool(points) and is_suspicious(point.stars, points[-1].stars)
    return Baseline(point.day, point.stars, is_jump)
