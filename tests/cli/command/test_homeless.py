"""The command for a user without a home folder, as containers with `-u` have one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command.runs import Crawl
from crawl.run.double import GitHubDouble


def refuse(*_: object, **__: object) -> Path:
    """What platformdirs does today."""
    raise RuntimeError("could not determine the home directory")


def leave(*_: object, **__: object) -> Path:
    """What it did before: a folder of that name in the current one."""
    return Path("~/.local/share/star-crawler")


@pytest.fixture(params=[refuse, leave], autouse=True)
def _homeless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("config", "data"):
        monkeypatch.setattr(f"platformdirs.user_{kind}_path", request.param)


@pytest.mark.parametrize("argv", [["demo", "-n", "1"], ["a/list", "--no-store"]])
def test_who_needs_no_home_hears_nothing_of_it(
    github: GitHubDouble, crawl: Crawl, argv: list[str]
) -> None:
    """The demonstration has a store of its own, and --no-store has none."""
    run = crawl(*argv)
    assert run.status == 0
    assert "home" not in run.err


def test_a_run_goes_on_without_a_store(github: GitHubDouble, crawl: Crawl) -> None:
    """With one sentence; and no folder is made that is called ~."""
    run = crawl("a/list")
    assert (run.status, "12 listed" in run.out) == (0, True)
    assert run.err == (
        "warning: the home folder is not known, so there is no store: name a file with --store\n"
    )
    assert not Path("~").exists()


@pytest.mark.parametrize(
    "argv", [["a/list", "--offline"], ["report"], ["history"], ["a/b", "--since", "1d"]]
)
def test_what_needs_a_store_is_refused(github: GitHubDouble, crawl: Crawl, argv: list[str]) -> None:
    """Status 2 and one sentence."""
    run = crawl(*argv)
    assert (run.status, run.out, github.asked) == (2, "", [])
    assert run.err.startswith("error: the home folder is not known, so there is no store")


def test_a_named_store_is_used(github: GitHubDouble, crawl: Crawl) -> None:
    """It needs no home folder, unless its name says so."""
    assert crawl("a/list", "--store", "mine.db").err == ""
    assert Path("mine.db").is_file()
