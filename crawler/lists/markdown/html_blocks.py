"""Blocks of raw HTML as cmark-gfm begins and ends them.

https://github.github.com/gfm/#html-blocks
"""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock

from crawler.lists.markdown.tags import CLOSE_TAG, OPEN_TAG

_BLOCK_NAMES: Final = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details"
    "|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head"
    "|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p"
    "|param|section|source|title|summary|table|tbody|td|tfoot|th|thead|tr|track|ul"
)
_HTML_BLOCKS: Final = tuple(
    (re.compile(start, re.I | re.A), re.compile(end, re.I | re.A))
    for start, end in (
        (r"<(?:script|pre|style|textarea)(?:[\s>]|$)", r"</(?:script|pre|style|textarea)>"),
        (r"<!--", r"-->"),
        (r"<\?", r"\?>"),
        (r"<!\[CDATA\[", r"\]\]>"),
        (rf"</?(?:{_BLOCK_NAMES})(?:\s|/?>|$)", r""),
    )
)
_DECLARATION: Final = (re.compile(r"<![A-Z]"), re.compile(r">"))
_LONE_TAG: Final = re.compile(rf"(?:{OPEN_TAG}|{CLOSE_TAG})[\t\f ]*$")


def line_of(state: StateBlock, line: int) -> str:
    """A line without its container's markers and its indentation."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """HTML that begins a line, up to the line that its kind ends with."""
    if state.is_code_block(start):
        return False
    if not state.src.startswith("<", state.bMarks[start] + state.tShift[start]):
        return False
    text = line_of(state, start)
    in_paragraph = (
        silent and state.parentType == "paragraph" and state.sCount[start] >= state.blkIndent
    )
    ending = _html_ending(text, in_paragraph=in_paragraph)
    if ending is None:
        return False
    if silent:
        return True
    line = start + 1
    stops_at_blank = not ending.pattern
    if stops_at_blank or not ending.search(text):
        while line < end:
            if state.isEmpty(line):
                if stops_at_blank:
                    break
            elif state.sCount[line] < state.blkIndent:
                break
            elif not stops_at_blank and ending.search(line_of(state, line)):
                line += 1
                break
            line += 1
    state.line = line
    token = state.push("html_block", "", 0)
    token.map = [start, line]
    token.content = state.getLines(start, line, state.blkIndent, True)
    return True


def _html_ending(text: str, *, in_paragraph: bool) -> re.Pattern[str] | None:
    """The pattern that ends the kind of HTML block that `text` begins; empty for a blank line."""
    for begin, ending in _HTML_BLOCKS:
        if begin.match(text):
            return ending
    if _DECLARATION[0].match(text):
        return _DECLARATION[1]
    if not in_paragraph and _LONE_TAG.match(text):
        return _HTML_BLOCKS[-1][1]
    return None
