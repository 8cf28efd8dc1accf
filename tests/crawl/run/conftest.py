"""What the tests of a run share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crawl.run.days import Calendar, Days
from standin import TOKEN, Repository, StandIn, World, publish

FIVE = {"o/one": 5, "o/two": 70, "o/three": 5, "o/four": 0, "o/five": 900}


@pytest.fixture
def github() -> Iterator[StandIn]:
    """A GitHub in this process with a list of five."""
    world = World((Repository(name, stars) for name, stars in FIVE.items()), [TOKEN])
    publish(world, "a/list", *FIVE)
    github = StandIn(world)
    yield github
    assert not github.log.problems


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list of four, on a Monday in May, and a store."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.publish("a/list", one=1000, two=500, three=100, four=10)
    yield found
    assert not found.github.log.problems


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and no address in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "DEPSDEV_API_URL"):
        monkeypatch.delenv(name, raising=False)
