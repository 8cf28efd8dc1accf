"""Which repositories a report shows, and in what order: filters, sorting, sections.

A filter that selects shows only rows that are known to match: `pushed_within` and `language`
leave out rows whose last push or language is unknown. A filter that excludes keeps unknown
rows: `archived=False` leaves out only rows that are known to be archived.

Globs support `*` (anything, including `/` and ` > `), `?`, `[ab]` and `[!ab]`, as in
https://docs.python.org/3/library/fnmatch.html. Case does not matter. A bracket that is never
closed stands for itself; write `[[]` for one that is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

from crawler.model.durations import Duration, seconds
from crawler.model.filters import Filters, Section, Sort
from crawler.model.results import Changes, Event
from crawler.model.rows import Failure, LazyRows, Row
from crawler.model.values import RepositoryName

if TYPE_CHECKING:
    from crawler.model.results import Ranking


class Group(NamedTuple):
    """A section with its rows."""

    section: Section
    rows: Sequence[Row]
    total: int
    """Number of its rows, including those beyond its top."""


Groups = Sequence[Group]

_SEPARATOR: Final = " > "
_BY_GAINS: Final = ("gained", "rate")


def apply_filters(ranking: Ranking, filters: Filters) -> Ranking:
    """The same ranking with the rows that `filters` selects, in their order; ranks do not change.

    The sums still describe the whole run; `left_out` grows by the rows that filters hide, `cut`
    by those that `top` hides. A failure has no known language, stars or push: only `section` and
    `exclude` can hide it, and it still counts as failed. Events and changes about hidden
    repositories are hidden too, unless only `archived` hides them: that a repository was archived
    is news. With `by_section`, the rows are the top rows of each section.
    """
    if filters.by_section:
        return filter_by_section(ranking, filters)[0]
    mentioned = _Mentioned(ranking)
    rows = _in_order(ranking.rows, filters.sort)
    failures: Sequence[Failure] = ranking.failures
    left_out = 0
    if filters.is_choosy:
        wanted = _wanted_sections(chain(rows, failures), filters.section)
        places = array("q", _wanted(rows, filters, wanted, ranking.generated_at, mentioned))
        shown = [each for each in failures if _is_in_scope(each, filters, wanted)]
        for failure in failures if len(shown) < len(failures) else ():
            if not _is_in_scope(failure, filters, wanted):
                mentioned.hide(failure)
        left_out = len(rows) - len(places) + len(failures) - len(shown)
        rows = _at(rows, places) if len(places) < len(rows) else rows
        failures = tuple(shown) if len(shown) < len(failures) else failures
    top = rows[: filters.top] if filters.top else rows
    return replace(
        ranking,
        rows=top,
        failures=failures,
        ungained=_count_ungained(ranking, rows, filters.sort, is_cut=len(top) < len(rows)),
        sums=replace(
            ranking.sums,
            left_out=ranking.sums.left_out + left_out,
            cut=ranking.sums.cut + len(rows) - len(top),
        ),
        changes=ranking.changes and _filter_changes(ranking.changes, mentioned.hidden, filters),
        events=tuple(
            event
            for event in ranking.events
            if not mentioned.is_hidden(event) and not _is_excluded(event.name, filters)
        ),
    )


def _wanted(
    rows: Iterable[Row],
    filters: Filters,
    wanted: Collection[Section],
    now: datetime,
    mentioned: _Mentioned,
) -> Iterator[int]:
    """The places of the selected rows; `mentioned` is told about the hidden ones."""
    with_archived = replace(filters, archived=True)
    for place, row in enumerate(rows):
        mentioned.see(row)
        if _is_wanted(row, filters, wanted, now):
            yield place
        elif not _is_wanted(row, with_archived, wanted, now):
            mentioned.hide(row)


class _Mentioned:
    """Which repositories in events and changes are hidden."""

    def __init__(self, ranking: Ranking) -> None:
        changes = ranking.changes
        named = [
            name
            for names in (
                (changes.new, changes.dropped, changes.archived, changes.gone, changes.replaced)
                if changes
                else ()
            )
            for name in names or ()
        ]
        named += [name for pair in (changes.renamed if changes else None) or () for name in pair]
        self._numbers = {(event.host, event.id) for event in ranking.events}
        self._keys = {event.name.key for event in ranking.events}
        self._keys.update(RepositoryName.parse(name).key for name in named)
        self._there: set[tuple[str, int | None]] = set()
        self._hidden_numbers: set[tuple[str, int | None]] = set()
        self.hidden: set[str] = set()
        """The keys of hidden names."""

    def see(self, row: Row) -> None:
        """Register a row, hidden or not."""
        if row.id is not None and (row.host, row.id) in self._numbers:
            self._there.add((row.host, row.id))

    def hide(self, each: Row | Failure) -> None:
        """Register a hidden row or failure."""
        if isinstance(each, Row) and (each.host, each.id) in self._there:
            self._hidden_numbers.add((each.host, each.id))
        if self._keys:
            self.hidden.update(self._keys.intersection(name.key for name in each.names))

    def is_hidden(self, event: Event) -> bool:
        """Whether an event is about a hidden repository; its number decides before its name."""
        if (event.host, event.id) in self._there:
            return (event.host, event.id) in self._hidden_numbers
        return event.name.key in self.hidden


def filter_by_section(ranking: Ranking, filters: Filters) -> tuple[Ranking, Groups]:
    """The result of `apply_filters` with `by_section`, and its rows by section: the first
    `filters.top` of each.

    A repository in several sections appears in each one that `filters.section` selects; those
    without a section come first, under `()`. Sections follow the order of the list; others come
    after them from A to Z, each before its subsections.
    """
    whole = apply_filters(ranking, replace(filters, by_section=False, top=None))
    groups = _places_by_section(whole.rows, filters)
    shown = sorted({place for places, _ in groups.values() for place in places})
    cut = whole.sums.cut + len(whole.rows) - len(shown)
    ranking = replace(whole, rows=_at(whole.rows, shown), sums=replace(whole.sums, cut=cut))
    return ranking, _in_groups(whole.rows, groups, whole.sections)


_Places = Mapping[Section, tuple[Sequence[int], int]]
"""For each section the places of its first rows, and how many rows it has."""


def _in_groups(rows: Sequence[Row], groups: _Places, order: Sequence[Section]) -> Groups:
    positions = {section: position for position, section in enumerate(order)}

    def place(section: Section) -> tuple[bool, int, list[str], Section]:
        position = positions.get(section, len(positions))
        return section != (), position, [heading.casefold() for heading in section], section

    return tuple(
        Group(section, _at(rows, places), total)
        for section in sorted(groups, key=place)
        for places, total in [groups[section]]
    )


def _places_by_section(rows: Sequence[Row], filters: Filters) -> _Places:
    wanted = _wanted_sections(rows, filters.section)
    groups: dict[Section, array[int]] = {}
    totals: Counter[Section] = Counter()
    for place, row in enumerate(rows):
        for section in row.sections or ((),):
            if not filters.section or section in wanted:
                totals[section] += 1
                if not filters.top or totals[section] <= filters.top:
                    groups.setdefault(section, array("q")).append(place)
    return {section: (places, totals[section]) for section, places in groups.items()}


def _in_order(rows: Sequence[Row], sort: Sort) -> Sequence[Row]:
    if isinstance(rows, LazyRows):
        return rows if sort == "stars" else rows.in_order(sort)
    return tuple(sorted(rows, key=lambda row: _place(row, sort)))


def _count_ungained(ranking: Ranking, rows: Sequence[Row], sort: Sort, *, is_cut: bool) -> int:
    """The `ungained` of a ranking with these rows, which are sorted."""
    if sort not in _BY_GAINS:
        return 0
    known = bisect_left(rows, True, key=lambda row: _place(row, sort)[0]) if is_cut else len(rows)
    return max(ranking.ungained, len(rows) - known)


def _at(rows: Sequence[Row], places: Iterable[int]) -> Sequence[Row]:
    if isinstance(rows, LazyRows):
        return rows.at(places)
    return tuple(rows[place] for place in places)


def _place(row: Row, sort: Sort) -> tuple[bool, bool, float, str, int, str, str]:
    """The sort key of rows: largest first, then by name, rank and address; unknown values last, and
    before them gains that count from another day than most."""
    figure: float | None = 0
    is_distant = sort in _BY_GAINS and bool(row.baseline_distant)
    name = row.repository.casefold()
    match sort:
        case "stars":
            figure = row.stars
        case "gained":
            figure = row.gained
        case "rate":
            figure = row.rate
        case "pushed":
            figure = None if row.pushed_at is None else row.pushed_at.timestamp()
        case "name":
            pass
    first = name if sort == "name" else ""
    return figure is None, is_distant, -(figure or 0), first, row.rank, name, row.url


def _is_wanted(row: Row, filters: Filters, wanted: Collection[Section], now: datetime) -> bool:
    languages = {language.casefold() for language in filters.language}
    return (
        (filters.min_stars is None or row.stars >= filters.min_stars)
        and (filters.archived or not row.archived)
        and _is_within(row.pushed_at, filters.pushed_within, now)
        and _is_within(row.created_at, filters.created_within, now)
        and (not languages or (row.language is not None and row.language.casefold() in languages))
        and _is_in_scope(row, filters, wanted)
    )


def _is_within(moment: datetime | None, duration: Duration | None, now: datetime) -> bool:
    """Whether a moment is known to be within that time, or no time was requested."""
    if duration is None:
        return True
    return moment is not None and (now - moment).total_seconds() <= seconds(duration)


def _is_in_scope(each: Row | Failure, filters: Filters, wanted: Collection[Section]) -> bool:
    """Whether its sections and names pass the filters."""
    in_section = not filters.section or any(section in wanted for section in each.sections)
    return in_section and not any(_is_excluded(name, filters) for name in each.names)


def _wanted_sections(found: Iterable[Row | Failure], globs: Sequence[str]) -> set[Section]:
    """The sections in `found` that a glob matches; each section is only checked once."""
    if not globs:
        return set()
    sections = {section for each in found for section in each.sections}
    return {section for section in sections if any(is_below(section, glob) for glob in globs)}


def is_below(section: Section, glob: str) -> bool:
    """Whether the section, or one above it, matches the glob."""
    path = normalize("NFC", _SEPARATOR.join(["", *section, ""])).casefold()
    wanted = normalize("NFC", glob).casefold()
    return fnmatchcase(path, f"*{_SEPARATOR}{wanted}{_SEPARATOR}*")


def _is_excluded(name: RepositoryName, filters: Filters) -> bool:
    full_name = name.full_name.casefold()
    # A glob without a slash may also match the owner alone, or the name alone.
    parts = full_name.split("/")
    return any(
        fnmatchcase(part, glob.casefold())
        for glob in filters.exclude
        for part in (full_name, *([] if "/" in glob else parts))
    )


def _filter_changes(changes: Changes, hidden: Collection[str], filters: Filters) -> Changes:
    def is_shown(text: str) -> bool:
        name = RepositoryName.parse(text)
        return name.key not in hidden and not _is_excluded(name, filters)

    def shown(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if names is None else tuple(filter(is_shown, names))

    renamed = changes.renamed
    if renamed is not None:
        renamed = tuple((then, now) for then, now in renamed if is_shown(then) and is_shown(now))
    return replace(
        changes,
        new=shown(changes.new),
        dropped=shown(changes.dropped),
        archived=shown(changes.archived),
        renamed=renamed,
        gone=shown(changes.gone),
        replaced=shown(changes.replaced),
    )
