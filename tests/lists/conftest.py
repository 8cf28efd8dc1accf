"""What the tests of reading lists share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lists.web import Web
from loguru import logger


@pytest.fixture
def web() -> Web:
    """A web that knows nothing yet."""
    return Web()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The package's log as lines."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]), level="INFO")
    logger.enable("crawler")
    yield lines
    logger.disable("crawler")
    logger.remove(sink)
