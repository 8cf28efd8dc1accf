"""Fetch whole star histories of repositories that the user names."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.crawl.context import Context, open_run, unless
from crawler.crawl.providers import providers_of
from crawler.crawl.run import histories_of
from crawler.model.errors import Interrupted, RunError
from crawler.model.settings import Settings
from crawler.model.values import Provider, RepositoryName, StarHistory


async def fetch_lives(
    settings: Settings, context: Context, names: Sequence[RepositoryName]
) -> list[StarHistory | RunError]:
    """Ask for the whole star histories of some repositories, and keep them in the store.

    Raises: Interrupted if the run is stopped before the last is known; the others are kept.
    """
    async with open_run(settings, context) as run:
        histories = histories_of(run, providers_of(settings, Provider.REST))
        told = await unless(run.stop, histories.ask_lives(names))
        await run.cache.flush()
        if told is None:
            raise Interrupted(f"stopped; {len(histories.learned)} star histories are kept")
        return told
