"""What a run of the command in this process leaves behind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PENDING = {"type": "INTERNAL", "message": "Something went wrong."}
GONE = {"type": "NOT_FOUND", "message": "gone"}


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


Crawl = Callable[..., Run]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True

    def fileno(self) -> int:
        """No descriptor, so that nothing asks the system for a size."""
        raise OSError("no descriptor")
