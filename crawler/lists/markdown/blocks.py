"""Markdown's blocks as cmark-gfm reads them: rules for markdown-it-py where the two differ.

Paragraphs, setext headings, link reference definitions and tables are one rule, since
GFM decides between them by the lines of one paragraph, and so each line is seen once.

https://github.github.com/gfm/#leaf-blocks
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, fence, heading, hr, list_block
from markdown_it.token import Token
from markdown_it.utils import EnvType

from crawler.lists.markdown.html_blocks import html_block, line_of
from crawler.lists.markdown.references import References, take_definitions
from crawler.lists.markdown.work import Work
from crawler.model.errors import ListError

MAX_LEVEL: Final = 200
"""Deepest nesting: a quote is one level, a list two. cmark-gfm itself opens no list deeper
than 100 on one line."""
STEPS_PER_BLOCK: Final = 5
"""What a block costs beyond its nesting."""
MAX_CELLS: Final = 0x80000
"""Cells that short rows of one table may lack; cmark-gfm's own limit."""

CODE_INDENT: Final = 4
"""Columns by which code is indented."""

_Rule = Callable[[StateBlock, int, int, bool], bool]

_ASCII_SPACES: Final = " \t\n\v\f\r"
_THEMATIC: Final = re.compile(r"([-*_])(?:[ \t]*+\1){2,}+\Z")
_MAY_INTERRUPT: Final = frozenset("#>`~<*+-_0123456789")
"""What a line that ends a paragraph can begin with."""
_UNDERLINE: Final = re.compile(r"(?:=+|-+)[ \t]*")
_DELIMITER_ROW: Final = re.compile(
    r"\|?[ \t\v\f]*+:?-+:?[ \t\v\f]*+(?:\|[ \t\v\f]*+:?-+:?[ \t\v\f]*+)*+\|?[ \t\v\f]*+"
)
_TASK: Final = re.compile(r"[ \t\v\f]*(?:[-+*]|[0-9]+.)[ \t\v\f]+\[[ xX]\](?:[ \t\v\f]|$)", re.M)
_CELL_END: Final = re.compile(r"(?<!\\)\|[ \t\v\f]*")


def parse_blocks(text: str, work: Work) -> tuple[list[Token], References, MarkdownIt]:
    """The block tokens of a document with `map`, their source lines, and its definitions."""
    references = References.for_document(text)
    parser = _parser()
    tokens: list[Token] = []
    env: EnvType = {"work": work, "references": references, "indents": []}
    parser.block.parse(text, parser, env, tokens)
    return tokens, references, parser


def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": True, "maxNesting": 2 * MAX_LEVEL})
    ruler = parser.block.ruler
    everywhere: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    ruler.before("table", "work", _spend, everywhere)
    ruler.at("fence", _guarded(fence, "`~"), everywhere)
    ruler.at("hr", _guarded(_thematic_break, "*-_"), everywhere)
    ruler.at("heading", _guarded(heading, "#"), {"alt": ["paragraph", "blockquote"]})
    ruler.at("html_block", _guarded(html_block, "<"), {"alt": ["paragraph", "blockquote"]})
    ruler.at("blockquote", _container(_guarded(blockquote, ">"), quote=True), everywhere)
    ruler.at(
        "list",
        _container(_guarded(list_block, "*-+0123456789"), quote=False),
        {"alt": ["paragraph", "blockquote"]},
    )
    ruler.at("paragraph", _paragraph)
    ruler.disable(["table", "reference", "lheading"])
    return parser


def _guarded(rule: _Rule, beginnings: str) -> _Rule:
    """`rule`, but that it ends no paragraph or quote where GFM continues it.

    `beginnings` are the characters that it can begin with, so that most lines are passed over
    at once.
    """
    first = frozenset(beginnings)

    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        position = state.bMarks[start] + state.tShift[start]
        if state.src[position : position + 1] not in first:
            return False
        return not (silent and _continues(state, start)) and rule(state, start, end, silent)

    return guarded


def _container(rule: _Rule, *, quote: bool) -> _Rule:
    """`rule` of a quote or a list, which remembers the indentation around it meanwhile."""

    def container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if silent:
            return rule(state, start, end, silent)
        around: list[int] = state.env["indents"]
        state.env["indents"] = [] if quote else [*around, state.blkIndent]
        found = rule(state, start, end, silent)
        state.env["indents"] = around
        return found

    return container


def _continues(state: StateBlock, line: int) -> bool:
    """Whether `line` lies outside of the block that it is read for, and begins no other.

    A line of a quote's paragraph without the quote's marker has the indentation -1 once it
    was looked at; and one that is indented by four, counted from the innermost list item that
    it lies in, is no block's beginning.
    """
    indent = state.sCount[line]
    if indent < 0:
        return True
    if indent >= state.blkIndent:
        return False
    inside = [around for around in state.env["indents"] if around <= indent]
    return indent - max(inside, default=0) >= CODE_INDENT


def _thematic_break(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A thematic break. Most lines that begin like one end otherwise, which is seen at once."""
    first = state.bMarks[start] + state.tShift[start]
    last = state.skipSpacesBack(state.eMarks[start], first) - 1
    if state.src[first : first + 1] != state.src[last : last + 1]:
        return False
    return _THEMATIC.match(state.src, first, last + 1) is not None and hr(state, start, end, silent)


def _spend(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """No block: spends work at each place where a block may begin, and bounds the nesting."""
    if state.level > MAX_LEVEL:
        raise ListError(
            f"The list cannot be parsed: line {start + 1} is nested deeper than"
            f" {MAX_LEVEL // 2} lists."
        )
    work: Work = state.env["work"]
    work.spend(1 + (state.level >> 3) if silent else STEPS_PER_BLOCK + state.level)
    return False


def _interrupted(state: StateBlock, line: int, rules: str) -> bool:
    """Whether another block begins on `line`."""
    start = state.bMarks[line] + state.tShift[line]
    if state.src[start] not in _MAY_INTERRUPT:
        return False
    ending = state.md.block.ruler.getRules(rules)
    return any(rule(state, line, state.lineMax, True) for rule in ending)


def _paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph, or the setext heading, the table and the definitions that it turns out to be."""
    work: Work = state.env["work"]
    references: References = state.env["references"]
    lines = [line_of(state, start)]
    if state.tokens and state.tokens[-1].type == "list_item_open" and _is_task(state, start):
        lines[0] = lines[0][3:].lstrip(_ASCII_SPACES)
        if not lines[0]:
            state.line = start + 1
            return True
    first = start
    level = 0
    columns = 0
    parent, state.parentType = state.parentType, "paragraph"
    tables = True
    line = start + 1
    while line < state.lineMax and not state.isEmpty(line):
        work.spend(0)
        indent = state.sCount[line] - state.blkIndent
        text = line_of(state, line)
        if state.sCount[line] < 0 or indent > 3:
            lines.append(text)
            line += 1
            continue
        if indent >= 0 and text[0] in "=-" and _UNDERLINE.fullmatch(text):
            rest = take_definitions("\n".join(lines), references)
            if rest.strip(_ASCII_SPACES):
                level = 1 if text[0] == "=" else 2
                first += len(lines) - 1 - rest.count("\n")
                lines = [rest]
                break
            first, lines = line, []
        elif _interrupted(state, line, "paragraph"):
            break
        elif indent >= 0 and tables and text[0] in "|-:" and _DELIMITER_ROW.fullmatch(text):
            columns = len(_cells(text))
            if len(_cells(lines[-1])) == columns:
                break
            columns, tables = 0, False
        lines.append(text)
        line += 1
    state.parentType = parent
    if columns:
        _push_table(state, first, lines, line, columns)
        return True
    state.line = line + 1 if level else line
    content = "\n".join(lines)
    if not level:
        content = take_definitions(content, references)
        first += len(lines) - 1 - content.count("\n")
    content = content.rstrip(_ASCII_SPACES)
    if content:
        _push_inline(state, f"h{level}" if level else "p", content, first, state.line)
    return True


def _is_task(state: StateBlock, line: int) -> bool:
    """Whether the item that begins on `line`, as the first thing on it, has a check box."""
    begin = state.src.rfind("\n", 0, state.bMarks[line] + state.tShift[line]) + 1
    return _TASK.match(state.src, begin) is not None


def _push_inline(state: StateBlock, tag: str, content: str, start: int, end: int) -> None:
    kind = "paragraph" if tag == "p" else "heading" if tag[0] == "h" else tag
    state.push(f"{kind}_open", tag, 1).map = [start, end]
    token = state.push("inline", "", 0)
    token.content = content
    token.map = [start, end]
    state.push(f"{kind}_close", tag, -1)


def _cells(row: str) -> list[str]:
    """The cells of a table row; empty if it is no row. Trailing pipes open no cell."""
    text = row.rstrip("\r\n")
    begin = _CELL_END.match(text)
    cells = _CELL_END.split(text[begin.end() if begin else 0 :])
    if not cells[-1]:
        cells.pop()
    return [cell.strip(_ASCII_SPACES).replace("\\|", "|") for cell in cells]


def _push_table(
    state: StateBlock, first: int, lines: list[str], delimiter: int, columns: int
) -> None:
    """The table whose delimiter row is line `delimiter`, and the paragraph before its header."""
    *before, header = lines
    start = delimiter - 1
    if before:
        text = "\n".join(before).replace("\\|", "|").rstrip(_ASCII_SPACES)
        _push_inline(state, "p", text, first, start)
    table = state.push("table_open", "table", 1)
    _push_row(state, start, "th", _cells(header))
    parent, state.parentType = state.parentType, "table"
    line = delimiter + 1
    missing = 0
    while line < state.lineMax and not state.isEmpty(line):
        indent = state.sCount[line] - state.blkIndent
        if not 0 <= indent <= 3 or missing > MAX_CELLS or _interrupted(state, line, "blockquote"):
            break
        text = line_of(state, line)
        cells = _cells(text)
        if not cells:
            break
        missing += max(0, columns - len(cells))
        _push_row(state, line, "td", cells[:columns])
        line += 1
    state.parentType = parent
    table.map = [start, line]
    state.push("table_close", "table", -1)
    state.line = line


def _push_row(state: StateBlock, line: int, tag: str, cells: list[str]) -> None:
    work: Work = state.env["work"]
    work.spend(2 * len(cells) + 1)
    state.push("tr_open", "tr", 1).map = [line, line + 1]
    for cell in cells:
        _push_inline(state, tag, cell, line, line + 1)
    state.push("tr_close", "tr", -1)
