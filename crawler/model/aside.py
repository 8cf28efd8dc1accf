"""Run CPU-heavy work in a thread, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LARGE: Final = 256 * 1024
"""Work on at least this many bytes would block others for too long; a batch of 50 answers has
some 40,000."""


async def aside(size: int, work: Callable[[], T]) -> T:
    """The value of `work()`, run in a thread if it has many bytes to process."""
    return work() if size < LARGE else await asyncio.to_thread(work)
