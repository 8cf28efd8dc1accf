"""The first step of a run: read and parse every list concurrently."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from crawler.crawl.cache import Cache
from crawler.crawl.folders import MAX_BYTES, Means, folder_of
from crawler.crawl.following import Followed, Follower, depth_of
from crawler.crawl.scopes import Scope, place_of
from crawler.crawl.services import Services
from crawler.http.retries import Backoff
from crawler.lists import parse_list
from crawler.lists.deadline import Budget, seconds_for
from crawler.lists.itself import repository_around
from crawler.lists.loading import ListText, load_list, named
from crawler.lists.locations import (
    FileLocation,
    Location,
    StdinLocation,
    display_name,
    locate,
)
from crawler.lists.section_cache import SectionCache
from crawler.model.addresses import bare
from crawler.model.clock import Clock
from crawler.model.errors import (
    CrawlerError,
    CredentialsError,
    ListError,
    RunError,
    StoreError,
    Throttled,
)
from crawler.model.files import Home, Markup
from crawler.model.frozen import frozen
from crawler.model.hosts import Hosts
from crawler.model.log import logger
from crawler.model.preload import preload
from crawler.model.settings import Settings
from crawler.model.shielded import in_thread
from crawler.model.text import cut
from crawler.model.values import (
    Elsewhere,
    Entry,
    Links,
    ParsedList,
    RepositoryName,
    UnreadFile,
    UnreadList,
)
from crawler.ranking.listings import count_by_host
from crawler.reports.words import told_by_host
from crawler.sources import hosts_of


@frozen
class ReadList:
    """A list that was read."""

    scope: Scope
    """The scope of runs over it alone."""
    name: str
    """Its name in reports."""
    url: str | None
    """The address where readers find it."""
    entries: Iterable[Entry]
    """Can be iterated once."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Its entries without a repository on a supported host, in order."""
    text: str = ""
    """The text that was read, without a byte order mark."""
    markup: Markup = Markup.MARKDOWN
    """How it is written."""
    parse: Callable[[str], ParsedList] = parse_list
    """Parses another text in the same way as this one, and faster the more they have in common;
    `files` and `passed` are left out."""
    unread_files: tuple[UnreadFile, ...] = ()
    """Files that continue it and were not read."""


@frozen
class Lists:
    """The result of reading the named lists."""

    read: tuple[ReadList, ...]
    scope: Scope
    """The scope of all of them, read or not."""
    unread: tuple[UnreadList, ...] = ()
    """Lists that could not be read, in order."""


LISTS: Final = "lists"
"""The name of their setting among those that a stranger may have written."""


async def read_lists(
    settings: Settings,
    services: Services,
    cache: Cache,
    clock: Clock,
    backoff: Backoff,
    *,
    sections: SectionCache | None = None,
) -> Lists:
    """Read and parse all lists concurrently. One that cannot be read is logged and left out.
    `sections` is an empty cache for what is parsed of a single list, which it does not follow.

    Raises: ListError if none of the lists can be read; ConfigError if a stranger named one that
        it may not; RunError if its server cannot be asked, or if the run cannot go on.
    """
    names = [*dict.fromkeys(settings.lists)]
    if LISTS in settings.confined:
        for name in names:
            with contextlib.suppress(ListError):  # it is logged below
                locate(name, hosts_of(settings), confined=True)
    reader = _Reader(Means(settings, services, cache, clock, backoff), sections)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.read(name)) for name in names]
            preload("crawler.lists.parse", "crawler.store.workspace")
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    results = [task.result() for task in tasks]
    read = [each for each in results if isinstance(each, ReadList)]
    failed = [(place, each) for place, each in enumerate(results) if isinstance(each, _Failed)]
    if not read:
        raise _none_of([each for _, each in failed])
    for _, each in failed:
        logger.error("{}; the other lists are ranked without it", each.error)
    return Lists(
        read=tuple(read),
        unread=tuple(UnreadList(each.name, place, str(each.error)) for place, each in failed),
        scope=Scope.over(each.scope for each in results),
    )


def _none_of(failed: Sequence[_Failed]) -> CrawlerError:
    """The error of a run if no list could be read."""
    if len(failed) == 1:
        return failed[0].error
    sentences = "; ".join(dict.fromkeys(str(each.error) for each in failed))
    return ListError(f"none of the {len(failed)} lists can be read: {cut(sentences, 2000)}")


def home_of(location: Location, text: ListText) -> Home:
    """The place of a list among the files that may continue it; None if unknown."""
    match location:
        case FileLocation(path):
            return Home(path.name)
        case _ if text.place is not None:
            return Home(text.place.path, text.place.repository)
        case _:
            return Home("README.md")


@frozen
class _Failed:
    """A list that could not be read."""

    name: str
    scope: Scope
    error: ListError | RunError


@frozen
class _Reader:
    means: Means
    sections: SectionCache | None

    async def read(self, name: str) -> ReadList | _Failed:
        """Raises: CredentialsError, StoreError, which concern all lists."""
        hosts = hosts_of(self.means.settings)
        # Defaults until more is known: the file may be missing, and the name may contain a secret.
        shown = bare(name)
        location: Location = FileLocation(Path(shown.replace("\0", "")))
        try:
            location = locate(name, hosts, confined=LISTS in self.means.settings.confined)
            shown = display_name(name, location)
            text = await self._load(shown, location)
            parser = _Parser(
                Links(self.means.settings.links),
                hosts,
                await in_thread(partial(repository_around, location, hosts)),
                Budget(seconds_for(len(text.text))),
                self.sections,
            )
            found = await parser.parse(text, home_of(location, text))
            followed = await self._follow(location, text, found, parser)
            found = replace(
                found,
                entries=(*found.entries, *followed.entries),
                elsewhere=(*found.elsewhere, *followed.elsewhere),
            )
            self._check(location, text, found, followed)
        except (CredentialsError, StoreError):
            raise
        except (ListError, RunError) as error:
            # A server's error message names only the server.
            if shown not in str(error) and not isinstance(location, StdinLocation):
                error = error.about(shown)
            return _Failed(shown, self._scope(location), error)
        if not isinstance(location, FileLocation | StdinLocation):
            # Not earlier: a page that is not from the server must not replace the stored list.
            self.means.cache.put_list(place_of(location), text.text)
        return ReadList(
            self._scope(location),
            text.name,
            text.url,
            found.entries,
            found.elsewhere,
            text.text,
            text.markup,
            partial(parser.parse_as, text),
            tuple(followed.unread),
        )

    def _scope(self, location: Location) -> Scope:
        return Scope.of([location], Links(self.means.settings.links), self.means.settings.follow)

    async def _load(self, name: str, location: Location) -> ListText:
        services = self.means.services
        if self.means.settings.offline and not isinstance(location, FileLocation | StdinLocation):
            text = await self.means.cache.lookup_list(place_of(location))
            if text is None:
                raise ListError(
                    f"{name} was never read, so --offline has no list: run it once without"
                )
            return named(name, location, text)
        try:
            return await self.means.retry(
                lambda: load_list(name, location, services, services.fetch_page)
            )
        except Throttled as error:
            if self.means.cache.records is None:
                raise
            raise Throttled(
                f"{error.cause} (--offline ranks what the store knows)", error.until
            ) from None

    async def _follow(
        self, location: Location, text: ListText, found: ParsedList, parser: _Parser
    ) -> Followed:
        """Entries of the files that continue the list, if they are to be read."""
        depth = depth_of(self.means.settings.follow, text.name, found)
        if not depth:
            return Followed(text.name)
        home, folder = home_of(location, text), folder_of(location, text, self.means)
        # All of them together may take the time that one list of their size might.
        parse = replace(parser, budget=Budget(seconds_for(MAX_BYTES))).parse
        followed = await Follower(text.name, home, folder, parse).follow(found.files, depth)
        followed.tell()
        return followed

    def _check(
        self, location: Location, text: ListText, found: ParsedList, followed: Followed
    ) -> None:
        """Log anything odd about a list. Raises: ListError if it lists nothing."""
        links = Links(self.means.settings.links)
        names = " or ".join(host.name for host in hosts_of(self.means.settings))
        counts = count_by_host(found.elsewhere)
        if found.passed:
            told = ", ".join(f"{why} {count:,}" for why, count in found.passed)
            logger.debug("{}: begins with a link and is not counted: {}", text.name, told)
        if not found.entries:
            shown = "standard input" if isinstance(location, StdinLocation) else text.name
            if not text.text.strip():
                raise ListError(f"{shown} is empty")
            hint = "; --links all ranks every link" if links is Links.ENTRIES else ""
            if followed.unread:
                hint = f"; {len(followed.unread)} of its files were not read"
            elif found.files and not followed.read:
                such = f"{len(found.files)}, such as {found.files[0].path}"
                hint = f" but in files of its own ({such}): name those, or rank with --follow 1"
            but = f", only what is elsewhere ({told_by_host(counts)})" if counts else ""
            raise ListError(f"{shown} lists no repository on {names}{but}{hint}")
        if len(found.elsewhere) > len(found.entries):
            logger.info(
                "{}: most of its entries, {:,} of {:,}, have no repository on {} ({})",
                text.name,
                len(found.elsewhere),
                len(found.elsewhere) + len(found.entries),
                names,
                told_by_host(counts),
            )


@frozen
class _Parser:
    """Parses the texts of one list."""

    links: Links
    hosts: Hosts
    itself: RepositoryName | None
    """The repository that contains the list."""
    budget: Budget
    sections: SectionCache | None

    async def parse(self, text: ListText, home: Home) -> ParsedList:
        """Parse in a thread, which stops soon after a cancellation so that the exit is not delayed.

        Raises: ListError.
        """
        stopped = threading.Event()
        try:
            return await asyncio.to_thread(self._parse, text, home, stopped)
        except ListError as error:
            raise ListError(f"{text.name}: {error}") from None
        finally:
            stopped.set()

    def _parse(self, text: ListText, home: Home, stopped: threading.Event) -> ParsedList:
        with self.budget.spend() as look:

            def check() -> None:
                look()
                if stopped.is_set():
                    raise RunError("the run was stopped")

            return parse_list(
                text.text,
                self.links,
                hosts=self.hosts,
                itself=self.itself,
                check=check,
                markup=text.markup,
                home=home,
                cache=self.sections,
            )

    def parse_as(self, model: ListText, text: str) -> ParsedList:
        """Parse `text` in the same way as the list `model`. Blocks. Raises: ListError."""
        return parse_list(
            text,
            self.links,
            hosts=self.hosts,
            itself=self.itself,
            markup=model.markup,
            cache=self.sections,
        )
