"""Parse reStructuredText with docutils into a DOM with the source line on each element.

Files that a text includes are not read, and raw HTML in it is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.lists.deadline import TOO_COSTLY, Deadline
from crawler.lists.dom import BOLD, CODE, LINE
from crawler.model.errors import ListError

LARGEST: Final = 1024 * 1024
"""Characters of a text; docutils needs two seconds for them, and cannot be interrupted."""
MOST_SUBSTITUTED: Final = 1024 * 1024
"""Characters that all substitutions of a text may add."""
DEEPEST: Final = 100
"""Depth of nested elements."""

_SETTINGS: Final = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "line_length_limit": 100_000,
    "smart_quotes": False,
    "doctitle_xform": False,
}
"""https://docutils.sourceforge.io/docs/howto/security.html"""
_TAGS: Final = {
    **dict.fromkeys(("paragraph", "line", "attribution", "caption", "rubric", "term"), "p"),
    **dict.fromkeys(("bullet_list", "enumerated_list", "definition_list", "option_list"), "ul"),
    **dict.fromkeys(("list_item", "definition_list_item", "option_list_item"), "li"),
    **dict.fromkeys(("literal_block", "doctest_block"), "pre"),
    **dict.fromkeys(("literal", "math"), CODE),
    "block_quote": "blockquote",
    "table": "table",
    "row": "tr",
    "entry": "td",
    "strong": BOLD,
    "transition": "hr",
}
_UNSEEN: Final = frozenset(
    {"comment", "system_message", "footnote", "citation", "footnote_reference", "raw", "topic"}
    | {"substitution_definition", "pending", "meta", "header", "footer", "docinfo"}
)
"""Elements without entries; a topic is the table of contents."""
_BLANKS: Final = re.compile(r"\s*\n\s*")


def parse_rst(text: str, deadline: Deadline) -> Iterator[LexborNode]:
    """The root element of a text, as in `parse_document`.

    Raises:
        ListError: docutils is missing, or the text is too large, too deep or takes too long.
    """
    try:
        from docutils import nodes
        from docutils.core import publish_doctree
        from docutils.parsers.rst import Parser
        from docutils.parsers.rst.states import Inliner
        from docutils.readers.standalone import Reader
        from docutils.utils import SystemMessage
    except ImportError:
        raise ListError(
            "it is reStructuredText, which takes docutils: install star-crawler[rst], or give "
            "owner/repo"
        ) from None
    if len(text) > LARGEST:
        raise ListError(
            f"The list cannot be parsed: it is over {LARGEST // 2**20} MiB of reStructuredText."
        )

    class Watched(Reader):  # type: ignore[type-arg]  # generic for type checkers alone
        """Checks the deadline at each line."""

        def new_document(self) -> nodes.document:
            document = super().new_document()
            note = document.note_source

            def look(source: str, offset: int) -> None:
                deadline.look()
                note(source, offset)

            document.note_source = look  # type: ignore[method-assign]  # docutils' observer
            return document

        def parse(self) -> None:
            super().parse()
            assert self.document is not None  # it was parsed
            for each in self.document.substitution_defs.values():
                # docutils calls this each time before it copies the text into the document.
                each.astext = substituted(each.astext)  # type: ignore[method-assign]  # its observer

    room = MOST_SUBSTITUTED

    def substituted(method: Callable[[], str]) -> Callable[[], str]:
        def tell() -> str:
            nonlocal room
            deadline.look()
            text = method()
            room -= len(text)
            if room < 0:
                raise ListError(TOO_COSTLY)
            return text

        return tell

    def watched(method: Callable[..., Any]) -> Callable[..., Any]:
        def parse(*arguments: Any) -> Any:
            deadline.look()
            return method(*arguments)

        return parse

    # Also at each start of inline markup, since a paragraph may have much of it.
    inliner = Inliner()
    inliner.dispatch = {start: watched(each) for start, each in Inliner.dispatch.items()}
    parser = Parser(inliner=inliner)
    try:
        document = publish_doctree(
            text, reader=Watched(), parser=parser, settings_overrides=_SETTINGS
        )
    except SystemMessage:
        raise ListError("The list cannot be parsed: its reStructuredText is broken.") from None
    out: list[str] = []
    _write(document, out, 0, 0, deadline)
    root = LexborHTMLParser(f"<body><br>{''.join(out)}").root
    if root is None:
        raise ListError("The list cannot be parsed: its HTML is broken.")
    yield root


def _write(node: object, out: list[str], level: int, depth: int, deadline: Deadline) -> None:
    from docutils import nodes

    deadline.look()
    if depth > DEEPEST:
        raise ListError(f"The list cannot be parsed: it is nested deeper than {DEEPEST} elements.")
    if isinstance(node, nodes.Text):
        out.append(escape(_BLANKS.sub(" ", node.astext())))
        return
    assert isinstance(node, nodes.Element)
    name = node.tagname
    if name in _UNSEEN:
        return
    if name == "image":
        alt, source = str(node.get("alt", "")), str(node.get("uri", ""))
        out.append(f'<img alt="{escape(alt)}" src="{escape(source)}">')
        return
    attributes = f" {LINE}={node.line - 1}" if node.line else ""
    tag = _TAGS.get(name, "")
    if name == "section":
        level += 1
    elif name in ("title", "subtitle"):
        tag = f"h{min(max(level, 1), 6)}"
    elif name == "reference" and "refuri" in node:
        tag, attributes = "a", f'{attributes} href="{escape(str(node["refuri"]))}"'
    elif name == "entry" and isinstance(node.parent.parent, nodes.thead):
        tag = "th"
    if tag:
        out.append(f"<{tag}{attributes}>")
    for child in node.children:
        _write(child, out, level, depth + 1, deadline)
    if tag and tag != "hr":
        out.append(f"</{tag}>")
