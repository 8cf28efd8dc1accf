"""What happens between runs over the same lists: events, their net since a time, and growth."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from crawler.model.results import Changes, Event, EventKind, Failure, Ranking, Row
from crawler.model.values import GONE, RepositoryName
from crawler.ranking.growth import rate_of

if TYPE_CHECKING:
    from crawler.ranking.growth import Baseline

_TOP: Final = 10
"""Ranks that a rise into is an event; `EventKind.ENTERED_TOP` promises as many."""

_LISTS_NAMED: Final = 3
"""Lists that an event names of those that an entry is new in."""

_MILESTONES: Final = (1_000, 5_000, 10_000, 50_000, 100_000)
"""Stars; `EventKind.MILESTONE` promises these."""

_AS_LISTED: Final = frozenset({EventKind.LISTED, EventKind.DROPPED, EventKind.GONE})
"""Events whose name may be the one in the list, which a renaming does not change."""

_ORDER: Final = {kind: position for position, kind in enumerate(EventKind)}

_OPPOSITES: Final = (
    (EventKind.LISTED, EventKind.DROPPED),
    (EventKind.ARCHIVED, EventKind.UNARCHIVED),
    (EventKind.GONE, EventKind.BACK),
)
"""Pairs that alternate, so that of the first and the last the net follows."""


def compare(previous: Ranking | None, current: Ranking) -> tuple[Event, ...]:
    """What happened from one run to the next over the same lists, by kind, then by name.

    A repository is known by its host's number where both runs have it, else by any of its names
    without case. What is unknown in one of the runs, for a passing reason too, is no change; of
    figures from different kinds of providers nothing but the entries is compared. Each milestone
    is an event of its own, so that daily and weekly runs tell the same ones.
    """
    if previous is None:
        return ()
    then, now = _Snapshot(previous), _Snapshot(current)
    found = [*_compare_entries(then, now)]
    if previous.provider.follows_repositories == current.provider.follows_repositories:
        found += _compare_figures(then, now)
        found += _find_gone(then, now)
    at = current.generated_at
    found.sort(key=lambda each: (_ORDER[each[0]], *_place(each[1])))
    return tuple(
        Event(kind, at, name.full_name, name.host, id, detail) for kind, name, id, detail in found
    )


_Found = tuple[EventKind, RepositoryName, int | None, str | None]
"""Kind, name, number and detail of an event."""

_Key = str
"""`RepositoryName.key`."""


def _place(name: RepositoryName) -> tuple[str, str, str]:
    """What names are ordered by."""
    return name.full_name.casefold(), name.full_name, name.host


class _Snapshot:
    """The repositories of one run, to be found by number or name."""

    def __init__(self, ranking: Ranking) -> None:
        self.rows = ranking.rows
        self.failures = ranking.failures
        self.items: tuple[Row | Failure, ...] = (*ranking.rows, *ranking.failures)
        self.listed = {name for each in self.items for name in _listed_names(each)}
        self._by_id = {(row.host, row.id): row for row in self.rows if row.id is not None}
        self._by_name: dict[_Key, Row | Failure] = {}
        for row in self.rows:
            self._by_name.setdefault(row.name.key, row)
        for item in self.items:
            for name in _listed_names(item):
                self._by_name.setdefault(name, item)

    def find(self, item: Row | Failure) -> Row | Failure | None:
        """What this run says of the repository of another run's `item`; figures, if it has any."""
        id = _id(item)
        if id is not None and (item.host, id) in self._by_id:
            return self._by_id[item.host, id]
        names = dict.fromkeys(name.key for name in item.names)
        found = [self._by_name[name] for name in names if name in self._by_name]
        # Two numbers are two repositories, though one took over the name of the other.
        same = [each for each in found if id is None or _id(each) is None]
        return next((each for each in same if isinstance(each, Row)), same[0] if same else None)


def _id(item: Row | Failure) -> int | None:
    return item.id if isinstance(item, Row) else None


def _listed_names(item: Row | Failure) -> list[_Key]:
    names = item.listed_as if isinstance(item, Row) else (item.repository,)
    return [RepositoryName(name, item.host).key for name in names]


def _compare_entries(then: _Snapshot, now: _Snapshot) -> Iterator[_Found]:
    for kind, ours, theirs in ((EventKind.LISTED, now, then), (EventKind.DROPPED, then, now)):
        for item in ours.items:
            # A name that stands in both lists is no news, whosever repository it is by now.
            if theirs.find(item) is None and theirs.listed.isdisjoint(_listed_names(item)):
                yield kind, item.name, _id(item), _lists(item.sources)


def _lists(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _LISTS_NAMED
    return ", ".join(names[:_LISTS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _compare_figures(then: _Snapshot, now: _Snapshot) -> Iterator[_Found]:
    for row in now.rows:
        if row.stale:
            continue
        before = then.find(row)
        if row.rank <= _TOP and (before.rank > _TOP if isinstance(before, Row) else before is None):
            yield EventKind.ENTERED_TOP, row.name, row.id, str(_TOP)
        if isinstance(before, Row):
            yield from _compare_rows(before, row)
        elif before is not None and before.reason in GONE:
            yield EventKind.BACK, row.name, row.id, None


def _compare_rows(before: Row, row: Row) -> Iterator[_Found]:
    for stars in _MILESTONES:
        if before.stars < stars <= row.stars:
            yield EventKind.MILESTONE, row.name, row.id, str(stars)
    if None not in (before.archived, row.archived) and before.archived != row.archived:
        kind = EventKind.ARCHIVED if row.archived else EventKind.UNARCHIVED
        yield kind, row.name, row.id, None
    is_same = row.id is not None and (before.host, before.id) == (row.host, row.id)
    if is_same and before.repository.casefold() != row.repository.casefold():
        yield EventKind.RENAMED, row.name, row.id, before.repository


def _find_gone(then: _Snapshot, now: _Snapshot) -> Iterator[_Found]:
    told = set()
    for failure in now.failures:
        before = then.find(failure)
        if failure.reason not in GONE or not isinstance(before, Row) or before in told:
            continue
        # Under another of its names it may well be there.
        if not isinstance(now.find(before), Row):
            told.add(before)
            yield EventKind.GONE, failure.name, before.id, str(failure.reason)


def summarize(events: Iterable[Event], since: datetime, baseline_at: datetime | None) -> Changes:
    """The net of what happened after `baseline_at`, by name; None for all where there is none.

    What was undone is left out, and of a repository that came and went nothing is told. A
    repository that was renamed goes by its newest name throughout.
    """
    if baseline_at is None:
        return Changes(since, None, new=None, dropped=None, archived=None, renamed=None, gone=None)
    names: dict[EventKind, set[RepositoryName]] = {kind: set() for kind in EventKind}
    renamed = set()
    for story in _Stories(event for event in events if event.at > baseline_at):
        for kind in story.net:
            names[kind].add(story.name)
        if EventKind.RENAMED in story.net and story.former is not None:
            renamed.add((story.former, story.name))
    return Changes(
        since,
        baseline_at,
        new=_sorted(names[EventKind.LISTED]),
        dropped=_sorted(names[EventKind.DROPPED]),
        archived=_sorted(names[EventKind.ARCHIVED]),
        renamed=tuple(
            (then.qualified, now.qualified)
            for then, now in sorted(renamed, key=lambda pair: (_place(pair[1]), _place(pair[0])))
        ),
        gone=_sorted(names[EventKind.GONE]),
    )


def _sorted(names: Iterable[RepositoryName]) -> tuple[str, ...]:
    return tuple(name.qualified for name in sorted(names, key=_place))


@dataclass(slots=True)
class _Story:
    """What happened to one repository."""

    name: RepositoryName
    """Its newest name."""
    id: int | None = None
    former: RepositoryName | None = None
    """The name before the first renaming."""
    kinds: list[EventKind] = field(default_factory=list)
    """Oldest first."""

    @property
    def net(self) -> tuple[EventKind, ...]:
        """What happened and was not undone, in the order of `EventKind`."""
        undone: set[EventKind] = set()
        for pair in _OPPOSITES:
            seen = [kind for kind in self.kinds if kind in pair]
            if seen and seen[0] is not seen[-1]:
                undone.update(pair)
                if seen[0] is EventKind.LISTED:
                    return ()
            else:
                undone.update(set(pair) - set(seen[:1]))
        if self.former is not None and self.former.key == self.name.key:
            undone.add(EventKind.RENAMED)
        return tuple(kind for kind in EventKind if kind in self.kinds and kind not in undone)


class _Stories:
    """What happened to each repository, told by number and by all names that it had."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._all: list[_Story] = []
        self._by_id: dict[tuple[str, int], _Story] = {}
        self._by_name: dict[_Key, _Story] = {}
        for event in sorted(events, key=lambda event: event.at):
            self._add(event)

    def __iter__(self) -> Iterator[_Story]:
        return iter(self._all)

    def find(self, id: int | None, names: Sequence[RepositoryName]) -> _Story | None:
        """The story of the repository with this number, else with one of these names."""
        if id is not None and (names[0].host, id) in self._by_id:
            return self._by_id[names[0].host, id]
        found = (self._by_name.get(name.key) for name in names)
        return next((each for each in found if each and None in (id, each.id)), None)

    def _add(self, event: Event) -> None:
        former = None
        if event.kind is EventKind.RENAMED and event.detail is not None:
            former = RepositoryName(event.detail, event.host)
        story = self.find(event.id, [event.name, *([former] if former else [])])
        if story is None:
            story = _Story(event.name)
            self._all.append(story)
        if event.id is not None:
            story.id = event.id
            self._by_id[event.host, event.id] = story
        if event.kind not in _AS_LISTED:
            story.name = event.name
        # The name of today is its own; its former one may be somebody else's by now.
        self._by_name[event.name.key] = story
        if former:
            self._by_name.setdefault(former.key, story)
            story.former = story.former or former
        story.kinds.append(event.kind)


def with_growth(
    ranking: Ranking,
    baselines: Mapping[str, Baseline],
    changes: Changes | None,
    events: Iterable[Event],
) -> Ranking:
    """The ranking with `changes`, and in each row what it gained and what happened to it.

    `baselines` are by `RepositoryName.qualified`, also those of dropped repositories, which had a
    rank then as well. `events` are those that `changes` sum up. Where no earlier run is known,
    every repository with a baseline counts as listed then.
    """
    after = changes.baseline_at if changes is not None else None
    stories = _Stories(event for event in events if after is not None and event.at > after)

    def happened(id: int | None, names: Sequence[RepositoryName]) -> tuple[EventKind, ...] | None:
        story = stories.find(id, names)
        return None if after is None else story.net if story else ()

    rows = [replace(row, changed=happened(row.id, row.names)) for row in ranking.rows]
    new = {row.name.qualified for row in rows if EventKind.LISTED in (row.changed or ())}
    # Whoever was there then and has no figure of then stands on neither side.
    ranked_now = sorted(
        -row.stars for row in rows if row.name.qualified in baselines or row.name.qualified in new
    )
    ranked_then = sorted(-found.stars for name, found in baselines.items() if name not in new)

    def grown(row: Row) -> Row:
        baseline = baselines.get(row.name.qualified)
        if baseline is None:
            return row
        gained = row.stars - baseline.stars
        rose = bisect_left(ranked_then, -baseline.stars) - bisect_left(ranked_now, -row.stars)
        return replace(
            row,
            gained=gained,
            rate=rate_of(gained, row.stars),
            moved=None if row.name.qualified in new else rose,
            baseline_on=baseline.day,
            suspicious=baseline.suspicious,
        )

    return replace(
        ranking,
        rows=tuple(grown(row) for row in rows),
        failures=tuple(
            replace(failure, changed=happened(None, failure.names)) for failure in ranking.failures
        ),
        changes=changes,
    )
