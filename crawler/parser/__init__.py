"""Finds the repositories that an awesome list lists, as GitHub renders it.

The Markdown and HTML libraries are loaded when the first list is parsed.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.models import Entry, Links
from crawler.parser.targets import repository_of

__all__ = ["parse_list", "repository_of"]


def parse_list(
    text: str, links: Links = Links.ENTRIES, *, check: Callable[[], None] | None = None
) -> tuple[Entry, ...]:
    """See `crawler.parser.lists.parse_list`."""
    from crawler.parser import lists

    return lists.parse_list(text, links, check=check)
