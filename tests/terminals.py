"""Pseudo-terminals, and what is to be seen on them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Terminal:
    """What is written to `slave` is read from `master`."""

    master: int
    slave: int

    def read(self) -> str:
        """All that was written, once every writer has closed it; this one's `slave` is closed."""
        os.close(self.slave)
        text = b""
        while True:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # Linux says so where macOS sends nothing more
                break
            if not piece:
                break
            text += piece
        return text.decode()


@contextmanager
def open_terminal(columns: int = 80) -> Iterator[Terminal]:
    """A terminal of 24 lines."""
    termios = pytest.importorskip("termios", reason="there are no pseudo-terminals")
    terminal = Terminal(*os.openpty())
    termios.tcsetwinsize(terminal.slave, (24, columns))
    yield terminal
    os.close(terminal.master)


def plain(text: str) -> list[str]:
    """The lines without colours and links."""
    text = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", text)
    return text.replace("\r", "").split("\n")
