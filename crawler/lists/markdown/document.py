"""Parse a Markdown document into a DOM with the source line on each element.

It is rendered to HTML as GitHub does it, and then parsed together with the HTML that it contains,
so that the following steps need not tell a list in Markdown from one in HTML.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import EnvType
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.lists.deadline import Deadline
from crawler.lists.dom import CODE, LINE
from crawler.lists.markdown import inlines
from crawler.lists.markdown.inlines import Inlines, simple_html
from crawler.lists.raw_html import RawHtml
from crawler.model.errors import ListError

MAX_LEVEL: Final = 200
"""Deepest nesting: a quote is one level, a list two. markdown-it would drop deeper content."""
PARTS_AT_ONCE: Final = 20_000
"""Tags and texts to parse at once: the DOM of a large list would need a gigabyte."""

_TASK: Final = re.compile(r"\[[ xX]\][ \t]++")
_BEGINS_A_BLOCK: Final = frozenset("#>`~<*+-_0123456789")
_OPEN, _CLOSE, _INLINE, _HTML, _PRE = "open", "close", "inline", "html", "pre"

_Part = str | tuple[str, str, int]
"""Finished HTML; or a tag, inline Markdown, raw HTML or code, with its line."""

_CUT: Final = re.compile(r"\n[ \t]*+\n(?=#{1,6}[ \t])")
"""A blank line before a heading. Parsing the text above never needs the text below; only fenced
code and HTML that a blank line does not end may continue below."""

Definitions = Mapping[str, Mapping[str, Any]]
"""The addresses of `[links][label]`, by their labels; the first of several counts."""


class _Parser(MarkdownIt):
    """Leaves addresses unchanged; they are encoded when they are written."""

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link

    def validateLink(self, url: str) -> bool:
        return True


class _Tokens(list[Token]):
    """Writes each block token when the next one arrives: those of 10 MiB would need a gigabyte."""

    def __init__(self) -> None:
        self.parts: deque[_Part] = deque()
        self.end = 0
        """The line after the last code or raw HTML."""
        self._waiting: Token | None = None
        self._line = self._item_line = 0
        self._in_item = False
        self._hides_paragraph = False

    def append(self, token: Token) -> None:
        self.flush()
        self._waiting = token

    def flush(self) -> None:
        """Write the waiting token, with everything that its rule has added to it."""
        token, self._waiting = self._waiting, None
        if token is None:
            return
        in_item, self._in_item = self._in_item, False
        line = self._line = token.map[0] if token.map else self._line
        match token.type:
            case "list_item_open":
                self._in_item, self._item_line = True, line
                self.parts.append((_OPEN, "li", line))
            case "paragraph_open" if in_item and line == self._item_line:
                self._hides_paragraph = self._in_item = True
            case "paragraph_close" if self._hides_paragraph:
                self._hides_paragraph = False
            case "inline":
                self._inline(token.content, line, in_item)
            case "html_block" | "fence" | "code_block":
                self.end = token.map[1] if token.map else self.end
                kind = _HTML if token.type == "html_block" else _PRE
                self.parts.append((kind, token.content, line))
            case "hr":
                self.parts.append("<hr>")
            case _ if token.nesting == 1:
                self.parts.append((_OPEN, token.tag, line))
            case _:
                self.parts.append((_CLOSE, token.tag, 0))

    def write_line(self, content: str, line: int) -> None:
        """A paragraph of one line; the first one of an item needs no element of its own."""
        self.flush()
        in_item, self._in_item = self._in_item, False
        if not in_item:
            self.parts.append((_OPEN, "p", line))
        self._inline(content, line, in_item)
        if not in_item:
            self.parts.append((_CLOSE, "p", 0))

    def _inline(self, content: str, line: int, in_item: bool) -> None:
        if in_item and (box := _TASK.match(content)):
            content = content[box.end() :]
        html = simple_html(content)
        self.parts.append((_INLINE, content, line) if html is None else html)


@dataclass(slots=True)
class Section:
    """A heading with the text below it, usually up to the next heading."""

    text: str
    line: int
    """Its first line."""
    definitions: Definitions
    parts: deque[_Part] | None
    """Its parts, with lines counted from its first; None if it has not been read yet."""


class Document:
    """A document that is read section by section."""

    def __init__(
        self,
        text: str,
        deadline: Deadline,
        parts: int = PARTS_AT_ONCE,
        known: dict[str, Definitions] | None = None,
        least: int = 0,
    ) -> None:
        """`known` are the definitions of sections of other documents, by their texts; those of this
        document are added. Without it, the document is one section. Text under a heading with
        fewer characters than `least` belongs to the next section. `parts` is the number of parts
        of a piece.

        Raises:
            ListError: as `parse_document`.
        """
        self._deadline = deadline
        self._at_once = parts
        self._known = known
        self._parser = _parser()
        self._parser.block.ruler.before("table", "line", _line)
        inlines.set_up(self._parser)
        self.sections = deque(self._cut(text, least))
        """The sections that have not been read yet."""
        references: dict[str, Any] = {}
        for section in self.sections:
            for label, definition in section.definitions.items():
                references.setdefault(label, definition)
        self.definitions = repr(sorted((label, each["href"]) for label, each in references.items()))
        """All definitions, for comparison with those of other documents."""
        self._raw = RawHtml(deadline)
        env: EnvType = {"deadline": deadline, "references": references}
        self._inlines = Inlines(self._parser, env, self._raw, len(text))

    @property
    def is_between(self) -> bool:
        """Whether the sections that were read leave no element open."""
        return self._raw.outer_list == ""

    @property
    def expansion(self) -> int:
        """The number of characters of all addresses so far."""
        return self._inlines.expansion

    def skip(self, expansion: int) -> None:
        """Skip a section whose addresses have `expansion` characters.

        Raises:
            ListError: as `parse_document`.
        """
        self.sections.popleft()
        self._inlines.expand(expansion)

    def roots(self) -> Iterator[LexborNode]:
        """The root elements of the next section, one for each piece, and of the sections after it
        up to one that leaves no element open.

        Raises:
            ListError: as `parse_document`.
        """
        for html in self._pieces():
            self._deadline.look()
            root = LexborHTMLParser(f"<body><br>{html}").root
            if root is None:
                raise ListError("The list cannot be parsed: its HTML is broken.")
            yield root

    def _cut(self, text: str, least: int) -> Iterator[Section]:
        cuts = [] if self._known is None else [found.end() for found in _CUT.finditer(text)]
        # Only two neighbours count, so that an edit changes no cut further down.
        ends = [cut for before, cut in pairwise([0, *cuts]) if cut - before >= least]
        ends.append(len(text))
        begin = line = first = 0
        while first < len(ends):
            count = 1
            while True:
                last = min(first + count, len(ends))
                section, is_closed = self._section(text[begin : ends[last - 1]], line)
                if is_closed or last == len(ends):
                    break
                count *= 2  # adding one at a time would be quadratic
            yield section
            first, begin = last, ends[last - 1]
            line += section.text.count("\n")

    def _section(self, text: str, line: int) -> tuple[Section, bool]:
        """A possible section, and whether it is complete: code or HTML may continue below it."""
        if self._known is not None and (definitions := self._known.get(text)) is not None:
            return Section(text, line, definitions, None), True
        parts, is_closed, definitions = self._tokenize(text)
        if self._known is not None and is_closed:
            self._known[text] = definitions
        return Section(text, line, definitions, parts), is_closed

    def _tokenize(self, text: str) -> tuple[deque[_Part], bool, Definitions]:
        env: EnvType = {"deadline": self._deadline}
        tokens = _Tokens()
        lines = _tokenize(text, self._parser, env, tokens)
        tokens.flush()
        return tokens.parts, tokens.end < lines, env.get("references", {})

    def _pieces(self) -> Iterator[str]:
        raw = self._raw
        out: list[str] = []
        while self.sections:
            section = self.sections.popleft()
            first = section.line
            parts = self._tokenize(section.text)[0] if section.parts is None else section.parts
            while parts:
                part = parts.popleft()
                if isinstance(part, str):
                    out.append(part)
                    continue
                kind, text, line = part
                if kind is _OPEN:
                    raw.open(text)
                    out.append(f"<{text} {LINE}={first + line}>")
                elif kind is _CLOSE:
                    ended = raw.close(text)
                    out.append(f"</{text}>")
                    if (
                        ended
                        and len(out) > self._at_once
                        and (around := raw.outer_list) is not None
                    ):
                        yield "".join(out)
                        out = [f"<{around}>"] if around else []
                elif kind is _INLINE:
                    out.append(self._inlines.write(text, first + line))
                elif kind is _PRE:
                    code = escapeHtml(text)
                    out.append(f"<pre {LINE}={first + line}><{CODE}>{code}</{CODE}></pre>")
                else:
                    out.append(raw.write(text, first + line))
            if self.is_between:
                break
        yield "".join(out)


def parse_document(
    text: str, deadline: Deadline, parts: int = PARTS_AT_ONCE
) -> Iterator[LexborNode]:
    """The root elements of `text` as GitHub renders it, one for each piece.

    A piece has about `parts` parts, and ends between two blocks, or between two items of a
    top-level list, so that the units are the same for pieces of any size.

    Raises:
        ListError: it is nested too deep or takes too long.
    """
    document = Document(text, deadline, parts)
    while document.sections:
        yield from document.roots()


def block_tokens(text: str, deadline: Deadline) -> list[Token]:
    """The blocks of a document, as markdown-it returns them.

    Raises: as `parse_document`.
    """
    tokens: list[Token] = []
    _tokenize(text, _parser(), {"deadline": deadline}, tokens)
    return tokens


def _parser() -> MarkdownIt:
    parser = _Parser("js-default", {"html": True, "maxNesting": MAX_LEVEL + 3})
    parser.block.ruler.before("table", "deadline", _look, {"alt": ["blockquote", "reference"]})
    return parser


def _tokenize(text: str, parser: MarkdownIt, env: EnvType, tokens: list[Token]) -> int:
    """Add the blocks of a text to `tokens`; returns how many lines it has."""
    state = StateBlock(text, parser, env, tokens)
    parser.block.tokenize(state, 0, state.lineMax)
    return state.lineMax


def _look(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    deadline: Deadline = state.env["deadline"]
    deadline.look()
    if state.level > MAX_LEVEL:
        raise ListError(
            f"The list cannot be parsed: line {start + 1} is nested deeper than"
            f" {MAX_LEVEL // 2} lists."
        )
    return False


def _line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A fast path for a paragraph of one line, as most in lists are, without the ten other rules.

    It is one if the next line is blank, or an item of a list around it.
    """
    source = state.src
    begin = state.bMarks[start] + state.tShift[start]
    if source[begin] in _BEGINS_A_BLOCK or state.sCount[start] - state.blkIndent > 3:
        return False
    after = state.bMarks[start + 1] + state.tShift[start + 1]
    indent = state.sCount[start + 1]
    if after < state.eMarks[start + 1] and not (
        source[after : after + 2] in ("- ", "* ", "+ ")
        and 0 <= indent < min(state.blkIndent, state.listIndent + 4)
    ):
        return False
    content = source[begin : state.eMarks[start]].rstrip(" \t")
    if source[begin] == "[" and "]:" in content:
        return False
    tokens = state.tokens
    assert isinstance(tokens, _Tokens)
    tokens.write_line(content, start)
    state.line = start + 1
    return True
