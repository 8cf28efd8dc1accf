"""GitHub-flavoured Markdown: texts that stay texts, links and tables.

https://github.github.com/gfm/ is the syntax. What GitHub does to the result on top of it (people
and issues that are mentioned, mathematics) follows its own documents, as said at each place.
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
        # Tables are cut at `|` before anything else is read, and take a backslash before it away.
        "|": "&#124;",
        "\\": "&#92;",
        # https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/
        # writing-mathematical-expressions says so; a backslash does not help.
        "$": "<span>$</span>",
        **{character: f"\\{character}" for character in "`*_[]~#"},
    }
)

_BREAK: Final = "<!-- -->"
"""Draws nothing and is not copied, and what stands around it is not read as one word. GitHub
looks for mentions in the text that was rendered, where neither a backslash nor `&#64;` is seen
any more: https://github.com/github/cmark-gfm/issues/181"""

_REFERENCES: Final = re.compile(
    r"""  (?<=@)                        # people, teams, commits, mail addresses
        | (?<=\#)(?=[0-9])              # issues and pull requests
        | (?<=\bgh-)(?=[0-9])           # the same, as https://docs.github.com/en/get-started/
                                        # writing-on-github/working-with-advanced-formatting/
                                        # autolinked-references-and-urls has it
        | (?<=:)(?=//) | (?<=www)(?=\.) # addresses that become links by themselves
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Places inside of what would become a link, or tell somebody."""


def escaped(line: str) -> str:
    """One printable line, so that it is read as it stands: no markup, link or mention in it.

    It must not open a line of the document. The names of emoji (`:rocket:`) are left to GitHub.
    """
    return _BREAK.join(part.translate(_ESCAPES) for part in _REFERENCES.split(line))


def link(line: str, url: str | None) -> str:
    """`line` as a link; only as text where `url` is no plain web address."""
    address = web_address(url)
    if address is None:
        return escaped(line)
    target = quote(address, safe=":/?#@!$&'+,;=%").replace("&", "&amp;")
    return f"[{escaped(line)}]({target})"


def heading(line: str, level: int) -> str:
    """A heading of `level`, or of the lowest that there is."""
    return f"{'#' * min(level, 6)} {escaped(line)}"


def table(columns: Sequence[tuple[str, bool]]) -> list[str]:
    """The head of a table; of each column what stands above it, and whether it is of numbers."""
    rules = ["---:" if number else "---" for _, number in columns]
    return [row(escaped(name) for name, _ in columns), row(rules)]


def row(cells: Iterable[str]) -> str:
    """A row of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |"
