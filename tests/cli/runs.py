"""What a run of the command in this process leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
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
