"""An HTML document as a DOM: a web page, or what a host renders from another format.

A line break in the text of a page is a blank, and a `<div>` only ends a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.lists.deadline import Deadline
from crawler.lists.markdown.document import PARTS_AT_ONCE
from crawler.lists.raw_html import TAG, RawHtml
from crawler.model.errors import ListError

_UNSEEN: Final = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(script|style|title|template|noscript|iframe|object|textarea|select|svg|math|xmp)"
    r"(?=[\s/>])(?:[^<>]*/>|.*?(?:</\1(?=[\s/>])[^>]*>|\Z))",
    re.I | re.S,
)
"""Comments, and elements whose content is not shown as text."""
_PREFORMATTED: Final = re.compile(r"</?pre\b", re.I)
_ENDS: Final = re.compile(r"</(?:li|p|table|[uo]l|h[1-6]|div|section)\s*>", re.I)
"""Tags after which a document may be split."""


def parse_html(text: str, deadline: Deadline, parts: int = PARTS_AT_ONCE) -> Iterator[LexborNode]:
    """The root elements of a page, one for each piece of it, as in `parse_document`.

    Raises:
            ListError: it is nested too deeply or takes too long.
    """
    seen = _UNSEEN.sub(lambda found: "\n" * found[0].count("\n"), text)
    for html in _pieces(seen, RawHtml(deadline, is_page=True), parts):
        deadline.look()
        root = LexborHTMLParser(f"<body><br>{html}").root
        if root is None:
            raise ListError("The list cannot be parsed: its HTML is broken.")
        yield root


def _pieces(text: str, raw: RawHtml, at_once: int) -> Iterator[str]:
    out: list[str] = []
    begin = line = preformatted = 0
    for found in TAG.finditer(text):
        before, tag = text[begin : found.start()], found[0]
        out.append(before if preformatted else before.replace("\n", " "))
        line += before.count("\n")
        if _PREFORMATTED.match(tag):
            preformatted = 0 if tag[1] == "/" else 1
        out.append(raw.write(tag, line))
        line += tag.count("\n")
        begin = found.end()
        if len(out) > at_once and _ENDS.fullmatch(tag) and (around := raw.outer_list) is not None:
            yield "".join(out)
            out = [f"<{around}>"] if around else []
    out.append(text[begin:])
    yield "".join(out)
