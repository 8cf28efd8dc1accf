"""The DOM of a list in any format: few kinds of elements, with their source lines.

A line of text may contain `a`, `img`, `samp` (code), `mark` (bold), `span` (all others) and `wbr`.
Except for `a`, none of these is an element that HTML parsers open again if it was not closed, as
they do with `b`. A line ends at headings, items, rows, cells, `p`, `div`, `pre`, `blockquote`,
`details`, `summary`, `br` and `hr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LINE: Final = "data-at"
"""The attribute with a tag's source line, from 0; `3-5` if the tag is longer. The line of a tag
without it follows from its parent and the text before it."""
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
