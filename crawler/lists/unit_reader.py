"""Read the units of a list from its document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from crawler.lists.deadline import Deadline
from crawler.lists.dom import BOLD, CODE, HEADINGS, INLINE, lines_of
from crawler.lists.sections import Heading, Sections
from crawler.lists.targets import meant_part, target_of
from crawler.lists.text import collapse, has_name, has_word, with_emoji, without_marks
from crawler.lists.units import HARD_BREAK, SOFT_BREAK, Cell, Kind, Link, Part, Unit
from crawler.lists.vocabulary import is_badge, role_of
from crawler.model.hosts import Hosts

_CELLS: Final = frozenset({"td", "th"})
_MAX_TITLE: Final = 300
_MAX_PIECES: Final = 20
"""Characters and pieces before an address to search for a name in brackets."""

_MARK: Final = re.compile(r"\^[^\s\[\]]+")
"""The text of a footnote mark; it becomes a link if the footnote is an address."""
_NOTE: Final = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§]+)[\])]?")
"""The text of a mark that links to a handwritten note."""
_FOOTNOTE: Final = re.compile(r"\s*\[\^[^\s\[\]]+\]:")
_COMMENT: Final = "-comment"
"""The tag of a comment, which is invisible and does not end a line."""
_BRACKET_END: Final = re.compile(r"^\s*(?:\"[^\"]*\"|'[^']*')?\s*\)")
_NAME_BEFORE_ADDRESS: Final = re.compile(r"\[([^\[\]]+)\]\s*\(\s*\Z")
"""`[Name] (address)`: because of the blank it is not a link."""
_KINDS: Final = {"li": Kind.ITEM, "tr": Kind.ROW}


@dataclass(slots=True)
class _Table:
    headers: tuple[str, ...] = ()
    rows: int = 0


def read_units(roots: Iterable[LexborNode], deadline: Deadline, hosts: Hosts) -> Iterator[Unit]:
    """The units of a document that contain a link, in order.

    A unit may still change until the end of the document, since later text may belong to it.
    """
    reader = UnitReader(deadline, hosts)
    for root in roots:
        yield from reader.read(root)


class UnitReader:
    """Collects units from the elements and texts of a document, one after the other."""

    def __init__(
        self, deadline: Deadline, hosts: Hosts, path: tuple[Heading, ...] = (), begun: int = 0
    ) -> None:
        """`path` are the headings above what is read, `begun` the units that begin before it."""
        self._deadline = deadline
        self._hosts = hosts
        self.begun = begun
        """How many units have begun, with those without links."""
        self._sections = Sections(path)
        self._done: list[Unit] = []
        self._units: list[Unit] = []
        self._open_line: Unit | None = None
        self._block: list[Unit] = []
        self._described: Unit | None = None
        self._above = ""
        self._tables: list[_Table] = []
        self._link: Link | None = None
        self._link_text: list[str] = []
        self._heading: list[str] | None = None
        self._bold = 0
        self._line = 0
        self._pre = 0
        self._code = 0
        self._at_start = True
        self._in_footnote = False
        self._bracket_open = False

    @property
    def path(self) -> tuple[Heading, ...]:
        """The headings above what follows."""
        return self._sections.path

    def read(self, root: LexborNode) -> list[Unit]:
        """The units in the next element of the document, in order."""
        stack: list[tuple[int, str]] = []
        for count, node in enumerate(root.traverse(include_text=True)):
            if count % 512 == 0:
                self._deadline.look()
            parent = node.parent
            parent_id = parent.mem_id if parent is not None else 0
            while stack and stack[-1][0] != parent_id:
                self.close(stack.pop()[1])
            tag = node.tag or ""
            if tag == "-text":
                self.text(node.text_content or "")
            elif tag != _COMMENT:
                stack.append((node.mem_id, tag))
                self.open(tag, node.attributes)
        while stack:
            self.close(stack.pop()[1])
        self.end_line()
        done, self._done = self._done, []
        return sorted(done, key=lambda unit: unit.order)

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Begin an element."""
        first, last = lines_of(attributes)
        if first is not None and (tag != "a" or first > self._line):
            self._line = first  # an unclosed `<a>` is opened again in each block further down
        if tag in INLINE:
            self._reach()
            self._open_inline(tag, attributes)
            if last is not None:
                self._line = last
                self._reach()
            return
        self._break(tag)
        if kind := _KINDS.get(tag):
            self._units.append(self._begin(kind))
        elif tag in HEADINGS or tag == "summary":
            self._heading = []
            if not self._units:
                self._units.append(self._begin(Kind.HEADING))
            elif tag == "summary":
                self._unfold()
        elif tag == "details":
            self._sections.open_details()
        elif tag == "pre":
            self._pre += 1
        elif tag == "table":
            self._tables.append(_Table())
        elif tag in _CELLS and self._units:
            unit = self._units[-1]
            unit.cells.append(Cell(len(unit.pieces), tag == "th"))

    def _open_inline(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "a":
            href = attributes.get("href")
            if href is not None:
                self._close_link()
                self._open_link(href)
        elif tag == "img":
            if self._link is not None:
                alt = collapse(attributes.get("alt") or "")
                self._link.alt = f"{self._link.alt} {alt}".strip()
                self._link.is_badge |= is_badge(alt, attributes.get("src") or "")
        elif tag == CODE:
            self._code += 1
        elif tag == BOLD:
            self._bold = len(self._pieces())

    def close(self, tag: str) -> None:
        """End an element."""
        if tag == "a":
            self._close_link()
        elif tag == CODE and self._code:
            self._code -= 1
        elif tag == BOLD and self._bold < len(self._pieces()):
            self._unit().bold.append((self._bold, len(self._pieces())))
        if tag in INLINE:
            return
        self._break(tag)
        if tag in _KINDS:
            self._end_unit()
        elif tag in HEADINGS or tag == "summary":
            self._close_heading(tag)
        elif tag == "details":
            self._sections.close_details()
        elif tag == "pre":
            self._pre -= 1
        elif tag == "table" and self._tables:
            self._tables.pop()
        elif tag in _CELLS and self._units and self._units[-1].cells:
            self._units[-1].cells[-1].end = len(self._units[-1].pieces)

    def text(self, text: str) -> None:
        """A run of text, with the line breaks of the source."""
        for number, part in enumerate(text.split("\n")):
            if number:
                self._line += 1
                self._newline()
            if self._at_start and _FOOTNOTE.match(part):
                self._begin_footnote()
            if part.strip():
                self._at_start = False
            shown = part if self._code else with_emoji(without_marks(part))
            if self._bracket_open:
                self._bracket_open = False
                shown = _BRACKET_END.sub("", shown)
            if self._heading is not None:
                self._heading.append(f" {shown}" if number else shown)
            if self._link is not None:
                self._link_text.append(f" {shown}" if number else shown)
            if shown and not (self._code and self._pre):
                self._add(shown)

    def end_line(self) -> None:
        """End the line that is not part of an item, row or heading."""
        line, self._open_line = self._open_line, None
        if line is not None:
            line.block = self._block
            self._block.append(line)
            self._keep(line)

    def _end_block(self) -> None:
        """End the paragraph, which describes the heading above."""
        self.end_line()
        block, self._block = self._block, []
        heading = self._described
        if not block:
            return
        if len(block) == 1 and not block[0].links:
            self._above = block[0].whole().text()[:_MAX_TITLE]
        if heading is None:
            return
        text = collapse(" ".join(line.whole().text() for line in block))
        if any(line.leads_with_link for line in block):
            if any(link.target for line in block for link in line.links):
                self._described = None
        elif has_name(text):
            heading.paragraph = text
            self._described = None

    def _reach(self) -> None:
        """Extend the open unit up to this line."""
        unit = self._units[-1] if self._units else self._open_line
        if unit is not None and unit.pieces:
            unit.last_line = self._line

    def _begin(self, kind: Kind) -> Unit:
        self.begun += 1
        if kind is not Kind.LINE:
            self._described = None
        parent = next((unit for unit in reversed(self._units) if unit.kind is Kind.ITEM), None)
        if kind is Kind.HEADING:
            self._above = ""
        return Unit(
            kind,
            self.begun,
            self._sections.current,
            self._line,
            self._line,
            parent=parent,
            above=self._above,
        )

    def _unit(self) -> Unit:
        if self._units:
            return self._units[-1]
        if self._open_line is None:
            self._open_line = self._begin(Kind.LINE)
        return self._open_line

    def _pieces(self) -> list[str]:
        unit = self._units[-1] if self._units else self._open_line
        return unit.pieces if unit is not None else []

    def _keep(self, unit: Unit) -> None:
        if unit.links:
            self._done.append(unit)

    def _add(self, text: str) -> None:
        blank = not text.strip()
        if self._in_footnote or (blank and not self._units and self._open_line is None):
            return
        unit = self._unit()
        unit.pieces.append(text)
        if not blank:
            unit.last_line = self._line

    def _newline(self) -> None:
        self._at_start = True
        line = self._open_line
        if self._units or line is None:
            self._add(SOFT_BREAK)
        elif line.leads_with_link and self._link is None:
            self.end_line()
        else:
            line.pieces.append(SOFT_BREAK)

    def _break(self, tag: str) -> None:
        """A block begins or ends, or a `<br>`, which ends the line before it."""
        self._at_start = True
        if self._units or self._link is not None:
            self._add(HARD_BREAK)
        elif tag == "br":
            self.end_line()
        else:
            self._end_block()
        if tag != "br":
            self._in_footnote = False

    def _begin_footnote(self) -> None:
        """GitHub shows footnotes at the end, where they are not entries."""
        if not self._units:
            self.end_line()
        self._in_footnote = True

    def _unfold(self) -> None:
        if len(self._units) > 1 and not self._units[-2].is_unfolded:
            self._units[-2].is_unfolded = True
            self._units[-1].unfolds = self._units[-2]

    def _end_unit(self) -> None:
        unit = self._units.pop()
        if unit.kind is Kind.ROW and self._tables and self._is_header(unit, self._tables[-1]):
            return
        self._keep(unit)

    def _is_header(self, row: Unit, table: _Table) -> bool:
        """Whether a row is the header of its table; any other row gets the headers of its table."""
        row.headers = table.headers
        table.rows += 1
        if table.rows > 1 or any(link.target for link in row.links):
            return False
        texts = tuple(Part(row, cell.start, cell.end).text() for cell in row.cells)
        if all(cell.is_header for cell in row.cells):
            table.headers = texts if any(texts) else ()
            return True
        if not row.links and any(role_of(text) for text in texts):
            table.headers = texts
            return True
        return False

    def _close_heading(self, tag: str) -> None:
        title = collapse("".join(self._heading or ()))
        self._heading = None
        if tag == "summary":
            self._sections.enter_summary(title)
        else:
            self._sections.enter(HEADINGS[tag], title)
        if self._units and self._units[-1].kind is Kind.HEADING:
            unit = self._units[-1]
            unit.below = self._sections.current
            unit.section = unit.below[:-1]
            self._end_unit()
            self._described = unit

    def _open_link(self, href: str) -> None:
        unit = self._unit()
        unit.last_line = self._line
        target = target_of(href, self._hosts)
        if target is None and not (written := unquote(href)).isascii():
            target = target_of(meant_part(written, self._hosts), self._hosts)
        self._link = Link(target, href, self._line, len(unit.pieces), in_footnote=self._in_footnote)
        self._link_text = []

    def _close_link(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        unit = self._unit()
        link.end = len(unit.pieces)
        link.text = collapse("".join(self._link_text))
        unit.links.append(link)
        if link.in_footnote:
            return
        if _MARK.fullmatch(link.text) or (link.url[:1] == "#" and _NOTE.fullmatch(link.text)):
            link.in_footnote = True
            del unit.pieces[link.start :]
            link.end = link.start
            return
        if link.text.startswith(("http", "www.")):
            self._read_address(unit, link)
        if link.text and unit.leads_with_link is None:
            unit.leads_with_link = not has_word("".join(unit.pieces[: link.start]))

    def _read_address(self, unit: Unit, link: Link) -> None:
        """Move the end of a bare address that does not belong to it back into the text."""
        address = meant_part(link.text, self._hosts)
        if address != link.text and (target := target_of(address, self._hosts)):
            link.target, link.url = target, address
            unit.pieces[link.start :] = [address, link.text[len(address) :]]
            link.end = link.start + 1
            link.text = address
        before = "".join(unit.pieces[max(link.start - _MAX_PIECES, 0) : link.start])[-_MAX_TITLE:]
        named = _NAME_BEFORE_ADDRESS.search(before)
        if named is None or not has_name(named[1]) or link.end < len(unit.pieces):
            return
        left = len(before) - named.start()
        for index in range(link.start - 1, -1, -1):
            piece = unit.pieces[index]
            unit.pieces[index] = piece[: max(len(piece) - left, 0)]
            left -= min(left, len(piece))
            if not left:
                break
        link.text = collapse(named[1])
        unit.pieces[link.start :] = [link.text]
        link.end = link.start + 1
        self._bracket_open = True
