"""SVG: a small card of the ranking, to embed in a README.

GitHub shows it as an image, which may not run or load anything: it has no scripts, external fonts
or links.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from crawler.reports.card import (
    EDGE,
    HEAD,
    TEXT,
    WIDTH,
    add,
    add_text,
    cut_text,
    make_card,
    width_of,
)
from crawler.reports.chart import number
from crawler.reports.news import (
    baseline_days,
    burst_mark,
    gain_of,
    gains_head,
    known_gains,
    name_of,
    title_of,
)
from crawler.reports.stream import volatile
from crawler.reports.trends import HEIGHT as TREND_HEIGHT
from crawler.reports.trends import WIDTH as TREND_WIDTH
from crawler.reports.trends import draw_trends
from crawler.reports.xml import spelled_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from crawler.model.results import Ranking
    from crawler.model.rows import Row
    from crawler.reports.formats import View
    from crawler.reports.trends import Trend

_LINE: Final = 30
"""Height of a row's line."""
_FOOT: Final = 14
_GAP: Final = 14
"""Free space between columns."""

_RANK: Final = 26
_NAME: Final = 290
_BAR_HEIGHT: Final = 10
_LEAST_BAR: Final = 2
"""Least length of a bar, so that a few stars are visible."""
_LEAST_BARS: Final = 60
"""Width of the longest bar."""

_NOTHING: Final = "No repository is ranked."

_LIGHT: Final = """
.bar { fill: #bf8700 }
.up { fill: #1a7f37 }
.down { fill: #d1242f }
.trend { fill: none; stroke: #0969da; stroke-width: 1.5; stroke-linejoin: round }
"""
_DARK: Final = """
  .bar { fill: #d29922 }
  .up { fill: #3fb950 }
  .down { fill: #f85149 }
  .trend { stroke: #4493f8 }
"""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """A card with a line for each row: rank, name, stars as a bar and a figure, gain, sparkline.

    Names are cut to fit. There is a column for gains and one for sparklines if any is known. The
    day of the ranking, in UTC, is at the right.
    """
    rows, trends = tuple(ranking.rows), list(draw_trends(ranking))
    names = [_name(row, with_host=view.with_host) for row in rows]
    height = HEAD + _LINE * max(len(rows), 1) + _FOOT
    title = title_of(ranking.sources)
    if rows:
        total = f"{len(rows) + ranking.sums.cut:,} in " if ranking.sums.cut else ""
        title = f"Top {len(rows)} of {total}{title}"
    day = volatile(ranking.generated_at.astimezone(UTC).date().isoformat())
    days = baseline_days(rows)
    since = [f"{gains_head(ranking)} since {volatile(days)}"] if days else []
    card = make_card(
        height,
        title=title,
        made=", ".join([day, *since]),
        day=day,
        told="; ".join(
            [*map(_told, rows, names), *(f"{each}{known_gains(rows)}" for each in since)]
        )
        or _NOTHING,
        light=_LIGHT,
        dark=_DARK,
    )
    if not rows:
        add_text(card, "dim", EDGE, HEAD + _LINE / 2, _NOTHING)
    _add_rows(card, rows, names, trends)
    yield spelled_out(card)


def _name(row: Row, *, with_host: bool) -> str:
    mark = burst_mark(row)
    return name_of(row, with_host=with_host).text + (f" ({mark})" if mark else "")


def _told(row: Row, name: str) -> str:
    """The row as text for screen readers."""
    gain = f" ({_gain(row)})" if _gain(row) else ""
    return f"{row.rank}. {name}: {row.stars:,} stars{gain}"


def _gain(row: Row) -> str:
    """The gain; empty if unknown, or if it may not be comparable, which a card has no room to
    explain."""
    return "" if row.suspicious else gain_of(row)


def _tone(row: Row) -> str:
    if not row.gained:
        return "dim"
    return "up" if row.gained > 0 else "down"


def _add_rows(
    card: Element, rows: tuple[Row, ...], names: list[str], trends: list[Trend | None]
) -> None:
    stars = [f"{row.stars:,}" for row in rows]
    gains = [_gain(row) for row in rows]
    # From right to left; the remaining room is for the bars.
    trend_at = right = float(WIDTH - EDGE)
    if any(trends):
        trend_at = right - TREND_WIDTH
        right = trend_at - _GAP
    gain_at = right
    if any(gains):
        right -= _widest(gains) + _GAP
    stars_at = right
    bar_end = right - _widest(stars) - _GAP
    name_at = EDGE + max(_RANK, _widest([f"{row.rank:,}" for row in rows])) + _GAP
    # A gain that says its day takes room from the names, so that bars keep theirs.
    name_room = min(_NAME, bar_end - _LEAST_BARS - _GAP - name_at)
    bar_at = name_at + name_room + _GAP
    most = max((row.stars for row in rows), default=0)
    for position, (row, trend) in enumerate(zip(rows, trends, strict=True)):
        middle = HEAD + _LINE * (position + 0.5)
        name = cut_text(names[position], name_room, TEXT)
        add_text(card, "dim", name_at - _GAP, middle, f"{row.rank:,}", right=True)
        add_text(card, "", name_at, middle, name)
        if row.stars > 0:
            add(
                card,
                "rect",
                "bar",
                x=bar_at,
                y=middle - _BAR_HEIGHT / 2,
                width=max((bar_end - bar_at) * row.stars / most, _LEAST_BAR),
                height=_BAR_HEIGHT,
                rx=1,
            )
        add_text(card, "", stars_at, middle, stars[position], right=True)
        if gains[position]:
            add_text(card, _tone(row), gain_at, middle, gains[position], right=True)
        if trend:
            path = add(card, "path", "trend")
            path.set("d", trend.path)
            path.set(
                "transform", f"translate({number(trend_at)} {number(middle - TREND_HEIGHT / 2)})"
            )


def _widest(texts: list[str]) -> float:
    return max((width_of(text, TEXT) for text in texts), default=0)
