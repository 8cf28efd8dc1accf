"""What a run asks about: every list is read and parsed before any repository is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from crawler.model.addresses import bare
from crawler.model.clock import Clock
from crawler.model.errors import (
    CrawlerError,
    CredentialsError,
    ListError,
    RunError,
    StoreError,
)
from crawler.model.filters import Section
from crawler.model.hosts import Hosts
from crawler.model.log import logger
from crawler.model.preload import preload
from crawler.model.settings import Settings
from crawler.model.text import cut
from crawler.model.values import (
    Elsewhere,
    Entry,
    Links,
    Listing,
    ParsedList,
    RepositoryName,
    Source,
    UnreadList,
)
from crawler.ranking.listings import count_by_host, merge_entries
from crawler.reports.words import told_by_host
from crawler.sources import hosts_of

_STDIN: Final = "-"


LISTS: Final = "lists"
"""Their setting, among those that a stranger may have said."""


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
    named_scope: str
    """What tells runs over all lists that were named, read or not, from runs over others."""
    unread: tuple[UnreadList, ...] = ()
    """Lists that could not be read, in their order."""

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
    """Read and parse all lists side by side. One that cannot be read is told, and left out.

    Raises: ListError where none of several can be read, or the only one is none; ConfigError where
        a stranger named one that it may not; RunError where its server cannot be asked, or where
        the run cannot go on.
    """
    names = [*dict.fromkeys(settings.lists)]
    if LISTS in settings.confined:
        for name in names:
            with contextlib.suppress(ListError):  # which is told below
                locate(name, hosts_of(settings), confined=True)
    reader = _Reader(settings, services, cache, clock, backoff)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.read(name)) for name in names]
            # Once the requests have left: loading the parser takes a third of their time.
            asyncio.get_running_loop().call_soon(preload, "crawler.lists.parse")
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    results = [task.result() for task in tasks]
    read = [each for each in results if isinstance(each, _Read)]
    failed = [(place, each) for place, each in enumerate(results) if isinstance(each, _Failed)]
    if not read:
        raise _none_of([each for _, each in failed])
    for _, each in failed:
        logger.error("{}; the other lists are ranked without it", each.error)
    return Plan(
        parts=tuple(each.part for each in read),
        listings=tuple(merge_entries((each.part.source.name, each.entries) for each in read)),
        named_scope=join_scopes(each.scope for each in results),
        unread=tuple(UnreadList(each.name, place, str(each.error)) for place, each in failed),
    )


def _none_of(failed: Sequence[_Failed]) -> CrawlerError:
    """The error of a run for which no list could be read."""
    if len(failed) == 1:
        return failed[0].error
    sentences = "; ".join(dict.fromkeys(str(each.error) for each in failed))
    return ListError(f"none of the {len(failed)} lists can be read: {cut(sentences, 2000)}")


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


@dataclass(frozen=True, slots=True)
class _Read:
    """A list that was read."""

    part: ListPlan
    entries: Sequence[Entry]

    @property
    def scope(self) -> str:
        return self.part.scope


@dataclass(frozen=True, slots=True)
class _Failed:
    """A list that could not be read."""

    name: str
    scope: str
    error: ListError | RunError


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: Settings
    services: Services
    cache: Cache
    clock: Clock
    backoff: Backoff

    async def read(self, name: str) -> _Read | _Failed:
        """Raises: CredentialsError, StoreError, which concern all lists."""
        hosts = hosts_of(self.settings)
        # Until more is known: a file that is missing, and a name that may hold a key.
        shown = bare(name)
        origin: Origin = FileOrigin(Path(shown.replace("\0", "")))
        try:
            origin = locate(name, hosts, confined=LISTS in self.settings.confined)
            shown = display_name(name, origin)
            text = await self._load(shown, origin)
            found = await self._parse(shown, origin, text.text, hosts)
        except (CredentialsError, StoreError):
            raise
        except (ListError, RunError) as error:
            # A server's sentence names the server alone.
            if shown not in str(error) and not isinstance(origin, StdinOrigin):
                error = error.about(shown)
            return _Failed(shown, self._scope(origin), error)
        if isinstance(origin, ReadmeOrigin | UrlOrigin):
            # Only now: a page of somebody else must not take the place of a list.
            self.cache.put_list(place_of(origin), text.text)
        repositories = {entry.repository.key for entry in found.entries}
        sections = dict.fromkeys(entry.section for entry in found.entries if entry.section)
        part = ListPlan(
            scope=self._scope(origin),
            source=Source(text.name, text.url, len(repositories)),
            listings=tuple(merge_entries([(text.name, found.entries)])),
            sections=tuple(sections),
            elsewhere=found.elsewhere,
        )
        return _Read(part, found.entries)

    def _scope(self, origin: Origin) -> str:
        return scope_of(origin, Links(self.settings.links))

    async def _load(self, name: str, origin: Origin) -> ListText:
        services = self.services
        if self.settings.offline and isinstance(origin, ReadmeOrigin | UrlOrigin):
            text = await self.cache.lookup_list(place_of(origin))
            if text is None:
                raise ListError(
                    f"{name} was never read, so --offline has no list: run it once without"
                )
            return named(name, origin, text)
        return await retry(
            lambda: load_list(name, origin, services.fetch_readme, services.fetch_page),
            attempts=lambda _: 1 + self.settings.retries,
            clock=self.clock,
            backoff=self.backoff,
        )

    async def _parse(self, name: str, origin: Origin, text: str, hosts: Hosts) -> ParsedList:
        links = Links(self.settings.links)
        try:
            found = await _parse_aside(text, origin, links, hosts)
        except ListError as error:
            raise ListError(f"{name}: {error}") from None
        counts = count_by_host(found.elsewhere)
        if not found.entries:
            shown = "standard input" if isinstance(origin, StdinOrigin) else name
            if not text.strip():
                raise ListError(f"{shown} is empty")
            hint = "; --links all takes every link" if links is Links.ENTRIES else ""
            but = f", only what is elsewhere ({told_by_host(counts)})" if counts else ""
            raise ListError(f"{shown} lists no GitHub repository{but}{hint}")
        if len(found.elsewhere) > len(found.entries):
            logger.info(
                "{}: most of what it lists, {:,} of {:,}, has no repository that can be asked for "
                "({})",
                name,
                len(found.elsewhere),
                len(found.elsewhere) + len(found.entries),
                told_by_host(counts),
            )
        return found


async def _parse_aside(text: str, origin: Origin, links: Links, hosts: Hosts) -> ParsedList:
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
