"""Cache what was read of the sections of a document, for reading another version of it.

What a section lists depends on its text, on the headings above it, and on the addresses that the
document defines for its links; if all of these are the same, the cached result is used. A section
that depends on more, because an element is left open or a heading above it is an entry that it may
complete, is neither taken from the cache nor put into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen

LEAST_CHARACTERS: Final = 1000
"""A section costs 70 µs, as much as an entry in it."""

if TYPE_CHECKING:
    from crawler.lists.entries import Listed
    from crawler.lists.markdown.document import Definitions
    from crawler.lists.sections import Heading


@frozen
class CachedSection:
    """The result of reading a section."""

    line: int
    """Its first line."""
    begun: int
    """Number of units before it."""
    units: int
    """Number of units in it."""
    expansion: int
    """The characters of all addresses in it."""
    path: tuple[Heading, ...]
    """The headings above the place after it."""
    listed: tuple[Listed, ...]


class SectionCache:
    """The sections of texts that are parsed with the same `links`, `hosts` and `itself`."""

    def __init__(self, least: int = LEAST_CHARACTERS) -> None:
        self.least = least
        """Characters of the shortest section; text with fewer belongs to the next."""
        self.definitions: dict[str, Definitions] = {}
        """The links that a section defines, by its text."""
        self.sections: dict[tuple[str, str, tuple[Heading, ...]], CachedSection] = {}
        """By the text, all definitions of the document, and the headings above."""
