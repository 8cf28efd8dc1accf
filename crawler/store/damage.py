"""Detect values that the store cannot have written: the file is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

MOST_BYTES: Final = 64 * 2**20
"""Largest size of a value after decompression; a list has at most 10 MiB, an answer 32."""


class Damaged(Exception):
    """The file contains something that the store never wrote."""


@contextmanager
def reading() -> Iterator[None]:
    """Report values that cannot be decoded as damage of the file; also usable as a decorator.

    Raises: Damaged.
    """
    try:
        yield
    except UnicodeEncodeError:  # from the arguments, not from the file
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
    """The input of `zlib.compress`, up to `most` bytes.

    Raises: ValueError if it is larger, zlib.error if `data` is invalid.
    """
    inflater = zlib.decompressobj()
    found = inflater.decompress(stored, most)
    if not inflater.eof:
        raise ValueError("a compressed value is cut off or too large")
    return found
