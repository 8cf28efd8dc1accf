"""The headings above a place in a document."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from crawler.lists.text import plain_words
from crawler.lists.vocabulary import is_show_more, without_show_more
from crawler.model.frozen import frozen
from crawler.model.text import cut

_DETAILS_LEVEL: Final = 7
"""The level of a `<summary>`: below all headings."""

_CONTENTS: Final = re.compile(
    r"(?:table of )?contents?|toc|index|目录|目錄|目次|sommaire|índice|inhalt|inhaltsverzeichnis"
    r"|contenido|содержание|оглавление",
)
_CREDIT: Final = (
    r"(?:contributing|contributions?|contribute|contribut[oe]rs?|licen[cs]e|credits?"
    r"|(?:special )?thanks(?: to)?|acknowled?ge?ments?|sponsors?|backers"
    r"|赞助商?|贊助商?|致谢|致謝|鸣谢|鳴謝|感谢|感謝|贡献者?|貢獻者?|贡献指南|许可证?|授權)"
)
_CREDITS: Final = re.compile(
    rf"(?:how to |our |the |code |financial )?{_CREDIT}(?: (?:and |or |our )*{_CREDIT})*"
    r"(?: guide| guidelines?)?(?: (?:to|for) (?:this|the) (?:list|project|repo|repository))?"
)
_MAX_HEADING: Final = 60
"""Longest heading that may be one of these."""


LONGEST_HEADING: Final = 200
"""Characters of a heading to keep; it is repeated for every entry below it."""

DEEPEST_PATH: Final = 12
"""Headings of a path to keep, from the outermost; lists have five levels, HTML six."""


class Paths:
    """The paths of headings of a document, cut to `DEEPEST_PATH`, so that equal ones are one
    value."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def get(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The value that stands for all equal paths."""
        path = path[:DEEPEST_PATH]
        return self._known.setdefault(path, path)


@frozen
class Heading:
    """A heading above a place."""

    level: int
    title: str


class Sections:
    """The path of headings at the current place of a walk through a document."""

    def __init__(self, path: tuple[Heading, ...] = ()) -> None:
        """`path` are the headings above its first place."""
        self._path = [*path]
        self._outside: list[list[Heading]] = []
        self._paths = Paths()
        self.current: tuple[str, ...] = ()
        """The titles, outermost first."""
        self._update()

    @property
    def path(self) -> tuple[Heading, ...]:
        """The headings, outermost first."""
        return tuple(self._path)

    def enter(self, level: int, title: str) -> None:
        """A heading of `level` (1 to 6) begins a section and ends those of the same or a deeper
        level."""
        if not title:
            return
        while self._path and self._path[-1].level >= level:
            self._path.pop()
        self._push(level, title)

    def enter_summary(self, title: str) -> None:
        """A `<summary>` with text begins a section that ends with its `<details>`."""
        title = without_show_more(title)
        if title and not is_show_more(title):
            self._push(_DETAILS_LEVEL, title)

    def open_details(self) -> None:
        """A `<details>` begins."""
        self._outside.append(list(self._path))

    def close_details(self) -> None:
        """The last opened `<details>` ends, with every section begun inside it."""
        self._path = self._outside.pop()
        self._update()

    def _push(self, level: int, title: str) -> None:
        self._path.append(Heading(level, cut(title, LONGEST_HEADING)))
        self._update()

    def _update(self) -> None:
        self.current = self._paths.get(tuple(heading.title for heading in self._path))


@lru_cache(1024)
def is_contents(section: tuple[str, ...]) -> bool:
    """Whether the heading directly above is that of a table of contents."""
    return _CONTENTS.fullmatch(_heading_above(section)) is not None


@lru_cache(1024)
def is_credits(section: tuple[str, ...]) -> bool:
    """Whether the heading directly above is about the makers of the list or its licence.

    Higher headings do not count, since some lists are below such a heading as a whole.
    """
    return _CREDITS.fullmatch(_heading_above(section)) is not None


def _heading_above(section: tuple[str, ...]) -> str:
    return plain_words(section[-1]) if section and len(section[-1]) <= _MAX_HEADING else ""
