"""The table of the page: its columns, a line for each row, and what can be chosen to filter by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from crawler.model.results import EventKind
from crawler.reports.trends import Trend, draw_trends
from crawler.reports.words import (
    MOST_HEADING,
    MOST_NAME,
    MOST_PROSE,
    Name,
    shortened,
    signed,
    web_address,
)

if TYPE_CHECKING:
    from crawler.model.results import Ranking, Row

BAR_STEPS: Final = 100
"""The lengths that a bar can have; the longest is that of the most stars."""

_TAGS: Final = {
    EventKind.LISTED: "new",
    EventKind.ENTERED_TOP: "now in the top",
    EventKind.MILESTONE: "milestone",
    EventKind.RENAMED: "renamed",
    EventKind.UNARCHIVED: "unarchived",
    EventKind.BACK: "back",
}
"""What happened to a repository, as one word; that it is archived is said whenever it is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; one in which nothing is known is left out."""

    key: str
    """Its class in the page."""
    label: str
    number: bool = False
    falling: bool = False
    """Whether the first click sorts from the largest down."""


_COLUMNS: Final = (
    Column("rank", "#", number=True),
    Column("repository", "Repository"),
    Column("stars", "Stars", number=True, falling=True),
    Column("gained", "Gained", number=True, falling=True),
    Column("moved", "Moved", number=True, falling=True),
    Column("trend", "Trend", number=True, falling=True),
    Column("language", "Language"),
    Column("section", "Section"),
    Column("pushed", "Last push", falling=True),
    Column("state", "State"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One repository; what is unknown is empty."""

    rank: str
    name: Name
    description: str
    stars: str
    bar: int
    """Steps of `BAR_STEPS`."""
    gained: str
    moved: str
    trend: Trend | None
    language: str
    section: str
    """The heading right above it where it is listed first, and how many more places there are."""
    path: str
    """All places, with the headings above that one."""
    sections: str
    """The numbers of all its sections and of those above them, between spaces."""
    pushed: str
    archived: str
    """`yes`, `no`, or empty."""
    tags: tuple[str, ...]
    """What sets it apart: archived, old figures, what happened to it."""


@dataclass(frozen=True, slots=True)
class Table:
    """All lines, and what they can be filtered by."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    languages: tuple[str, ...]
    sections: tuple[tuple[int, str], ...]
    """Numbers and paths, by path; a path that only leads to others is there as well."""

    @property
    def knows_archived(self) -> bool:
        """Whether of any repository is known if it is archived."""
        return any(line.archived for line in self.lines)

    def shows(self, key: str) -> bool:
        """Whether there is such a column."""
        return any(column.key == key for column in self.columns)


def table_of(ranking: Ranking) -> Table:
    """The table in the order of the ranking."""
    rows = ranking.rows
    trends = draw_trends(ranking)
    places = _places(rows)
    numbers = {path: number for number, path in enumerate(_with_parents(places))}
    most = max((row.stars for row in rows), default=0)
    lines = tuple(
        _line(row, trend, paths, numbers, most)
        for row, trend, paths in zip(rows, trends, places, strict=True)
    )
    return Table(
        columns=tuple(
            column for column in _COLUMNS if any(_value(line, column.key) for line in lines)
        ),
        lines=lines,
        languages=tuple(
            sorted(
                {line.language for line in lines} - {""}, key=lambda name: (name.casefold(), name)
            )
        ),
        sections=tuple((number, " › ".join(path)) for path, number in numbers.items()),
    )


def _line(
    row: Row,
    trend: Trend | None,
    paths: Sequence[tuple[str, ...]],
    numbers: dict[tuple[str, ...], int],
    most: int,
) -> Line:
    return Line(
        rank=str(row.rank),
        name=Name(shortened(row.repository, MOST_NAME), web_address(row.url)),
        description=shortened(row.description or row.about, MOST_PROSE),
        stars=f"{row.stars:,}",
        bar=max(round(BAR_STEPS * row.stars / most), 1) if row.stars > 0 else 0,
        gained="" if row.gained is None else signed(row.gained),
        moved="" if row.moved is None else _moved(row.moved),
        trend=trend,
        language=shortened(row.language, MOST_HEADING),
        section=_section(paths),
        path="; ".join(map(" › ".join, paths)),
        sections=" ".join(str(numbers[path]) for path in _with_parents([paths])),
        pushed=row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else "",
        archived="" if row.archived is None else "yes" if row.archived else "no",
        tags=_tags(row),
    )


def _value(line: Line, key: str) -> object:
    match key:
        case "repository":
            return line.name
        case "state":
            return line.tags
        case _:
            return getattr(line, key)


def _moved(ranks: int) -> str:
    return f"{'↑' if ranks > 0 else '↓'}{abs(ranks):,}" if ranks else "0"


def _tags(row: Row) -> tuple[str, ...]:
    day = row.fetched_at.astimezone(UTC).date()
    return (
        *(["archived"] if row.archived else []),
        *([f"figures of {day}"] if row.stale else []),
        *(["not comparable"] if row.suspicious else []),
        *(_TAGS[kind] for kind in row.changed or () if kind in _TAGS),
    )


def _section(paths: Sequence[tuple[str, ...]]) -> str:
    if not paths:
        return ""
    more = f" (+{len(paths) - 1})" if len(paths) > 1 else ""
    return paths[0][-1] + more


def _places(rows: Sequence[Row]) -> list[list[tuple[str, ...]]]:
    """For each row the sections that list it, without the headings that all of them share.

    A heading above all of them, as a list's title is, tells nothing apart.
    """
    every = {section for row in rows for section in row.sections}
    shared = 0
    if len(every) > 1:
        levels = zip(*every, strict=False)
        shared = len(list(takewhile(lambda headings: len(set(headings)) == 1, levels)))
    shown = {
        section: tuple(shortened(heading, MOST_HEADING) for heading in section[shared:])
        for section in every
    }
    return [
        list(dict.fromkeys(shown[each] for each in row.sections if shown[each])) for row in rows
    ]


def _with_parents(places: Sequence[Sequence[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Every path of `places` and those above it, sorted without regard to case."""
    paths = {path[:depth] for each in places for path in each for depth in range(1, len(path) + 1)}
    return sorted(paths, key=lambda path: ([heading.casefold() for heading in path], path))
