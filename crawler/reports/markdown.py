"""Markdown: the ranking as a document that GitHub shows completely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.ranking.filters import Group
from crawler.reports import gfm
from crawler.reports.news import (
    Change,
    ChangedAddresses,
    Movers,
    Tally,
    burst_mark,
    changes_of,
    failures_of,
    gain_of,
    gains_head,
    name_of,
    sources_of,
    sums_of,
)
from crawler.reports.stream import MARK, volatile
from crawler.reports.words import (
    MOST_HEADING,
    MOST_PROSE,
    arrow,
    shortened,
    volatile_minute,
    volatile_moment,
)

if TYPE_CHECKING:
    from crawler.model.filters import Section
    from crawler.model.results import Ranking
    from crawler.model.rows import Row
    from crawler.ranking.filters import Groups
    from crawler.reports.formats import View

LIMIT: Final = 512_000
"""Bytes of a document that GitHub shows, as measured in
https://github.com/isaacs/github/issues/1610. The often named 512 KB are these 500 KiB; a document
of 512 KiB is cut."""

_ROOM_OF_FAILURES: Final = LIMIT // 4
_ROOM_OF_NAMES: Final = LIMIT // 32
"""Bytes of each enumeration beside the ranking, which gets most of the room."""

_MOST_ROWS: Final = LIMIT // 32
"""Rows that may fit: a shorter row than this many bytes has no name."""

_COMMA: Final = ", "
_ELSEWHERE: Final = "Without a section"


@frozen
class _Field:
    name: str
    cell: Callable[[Row], str]
    """Markdown; empty for unknown values."""
    number: bool = False


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """The ranking as GitHub-flavoured Markdown of at most `LIMIT` bytes, with the changes first.

    Times are in UTC.

    If it would be larger, it leaves out descriptions, and then rows from the end, and says so. With
    `view.groups` each section has its own table below its headings, instead of one table for all
    rows.
    """
    groups = view.groups
    if groups is None:
        groups = [Group((), ranking.rows, len(ranking.rows))] if ranking.rows else []
    columns, movers, addresses = _survey(ranking, view.with_host)
    news = [*_growth(movers), *_changes(ranking, addresses, view.with_host)]
    heading = ["## Ranking", ""] if news and groups and view.groups is None else []
    opening = [*_opening(ranking, movers), *news, *heading]
    closing = _failures(ranking, view.with_host)
    total = sum(len(group.rows) for group in groups)
    note: list[str] = []
    # The last line is an empty separator, and is not written.
    room = LIMIT + 1 - _size([*opening, *closing])
    lines, count = _fitting(groups, columns, room)
    if count < total:
        # Something is left out. Until it is known how much, take the longest sentence about it.
        bare = [column for column in columns if column is not _DESCRIPTION]
        undescribed = len(bare) < len(columns)
        longest = _left_out(undescribed, total, total)
        lines, count = _fitting(groups, bare, room - _size(longest))
        note = _left_out(undescribed, total - count, total)
    *document, _ = *opening, *note, *lines, *closing
    yield from (f"{line}\n" for line in document)


def _opening(ranking: Ranking, movers: Movers) -> list[str]:
    sums = ", ".join(f"{label.lower()} {figure}" for label, figure in sums_of(ranking))
    sentences = [f"Made on {volatile_minute(ranking.generated_at)}.", f"Repositories: {sums}."]
    if ranking.sums.cut:
        shown = len(ranking.rows)
        sentences.append(f"Here are {shown:,} of {shown + ranking.sums.cut:,} rows.")
    if not ranking.complete:
        sentences.append("It is not complete: a later run may tell more.")
    if ranking.note:
        sentences.append(f"Note: {gfm.escaped(ranking.note)}.")
    if movers.since:
        head = gains_head(ranking)
        since = f"{volatile(movers.since)}{volatile(movers.known)}"
        sentences.append(f"{head} counts from the figures of {since}.")
    return [f"# Repositories of {lists_of(ranking)}", "", " ".join(sentences), ""]


def lists_of(ranking: Ranking) -> str:
    """The lists as links."""
    names = (gfm.link(name.text, name.url) for name, _ in sources_of(ranking.sources))
    return enumerated(list(names)) or "no list"


def _survey(ranking: Ranking, with_host: bool) -> tuple[list[_Field], Movers, Mapping[str, str]]:
    """Read all rows once, and return the columns with any value in the rows that may fit, the
    movers, and the addresses of the repositories that the changes name."""
    tally, addresses = Tally(with_host=with_host), ChangedAddresses(ranking.changes)
    columns = _columns(with_host, gains_head(ranking))
    unknown = list(columns)
    for place, row in enumerate(ranking.rows):
        tally.add(row)
        addresses.add(row)
        if place < _MOST_ROWS:
            unknown = [column for column in unknown if not column.cell(row)]
    known = [column for column in columns if column not in unknown]
    return known, tally.movers(), addresses.found


def _fitting(groups: Groups, columns: Sequence[_Field], room: int) -> tuple[list[str], int]:
    """The lines of the first rows that fit in `room` bytes, and how many rows those are."""
    head = gfm.table([(column.name, column.number) for column in columns])
    lines: list[str] = []
    count = 0
    before: Section | None = None
    for section, rows, every in groups:
        headings = _headings(section, before) if len(groups) > 1 or section else []
        if len(rows) < every:
            headings += [f"{len(rows):,} of {every:,} repositories:", ""]
        room -= _size([*headings, *head, ""])
        shown = _first((gfm.row(column.cell(row) for column in columns) for row in rows), room)
        if shown:
            lines += [*headings, *head, *shown, ""]
            count += len(shown)
        if len(shown) < len(rows):
            break
        room -= _size(shown)
        before = section
    return lines, count


def _headings(section: Section, before: Section | None) -> list[str]:
    """The headings of `section` that are not already headings of the section `before` it."""
    path = section or (_ELSEWHERE,)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(path, before or (), strict=False))
    known = len(list(same))
    return [
        line
        for depth, title in enumerate(path[known:], start=known)
        for line in (gfm.heading(shortened(title, MOST_HEADING), depth + 2), "")
    ]


def _left_out(undescribed: bool, cut: int, total: int) -> list[str]:
    rows = f"{cut:,} of {total:,} rows"
    what = [
        *(["descriptions"] if undescribed else []),
        *([f"the last {rows}"] if cut else []),
    ]
    sentence = f"{' and '.join(what)} are left out"
    return [f"{sentence[0].upper()}{sentence[1:]}: GitHub shows 500 KiB of a document.", ""]


def _growth(movers: Movers) -> list[str]:
    lines = movers_lines(movers)
    return ["## Growth", "", *lines, ""] if lines else []


def movers_lines(movers: Movers, room: int = _ROOM_OF_NAMES) -> list[str]:
    """A list of the largest gains and losses; may be empty. Each enumeration has at most `room`
    bytes."""
    kinds = {
        "Most stars gained": movers.gained,
        "Fastest for their size": movers.fastest,
        "Stars lost": movers.lost,
        "Not comparable": movers.suspicious,
        "Counted from another day": movers.distant,
    }
    return [
        f"- {label}: {enumerated([f'{gfm.link(n.text, n.url)} {gain}' for n, gain in gains], room)}"
        for label, gains in kinds.items()
        if gains
    ]


def _changes(ranking: Ranking, addresses: Mapping[str, str], with_host: bool) -> list[str]:
    changes = ranking.changes
    if changes is None:
        return []
    if changes.baseline_at is None:
        since = volatile_moment(changes.since, ranking.generated_at)
        news = [f"Unknown: no run over these lists is known as of {since}."]
    else:
        since = volatile_moment(changes.baseline_at, ranking.generated_at)
        kinds = changes_of(changes, addresses, with_host=with_host)
        news = [f"Since the run of {since}:", "", *map(change_line, kinds)]
    return ["## What changed", "", *news, ""]


def change_line(kind: Change, room: int = _ROOM_OF_NAMES) -> str:
    """A list item: how often it happened, and to which repositories."""
    names = [
        f"{gfm.escaped(then)} → {gfm.link(name.text, name.url)}"
        if then
        else gfm.link(name.text, name.url)
        for name, then in kind.names or ()
    ]
    count = "unknown" if kind.names is None else f"{len(names):,}"
    return f"- {kind.label}: {count}" + (f" ({enumerated(names, room)})" if names else "")


def _failures(ranking: Ranking, with_host: bool) -> list[str]:
    total = len(ranking.failures)
    if not total:
        return []
    lines = (
        gfm.row(gfm.escaped(each) for each in (loss.name, loss.reason, loss.message))
        for loss in failures_of(ranking.failures, with_host=with_host)
    )
    shown = _first(lines, _ROOM_OF_FAILURES)
    more = [f"And {total - len(shown):,} more.", ""] if len(shown) < total else []
    head = gfm.table([("Repository", False), ("Reason", False), ("Message", False)])
    return ["## Without figures", "", *head, *shown, "", *more]


def enumerated(items: Sequence[str], room: int = _ROOM_OF_NAMES) -> str:
    """All of them, or the first ones and the number of others."""
    shown = _first(items, room, _COMMA)
    more = [f"{len(items) - len(shown):,} more"] if len(shown) < len(items) else []
    return _COMMA.join([*shown, *more])


def _first(lines: Iterable[str], room: int, between: str = "\n") -> list[str]:
    """As many of the first ones as fit in `room` bytes, each with the text after it."""
    kept = []
    for line in lines:
        room -= len(line.encode()) + len(between)
        if room < 0:
            break
        kept.append(line)
    return kept


def _size(lines: Iterable[str]) -> int:
    """Bytes of the lines with their ends."""
    return sum(len(line.replace(MARK, "").encode()) + 1 for line in lines)


def _name(row: Row, with_host: bool) -> str:
    marks = [
        *(["archived"] if row.archived else []),
        *([f"figures of {row.fetched_at.astimezone(UTC).date()}"] if row.stale else []),
        *filter(None, [burst_mark(row)]),
    ]
    name = gfm.link(name_of(row, with_host=with_host).text, row.url)
    return f"{name} ({', '.join(marks)})" if marks else name


def _gained(row: Row) -> str:
    return gain_of(row) + (" (not comparable)" if row.suspicious else "")


def _pushed(row: Row) -> str:
    return row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else ""


_DESCRIPTION: Final = _Field(
    "Description", lambda row: gfm.escaped(shortened(row.description or row.about, MOST_PROSE))
)


def _columns(with_host: bool, gains: str) -> tuple[_Field, ...]:
    """All columns; one in which nothing is known is left out."""
    return (
        _Field("#", lambda row: str(row.rank), number=True),
        _Field("Repository", lambda row: _name(row, with_host)),
        _Field("Stars", lambda row: f"{row.stars:,}", number=True),
        _Field(gains, _gained, number=True),
        _Field("Moved", lambda row: "" if row.moved is None else arrow(row.moved), number=True),
        _Field("Language", lambda row: gfm.escaped(shortened(row.language, MOST_HEADING))),
        _Field("Last push", _pushed),
        _DESCRIPTION,
    )
