"""The command against a GitHub with a list of twelve."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial

import pytest
from command import Command
from standin import TOKEN, Repository, World, publish

Crawl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def world() -> World:
    """A list of twelve, most stars first."""
    world = World((Repository(f"o/r{n:02}", 100 - n) for n in range(12)), [TOKEN])
    publish(world, "a/list", *(each.full_name for each in world))
    return world


@pytest.fixture
def crawl(run_crawler: Command, monkeypatch: pytest.MonkeyPatch) -> Crawl:
    """Run the command with the token, in the folder in which the test is as well."""
    monkeypatch.chdir(run_crawler.cwd)
    return partial(run_crawler, token=TOKEN)
