"""A ranking as notebooks show it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from crawler.model.durations import time_since
from crawler.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.results import Ranking
    from crawler.model.rows import Row

_MOST_ROWS: Final = 10


def make_table(ranking: Ranking) -> str:
    """The first rows as an HTML table; text from lists and repositories is escaped."""
    rows = ranking.top(_MOST_ROWS)
    hosts = {row.host for row in rows}
    columns = {
        "#": [str(row.rank) for row in rows],
        "Repository": [_link(row, with_host=len(hosts) > 1) for row in rows],
        "Stars": [f"{row.stars:,}" for row in rows],
        _gains_head(ranking): [_gain(row) for row in rows],
        "Language": [escape(printable(row.language or "")) for row in rows],
    }
    known = {name: cells for name, cells in columns.items() if any(cells)}
    lines = [_line("td", cells) for cells in zip(*known.values(), strict=True)]
    return (
        f"<table><caption>{escape(printable(ranking.summary))}</caption>"
        f"<thead>{_line('th', known)}</thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _gains_head(ranking: Ranking) -> str:
    if ranking.gained_since is None:
        return "Gained"
    count, unit = time_since(ranking.gained_since, ranking.generated_at)
    return f"+{count} {unit}"


def _gain(row: Row) -> str:
    if row.gained is None:
        return ""
    return f"{row.gained:+,}" + (f" ({row.baseline_on})" if row.baseline_distant else "")


def _line(cell: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{text}</{cell}>' for text in texts)}</tr>"


def _link(row: Row, *, with_host: bool) -> str:
    name = escape(printable(f"{row.host}/{row.repository}" if with_host else row.repository))
    is_web = row.url.startswith(("https://", "http://"))
    return f'<a href="{escape(row.url)}">{name}</a>' if is_web else name
