"""The pieces of a list that may be entries: its items, its table rows, and its other lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from selectolax.lexbor import LexborNode

from crawler.lists.markdown.document import lines_of
from crawler.lists.markdown.work import Work
from crawler.lists.sections import Sections
from crawler.lists.targets import Target, target_of
from crawler.lists.text import collapse, has_word, words

_INLINE: Final = words(
    """a abbr b bdi bdo big cite code data del dfn em font g-emoji i img ins kbd label mark
    nobr picture q relative-time ruby rb rp rt s samp small source span strike strong sub sup
    svg time tt u var video wbr input"""
)
"""Elements that stand in a line of text; all others end it."""
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}


class Kind(Enum):
    """What a unit is in the document."""

    ITEM = auto()
    ROW = auto()
    LINE = auto()
    HEADING = auto()


_KINDS: Final = {"li": Kind.ITEM, "tr": Kind.ROW}


@dataclass(slots=True)
class Link:
    """A link in a unit."""

    target: Target | None
    """Where it lies on GitHub; None if elsewhere."""
    url: str
    line: int
    start: int
    """Index of the first piece of its text in its unit."""
    end: int = 0
    """Index behind the last piece of its text."""
    text: str = ""
    alt: str = ""
    """The alternative texts of the images in it."""


@dataclass(slots=True)
class Unit:
    """One item, row, heading or line, without the units nested in it."""

    kind: Kind
    order: int
    """Its place among the units of the document, by where they begin."""
    section: tuple[str, ...]
    first_line: int
    last_line: int
    below: tuple[str, ...] = ()
    """The section that it begins, if it is a heading."""
    unfolds: Unit | None = None
    """The item that it is nested in, if it is the first there to hold a `<summary>`."""
    is_unfolded: bool = False
    """Whether a unit nested in it unfolds it."""
    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    leads_with_link: bool | None = None
    """Whether no word stands before its first link with text; None if it has no such link."""

    @property
    def lead(self) -> Link | None:
        """The first link with text."""
        return next((link for link in self.links if link.text), None)

    def text(self, start: int = 0, end: int | None = None) -> str:
        """The plain text of some pieces."""
        return collapse("".join(self.pieces[start:end]))


def read_units(root: LexborNode, work: Work) -> list[Unit]:
    """The units of a document that hold a link, in its order."""
    reader = _Reader()
    stack: list[tuple[int, str]] = []
    for count, node in enumerate(root.traverse(include_text=True)):
        if count % 8192 == 0:
            work.look()
        parent = node.parent
        parent_id = parent.mem_id if parent is not None else 0
        while stack and stack[-1][0] != parent_id:
            reader.close(stack.pop()[1])
        tag = node.tag or ""
        if tag == "-text":
            reader.text(node.text_content or "")
        else:
            stack.append((node.mem_id, tag))
            reader.open(tag, node.attributes)
    while stack:
        reader.close(stack.pop()[1])
    reader.end_line()
    return sorted(reader.done, key=lambda unit: unit.order)


class _Reader:
    """Gathers units from the elements and texts of a document, one after the other."""

    def __init__(self) -> None:
        self.done: list[Unit] = []
        self._sections = Sections()
        self._units: list[Unit] = []
        self._open_line: Unit | None = None
        self._link: Link | None = None
        self._link_text: list[str] = []
        self._heading: list[str] | None = None
        self._line = 0
        self._started = 0
        self._pre = 0
        self._code = 0

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """An element begins."""
        first, last = lines_of(attributes)
        if first is not None:
            self._line = first
        if tag in _INLINE or tag == "br":
            self._reach()
        if tag in _INLINE:
            self._open_inline(tag, attributes)
            if last is not None:
                self._line = last
                self._reach()
            return
        self._break()
        if kind := _KINDS.get(tag):
            self._units.append(self._begin(kind))
        elif tag in _HEADINGS or tag == "summary":
            self._heading = []
            if not self._units:
                self._units.append(self._begin(Kind.HEADING))
            elif tag == "summary":
                self._unfold()
        elif tag == "details":
            self._sections.open_details()
        elif tag == "pre":
            self._pre += 1

    def _open_inline(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "a":
            href = attributes.get("href")
            if href is not None:
                self._close_link()
                self._open_link(href)
        elif tag == "img":
            if self._link is not None:
                self._link.alt = collapse(f"{self._link.alt} {attributes.get('alt') or ''}")
        elif tag == "code" and self._pre:
            self._code += 1

    def close(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._close_link()
        elif tag == "code" and self._code:
            self._code -= 1
        if tag in _INLINE:
            return
        self._break()
        if tag in _KINDS:
            self._end_unit()
        elif tag in _HEADINGS or tag == "summary":
            self._close_heading(tag)
        elif tag == "details":
            self._sections.close_details()
        elif tag == "pre":
            self._pre -= 1

    def text(self, text: str) -> None:
        """A run of text; its line breaks are those of the source."""
        if self._heading is not None:
            self._heading.append(text)
        if self._link is not None:
            self._link_text.append(text)
        for number, part in enumerate(text.split("\n")):
            if number:
                self._line += 1
                self._newline()
            if part and not self._code:
                self._add(part)

    def end_line(self) -> None:
        """The line that stands in no item, row or heading ends."""
        if self._open_line is not None:
            self._keep(self._open_line)
            self._open_line = None

    def _reach(self) -> None:
        """The unit that is open goes on up to this line."""
        unit = self._units[-1] if self._units else self._open_line
        if unit is not None and unit.pieces:
            unit.last_line = self._line

    def _begin(self, kind: Kind) -> Unit:
        self._started += 1
        return Unit(kind, self._started, self._sections.current, self._line, self._line)

    def _unit(self) -> Unit:
        if self._units:
            return self._units[-1]
        if self._open_line is None:
            self._open_line = self._begin(Kind.LINE)
        return self._open_line

    def _keep(self, unit: Unit) -> None:
        if unit.links:
            self.done.append(unit)

    def _add(self, text: str) -> None:
        blank = not text.strip()
        if blank and not self._units and self._open_line is None:
            return
        unit = self._unit()
        unit.pieces.append(text)
        if not blank:
            unit.last_line = self._line

    def _newline(self) -> None:
        line = self._open_line
        if self._units or line is None:
            self._add(" ")
        elif line.leads_with_link and self._link is None:
            self.end_line()
        else:
            line.pieces.append(" ")

    def _break(self) -> None:
        """A block begins or ends, and with it the line that stood before it."""
        if self._units or self._link is not None:
            self._add(" ")
        else:
            self.end_line()

    def _unfold(self) -> None:
        if len(self._units) > 1 and not self._units[-2].is_unfolded:
            self._units[-2].is_unfolded = True
            self._units[-1].unfolds = self._units[-2]

    def _end_unit(self) -> None:
        self._keep(self._units.pop())

    def _close_heading(self, tag: str) -> None:
        title = collapse("".join(self._heading or ()))
        self._heading = None
        if tag == "summary":
            self._sections.enter_summary(title)
        else:
            self._sections.enter(_HEADINGS[tag], title)
        if self._units and self._units[-1].kind is Kind.HEADING:
            unit = self._units[-1]
            unit.below = self._sections.current
            unit.section = unit.below[:-1]
            self._end_unit()

    def _open_link(self, href: str) -> None:
        unit = self._unit()
        unit.last_line = self._line
        self._link = Link(target_of(href), href, self._line, len(unit.pieces))
        self._link_text = []

    def _close_link(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        unit = self._unit()
        link.end = len(unit.pieces)
        link.text = collapse("".join(self._link_text))
        unit.links.append(link)
        if link.text and unit.leads_with_link is None:
            unit.leads_with_link = not has_word("".join(unit.pieces[: link.start]))
