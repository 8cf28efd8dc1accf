"""What the tests of reading lists share."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists.web import Web


@pytest.fixture
def web() -> Web:
    """A web that knows nothing yet."""
    return Web()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
