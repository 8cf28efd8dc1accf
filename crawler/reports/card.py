"""A card for a picture in a README: its frame, head and fonts.

GitHub shows it as an image, in which nothing runs and nothing is loaded: it has no scripts,
external fonts or links.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement

from rich.cells import cell_len, set_cell_size

from crawler.reports.chart import number
from crawler.reports.stream import MARK

WIDTH: Final = 760
"""Width of the card in its own units, as for all lengths here; a README has about as many
pixels."""
HEAD: Final = 52
"""Height of the title's line."""
EDGE: Final = 22
"""Free space at the left and at the right."""
_GAP: Final = 14
"""Free space between title and day."""
_DROP: Final = 5
"""From the middle of a line to the baseline of its text."""

TEXT: Final = 13
_TITLE: Final = 15
"""Font sizes."""
_ADVANCE: Final = 0.62
"""Width of a character relative to the font size, in the widest of the fonts below."""

# https://primer.style/foundations/color: what GitHub itself draws with in its two themes; texts
# have a contrast of 4.5 : 1 and more on the card.
_LIGHT: Final = """
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono",
  "DejaVu Sans Mono", monospace; font-size: 13px; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 }
.title { font-size: 15px; font-weight: 600 }
.dim { fill: #59636e }
"""
_DARK: Final = """
  text { fill: #f0f6fc }
  .card { fill: #0d1117; stroke: #3d444d }
  .dim { fill: #9198a1 }
"""


def make_card(
    height: int, *, title: str, made: str, day: str, told: str, light: str, dark: str
) -> Element:
    """A card with its head: `title` at the left, cut to fit, and `made` at the right.

    `day` is that of the picture, and `told` describes all of it for those who cannot see it;
    `light` and `dark` are CSS rules for both themes. Volatile parts are between two `MARK`s.
    """
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
    SubElement(card, "title").text = f"{title}, {day}"
    SubElement(card, "desc").text = told
    SubElement(
        card, "style"
    ).text = f"{_LIGHT}{light.lstrip()}@media (prefers-color-scheme: dark) {{{_DARK}{dark[1:]}}}\n"
    add(card, "rect", "card", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=8)
    room = WIDTH - 2 * EDGE - _GAP - width_of(made.replace(MARK, ""), TEXT)
    add_text(card, "title", EDGE, HEAD / 2, cut_text(title, room, _TITLE))
    add_text(card, "dim", WIDTH - EDGE, HEAD / 2, made, right=True)
    return card


def add(parent: Element, name: str, style: str, **places: float) -> Element:
    """A new element of that name and class in `parent`."""
    attributes = {key: number(value) for key, value in places.items()}
    return SubElement(parent, name, {"class": style, **attributes} if style else attributes)


def add_text(
    card: Element, style: str, x: float, middle: float, text: str, *, right: bool = False
) -> None:
    """`text` on a line, from `x` on or up to it."""
    element = add(card, "text", style, x=x, y=middle + _DROP)
    if right:
        element.set("text-anchor", "end")
    element.text = text


def cut_text(text: str, room: float, size: int) -> str:
    """As much of `text` as fits at that size; `…` marks a cut."""
    cells = int(room / (size * _ADVANCE))
    return text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1).rstrip()}…"


def width_of(text: str, size: int) -> float:
    """The maximal width of `text` at that size."""
    return cell_len(text) * size * _ADVANCE
