"""Compare a run with earlier ones, and save it for later ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from crawler.crawl.plan import Plan
from crawler.crawl.rank import rank_plan
from crawler.crawl.scopes import Scope
from crawler.lists.locations import display_name, locate
from crawler.model.durations import DAY as DAY_SECONDS
from crawler.model.durations import LookBack, Since, parse_since
from crawler.model.errors import RunError, StoreError
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.results import Changes, Event, History, Point, Ranking
from crawler.model.rows import Burst, EventKind
from crawler.model.settings import Settings
from crawler.model.shielded import in_thread
from crawler.model.values import Links, RepositoryName
from crawler.ranking.changes import Happened, compare, summarize
from crawler.ranking.gains import Comparison, Growth
from crawler.ranking.growth import (
    GAINS_SINCE,
    Baseline,
    Provenance,
    is_distant,
    is_suspicious,
    provenance_of,
)
from crawler.sources import hosts_of
from crawler.store.baselines import Compared
from crawler.store.moments import DAY, encode_time
from crawler.store.rows import StoredRows, StoredRun
from crawler.store.runs import Header, lists_of
from crawler.store.workspace import Workspace

if TYPE_CHECKING:
    from crawler.store.records import Records

_MOMENT: Final = timedelta(microseconds=1)
"""The shortest time difference that the store can represent."""

_NEW: Final = frozenset({EventKind.LISTED, EventKind.REPLACED})
"""Events after which the lists name a repository that they did not name before."""

_EVER: Final = datetime.fromtimestamp(0, UTC)
"""Before any run."""

FEED_EVENTS: Final = 100
"""Number of newest events that a ranking carries for feeds: enough for a reader that checks once
a month a list with three events a day."""


async def save_snapshots(records: Records, plan: Plan, ranking: Ranking) -> None:
    """Save the run, and one for each list if there are several, with the events since the last.

    A private repository is saved as others see it: as not found.

    Raises: StoreError.
    """
    if plan.workspace.has_private:
        arguments = ranking.usage, ranking.provider, ranking.generated_at
        ranking = await in_thread(lambda: rank_plan(plan, *arguments, public=True))
    # A list that was named in two ways is saved once.
    parts = {part.scope: each for part, each in zip(plan.parts, ranking.parts, strict=False)}
    numbers = [await _save(records, scope, each) for scope, each in parts.items()]
    # The whole comes last, because the last run saved is the one that reports show. It covers
    # the lists that were read, not all that were named; if only one was read, it is the same.
    if not (plan.unread and plan.scope in parts):
        await _save(records, plan.scope, ranking, numbers)


async def _save(records: Records, scope: Scope, ranking: Ranking, parts: Sequence[int] = ()) -> int:
    header = Header(
        ranking.sources,
        ranking.sums,
        ranking.usage,
        ranking.provider,
        ranking.generated_at,
        ranking.sections,
        ranking.rechecked,
    )
    return await records.save_run(
        str(scope), header, _run_of(ranking), is_lasting=scope.is_lasting, parts=parts
    )


def _run_of(ranking: Ranking) -> StoredRun:
    assert isinstance(ranking.rows, StoredRows)  # made here or by the store
    return ranking.rows.run


async def compare_run(
    records: Records, settings: Settings, scope: Scope, ranking: Ranking, parts: Sequence[Scope]
) -> Ranking:
    """The same ranking and its parts, compared with earlier runs.

    `scope` is of all lists that were named, `parts` are of those that were read.

    Raises: StoreError.
    """
    read = frozenset(parts) if ranking.unread else None
    whole = await _compare(records, scope, ranking, settings.since, read=read)
    others = [
        await _compare(records, each, part, settings.since)
        for each, part in zip(parts, ranking.parts, strict=False)
    ]
    return replace(whole, parts=tuple(others))


async def load_last(records: Records, settings: Settings, lists: Sequence[str]) -> Ranking:
    """The last run over `lists`, or of all if none is named, compared with the runs before it.

    Raises: ListError for an invalid list; RunError if there was no such run; StoreError.
    """
    hosts = hosts_of(settings)
    origins = {name: locate(name, hosts) for name in lists}
    wanted = None
    if origins:
        wanted = Scope.of(origins.values(), Links(settings.links), settings.follow)
    found = await records.load_run(Workspace(), None if wanted is None else str(wanted))
    if not found:
        shown = ", ".join(display_name(name, origin) for name, origin in origins.items())
        raise RunError(
            f"the store {records.path} knows no run over {shown or 'any list'} yet: rank it first"
        )
    (scope, ranking), *parts = found
    parts.sort(key=lambda part: ranking.sources.index(part[1].sources[0]))
    return await compare_run(
        records,
        settings,
        Scope.parse(scope),
        replace(ranking, parts=tuple(part for _, part in parts)),
        [Scope.parse(each) for each, _ in parts],
    )


async def _compare(
    records: Records,
    scope: Scope,
    ranking: Ranking,
    since: LookBack | None,
    *,
    read: frozenset[Scope] | None = None,
) -> Ranking:
    """The same ranking with its history and the changes since then.

    `read` are the scopes of the lists that were read, if not all were: then this is not a run of
    `scope`, and the events in these lists have not been saved yet.

    Raises: StoreError.
    """
    origin = provenance_of(ranking.provider)
    found = await _find_since(records, scope, origin, since, ranking)
    events = await records.load_events(
        str(scope), origin, until=ranking.generated_at, limit=FEED_EVENTS
    )
    news: tuple[Event, ...] = ()
    if read is not None:
        news = await _notice(records, scope, origin, ranking, read)
        events = (*news, *events)[:FEED_EVENTS]
    gains = parse_since(GAINS_SINCE if since is None else since, ranking.generated_at)
    then = await _find_run(records, scope, ranking, gains)
    # What came or went after the first run, did so after any time before it.
    listed = await _compare_with(records, scope, ranking, gains, then or _EVER, news=news)
    changes, happened = None, Happened((), None)
    if found is not None:
        if found == gains and then is not None:
            changes, happened = listed
        else:
            at = await _find_run(records, scope, ranking, found)
            changes, happened = await _compare_with(records, scope, ranking, found, at, news=news)
    made = await _grow(records, ranking, gains, listed, happened)
    today = ranking.generated_at.date()
    if since is not None:
        ranking = replace(ranking, since=gains.day)
    own = frozenset() if origin is Provenance.GITHUB else made.find_numbered()

    def load(names: Sequence[str], start: date) -> Mapping[str, tuple[Point, ...]]:
        days = {"start": start, "day": today, "until": today}
        others = [name for name in names if name not in own]
        try:
            found = records.load_timelines_now(others, origin, **days)
            if own:
                told = [name for name in names if name in own]
                found |= records.load_timelines_now(told, Provenance.GITHUB, **days)
            return found
        except StoreError as error:
            logger.error("{}; reports show no trends", error)
            return {}

    ranking = replace(
        ranking,
        rows=made.rows,
        failures=made.failures,
        gained_since=gains.moment,
        changes=changes,
    )
    history = History(
        partial(load, start=ranking.trend_start), ranking.rows, partial(load, start=date.min)
    )
    return replace(ranking, history=history, events=events)


async def _notice(
    records: Records, scope: Scope, origin: Provenance, ranking: Ranking, read: frozenset[Scope]
) -> tuple[Event, ...]:
    """The events in the lists that were read, since the last run over all lists."""
    made = _run_of(ranking)
    before = await records.load_run(Workspace(on_disk=made.workspace.on_disk), str(scope), origin)
    if not before or not scope.is_lasting:
        return ()
    (_, previous), *parts = before
    names = {
        source.name for text, part in parts if Scope.parse(text) in read for source in part.sources
    }
    known = _run_of(previous)
    found = await in_thread(
        lambda: compare(
            lambda: (each for each in known.seen() if names.intersection(lists_of(each.content))),
            made.seen,
            ranking.generated_at,
            lists_of=lists_of,
        )
    )
    # Without some of the lists, other repositories rise to the top.
    return tuple(event for event in found if event.kind is not EventKind.ENTERED_TOP)


async def _find_since(
    records: Records, scope: Scope, origin: Provenance, since: LookBack | None, ranking: Ranking
) -> Since | None:
    """The time to compare with: the requested one, else the previous run; None before the second
    run over these lists."""
    now = ranking.generated_at
    if since is not None:
        return parse_since(since, now)
    if not scope.is_lasting:
        return None
    last = await records.load_run_time(str(scope), origin, now - _MOMENT)
    if last is None:
        return None
    is_recent = now - last < timedelta(seconds=DAY_SECONDS)
    return Since(last, by_day=False) if is_recent else Since.whole_day(last)


@frozen
class _Baselines:
    """Finds the figures from which gains count."""

    records: Records
    origin: Provenance
    since: Since
    until: datetime
    """Of the report."""
    begun: datetime
    """The start of the run: figures that it read itself are not earlier figures."""
    knows_past: bool
    """Whether anything is known about the days before the report's."""

    async def find(self, figures: Sequence[Compared]) -> Mapping[str, Baseline]:
        """The baselines of the figures that have one, by the key of the name."""
        day, today = self.since.day, self.until.date()
        exact = {} if self.since.by_day else await self._find_exact(figures)
        if not self.knows_past:
            return exact
        wanted = [each for each in figures if each.key not in exact] if exact else figures
        found = await self.records.load_baselines(wanted, self.origin, day=day, today=today)
        return {**found, **exact}

    async def _find_exact(self, figures: Sequence[Compared]) -> Mapping[str, Baseline]:
        """For less than a day: exact times take precedence over days."""
        until = min(self.since.moment, self.begun - _MOMENT)
        stars = {each.key: each.stars for each in figures}
        return {
            key: Baseline(
                point.day,
                point.stars,
                distant=is_distant(point.day, self.since.day, self.until.date()),
                suspicious=not self.origin.is_numbered and is_suspicious(point.stars, stars[key]),
            )
            for key, point in (await self.records.load_readings(stars, self.origin, until)).items()
        }


async def _find_run(
    records: Records, scope: Scope, ranking: Ranking, since: Since
) -> datetime | None:
    """When the last run was that ended by then; None if there was none."""
    until = min(since.moment, ranking.generated_at - _MOMENT)
    return await records.load_run_time(str(scope), provenance_of(ranking.provider), until)


async def _compare_with(
    records: Records,
    scope: Scope,
    ranking: Ranking,
    since: Since,
    at: datetime | None,
    *,
    news: tuple[Event, ...],
) -> tuple[Changes, Happened]:
    """The changes after `at`, in total and for each repository."""
    now, origin = ranking.generated_at, provenance_of(ranking.provider)
    events = news
    if at is not None:
        events += await records.load_events(str(scope), origin, after=at, until=now)
    changes = summarize(events, since.moment, at)
    if origin is Provenance.DEPSDEV:
        # deps.dev does not know this.
        changes = replace(changes, archived=None, renamed=None, gone=None, replaced=None)
    return changes, Happened(events, at)


async def _grow(
    records: Records,
    ranking: Ranking,
    since: Since,
    listed: tuple[Changes, Happened],
    happened: Happened,
) -> StoredRun:
    """The run of the ranking, with the gain and the change of rank of each row since then, and the
    events of each row and failure.

    `listed` are the changes of the lists since then, `happened` the events since the run that the
    ranking is compared with.
    """
    now, origin = ranking.generated_at, provenance_of(ranking.provider)
    begun = now - timedelta(seconds=ranking.usage.seconds)
    # A store that was never given a history has none to look for.
    knows_past = await records.knows_past(now.date())
    baselines = _Baselines(records, origin, since, now, begun, knows_past)
    comparison = Comparison(happened.since)
    made = _run_of(ranking)
    # Where no earlier figure is known and nothing happened, all rows are told the same.
    if not knows_past and since.by_day and not happened.has_any:
        changed = happened.to("", None, ())
        return replace(made, growth=Growth(changed=changed, changed_since=happened.since))
    changes, earlier = listed
    for places in made.places():
        found: dict[str, Baseline] = {}
        bursts: dict[str, Burst] = {}
        for its_own in (False, True):
            figures = [
                Compared(each.key, each.fetched_at // DAY, each.stars)
                for each in places
                if its_own == (each.number is not None and not origin.is_numbered)
            ]
            if figures:
                finding = replace(baselines, origin=Provenance.GITHUB) if its_own else baselines
                found |= await finding.find(figures)
                if knows_past:
                    bursts |= await records.load_bursts(figures, finding.origin)
        for place in places:
            who = place.host, place.number, place.keys
            then = earlier.to(*who) or ()
            comparison.add(
                place.stars,
                found.get(place.key),
                is_new=not _NEW.isdisjoint(then),
                changed=happened.to(*who),
                burst=bursts.get(place.key),
            )
    lost = [*(changes.dropped or ()), *(changes.gone or ())]
    today = encode_time(now) // DAY
    figures = [Compared(RepositoryName.parse(name).key, today, 0) for name in lost]
    for baseline in (await baselines.find(figures)).values():
        comparison.add_lost(baseline)
    failed = (
        Growth(changed=happened.to(place.host, None, place.keys), changed_since=happened.since)
        for places in made.failed_places()
        for place in places
    )
    if not comparison.is_empty:
        await in_thread(lambda: made.put_growths(comparison.growths(), failed))
    return made
