"""The table of the HTML page: its columns, a line for each row, and the values to filter by."""

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
    ChangedAddresses,
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
"""Number of lengths of a bar; the row with the most stars has the longest."""

_TAGS: Final = {
    EventKind.LISTED: "new",
    EventKind.ENTERED_TOP: "now in the top",
    EventKind.MILESTONE: "milestone",
    EventKind.RENAMED: "renamed",
    EventKind.REPLACED: "another repository",
    EventKind.UNARCHIVED: "unarchived",
    EventKind.BACK: "back",
}
"""Tags for what happened to a repository; every archived one has a tag of its own."""

_SLEEP: Final = timedelta(days=730)
"""A repository without a push for this long is tagged as asleep."""


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
    """The heading of a column; a column without any value is left out."""

    key: str
    """Its CSS class."""
    label: str
    is_known: Callable[[Row], object] = lambda row: True
    """Whether a row has a value in it; trends and sections are decided elsewhere."""
    number: bool = False
    falling: bool = False
    """Whether the first click puts the largest on top."""


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
    """One repository; unknown values are empty."""

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
    """Its first section with the headings above it, and the number of its other sections."""
    path: str
    """All its sections."""
    sections: str
    """The numbers of its sections and of those above them, separated by spaces."""
    pushed: str
    archived: str
    """`yes`, `no`, or empty."""
    tags: tuple[str, ...]
    """Such as archived, figures of an earlier day, or what happened to it."""


@frozen
class Table:
    """What has to be known about all rows before the first line is written."""

    heads: tuple[Head, ...]
    count: int
    """Number of lines."""
    first: tuple[Row, ...]
    """The first rows, as many as a chart draws."""
    most: int
    """The largest number of stars."""
    scale: Scale
    languages: tuple[str, ...]
    paths: Mapping[Section, tuple[str, ...]]
    """The headings to show for each section of the rows."""
    numbers: Mapping[tuple[str, ...], int]
    """A number for each of these paths and for each path above one, in order."""
    movers: Movers
    addresses: Mapping[str, str]
    """The addresses of repositories that the changes name."""
    gains: str
    """The period of the gains, such as `+30 d`."""
    by_rank: bool
    """Whether the rows are in the order of their ranks."""
    knows_archived: bool
    """Whether it is known of any repository whether it is archived."""
    has_renames: bool
    with_host: bool
    """Whether names begin with their host."""

    def shows(self, key: str) -> bool:
        """Whether the table has this column."""
        return any(head.key == key for head in self.heads)


def survey(ranking: Ranking, *, with_host: bool, by_section: bool = False) -> Table:
    """Read all rows once. Tables `by_section` have no column for the section."""
    unknown = {head.key: head for head in _HEADS}
    scale, tally = Scale(ranking.trend_start), Tally(with_host=with_host)
    addresses = ChangedAddresses(ranking.changes)
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
    """A table of the page: all rows, or those of one section."""

    number: int
    title: str
    """The headings of its section; empty if it has all rows."""
    count: int
    """Rows that it shows."""
    total: int
    """Rows that there are, including those beyond the top."""
    lines: Iterator[Line]


def blocks_of(ranking: Ranking, table: Table, groups: Groups | None) -> Iterator[Block]:
    """The tables in order; the lines of each are made while they are read."""
    history = ranking.history if table.shows("trend") else {}
    if groups is None:
        total = table.count + ranking.sums.cut
        yield Block(0, "", table.count, total, _lines(with_history(ranking.rows, history), table))
        return
    for number, (section, rows, total) in enumerate(groups):
        title = " › ".join(table.paths.get(section, ())) or "Without a section"
        known = with_history(rows, history)
        yield Block(number, title, len(rows), total, _lines(known, table, section))


def _lines(
    known: Iterable[tuple[Row, tuple[Point, ...]]], table: Table, section: Section | None = None
) -> Iterator[Line]:
    """The lines of some rows; with `section`, only that section is shown for each."""
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
    """The headings to show for each section, without those that all of them share, such as the
    list's title."""
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
    """Each of `paths` and all paths above them, sorted ignoring case."""
    every = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    return sorted(every, key=lambda path: ([heading.casefold() for heading in path], path))
