"""Markdown: the ranking as a document that GitHub shows, whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from crawler.model.filters import Section
from crawler.reports import gfm
from crawler.reports.news import changes_of, failures_of, sources_of, sums_of
from crawler.reports.words import MOST_HEADING, MOST_NAME, MOST_PROSE, shortened, signed

if TYPE_CHECKING:
    from crawler.model.results import Ranking, Row

LIMIT: Final = 512_000
"""Bytes that GitHub shows of a document: https://github.com/isaacs/github/issues/1610 measured it.
Who speaks of 512 KB means these 500 KiB; 512 KiB would be cut."""

_ROOM_OF_FAILURES: Final = LIMIT // 4
_ROOM_OF_NAMES: Final = LIMIT // 32
"""Bytes of each enumeration beside the ranking, so that most of the room is the ranking's."""

_COMMA: Final = ", "
_ELSEWHERE: Final = "Without a section"

TIMES: Final = re.compile(r"(?:(?<=Made on )|(?<=the run of )|(?<=until ))[0-9-]{10} [0-9:]{5} UTC")
"""What differs between two documents that tell the same."""

Groups = Sequence[tuple[Section, Sequence["Row"]]]
"""Sections and their rows."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cell: Callable[[Row], str]
    """Markdown; empty where nothing is known."""
    number: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One table."""

    opening: list[str]
    """Headings and the table's head."""
    rows: list[str]


def render(ranking: Ranking, groups: Groups | None = None) -> str:
    """The ranking as GitHub-flavoured Markdown of at most `LIMIT` bytes; times are in UTC.

    Where it would be larger, the descriptions are left out, and then rows from the end; the
    document says so. With `groups`, as `group_by_section` makes them, each has its own
    table in place of the one of all rows, under the headings of its section.
    """
    if groups is None:
        groups = [((), ranking.rows)] if ranking.rows else []
    opening = _opening(ranking)
    closing = [*_changes(ranking), *_failures(ranking)]
    columns = [each for each in _COLUMNS if any(map(each.cell, ranking.rows))]
    whole = "\n".join([*opening, *_lines(_parts(groups, columns)), *closing])
    if len(whole.encode()) <= LIMIT:
        return whole
    # From here on what is left out is told, at its longest until it is known.
    bare = [column for column in columns if column is not _DESCRIPTION]
    parts = _parts(groups, bare)
    total = sum(len(part.rows) for part in parts)
    undescribed = len(bare) < len(columns)
    room = LIMIT - _size([*opening, *_left_out(undescribed, total, total), *closing])
    fitting = _fitting(parts, room)
    cut = total - sum(len(part.rows) for part in fitting)
    note = _left_out(undescribed, cut, total)
    return "\n".join([*opening, *note, *_lines(fitting), *closing])


def _opening(ranking: Ranking) -> list[str]:
    names = [gfm.link(name.text, name.url) for name, _ in sources_of(ranking.sources)]
    sums = ", ".join(f"{label.lower()} {figure}" for label, figure in sums_of(ranking))
    sentences = [f"Made on {_minute(ranking.generated_at)}.", f"Repositories: {sums}."]
    if not ranking.complete:
        sentences.append("It is not complete: a later run may tell more.")
    if ranking.provider.note:
        sentences.append(f"Note: {gfm.escaped(ranking.provider.note)}.")
    return [f"# Repositories of {_enumerated(names) or 'no list'}", "", " ".join(sentences), ""]


def _parts(groups: Groups, columns: Sequence[_Column]) -> list[_Part]:
    head = gfm.table([(column.name, column.number) for column in columns])
    parts = []
    before: Section | None = None
    for section, rows in groups:
        headings = _headings(section, before) if len(groups) > 1 or section else []
        lines = [gfm.row(column.cell(row) for column in columns) for row in rows]
        parts.append(_Part([*headings, *head], lines))
        before = section
    return parts


def _headings(section: Section, before: Section | None) -> list[str]:
    """Those headings of `section` that do not stand above the section `before` it already."""
    path = section or (_ELSEWHERE,)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(path, before or (), strict=False))
    known = len(list(same))
    return [
        line
        for depth, title in enumerate(path[known:], start=known)
        for line in (gfm.heading(shortened(title, MOST_HEADING), depth + 2), "")
    ]


def _fitting(parts: Iterable[_Part], room: int) -> list[_Part]:
    """The first rows of `parts` that fit in `room` bytes."""
    kept = []
    for part in parts:
        room -= _size([*part.opening, ""])
        rows = _first(part.rows, room)
        if rows:
            kept.append(_Part(part.opening, rows))
        if len(rows) < len(part.rows):
            break
        room -= _size(rows)
    return kept


def _lines(parts: Iterable[_Part]) -> list[str]:
    return [line for part in parts for line in (*part.opening, *part.rows, "")]


def _left_out(undescribed: bool, cut: int, total: int) -> list[str]:
    rows = f"{cut:,} of {total:,} rows"
    what = [
        *(["descriptions"] if undescribed else []),
        *([f"the last {rows}"] if cut else []),
    ]
    sentence = f"{' and '.join(what)} are left out"
    return [f"{sentence[0].upper()}{sentence[1:]}: GitHub shows 500 KiB of a document.", ""]


def _changes(ranking: Ranking) -> list[str]:
    changes = changes_of(ranking)
    if changes is None:
        return []
    if changes.baseline_at is None:
        news = [f"Unknown: there was no run of these lists until {_minute(changes.since)}."]
    else:
        news = [f"Since the run of {_minute(changes.baseline_at)}:", ""]
        for kind in changes.kinds:
            names = [
                f"{gfm.escaped(then)} is now {gfm.link(name.text, name.url)}"
                if then
                else gfm.link(name.text, name.url)
                for name, then in kind.names or ()
            ]
            count = "unknown" if kind.names is None else f"{len(names):,}"
            news.append(f"- {kind.label}: {count}" + (f" ({_enumerated(names)})" if names else ""))
    return ["## What changed", "", *news, ""]


def _failures(ranking: Ranking) -> list[str]:
    lines = [
        gfm.row(gfm.escaped(each) for each in (loss.name, loss.reason, loss.message))
        for loss in failures_of(ranking.failures)
    ]
    if not lines:
        return []
    shown = _first(lines, _ROOM_OF_FAILURES)
    more = [f"And {len(lines) - len(shown):,} more.", ""] if len(shown) < len(lines) else []
    head = gfm.table([("Repository", False), ("Reason", False), ("Message", False)])
    return ["## Without figures", "", *head, *shown, "", *more]


def _enumerated(items: Sequence[str]) -> str:
    """All of them, or the first ones and how many more there are."""
    shown = _first(items, _ROOM_OF_NAMES, _COMMA)
    more = [f"{len(items) - len(shown):,} more"] if len(shown) < len(items) else []
    return _COMMA.join([*shown, *more])


def _first(lines: Sequence[str], room: int, between: str = "\n") -> list[str]:
    """As many of the first ones as take at most `room` bytes, each with what follows it."""
    kept = []
    for line in lines:
        room -= len(line.encode()) + len(between)
        if room < 0:
            break
        kept.append(line)
    return kept


def _size(lines: Iterable[str]) -> int:
    """Bytes of the lines with their ends."""
    return sum(len(line.encode()) + 1 for line in lines)


def _minute(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _name(row: Row) -> str:
    marks = [
        *(["archived"] if row.archived else []),
        *([f"figures of {row.fetched_at.astimezone(UTC).date()}"] if row.stale else []),
    ]
    name = gfm.link(shortened(row.repository, MOST_NAME), row.url)
    return f"{name} ({', '.join(marks)})" if marks else name


def _gained(row: Row) -> str:
    if row.gained is None:
        return ""
    return signed(row.gained) + (" (not comparable)" if row.suspicious else "")


def _moved(row: Row) -> str:
    if not row.moved:
        return "" if row.moved is None else "0"
    return f"{'↑' if row.moved > 0 else '↓'}{abs(row.moved):,}"


def _pushed(row: Row) -> str:
    return row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else ""


_DESCRIPTION: Final = _Column(
    "Description", lambda row: gfm.escaped(shortened(row.description or row.about, MOST_PROSE))
)
_COLUMNS: Final = (
    _Column("#", lambda row: str(row.rank), number=True),
    _Column("Repository", _name),
    _Column("Stars", lambda row: f"{row.stars:,}", number=True),
    _Column("Gained", _gained, number=True),
    _Column("Moved", _moved, number=True),
    _Column("Language", lambda row: gfm.escaped(shortened(row.language, MOST_HEADING))),
    _Column("Last push", _pushed),
    _DESCRIPTION,
)
"""A column in which nothing is known is left out."""
