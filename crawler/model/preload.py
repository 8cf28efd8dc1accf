"""Import modules while waiting for a server."""

from __future__ import annotations

import contextlib
import threading
from importlib import import_module


def preload(*modules: str) -> None:
    """Import `modules` in a thread, so that it costs no time while a request is in flight.

    A failed import is ignored here; it is raised again where the module is needed.
    """
    threading.Thread(target=_load, args=modules, name="preload", daemon=True).start()


def _load(*modules: str) -> None:
    for module in modules:
        with contextlib.suppress(ImportError):
            import_module(module)
