"""What a run asks about: every list is read and parsed before any repository is asked for."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crawler.crawl.cache import Cache
from crawler.crawl.services import Services
from crawler.http.retries import Backoff, retry
from crawler.lists import parse_list
from crawler.lists.itself import repository_around
from crawler.lists.origins import (
    FileOrigin,
    ListText,
    Origin,
    ReadmeOrigin,
    StdinOrigin,
    UrlOrigin,
    display_name,
    load_list,
    locate,
    named,
)
from crawler.model.clock import Clock
from crawler.model.errors import ListError, RunError
from crawler.model.filters import Section
from crawler.model.hosts import Hosts
from crawler.model.log import logger
from crawler.model.preload import preload
from crawler.model.settings import Settings
from crawler.model.values import (
    Elsewhere,
    Links,
    Listing,
    ParsedList,
    RepositoryName,
    Source,
)
from crawler.ranking.listings import count_by_host, merge_entries
from crawler.reports.words import told_by_host
from crawler.sources import hosts_of

_STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a run asks about for one list alone."""

    scope: str
    """What tells runs over this list from runs over others."""
    source: Source
    listings: tuple[Listing, ...]
    sections: tuple[Section, ...]
    """In the order of the list."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What it lists without a repository on a host that is asked, in its order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks about."""

    parts: tuple[ListPlan, ...]
    listings: tuple[Listing, ...]
    """Of all lists together."""

    @property
    def names(self) -> list[RepositoryName]:
        """Every repository as its lists name it, each once."""
        return [listing.repository for listing in self.listings]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The lists."""
        return tuple(part.source for part in self.parts)

    @property
    def scope(self) -> str:
        """What tells runs over these lists from runs over others, in whatever order."""
        return join_scopes(part.scope for part in self.parts)

    @property
    def elsewhere(self) -> tuple[Elsewhere, ...]:
        """What the lists list without a repository on a host that is asked."""
        return tuple(each for part in self.parts for each in part.elsewhere)

    @property
    def sections(self) -> tuple[Section, ...]:
        """In the order of the lists."""
        return tuple(dict.fromkeys(each for part in self.parts for each in part.sections))


async def read_lists(
    settings: Settings, services: Services, cache: Cache, clock: Clock, backoff: Backoff
) -> Plan:
    """Read and parse all lists side by side; the first that fails ends the run.

    Raises: ListError; RunError where a server cannot be asked.
    """
    hosts = hosts_of(settings)
    confined = "lists" in settings.confined
    origins = {name: locate(name, hosts, confined=confined) for name in settings.lists}
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    _read_list(
                        display_name(name, origin),
                        origin,
                        settings,
                        services=services,
                        cache=cache,
                        clock=clock,
                        backoff=backoff,
                    )
                )
                for name, origin in origins.items()
            ]
            # Once the requests have left: loading the parser takes a third of their time.
            asyncio.get_running_loop().call_soon(preload, "crawler.lists.parse")
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    lists = [task.result() for task in tasks]
    return Plan(
        parts=tuple(
            ListPlan(
                scope=scope_of(origin, Links(settings.links)),
                source=Source(
                    text.name, text.url, len({entry.repository.key for entry in found.entries})
                ),
                listings=tuple(merge_entries([(text.name, found.entries)])),
                sections=tuple(
                    dict.fromkeys(entry.section for entry in found.entries if entry.section)
                ),
                elsewhere=found.elsewhere,
            )
            for origin, (text, found) in zip(origins.values(), lists, strict=True)
        ),
        listings=tuple(merge_entries((text.name, found.entries) for text, found in lists)),
    )


def scope_of(origin: Origin, links: Links) -> str:
    """Where the list is, however it was named, and which of its links count."""
    return f"{links} {place_of(origin)}"


def place_of(origin: Origin) -> str:
    """Where the list is, however it was named."""
    match origin:
        case FileOrigin(path):
            return str(path.resolve())
        case ReadmeOrigin(repository, folder):
            return f"https://{repository.host}/{repository.full_name.casefold()}/{folder}"
        case UrlOrigin(url):
            # The query may hold a key, which nothing may remember as it is.
            bare, _, query = url.partition("?")
            return bare + (f"?{hashlib.sha256(query.encode()).hexdigest()}" if query else "")
        case StdinOrigin():
            return _STDIN


def join_scopes(scopes: Iterable[str]) -> str:
    """The scope of runs over several lists, in whatever order they are named."""
    return "\n".join(sorted(set(scopes)))


def split_scope(scope: str) -> list[str]:
    """The scopes that `join_scopes` joined."""
    return scope.split("\n")


def is_lasting(scope: str) -> bool:
    """Whether a later run of that scope is over the same lists: standard input is another one
    each time."""
    return not any(each.endswith(f" {_STDIN}") for each in split_scope(scope))


async def _read_list(
    name: str,
    origin: Origin,
    settings: Settings,
    *,
    services: Services,
    cache: Cache,
    clock: Clock,
    backoff: Backoff,
) -> tuple[ListText, ParsedList]:
    if settings.offline and isinstance(origin, ReadmeOrigin | UrlOrigin):
        text = await _lookup_list(name, origin, cache)
    else:
        text = await retry(
            lambda: load_list(name, origin, services.fetch_readme, services.fetch_page),
            attempts=lambda _: 1 + settings.retries,
            clock=clock,
            backoff=backoff,
        )
    try:
        hosts = hosts_of(settings)
        found = await _parse(text.text, origin, Links(settings.links), hosts)
    except ListError as error:
        raise ListError(f"{name}: {error}") from None
    counts = count_by_host(found.elsewhere)
    if not found.entries:
        shown = "standard input" if isinstance(origin, StdinOrigin) else name
        if not text.text.strip():
            raise ListError(f"{shown} is empty")
        hint = "; --links all takes every link" if Links(settings.links) is Links.ENTRIES else ""
        but = f", only what is elsewhere ({told_by_host(counts)})" if counts else ""
        raise ListError(f"{shown} lists no GitHub repository{but}{hint}")
    if isinstance(origin, ReadmeOrigin | UrlOrigin):
        # Only now: a page of somebody else must not take the place of a list.
        cache.put_list(place_of(origin), text.text)
    if len(found.elsewhere) > len(found.entries):
        logger.info(
            "{}: most of what it lists, {:,} of {:,}, has no repository that can be asked for ({})",
            name,
            len(found.elsewhere),
            len(found.elsewhere) + len(found.entries),
            told_by_host(counts),
        )
    return text, found


async def _lookup_list(name: str, origin: ReadmeOrigin | UrlOrigin, cache: Cache) -> ListText:
    text = await cache.lookup_list(place_of(origin))
    if text is None:
        raise ListError(f"{name} was never read, so --offline has no list: run it once without")
    return named(name, origin, text)


async def _parse(text: str, origin: Origin, links: Links, hosts: Hosts) -> ParsedList:
    """Parse in a thread, which ends soon after a cancellation instead of holding up the exit."""
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise RunError("the run was stopped")

    try:
        return await asyncio.to_thread(
            lambda: parse_list(
                text, links, hosts=hosts, itself=repository_around(origin, hosts), check=check
            )
        )
    finally:
        stopped.set()
