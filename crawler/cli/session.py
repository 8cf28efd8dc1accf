"""One run of the command: its log, its signals, its environment and its store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from crawler.cli.statuses import SIGNALLED
from crawler.model.errors import ConfigError, Interrupted
from crawler.model.frozen import frozen
from crawler.model.settings import CommandSettings

if TYPE_CHECKING:
    from crawler.cli.signals import Signals
    from crawler.crawl.context import Context
    from crawler.http.client import Transport
    from crawler.http.exchange import Token
    from crawler.model.clock import Clock
    from crawler.model.values import Progress
    from crawler.store import Store


@frozen
class Scene:
    """The environment of a run."""

    settings: CommandSettings
    token: Token | None
    """The token for the server that the settings name."""
    tokens: Mapping[str, Token] = field(default_factory=dict)
    """The tokens for other hosts, by name."""
    transport: Transport | None = None
    """None: the network."""
    clock: Clock | None = None
    """None: the real one."""

    def context(
        self,
        signals: Signals,
        store: Store | None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Context:
        """The context of a run that the user may stop by a signal."""
        from crawler.crawl.context import Context

        return Context(
            token=self.token,
            tokens=self.tokens,
            progress=progress,
            transport=self.transport,
            clock=self.clock,
            stop=signals.stop,
            store=store,
        )


Job = Callable[[Scene, "Signals"], Awaitable[int]]
"""The work of a verb; returns its exit status."""

OpenScene = Callable[[CommandSettings], AbstractAsyncContextManager[Scene]]
"""Creates its scene."""


def run_job(settings: CommandSettings, job: Job, open_scene: OpenScene) -> int:
    """Run `job` in the scene that `open_scene` creates, and return the exit status.

    The first Ctrl-C or SIGTERM ends it in good order, with the status of the signal.
    """
    from crawler.cli.console import set_up_log

    set_up_log(quiet=settings.quiet, verbose=settings.verbose, file=settings.log_file)
    return asyncio.run(_run(settings, job, open_scene))


async def _run(settings: CommandSettings, job: Job, open_scene: OpenScene) -> int:
    from datetime import UTC, datetime

    from crawler.cli.console import complain
    from crawler.cli.signals import stopping_on_signals
    from crawler.reports.outputs import check_reports

    check_reports(settings, datetime.now(UTC))
    async with open_scene(settings) as scene:
        with stopping_on_signals() as signals:
            try:
                status = await job(scene, signals)
            except Interrupted as error:
                complain(str(error))
    return SIGNALLED + signals.received[0] if signals.received else status


@asynccontextmanager
async def open_world(settings: CommandSettings) -> AsyncIterator[Scene]:
    """The network, with the user's tokens."""
    from crawler.sources import find_tokens
    from crawler.sources.github.credentials import find_token

    # gh is a separate process, and may ask the keyring.
    token = await asyncio.to_thread(find_token, settings.token_env, api_url=settings.api_url)
    yield Scene(settings, token, find_tokens(os.environ))


@asynccontextmanager
async def open_store(
    settings: CommandSettings, *, is_needed: bool = False
) -> AsyncIterator[Store | None]:
    """The store that the settings name, if any. Unless the store is required, the run continues
    without one if the user has no folder for it.

    Raises: ConfigError.
    """
    if settings.store is False:
        yield None
        return
    from crawler.model.log import logger

    try:
        found = store_of(settings)
    except ConfigError as error:
        is_named = isinstance(settings.store, str)
        if is_named or is_needed or settings.offline or settings.since is not None or settings.lock:
            raise
        logger.warning("{}", error)
        yield None
        return
    async with found as store:
        yield store


def store_of(settings: CommandSettings) -> Store:
    """The store that the settings name, or else the user's.

    Raises: ConfigError if the user has no folder for it.
    """
    from crawler.reports.files import expanded
    from crawler.store import Store

    return Store(expanded(settings.store) if isinstance(settings.store, str) else None)
