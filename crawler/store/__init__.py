"""The data that is kept between runs: one SQLite file, and the only import of sqlite3.

The store is imported when it is first used: a run without one needs only the tables of a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.store.store import Store

__all__ = ["Store"]


def __getattr__(name: str) -> Any:
    if name != "Store":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from crawler.store.store import Store

    return Store
