"""Markdown's inlines as cmark-gfm reads them, on the state and the rules of markdown-it-py.

Links and images use the bracket stack of the CommonMark appendix instead of looking ahead
at each bracket: that is linear, has no nesting limit, and is what GitHub's renderer does.

https://spec.commonmark.org/0.29/#phase-2-inline-structure
https://github.github.com/gfm/#autolinks-extension-
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import (
    StateInline,
    emphasis,
    entity,
    escape,
    link_pairs,
    newline,
    strikethrough,
)
from markdown_it.token import Token

from crawler.lists.markdown.autolinks import scan_address, scan_pointed
from crawler.lists.markdown.references import (
    LABEL,
    MAX_LABEL,
    Destination,
    References,
    resolve_entities,
    scan_inline,
)
from crawler.lists.markdown.tags import scan_tag
from crawler.lists.markdown.work import Work

MAX_BACKTICKS: Final = 80
"""Longest run of backticks that begins a code span; cmark's own limit."""
MAX_DELIMITERS: Final = 50_000
"""Delimiters of one paragraph that may become emphasis; those after them stay text. Links do
not depend on them."""

TOKENS_SHIFT: Final = 18
"""Each 2 to the power of this many tokens of one paragraph, a token costs a step more: they
are all held at once."""

_ASCII_SPACES: Final = " \t\n\v\f\r"
_BACKTICKS: Final = re.compile("`+")
_SPECIAL: Final = re.compile(r"[\n\\`*_~\[\]<&]|!\[|:(?=//)|(?<![^\s*_~(])www\.", re.A)
"""Where plain text may end."""


@dataclass(slots=True)
class _Bracket:
    """A `[` or `![` that may yet open a link or an image."""

    token: int
    """Index of its token."""
    inside: int
    """Where the text after it begins."""
    image: bool
    delimiters: int
    """How many emphasis delimiters stood before it."""
    bracket_after: bool = False


class _Inline(StateInline):
    """One run of inline content; each token but text gets `map`: where in the run it begins."""

    def __init__(self, source: str, parser: MarkdownIt, references: References, work: Work) -> None:
        super().__init__(source, parser, {}, [])
        self.references = references
        self.work = work
        self.brackets: list[_Bracket] = []
        self.links_allowed = True
        self.unending: set[str] = set()
        self.runs: dict[int, int] = {}
        self.runs_known = False

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.work.spend(1 + (len(self.tokens) >> TOKENS_SHIFT))
        token = super().push(ttype, tag, nesting)
        token.map = [self.pos, self.pos]
        return token


def parse_inlines(
    source: str, parser: MarkdownIt, references: References, work: Work
) -> list[Token]:
    """The tokens of a paragraph, heading or cell."""
    state = _Inline(source, parser, references, work)
    end = len(source)
    while state.pos < end:
        found = _SPECIAL.search(source, state.pos)
        stop = found.start() if found else end
        if stop > state.pos:
            state.append_pending(source[state.pos : stop])
            state.pos = stop
        if found is None:
            break
        work.spend()
        rule = _RULES[source[stop]]
        if not rule(state, False):
            state.append_pending(source[stop])
            state.pos = stop + 1
    if state.pending:
        state.pushPending()
    _pair(state, 0)
    return state.tokens


def _pair(state: _Inline, bottom: int) -> None:
    """Resolve the emphasis between the delimiters from `bottom` on, and forget them."""
    delimiters = state.delimiters
    state.delimiters = delimiters[bottom:]
    if state.delimiters:
        state.tokens_meta = []
        link_pairs(state)
        strikethrough.postProcess(state)
        emphasis.postProcess(state)
    del delimiters[bottom:]
    state.delimiters = delimiters


def _open_bracket(state: _Inline, silent: bool) -> bool:
    image = state.src[state.pos] == "!"
    if state.brackets:
        state.brackets[-1].bracket_after = True
    marker = "![" if image else "["
    token = state.push("text", "", 0)
    token.content = marker
    state.pos += len(marker)
    state.brackets.append(_Bracket(len(state.tokens) - 1, state.pos, image, len(state.delimiters)))
    if not image:
        state.links_allowed = True
    return True


def _close_bracket(state: _Inline, silent: bool) -> bool:
    if not state.brackets:
        return False
    opener = state.brackets.pop()
    if not opener.image and not state.links_allowed:
        return False
    found = _destination(state, opener)
    if found is None:
        return False
    destination, end = found
    if state.pending:
        state.pushPending()
    _pair(state, opener.delimiters)
    token = state.tokens[opener.token]
    token.content = ""
    token.attrs = {"src" if opener.image else "href": destination.url}
    if destination.title:
        token.attrs["title"] = destination.title
    if opener.image:
        token.type = "image"
        token.content = _plain(state.tokens[opener.token + 1 :])
        del state.tokens[opener.token + 1 :]
    else:
        token.type = "link_open"
        state.push("link_close", "a", 0)
        state.links_allowed = False
    state.pos = end
    return True


def _code(state: _Inline, silent: bool) -> bool:
    """A run of backticks, which may begin a code span."""
    run = _BACKTICKS.match(state.src, state.pos)
    if run is None:
        return False
    end = _code_end(state, run.end(), len(run[0]))
    if end is None:
        state.append_pending(run[0])
        state.pos = run.end()
        return True
    code = state.src[run.end() : end - len(run[0])].replace("\n", " ")
    if code.startswith(" ") and code.endswith(" ") and code.strip(" "):
        code = code[1:-1]
    state.push("code_inline", "code", 0).content = code
    state.pos = end
    return True


def _code_end(state: _Inline, start: int, length: int) -> int | None:
    """Where the code span ends whose text begins at `start`.

    Once a run had no match, cmark remembers where it last saw a run of each length, and looks
    no further for a length seen before; that this can miss a match is part of how GitHub renders.
    """
    if length > MAX_BACKTICKS or (state.runs_known and state.runs.get(length, 0) <= start):
        return None
    for run in _BACKTICKS.finditer(state.src, start):
        state.runs[len(run[0])] = run.start()
        if len(run[0]) == length:
            return run.end()
    state.runs_known = True
    return None


def _delimiters(state: _Inline, silent: bool) -> bool:
    """A run of `*`, `_` or `~`, which may become emphasis."""
    if len(state.delimiters) > MAX_DELIMITERS:
        return False
    if state.src[state.pos] == "~":
        return strikethrough.tokenize(state, silent)
    return emphasis.tokenize(state, silent)


def _destination(state: _Inline, opener: _Bracket) -> tuple[Destination, int] | None:
    """Where the link or image that ends at `state.pos` goes, and where its source ends."""
    source = state.src
    close = state.pos
    after = close + 1
    if source.startswith("(", after) and (found := scan_inline(source, after)):
        return found
    label = LABEL.match(source, after)
    if label is not None and len(label[1]) <= MAX_LABEL:
        text, after = label[1].strip(_ASCII_SPACES), label.end()
    else:
        text = ""
    if not text:
        if opener.bracket_after:
            return None
        text = source[opener.inside : close]
    destination = state.references.resolve(text)
    return (destination, after) if destination else None


def _plain(tokens: list[Token]) -> str:
    """The text of tokens, for an image's alternative text."""
    return "".join(" " if token.type.endswith("break") else token.content for token in tokens)


def _pointed(state: _Inline, silent: bool) -> bool:
    """An autolink in `<>`, or raw HTML."""
    start = state.pos
    if found := scan_pointed(state.src, start):
        address, end = found
        text = state.src[start + 1 : end - 1]
        _push_link(state, address, resolve_entities(text))
    else:
        stop = scan_tag(state.src, start, state.unending)
        if stop is None:
            return False
        end = stop
        state.push("html_inline", "", 0).content = state.src[start:end]
    state.pos = end
    return True


def _address(state: _Inline, silent: bool) -> bool:
    """A bare address: `https://…` or `www.…`."""
    if state.brackets:
        return False
    found = scan_address(state.src, state.pos)
    if found is None:
        return False
    start, end = found
    if start < state.pos:
        state.pending = state.pending[: start - state.pos]
    text = state.src[start:end]
    _push_link(state, text if state.src[state.pos] == ":" else f"http://{text}", text)
    state.pos = end
    return True


def _push_link(state: _Inline, address: str, text: str) -> None:
    state.push("link_open", "a", 0).attrs = {"href": address}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", 0)


_RULES: Final[dict[str, Callable[[Any, bool], bool]]] = {
    "\n": newline,
    "\\": escape,
    "`": _code,
    "*": _delimiters,
    "_": _delimiters,
    "~": _delimiters,
    "[": _open_bracket,
    "!": _open_bracket,
    "]": _close_bracket,
    "<": _pointed,
    "&": entity,
    ":": _address,
    "w": _address,
}
