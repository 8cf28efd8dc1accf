"""Inline Markdown: the rules of markdown-it, adapted to real and to hostile lists."""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from crawler.lists.deadline import Deadline
from crawler.lists.dom import BOLD, CODE, LINE
from crawler.lists.raw_html import RawHtml
from crawler.model.errors import ListError

MAX_BRACKETS: Final = 100
"""Most nested brackets; looking ahead for links is recursive."""
MAX_TOKENS: Final = 100_000
"""Most tokens of one paragraph: all are held in memory, and emphasis is paired in one step."""
FREE_EXPANSION: Final = 100_000
"""Characters that references may add to any document; GitHub has the same limit."""

_LONG_RUN: Final = re.compile(r"(([*_~])\2{99})\2+")
"""Longest run of delimiters, each of which is a token; a longer line of stars is decoration."""
_TEXT_ENDS: Final = re.compile(r"[\n\\`*_~\[\]<&]|!(?=\[)|:(?=//)|www\.")

_WORDS: Final = r"[^\n\\`*_~\[\]<&!]++|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|&(?= )|!(?!\[)"
_ALT: Final = r"[^\n\\`*_~\[\]<&!\"]*+"
_URL: Final = r"(?:[\w!#$%'*+,./:;=?@~-]++|\([\w!#$%'*+,./:;=?@~-]*+\))++"
_IMAGE: Final = re.compile(rf"!\[({_ALT})\]\(({_URL})\)", re.A)
_LINK: Final = re.compile(
    rf"\[(?<!!\[)(\[?)((?:{_WORDS}|!\[{_ALT}\]\({_URL}\))++)\]\(({_URL})\)(\]?)", re.A
)
_CODE: Final = re.compile(r"`(?<!``)([^`\n\[\]<&]++)`(?!`)")
_SIMPLE: Final = re.compile(f"{_LINK.pattern}|{_IMAGE.pattern}|{_CODE.pattern}", re.A)
_NOT_SIMPLE: Final = re.compile(
    r"[\n\\`*~\[\]<]|:(?=//)|w(?=ww\.)|&(?! )|_(?:(?<![A-Za-z0-9]_)|(?![A-Za-z0-9]))"
)

_SCHEME: Final = re.compile(r"(?<![a-zA-Z])(?:https?|ftp)\Z", re.I)
_ADDRESS: Final = re.compile(r"(?:://|www\.)[^ \t\n\v\f\r<]++")
_ENTITY: Final = re.compile(r"&[a-zA-Z]++;\Z")


def simple_html(content: str) -> str | None:
    """The HTML of one line of words, links, images and code; None if it contains anything else.

    Nine of ten lines of a list are of this kind; this is much faster than the parser.
    """
    if _NOT_SIMPLE.search(_SIMPLE.sub(".", content)):
        return None
    html = _LINK.sub(_link_html, content)
    if "![" in html:
        html = _IMAGE.sub(r'<img alt="\1" src="\2">', html)
    return _CODE.sub(rf"<{CODE}>\1</{CODE}>", html) if "`" in html else html


def _link_html(found: re.Match[str]) -> str:
    before, text, url, after = found.groups()
    return f'{before}<a href="{url}">{text}</a>{after}'


def set_up(parser: MarkdownIt) -> None:
    """Add rules to markdown-it that lists need."""
    parser.inline.terminator_re = _TEXT_ENDS
    parser.inline.ruler.after("text", "deadline", _look)
    parser.inline.ruler.at("linkify", _address)
    parser.inline.ruler2.disable("fragments_join")


class Inlines:
    """Writes the content of paragraphs, headings and cells as HTML."""

    def __init__(self, parser: MarkdownIt, env: EnvType, raw: RawHtml, characters: int) -> None:
        self._parser = parser
        self._env = env
        self._raw = raw
        self._room = characters + max(characters, FREE_EXPANSION)
        self.expansion = 0
        """The characters of all addresses so far."""

    def expand(self, characters: int) -> None:
        """Count the characters of an address.

        Raises: ListError if there are too many.
        """
        self.expansion += characters
        if self.expansion > self._room:
            raise ListError("The list cannot be parsed: its references expand too far.")

    def write(self, content: str, line: int) -> str:
        """The HTML of `content`, whose first line is `line`; bold is the only emphasis in it."""
        state = _State(_LONG_RUN.sub(r"\1", content), self._parser, self._env, [])
        self._parser.inline.tokenize(state)
        for rule in self._parser.inline.ruler2.getRules(""):
            rule(state)
        out: list[str] = []
        seen = 0
        for token in state.tokens:
            begin = token.map[0] if token.map else seen
            line += state.src.count("\n", seen, begin)
            seen = begin
            out.append(self._html(token, line))
        return "".join(out)

    def _html(self, token: Token, line: int) -> str:
        match token.type:
            case "text" | "text_special":
                return escapeHtml(token.content)
            case "link_open":
                self.expand(len(str(token.attrs["href"])))
                self._raw.open("a")
                return f'<a {LINE}={line} href="{_encoded(token, "href")}">'
            case "strong_open":
                self._raw.open(BOLD)
                return f"<{BOLD}>"
            case "link_close" | "strong_close":
                tag = "a" if token.tag == "a" else BOLD
                self._raw.close(tag)
                return f"</{tag}>"
            case "image":
                return f'<img alt="{escapeHtml(_alt(token))}" src="{_encoded(token, "src")}">'
            case "code_inline":
                return f"<{CODE}>{escapeHtml(token.content)}</{CODE}>"
            case "html_inline":
                return self._raw.write(token.content, line)
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
        return ""


class _State(StateInline):
    """Its tokens know where they begin."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.map = [self.pos, self.pos]
        return token


def _encoded(token: Token, name: str) -> str:
    """An address as GitHub's renderer writes it."""
    return escapeHtml(quote(str(token.attrs[name]), safe="-_.+!*'(),%#@?=;:/&$~"))


def _alt(image: Token) -> str:
    """The text of an image's description."""
    return "".join(
        _alt(token) if token.type == "image" else token.content + " " * token.type.endswith("break")
        for token in image.children or ()
    )


def _look(state: StateInline, silent: bool) -> bool:
    deadline: Deadline = state.env["deadline"]
    deadline.look()
    if state.level > MAX_BRACKETS:
        raise ListError("The list cannot be parsed: its brackets are nested too deep.")
    if len(state.tokens) > MAX_TOKENS:
        raise ListError("The list cannot be parsed: one of its paragraphs is too long.")
    return False


def _address(state: StateInline, silent: bool) -> bool:
    """A bare `https://…` or `www.…`, as GitHub's renderer finds them.

    An address between brackets is not a link: `[Name][https://…]` is a common slip. linkify-it
    does not know this, nor `www.` alone, and it includes a trailing `_`.
    """
    source, start = state.src, state.pos
    if silent or state.linkLevel > 0 or source[start] not in ":w":
        return False
    scheme = ""
    if source[start] == ":":
        before = _SCHEME.search(source[max(0, start - 6) : start])
        if before is None or not state.pending.endswith(before[0]):
            return False
        scheme = before[0]
    elif start > 0 and source[start - 1] not in " \t\n*_~(":
        return False
    found = _ADDRESS.match(source, start)
    if found is None or any(
        find("[", 0, start) > find("]", 0, start) for find in (source.rfind, source.count)
    ):
        return False
    state.pending = state.pending[: len(state.pending) - len(scheme)]
    end = _address_end(source, start, found.end())
    text = scheme + source[start:end]
    state.push("link_open", "a", 1).attrs = {"href": text if scheme else f"http://{text}"}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
    state.pos = end
    return True


def _address_end(source: str, start: int, end: int) -> int:
    """The end of an address without the punctuation that belongs to the sentence."""
    excess = source.count(")", start, end) - source.count("(", start, end)
    while end > start:
        last = source[end - 1]
        if last == ")" and excess > 0:
            excess -= 1
        elif last == ";" and (entity := _ENTITY.search(source, max(start, end - 40), end)):
            end = entity.start() + 1
        elif last not in "?!.,:*_~'\";":
            break
        end -= 1
    return end
