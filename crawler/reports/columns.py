"""Aligned text columns in a terminal: their widths, and which are cut in a narrow one."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from crawler.model.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODES: Final = {"bold": "1", "dim": "2", "green": "32", "cyan": "36", "bold yellow": "1;33"}
"""https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters"""

_GAP: Final = "  "
_ELLIPSIS: Final = "…"
_ESSENTIAL: Final = 2
"""Columns that even the narrowest terminal shows: the name of a row and its figure."""


@frozen
class Column:
    """One column, with a cell for each row; its texts are already printable."""

    header: str
    cells: Sequence[str]
    patience: int
    """In a narrow terminal, columns with the least patience are narrowed and dropped first."""
    least: int | None = None
    """Width to which it may be narrowed before any column is dropped; None: not at all."""
    right: bool = False
    """Aligned to the right, as numbers are."""
    style: str = ""
    """One of `_CODES`, for terminals with colours."""
    keeps_end: bool = False
    """Whether a text that is too long is cut at its beginning instead of its end."""
    links: Sequence[str] = ()
    """The link of each cell, for terminals that support links; empty if there are none."""
    natural: int = field(init=False)
    """The width at which nothing is cut."""

    def __post_init__(self) -> None:
        widest = max(cell_len(text) for text in (self.header, *self.cells))
        object.__setattr__(self, "natural", widest)

    @property
    def narrowest(self) -> int:
        """The width below which a column is dropped."""
        return self.natural if self.least is None else min(self.least, self.natural)


def lay_out(
    columns: Sequence[Column], *, width: int | None, color: bool, links: bool = False
) -> list[str]:
    """A header line and one line for each row; none is wider than `width`, if that is given."""
    widths = _fitted(columns, width)
    shown = [(column, widths[column.header]) for column in columns if column.header in widths]
    heads = [_Cell(cells, column.right, "bold", False) for column, cells in shown]
    bodies = [_Cell(cells, column.right, column.style, column.keeps_end) for column, cells in shown]
    targets = [
        column.links if links and column.links else [""] * len(column.cells) for column, _ in shown
    ]
    rows = zip(
        zip(*(column.cells for column, _ in shown), strict=True),
        zip(*targets, strict=True),
        strict=True,
    )
    return [
        _line(heads, [column.header for column, _ in shown], [""] * len(shown), color),
        *(_line(bodies, texts, urls, color) for texts, urls in rows),
    ]


@frozen
class _Cell:
    width: int
    right: bool
    style: str
    keeps_end: bool

    def filled(self, text: str, link: str, color: bool) -> str:
        space = self.width - cell_len(text)
        if space < 0:
            text = self._cut(text) if self.width else ""
            space = self.width - cell_len(text)
        if color and self.style:
            text = f"\x1b[{_CODES[self.style]}m{text}\x1b[0m" if text else ""
        if link and text:
            # https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
            text = f"\x1b]8;;{link}\x1b\\{text}\x1b]8;;\x1b\\"
        padding = " " * space
        return f"{padding}{text}" if self.right else f"{text}{padding}"

    def _cut(self, text: str) -> str:
        if not self.keeps_end:
            return f"{set_cell_size(text, self.width - 1)}{_ELLIPSIS}"
        start = len(text)
        while cell_len(text[start - 1 :]) < self.width:
            start -= 1
        # Marks go with the letter that they are on.
        while start < len(text) and not cell_len(text[start]):
            start += 1
        return f"{_ELLIPSIS}{text[start:].lstrip()}"


def _line(cells: Sequence[_Cell], texts: Sequence[str], links: Sequence[str], color: bool) -> str:
    filled = (
        cell.filled(text, link, color) for cell, text, link in zip(cells, texts, links, strict=True)
    )
    return _GAP.join(filled).rstrip()


def _fitted(columns: Sequence[Column], width: int | None) -> dict[str, int]:
    """The width of each column that is shown, by its header."""
    kept = sorted(columns, key=lambda column: column.patience)
    if width is None:
        return {column.header: column.natural for column in kept}
    while len(kept) > _ESSENTIAL and _total([column.narrowest for column in kept]) > width:
        del kept[0]
    widths = {column.header: column.natural for column in kept}
    # If not even the essential columns fit, narrow those below their minimum.
    for least in ({column.header: column.narrowest for column in kept}, dict.fromkeys(widths, 0)):
        for header, present in list(widths.items()):
            excess = max(_total(list(widths.values())) - width, 0)
            widths[header] = present - min(excess, present - least[header])
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def signed(change: int) -> str:
    """With its sign and commas, in characters that any terminal has; a lone 0 for none."""
    return f"{change:+,}" if change else "0"


def wrapped(line: str, width: int | None) -> list[str]:
    """The line in parts that fit a terminal of `width` cells, broken between words."""
    if width is None or cell_len(line) <= width:
        return [line]
    parts = [""]
    for word in line.split(" "):
        longer = f"{parts[-1]} {word}" if parts[-1] else word
        if parts[-1] and cell_len(longer) > width:
            parts.append(word)
        else:
            parts[-1] = longer
    return parts
