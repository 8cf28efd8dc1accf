"""The headings above a place in a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DETAILS_LEVEL: Final = 7
"""A `<summary>` stands below every heading before it."""

_CONTENTS: Final = re.compile(
    r"(?:table of )?contents?|toc|index|目录|目錄|目次|sommaire|índice|inhalt|inhaltsverzeichnis"
    r"|contenido|содержание|оглавление",
)


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    title: str


class Sections:
    """The path of headings at the place that a walk through a document has reached."""

    def __init__(self) -> None:
        self._path: list[_Heading] = []
        self._outside: list[list[_Heading]] = []
        self.current: tuple[str, ...] = ()
        """The titles, outermost first."""

    def enter(self, level: int, title: str) -> None:
        """A heading of `level` (1 to 6) begins a section; those as deep or deeper end."""
        if not title:
            return
        while self._path and self._path[-1].level >= level:
            self._path.pop()
        self._push(level, title)

    def enter_summary(self, title: str) -> None:
        """A `<summary>` begins a section that its `<details>` ends."""
        if title:
            self._push(_DETAILS_LEVEL, title)

    def open_details(self) -> None:
        """A `<details>` begins."""
        self._outside.append(list(self._path))

    def close_details(self) -> None:
        """The `<details>` that was opened last ends, and with it every section begun inside."""
        self._path = self._outside.pop()
        self._update()

    @property
    def in_contents(self) -> bool:
        """Whether the heading right above calls itself a table of contents."""
        if not self.current:
            return False
        words = re.sub(r"[^\w ]+", " ", self.current[-1]).strip().lower()
        return _CONTENTS.fullmatch(words) is not None

    def _push(self, level: int, title: str) -> None:
        self._path.append(_Heading(level, title))
        self._update()

    def _update(self) -> None:
        self.current = tuple(heading.title for heading in self._path)
