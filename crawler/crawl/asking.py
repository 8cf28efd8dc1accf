"""Fetch from all APIs of a run concurrently, each for the repositories of its host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from crawler.crawl.fetcher import FetchPolicy
from crawler.crawl.progress import Arrivals
from crawler.crawl.providers import QuotaWatch, batch_size, make_fetcher
from crawler.crawl.services import Services
from crawler.model.clock import Clock
from crawler.model.errors import RunError
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.settings import Settings
from crawler.model.values import Reason, Refusal

if TYPE_CHECKING:
    from crawler.store.workspace import Workspace


@frozen
class Asking:
    """Fetches the repositories of a workspace that are not settled."""

    settings: Settings
    services: Services
    workspace: Workspace
    arrivals: Arrivals
    policy: FetchPolicy
    clock: Clock

    async def ask_all(self, providers: Mapping[str, str]) -> None:
        """Fetch from each of `providers`, which are by host; the first belongs to the server that
        the settings name.

        Raises: RunError if that server refuses, or if the run cannot go on; all other requests are
            cancelled then. A refusal by another host only affects its own repositories.
        """
        home = next(iter(providers))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._ask(host, provider, is_home=host == home))
                    for host, provider in providers.items()
                ]
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        for task in tasks:
            # The group would treat a cancelled task as one that was ended on purpose.
            task.result()

    async def _ask(self, host: str, provider: str, *, is_home: bool) -> None:
        unknown = self.workspace.count_unsettled(host)
        if not unknown:
            return
        api = self.services.api(host, provider)
        if caution := api.caution(unknown):
            logger.warning("{}", caution)
        watch = QuotaWatch(api, batch_size(api, self.settings, unknown), unknown)
        watch.look()
        fetcher = make_fetcher(
            api,
            self.settings,
            repositories=unknown,
            save=partial(self.arrivals.save, watch),
            policy=self.policy,
            clock=self.clock,
        )
        try:
            await fetcher.run(chain.from_iterable(self.workspace.unsettled_names(host)))
        except RunError as error:
            if is_home:
                raise
            count = self.workspace.refuse_unsettled(
                Refusal(Reason.UNAVAILABLE, str(error)), on=host
            )
            logger.error("{}; {} repositories on {} have no answer", error, count, host)
