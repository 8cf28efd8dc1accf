"""What was read of the sections of a document, so that they need not be read again in another.

What a section lists depends on its own text, on the headings above it, and on the addresses that
the document defines for its links; where all of them are the same, so is what it lists. Where more
than that goes from one section into the next, such as an element left open, or a heading that is an
entry which later sections may complete, neither is taken from the cache or put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.frozen import frozen

if TYPE_CHECKING:
    from crawler.lists.entries import Listed
    from crawler.lists.markdown.document import Definitions
    from crawler.lists.sections import Heading


@frozen
class CachedSection:
    """What was read of a section."""

    line: int
    """Its first line."""
    begun: int
    """How many units had begun before it."""
    units: int
    """How many units begin in it."""
    expansion: int
    """The characters of all addresses in it."""
    path: tuple[Heading, ...]
    """The headings above what follows it."""
    listed: tuple[Listed, ...]


class SectionCache:
    """The sections of texts whose links are read in the same way."""

    def __init__(self) -> None:
        self.definitions: dict[str, Definitions] = {}
        """The links that sections define, by the texts of sections."""
        self.sections: dict[tuple[str, str, tuple[Heading, ...]], CachedSection] = {}
        """By their texts, all definitions of their documents, and the headings above them."""
