"""The streams that reports are written to, and their volatile parts, which differ in every run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

MARK: Final = "\0"
"""Encloses each volatile part in a text for `write_marked`; no report contains it."""

_LONGEST_VOLATILE: Final = 2**16
"""Most bytes of a volatile part; the longest is a line of the growth chart, with about 2,500."""

_AHEAD: Final = 500
"""Bytes to read at once to find the end of a volatile part; most parts are shorter."""


class Stream(Protocol):
    """A stream for a report: an open text file, standard output, or the like."""

    def write(self, text: str, /) -> object:
        """Write the next part of the report."""


def write_marked(texts: Iterable[str], stream: Stream) -> None:
    """Write all of a report at once, as `writing` does."""
    for _ in writing(texts, stream):
        pass


def writing(
    texts: Iterable[str], stream: Stream, mark: Callable[[str], str] | None = None
) -> Iterator[None]:
    """Write a report that comes in parts of any size. Values that differ in every run (a time, an
    age, a cost) are volatile and enclosed in two `MARK`s; `mark` adds these if the writer does not.
    Another report may be written between two parts.

    The character after a volatile value must be one that the value cannot contain, since it marks
    the value's end in the old file.
    """
    is_volatile = False
    for text in texts:
        if not (isinstance(stream, Rewrite) and stream.is_comparing):
            stream.write(text.replace(MARK, "") if MARK in text else text)
            yield
            continue
        for place, part in enumerate((mark(text) if mark else text).split(MARK)):
            if place:
                is_volatile = not is_volatile
            if is_volatile:
                stream.write_volatile(part)
            else:
                stream.write(part)
        yield


def volatile(text: object) -> str:
    """`text` between two `MARK`s."""
    return f"{MARK}{text}{MARK}"


class Rewrite:
    """A stream into a new file that also compares it with the old one.

    Except for volatile parts, the two must be the same byte for byte. This does not use a stored
    digest, because the old file may have been edited.
    """

    def __init__(self, new: BinaryIO, old: BinaryIO | None) -> None:
        self._new = new
        self._old = old
        self._skips = False

    @property
    def is_comparing(self) -> bool:
        """Whether the old file has been the same so far, so that volatile parts still matter."""
        return self._old is not None

    def write(self, text: str, /) -> None:
        """Write `text` as UTF-8, with unchanged line ends."""
        self.write_bytes(text.encode())

    def write_bytes(self, content: bytes) -> None:
        """Write bytes."""
        self._new.write(content)
        if self._old is None or not content:
            return
        if self._skips:
            _skip(self._old, content[:1])
            self._skips = False
        if self._old.read(len(content)) != content:
            self._old = None

    def write_volatile(self, text: str) -> None:
        """Write a part that may differ in the old file."""
        self._new.write(text.encode())
        self._skips = self._skips or bool(text)

    def is_same(self) -> bool:
        """Whether the old file is the same as what was written, except for volatile parts."""
        return self._old is not None and not self._skips and not self._old.read(1)


def _skip(file: BinaryIO, end: bytes) -> None:
    """Skip to the next `end`, if there is one near."""
    passed = 0
    while passed < _LONGEST_VOLATILE and (ahead := file.read(_AHEAD)):
        place = ahead.find(end)
        if place >= 0:
            file.seek(place - len(ahead), os.SEEK_CUR)
            return
        passed += len(ahead)
    file.seek(-passed, os.SEEK_CUR)
