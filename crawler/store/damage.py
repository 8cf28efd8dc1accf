"""What is read and cannot have been written: the file is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec


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
