"""The pieces of a list that may be entries: its items, table rows, and other lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from enum import Enum, auto
from operator import attrgetter
from typing import Final

from crawler.lists.forges import place_of_url
from crawler.lists.text import collapse
from crawler.model.frozen import frozen
from crawler.model.hosts import Target

_SCHEME: Final = re.compile(r"(?:https?://)?(?:www\.)?", re.I)
SOFT_BREAK: Final = "\n"
HARD_BREAK: Final = "\f"
"""Pieces for the end of a line: of the source, and of a line that readers see."""
_BREAKS: Final = frozenset({SOFT_BREAK, HARD_BREAK})


class Kind(Enum):
    """The kind of a unit in the document."""

    ITEM = auto()
    ROW = auto()
    LINE = auto()
    HEADING = auto()


@dataclass(slots=True, eq=False)
class Link:
    """A link in a unit."""

    target: Target | None
    """The page of a repository that it leads to; None if its host is not supported."""
    url: str
    line: int
    start: int
    """Index of the first piece of its text in its unit."""
    end: int = 0
    """Index after the last piece of its text."""
    text: str = ""
    alt: str = ""
    """The alternative texts of the images in it."""
    is_badge: bool = False
    """Whether an image in it is a badge or an icon, which its alternative text does not name."""
    in_footnote: bool = False
    """Whether it is a footnote or in one."""

    @property
    def place(self) -> tuple[str, str, str] | None:
        """The host, owner and name of the repository that it leads to, on any host."""
        if self.target is None:
            return place_of_url(self.url)
        repository = self.target.repository
        return repository.host, repository.owner, repository.name

    @property
    def is_address(self) -> bool:
        """Whether its text is its own address."""
        text, address = (
            _SCHEME.sub("", each, count=1).rstrip("/…. ") for each in (self.text, self.url)
        )
        return "/" in text and address.lower().startswith(text.lower())


@dataclass(slots=True)
class Cell:
    """A cell of a row, as a range of its pieces."""

    start: int
    is_header: bool
    end: int = 0


@dataclass(slots=True, eq=False)
class Unit:
    """One item, row, heading or line, without the units nested in it."""

    kind: Kind
    order: int
    """Its place among the units of the document, ordered by where they begin."""
    section: tuple[str, ...]
    first_line: int
    last_line: int
    below: tuple[str, ...] = ()
    """The section that it begins, if it is a heading."""
    paragraph: str = ""
    """The text directly below it, if it is a heading."""
    parent: Unit | None = None
    """The item that contains it."""
    unfolds: Unit | None = None
    """The item that it is nested in, if it is the first there to hold a `<summary>`."""
    is_unfolded: bool = False
    """Whether a unit nested in it unfolds it."""
    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    bold: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of pieces in bold."""
    cells: list[Cell] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    """The headers of its table, if it is a row."""
    above: str = ""
    """The paragraph without links above it in its section."""
    block: list[Unit] = field(default_factory=list)
    """The lines of its paragraph, with it and those without links, if it is a line."""
    leads_with_link: bool | None = None
    """Whether no word stands before its first link with text; None if it has no such link."""

    def whole(self) -> Part:
        """The whole unit."""
        return Part(self, 0, len(self.pieces))


@frozen
class Part:
    """A range of the pieces of a unit: a cell, a line, or all of it."""

    unit: Unit
    start: int
    end: int

    @property
    def links(self) -> list[Link]:
        """Its links, without those of footnotes."""
        links = self.unit.links
        if len(links) == 1 and self.start <= links[0].start < self.end:
            return [] if links[0].in_footnote else links
        first = bisect_left(links, self.start, key=attrgetter("start"))
        last = bisect_left(links, self.end, lo=first, key=attrgetter("start"))
        return [link for link in links[first:last] if not link.in_footnote]

    def text(self, start: int | None = None, end: int | None = None) -> str:
        """The plain text of some pieces, given as indexes of the unit, or of all pieces."""
        first = self.start if start is None else max(start, self.start)
        return collapse("".join(self.unit.pieces[first : self.end if end is None else end]))

    def lines(self) -> list[Part]:
        """Its lines that are not blank."""
        pieces = self.unit.pieces
        first, last = self.start, self.end
        while first < last and pieces[last - 1] in _BREAKS:
            last -= 1
        while first < last and pieces[first] in _BREAKS:
            first += 1
        breaks = [at for at in range(first, last) if pieces[at] in _BREAKS]
        if not breaks:
            return [self]
        edges = zip(
            [self.start, *(index + 1 for index in breaks)], [*breaks, self.end], strict=True
        )
        parts = [Part(self.unit, start, end) for start, end in edges]
        return [part for part in parts if part.text() or part.links]

    def visible_lines(self) -> list[Part]:
        """Its lines as readers see them, without blank ones."""
        lines = self.lines()
        if len(lines) < 2:
            return lines
        merged: list[Part] = []
        for part in lines:
            if merged and HARD_BREAK not in self.unit.pieces[merged[-1].end : part.start]:
                merged[-1] = Part(self.unit, merged[-1].start, part.end)
            else:
                merged.append(part)
        return merged
