"""A server in a thread of its own, as a context manager."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Self


class Threaded:
    """Serves on a port of loopback between entry and exit."""

    def __init__(self) -> None:
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def serve(self, stop: asyncio.Event, started: Callable[[int], None]) -> None:
        """Listen until `stop`; `started` takes the port once it is open."""
        raise NotImplementedError

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()

        def started(port: int) -> None:
            self.port = port
            self._started.set()

        await self.serve(self._stop, started)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
