"""What the crawler remembers between runs: one SQLite file, and the only import of sqlite3."""

from __future__ import annotations

from crawler.store.store import Store

__all__ = ["Store"]
