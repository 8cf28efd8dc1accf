"""A run beside the runs before it: what it leaves to later ones, and what they left to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from crawler.changes import compare, summarize, with_growth
from crawler.durations import DAY, Since, parse_since
from crawler.growth import Baseline, Origin, find_baseline, is_suspicious
from crawler.models import Facts
from crawler.plan import Plan
from crawler.ranking import Outcome, rank
from crawler.results import Ranking, Row

if TYPE_CHECKING:
    from crawler.store import Store

TREND_DAYS: Final = 90
"""Days of history that a report draws, unless it compares with an earlier time."""

FEED_EVENTS: Final = 100
"""Events that a ranking carries for feeds, the newest ones: a reader that looks in once a month
misses none of a list with three a day."""


async def save_snapshots(
    store: Store,
    plan: Plan,
    outcomes: Mapping[tuple[str, str], Outcome],
    ranking: Ranking,
) -> None:
    """Keep the run, and for each list of several one of its own, with what happened since the last.

    `outcomes` are by the key of the name. Private repositories are not kept.

    Raises: StoreError.
    """
    private = {
        outcome.full_name
        for outcome in outcomes.values()
        if isinstance(outcome, Facts) and outcome.private
    }

    def public(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(row for row in rows if row.repository not in private)

    await store.save_run(plan.scope, replace(ranking, rows=public(ranking.rows)), compare)
    if len(plan.parts) == 1:
        return
    for (scope, listings), source in zip(plan.parts, plan.sources, strict=True):
        found = [outcomes[listing.repository.key] for listing in listings]
        rows, failures, sums = rank(listings, found, ranking.generated_at)
        part = replace(ranking, sources=(source,), rows=public(rows), failures=failures, sums=sums)
        await store.save_run(scope, part, compare)


async def find_since(store: Store, scope: str, since: str | None, now: datetime) -> Since | None:
    """What a report compares with: what was asked for, else the last run; None where none is.

    Raises: StoreError.
    """
    if since is not None:
        return parse_since(since, now)
    last = await store.load_run_time(scope, now)
    if last is None:
        return None
    return (
        Since(last, by_day=False) if now - last < timedelta(seconds=DAY) else Since.whole_day(last)
    )


async def compare_with_past(
    store: Store, scope: str, ranking: Ranking, since: Since | None
) -> Ranking:
    """The same ranking with its history, and what changed since then.

    Raises: StoreError.
    """
    from crawler.store.repositories import origin_of

    origin = origin_of(ranking.provider)
    if since is not None:
        at = await store.load_run_time(scope, since.moment)
        events = () if at is None else await store.load_events(scope, after=at)
        changes = summarize(events, since.moment, at)
        names = [*(row.repository for row in ranking.rows), *(changes.dropped or ())]
        baselines = await _load_baselines(store, names, origin, since)
        ranking = with_growth(ranking, baselines, changes, events)
    trends = await store.load_timelines(
        [row.repository for row in ranking.rows], origin, _trend_start(ranking, since)
    )
    return replace(
        ranking,
        history={
            row.repository: points
            for row in ranking.rows
            if (points := trends.get(row.repository.casefold()))
        },
        events=await store.load_events(scope, limit=FEED_EVENTS),
    )


async def _load_baselines(
    store: Store, names: Sequence[str], origin: Origin, since: Since
) -> dict[str, Baseline]:
    timelines = await store.load_timelines(names, origin, since.day)
    baselines = {
        name: found
        for name in names
        if (found := find_baseline(timelines.get(name.casefold(), ()), since.day)) is not None
    }
    if since.by_day:
        return baselines
    # Less than a day ago: what was read that exactly beats the days.
    readings = await store.load_readings(names, origin, since.moment)
    for name in names:
        point = readings.get(name.casefold())
        points = timelines.get(name.casefold(), ())
        if point is not None:
            suspicious = bool(points) and is_suspicious(point.stars, points[-1].stars)
            baselines[name] = Baseline(point.day, point.stars, suspicious)
    return baselines


def _trend_start(ranking: Ranking, since: Since | None) -> date:
    start = ranking.generated_at.date() - timedelta(TREND_DAYS)
    return start if since is None else min(start, since.day)
