"""The table of the page: its columns, a line for each row, and what can be chosen to filter by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.results import with_history
from crawler.model.rows import EventKind
from crawler.reports.chart import MOST_CURVES
from crawler.reports.news import (
    Addresses,
    Movers,
    Tally,
    burst_mark,
    gain_of,
    gains_head,
    is_renamed,
    name_of,
)
from crawler.reports.trends import Scale, Trend
from crawler.reports.words import MOST_HEADING, MOST_PROSE, Name, arrow, shortened

if TYPE_CHECKING:
    from crawler.model.filters import Section
    from crawler.model.results import Point, Ranking
    from crawler.model.rows import Row
    from crawler.ranking.filters import Groups

BAR_STEPS: Final = 100
"""The lengths that a bar can have; the longest is that of the most stars."""

_TAGS: Final = {
    EventKind.LISTED: "new",
    EventKind.ENTERED_TOP: "now in the top",
    EventKind.MILESTONE: "milestone",
    EventKind.RENAMED: "renamed",
    EventKind.REPLACED: "another repository",
    EventKind.UNARCHIVED: "unarchived",
    EventKind.BACK: "back",
}
"""What happened to a repository, as one word; that it is archived is said whenever it is."""

_SLEEP: Final = timedelta(days=730)
"""Without a push for as long, a repository is said to be asleep."""


def _tags(row: Row) -> tuple[str, ...]:
    day = row.fetched_at.astimezone(UTC).date()
    sleeps = row.pushed_at is not None and row.fetched_at - row.pushed_at >= _SLEEP
    return (
        *(["archived"] if row.archived else []),
        *(["asleep"] if sleeps and not row.archived else []),
        *([f"figures of {day}"] if row.stale else []),
        *(["not comparable"] if row.suspicious else []),
        *filter(None, [burst_mark(row)]),
        *(_TAGS[kind] for kind in row.changed or () if kind in _TAGS),
    )


@frozen
class Head:
    """What stands above a column of the table; one in which nothing is known is left out."""

    key: str
    """Its class in the page."""
    label: str
    is_known: Callable[[Row], object] = lambda row: True
    """Whether a row has something in it; of trends and sections the row alone does not tell."""
    number: bool = False
    falling: bool = False
    """Whether the first click sorts from the largest down."""


_HEADS: Final = (
    Head("rank", "#", number=True),
    Head("repository", "Repository"),
    Head("stars", "Stars", number=True, falling=True),
    Head("gained", "Gained", lambda row: row.gained is not None, number=True, falling=True),
    Head("moved", "Moved", lambda row: row.moved is not None, number=True, falling=True),
    Head("trend", "Trend", number=True, falling=True),
    Head("language", "Language", lambda row: shortened(row.language, MOST_HEADING)),
    Head("section", "Section"),
    Head("pushed", "Last push", lambda row: row.pushed_at, falling=True),
    Head("state", "State", _tags),
)


@frozen
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
    """Where it is listed first, with the headings above, and how many more places there are."""
    path: str
    """All places."""
    sections: str
    """The numbers of all its sections and of those above them, between spaces."""
    pushed: str
    archived: str
    """`yes`, `no`, or empty."""
    tags: tuple[str, ...]
    """What sets it apart: archived, old figures, what happened to it."""


@frozen
class Table:
    """What is known of all lines together before the first one is written."""

    heads: tuple[Head, ...]
    count: int
    """Lines."""
    first: tuple[Row, ...]
    """The first rows, as many as a chart draws."""
    most: int
    """The most stars of any."""
    scale: Scale
    languages: tuple[str, ...]
    paths: Mapping[Section, tuple[str, ...]]
    """Each section of the rows as it is shown."""
    numbers: Mapping[tuple[str, ...], int]
    """A number for each path that is shown and for each above it, ordered by path."""
    movers: Movers
    addresses: Mapping[str, str]
    """Of the rows that changes name."""
    gains: str
    """Over how long gains are."""
    by_rank: bool
    """Whether the ranks only grow from line to line."""
    knows_archived: bool
    """Whether of any repository is known if it is archived."""
    has_renames: bool
    with_host: bool
    """Whether names have their host before them."""

    def shows(self, key: str) -> bool:
        """Whether there is such a column."""
        return any(head.key == key for head in self.heads)


def survey(ranking: Ranking, *, with_host: bool, by_section: bool = False) -> Table:
    """Look at all rows once. Where tables are `by_section`, they have no column for it."""
    unknown = {head.key: head for head in _HEADS}
    scale, tally = Scale(ranking.trend_start), Tally(with_host=with_host)
    addresses = Addresses(ranking.changes)
    first: list[Row] = []
    languages: set[str] = set()
    sections: set[Section] = set()
    count = most = last_rank = 0
    by_rank, knows_archived, has_renames = True, False, False
    for row, past in ranking.with_history():
        count += 1
        if count <= MOST_CURVES:
            first.append(row)
        most = max(most, row.stars)
        by_rank = by_rank and last_rank <= row.rank
        last_rank = row.rank
        knows_archived = knows_archived or row.archived is not None
        has_renames = has_renames or is_renamed(row)
        languages.add(shortened(row.language, MOST_HEADING))
        sections.update(row.sections)
        tally.add(row)
        addresses.add(row)
        has_trend = scale.add(row, past)
        for key, head in list(unknown.items()):
            if key == "trend":
                is_known: object = has_trend
            elif key == "section":
                is_known = row.sections
            else:
                is_known = head.is_known(row)
            if is_known:
                del unknown[key]
    paths = _paths(sections)
    if by_section or not any(paths.values()):
        unknown.setdefault("section", _HEADS[0])
    return Table(
        heads=tuple(
            replace(head, label=gains_head(ranking)) if head.key == "gained" else head
            for head in _HEADS
            if head.key not in unknown
        ),
        count=count,
        first=tuple(first),
        most=most,
        scale=scale,
        languages=tuple(sorted(languages - {""}, key=lambda name: (name.casefold(), name))),
        paths=paths,
        numbers={path: number for number, path in enumerate(_with_parents(paths.values()))},
        movers=tally.movers(),
        addresses=addresses.found,
        gains=gains_head(ranking),
        by_rank=by_rank,
        knows_archived=knows_archived,
        has_renames=has_renames,
        with_host=with_host,
    )


@frozen
class Block:
    """A table of the page: all rows, or those of one section under its headings."""

    number: int
    title: str
    """Its headings; empty where it has all rows."""
    count: int
    total: int
    """Rows that it shows, and that there are."""
    lines: Iterator[Line]


def blocks_of(ranking: Ranking, table: Table, groups: Groups | None) -> Iterator[Block]:
    """The tables in their order; their lines are made as they are asked for."""
    if groups is None:
        total = table.count + ranking.sums.cut
        yield Block(0, "", table.count, total, _lines(ranking.with_history(), table))
        return
    for number, (section, rows, total) in enumerate(groups):
        title = " › ".join(table.paths.get(section, ())) or "Without a section"
        known = with_history(rows, ranking.history)
        yield Block(number, title, len(rows), total, _lines(known, table, section))


def _lines(
    known: Iterable[tuple[Row, tuple[Point, ...]]], table: Table, section: Section | None = None
) -> Iterator[Line]:
    """The lines of some rows; below a section it is the only place of each."""
    for row, past in known:
        sections = row.sections if section is None else (section,)
        paths = dict.fromkeys(filter(None, (table.paths.get(each) for each in sections)))
        yield _line(row, table.scale.draw(row, past), list(paths), table)


def _line(
    row: Row,
    trend: Trend | None,
    paths: Sequence[tuple[str, ...]],
    table: Table,
) -> Line:
    return Line(
        rank=str(row.rank),
        name=name_of(row, with_host=table.with_host),
        description=shortened(row.description or row.about, MOST_PROSE),
        stars=f"{row.stars:,}",
        bar=max(round(BAR_STEPS * row.stars / table.most), 1) if row.stars > 0 else 0,
        gained=gain_of(row),
        moved="" if row.moved is None else arrow(row.moved),
        trend=trend,
        language=shortened(row.language, MOST_HEADING),
        section=_section(paths),
        path="; ".join(map(" › ".join, paths)),
        sections=" ".join(str(table.numbers[path]) for path in _with_parents(paths)),
        pushed=row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else "",
        archived="" if row.archived is None else "yes" if row.archived else "no",
        tags=_tags(row),
    )


def _section(paths: Sequence[tuple[str, ...]]) -> str:
    if not paths:
        return ""
    more = f" (+{len(paths) - 1})" if len(paths) > 1 else ""
    return " › ".join(paths[0]) + more


def _paths(sections: Iterable[Section]) -> dict[Section, tuple[str, ...]]:
    """Each section as it is shown, without the headings that all of them share.

    A heading above all of them, as a list's title is, tells nothing apart.
    """
    every = set(sections)
    shared = 0
    if len(every) > 1:
        levels = zip(*every, strict=False)
        shared = len(list(takewhile(lambda headings: len(set(headings)) == 1, levels)))
    return {
        section: tuple(shortened(heading, MOST_HEADING) for heading in section[shared:])
        for section in every
    }


def _with_parents(paths: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Every path of `paths` and those above it, sorted without regard to case."""
    every = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    return sorted(every, key=lambda path: ([heading.casefold() for heading in path], path))
