"""Work that takes the processor for long, done where the event loop does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LARGE: Final = 256 * 1024
"""Bytes that take so long to look through that others would wait; a batch of 50 answers has
some 40,000."""


async def aside(size: int, work: Callable[[], T]) -> T:
    """The value of `work()`, which is run in a thread where it has many bytes to look through."""
    return work() if size < LARGE else await asyncio.to_thread(work)
