"""Changes between runs over the same lists: events, and their net effect since a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from crawler.model.results import Changes, Event
from crawler.model.rows import EventKind
from crawler.model.values import GONE, Reason, RepositoryName
from crawler.ranking.growth import MILESTONES

_TOP: Final = 10
"""Rising into this many first ranks is an event, as `EventKind.ENTERED_TOP` says."""

_LISTS_NAMED: Final = 3
"""How many of the lists that name a new entry an event names."""

_NEWS: Final = tuple(stars for stars in MILESTONES if stars >= 1_000)
"""Milestones that are events, as `EventKind.MILESTONE` says."""

_AS_LISTED: Final = frozenset(
    {EventKind.LISTED, EventKind.DROPPED, EventKind.REPLACED, EventKind.GONE}
)
"""Events whose name may be the listed one, which a rename of the repository does not change."""

_ORDER: Final = {kind: position for position, kind in enumerate(EventKind)}

_OPPOSITES: Final = (
    (EventKind.LISTED, EventKind.DROPPED),
    (EventKind.ARCHIVED, EventKind.UNARCHIVED),
    (EventKind.GONE, EventKind.BACK),
)
"""Pairs that alternate, so that the first and the last event determine the net effect."""


class Seen(NamedTuple):
    """The parts of a row or failure that a comparison needs."""

    identity: str
    """What identifies it: `crawler.model.values.identity_of`."""
    host: str
    full_name: str
    key: str
    """The host of that name."""
    number: int | None
    listed: tuple[str, ...]
    """The keys of its listed names."""
    rank: int | None
    """None for a failure."""
    stars: int
    archived: bool | None
    reason: Reason | None
    """For a row: why its figures are old."""
    content: bytes = b""
    """What the lists say about it, as the store keeps it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all its known names, the canonical one first."""
        return tuple(dict.fromkeys((self.key, *self.listed)))


Snapshot = Callable[[], Iterable[Seen]]
"""Iterates over the rows and failures of a run in the order of their identities."""


def compare(
    then: Snapshot,
    now: Snapshot,
    at: datetime,
    *,
    lists_of: Callable[[bytes], Sequence[str]] = lambda _: (),
) -> list[Event]:
    """The changes from one run to the next over the same lists, by kind, then by name.

    A repository is identified by its host's number if both runs have it, else by any of its names
    ignoring case. A value that is unknown in one of the runs, even temporarily, is no change. Each
    milestone is an event of its own, so that daily and weekly runs report the same ones.

    `lists_of` returns the names of the lists for a `content`. Only items without a counterpart of
    the same identity are held in memory: both runs are read in parallel, and once more to find
    those items by name.
    """
    found: list[_Found] = []
    lone_then: list[Seen] = []
    lone_now: list[Seen] = []
    gone: list[Seen] = []
    led: list[tuple[str, Seen]] = []
    for before, item in _pairs(then(), now()):
        if item is None:
            lone_then += [before] if before is not None else []
            continue
        if item.number is not None:
            others = () if before is None else before.listed
            led += [(key, item) for key in item.listed if key not in others]
        if before is None or (before.rank is None and len(item.keys) > 1):
            # A name may have failed now whose repository had figures under another name.
            lone_now.append(item)
        elif item.rank is not None:
            found += _compare_rows(before, item)
        if item.rank is None and item.reason in GONE:
            gone.append(item)
    in_then = _Named(then, [*lone_now, *gone, *(item for _, item in led)])
    found += _replaced(in_then, led)
    for item in lone_now:
        match = in_then.find(item)
        if match is None and in_then.listed.isdisjoint(item.listed):
            # A name in both lists is not an event, even if it belongs to another repository now.
            found.append(_found(EventKind.LISTED, item, _lists(lists_of(item.content))))
        if item.rank is not None:
            found += _compare_rows(match, item)
    lost = [(item, before) for item in gone if (before := in_then.find_row(item)) is not None]
    in_now = _Named(now, [*lone_then, *(before for _, before in lost)])
    for before in lone_then:
        if in_now.find(before) is None and in_now.listed.isdisjoint(before.listed):
            found.append(_found(EventKind.DROPPED, before, _lists(lists_of(before.content))))
    # It may still be listed under another of its names.
    told = {
        before.identity: _found(EventKind.GONE, item, str(item.reason), before.number)
        for item, before in reversed(lost)
        if in_now.find_row(before) is None
    }
    found += told.values()
    found.sort(key=lambda each: (_ORDER[each[0]], *each[1]))
    return [
        Event(kind, at, full_name, host, number, detail)
        for kind, (_, full_name, host), number, detail in found
    ]


_Found = tuple[EventKind, tuple[str, str, str], int | None, str | None]
"""Kind, name (without case, then as it is, and its host), number and detail of an event."""


def _found(
    kind: EventKind, item: Seen, detail: str | None = None, number: int | None = None
) -> _Found:
    name = item.full_name.casefold(), item.full_name, item.host
    return kind, name, item.number if number is None else number, detail


def _lists(names: Sequence[str]) -> str:
    """The first names, and the number of others."""
    more = len(names) - _LISTS_NAMED
    return ", ".join(names[:_LISTS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _pairs(then: Iterable[Seen], now: Iterable[Seen]) -> Iterator[tuple[Seen | None, Seen | None]]:
    """The items of two runs with the same identity, in pairs; None if one run has no such item."""
    ours, theirs = iter(now), iter(then)
    item, before = next(ours, None), next(theirs, None)
    while item is not None or before is not None:
        if before is None or (item is not None and item.identity < before.identity):
            yield None, item
            item = next(ours, None)
        elif item is None or before.identity < item.identity:
            yield before, None
            before = next(theirs, None)
        else:
            yield before, item
            item, before = next(ours, None), next(theirs, None)


class _Named:
    """The items of one run that match given items of another, by identity and by name."""

    def __init__(self, run: Snapshot, wanted: Sequence[Seen]) -> None:
        identities = {item.identity for item in wanted if item.number is not None}
        keys = {key for item in wanted for key in item.keys}
        self.listed: set[str] = set()
        """The wanted names that the lists of this run contain."""
        self._numbers: dict[str, int] = {}
        self._by_identity: dict[str, Seen] = {}
        self._by_key: dict[str, Seen] = {}
        for item in run() if wanted else ():
            if item.identity in identities:
                self._by_identity[item.identity] = item
            for key in keys.intersection(item.keys):
                known = self._by_key.get(key)
                if known is None or _precedence(key, item) < _precedence(key, known):
                    self._by_key[key] = item
            self.listed.update(keys.intersection(item.listed))
            if item.number is not None:
                self._numbers.update(dict.fromkeys(keys.intersection(item.listed), item.number))

    def number_of(self, key: str) -> int | None:
        """The number of the repository that this run's lists give this name."""
        return self._numbers.get(key)

    def find(self, item: Seen) -> Seen | None:
        """The item of this run for the same repository; preferably one with figures."""
        if item.number is not None and item.identity in self._by_identity:
            return self._by_identity[item.identity]
        found = [self._by_key[key] for key in item.keys if key in self._by_key]
        # Two numbers are two repositories, even if one took over the name of the other.
        same = [each for each in found if None in (item.number, each.number)]
        return next((each for each in same if each.rank is not None), same[0] if same else None)

    def find_row(self, item: Seen) -> Seen | None:
        """The same, but only if it has figures."""
        found = self.find(item)
        return None if found is None or found.rank is None else found


def _precedence(key: str, item: Seen) -> tuple[bool, bool, int]:
    """Which item owns a name: first the row with that canonical name, then rows and failures
    that are listed under it."""
    return item.rank is None, key != item.key, item.rank or 0


def _replaced(then: _Named, led: Iterable[tuple[str, Seen]]) -> Iterator[_Found]:
    """Which of these names now lead to a repository with another number."""
    for key, item in led:
        former = then.number_of(key)
        if former is not None and former != item.number:
            full_name = item.full_name if key == item.key else key.partition("/")[2]
            yield _found(EventKind.REPLACED, item._replace(full_name=full_name), str(former))


def _compare_rows(before: Seen | None, row: Seen) -> Iterator[_Found]:
    """The changes of a row since the previous run, in which it may have failed."""
    if row.reason is not None or row.rank is None:
        return
    was_ranked = before is not None and before.rank is not None
    if row.rank <= _TOP and (before is None or (before.rank is not None and before.rank > _TOP)):
        yield _found(EventKind.ENTERED_TOP, row, str(_TOP))
    if before is None:
        return
    if not was_ranked:
        if before.reason in GONE:
            yield _found(EventKind.BACK, row)
        return
    for stars in _NEWS:
        if before.stars < stars <= row.stars:
            yield _found(EventKind.MILESTONE, row, str(stars))
    if None not in (before.archived, row.archived) and before.archived != row.archived:
        yield _found(EventKind.ARCHIVED if row.archived else EventKind.UNARCHIVED, row)
    if row.number is not None and before.identity == row.identity and before.key != row.key:
        yield _found(EventKind.RENAMED, row, before.full_name)


def summarize(events: Iterable[Event], since: datetime, baseline_at: datetime | None) -> Changes:
    """The net changes after `baseline_at`, by name; None for all of them without a baseline.

    Changes that were undone are left out, and so is a repository that came and went. A renamed
    repository is always listed under its newest name.
    """
    if baseline_at is None:
        return Changes(since, None, new=None, dropped=None, archived=None, renamed=None, gone=None)
    names: dict[EventKind, set[RepositoryName]] = {kind: set() for kind in EventKind}
    renamed = set()
    later = [event for event in events if event.at > baseline_at]
    for story in _Stories(later):
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
        replaced=_sorted({each.name for each in later if each.kind is EventKind.REPLACED}),
    )


def _place(name: RepositoryName) -> tuple[str, str, str]:
    """The sort key of names."""
    return name.full_name.casefold(), name.full_name, name.host


def _sorted(names: Iterable[RepositoryName]) -> tuple[str, ...]:
    return tuple(name.qualified for name in sorted(names, key=_place))


@dataclass(slots=True)
class _Story:
    """The events of one repository."""

    name: RepositoryName
    """Its newest name."""
    id: int | None = None
    former: RepositoryName | None = None
    """The name before the first rename."""
    kinds: list[EventKind] = field(default_factory=list)
    """Oldest first."""

    @property
    def net(self) -> tuple[EventKind, ...]:
        """The events that were not undone, in the order of `EventKind`."""
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
    """The events of each repository, which is found by its number or by any name that it had."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._all: list[_Story] = []
        self._by_id: dict[tuple[str, int], _Story] = {}
        self._by_name: dict[str, _Story] = {}
        for event in sorted(events, key=lambda event: event.at):
            self._add(event)

    def __iter__(self) -> Iterator[_Story]:
        return iter(self._all)

    def find(self, host: str, id: int | None, keys: Iterable[str]) -> _Story | None:
        """The events of the repository with this number, or else with one of these names."""
        if id is not None and (host, id) in self._by_id:
            return self._by_id[host, id]
        found = (self._by_name.get(key) for key in keys)
        return next((each for each in found if each and None in (id, each.id)), None)

    def _add(self, event: Event) -> None:
        former = None
        if event.kind is EventKind.RENAMED and event.detail is not None:
            former = RepositoryName(event.detail, event.host)
        names = [event.name, *([former] if former else [])]
        story = self.find(event.host, event.id, [name.key for name in names])
        if story is None:
            story = _Story(event.name)
            self._all.append(story)
        if event.id is not None:
            story.id = event.id
            self._by_id[event.host, event.id] = story
        if event.kind not in _AS_LISTED:
            story.name = event.name
        # The current name belongs to it; the former one may belong to another repository now.
        self._by_name[event.name.key] = story
        if former:
            self._by_name.setdefault(former.key, story)
            story.former = story.former or former
        story.kinds.append(event.kind)


class Happened:
    """The changes of each repository since an earlier run."""

    def __init__(self, events: Iterable[Event], after: datetime | None) -> None:
        """`after` is the time of that run; None if there is none."""
        self.since = None if after is None else after.astimezone(UTC).date()
        """The day of that run."""
        self._stories = _Stories(
            event for event in events if after is not None and event.at > after
        )
        self.has_any = any(True for _ in self._stories)
        """Whether there is a change of any repository."""

    def to(
        self, host: str, number: int | None, keys: Iterable[str]
    ) -> tuple[EventKind, ...] | None:
        """The changes of the repository with this number, or else with one of these names; None
        if unknown."""
        if not self.has_any:
            return None if self.since is None else ()
        story = self._stories.find(host, number, keys)
        return story.net if story else ()
