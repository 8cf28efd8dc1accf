"""A lock beside the store for one run at a time, which is released when its process ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock, Timeout

from crawler.model.clock import Clock
from crawler.model.errors import Interrupted
from crawler.model.log import logger

PATIENCE: Final = 0.5
"""Seconds between two attempts to get a lock that another run holds."""


@asynccontextmanager
async def hold_lock(
    path: Path,
    when_taken: Literal["wait", "skip"],
    stop: asyncio.Event,
    clock: Clock,
) -> AsyncIterator[bool]:
    """Hold the lock at `path`; yields False if another run holds it and this one does not wait.

    If the file cannot be created, the run continues without a lock.

    Raises: Interrupted if `stop` is set first.
    """
    lock = FileLock(path)
    is_told = False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                if when_taken == "skip":
                    logger.info("another run has {}: this run is skipped", path)
                    yield False
                    return
            if not is_told:
                logger.info("another run has {}: waiting for it", path)
                is_told = True
            if stop.is_set():
                raise Interrupted("stopped while another run was waited for")
            await clock.sleep(PATIENCE)
    except (OSError, NotImplementedError) as error:
        cause = getattr(error, "strerror", None) or error
        logger.error("the lock {} cannot be made: {}; the run goes on without it", path, cause)
    try:
        yield True
    finally:
        lock.release()
