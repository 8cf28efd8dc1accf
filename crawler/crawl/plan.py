"""The plan of a run after its lists are read: which repositories to fetch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, overload

from crawler.crawl.reading import Lists
from crawler.crawl.scopes import Scope
from crawler.model.filters import Section
from crawler.model.frozen import frozen
from crawler.model.values import (
    Elsewhere,
    Entry,
    Listing,
    Source,
    UnreadFile,
    UnreadList,
)

if TYPE_CHECKING:
    from crawler.store.workspace import Workspace

_WHOLE: Final = 0
"""The number that stands for all lists together in a workspace."""

_AT_ONCE: Final = 1000
"""Listings to read together."""


@frozen
class ListPlan:
    """The part of the plan for one list."""

    number: int
    """Its number in the workspace."""
    scope: Scope
    source: Source
    sections: tuple[Section, ...]
    """In the order of the list."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Its entries without a repository on a supported host, in order."""
    unread_files: tuple[UnreadFile, ...] = ()
    """Files that continue it and were not read."""


@frozen
class Plan:
    """The repositories that a run needs, and the lists that name them."""

    workspace: Workspace
    """Holds the names, and what the lists say about them."""
    parts: tuple[ListPlan, ...]
    named_scope: Scope
    """The scope of all lists that were named, read or not."""
    unread: tuple[UnreadList, ...] = ()
    """Lists that could not be read, in order."""

    @property
    def is_single(self) -> bool:
        """Whether only one list was named."""
        return len(self.parts) == 1 and not self.unread

    @property
    def listings(self) -> Sequence[Listing]:
        """What all lists together say about each repository, in the order of first mention."""
        return Listings(self.workspace)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The lists."""
        return tuple(part.source for part in self.parts)

    @property
    def scope(self) -> Scope:
        """The scope of the lists that were read."""
        return Scope.over(part.scope for part in self.parts)

    @property
    def elsewhere(self) -> tuple[Elsewhere, ...]:
        """Entries of the lists without a repository on a supported host."""
        return tuple(each for part in self.parts for each in part.elsewhere)

    @property
    def unread_files(self) -> tuple[UnreadFile, ...]:
        """Files that continue the lists and were not read."""
        return tuple(each for part in self.parts for each in part.unread_files)

    @property
    def sections(self) -> tuple[Section, ...]:
        """In the order of the lists."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.sections))


class Listings(Sequence[Listing]):
    """The listings of a workspace, read on demand."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __len__(self) -> int:
        return self._workspace.count_listings()

    def __iter__(self) -> Iterator[Listing]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

    @overload
    def __getitem__(self, index: int) -> Listing: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Listing]: ...

    def __getitem__(self, index: int | slice) -> Listing | Sequence[Listing]:
        if isinstance(index, int):
            return self[index : index + 1 or None][0]
        places = range(len(self))[index]
        read = self._workspace.read_listings(_WHOLE, min(places, default=0), len(places))
        return [
            Listing(name, said.title, said.description, said.sections, said.sources)
            for name, said in read
        ]


def make_plan(workspace: Workspace, lists: Lists) -> Plan:
    """Put the names in the lists into a workspace. Blocks for a while if there are many."""
    parts = []
    is_single = len(lists.read) == 1 and not lists.unread
    for number, each in enumerate(lists.read, start=_WHOLE if is_single else _WHOLE + 1):
        sections: dict[Section, None] = {}
        count = workspace.add_list(number, each.name, _noting(each.entries, sections))
        source = Source(each.name, each.url, count)
        found = tuple(sections), each.elsewhere, each.unread_files
        parts.append(ListPlan(number, each.scope, source, *found))
    if not is_single:
        workspace.merge_lists()
    return Plan(workspace, tuple(parts), lists.scope, lists.unread)


def _noting(entries: Iterable[Entry], sections: dict[Section, None]) -> Iterator[Entry]:
    for entry in entries:
        if entry.section:
            sections[entry.section] = None
        yield entry
