"""The whole way from lists to a ranking: it wires the rooms below it and owns nothing."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from crawler.clients.github import GitHub
from crawler.clients.lists import ListText, Origin, load_list, locate
from crawler.config import find_addresses, make_settings
from crawler.credentials import check_origin, make_token
from crawler.errors import CredentialsError, ListError, RunError, UsageError
from crawler.exchange import Request, Response, Token
from crawler.fetcher import fetch_answers, retrying
from crawler.gate import Gate
from crawler.log import logger
from crawler.models import (
    Answer,
    Entry,
    Facts,
    Links,
    Listing,
    Progress,
    Provider,
    Ranking,
    Source,
    Usage,
)
from crawler.parser import parse_list
from crawler.protocol.limits import verdict
from crawler.ranking import merge_entries, rank
from crawler.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from crawler.http import Http, Transport

ANONYMOUS_REQUESTS: Final = 60
"""REST requests an hour that GitHub answers without a token.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks about."""

    sources: tuple[Source, ...]
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """What a run talks to."""

    github: GitHub
    api: Gate
    web: Gate
    """For lists that are not on GitHub: no token, and no verdict that concerns GitHub."""


async def rank_repos(
    *lists: str | os.PathLike[str],
    token: str | None = None,
    top: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    links: str = DEFAULTS.links,
    provider: str = DEFAULTS.provider,
    include_private: bool = DEFAULTS.include_private,
    concurrency: int = DEFAULTS.concurrency,
    batch_size: int = DEFAULTS.batch_size,
    timeout: float = DEFAULTS.timeout,
    retries: int = DEFAULTS.retries,
    api_url: str | None = None,
    graphql_url: str | None = None,
    transport: Transport | None = None,
) -> Ranking:
    """Rank the repositories that `lists` name by their stars, most first.

    Each list is an `owner/repo`, a URL, a path, or `-` for standard input;
    without any it is quozd/awesome-dotnet. `token=None` is anonymous: pass
    `find_token()` to use the one that the command would. `top` limits the rows,
    not what is asked. `progress` is called in the event loop each time some
    repositories are settled. `timeout` is in seconds, for one request. The API
    addresses are those of GITHUB_API_URL and GITHUB_GRAPHQL_URL unless given.
    `transport` takes the place of the network.

    Repositories without figures are the ranking's `failures`, not errors.
    Cancelling leaves no task and no connection behind.

    Raises: CrawlerError: UsageError before anything was asked about a
        repository, RunError where the run cannot go on or none of the
        repositories has an answer.
    """
    api_url, graphql_url = find_addresses(api_url, graphql_url, environ=os.environ)
    settings = make_settings(
        {
            "lists": [os.fspath(name) for name in lists] or list(DEFAULTS.lists),
            "top": top,
            "links": links,
            "provider": provider,
            "include_private": include_private,
            "concurrency": concurrency,
            "batch_size": batch_size,
            "timeout": timeout,
            "retries": retries,
            "api_url": api_url,
            "graphql_url": graphql_url,
        }
    )
    ranking = await crawl(
        settings,
        token=None if token is None else make_token(token, getattr(token, "origin", "the caller")),
        progress=progress,
        transport=transport,
    )
    return ranking.limited(top)


def rank_repos_sync(*lists: str | os.PathLike[str], **options: Any) -> Ranking:
    """`rank_repos()` for callers without an event loop, with the same arguments.

    Raises: as `rank_repos()`; UsageError inside a running event loop.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(rank_repos(*lists, **options))
    raise UsageError("inside a running event loop, call: await rank_repos(...)")


async def crawl(
    settings: Settings,
    *,
    token: Token | None,
    progress: Callable[[Progress], object] | None = None,
    transport: Transport | None = None,
) -> Ranking:
    """Read the lists, ask about every repository on them, and rank.

    Raises: as `rank_repos()`.
    """
    started = time.monotonic()
    provider = _choose_provider(settings, token)
    async with _open(settings, token, transport) as services:
        plan = await _read_lists(settings, services)
        if token is None:
            logger.warning(
                "without a token GitHub answers {} requests an hour, and there are {} "
                "repositories: set GH_TOKEN, or log in with gh auth login",
                ANONYMOUS_REQUESTS,
                len(plan.listings),
            )
        by_query = provider is Provider.GRAPHQL
        answers = await fetch_answers(
            [listing.repository for listing in plan.listings],
            services.github.ask_batch if by_query else services.github.ask_one,
            batch_size=settings.batch_size,
            part_size=settings.batch_size if by_query else 1,
            retries=settings.retries,
            progress=progress,
        )
    _check_answered(answers)
    rows, failures, sums = rank(plan.listings, answers)
    return Ranking(
        sources=plan.sources,
        rows=rows,
        failures=failures,
        sums=sums,
        usage=Usage(
            requests=services.api.sent.total() + services.web.sent.total(),
            graphql_points=services.github.points,
            rest_requests=services.api.sent["core"],
            seconds=round(time.monotonic() - started, 3),
        ),
        provider=provider,
        generated_at=datetime.now(UTC),
    )


async def read_plan(
    settings: Settings,
    *,
    token: Token | None,
    transport: Transport | None = None,
) -> Plan:
    """Read the lists, and ask about no repository.

    Raises: as `rank_repos()`.
    """
    async with _open(settings, token, transport) as services:
        return await _read_lists(settings, services)


def _choose_provider(settings: Settings, token: Token | None) -> Provider:
    if settings.provider == "auto":
        return Provider.REST if token is None else Provider.GRAPHQL
    provider = Provider(settings.provider)
    if provider is Provider.GRAPHQL and token is None:
        raise CredentialsError(
            "GitHub's GraphQL API answers nobody without a token: set GH_TOKEN, log in with "
            "gh auth login, or use --provider rest"
        )
    return provider


@asynccontextmanager
async def _open(
    settings: Settings, token: Token | None, transport: Transport | None
) -> AsyncIterator[Services]:
    """The services, connected when the first request is made and closed at the end."""
    graphql_url = settings.graphql_url or settings.api_url
    for url in (settings.api_url, graphql_url):
        check_origin(url, token)
    async with AsyncExitStack() as stack:
        http: Http | None = None

        async def send(request: Request) -> Response:
            nonlocal http
            if http is None:
                # Here, since a dry run of local files needs no connection and no httpx.
                from crawler.http import Http

                http = Http(transport)
                stack.push_async_exit(http)
            return await http.send(request)

        bounds: dict[str, Any] = {
            "concurrency": settings.concurrency,
            "timeout": settings.timeout,
        }
        api = Gate(send, verdict=lambda answer: verdict(answer, token, datetime.now(UTC)), **bounds)
        yield Services(
            github=GitHub(
                send=api.send,
                api_url=settings.api_url,
                graphql_url=graphql_url,
                token=token,
                include_private=settings.include_private,
            ),
            api=api,
            web=Gate(send, **bounds),
        )


async def _read_lists(settings: Settings, services: Services) -> Plan:
    """Read and parse all lists side by side; the first that fails ends the run."""
    origins = {name: locate(name) for name in settings.lists}
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_read_list(name, origin, settings, services))
                for name, origin in origins.items()
            ]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    lists = [task.result() for task in tasks]
    return Plan(
        sources=tuple(
            Source(text.name, text.url, len({entry.repository.key for entry in entries}))
            for text, entries in lists
        ),
        listings=tuple(merge_entries((text.name, entries) for text, entries in lists)),
    )


async def _read_list(
    name: str, origin: Origin, settings: Settings, services: Services
) -> tuple[ListText, Sequence[Entry]]:
    text = await retrying(
        lambda: load_list(name, origin, services.github.fetch_readme, services.web.send),
        settings.retries,
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


def _check_answered(answers: Sequence[Answer]) -> None:
    """A run without any answer has nothing to report but its failure."""
    if any(isinstance(answer, Facts) or not answer.reason.retryable for answer in answers):
        return
    reasons = sorted({answer.reason for answer in answers if not isinstance(answer, Facts)})
    first = next(answer for answer in answers if not isinstance(answer, Facts))
    raise RunError(f"no repository has an answer ({', '.join(reasons)}): {first.message}")
