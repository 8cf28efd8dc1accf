"""Finds the repositories that an awesome list lists, as GitHub renders it.

The Markdown and HTML libraries are loaded when the first list is parsed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from crawler.lists.section_cache import SectionCache
from crawler.lists.targets import repository_of
from crawler.model.files import Home, Markup
from crawler.model.hosts import Hosts
from crawler.model.values import Links, ParsedList, RepositoryName
from crawler.sources import KNOWN_HOSTS

__all__ = ["parse_list", "repository_of"]


def parse_list(
    text: str,
    links: Links = Links.ENTRIES,
    *,
    hosts: Hosts = KNOWN_HOSTS,
    itself: RepositoryName | None = None,
    check: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.thread_time,
    markup: Markup = Markup.MARKDOWN,
    home: Home | None = None,
    cache: SectionCache | None = None,
) -> ParsedList:
    """See `crawler.lists.parse.parse_list`."""
    from crawler.lists import parse

    return parse.parse_list(
        text,
        links,
        hosts=hosts,
        itself=itself,
        check=check,
        clock=clock,
        markup=markup,
        home=home,
        cache=cache,
    )
