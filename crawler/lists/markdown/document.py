"""A Markdown document as one DOM, with the source line on each of its elements.

Markdown becomes HTML as cmark-gfm writes it, and the HTML inside it is parsed together
with it, so that a list in Markdown and one in HTML are the same thing to whoever reads on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.lists.markdown.blocks import parse_blocks
from crawler.lists.markdown.depth import FORMATTING, Depth
from crawler.lists.markdown.inlines import parse_inlines
from crawler.lists.markdown.references import References
from crawler.lists.markdown.tags import OPEN_TAG, without_disallowed
from crawler.lists.markdown.work import Work
from crawler.model.errors import ListError

LINE: Final = "data-at"
"""The attribute that tells an element's source line, from 0; `3-5` where its tag is longer."""
_LINES: Final = re.compile(r"([0-9]{1,8})(?:-([0-9]{1,8}))?")

_SAFE_IN_HREF: Final = "-_.+!*'(),%#@?=;:/&$~"
"""https://github.com/github/cmark-gfm/blob/master/src/houdini_href_e.c"""
_WITHOUT_LINE: Final = FORMATTING - {"a"}
"""Elements that HTML parsers compare by their attributes, so that none may be added."""
_ATTRIBUTES_SEEN: Final = 100
"""Characters after a tag's name by which two tags are told apart."""
_TAG: Final = re.compile(OPEN_TAG)
_TAG_NAME: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")


def parse_document(text: str, work: Work) -> LexborNode:
    """The root element of what GitHub renders `text` as.

    Raises:
        ListError: it is nested too deep or costs too much.
    """
    tokens, references, parser = parse_blocks(text, work)
    html = _Writer(parser, references, work).write(tokens)
    work.look()
    root = LexborHTMLParser(html).root
    if root is None:
        raise ListError("The list cannot be parsed: its HTML is broken.")
    return root


def lines_of(attributes: Mapping[str, str | None]) -> tuple[int | None, int | None]:
    """The source lines of an element's tag: the first, and the last where that is another."""
    found = _LINES.fullmatch(attributes.get(LINE) or "")
    if found is None:
        return None, None
    return int(found[1]), int(found[2]) if found[2] else None


class _Writer:
    """Writes tokens as HTML; attributes of its own are unquoted, lest they end broken ones."""

    def __init__(self, parser: MarkdownIt, references: References, work: Work) -> None:
        self._parser = parser
        self._references = references
        self._work = work
        self._depth = Depth(work)
        self._out = ["<body><br>"]

    def write(self, tokens: list[Token]) -> str:
        for token in tokens:
            self._work.spend(0)
            line = token.map[0] if token.map else 0
            match token.type:
                case "inline":
                    self._write_inlines(token.content, line)
                case "html_block":
                    self._write_raw(without_disallowed(token.content), line)
                case "fence" | "code_block":
                    code = escapeHtml(token.content)
                    self._out.append(f"<pre {LINE}={line}><code>{code}</code></pre>")
                case "hr":
                    self._out.append("<hr>")
                case _ if token.hidden:
                    pass
                case _:
                    self._write_tag(token, line)
        return "".join(self._out)

    def _write_tag(self, token: Token, line: int) -> None:
        if token.nesting == 1:
            self._depth.open(token.tag)
            self._out.append(f"<{token.tag} {LINE}={line}>")
        else:
            self._depth.close(token.tag)
            self._out.append(f"</{token.tag}>")

    def _write_inlines(self, content: str, line: int) -> None:
        out = self._out
        seen = 0
        for token in parse_inlines(content, self._parser, self._references, self._work):
            if token.map:
                line += content.count("\n", seen, token.map[0])
                seen = token.map[0]
            match token.type:
                case "text" | "text_special":
                    out.append(escapeHtml(token.content))
                case "link_open":
                    self._depth.open("a")
                    out.append(f'<a {LINE}={line} href="{_href(token, "href")}"{_title(token)}>')
                case "link_close":
                    self._depth.close("a")
                    out.append("</a>")
                case "html_inline":
                    self._write_raw(without_disallowed(token.content, inline=True), line)
                case "image":
                    alt = escapeHtml(token.content)
                    out.append(f'<img src="{_href(token, "src")}" alt="{alt}"{_title(token)} />')
                case "code_inline":
                    out.append(f"<code>{escapeHtml(token.content)}</code>")
                case "softbreak":
                    out.append("\n")
                case "hardbreak":
                    out.append("<br />\n")
                case _:
                    self._write_emphasis(token)

    def _write_emphasis(self, token: Token) -> None:
        if token.nesting == 1:
            self._depth.open(token.tag)
            self._out.append(f"<{token.tag}>")
        else:
            self._depth.close(token.tag)
            self._out.append(f"</{token.tag}>")

    def _write_raw(self, html: str, line: int) -> None:
        """Raw HTML, with its source lines on its start tags."""
        seen = 0
        for found in _TAG_NAME.finditer(html):
            name = found[2].lower()
            if found[1]:
                self._depth.close(name)
                continue
            ahead = html[found.end() : found.end() + _ATTRIBUTES_SEEN]
            self._depth.open(name, ahead.partition(">")[0])
            if name in _WITHOUT_LINE:
                continue
            line += html.count("\n", seen, found.start())
            self._out.append(html[seen : found.end()])
            tag = _TAG.match(html, found.start())
            more = html.count("\n", found.start(), tag.end()) if tag else 0
            self._out.append(f" {LINE}={line}-{line + more}" if more else f" {LINE}={line}")
            seen = found.end()
        self._out.append(html[seen:])


def _href(token: Token, name: str) -> str:
    return escapeHtml(quote(str(token.attrs[name]), safe=_SAFE_IN_HREF))


def _title(token: Token) -> str:
    title = token.attrs.get("title")
    return f' title="{escapeHtml(str(title))}"' if title else ""
