"""Raw HTML, of a page or inside Markdown, reduced to the elements of `crawler.lists.dom`.

Each tag is rewritten, with its source line. This also bounds the time of the HTML parser, which
cannot be interrupted: it is quadratic in the depth of elements, in the attributes of a tag, and in
unclosed formatting elements (`<b>`), which each block opens again.

https://html.spec.whatwg.org/multipage/parsing.html
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from crawler.lists.deadline import Deadline
from crawler.lists.dom import BOLD, CODE, HEADINGS, INLINE, LINE
from crawler.lists.text import words
from crawler.model.errors import ListError

MAX_DEPTH: Final = 512
"""Depth of nested elements, the same as Chromium's limit."""
MAX_ATTRIBUTES: Final = 100
"""Attributes of a tag; a tag with more is treated as text."""

_DISARMED: Final = words("title textarea style xmp iframe noembed noframes script plaintext")
"""Elements whose tags are shown as text: a bare `<style>` in prose would hide everything after it.
https://github.github.com/gfm/#disallowed-raw-html-extension-"""

_PARTS: Final = words("tbody td tfoot th thead tr")
_BLOCKS: Final = _PARTS | HEADINGS.keys() | words("blockquote details li ol pre summary table ul")
_VOID: Final = words("br hr img wbr")
_SPANS: Final = words(
    """abbr bdi bdo big cite data del dfn em font g-emoji i ins kbd label mark nobr picture q
    relative-time rp rt ruby s samp small strike sub sup time tt u var video"""
)
_EMPTY: Final = words("area base bgsound col embed input keygen link meta param source track")
_WRITTEN: Final = {
    **{name: name for name in _BLOCKS | _VOID | words("a div p span")},
    **dict.fromkeys(_SPANS, "span"),
    **dict.fromkeys(_EMPTY, "wbr"),
    **dict.fromkeys(words("b strong"), BOLD),
    "code": CODE,
    "dl": "ul",
    "dt": "li",
    "dd": "br",
}
"""The element to write for each element; `div` for all others. A term and its description become
one item. Of the elements that blocks open again, only `a` is kept, and only one at a time."""

_SPACE: Final = r" \t\n\f\r"
_ATTRIBUTE: Final = (
    rf"[{_SPACE}/]++|[^{_SPACE}/>=]++(?:[{_SPACE}]*+=[{_SPACE}]*+"
    rf"(?:\"[^\"]*+\"|'[^']*+'|[^{_SPACE}>\"'][^{_SPACE}>]*+|(?=>)))?+"
)
TAG: Final = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))|(?:[!?]|/(?![a-zA-Z]))[^>]*+>?"
    rf"|(/?)([a-zA-Z][^{_SPACE}/>]*+)((?:{_ATTRIBUTE}){{0,{2 * MAX_ATTRIBUTES}}}+>)?+)",
    re.S,
)
"""Comments and tags exactly as HTML parsers read them, so that they find no tags that this does
not. The third group is the rest of a tag after its name, if the tag is closed."""

_CELLS: Final = words("td th")
_NEXT_TABLE: Final = words("table")
_CELL: Final = _CELLS | _NEXT_TABLE
_BARRIERS: Final = {
    "li": _CELL | words("ol ul"),
    **dict.fromkeys(_PARTS | _NEXT_TABLE, _NEXT_TABLE),
    **dict.fromkeys(INLINE - {"a"}, _BLOCKS | words("div p")),
}
"""The elements within which an end tag takes effect; `_CELL` for all others."""
_ENDED_BY_START: Final[dict[str, tuple[Container[str], Container[str]]]] = {
    "li": (("li",), _BLOCKS),
    "tr": (("tr",), _NEXT_TABLE),
    **dict.fromkeys(_CELLS, (_CELLS, _NEXT_TABLE)),
    **dict.fromkeys(HEADINGS, (HEADINGS, _WRITTEN)),
}
"""For each start tag the elements that it ends, and their barriers: `<li>` ends the item before."""


_ENDED_BY_NEXT: Final = words("dt dd")
"""The elements of a description list, whose items end where the next ones begin."""


class RawHtml:
    """Writes tags, and keeps a stack of open elements, at least as deep as that of the parser."""

    def __init__(self, deadline: Deadline, *, is_page: bool = False) -> None:
        """`is_page` says that the tags are those of an HTML page, where a `<div>` only ends a line:
        one may contain the whole page, and a hundred may surround one word."""
        self._is_page = is_page
        self._deadline = deadline
        self._open: list[str] = []
        self._link_left_open = False
        self._html, self._seen, self._line = "", 0, 0

    @property
    def outer_list(self) -> str | None:
        """The only open element, if it is a list; empty if no element is open; otherwise None."""
        name = self._open[0] if self._open else ""
        alone = len(self._open) <= 1 and not self._link_left_open
        return name if alone and name in ("", "ul", "ol") else None

    def open(self, name: str) -> None:
        """Begin an element.

        Raises:
            ListError: it is nested too deep.
        """
        if name in _VOID or (name in _PARTS and "table" not in self._open):
            return
        if name not in INLINE and "p" in self._open:
            self.close("p")
        if name == "a":
            self.close("a")
        elif (ended := _ENDED_BY_START.get(name)) and (position := self._find(*ended)) >= 0:
            self._end(position)
        self._open.append(name)
        if len(self._open) > MAX_DEPTH:
            raise ListError(
                f"The list cannot be parsed: its HTML is nested deeper than {MAX_DEPTH} elements."
            )

    def close(self, name: str) -> bool:
        """End an element with everything in it except a link; returns whether one was open in the
        same cell."""
        if name == "a":
            self._link_left_open &= not _CELLS.isdisjoint(self._open)
        names = HEADINGS if name in HEADINGS else (name,) if name in self._open else ()
        position = self._find(names, _BARRIERS.get(name, _CELL)) if names else -1
        if position >= 0 and name == "a":
            del self._open[position]
        elif position >= 0:
            self._end(position)
        return position >= 0

    def _find(self, names: Container[str], barriers: Container[str]) -> int:
        """The index of the innermost of `names` among the open elements; -1 if behind a barrier."""
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position] in names:
                return position
            if self._open[position] in barriers:
                break
        return -1

    def _end(self, position: int) -> None:
        self._link_left_open |= "a" in self._open[position:]
        del self._open[position:]

    def write(self, html: str, line: int) -> str:
        """`html`, whose first line is `line`, with its tags rewritten."""
        self._html, self._seen, self._line = html, 0, line
        return TAG.sub(self._write_tag, html)

    def _write_tag(self, found: re.Match[str]) -> str:
        self._deadline.look()
        slash, written, rest = found.groups()
        if written is None:
            return "<!---->"
        name = written.lower()
        if name in _DISARMED or rest is None:
            return found[0].replace("<", "&lt;")
        name = _WRITTEN.get(name, "wbr" if rest.endswith("/>") else "div")
        if slash and written.lower() in _ENDED_BY_NEXT:
            return ""
        if name == "div" and self._is_page:
            name = "hr"
        elif slash:
            self.close(name)
            return f"</{name}>"
        self.open(name)
        self._line += self._html.count("\n", self._seen, found.start())
        self._seen = found.start()
        more = found[0].count("\n")
        return f"<{name} {LINE}={self._line}{f'-{self._line + more}' if more else ''} {rest}"
