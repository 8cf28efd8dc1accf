"""The table: the ranking for people, in a terminal or a mail of a cron job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from crawler.model.durations import DAY
from crawler.model.filters import TABLE_TOP
from crawler.model.text import printable
from crawler.reports.columns import Column, lay_out, signed, wrapped
from crawler.reports.news import baseline_days, burst_mark, changes_of, gains_head, known_gains
from crawler.reports.rot import told
from crawler.reports.sparkline import sparkline_of
from crawler.reports.stream import volatile
from crawler.reports.trends import cut
from crawler.reports.words import Name, spelled, told_by_host, volatile_moment

if TYPE_CHECKING:
    from crawler.model.filters import Section
    from crawler.model.results import Ranking
    from crawler.model.rows import Row
    from crawler.ranking.filters import Groups
    from crawler.reports.formats import View

_LEAST_SECTION: Final = 8
_LEAST_LANGUAGE: Final = 8
_WIDE: Final = 140
"""Terminal width from which descriptions of repositories are shown."""
_LEAST_DESCRIPTION: Final = 24
_TREND_CELLS: Final = 12
MOST_LINES: Final = 18
"""Lines of a table of the usual length in a terminal of 80 columns."""
_MOST_NAMES: Final = 8
"""Repositories to name for each kind of change; the other formats name all."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """A line for each row, then the totals of the whole run and the changes.

    With `view.groups`, the rows of each section follow its heading. In a narrow terminal the column
    of sections is dropped first, then the trends and so on; names of repositories are cut last.
    `view` may show ages even if no figure is stale.
    """
    groups = view.groups
    shown = ranking
    if groups is not None:
        shown = replace(ranking, rows=tuple(row for group in groups for row in group.rows))
    columns = _columns(shown, view) if shown else []
    lines = (
        lay_out(columns, width=view.width, color=view.color, links=view.links) if columns else []
    )
    if groups is not None and lines:
        lines = _grouped(lines, groups)
    if lines:
        lines.append("")
    sums = _wrapped(_sums(ranking), view)
    room = None if len(shown) > TABLE_TOP else MOST_LINES - len(lines) - len(sums)
    news = _told_news(ranking, view, room)
    rest = None if room is None else room - len(news)
    lines += [*sums, *_rot(view, _only_list(ranking), rest), *news]
    yield from (f"{line}\n" for line in lines)


def _told_news(ranking: Ranking, view: View, room: int | None) -> list[str]:
    """The changes, with as many names as fit."""
    for most in (_MOST_NAMES, 4, 2, 1):
        found = _wrapped(_news(ranking, view.with_host, most), view)
        if room is None or len(found) <= room:
            return found
    return _wrapped(_news(ranking, view.with_host, 0), view)


def _wrapped(lines: Iterable[str], view: View) -> list[str]:
    return [part for line in lines for part in wrapped(line, view.width)]


def _only_list(ranking: Ranking) -> str:
    """The name of the list, if it is only one."""
    return ranking.sources[0].name if len(ranking.sources) == 1 else "LIST"


def _rot(view: View, name: str, room: int | None) -> list[str]:
    """Gone, moved and archived entries, with as many names as fit."""
    if not view.rot:
        return []
    for line in told(view.rot, name):
        found = wrapped(printable(line), view.width)
        if room is None or len(found) <= room:
            return found
    return []


def _grouped(lines: Sequence[str], groups: Groups) -> list[str]:
    """The lines of all rows, each group of them below its heading."""
    head, *bodies = lines
    grouped = [head]
    for section, rows, total in groups:
        heading = printable(" > ".join(section)) or "Without a section"
        cut = f" ({len(rows)} of {total})" if len(rows) < total else ""
        grouped += ["", f"{heading}{cut}", *bodies[: len(rows)]]
        del bodies[: len(rows)]
    return grouped


def _columns(ranking: Ranking, view: View) -> list[Column]:
    rows, histories = [], []
    for row, past in ranking.with_history():
        rows.append(row)
        histories.append(cut(past, ranking.trend_start))
    names = [printable(spelled(row.name, with_host=view.with_host)) for row in rows]
    columns = [
        Column("#", [str(row.rank) for row in rows], patience=6, right=True, style="dim"),
        Column(
            "Repository",
            [f"{name}{_marks(row)}" for name, row in zip(names, rows, strict=True)],
            patience=8,
            least=max(map(cell_len, names)),
            links=[row.url for row in rows],
        ),
        Column(
            "Stars", [f"{row.stars:,}" for row in rows], patience=9, right=True, style="bold yellow"
        ),
    ]
    if any(row.gained is not None for row in rows):
        head = gains_head(ranking)
        columns.append(Column(head, _gains(rows), patience=7, right=True, style="green"))
    if any(row.moved is not None for row in rows):
        columns.append(Column("Moved", [_moved(row) for row in rows], patience=3, right=True))
    if any(len(past) > 1 for past in histories):
        start = min(past[0].day for past in histories if past)
        trends = [
            sparkline_of(past, _TREND_CELLS, start) if len(past) > 1 else "" for past in histories
        ]
        columns.append(Column("Trend", trends, patience=4))
    languages = Column(
        "Language",
        [printable(row.language or "") for row in rows],
        patience=1,
        least=_LEAST_LANGUAGE,
        style="cyan",
    )
    pushes = Column("Last push", [_day(row) for row in rows], patience=2)
    ages = Column("Age", [_age(row.age) for row in rows], patience=5, right=True)
    sections = Column(
        "Section",
        section_texts([row.sections for row in rows], ranking.sections),
        patience=0,
        least=_LEAST_SECTION,
        keeps_end=True,
    )
    with_ages = view.ages or any(row.stale for row in rows)
    # A column without any value, such as the language with deps.dev, leaves its room to others.
    more = [languages, pushes, *([ages] if with_ages else []), sections]
    if view.width is not None and view.width >= _WIDE:
        texts = [printable(row.description or row.about or "") for row in rows]
        more.append(Column("Description", texts, patience=-1, least=_LEAST_DESCRIPTION))
    return [*columns, *(each for each in more if any(each.cells))]


def _marks(row: Row) -> str:
    marks = ("archived" if row.archived else "", "stale" if row.stale else "", burst_mark(row))
    return "".join(f" ({mark})" for mark in marks if mark)


def _gains(rows: Sequence[Row]) -> list[str]:
    # If some cells have a day or a mark at their end, the others are padded, so that digits are
    # aligned.
    marks = [
        f" ({row.baseline_on})" if row.baseline_distant else "?" if row.suspicious else ""
        for row in rows
    ]
    room = max(map(len, marks))
    return [
        "" if row.gained is None else f"{signed(row.gained)}{mark:<{room}}"
        for row, mark in zip(rows, marks, strict=True)
    ]


def _moved(row: Row) -> str:
    match row.moved:
        case None:
            return ""
        case 0:
            return "·"
        case moved:
            return f"{'▲' if moved > 0 else '▼'}{abs(moved)}"


def _age(seconds: int) -> str:
    """An age in its largest whole unit, rounded down."""
    for unit, length in (("d", DAY), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _day(row: Row) -> str:
    return row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else ""


def section_texts(
    places: Sequence[tuple[Section, ...]], every: Sequence[Section] = ()
) -> list[str]:
    """The first section of each repository, and the number of its other sections.

    Headings that `every` section of the lists shares, such as the list's title, are left out.
    """
    known = set(every) or {section for sections in places for section in sections}
    shared = 0
    if len(known) > 1:
        levels = zip(*known, strict=False)
        shared = len(list(takewhile(lambda headings: len(set(headings)) == 1, levels)))
    return [
        printable(
            " > ".join(sections[0][shared:])
            + (f" (+{len(sections) - 1})" if len(sections) > 1 else "")
        )
        if sections
        else ""
        for sections in places
    ]


def _sums(ranking: Ranking) -> list[str]:
    sums, usage = ranking.sums, ranking.usage
    failed = sum(count for _, count in sums.failed)
    reasons = ", ".join(f"{count} {reason.words}" for reason, count in sums.failed)
    became = [
        f"{count} {word}" if count is not None else f"{word} unknown"
        for count, word in ((sums.renamed, "renamed"), (sums.archived, "archived"))
    ]
    became += [f"{sums.stale} stale"] if sums.stale else []
    parts = [
        f"{f'{len(ranking)} of ' if sums.cut else ''}{sums.ranked} ranked ({', '.join(became)})",
        _counted(sums.duplicates, "duplicate") if sums.duplicates else "",
        f"{failed} failed ({reasons})" if failed else "0 failed",
        f"{sums.left_out} of these filtered out" if sums.left_out else "",
    ]
    elsewhere = [f"elsewhere: {told_by_host(sums.elsewhere, most=2)}"] if sums.elsewhere else []
    costs = [
        _counted(usage.requests, "request"),
        _counted(usage.graphql_points, "point"),
        f"{usage.from_store} from the store" if usage.from_store else "",
        f"{usage.seconds:.1f} s",
    ]
    note = ranking.note
    return [
        f"{sums.listed} listed: {', '.join(filter(None, parts))} · "
        + volatile(", ".join(filter(None, costs))),
        *elsewhere,
        *([f"note: {note}"] if note else []),
    ]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _news(ranking: Ranking, with_host: bool, most: int) -> Iterator[str]:
    """The changes, with at most `most` names of each kind, and since when they count."""
    changes, now = ranking.changes, ranking.generated_at
    days = baseline_days(ranking.rows)
    if changes is not None and changes.baseline_at is not None:
        parts = [
            f"{len(kind.names)} {kind.label.lower()}"
            + (f" ({_named(kind.names, most)})" if most else "")
            for kind in changes_of(changes, {}, with_host=with_host)
            if kind.names
        ]
        yield (
            f"since the run of {volatile_moment(changes.baseline_at, now)}: "
            + (", ".join(parts) or "nothing new, dropped, archived, renamed, replaced or gone")
        )
        if days == changes.baseline_at.astimezone(UTC).date().isoformat():
            days = ""
    elif changes is not None:
        yield f"no run over these lists is known as of {volatile_moment(changes.since, now)}"
    if days:
        known = known_gains(ranking.rows)
        yield f"{gains_head(ranking)} counts from the figures of {volatile(days)}{volatile(known)}"


def _named(names: Sequence[tuple[Name, str]], most: int) -> str:
    more = len(names) - most
    # Saying that there is one more would be as long as its name.
    shown = names[:most] if more > 1 else names
    named = ", ".join(f"{then} → {now.text}" if then else now.text for now, then in shown)
    return f"{named} and {more} more" if more > 1 else named
