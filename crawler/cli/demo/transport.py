"""GitHub as of a day, as a transport that replaces the network."""

from __future__ import annotations

import asyncio
from datetime import date

from crawler.cli.demo.github import answer
from crawler.cli.demo.repositories import DEMO_DATE, load_demo_world
from crawler.cli.demo.world import World
from crawler.http.exchange import Request, Response
from crawler.http.local import LocalTransport


class DemoTransport(LocalTransport):
    """A GitHub on `day`, which is one of `demo_days()`; its files are read at the first request.

    Each instance has its own quotas.
    """

    def __init__(self, day: date = DEMO_DATE) -> None:
        super().__init__(self._respond)
        self._day = day
        self._world: World | None = None

    async def _respond(self, request: Request) -> Response:
        if self._world is None:
            self._world = await asyncio.to_thread(load_demo_world, self._day)
        return answer(self._world, request)
