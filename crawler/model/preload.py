"""Modules that are loaded while a server is waited for."""

from __future__ import annotations

import contextlib
import threading
from importlib import import_module


def preload(*modules: str) -> None:
    """Import `modules` in a thread, so that the time passes that a request takes anyway.

    What cannot be imported is no error here, but where it is needed.
    """
    threading.Thread(target=_load, args=modules, name="preload", daemon=True).start()


def _load(*modules: str) -> None:
    for module in modules:
        with contextlib.suppress(ImportError):
            import_module(module)
