"""Entries that are written as lines of `label: value`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.lists.naming import is_named
from crawler.lists.reading import Found, is_fact, label_of, plain_title, title_of
from crawler.lists.text import collapse, has_name, without_edges
from crawler.lists.units import Link, Part
from crawler.lists.vocabulary import (
    Role,
    is_header,
    is_source_name,
    names_home,
    names_other,
    names_project,
)

_MAX_TITLE = 80


@dataclass(slots=True)
class Record:
    """The lines of one entry."""

    lines: list[Part] = field(default_factory=list)
    """The first is its title."""

    def read(self) -> Found | None:
        """The repository link; None if no line has one."""
        first, *others = self.lines
        links = [link for link in first.links if has_name(link.text)]
        named = _value_of(first, Role.NAME)
        title = title_of(links[0])[0] if links else plain_title(without_edges(named))
        chosen = _own_address(title, others)
        if chosen is None or not has_name(title) or len(title) > _MAX_TITLE:
            return None
        said = [
            _value_of(line, Role.DESCRIPTION)
            for line in others
            if not is_fact(line) and not _gives(line, chosen)
        ]
        if links and (rest := without_edges(first.text(links[0].end))):
            said.insert(0, rest)
        return Found(title, collapse(" ".join(said)), chosen)


def records_of(lines: Sequence[Part]) -> list[Record]:
    """The entries in lines of this form; empty if they are anything else."""
    if len(lines) < 2 or not any(_labelled_link(line) for line in lines[1:]):
        return []
    records: list[Record] = []
    waiting: list[Part] = []
    has_address = False
    for line in lines:
        is_address = _labelled_link(line) is not None and names_project(label_of(line) or "")
        if not records:
            if is_address or (label_of(line) and is_fact(line)):
                return []
            records.append(Record([line]))
        elif is_address and has_address and waiting:
            # A new title came before this address.
            records.append(Record([*waiting, line]))
            waiting = []
        elif has_address and not is_fact(line) and label_of(line) is None:
            waiting.append(line)
        else:
            records[-1].lines += [*waiting, line]
            waiting = []
        has_address = has_address or is_address
    records[-1].lines += waiting
    return records


def _value_of(line: Part, role: Role) -> str:
    """The text of a line, without a label that only says that it is the name or description."""
    text, label = line.text(), label_of(line)
    if label is None or not is_header(label, role):
        return text
    return text.partition(label)[2].lstrip(" \t:：")


def _labelled_link(line: Part) -> Link | None:
    """The link, if it is all that follows a line's label."""
    links = line.links
    if not links or label_of(line) is None:
        return None
    return None if has_name(line.text(links[0].end)) and not links[0].is_address else links[0]


def _own_address(title: str, lines: Sequence[Part]) -> Link | None:
    """The link to the repository of what is called `title`."""
    candidates = [
        (label_of(line) or "", link)
        for line in lines
        for link in line.links[:1]
        if link.place and _labelled_link(line) is link
    ]
    asked = [each for each in candidates if each[1].target] or candidates
    named = [
        (label, link)
        for label, link in asked
        if link.place and is_named(title, *link.place[1:]) and not names_other(label)
    ]
    told = [each for each in asked if names_project(each[0]) or is_source_name(each[0])]
    home = [each for each in asked if names_home(each[0])]
    return next((link for _, link in [*told, *named, *home]), None)


def _gives(line: Part, link: Link) -> bool:
    return link in line.links
