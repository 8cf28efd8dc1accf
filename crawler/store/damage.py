"""What is read and cannot have been written: the file is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

MOST_BYTES: Final = 64 * 2**20
"""Bytes of what is kept compressed; a list has at most 10 MiB, an answer 32."""


class Damaged(Exception):
    """The file holds what the store never wrote."""


@contextmanager
def reading() -> Iterator[None]:
    """Tell values that cannot be decoded as damage of the file; a decorator, too.

    Raises: Damaged.
    """
    try:
        yield
    except UnicodeEncodeError:  # of what was asked for, not of what is there
        raise
    except (
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        zlib.error,
        msgspec.MsgspecError,
    ) as error:
        raise Damaged(str(error)) from error


def decompressed(stored: bytes, most: int = MOST_BYTES) -> bytes:
    """What `zlib.compress` was given, though no more than `most` bytes.

    Raises: ValueError where it is larger, zlib.error where it is none.
    """
    inflater = zlib.decompressobj()
    found = inflater.decompress(stored, most)
    if not inflater.eof:
        raise ValueError("a compressed value is cut off or too large")
    return found
