"""Whole star histories, which nobody asks for but by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from crawler.crawl.providers import providers_of
from crawler.crawl.run import histories_of, open_run, unless
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import Interrupted, RunError
from crawler.model.settings import Settings
from crawler.model.values import Provider, RepositoryName, StarHistory

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store


async def fetch_lives(
    settings: Settings,
    names: Sequence[RepositoryName],
    *,
    token: Token | None,
    tokens: Mapping[str, Token] = MappingProxyType({}),
    transport: Transport | None = None,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    store: Store,
) -> list[StarHistory | RunError]:
    """Ask for the whole star histories of some repositories, and keep them in the store.

    Raises: Interrupted where `stop` comes before the last is known; the others are kept.
    """
    async with open_run(
        settings,
        token=token,
        tokens=tokens,
        transport=transport,
        clock=clock,
        stop=stop,
        store=store,
    ) as run:
        histories = histories_of(run, providers_of(settings, Provider.REST))
        told = await unless(run.stop, histories.ask_lives(names))
        await run.cache.flush()
        await run.cache.put_histories(histories.learned)
        if told is None:
            raise Interrupted(f"stopped; {len(histories.learned)} star histories are kept")
        return told
