"""The table: the ranking for people, in a terminal or a mail of a cron job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from crawler.reports.columns import Column, lay_out
from crawler.text import printable

if TYPE_CHECKING:
    from crawler.results import Ranking, Row

_ARCHIVED: Final = " (archived)"
_LEAST_SECTION: Final = 8
_LEAST_LANGUAGE: Final = 8


def render(ranking: Ranking, *, width: int | None = None, color: bool = False) -> str:
    """A line for each row, then the sums of the whole run.

    `width` is the terminal's in cells; without one nothing is cut. In a narrow one the section
    gives way, then the language and so on; the name of a repository is cut last.
    """
    lines = [*lay_out(_columns(ranking.rows), width=width, color=color), ""] if ranking else []
    return "\n".join([*lines, _sums(ranking)]) + "\n"


def _columns(rows: tuple[Row, ...]) -> list[Column]:
    names = [printable(row.repository) for row in rows]
    marks = [_ARCHIVED if row.archived else "" for row in rows]
    return [
        Column("#", [str(row.rank) for row in rows], patience=3, right=True, style="dim"),
        Column(
            "Repository",
            [f"{name}{mark}" for name, mark in zip(names, marks, strict=True)],
            patience=4,
            least=max(map(cell_len, names)),
        ),
        Column(
            "Stars", [f"{row.stars:,}" for row in rows], patience=5, right=True, style="bold yellow"
        ),
        Column(
            "Language",
            [printable(row.language or "") for row in rows],
            patience=1,
            least=_LEAST_LANGUAGE,
            style="cyan",
        ),
        Column("Last push", [_day(row) for row in rows], patience=2),
        Column(
            "Section",
            section_texts([row.sections for row in rows]),
            patience=0,
            least=_LEAST_SECTION,
        ),
    ]


def _day(row: Row) -> str:
    return row.pushed_at.astimezone(UTC).date().isoformat() if row.pushed_at else ""


def section_texts(places: Sequence[tuple[tuple[str, ...], ...]]) -> list[str]:
    """For each repository the first section that lists it, and how many more do.

    A heading above all of them, as a list's title is, would only take the place of the others.
    """
    firsts = [sections[0] for sections in places if sections]
    shared = 0
    if len(set(firsts)) > 1:
        levels = zip(*firsts, strict=False)
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


def _sums(ranking: Ranking) -> str:
    sums, usage = ranking.sums, ranking.usage
    failed = sum(count for _, count in sums.failed)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sums.failed)
    became = [
        f"{count} {word}" if count is not None else f"{word} unknown"
        for count, word in ((sums.renamed, "renamed"), (sums.archived, "archived"))
    ]
    parts = [
        f"{sums.ranked} ranked ({', '.join(became)})",
        _counted(sums.duplicates, "duplicate") if sums.duplicates else "",
        f"{failed} failed ({reasons})" if failed else "0 failed",
    ]
    return (
        f"{sums.listed} listed: {', '.join(filter(None, parts))} · "
        f"{_counted(usage.requests, 'request')}, {_counted(usage.graphql_points, 'point')}, "
        f"{usage.seconds:.1f} s" + (f" · {ranking.provider.note}" if ranking.provider.note else "")
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
