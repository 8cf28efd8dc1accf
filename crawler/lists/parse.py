"""From the text of a list to its entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from crawler.lists.entries import entries_of
from crawler.lists.markdown.document import parse_document
from crawler.lists.markdown.work import Work
from crawler.lists.units import Unit, read_units
from crawler.model.errors import ListError
from crawler.model.values import Entry, Links

_BOM: Final = "\ufeff"
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")
"""NUL, which CommonMark replaces, and halves of surrogate pairs, which no UTF-8 holds."""


def parse_list(
    text: str, links: Links = Links.ENTRIES, *, check: Callable[[], None] | None = None
) -> tuple[Entry, ...]:
    """The places at which a list names repositories, in the document's order.

    The same repository may occur many times. `check` is called many times a second; what it
    raises ends the parse.

    Raises:
        ListError: the document is nested too deep or too costly to parse.
    """
    source = _UNUSABLE.sub("\ufffd", text.removeprefix(_BOM))
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    work = Work(len(source), check)
    try:
        units = read_units(parse_document(source, work), work)
    except RecursionError:
        raise ListError("The list cannot be parsed: it is nested too deep.") from None
    if links is Links.ALL:
        return tuple(_mentions(units))
    return entries_of(units)


def _mentions(units: Iterable[Unit]) -> Iterator[Entry]:
    for unit in units:
        for link in unit.links:
            if link.target is not None:
                yield Entry(
                    repository=link.target.repository,
                    title=link.text or link.alt,
                    description="",
                    section=unit.section,
                    lines=(link.line, link.line + 1),
                )
