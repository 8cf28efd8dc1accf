"""Decide which units of a list are entries, and which repository each of them lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from crawler.lists.about import links_about_list
from crawler.lists.continuation import continuing, own_files
from crawler.lists.forges import NO_REPOSITORY
from crawler.lists.labelled import records_of
from crawler.lists.naming import belongs, is_named, occurs_in
from crawler.lists.reading import (
    WORD,
    Found,
    label_of,
    own_repository,
    plain_title,
    read_lines,
    read_part,
)
from crawler.lists.sections import Paths, is_contents, is_credits
from crawler.lists.tables import read_row
from crawler.lists.text import has_name, has_word, without_edges
from crawler.lists.units import Kind, Link, Unit
from crawler.lists.vocabulary import is_place_name, names_project
from crawler.model.files import Home
from crawler.model.text import cut
from crawler.model.values import Elsewhere, Entry, OwnFile, ParsedList, Passed, RepositoryName

LONGEST_TITLE: Final = 300
LONGEST_DESCRIPTION: Final = 2000
LONGEST_ADDRESS: Final = 2000
"""Characters to keep of titles, descriptions and headings; real ones have under 100, 700, 200."""

_MAX_CATEGORY: Final = 60
"""Longest text of an item that may be the name of a category."""


@dataclass(slots=True, eq=False)
class Listed:
    """A listed thing, which the units below it may complete."""

    unit: Unit
    title: str
    description: str
    link: Link
    section: tuple[str, ...]
    lines: tuple[int, int]
    order: int
    """The order of its unit."""

    @property
    def repository(self) -> RepositoryName | None:
        """Its repository, if that is on a supported host."""
        return self.link.target.repository if self.link.target else None

    @property
    def leads_elsewhere(self) -> bool:
        """Whether it has an address but no repository."""
        return not self.repository and self.link.url.lower().startswith(("http:", "https:", "//"))

    def complete(self, link: Link, unit: Unit) -> None:
        """Take the link to its repository from a unit below it."""
        self.link = link
        self.lines = self.lines[0], max(self.lines[1], unit.last_line + 1)

    def moved(self, lines: int, orders: int) -> Listed:
        """The same thing, moved down in a document by a number of lines and units."""
        first, end = self.lines
        return replace(self, lines=(first + lines, end + lines), order=self.order + orders)


def read_entries(
    units: Sequence[Unit], itself: RepositoryName | None = None, home: Home | None = None
) -> ParsedList:
    """What the units of a document list, in order. `itself` is the repository that contains it, and
    `home` its place among the files that may continue it; None: it is the only file."""
    reader = EntryReader(itself, home)
    reader.read(units)
    return reader.finish(units)


def _count_passed(
    units: Sequence[Unit],
    reader: EntryReader,
    listed: list[Listed],
) -> tuple[tuple[Passed, int], ...]:
    """How many units begin with a link and list nothing, by the reason."""
    counted = {each.order for each in listed if each.repository or each.leads_elsewhere}
    own = {order for order, _ in reader.own}
    introducing = {each.order for each in reader.listed} - {each.order for each in listed}
    passed: Counter[Passed] = Counter()
    for unit in units:
        order = unit.order
        if not unit.leads_with_link or order in counted:
            continue
        if (why := reader.passed.get(order)) is None:
            if order in own:
                why = Passed.FILE
            elif order in introducing:
                why = Passed.INTRODUCTION
            elif not unit.section and unit.kind is Kind.HEADING:
                why = Passed.TITLE
            else:
                why = _why_nothing(unit)
        passed[why] += 1
    return tuple((why, passed[why]) for why in Passed if passed[why])


def _why_nothing(unit: Unit) -> Passed:
    """Why the link at the start of a unit is not an entry."""
    lead = next(link for link in unit.links if link.text)
    if not lead.url.lower().startswith(("http:", "https:", "//")):
        return Passed.NO_ADDRESS
    return Passed.OTHER if has_name(lead.text) else Passed.SIGN


def _files(reader: EntryReader, listed: list[Listed]) -> tuple[OwnFile, ...]:
    if reader.home is None:
        return ()
    listing = {each.order for each in listed if each.repository or each.leads_elsewhere}
    return tuple(continuing(reader.own, listing, reader.home))


class EntryReader:
    """Reads units one after the other, together with the units above them."""

    def __init__(self, itself: RepositoryName | None = None, home: Home | None = None) -> None:
        self._itself = itself
        self.home = home
        self.own: list[tuple[int, OwnFile]] = []
        """The files that are linked in place of entries, with the orders of their units."""
        self.listed: list[Listed] = []
        """Everything listed so far."""
        self._of_unit: dict[int, Listed] = {}
        """The listed thing of each item and heading that lists only one, by the order of its
        unit."""
        self._blocks: dict[int, bool] = {}
        """Whether the lines of a paragraph are records, by its identity; only for paragraphs that
        were examined."""
        self._names: dict[int, str] = {}
        """The names of items that are categories, by their orders; empty for other items."""
        self._heading: Listed | None = None
        self._children: Counter[int] = Counter()
        """The number of units in an item that lead to a repository, by the item's order."""
        self.passed: dict[int, Passed] = {}
        """Why units are not counted, by their orders."""
        self._titles: set[int] = set()
        """The orders of items without links that are titles for the units below them."""

    @property
    def is_between(self) -> bool:
        """Whether nothing that is listed so far may be completed below the next heading."""
        return self._heading is None

    def read(self, units: Sequence[Unit]) -> None:
        """Read the units of some sections, or of all."""
        if self.home is not None:
            self.own += own_files(units, self.home)
        self._children.update(
            unit.parent.order
            for unit in units
            if unit.parent and any(link.target for link in unit.links)
        )
        self._blocks.clear()
        for unit in units:
            for link in links_about_list(unit, self._itself):
                link.target, link.url = None, ""
                self.passed[unit.order] = Passed.ABOUT
            below = self._heading.unit.below if self._heading else ()
            if unit.section[: len(below)] != below:
                self._heading = None
            if is_credits(unit.section):
                self.passed[unit.order] = Passed.CREDITS
            elif unit.kind is Kind.ROW or not is_contents(unit.section) or self._leads_away(unit):
                self._read(unit)
            else:
                self.passed[unit.order] = Passed.CONTENTS

    def finish(self, units: Sequence[Unit] | None) -> ParsedList:
        """The contents of the document. `files` and `passed` need all of its `units`, and are empty
        without them."""
        listed = [*_without_introduction(self.listed)]
        paths = Paths()
        return ParsedList(
            entries=tuple(
                Entry(
                    repository=each.repository,
                    title=cut(each.title, LONGEST_TITLE),
                    description=cut(each.description, LONGEST_DESCRIPTION),
                    section=paths.get(each.section),
                    lines=each.lines,
                )
                for each in listed
                if each.repository
            ),
            elsewhere=tuple(
                Elsewhere(
                    title=cut(each.title, LONGEST_TITLE),
                    url=cut(each.link.url, LONGEST_ADDRESS),
                    host=each.link.place[0] if each.link.place else NO_REPOSITORY,
                    section=paths.get(each.section),
                    line=each.lines[0] + 1,
                )
                for each in listed
                if each.leads_elsewhere
            ),
            files=_files(self, listed) if units is not None else (),
            passed=_count_passed(units, self, listed) if units is not None else (),
        )

    def _leads_away(self, unit: Unit) -> bool:
        """Whether a unit below a heading such as Contents leads to another repository, and not to a
        place in what may be this list."""
        targets = [link.target for link in unit.links if link.target]
        return bool(targets) and (self._itself is not None or not any(t.fragment for t in targets))

    def _read(self, unit: Unit) -> None:
        match unit.kind:
            case Kind.ROW:
                self._add(unit, read_row(unit))
            case Kind.HEADING:
                self._read_heading(unit)
            case Kind.LINE:
                self._read_line(unit)
            case Kind.ITEM:
                whole = unit.whole()
                found = [each for record in records_of(whole.lines()) if (each := record.read())]
                self._add(unit, found or read_lines(whole))

    def _read_heading(self, unit: Unit) -> None:
        self._heading = None
        # The title of the document is not an entry.
        found = read_part(unit.whole(), must_lead=True) or _titled_by_words(unit)
        for each in found[:1] if unit.section else ():
            if not WORD.search(each.description):
                each.description = unit.paragraph or each.description
            self._heading = self._append(unit, each)

    def _read_line(self, unit: Unit) -> None:
        """A line, or all lines of its paragraph if they have labels."""
        block = id(unit.block)
        found = []
        if block not in self._blocks:
            lines = [line for each in unit.block for line in each.whole().lines()]
            found = [(record, each) for record in records_of(lines) if (each := record.read())]
            self._blocks[block] = bool(found)
        if not self._blocks[block]:
            led = read_part(unit.whole(), must_lead=True)
            self._add(unit, led or _named_above(unit))
        for record, each in found:
            self._below(unit, each)
            listed = self._append(unit, each)
            units = [line.unit for line in record.lines]
            self.passed.update((each.order, Passed.PART) for each in units)
            listed.lines = units[0].first_line, units[-1].last_line + 1

    def _add(self, unit: Unit, found: list[Found]) -> None:
        if not found:
            self._complete_heading(unit)
        for each in found:
            if self._belongs_above(unit, each, found) or self._below(unit, each):
                self.passed[unit.order] = Passed.PART
            else:
                listed = self._append(unit, each)
                if len(found) == 1:
                    self._of_unit[unit.order] = listed

    def _append(self, unit: Unit, found: Found) -> Listed:
        section = unit.section + self._categories(unit)
        lines = unit.first_line, unit.last_line + 1
        listed = Listed(
            unit, found.title, found.description, found.link, section, lines, unit.order
        )
        target = found.link.target
        is_untitled = found.is_untitled
        if not is_untitled and names_project(found.title):
            is_untitled = _is_untitled(found)
        if target and (is_untitled or not has_name(listed.title)):
            listed.title = target.repository.name
        # A heading without a link may be the title of the one link below it.
        is_bare = target and is_untitled and unit.kind is not Kind.ROW
        if is_bare and section and section == unit.section and belongs(found.link, section[-1]):
            listed.title, listed.section = section[-1], section[:-1]
            listed.description = listed.description or unit.above
        self.listed.append(listed)
        return listed

    def _belongs_above(self, unit: Unit, found: Found, all_found: list[Found]) -> bool:
        """Whether an item only says where the repository of the item above is."""
        parent = unit.parent
        if parent is None or unit.kind is not Kind.ITEM or len(all_found) > 1:
            return False
        above = self._of_unit.get(parent.order)
        untitled = _is_untitled(found)
        if above is None:
            only = self._children[parent.order] == 1 and found.link.target is not None
            title = self._name_of(parent)
            if not (untitled and only and title and not parent.links):
                return False
            self._titles.add(parent.order)
            listed = self._append(parent, Found(title, found.description, found.link))
            listed.complete(found.link, unit)
            return True
        if above.repository is None:
            unfolds = unit.unfolds is parent and not has_name(found.link.text)
            only = self._children[parent.order] == 1 and not found.description
            own = untitled or unfolds or (only and _has_name_of(found.link, above.title))
            if own and found.link.place:
                above.complete(found.link, unit)
            return own
        target = found.link.target
        return untitled and (target is None or target.repository.key == above.repository.key)

    def _below(self, unit: Unit, found: Found) -> bool:
        """Whether a unit only describes what the heading above it lists."""
        above = self._heading
        if above is None or above.unit is unit:
            return False
        target = found.link.target
        untitled = _is_untitled(found)
        if target is None:
            if untitled and found.link.place and not (above.repository or above.link.place):
                above.complete(found.link, unit)
            return untitled or unit.section != above.unit.below
        if above.repository is None:
            own = untitled or _has_name_of(found.link, above.title)
            if own:
                above.complete(found.link, unit)
            return own
        plain = found.title == target.repository.name and not found.description
        return target.repository.key == above.repository.key and (untitled or plain)

    def _complete_heading(self, unit: Unit) -> None:
        """Find the repository of the heading above in a unit that lists nothing itself."""
        above = self._heading
        if above and above.unit is not unit and above.repository is None:
            own = own_repository(unit.whole().links, above.title)
            if own and (own.target or not above.link.place):
                above.complete(own, unit)

    def _categories(self, unit: Unit) -> tuple[str, ...]:
        """The items above an item that only name what is below them, outermost first."""
        names: list[str] = []
        parent = unit.parent
        while parent is not None:
            if parent.order not in self._titles and (name := self._name_of(parent)):
                names.insert(0, name)
            parent = parent.parent
        return tuple(names)

    def _name_of(self, item: Unit) -> str:
        """The name in an item without an address; empty if it has one or says more."""
        name = self._names.get(item.order)
        if name is None:
            name = ""
            if not any(link.url and not link.url.startswith("#") for link in item.links):
                name = plain_title(without_edges(item.whole().text()))
            if not has_word(name) or len(name) > _MAX_CATEGORY or name[-1] in ".!?。":
                name = ""
            self._names[item.order] = name
        return name


def _named_above(unit: Unit) -> list[Found]:
    """The project above a line that consists of a label and an address."""
    whole = unit.whole()
    link = whole.links[0] if len(whole.links) == 1 else None
    label = label_of(whole)
    if link is None or link.target is None or not label or not names_project(label):
        return []
    title = unit.section[-1] if unit.section else ""
    if title and belongs(link, title):
        return [Found(link.target.repository.name, "", link, is_untitled=True)]
    return [Found(unit.above, "", link)] if belongs(link, unit.above) else []


def _titled_by_words(unit: Unit) -> list[Found]:
    """The project of a heading whose words name the repository of its icon or source link."""
    own = own_repository([link for link in unit.links if link.target], "")
    title = plain_title(without_edges(unit.whole().text(None, own.start))) if own else ""
    return [Found(title, "", own)] if own and _has_name_of(own, title) else []


def _is_untitled(found: Found) -> bool:
    """Whether a listed thing has no title but that of the one above it."""
    if found.is_untitled:
        return True
    name = found.link.place[2] if found.link.place else ""
    says_where = is_place_name(found.title) or names_project(found.title)
    return says_where and not occurs_in(found.title, name)


def _has_name_of(link: Link, title: str) -> bool:
    """Whether a link's repository has the same name as a title, regardless of its owner."""
    return bool(link.place and is_named(title, "", link.place[2]))


def _without_introduction(listed: list[Listed]) -> Iterator[Listed]:
    """The listed things without the lines at the start that only introduce the list.

    Lines introduce it if their section is none or the list's title, and the sections below have at
    least as many entries, and most of the others.
    """
    entries = [each for each in listed if each.repository]
    if not entries:
        yield from listed
        return
    opening = entries[0].section
    depth = len(opening)
    lines = [
        *takewhile(lambda each: each.unit.kind is Kind.LINE and each.section == opening, entries)
    ]
    below = sum(len(each.section) > depth and each.section[:depth] == opening for each in entries)
    # An introduction is above the first section or directly below the list's title.
    if depth > 1 or not (below >= len(lines) and 2 * below >= len(entries) - len(lines)):
        lines = []
    dropped = set(lines)
    first = next((each for each in entries if each not in dropped), None)
    for each in listed:
        is_before = first is None or each.order < first.order
        is_line = (
            each.unit.kind is Kind.LINE
            and is_before
            and each.section == opening[: len(each.section)]
        )
        if each not in dropped and not (is_line and not each.repository):
            yield each
