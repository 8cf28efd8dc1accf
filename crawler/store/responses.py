"""Stored responses for conditional requests, and stored texts of lists."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Mapping
from typing import Final

from crawler.http.exchange import CachedResponse
from crawler.model.frozen import frozen
from crawler.store.damage import decompressed, reading

FINGERPRINT_BYTES: Final = 16


@frozen
class CacheKey:
    """Identifies a response: GitHub's validators depend on all three."""

    url: str
    viewer: str
    """Of `find_viewer`."""
    media_type: str
    """The Accept header."""


@reading()
def viewer_of(connection: sqlite3.Connection, token: str | None) -> str:
    """The pseudonym of a token's holder in the store; empty without a token.

    It is keyed with the store's own salt, so it reveals nothing about the token.
    """
    if token is None:
        return ""
    (salt,) = connection.execute("SELECT salt FROM identity").fetchone()
    return hashlib.blake2b(token.encode(), key=salt, digest_size=FINGERPRINT_BYTES).hexdigest()


@reading()
def load_response(connection: sqlite3.Connection, key: CacheKey) -> CachedResponse | None:
    """The last response for `key`."""
    row = connection.execute(
        "SELECT etag, body FROM response WHERE url = ? AND media_type = ? AND viewer = ?",
        (key.url, key.media_type, key.viewer),
    ).fetchone()
    return CachedResponse(row[0], decompressed(row[1])) if row else None


@reading()
def load_list(connection: sqlite3.Connection, place: str) -> str | None:
    """The text of the list at `place` as it was last read."""
    row = connection.execute("SELECT text FROM list WHERE place = ?", (place,)).fetchone()
    return decompressed(row[0]).decode() if row else None


def save_list(connection: sqlite3.Connection, place: str, text: str) -> None:
    """Store the text of a list, replacing the previous one."""
    connection.execute(
        "INSERT OR REPLACE INTO list VALUES (?, ?)", (place, zlib.compress(text.encode()))
    )


def save_responses(
    connection: sqlite3.Connection, responses: Mapping[CacheKey, CachedResponse]
) -> None:
    """Store responses, replacing previous ones."""
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
