"""Work that must finish even if the task that waits for it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread until it finishes, even if the caller is cancelled."""
    return await shielded(asyncio.ensure_future(asyncio.to_thread(work)))


async def shielded(work: asyncio.Future[T]) -> T:
    """Await `work` until it finishes; a cancellation of the caller is raised after that.

    A thread cannot be stopped half-way. The shield keeps a cancellation from abandoning it, and
    it is awaited however often the caller is cancelled.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({work})
        if not work.cancelled():
            work.exception()  # mark it as retrieved: the caller gets the cancellation instead
        raise
