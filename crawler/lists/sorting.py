"""Sort the items of each list in a document by the stars in their annotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from markdown_it.token import Token

from crawler.lists.edits import Edit, apply_edits, keep_sound
from crawler.lists.entries import read_entries
from crawler.lists.parse import blocks_of, units_of
from crawler.lists.titles import LINE_END, TitledList, line_starts

_BULLET: Final = re.compile(r"([ \t]*)[-+*](?:[ \t]|$)")
_BOM: Final = "\ufeff"
_MOST_LOOKS: Final = 40
"""Most parses to find the lists that cannot be sorted; the first one nearly always suffices."""


@dataclass(slots=True)
class _Item:
    """An item of a list, as a range of lines without the blank lines after it."""

    start: int
    end: int
    lists: list[_List] = field(default_factory=list)
    """The lists nested in it."""


@dataclass(slots=True)
class _List:
    items: list[_Item] = field(default_factory=list)


def sort_items(
    titled: TitledList, marked: str, stars: Mapping[int, float]
) -> tuple[str, frozenset[int]]:
    """Sort `marked`, an annotated list in Markdown, so that items with the most stars come first.
    Returns the text, and the lines with stars that are not in a sorted list.

    `stars` are the known stars by the line, from 0, on which an entry begins. An item moves within
    its own list, with everything nested in it. Items without stars come last, in their old order.
    Numbered lists, quotes, tables, HTML, and lists inside an entry are not sorted, and neither is a
    list if sorting it would change the entries.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    bom = _BOM if marked.startswith(_BOM) else ""
    lines, marked_lines = _Lines(titled.text[len(bom) :]), _Lines(marked[len(bom) :])
    entries = {entry.lines[0] for entry in titled.parsed.entries}
    orders = {}
    left = {*stars}
    held: set[int] = set()
    for each in _bullet_lists(blocks_of(lines.text), lines.texts):
        order = [*_order(each, stars, entries, lines.texts, held)]
        left.difference_update({*order} - held)
        if order != sorted(order):
            first = each.items[0].start
            orders[lines.edit(first, order)] = first, order
    if not orders:
        return marked, frozenset(left)
    before = _contents(lines.text, titled)

    def faults(edits: Sequence[Edit]) -> Collection[Edit]:
        return () if _contents(apply_edits(lines.text, edits), titled) == before else edits

    kept, broken = keep_sound([*orders], faults, _MOST_LOOKS)
    left.update(line for each in broken for line in orders[each][1] if line in stars)
    edits = [marked_lines.edit(*orders[each]) for each in kept]
    return bom + apply_edits(marked_lines.text, edits), frozenset(left)


class _Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.texts = LINE_END.split(text)
        self._starts = line_starts(text)

    def edit(self, first: int, order: Sequence[int]) -> Edit:
        """An edit that puts the lines from `first` on into this order."""
        ends = [self._end(number) for number in order]
        if "" in ends:  # the last line of the text may have no line ending
            place = ends.index("")
            ends[place], ends[-1] = ends[-1], ends[place]
        out = "".join(self.texts[number] + end for number, end in zip(order, ends, strict=True))
        return Edit(self._starts[first], self._start(first + len(order)), out)

    def _start(self, number: int) -> int:
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def _end(self, number: int) -> str:
        """The line ending."""
        return self.text[self._starts[number] + len(self.texts[number]) : self._start(number + 1)]


def lists_of_items(text: str) -> dict[int, int]:
    """For each item in a Markdown document: the line, from 0, on which it begins, and the line on
    which its list begins.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    found: dict[int, int] = {}
    starts: list[int] = []
    for token in blocks_of(text):
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                starts.append(token.map[0] if token.map else -1)
            case "bullet_list_close" | "ordered_list_close":
                starts.pop()
            case "list_item_open" if token.map:
                # If several items begin on one line, the outermost.
                found.setdefault(token.map[0], starts[-1])
    return found


def _bullet_lists(tokens: Sequence[Token], lines: Sequence[str]) -> list[_List]:
    """The outermost bullet lists that are not inside a numbered list."""
    outermost: list[_List] = []
    open_lists: list[_List] = []
    ignored = 0
    """The depth of open lists, counted from the outermost numbered one."""
    for token in tokens:
        kind, _, what = token.type.rpartition("_")
        if kind == "ordered_list" or (ignored and kind == "bullet_list"):
            ignored += {"open": 1, "close": -1}[what]
        elif ignored:
            continue
        elif token.type == "bullet_list_open":
            parent = open_lists[-1].items[-1].lists if open_lists else outermost
            open_lists.append(_List())
            parent.append(open_lists[-1])
        elif token.type == "bullet_list_close":
            open_lists.pop()
        elif token.type == "list_item_open" and token.map:
            start, end = token.map
            while end > start + 1 and not lines[end - 1].strip():
                end -= 1
            open_lists[-1].items.append(_Item(start, end))
    return outermost


def _order(
    found: _List,
    stars: Mapping[int, float],
    entries: Collection[int],
    lines: Sequence[str],
    held: set[int],
) -> Iterator[int]:
    """The line numbers of a list in their new order; blank lines stay where they are. The
    beginnings of items that cannot be moved are added to `held`."""
    items = found.items
    bullets = [_BULLET.match(lines[item.start]) for item in items]
    moved = sorted(items, key=lambda item: -stars.get(item.start, -1))
    if moved != items and (None in bullets or len({each[1] for each in bullets if each}) > 1):
        held.update(item.start for item in items)
        moved = items
    for place, item in enumerate(moved):
        line = item.start
        for inner in () if item.start in entries else item.lists:
            yield from range(line, inner.items[0].start)
            yield from _order(inner, stars, entries, lines, held)
            line = inner.items[-1].end
        yield from range(line, item.end)
        if place + 1 < len(items):
            yield from range(items[place].end, items[place + 1].start)


def _contents(text: str, like: TitledList) -> tuple[Counter[object], Counter[object]]:
    """The units and the entries of a document, regardless of their order."""
    units = units_of(text, like.hosts)
    seen: Counter[object] = Counter(
        (
            unit.kind,
            unit.section,
            unit.whole().text(),
            tuple((link.url, link.text) for link in unit.links),
        )
        for unit in units
    )
    parsed = read_entries(units, like.itself)
    listed: Counter[object] = Counter(replace(each, lines=(0, 0)) for each in parsed.entries)
    listed.update(replace(each, line=0) for each in parsed.elsewhere)
    return seen, listed
