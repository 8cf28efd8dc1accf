"""What a run asks about, once its lists are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, overload

from crawler.crawl.reading import Lists
from crawler.crawl.scopes import Scope
from crawler.model.filters import Section
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
"""The number of all lists together in a workspace."""

_AT_ONCE: Final = 1000
"""Listings that are read together."""


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a run asks about for one list alone."""

    number: int
    """In the workspace."""
    scope: Scope
    source: Source
    sections: tuple[Section, ...]
    """In the order of the list."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What it lists without a repository on a host that is asked, in its order."""
    unread_files: tuple[UnreadFile, ...] = ()
    """Files that it goes on in, and that were not read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks about."""

    workspace: Workspace
    """Where the names are, and what the lists say of them."""
    parts: tuple[ListPlan, ...]
    named_scope: Scope
    """Of runs over all lists that were named, read or not."""
    unread: tuple[UnreadList, ...] = ()
    """Lists that could not be read, in their order."""

    @property
    def is_single(self) -> bool:
        """Whether one list is all that was named."""
        return len(self.parts) == 1 and not self.unread

    @property
    def listings(self) -> Sequence[Listing]:
        """What all lists together say of each repository, in the order of first mention."""
        return Listings(self.workspace)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The lists."""
        return tuple(part.source for part in self.parts)

    @property
    def scope(self) -> Scope:
        """Of runs over the lists that were read."""
        return Scope.over(part.scope for part in self.parts)

    @property
    def elsewhere(self) -> tuple[Elsewhere, ...]:
        """What the lists list without a repository on a host that is asked."""
        return tuple(each for part in self.parts for each in part.elsewhere)

    @property
    def unread_files(self) -> tuple[UnreadFile, ...]:
        """Files that the lists go on in, and that were not read."""
        return tuple(each for part in self.parts for each in part.unread_files)

    @property
    def sections(self) -> tuple[Section, ...]:
        """In the order of the lists."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.sections))


class Listings(Sequence[Listing]):
    """The listings of a workspace, read when they are asked for."""

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
    """Take what the lists name into a workspace. Blocks for a while where that is much."""
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
