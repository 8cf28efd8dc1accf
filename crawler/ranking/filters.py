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

from crawler.model.filters import Choice, Section, Sort
from crawler.model.results import Changes, Event, Failure, Row

if TYPE_CHECKING:
    from crawler.model.results import Ranking

Groups = Sequence[tuple[Section, Sequence[Row]]]
"""Sections with their rows."""

_SEPARATOR: Final = " > "


def choose(ranking: Ranking, choice: Choice) -> Ranking:
    """The same ranking with the rows that `choice` wants, in its order; ranks stay as they were.

    The sums stay those of the whole run; `left_out` grows by what filters, not `top`,
    keep out. A failure has no known language, stars or push: only `section` and `exclude` keep
    it out, and it stays in the sums as failed. Events and changes that speak of what was kept
    out go with it, unless it was so only for being archived: that it became so is news. With
    `by_section`, the rows are those that are among the top of any of their sections.
    """
    wanted = _wanted_sections([*ranking.rows, *ranking.failures], choice.section)
    now = ranking.generated_at
    rows = tuple(
        sorted(
            (row for row in ranking.rows if _is_wanted(row, choice, wanted, now)),
            key=lambda row: _place(row, choice.sort),
        )
    )
    with_archived = replace(choice, archived=True)
    hidden = [row for row in ranking.rows if not _is_wanted(row, with_archived, wanted, now)]
    failures = tuple(each for each in ranking.failures if _is_in_scope(each, choice, wanted))
    hidden_failures = [each for each in ranking.failures if not _is_in_scope(each, choice, wanted)]
    left_out = len(ranking.rows) - len(rows) + len(hidden_failures)
    names = {name.casefold() for row in hidden for name in _names(row)}
    names.update(failure.repository.casefold() for failure in hidden_failures)
    return replace(
        ranking,
        rows=_cut(rows, choice),
        failures=failures,
        sums=replace(ranking.sums, left_out=ranking.sums.left_out + left_out),
        changes=ranking.changes and _choose_changes(ranking.changes, names, choice),
        events=_choose_events(ranking, hidden, names, choice),
    )


def group_by_section(
    rows: Iterable[Row], choice: Choice, order: Sequence[Section] = ()
) -> tuple[tuple[Section, tuple[Row, ...]], ...]:
    """Pairs of a section and its rows, of which `choice.top` are kept, in the order of `rows`.

    A repository in several sections stands in each of those that `choice.section` wants; what
    stands in none comes first, under `()`. Sections come in `order`, and then those that it
    does not name, from A to Z, a section before those below it.
    """
    rows = tuple(rows)
    wanted = _wanted_sections(rows, choice.section)
    groups: dict[Section, list[Row]] = {}
    for row in rows:
        for section in row.sections or ((),):
            if not choice.section or section in wanted:
                groups.setdefault(section, []).append(row)
    positions = {section: position for position, section in enumerate(order)}

    def place(section: Section) -> tuple[bool, int, list[str], Section]:
        position = positions.get(section, len(positions))
        return section != (), position, [heading.casefold() for heading in section], section

    return tuple(
        (section, tuple(groups[section][: choice.top or None]))
        for section in sorted(groups, key=place)
    )


def _cut(rows: tuple[Row, ...], choice: Choice) -> tuple[Row, ...]:
    if not choice.by_section:
        return rows[: choice.top or None]
    shown = {row.url for _, group in group_by_section(rows, choice) for row in group}
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


def _is_wanted(row: Row, choice: Choice, wanted: Collection[Section], now: datetime) -> bool:
    languages = {language.casefold() for language in choice.language}
    age = None if row.pushed_at is None else (now - row.pushed_at).total_seconds()
    return (
        (choice.min_stars is None or row.stars >= choice.min_stars)
        and (choice.archived or not row.archived)
        and (choice.pushed_within is None or (age is not None and age <= choice.pushed_within))
        and (not languages or (row.language is not None and row.language.casefold() in languages))
        and _is_in_scope(row, choice, wanted)
    )


def _is_in_scope(each: Row | Failure, choice: Choice, wanted: Collection[Section]) -> bool:
    """Whether its sections and names are wanted."""
    in_section = not choice.section or any(section in wanted for section in each.sections)
    return in_section and not any(_is_excluded(name, choice) for name in _names(each))


def _wanted_sections(found: Sequence[Row | Failure], globs: Sequence[str]) -> set[Section]:
    """Those sections of `found` that a glob matches; each is looked at once, few as they are."""
    if not globs:
        return set()
    patterns = [f"*{_SEPARATOR}{glob.casefold()}{_SEPARATOR}*" for glob in globs]

    def is_wanted(section: Section) -> bool:
        path = _SEPARATOR.join(["", *section, ""]).casefold()
        return any(fnmatchcase(path, pattern) for pattern in patterns)

    return set(filter(is_wanted, {section for each in found for section in each.sections}))


def _is_excluded(name: str, choice: Choice) -> bool:
    return any(fnmatchcase(name.casefold(), glob.casefold()) for glob in choice.exclude)


def _names(each: Row | Failure) -> tuple[str, ...]:
    """Every name that it is known by."""
    return (each.repository, *each.listed_as) if isinstance(each, Row) else (each.repository,)


def _choose_changes(changes: Changes, hidden: Collection[str], choice: Choice) -> Changes:
    def is_shown(name: str) -> bool:
        return name.casefold() not in hidden and not _is_excluded(name, choice)

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


def _choose_events(
    ranking: Ranking, hidden: Sequence[Row], names: Collection[str], choice: Choice
) -> tuple[Event, ...]:
    """Those of the events that speak of nothing hidden; numbers outlive names, and go first."""
    every = {row.id for row in ranking.rows if row.id is not None}
    numbers = {row.id for row in hidden if row.id is not None}

    def is_hidden(event: Event) -> bool:
        if event.id in every:
            return event.id in numbers
        return event.repository.casefold() in names

    return tuple(
        event
        for event in ranking.events
        if not is_hidden(event) and not _is_excluded(event.repository, choice)
    )
