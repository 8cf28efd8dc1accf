"""Extra requests of a check: details and star histories for the entries that need them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from crawler.crawl.context import Run
from crawler.crawl.providers import make_fetcher
from crawler.http.retries import retry
from crawler.model.errors import RunError
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName, StarHistory
from crawler.sources.base import HistoryWanted

HISTORIES_AT_ONCE = 8
"""Star histories to fetch concurrently, each page by page."""


async def ask_details(
    run: Run, names: Sequence[RepositoryName], providers: Mapping[str, str]
) -> dict[str, Answer]:
    """Facts with details, by the keys of `names`; names without an answer are missing.

    Raises: RunError if the run cannot go on.
    """
    found: dict[str, Answer] = {}

    async def save(answers: Sequence[tuple[RepositoryName, Answer]]) -> None:
        found.update((name.key, answer) for name, answer in answers)

    for host, provider in providers.items():
        wanted = [name for name in names if name.host == host]
        api = run.services.api(host, provider)
        if api.ask_details is None or not wanted:
            continue
        fetcher = make_fetcher(
            replace(api, ask=api.ask_details, ask_otherwise=None),
            run.settings,
            repositories=len(wanted),
            save=save,
            policy=run.policy,
            clock=run.clock,
        )
        await fetcher.run(wanted)
    return found


async def ask_lives(
    run: Run, facts: Mapping[str, Facts], providers: Mapping[str, str]
) -> dict[str, StarHistory | Refusal]:
    """The whole star histories of repositories, by the same keys."""
    slots = asyncio.Semaphore(HISTORIES_AT_ONCE)

    async def ask(known: Facts) -> StarHistory | Refusal:
        tell = None
        if known.host in providers:
            tell = run.services.api(known.host, providers[known.host]).tell_history
        if tell is None:
            return Refusal(Reason.UNKNOWN_TO_SOURCE, "the source does not tell")
        wanted = HistoryWanted(name=known.name, id=known.id, stars=known.stars)
        try:
            async with slots:
                return await retry(
                    partial(tell, wanted),
                    attempts=lambda _: 1 + min(1, run.settings.retries),
                    clock=run.clock,
                    backoff=run.policy.backoff,
                )
        except RunError as error:
            return Refusal(Reason.UNAVAILABLE, str(error))

    answers = await asyncio.gather(*map(ask, facts.values()))
    return dict(zip(facts, answers, strict=True))
