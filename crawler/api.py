"""What other programs import: a ranking with one call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from crawler.crawl.run import crawl
from crawler.model.config import find_addresses, make_settings
from crawler.model.errors import UsageError
from crawler.model.results import Ranking
from crawler.model.settings import DEFAULTS
from crawler.model.values import Progress
from crawler.ranking.filters import apply_filters
from crawler.reports.outputs import write_report
from crawler.sources.github.credentials import make_token

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store

__all__ = ["rank_repos", "rank_repos_sync", "write_report"]


async def rank_repos(
    *lists: str | os.PathLike[str],
    token: str | None = None,
    top: int | None = None,
    sort: str = DEFAULTS.sort,
    min_stars: int | None = None,
    language: Sequence[str] = (),
    section: Sequence[str] = (),
    exclude: Sequence[str] = (),
    archived: bool = DEFAULTS.archived,
    pushed_within: float | str | None = None,
    by_section: bool = DEFAULTS.by_section,
    progress: Callable[[Progress], object] | None = None,
    links: str = DEFAULTS.links,
    provider: str = DEFAULTS.provider,
    include_private: bool = DEFAULTS.include_private,
    concurrency: int = DEFAULTS.concurrency,
    batch_size: int | Literal["auto"] = DEFAULTS.batch_size,
    timeout: float = DEFAULTS.timeout,
    retries: int = DEFAULTS.retries,
    max_wait: float = DEFAULTS.max_wait,
    budget: int | None = DEFAULTS.budget,
    response_seconds: float = DEFAULTS.response_seconds,
    api_url: str | None = None,
    graphql_url: str | None = None,
    transport: Transport | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    max_age: float | str = DEFAULTS.max_age,
    gone_grace: float | str = DEFAULTS.gone_grace,
    refresh: bool = DEFAULTS.refresh,
    offline: bool = DEFAULTS.offline,
    since: str | date | timedelta | None = None,
) -> Ranking:
    """Rank the repositories that `lists` name by their stars, most first.

    Each list is an `owner/repo`, a URL, a path, or `-` for standard input;
    without any it is quozd/awesome-dotnet. `token=None` is anonymous: pass
    `find_token()` to use the one that the command would. `top`, `sort` and the
    filters choose the rows, not what is asked: see `crawler.model.filters.Filters`.
    `progress` is called in the event loop each time some repositories are
    settled. `timeout` is in seconds, for one request; `max_wait`
    in seconds, for all waiting for limits; `budget` in points of GitHub's quota.
    The API addresses are those of GITHUB_API_URL and GITHUB_GRAPHQL_URL unless
    given; without a token deps.dev is asked, at DEPSDEV_API_URL or its own.
    `transport` takes the place of the network.

    `store` is a `Store` or the path of one, and keeps what is learned; None touches no disk. With
    one, figures younger than `max_age` (seconds, or a duration such as "12h") are not asked for
    again, nor what is gone for less than `gone_grace`; `refresh` asks for all, `offline` for
    nothing. The ranking is compared with the time `since`: a duration back from now such as "7d"
    or a timedelta, or a date, or a time; None: the last run over the same lists. A store that
    fails costs no ranking, but for `offline`.

    Repositories without figures are the ranking's `failures`, not errors.
    Cancelling leaves no task and no connection behind.

    Raises: CrawlerError: UsageError before anything was asked about a
        repository, RunError where the run cannot go on or none of the
        repositories has an answer.
    """
    given = {"api_url": api_url, "graphql_url": graphql_url}
    settings = make_settings(
        {
            "lists": [os.fspath(name) for name in lists] or list(DEFAULTS.lists),
            "top": top,
            "sort": sort,
            "min_stars": min_stars,
            "language": [language] if isinstance(language, str) else list(language),
            "section": [section] if isinstance(section, str) else list(section),
            "exclude": [exclude] if isinstance(exclude, str) else list(exclude),
            "archived": archived,
            "pushed_within": pushed_within,
            "by_section": by_section,
            "links": links,
            "provider": provider,
            "include_private": include_private,
            "concurrency": concurrency,
            "batch_size": batch_size,
            "timeout": timeout,
            "retries": retries,
            "max_wait": max_wait,
            "budget": budget,
            "response_seconds": response_seconds,
            "max_age": max_age,
            "gone_grace": gone_grace,
            "refresh": refresh,
            "offline": offline,
            "store": store is not None,
            "since": f"{since.total_seconds():f}s" if isinstance(since, timedelta) else since,
            **find_addresses(given, environ=os.environ),
        }
    )
    async with AsyncExitStack() as stack:
        if store is not None:
            from crawler.store import Store

            if not isinstance(store, Store):
                store = await stack.enter_async_context(Store(store))
        ranking = await crawl(
            settings,
            token=None
            if token is None
            else make_token(token, getattr(token, "origin", "the caller")),
            progress=progress,
            transport=transport,
            store=store,
        )
    return apply_filters(ranking, settings)


def rank_repos_sync(*lists: str | os.PathLike[str], **options: Any) -> Ranking:
    """`rank_repos()` for callers without an event loop, with the same arguments.

    Raises: as `rank_repos()`; UsageError inside a running event loop.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(rank_repos(*lists, **options))
    raise UsageError("inside a running event loop, call: await rank_repos(...)")
