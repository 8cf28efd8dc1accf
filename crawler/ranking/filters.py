"""Which repositories a report shows, and in what order: filters, sorting, sections.

A filter shows what is known to be wanted, and takes nothing away for what nobody knows:
where the last push or the language is unknown, `pushed_within` and `language` leave the
row out, while `archived=False` keeps a row of which nobody knows whether it is archived.

Globs know `*` (anything, also `/` and ` > `), `?`, `[ab]` and `[!ab]`, as
https://docs.python.org/3/library/fnmatch.html has them; case does not count, a bracket
that is never closed stands for itself, and `[[]` for one that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from crawler.model.durations import seconds
from crawler.model.filters import Filters, Section, Sort
from crawler.model.results import Changes, Event, Failure, Row
from crawler.model.values import RepositoryName

if TYPE_CHECKING:
    from crawler.model.results import Ranking

Groups = Sequence[tuple[Section, Sequence[Row]]]
"""Sections with their rows."""

_SEPARATOR: Final = " > "


def apply_filters(ranking: Ranking, filters: Filters) -> Ranking:
    """The same ranking with the rows that `filters` wants, in its order; ranks stay as they were.

    The sums stay those of the whole run; `left_out` grows by what filters, not `top`,
    keep out. A failure has no known language, stars or push: only `section` and `exclude` keep
    it out, and it stays in the sums as failed. Events and changes that speak of what was kept
    out go with it, unless it was so only for being archived: that it became so is news. With
    `by_section`, the rows are those that are among the top of any of their sections.
    """
    wanted = _wanted_sections([*ranking.rows, *ranking.failures], filters.section)
    now = ranking.generated_at
    rows = tuple(
        sorted(
            (row for row in ranking.rows if _is_wanted(row, filters, wanted, now)),
            key=lambda row: _place(row, filters.sort),
        )
    )
    with_archived = replace(filters, archived=True)
    hidden = [row for row in ranking.rows if not _is_wanted(row, with_archived, wanted, now)]
    failures = tuple(each for each in ranking.failures if _is_in_scope(each, filters, wanted))
    hidden_failures = [each for each in ranking.failures if not _is_in_scope(each, filters, wanted)]
    left_out = len(ranking.rows) - len(rows) + len(hidden_failures)
    keys = {name.key for row in hidden for name in row.names}
    keys.update(failure.name.key for failure in hidden_failures)
    return replace(
        ranking,
        rows=_cut(rows, filters),
        failures=failures,
        sums=replace(ranking.sums, left_out=ranking.sums.left_out + left_out),
        changes=ranking.changes and _filter_changes(ranking.changes, keys, filters),
        events=_filter_events(ranking, hidden, keys, filters),
    )


def group_by_section(
    rows: Iterable[Row], filters: Filters, order: Sequence[Section] = ()
) -> tuple[tuple[Section, tuple[Row, ...]], ...]:
    """Pairs of a section and its rows, of which `filters.top` are kept, in the order of `rows`.

    A repository in several sections stands in each of those that `filters.section` wants; what
    stands in none comes first, under `()`. Sections come in `order`, and then those that it
    does not name, from A to Z, a section before those below it.
    """
    rows = tuple(rows)
    wanted = _wanted_sections(rows, filters.section)
    groups: dict[Section, list[Row]] = {}
    for row in rows:
        for section in row.sections or ((),):
            if not filters.section or section in wanted:
                groups.setdefault(section, []).append(row)
    positions = {section: position for position, section in enumerate(order)}

    def place(section: Section) -> tuple[bool, int, list[str], Section]:
        position = positions.get(section, len(positions))
        return section != (), position, [heading.casefold() for heading in section], section

    return tuple(
        (section, tuple(groups[section][: filters.top or None]))
        for section in sorted(groups, key=place)
    )


def _cut(rows: tuple[Row, ...], filters: Filters) -> tuple[Row, ...]:
    if not filters.by_section:
        return rows[: filters.top or None]
    shown = {row.url for _, group in group_by_section(rows, filters) for row in group}
    return tuple(row for row in rows if row.url in shown)


def _place(row: Row, sort: Sort) -> tuple[bool, float, str, int, str, str]:
    """What rows are ordered by: unknown last, most first, then by name, rank, name and address."""
    figure: float | None = 0
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
    return figure is None, -(figure or 0), first, row.rank, name, row.url


def _is_wanted(row: Row, filters: Filters, wanted: Collection[Section], now: datetime) -> bool:
    languages = {language.casefold() for language in filters.language}
    within = None if filters.pushed_within is None else seconds(filters.pushed_within)
    age = None if row.pushed_at is None else (now - row.pushed_at).total_seconds()
    return (
        (filters.min_stars is None or row.stars >= filters.min_stars)
        and (filters.archived or not row.archived)
        and (within is None or (age is not None and age <= within))
        and (not languages or (row.language is not None and row.language.casefold() in languages))
        and _is_in_scope(row, filters, wanted)
    )


def _is_in_scope(each: Row | Failure, filters: Filters, wanted: Collection[Section]) -> bool:
    """Whether its sections and names are wanted."""
    in_section = not filters.section or any(section in wanted for section in each.sections)
    return in_section and not any(_is_excluded(name, filters) for name in each.names)


def _wanted_sections(found: Sequence[Row | Failure], globs: Sequence[str]) -> set[Section]:
    """Those sections of `found` that a glob matches; each is looked at once, few as they are."""
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
    # What has no slash in it may also be the owner alone, or the name alone.
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
    )


def _filter_events(
    ranking: Ranking, hidden: Sequence[Row], keys: Collection[str], filters: Filters
) -> tuple[Event, ...]:
    """Those of the events that speak of nothing hidden; numbers outlive names, and go first."""
    every = {(row.host, row.id) for row in ranking.rows if row.id is not None}
    numbers = {(row.host, row.id) for row in hidden if row.id is not None}

    def is_hidden(event: Event) -> bool:
        if (event.host, event.id) in every:
            return (event.host, event.id) in numbers
        return event.name.key in keys

    return tuple(
        event
        for event in ranking.events
        if not is_hidden(event) and not _is_excluded(event.name, filters)
    )
