"""Import modules while waiting for a server."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from importlib import import_module
from typing import Final

DELAY: Final = 0.03
"""Seconds in which requests that are being sent leave; importing would hold them up."""


def preload(*modules: str) -> None:
    """Import `modules` in a thread, so that it costs no time while requests are in flight.

    Call it when the requests are about to leave. A failed import is ignored here; it is raised
    again where the module is needed.
    """
    asyncio.get_running_loop().call_later(DELAY, _start, *modules)


def _start(*modules: str) -> None:
    threading.Thread(target=_load, args=modules, name="preload", daemon=True).start()


def _load(*modules: str) -> None:
    for module in modules:
        with contextlib.suppress(ImportError):
            import_module(module)
