"""The streams that reports are written to, and their volatile parts, which differ in every run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

MARK: Final = "\0"
"""Stands on both sides of what is volatile, in a text for `write_marked`; no report holds it."""

_LONGEST_VOLATILE: Final = 2**16
"""Bytes of a volatile part; the longest is a line of the growth chart, some 2,500."""

_AHEAD: Final = 500
"""Bytes that are read at once to find the end of a volatile part; most are shorter."""


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
    """Write a report that comes in parts of any size, with what is volatile between two `MARK`s: a
    time, an age, a cost, which differ from run to run though nothing changed. `mark` puts them
    into a part that has none yet. Between two parts another report may be written.

    What follows it must begin with a character that it cannot hold: there it ends.
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
    """A stream into a new file that finds out whether the old one tells the same.

    Volatile parts aside, it must be the same byte for byte. No digest is stored for this, because
    the file may have been changed since.
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
        """Write `text` as UTF-8, its line ends as they are."""
        self.write_bytes(text.encode())

    def write_bytes(self, content: bytes) -> None:
        """Write bytes as they are."""
        self._new.write(content)
        if self._old is None or not content:
            return
        if self._skips:
            _skip(self._old, content[:1])
            self._skips = False
        if self._old.read(len(content)) != content:
            self._old = None

    def write_volatile(self, text: str) -> None:
        """Write what the old file may have otherwise."""
        self._new.write(text.encode())
        self._skips = self._skips or bool(text)

    def is_same(self) -> bool:
        """Whether the old file is the same as everything that was written."""
        return self._old is not None and not self._skips and not self._old.read(1)


def _skip(file: BinaryIO, end: bytes) -> None:
    """Go on to the next `end`, if there is one near."""
    passed = 0
    while passed < _LONGEST_VOLATILE and (ahead := file.read(_AHEAD)):
        place = ahead.find(end)
        if place >= 0:
            file.seek(place - len(ahead), os.SEEK_CUR)
            return
        passed += len(ahead)
    file.seek(-passed, os.SEEK_CUR)
