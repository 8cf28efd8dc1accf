"""The DOM of a list in any format: few kinds of elements, with their source lines.

In a line of text stand `a`, `img`, `samp` (code), `mark` (bold), `span` (all others) and `wbr`:
but for `a` none that HTML parsers open again where it was left open, as they do `b`. A line ends
at headings, items, rows, cells, `p`, `div`, `pre`, `blockquote`, `details`, `summary`, `br`, `hr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LINE: Final = "data-at"
"""The attribute with a tag's source line, from 0; `3-5` if the tag is longer. A tag without it is
on the line that its parent and the text before it lead to."""
CODE: Final = "samp"
BOLD: Final = "mark"
INLINE: Final = frozenset({"a", "img", "span", "wbr", CODE, BOLD})
HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}

_LINES: Final = re.compile(r"([0-9]{1,8})(?:-([0-9]{1,8}))?")


def lines_of(attributes: Mapping[str, str | None]) -> tuple[int | None, int | None]:
    """The source lines of an element's tag: the first, and the last if that is different."""
    value = attributes.get(LINE)
    found = value and _LINES.fullmatch(value)
    if not found:
        return None, None
    return int(found[1]), int(found[2]) if found[2] else None
