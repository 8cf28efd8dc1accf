"""What the tests of reading lists share."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists.web import Web


@pytest.fixture
def web() -> Web:
    """A web that knows nothing yet."""
    return Web()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is an empty one."""
    monkeypatch.chdir(tmp_path)
