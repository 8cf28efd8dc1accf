"""What was read, as it came: answers that conditional requests ask about again, and lists."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crawler.http.exchange import CachedResponse
from crawler.store.damage import decompressed, reading

FINGERPRINT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What an answer belongs to: GitHub's validators differ by all three."""

    url: str
    viewer: str
    """Of `find_viewer`."""
    media_type: str
    """The Accept header."""


@reading()
def viewer_of(connection: sqlite3.Connection, token: str | None) -> str:
    """What stands for the holder of a token in the store; empty for whoever has none.

    Keyed by the store's own salt, it tells nothing of the token.
    """
    if token is None:
        return ""
    (salt,) = connection.execute("SELECT salt FROM identity").fetchone()
    return hashlib.blake2b(token.encode(), key=salt, digest_size=FINGERPRINT_BYTES).hexdigest()


@reading()
def load_response(connection: sqlite3.Connection, key: CacheKey) -> CachedResponse | None:
    """The last answer to `key`."""
    row = connection.execute(
        "SELECT etag, body FROM response WHERE url = ? AND media_type = ? AND viewer = ?",
        (key.url, key.media_type, key.viewer),
    ).fetchone()
    return CachedResponse(row[0], decompressed(row[1])) if row else None


@reading()
def load_list(connection: sqlite3.Connection, place: str) -> str | None:
    """The text of the list at `place` as it was read last."""
    row = connection.execute("SELECT text FROM list WHERE place = ?", (place,)).fetchone()
    return decompressed(row[0]).decode() if row else None


def save_list(connection: sqlite3.Connection, place: str, text: str) -> None:
    """Keep the text of a list in the place of the one before."""
    connection.execute(
        "INSERT OR REPLACE INTO list VALUES (?, ?)", (place, zlib.compress(text.encode()))
    )


def save_responses(
    connection: sqlite3.Connection, responses: Mapping[CacheKey, CachedResponse]
) -> None:
    """Keep answers in the place of those before."""
    connection.executemany(
        "INSERT OR REPLACE INTO response VALUES (?, ?, ?, ?, ?)",
        [
            (
                key.url,
                key.media_type,
                key.viewer,
                saved.etag,
                zlib.compress(saved.body),
            )
            for key, saved in responses.items()
        ],
    )
