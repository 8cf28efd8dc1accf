"""SVG: a small card of the ranking, to embed in a README.

GitHub shows it as an image, in which nothing runs and nothing is fetched: it has no script, no
foreign font and no reference to anywhere.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from rich.cells import cell_len, set_cell_size

from crawler.reports.news import baseline_days, gain_of, gains_head, name_of, title_of
from crawler.reports.stream import MARK, volatile
from crawler.reports.trends import HEIGHT as TREND_HEIGHT
from crawler.reports.trends import WIDTH as TREND_WIDTH
from crawler.reports.trends import draw_trends
from crawler.reports.xml import write_xml

if TYPE_CHECKING:
    from crawler.model.results import Ranking, Row
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream
    from crawler.reports.trends import Trend

WIDTH: Final = 760
"""Of the card, in its own units, as all lengths here; a README is about as wide in pixels."""
_HEAD: Final = 52
"""Height of the title's line."""
_LINE: Final = 30
"""Height of a row's line."""
_FOOT: Final = 14
_EDGE: Final = 22
"""Free space at the left and at the right."""
_GAP: Final = 14
"""Free space between columns."""
_DROP: Final = 5
"""From the middle of a line to where its text stands."""

_TEXT: Final = 13
_TITLE: Final = 15
"""Sizes of the type."""
_ADVANCE: Final = 0.62
"""Width of a cell as a part of the size, in the widest of the fixed-width fonts named below."""

_RANK: Final = 26
_NAME: Final = 290
_BAR_HEIGHT: Final = 10
_LEAST_BAR: Final = 2
"""So that a few stars are seen as well."""

_NOTHING: Final = "No repository is ranked."

# https://primer.style/foundations/color: what GitHub itself draws with in its two themes; texts
# have a contrast of 4.5 : 1 and more on the card.
_STYLE: Final = """
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono",
  "DejaVu Sans Mono", monospace; font-size: 13px; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 }
.title { font-size: 15px; font-weight: 600 }
.dim { fill: #59636e }
.bar { fill: #bf8700 }
.up { fill: #1a7f37 }
.down { fill: #d1242f }
.trend { fill: none; stroke: #0969da; stroke-width: 1.5; stroke-linejoin: round }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .card { fill: #0d1117; stroke: #3d444d }
  .dim { fill: #9198a1 }
  .bar { fill: #d29922 }
  .up { fill: #3fb950 }
  .down { fill: #f85149 }
  .trend { stroke: #4493f8 }
}
"""


def write(ranking: Ranking, stream: Stream, view: View) -> None:
    """A card with a line for each row: rank, name, stars as a bar and a figure, gain, sparkline.

    Names are cut to fit. Gains and sparklines have a place where any is known. The day of the
    ranking, in UTC, stands at the right.
    """
    rows, trends = tuple(ranking.rows), list(draw_trends(ranking))
    names = [name_of(row, with_host=view.with_host).text for row in rows]
    height = _HEAD + _LINE * max(len(rows), 1) + _FOOT
    card = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": str(height),
            "role": "img",
        },
    )
    title = f"Top {len(rows)} of {title_of(ranking.sources)}" if rows else title_of(ranking.sources)
    day = ranking.generated_at.astimezone(UTC).date().isoformat()
    SubElement(card, "title").text = f"{title}, {volatile(day)}"
    days = baseline_days(rows)
    since = [f"{gains_head(ranking)} counts from {volatile(days)}"] if days else []
    SubElement(card, "desc").text = "; ".join([*map(_told, rows, names), *since]) or _NOTHING
    SubElement(card, "style").text = _STYLE
    _add(card, "rect", "card", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=8)
    made = ", ".join([volatile(day), *since])
    room = WIDTH - 2 * _EDGE - _GAP - _width(made.replace(MARK, ""), _TEXT)
    _add_text(card, "title", _EDGE, _HEAD / 2, _cut(title, room, _TITLE))
    _add_text(card, "dim", WIDTH - _EDGE, _HEAD / 2, made, right=True)
    if not rows:
        _add_text(card, "dim", _EDGE, _HEAD + _LINE / 2, _NOTHING)
    _add_rows(card, rows, names, trends)
    write_xml(card, stream)


def _told(row: Row, name: str) -> str:
    """The row for those who do not see the card."""
    gain = f" ({_gain(row)})" if _gain(row) else ""
    return f"{row.rank}. {name}: {row.stars:,} stars{gain}"


def _gain(row: Row) -> str:
    """Empty also where it may not be comparable, which a card has no place to say."""
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
    # From the right edge leftwards; what is left is for the bars.
    trend_at = right = float(WIDTH - _EDGE)
    if any(trends):
        trend_at = right - TREND_WIDTH
        right = trend_at - _GAP
    gain_at = right
    if any(gains):
        right -= _widest(gains) + _GAP
    stars_at = right
    bar_end = right - _widest(stars) - _GAP
    name_at = _EDGE + max(_RANK, _widest([f"{row.rank:,}" for row in rows])) + _GAP
    bar_at = name_at + _NAME + _GAP
    most = max((row.stars for row in rows), default=0)
    for position, (row, trend) in enumerate(zip(rows, trends, strict=True)):
        middle = _HEAD + _LINE * (position + 0.5)
        name = _cut(names[position], _NAME, _TEXT)
        _add_text(card, "dim", name_at - _GAP, middle, f"{row.rank:,}", right=True)
        _add_text(card, "", name_at, middle, name)
        if row.stars > 0:
            _add(
                card,
                "rect",
                "bar",
                x=bar_at,
                y=middle - _BAR_HEIGHT / 2,
                width=max((bar_end - bar_at) * row.stars / most, _LEAST_BAR),
                height=_BAR_HEIGHT,
                rx=1,
            )
        _add_text(card, "", stars_at, middle, stars[position], right=True)
        if gains[position]:
            _add_text(card, _tone(row), gain_at, middle, gains[position], right=True)
        if trend:
            path = _add(card, "path", "trend")
            path.set("d", trend.path)
            path.set(
                "transform", f"translate({_number(trend_at)} {_number(middle - TREND_HEIGHT / 2)})"
            )


def _add(parent: Element, name: str, style: str, **places: float) -> Element:
    attributes = {key: _number(value) for key, value in places.items()}
    return SubElement(parent, name, {"class": style, **attributes} if style else attributes)


def _add_text(
    card: Element, style: str, x: float, middle: float, text: str, *, right: bool = False
) -> None:
    """`text` on a line, from `x` on or up to it."""
    element = _add(card, "text", style, x=x, y=middle + _DROP)
    if right:
        element.set("text-anchor", "end")
    element.text = text


def _cut(text: str, room: float, size: int) -> str:
    cells = int(room / (size * _ADVANCE))
    return text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1).rstrip()}…"


def _width(text: str, size: int) -> float:
    return cell_len(text) * size * _ADVANCE


def _widest(texts: list[str]) -> float:
    return max((_width(text, _TEXT) for text in texts), default=0)


def _number(value: float) -> str:
    """With one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
