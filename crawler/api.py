"""The library interface: a ranking with one call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import update_wrapper
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, TypeVar

from crawler.crawl.context import Context
from crawler.crawl.run import crawl
from crawler.http.exchange import hidden
from crawler.model.definitions import settings_of
from crawler.model.durations import Duration, LookBack
from crawler.model.errors import ConfigError, UsageError
from crawler.model.filters import Sort
from crawler.model.results import Ranking
from crawler.model.settings import HistoryName, LinksName, ProviderName, Settings
from crawler.model.values import Progress
from crawler.ranking.filters import apply_filters
from crawler.reports.outputs import reported, write_report
from crawler.sources.addresses import find_addresses
from crawler.sources.github.credentials import check_token

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store

__all__ = ["rank_repos", "rank_repos_sync", "write_report"]

P = ParamSpec("P")
T = TypeVar("T")

MOST_HELD: Final = 10_000
"""Rows and failures of a ranking up to which it is held in memory."""

_DEFAULTS: Final = Settings()


async def rank_repos(
    *lists: str | os.PathLike[str],
    settings: Settings | None = None,
    token: str | None = None,
    tokens: Mapping[str, str] = MappingProxyType({}),
    progress: Callable[[Progress], object] | None = None,
    transport: Transport | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    top: int | None = _DEFAULTS.top,
    sort: Sort = _DEFAULTS.sort,
    min_stars: int | None = _DEFAULTS.min_stars,
    language: Sequence[str] = _DEFAULTS.language,
    section: Sequence[str] = _DEFAULTS.section,
    exclude: Sequence[str] = _DEFAULTS.exclude,
    archived: bool = _DEFAULTS.archived,
    pushed_within: Duration | None = _DEFAULTS.pushed_within,
    created_within: Duration | None = _DEFAULTS.created_within,
    by_section: bool = _DEFAULTS.by_section,
    links: LinksName = _DEFAULTS.links,
    follow: Literal["auto"] | int = _DEFAULTS.follow,
    provider: ProviderName = _DEFAULTS.provider,
    include_private: bool = _DEFAULTS.include_private,
    concurrency: int = _DEFAULTS.concurrency,
    batch_size: Literal["auto"] | int = _DEFAULTS.batch_size,
    timeout: Duration = _DEFAULTS.timeout,
    retries: int = _DEFAULTS.retries,
    max_wait: Duration = _DEFAULTS.max_wait,
    budget: int | None = _DEFAULTS.budget,
    response_seconds: float = _DEFAULTS.response_seconds,
    history: HistoryName | None = _DEFAULTS.history,
    max_age: Duration = _DEFAULTS.max_age,
    gone_grace: Duration = _DEFAULTS.gone_grace,
    refresh: bool = _DEFAULTS.refresh,
    offline: bool = _DEFAULTS.offline,
    since: LookBack | None = _DEFAULTS.since,
    api_url: str | None = _DEFAULTS.api_url,
    graphql_url: str | None = _DEFAULTS.graphql_url,
    depsdev_url: str | None = _DEFAULTS.depsdev_url,
) -> Ranking:
    """Rank the repositories that `lists` name by their stars, most first.

    Each list is an `owner/repo`, a URL, a path, or `-` for standard input;
    without any it is quozd/awesome-dotnet. `token=None` is anonymous: pass
    `find_token()` to use the same token as the command. `tokens` are for
    hosts other than GitHub, by name. `progress` is called in the event loop
    each time some repositories are settled. `transport` replaces the
    network. `store` is a `Store` or the path of one, and keeps the results;
    None touches no disk.

    All other parameters are the command's settings, with the same names; one
    `Settings` value replaces them all. `top`, `sort` and the filters select the
    rows of the ranking, not the repositories to fetch. Durations (`timeout`,
    `max_wait`, `max_age`, `gone_grace`, `pushed_within`, `created_within`) are seconds, a
    timedelta, or text with a unit such as "12h". `since` is a date, a time, a
    timedelta back from now, or text such as "7d"; None counts stars gained over
    30 days, and compares the rest with the last run over the same lists.
    `history` "top" or "all" fetches the star histories of the first ten rows, or
    of all, and needs a store; None fetches none. `budget` is in points of GitHub's
    quota. Addresses that are None come from GITHUB_API_URL, GITHUB_GRAPHQL_URL and
    DEPSDEV_API_URL, or are those of github.com and deps.dev.

    A ranking of more than 10,000 rows is not held in memory: its `rows` and
    `failures` are read from the tables of the run each time they are iterated.
    Without a store these are in memory, otherwise in a temporary file that is
    deleted with the ranking. Its `history` is read from the file of the store,
    even after that is closed.

    Repositories without figures are in the ranking's `failures`. Lists that
    could not be read, while others could, are in its `unread`, and unread files
    that continue a list in its `unread_files`. If the store fails, the ranking is
    still made, unless `offline` is set. Cancelling leaves no task and no
    connection behind.

    Raises: CrawlerError: UsageError before any repository was requested,
        RunError if the run cannot go on or no repository has an answer.
    """
    tokens = {host: hidden(each) for host, each in tokens.items()}
    token = None if token is None else hidden(token)  # hides it in a traceback of this frame
    said = dict(locals())  # so that settings need not be listed again
    asked = _merge(lists, settings, {name: said[name] for name in _KEYWORDS})
    asked.check_store(is_there=store is not None)
    if store is None and asked.history not in (None, "none"):
        raise ConfigError("history needs the store to keep star histories: give a store")
    async with AsyncExitStack() as stack:
        if store is not None:
            from crawler.store import Store

            if not isinstance(store, Store):
                store = await stack.enter_async_context(Store(store))
        ranking = await crawl(
            replace(asked, history=asked.history or "none"),
            Context(
                token=None if token is None else check_token(token),
                tokens={host: check_token(hidden(each)) for host, each in tokens.items()},
                progress=progress,
                transport=transport,
                store=store,
                on_disk=store is not None,
            ),
            shown=(reported(asked),) if asked.history == "top" else (),
        )
        shown = apply_filters(ranking, asked)
        return shown.held() if len(shown.rows) + len(shown.failures) <= MOST_HELD else shown


_KEYWORDS: Final = tuple(name for name in settings_of(Settings) if name != "lists")


def _merge(
    lists: Sequence[str | os.PathLike[str]], settings: Settings | None, said: Mapping[str, Any]
) -> Settings:
    """The settings of a run, with the addresses from the environment.

    Raises: ConfigError if a value is wrong, or is given in addition to `settings`.
    """
    if settings is None:
        settings = Settings(**{name: _several(name, value) for name, value in said.items()})
    elif beside := [name for name in said if said[name] != getattr(_DEFAULTS, name)]:
        raise ConfigError(
            f"{beside[0]} is given beside a Settings value, which holds every setting: give it "
            f"there, as in dataclasses.replace(settings, {beside[0]}=...)"
        )
    if lists:
        settings = replace(settings, lists=tuple(os.fspath(name) for name in lists))
    addresses: dict[str, Any] = {
        name: getattr(settings, name) for name in ("api_url", "graphql_url", "depsdev_url")
    }
    addresses |= find_addresses(addresses, environ=os.environ)
    return replace(settings, **addresses)


def _several(name: str, value: Any) -> Any:
    """The value of a setting as a tuple if it is a list; a single text becomes a tuple of one."""
    if not settings_of(Settings)[name].is_list:
        return value
    return (value,) if isinstance(value, str) else tuple(value)


def _with_parameters_of(
    model: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[[Callable[..., T]], Callable[P, T]]:
    """Give a function the parameters of `model`, for type checkers and for `help()`."""

    def decorate(function: Callable[..., T]) -> Callable[P, T]:
        return update_wrapper(function, model, assigned=("__annotations__",))

    return decorate


@_with_parameters_of(rank_repos)
def rank_repos_sync(*lists: str | os.PathLike[str], **options: Any) -> Ranking:
    """`rank_repos()` for callers without an event loop, with the same arguments.

    Raises: as `rank_repos()`; UsageError inside a running event loop.
    """
    if options.get("token") is not None:
        options["token"] = hidden(options["token"])
    if "tokens" in options:
        options["tokens"] = {host: hidden(each) for host, each in options["tokens"].items()}
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise UsageError("inside a running event loop, call: await rank_repos(...)")
    return asyncio.run(rank_repos(*lists, **options))
