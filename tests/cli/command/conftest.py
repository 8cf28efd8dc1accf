"""The command in this process, on a machine with nothing of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command.runs import Crawl, Run
from crawl.run.double import TOKEN, GitHubDouble
from loguru import logger

from crawler.cli.main import main


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> GitHubDouble:
    """A GitHub with a list of twelve that the command asks instead of the network."""
    double = GitHubDouble()
    names = [f"o/r{number:02}" for number in range(12)]
    double.publish("a/list", *names)
    double.stars.update({name: 100 - number for number, name in enumerate(names)})
    monkeypatch.setattr("crawler.http.client._Network", lambda _proxies: double)
    return double


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty folder, no config, no `gh`, one token, no back-off; a silent log afterwards."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "config")
    for name in (
        "GITHUB_TOKEN",
        "GITHUB_API_URL",
        "GITHUB_GRAPHQL_URL",
        "DEPSDEV_API_URL",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("crawler.http.retries.Backoff.seconds", lambda *_: 0.0)
    yield
    logger.remove()
    logger.disable("crawler")


@pytest.fixture
def crawl(capsys: pytest.CaptureFixture[str]) -> Crawl:
    """Run the command with arguments."""

    def run(*argv: str) -> Run:
        status = main(argv)
        out, err = capsys.readouterr()
        return Run(status, out, err)

    return run
