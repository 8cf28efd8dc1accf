"""What the tests share: worlds, a running GitHub stand-in, and the command as a process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from command import Command
from hypothesis import settings
from loguru import logger
from standin import StandIn, World, shared_folder, small_world

# `--hypothesis-profile=default` tries more; a loaded machine is no reason to fail.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile("quick")

# What is made while tests are collected stays to the end: the garbage collector need not go through
# all of it time and again, which would take a quarter of the collection and a tenth of the tests.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From here on only what tests make is looked through."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def data_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The path of a folder for each test that wants one; the first to write into it creates it."""
    parent = tmp_path_factory.mktemp("data")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_data_folder(data_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command remembers, it forgets with the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(next(data_folders)))


@pytest.fixture
def world() -> World:
    """A small world with one repository of each kind."""
    return small_world()


@pytest.fixture
def github(world: World) -> Iterator[StandIn]:
    """A running stand-in of `world`; nothing that no caller of GitHub should do was done to it."""
    with StandIn(world) as running:
        yield running
    assert not running.log.problems


@pytest.fixture
def command_in(tmp_path: Path) -> Iterator[Callable[[StandIn], Command]]:
    """Makes the command for one stand-in."""
    commands: list[Command] = []

    def make(github: StandIn) -> Command:
        folder = tmp_path / f"run{len(commands)}"
        for name in ("cwd", "home", "bin"):
            (folder / name).mkdir(parents=True)
        commands.append(Command(github.url, github.graphql_url, github.url, folder))
        return commands[-1]

    yield make
    for process in [each for command in commands for each in command.processes]:
        with process:
            process.kill()


@pytest.fixture
def run_crawler(github: StandIn, command_in: Callable[[StandIn], Command]) -> Command:
    """The command against `github`: `run_crawler("small/list", "-f", "json", token=TOKEN)`."""
    return command_in(github)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real lists and facts beside the checkout."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("the real lists are not beside this checkout (../shared)")
    return folder


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The package's log as lines."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]), level="INFO")
    logger.enable("crawler")
    yield lines
    logger.disable("crawler")
    logger.remove(sink)
