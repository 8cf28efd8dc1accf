"""Write GitHub-flavoured Markdown: escaped text, links, headings and tables.

The syntax is that of https://github.github.com/gfm/. GitHub adds mentions, references to issues
and mathematics, which it documents elsewhere; the links stand beside the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from crawler.reports.words import web_address

_ESCAPES: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        # A table is split at `|` before its cells are parsed, and a backslash before it is removed.
        "|": "&#124;",
        "\\": "&#92;",
        # A backslash does not help: https://docs.github.com/en/get-started/writing-on-github/
        # working-with-advanced-formatting/writing-mathematical-expressions
        "$": "<span>$</span>",
        **{character: f"\\{character}" for character in "`*_[]~#"},
    }
)

_BREAK: Final = "<!-- -->"
"""Separates two characters, but is neither shown nor copied. A backslash or `&#64;` would not do:
GitHub looks for mentions in the rendered text. https://github.com/github/cmark-gfm/issues/181"""

_REFERENCES: Final = re.compile(
    r"""  (?<=@)                        # people, teams, commits, mail addresses
        | (?<=\#)(?=[0-9])              # issues and pull requests
        | (?<=\bgh-)(?=[0-9])           # the same: https://docs.github.com/en/get-started/
                                        # writing-on-github/working-with-advanced-formatting/
                                        # autolinked-references-and-urls
        | (?<=:)(?=//) | (?<=www)(?=\.) # addresses that become links by themselves
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Places inside text that GitHub would turn into a link or a notification."""


def escaped(line: str) -> str:
    """One printable line as Markdown that shows it literally, without markup, links or mentions.

    It must not be at the start of a line of the document. GitHub still replaces the names of emoji
    (`:rocket:`).
    """
    return _BREAK.join(part.translate(_ESCAPES) for part in _REFERENCES.split(line))


def link(line: str, url: str | None) -> str:
    """`line` as a link, or as plain text if `url` is not a plain web address."""
    address = web_address(url)
    if address is None:
        return escaped(line)
    target = quote(address, safe=":/?#@!$&'+,;=%").replace("&", "&amp;")
    return f"[{escaped(line)}]({target})"


def heading(line: str, level: int) -> str:
    """A heading of `level`, at most 6."""
    return f"{'#' * min(level, 6)} {escaped(line)}"


def table(columns: Sequence[tuple[str, bool]]) -> list[str]:
    """The first two lines of a table. `columns` are pairs: the heading, and whether the column
    holds numbers."""
    rules = ["---:" if number else "---" for _, number in columns]
    return [row(escaped(name) for name, _ in columns), row(rules)]


def row(cells: Iterable[str]) -> str:
    """A row of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |"
