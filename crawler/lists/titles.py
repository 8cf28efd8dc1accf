"""Find the ends of the entries' titles in the text of a list."""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from html import unescape
from typing import Final
from urllib.parse import unquote

from crawler.lists.annotations import plain_text, wrapped
from crawler.lists.edits import Edit, apply_edits, keep_sound
from crawler.lists.entries import LONGEST_TITLE, read_entries
from crawler.lists.parse import units_of
from crawler.lists.reading import title_of
from crawler.lists.text import collapse, has_name
from crawler.lists.units import Kind, Link, Unit
from crawler.model.files import Markup
from crawler.model.frozen import frozen
from crawler.model.hosts import Hosts
from crawler.model.text import cut
from crawler.model.values import Entry, ParsedList, RepositoryName
from crawler.sources import KNOWN_HOSTS

LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ADDRESS: Final = r"(?>\\[!-/:-@\[-`{-~]|[^\s()\\]|\\)"
_IN_BRACKETS: Final = rf"\((?:{_ADDRESS}|\({_ADDRESS}{{0,500}}+\)){{0,500}}+\)"
_LINK_ENDS: Final = re.compile(
    rf"""
    \\[!-/:-@\[-`{{-~]
    | `[^`\r\n]*+`
    | \]\(\s{{0,9}}(?:<(?P<angle>[^<>\r\n]{{0,2000}})>
      |(?P<plain>(?:{_ADDRESS}|{_IN_BRACKETS}){{0,2000}}+))
      (?:\s{{1,9}}(?:"[^"]{{0,500}}"|'[^']{{0,500}}'|\([^()]{{0,500}}\)))?\s{{0,9}}\)
    | (?P<reference>\])(?:\[[^\[\]]{{0,500}}\])?
    | <(?P<auto>https?://[^\s<>]{{0,2000}})>
    | <a\s[^<>]{{0,500}}?href\s{{0,9}}=\s{{0,9}}
      (?:"(?P<double>[^"<>]{{0,2000}})"|'(?P<single>[^'<>]{{0,2000}})'|(?P<bare>[^\s"'<>]{{1,2000}}+))
      [^<>]{{0,500}}+>
    | (?P<closed></a\s{{0,9}}>)
    | <[/a-zA-Z!][^<>]{{0,2000}}+>
    | (?P<address>(?:https?://|www\.)[^\s<\]]{{1,2000}}+)
    """,
    re.X | re.I,
)
"""What may end a link, and what must be skipped as a whole to find it. Every part is bounded, so
that the time is linear in the length of the text; real ones are shorter."""
_AFTER_ADDRESS: Final = "?!.,:*_~'\")"
"""Characters at the end of an address that do not belong to it."""
_DECORATION: Final = re.compile(r"[*_~`\\\s]+")
_BRACKET: Final = re.compile(r"\\.|[\[\]]", re.S)
_LONGEST_TEXT: Final = 300
"""Characters of a link's text to compare."""
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_FRAGMENT: Final = re.compile(r"(?:\]\(\s*<?|\]:\s*<?|href\s*=\s*[\"']?)#([^\s)\"'<>]+)", re.I)
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")
_REPEATED: Final = re.compile(r"-[0-9]+\Z")
_MOST_TRIES: Final = 3
"""Most places to try for one entry."""
_MOST_LOOKS: Final = 40
"""Most parses of the list for one try; the first one nearly always suffices."""
_MOST_LINES: Final = 50
"""Lines of an entry in which to search for its title."""


@frozen
class TitledList:
    """A list, and the ends of its entries' titles."""

    text: str
    """Without annotations."""
    parsed: ParsedList
    hosts: Hosts
    itself: RepositoryName | None
    markup: Markup
    ends: tuple[int | None, ...]
    """For each entry the index in `text` directly after the link of its title, or after the link to
    its repository if the title is not a link. None if an insertion there would change more."""


def locate_titles(
    text: str,
    *,
    hosts: Hosts = KNOWN_HOSTS,
    itself: RepositoryName | None = None,
    markup: Markup = Markup.MARKDOWN,
    check: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.thread_time,
) -> TitledList:
    """Find the places after the titles where annotations can be inserted.

    A mark is inserted at every such place, and the list is parsed again: every link, heading and
    line must be the same except for the marks. A heading that a link in the list leads to is left
    out, since its anchor would change.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    plain = plain_text(text)
    read = partial(units_of, hosts=hosts, check=check, clock=clock, markup=markup)
    units = read(plain)
    probes = _Probes(plain, units, read)
    parsed = read_entries(units, itself)
    tries = [*_places(plain, units, parsed.entries)]
    found: dict[int, int] = {}
    """The place of each entry, by its number."""
    # The last try is exact: it rejects only the places that are wrong, not all of their lines.
    for attempt in (*range(_MOST_TRIES), 0):
        wanted: dict[int, int] = {}
        for number, places in enumerate(tries):
            if number not in found and attempt < len(places):
                wanted.setdefault(places[attempt], number)
        taken = {*found.values()}
        new = [place for place in wanted if place not in taken]
        found |= {wanted[place]: place for place in probes.sound(found.values(), new)}
        probes.is_exact = attempt == _MOST_TRIES - 1
    ends = tuple(map(found.get, range(len(parsed.entries))))
    return TitledList(plain, parsed, hosts, itself, markup, ends)


def guess_titles(text: str, like: TitledList) -> tuple[Sequence[Entry], list[list[int]]]:
    """The entries of another version of a list, without annotations, and for each the places where
    its title may end.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    units = units_of(text, like.hosts, markup=like.markup)
    entries = read_entries(units, like.itself).entries
    return entries, [*_places(text, units, entries)]


class _Probes:
    """Marks that are inserted into a text to see whether anything else changes."""

    def __init__(self, text: str, units: Sequence[Unit], read: Callable[[str], list[Unit]]) -> None:
        self._text = text
        self._read = read
        self._looks = [_look(unit) for unit in units]
        self._lines = line_starts(text)
        self._mark = next(sign for sign in map(chr, range(0xE000, 0xF900)) if sign not in text)
        self._written = wrapped(self._mark)
        self.is_exact = False
        """Whether to test places one by one, instead of rejecting all in a line that changes."""

    def sound(self, kept: Collection[int], wanted: Collection[int]) -> list[int]:
        """The wanted places where a mark changes nothing, in addition to those kept."""
        if not wanted:
            return []
        fixed = [self._probe(place) for place in kept]
        good, _ = keep_sound(
            [self._probe(place) for place in wanted],
            lambda edits: self._faults([*fixed, *edits]),
            _MOST_LOOKS,
        )
        return [edit.start for edit in good]

    def _probe(self, place: int) -> Edit:
        return Edit(place, place, self._written)

    def _faults(self, edits: Sequence[Edit]) -> Collection[Edit]:
        units = self._read(apply_edits(self._text, edits))
        if len(units) != len(self._looks):
            return edits
        seen = 0
        wrong: set[int] = set()
        for unit, look in zip(units, self._looks, strict=True):
            text = "".join(unit.pieces)
            count = text.count(self._mark)
            seen += count
            if _look(unit, self._mark) != look or (count and not self._follow_links(unit)):
                wrong.update(range(unit.first_line, unit.last_line + 1))
        told = [edit for edit in edits if bisect_right(self._lines, edit.start) - 1 in wrong]
        is_unclear = self.is_exact or not told
        return edits if is_unclear and (wrong or seen != len(edits)) else told

    def _follow_links(self, unit: Unit) -> bool:
        """Whether each mark in a unit directly follows a link."""
        ends = {link.end for link in unit.links}
        return all(
            number in ends
            for number, piece in enumerate(unit.pieces)
            if piece.startswith(self._mark)
        ) and not any(self._mark in piece[1:] for piece in unit.pieces)


_Look = tuple[Kind, tuple[str, ...], str, tuple[tuple[str, str, int], ...], int]


def _look(unit: Unit, mark: str = "") -> _Look:
    """The visible text of a unit, without marks."""
    text = "".join(unit.pieces)
    section = unit.section
    if mark:
        # The sections below a heading are named by its text, with the mark.
        text = text.replace(mark, "")
        if any(mark in each for each in section):
            section = tuple(collapse(each.replace(mark, "")) for each in section)
    links = tuple((link.url, link.text, link.line) for link in unit.links)
    return unit.kind, section, text, links, len(unit.bold)


def _places(text: str, units: Sequence[Unit], entries: Sequence[Entry]) -> Iterator[list[int]]:
    """For each entry the places after links that may be its title, the likeliest first."""
    links = _Links(text)
    linked = {unquote(each).casefold() for each in _FRAGMENT.findall(text)}
    # GitHub numbers the anchors of headings with the same text.
    linked |= {_REPEATED.sub("", each) for each in linked}
    by_line: dict[int, list[Link]] = defaultdict(list)
    for unit in units:
        if unit.kind is not Kind.HEADING or _address_of(unit) not in linked:
            for link in unit.links:
                by_line[link.line].append(link)
    by_title: dict[tuple[int, str], list[Link]] = defaultdict(list)
    by_key: dict[tuple[int, str], list[Link]] = defaultdict(list)
    ordinals: dict[Link, int] = {}
    for line, there in by_line.items():
        count: Counter[str] = Counter()
        for link in there:
            ordinals[link] = count[link.url]
            count[link.url] += 1
            if has_name(link.text):
                by_title[line, cut(title_of(link)[0], LONGEST_TITLE)].append(link)
            if link.target:
                by_key[line, link.target.repository.key].append(link)
    for entry in entries:
        first, last = entry.lines
        lines = range(first, min(last, first + _MOST_LINES))
        likely = dict.fromkeys(
            link
            for known, what in ((by_title, entry.title), (by_key, entry.repository.key))
            for line in lines
            for link in known.get((line, what), ())[:_MOST_TRIES]
        )
        found = dict.fromkeys(
            place for link in likely for place in links.ends(link, ordinals[link], last)
        )
        yield [*found]


def _address_of(heading: Unit) -> str:
    """The anchor that GitHub makes from the words of a heading."""
    return _NOT_IN_ANCHORS.sub("", heading.whole().text().casefold()).replace(" ", "-")


class _Links:
    """The ends of the links of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines = line_starts(text)
        self._by_address: dict[str, list[int]] = defaultdict(list)
        self._by_text: dict[str, list[int]] = defaultdict(list)
        brackets = _opening_brackets(text)
        opened = ""
        for found in _LINK_ENDS.finditer(text):
            match kind := found.lastgroup:
                case "double" | "single" | "bare":
                    opened = found[kind]
                case "angle" | "plain" | "auto":
                    self._by_address[_meant(found[kind])].append(found.end())
                case "closed":
                    self._by_address[_meant(opened)].append(found.end())
                case "address":
                    address = found[0].rstrip(_AFTER_ADDRESS)
                    self._by_text[_bare(address)].append(found.start() + len(address))
                case "reference":
                    end = found.start()
                    start = max(brackets.get(end, end), end - _LONGEST_TEXT)
                    self._by_text[_bare(text[start + 1 : end])].append(found.end())

    def ends(self, link: Link, ordinal: int, last_line: int) -> list[int]:
        """The possible end of a link that is one of several with the same address on its line."""
        start = self.lines[link.line]
        limit = self.lines[last_line] if last_line < len(self.lines) else len(self._text)
        found = []
        for known, what in (
            (self._by_address, _meant(link.url)),
            (self._by_text, _bare(link.text)),
        ):
            places = known.get(what, [])
            first = bisect_left(places, start)
            for place in (
                places[first + ordinal : first + ordinal + 1] + places[first:][:_MOST_TRIES]
            ):
                if place <= limit:
                    found.append(place)
        return found


def _opening_brackets(text: str) -> dict[int, int]:
    """The matching bracket of each closing bracket."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket[0] == "[":
            waiting.append(bracket.start())
        elif bracket[0] == "]" and waiting:
            found[bracket.start()] = waiting.pop()
    return found


def _meant(written: str) -> str:
    """An address as a browser interprets it."""
    return unquote(unescape(_ESCAPE.sub(r"\1", written)))


def _bare(text: str) -> str:
    """The text of a link without decoration."""
    return _DECORATION.sub(" ", unescape(text)).strip()


def line_starts(text: str) -> list[int]:
    """The beginning of each line of a text."""
    return [0, *(found.end() for found in LINE_END.finditer(text))]
