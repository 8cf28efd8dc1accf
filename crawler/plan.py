"""What a run asks about: every list is read and parsed before any repository is asked for."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from crawler.clients.lists import FileOrigin, ListText, Origin, UrlOrigin, load_list, locate
from crawler.clock import Clock
from crawler.errors import ListError, RunError
from crawler.models import Entry, Links, Listing, Source
from crawler.parser import parse_list
from crawler.ranking import merge_entries
from crawler.retries import retrying
from crawler.services import Services
from crawler.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks about."""

    sources: tuple[Source, ...]
    listings: tuple[Listing, ...]
    """Of all lists together."""
    parts: tuple[tuple[str, tuple[Listing, ...]], ...]
    """For each source its scope and its own listings."""

    @property
    def scope(self) -> str:
        """What tells runs over these lists from runs over others, in whatever order."""
        return "\n".join(sorted({scope for scope, _ in self.parts}))


async def read_lists(settings: Settings, services: Services, clock: Clock) -> Plan:
    """Read and parse all lists side by side; the first that fails ends the run.

    Raises: ListError; RunError where a server cannot be asked.
    """
    origins = {name: locate(name) for name in settings.lists}
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_read_list(name, origin, settings, services, clock))
                for name, origin in origins.items()
            ]
            # Loading the parser takes a third of a request's time: let it pass in a request's.
            group.create_task(asyncio.to_thread(import_module, "crawler.parser.lists"))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    lists = [task.result() for task in tasks]
    scopes = [
        _scope(text, origin, settings.links)
        for (text, _), origin in zip(lists, origins.values(), strict=True)
    ]
    return Plan(
        sources=tuple(
            Source(text.name, text.url, len({entry.repository.key for entry in entries}))
            for text, entries in lists
        ),
        listings=tuple(merge_entries((text.name, entries) for text, entries in lists)),
        parts=tuple(
            (scope, tuple(merge_entries([(text.name, entries)])))
            for scope, (text, entries) in zip(scopes, lists, strict=True)
        ),
    )


def _scope(text: ListText, origin: Origin, links: Links) -> str:
    """Where the list is, however it was named, and which of its links count."""
    match origin:
        case FileOrigin(path):
            place = str(path.resolve())
        case UrlOrigin(url):
            # The query may hold a key, which nothing may remember as it is.
            bare, _, query = url.partition("?")
            place = bare + (f"?{hashlib.sha256(query.encode()).hexdigest()}" if query else "")
        case _:
            place = (text.url or text.name).casefold()
    return f"{links} {place}"


async def _read_list(
    name: str, origin: Origin, settings: Settings, services: Services, clock: Clock
) -> tuple[ListText, Sequence[Entry]]:
    text = await retrying(
        lambda: load_list(name, origin, services.fetch_readme, services.fetch_page),
        lambda _: 1 + settings.retries,
        clock,
    )
    try:
        entries = await _parse(text.text, settings.links)
    except ListError as error:
        raise ListError(f"{name}: {error}") from None
    if not entries:
        hint = "; --links all takes every link" if settings.links is Links.ENTRIES else ""
        raise ListError(f"{name} lists no GitHub repository{hint}")
    return text, entries


async def _parse(text: str, links: Links) -> tuple[Entry, ...]:
    """Parse in a thread, which ends soon after a cancellation instead of holding up the exit."""
    stopped = threading.Event()

    def check() -> None:
        if stopped.is_set():
            raise RunError("the run was stopped")

    try:
        return await asyncio.to_thread(parse_list, text, links, check=check)
    finally:
        stopped.set()
