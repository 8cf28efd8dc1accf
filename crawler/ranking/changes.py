"""What happens between runs over the same lists: events, their net since a time, and growth."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from crawler.model.results import Burst, Changes, Event, EventKind
from crawler.model.values import GONE, FigureKind, Reason, RepositoryName
from crawler.ranking.growth import MILESTONES, rate_of

if TYPE_CHECKING:
    from crawler.ranking.growth import Baseline

_TOP: Final = 10
"""Ranks that a rise into is an event; `EventKind.ENTERED_TOP` promises as many."""

_LISTS_NAMED: Final = 3
"""Lists that an event names of those that an entry is new in."""

_NEWS: Final = tuple(stars for stars in MILESTONES if stars >= 1_000)
"""Milestones that are events; `EventKind.MILESTONE` promises these."""

_AS_LISTED: Final = frozenset(
    {EventKind.LISTED, EventKind.DROPPED, EventKind.REPLACED, EventKind.GONE}
)
"""Events whose name may be the one in the list, which a renaming does not change."""

_ORDER: Final = {kind: position for position, kind in enumerate(EventKind)}

_OPPOSITES: Final = (
    (EventKind.LISTED, EventKind.DROPPED),
    (EventKind.ARCHIVED, EventKind.UNARCHIVED),
    (EventKind.GONE, EventKind.BACK),
)
"""Pairs that alternate, so that of the first and the last the net follows."""


class Seen(NamedTuple):
    """What a comparison has to know of one row or failure of a run."""

    identity: str
    """What tells it from all others: `crawler.model.values.identity_of`."""
    host: str
    full_name: str
    key: str
    """Of that name."""
    number: int | None
    listed: tuple[str, ...]
    """The keys of the names that the lists have for it."""
    rank: int | None
    """None: it is a failure."""
    stars: int
    archived: bool | None
    reason: Reason | None
    """Of a row: why its figures are old."""
    content: bytes = b""
    """What the lists say of it, as the store keeps it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Of all names that it is known by, the canonical one first."""
        return tuple(dict.fromkeys((self.key, *self.listed)))


Snapshot = Callable[[], Iterable[Seen]]
"""Goes through the rows and failures of a run in the order of their identities."""


def compare(
    then: Snapshot,
    now: Snapshot,
    at: datetime,
    *,
    lists_of: Callable[[bytes], Sequence[str]] = lambda _: (),
) -> list[Event]:
    """What happened from one run to the next over the same lists, by kind, then by name.

    A repository is known by its host's number where both runs have it, else by any of its names
    without case. What is unknown in one of the runs, for a passing reason too, is no change. Each
    milestone is an event of its own, so that daily and weekly runs tell the same ones.

    `lists_of` tells the names of the lists from a `content`. Only what has no counterpart of the
    same identity is held: the runs are gone through side by side, and once more for the names of
    those that are left.
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
            # What failed under one of its names may have had figures under another.
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
            # A name that stands in both lists is no news, whosever repository it is by now.
            found.append(_found(EventKind.LISTED, item, _lists(lists_of(item.content))))
        if item.rank is not None:
            found += _compare_rows(match, item)
    lost = [(item, before) for item in gone if (before := in_then.find_row(item)) is not None]
    in_now = _Named(now, [*lone_then, *(before for _, before in lost)])
    for before in lone_then:
        if in_now.find(before) is None and in_now.listed.isdisjoint(before.listed):
            found.append(_found(EventKind.DROPPED, before, _lists(lists_of(before.content))))
    # Under another of its names it may well be there.
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
"""Kind, name (without case, as it is, and its host), number and detail of an event."""


def _found(
    kind: EventKind, item: Seen, detail: str | None = None, number: int | None = None
) -> _Found:
    name = item.full_name.casefold(), item.full_name, item.host
    return kind, name, item.number if number is None else number, detail


def _lists(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _LISTS_NAMED
    return ", ".join(names[:_LISTS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _pairs(then: Iterable[Seen], now: Iterable[Seen]) -> Iterator[tuple[Seen | None, Seen | None]]:
    """What two runs say of the same identity, side by side; None where one says nothing."""
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
    """What a run says of some items of another run, by their identities and names."""

    def __init__(self, run: Snapshot, wanted: Sequence[Seen]) -> None:
        identities = {item.identity for item in wanted if item.number is not None}
        keys = {key for item in wanted for key in item.keys}
        self.listed: set[str] = set()
        """Those of the wanted names that its lists have."""
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
        """The number of the repository that its lists name so."""
        return self._numbers.get(key)

    def find(self, item: Seen) -> Seen | None:
        """What this run says of an item's repository; figures, if it has any."""
        if item.number is not None and item.identity in self._by_identity:
            return self._by_identity[item.identity]
        found = [self._by_key[key] for key in item.keys if key in self._by_key]
        # Two numbers are two repositories, though one took over the name of the other.
        same = [each for each in found if None in (item.number, each.number)]
        return next((each for each in same if each.rank is not None), same[0] if same else None)

    def find_row(self, item: Seen) -> Seen | None:
        """The same, where it has figures."""
        found = self.find(item)
        return None if found is None or found.rank is None else found


def _precedence(key: str, item: Seen) -> tuple[bool, bool, int]:
    """Whose a name is first: of the row that bears it, then of the rows and failures that lists
    name so."""
    return item.rank is None, key != item.key, item.rank or 0


def _replaced(then: _Named, led: Iterable[tuple[str, Seen]]) -> Iterator[_Found]:
    """Which names lead to a repository of another number now, of those that lead to these."""
    for key, item in led:
        former = then.number_of(key)
        if former is not None and former != item.number:
            full_name = item.full_name if key == item.key else key.partition("/")[2]
            yield _found(EventKind.REPLACED, item._replace(full_name=full_name), str(former))


def _compare_rows(before: Seen | None, row: Seen) -> Iterator[_Found]:
    """What happened to a row since the run before, which may have failed to tell of it."""
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
    """The net of what happened after `baseline_at`, by name; None for all where there is none.

    What was undone is left out, and of a repository that came and went nothing is told. A
    repository that was renamed goes by its newest name throughout.
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
    """What names are ordered by."""
    return name.full_name.casefold(), name.full_name, name.host


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
        self._by_name: dict[str, _Story] = {}
        for event in sorted(events, key=lambda event: event.at):
            self._add(event)

    def __iter__(self) -> Iterator[_Story]:
        return iter(self._all)

    def find(self, host: str, id: int | None, keys: Iterable[str]) -> _Story | None:
        """The story of the repository with this number, else with one of these names."""
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
        # The name of today is its own; its former one may be somebody else's by now.
        self._by_name[event.name.key] = story
        if former:
            self._by_name.setdefault(former.key, story)
            story.former = story.former or former
        story.kinds.append(event.kind)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a comparison with an earlier time says of a row, by its keys."""

    gained: int | None = None
    rate: float | None = None
    moved: int | None = None
    baseline_on: date | None = None
    baseline_kind: FigureKind | None = None
    baseline_distant: bool | None = None
    suspicious: bool | None = None
    changed: tuple[EventKind, ...] | None = None
    changed_since: date | None = None
    burst: Burst | None = None


class Happened:
    """What happened to each repository after an earlier run."""

    def __init__(self, events: Iterable[Event], after: datetime | None) -> None:
        """`after` is when that run was; None where none is known."""
        self.since = None if after is None else after.astimezone(UTC).date()
        """The day of that run."""
        self._stories = _Stories(
            event for event in events if after is not None and event.at > after
        )
        self._has_any = any(True for _ in self._stories)

    def to(
        self, host: str, number: int | None, keys: Iterable[str]
    ) -> tuple[EventKind, ...] | None:
        """What happened to the repository with this number, else with one of these names; None
        where nobody knows."""
        if not self._has_any:
            return None if self.since is None else ()
        story = self._stories.find(host, number, keys)
        return story.net if story else ()


class Comparison:
    """What every row gained, and how far it rose since an earlier time.

    It is told of every row, and then tells of each, since how far one rose depends on all of them.
    Of a row it holds some numbers.
    """

    def __init__(self, since: date | None = None) -> None:
        """`since` is the day of the run that rows are compared with."""
        self._since = since
        self._bursts: dict[int, Burst] = {}
        self._rows: list[tuple[EventKind, ...] | None] = []
        self._stars = array("q")
        self._then = array("q")
        self._days = array("i")
        self._kinds: list[FigureKind | None] = []
        self._flags = array("b")
        self._lost = array("q")

    def add(
        self,
        stars: int,
        baseline: Baseline | None,
        *,
        is_new: bool = False,
        changed: tuple[EventKind, ...] | None = None,
        burst: Burst | None = None,
    ) -> None:
        """Take account of the next row. `is_new` says that the lists did not name it then, and
        `changed` what happened to it since the run that it is compared with."""
        if burst is not None:
            self._bursts[len(self._rows)] = burst
        self._rows.append(changed)
        self._stars.append(stars)
        if baseline is None:
            self._then.append(_UNKNOWN)
            self._days.append(0)
            self._kinds.append(None)
            self._flags.append(_NEW * is_new)
        else:
            self._then.append(baseline.stars)
            self._days.append(baseline.day.toordinal())
            self._kinds.append(baseline.kind)
            self._flags.append(
                _NEW * is_new + _DISTANT * baseline.distant + _SUSPICIOUS * baseline.suspicious
            )

    def add_lost(self, baseline: Baseline) -> None:
        """Take account of a repository that is in no row any more, and had a rank then."""
        if not baseline.distant:
            self._lost.append(-baseline.stars)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say of any row."""
        return self._since is None and not self._bursts and not any(self._kinds)

    def growths(self) -> Iterator[Growth]:
        """What there is to say of each row, in their order.

        Ranks are compared only where those of then are known: where all but a few of the rows
        that were there have a figure of about that day.
        """
        rows = [*zip(self._stars, self._then, self._flags, strict=True)]
        old = [each for each in rows if not each[2] & _NEW]
        ranked = [each for each in old if each[1] != _UNKNOWN and not each[2] & _DISTANT]
        knows_ranks = bool(ranked) and len(ranked) >= _NEARLY_ALL * len(old)
        # Whoever was there then and has no figure of then stands on neither side.
        ranked_now = sorted(
            [-stars for stars, _, _ in ranked] + [-each[0] for each in rows if each[2] & _NEW]
        )
        ranked_then = sorted([*self._lost, *(-then for _, then, _ in ranked)])
        for place, ((stars, then, flags), day, kind, changed) in enumerate(
            zip(rows, self._days, self._kinds, self._rows, strict=True)
        ):
            burst = self._bursts.get(place)
            if then == _UNKNOWN:
                yield Growth(changed=changed, changed_since=self._since, burst=burst)
                continue
            moved = None
            if knows_ranks and not flags & (_NEW | _DISTANT):
                moved = bisect_left(ranked_then, -then) - bisect_left(ranked_now, -stars)
            yield Growth(
                stars - then,
                rate_of(stars - then, stars),
                moved,
                date.fromordinal(day),
                kind,
                bool(flags & _DISTANT),
                bool(flags & _SUSPICIOUS),
                changed,
                self._since,
                burst,
            )


_UNKNOWN: Final = -1
"""In the place of stars that are not known."""

_NEW: Final = 1
_DISTANT: Final = 2
_SUSPICIOUS: Final = 4
"""Bits of what is kept of a row."""

_NEARLY_ALL: Final = 0.95
"""Part of the rows whose figures of then tell the ranks of then."""
