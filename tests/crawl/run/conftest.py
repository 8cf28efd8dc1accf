"""What the tests of the pipeline share."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawl.run.double import (
    GitHubDouble,
)


@pytest.fixture
def github() -> GitHubDouble:
    """A GitHub with a list of five."""
    double = GitHubDouble()
    double.publish("a/list", "o/one", "o/two", "o/three", "o/four", "o/five")
    double.stars.update({"o/one": 5, "o/two": 70, "o/three": 5, "o/four": 0, "o/five": 900})
    return double


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, no address in the environment, and no back-off."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "DEPSDEV_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("crawler.http.retries.Backoff.seconds", lambda *_: 0.0)
