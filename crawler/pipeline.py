"""The whole way from lists to a ranking: it wires the rooms below it and owns nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from crawler.clock import Clock
from crawler.config import find_addresses, make_settings
from crawler.credentials import make_token
from crawler.errors import Interrupted, RunError, UsageError
from crawler.exchange import Token
from crawler.models import Answer, Facts, Pause, Progress, Reason, Refusal
from crawler.plan import Plan, read_lists
from crawler.providers import QuotaWatch, announce, choose_provider, make_fetcher
from crawler.ranking import rank
from crawler.results import Ranking, Usage
from crawler.services import open_services
from crawler.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from crawler.http import Transport

T = TypeVar("T")


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
    max_wait: float = DEFAULTS.max_wait,
    budget: int | None = DEFAULTS.budget,
    response_seconds: float = DEFAULTS.response_seconds,
    api_url: str | None = None,
    graphql_url: str | None = None,
    transport: Transport | None = None,
) -> Ranking:
    """Rank the repositories that `lists` name by their stars, most first.

    Each list is an `owner/repo`, a URL, a path, or `-` for standard input;
    without any it is quozd/awesome-dotnet. `token=None` is anonymous: pass
    `find_token()` to use the one that the command would. `top` limits the rows,
    not what is asked. `progress` is called in the event loop each time some
    repositories are settled. `timeout` is in seconds, for one request; `max_wait`
    in seconds, for all waiting for limits; `budget` in points of GitHub's quota.
    The API addresses are those of GITHUB_API_URL and GITHUB_GRAPHQL_URL unless
    given; without a token deps.dev is asked, at DEPSDEV_API_URL or its own.
    `transport` takes the place of the network.

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
            **find_addresses(given, environ=os.environ),
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
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
) -> Ranking:
    """Read the lists, ask about every repository on them, and rank.

    Once `stop` is set, what is known by then is ranked, and the rest is
    `interrupted`.

    Raises: as `rank_repos()`; Interrupted where `stop` comes before any answer.
    """
    clock = clock or Clock()
    stop = stop or asyncio.Event()
    started = clock.monotonic()
    provider = choose_provider(settings, token)
    told = Progress(done=0, total=0, failed=0)

    def tell(**news: Any) -> None:
        nonlocal told
        told = replace(told, **news)
        if progress is not None:
            progress(told)

    def pause(news: Pause | None) -> None:
        tell(pause=news)

    async with open_services(
        settings, token=token, transport=transport, clock=clock, on_pause=pause
    ) as services:
        plan = await _unless(stop, read_lists(settings, services, clock))
        if plan is None:
            raise Interrupted("stopped before any repository was asked for")
        announce(provider, len(plan.listings), token)
        fetcher = make_fetcher(provider, settings, services, clock)
        watch = QuotaWatch(provider, settings, services)

        def settled() -> None:
            watch.look(len(plan.listings) - len(fetcher.answers))
            tell(done=len(fetcher.answers), failed=fetcher.failed)

        fetcher.settled = settled
        tell(total=len(plan.listings))
        names = [listing.repository for listing in plan.listings]
        await _unless(stop, fetcher.run(names))
    if stop.is_set() and not _is_answered(fetcher.answers.values()):
        raise Interrupted("stopped before there was any answer")
    interrupted = Refusal(Reason.INTERRUPTED, "the run was ended before there was an answer")
    answers = [fetcher.answers.get(name, interrupted) for name in names]
    _check_answered(answers)
    rows, failures, sums = rank(plan.listings, answers)
    return Ranking(
        sources=plan.sources,
        rows=rows,
        failures=failures,
        sums=sums,
        usage=Usage(
            requests=services.requests,
            graphql_points=services.github.points,
            rest_requests=services.rest_requests,
            seconds=round(clock.monotonic() - started, 3),
        ),
        provider=provider,
        generated_at=clock.now(),
    )


async def read_plan(
    settings: Settings,
    *,
    token: Token | None,
    transport: Transport | None = None,
    stop: asyncio.Event | None = None,
) -> Plan:
    """Read the lists, and ask about no repository.

    Raises: as `crawl()`.
    """
    clock = Clock()
    async with open_services(
        settings, token=token, transport=transport, clock=clock, on_pause=lambda _: None
    ) as services:
        plan = await _unless(stop or asyncio.Event(), read_lists(settings, services, clock))
    if plan is None:
        raise Interrupted("stopped before the lists were read")
    return plan


async def _unless(stop: asyncio.Event, job: Coroutine[Any, Any, T]) -> T | None:
    """Await `job`, but cancel it once `stop` is set, and then return None."""
    task = asyncio.ensure_future(job)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        # Not left behind, and what goes wrong on the way out changes nothing any more.
        await asyncio.gather(task, stopped, return_exceptions=True)


def _is_answered(answers: Iterable[Answer]) -> bool:
    """Whether any of them is one; that a repository is unknown there, is an answer of deps.dev."""
    return any(
        isinstance(answer, Facts)
        or not answer.reason.retryable
        or answer.reason is Reason.UNKNOWN_TO_SOURCE
        for answer in answers
    )


def _check_answered(answers: Sequence[Answer]) -> None:
    """A run without any answer has nothing to report but its failure."""
    if _is_answered(answers):
        return
    reasons = sorted({answer.reason for answer in answers if not isinstance(answer, Facts)})
    first = next(answer for answer in answers if not isinstance(answer, Facts))
    raise RunError(f"no repository has an answer ({', '.join(reasons)}): {first.message}")
