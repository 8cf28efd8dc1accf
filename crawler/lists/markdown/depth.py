"""How deep a document's HTML nests, foreseen before it is parsed.

The HTML parser walks its stack of open elements at almost every tag, and opens unclosed
formatting elements anew in each block, so that depth and unclosed formatting multiply
with the number of tags: 100,000 open `<div>` take it 20 s, which nothing can interrupt.

https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody
"""

from __future__ import annotations

from typing import Final

from crawler.lists.markdown.work import Work
from crawler.lists.text import words
from crawler.model.errors import ListError

MAX_DEPTH: Final = 512
"""Elements inside each other; the depth at which Chromium stops nesting, too."""
STEPS_PER_CLONE: Final = 4
"""What an unclosed formatting element costs in each block that it is opened in again."""
FREE_CLONES: Final = 4
"""Unclosed formatting elements that cost nothing, since honest documents have a few."""

_WITHOUT_DEPTH: Final = words(
    """area base basefont bgsound br col embed frame hr img input keygen link meta param source
    track wbr html head body frameset form"""
)
"""Elements that hold nothing, or of which there is only one."""
FORMATTING: Final = words("a b big code em font i nobr s small strike strong tt u")
_NEVER_TWICE: Final = frozenset({"a", "nobr"})
_SAME_AT_MOST: Final = 3
"""https://html.spec.whatwg.org/multipage/parsing.html#push-onto-the-list-of-active-formatting-elements"""
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CLOSED_BY_THEIR_LIKE: Final = {
    "li": frozenset({"li"}),
    "option": frozenset({"option"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"tr"}),
    **dict.fromkeys(_HEADINGS, _HEADINGS),
}
_CLOSE_A_PARAGRAPH: Final = _HEADINGS | words(
    """address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption
    figure footer header hgroup hr li listing main menu nav ol p pre search section summary table
    ul"""
)
_SCOPES: Final = words(
    """applet caption table td th marquee object template select button
    svg math foreignobject desc title mi mo mn ms mtext annotation-xml"""
)
"""Elements that an end tag of another element does not reach out of."""


class Depth:
    """The stack of open elements, as far as its depth is concerned; never less deep than it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: list[tuple[str, str]] = []
        self._counts: dict[str, int] = {}
        self._dormant: list[tuple[str, str]] = []

    def open(self, name: str, attributes: str = "") -> None:
        """An element begins.

        Raises:
            ListError: it is nested too deep, or costs more than the document may.
        """
        if name in _CLOSE_A_PARAGRAPH:
            self.close("p")
        if name in _WITHOUT_DEPTH:
            return
        if name in _NEVER_TWICE:
            self.close(name)
        elif (like := _CLOSED_BY_THEIR_LIKE.get(name)) and self._open and self._open[-1][0] in like:
            self._pop()
        self._open.append((name, attributes))
        self._counts[name] = self._counts.get(name, 0) + 1
        depth = len(self._open) + len(self._dormant)
        if depth > MAX_DEPTH:
            raise ListError(
                f"The list cannot be parsed: its HTML is nested deeper than {MAX_DEPTH} elements."
            )
        clones = max(0, len(self._dormant) - FREE_CLONES)
        self._work.spend((depth >> 6) + clones * STEPS_PER_CLONE)

    def close(self, name: str) -> None:
        """An end tag: what it closes is closed, and what it cannot close stays."""
        if name in FORMATTING:
            self._close_formatting(name)
            return
        if not self._counts.get(name):
            return
        for position in range(len(self._open) - 1, -1, -1):
            other = self._open[position][0]
            if other == name:
                while len(self._open) > position:
                    self._pop()
                return
            if other in _SCOPES:
                return

    def _pop(self) -> None:
        """Close the innermost element; formatting that was not closed by its own tag lives on."""
        element = self._open.pop()
        self._counts[element[0]] -= 1
        if element[0] in FORMATTING and self._dormant.count(element) < _SAME_AT_MOST:
            self._dormant.append(element)

    def _close_formatting(self, name: str) -> None:
        where = self._open if self._counts.get(name) else self._dormant
        for position in range(len(where) - 1, -1, -1):
            if where[position][0] == name:
                if where is self._open:
                    self._counts[name] -= 1
                del where[position]
                return
