"""Which repository a list lies in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.lists.itself import repository_around
from crawler.lists.locations import FileLocation, StdinLocation, locate

pytestmark = pytest.mark.usefixtures("own_folder")


def named(place: str) -> str | None:
    """The repository around a list that is named so."""
    found = repository_around(locate(place))
    return found.full_name if found else None


@pytest.mark.parametrize(
    "place",
    [
        "o/n",
        "https://github.com/o/n",
        "https://github.com/o/n/blob/main/more.md",
        "https://github.com/o/n/tree/main/docs",
        "https://raw.githubusercontent.com/o/n/main/README.md",
        "https://raw.githubusercontent.com/o/n/refs/heads/main/README.md",
    ],
)
def test_a_place_on_the_web(place: str) -> None:
    """An address tells it, also that of a raw file."""
    assert named(place) == "o/n"
    assert named("https://site.example/README.md") is None
    assert repository_around(StdinLocation()) is None


def checkout(config: str) -> Path:
    """A file in a folder of a checkout with this config, in the current folder."""
    Path("docs").mkdir(exist_ok=True)
    Path(".git").mkdir(exist_ok=True)
    Path(".git/config").write_text(config, encoding="utf-8")
    file = Path("docs/list.md")
    file.write_text("- [a](https://github.com/a/a)\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/n.git",
        "https://github.com/o/n",
        "https://token:secret@github.com/o/n.git",
        "git@github.com:o/n.git",
        "github.com:o/n",
        "ssh://git@github.com/o/n.git",
        "ssh://git@github.com:22/o/n.git",
        "git://github.com/o/n.git",
        '"https://github.com/o/n.git"',
    ],
)
def test_a_checkout(url: str) -> None:
    """The origin of the checkout that a file lies in is the list's repository."""
    config = (
        "[core]\n\tbare = false\n"
        '[remote "upstream"]\n\turl = https://github.com/x/y\n'
        f'[remote "origin"]\n\tfetch = +refs/heads/*\n\turl = {url}\n'
        '[branch "main"]\n\tremote = origin\n'
    )
    assert named(str(checkout(config))) == "o/n"


@pytest.mark.parametrize(
    "config",
    [
        "",
        '[remote "origin"]\n[remote "x"]\n\turl = https://github.com/o/n\n',
        '[remote "origin"]\n\turl = https://site.example/o/n\n',
        '[remote "origin"]\n\turl = /srv/git/n.git\n',
        '[remote "upstream"]\n\turl = https://github.com/o/n\n',
        "[include]\n\tpath = other\n",
        "\x00\xff" * 9,
    ],
)
def test_a_checkout_of_nothing_known(config: str) -> None:
    """Without an origin on a known host, nothing is known."""
    assert named(str(checkout(config))) is None


def test_nothing_is_followed() -> None:
    """A worktree's `.git` file and a linked config lead elsewhere, and are not read."""
    file = checkout('[remote "origin"]\n\turl = https://github.com/o/n\n')
    Path(".git/config").rename("real")
    Path(".git/config").symlink_to(Path("real").resolve())
    assert named(str(file)) is None
    Path(".git/config").unlink()
    Path(".git").rmdir()
    Path(".git").write_text("gitdir: real\n", encoding="utf-8")
    assert named(str(file)) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for() -> None:
    """A config that is not a regular file is not opened."""
    file = checkout("")
    Path(".git/config").unlink()
    os.mkfifo(".git/config")
    assert repository_around(FileLocation(file)) is None
