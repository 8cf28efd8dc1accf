"""One run at a time: who waits, who leaves, and what a lock survives."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from clocks import FakeClock
from command import ROOT, Command
from forking import Running
from remembering import STORE, errors, is_sound, kinds, store_of
from standin import TOKEN, Fault, Gate, StandIn, faults

from crawler.model.errors import Interrupted
from crawler.store.locks import hold_lock

When = Literal["wait", "skip"]

_HOLD = """
import sys
from filelock import FileLock
lock = FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""
"""Another process that has the lock until it is fed or killed."""


@asynccontextmanager
async def another(path: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Another process that has the lock."""
    with subprocess.Popen(  # noqa: ASYNC220 - it has to be there before anything else goes on
        [sys.executable, "-c", _HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


class Watch(FakeClock):
    """Sets `slept` as soon as somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Tell it, and let other processes have their turn."""
        self.slept.set()
        await asyncio.sleep(0.001)


async def is_ours(path: Path, when: When = "skip") -> bool:
    """Whether the lock can be had now."""
    async with hold_lock(path, when, asyncio.Event(), FakeClock()) as ours:
        return ours


@pytest.mark.parametrize("when", ["wait", "skip"])
async def test_a_free_lock_is_had_and_given_back(tmp_path: Path, when: When) -> None:
    """Whoever comes while it is held finds it taken; afterwards, also after an error, it is free.
    Missing folders are made."""
    path = tmp_path / "new" / "folder" / "store.db.lock"
    for _ in range(2):
        async with hold_lock(path, when, asyncio.Event(), FakeClock()) as ours:
            assert ours
            assert not await is_ours(path)
    with pytest.raises(ArithmeticError):
        async with hold_lock(path, when, asyncio.Event(), FakeClock()):
            raise ArithmeticError
    assert await is_ours(path)


async def test_to_skip_takes_nothing_away(tmp_path: Path) -> None:
    """Who leaves does not free the lock of the other."""
    path = tmp_path / "lock"
    async with another(path):
        for _ in range(2):
            assert not await is_ours(path)


@pytest.mark.parametrize("ending", ["end", "kill"])
async def test_to_wait_ends_with_the_other_process(tmp_path: Path, ending: str) -> None:
    """However the other process ends, kill -9 too, the lock ends with it."""
    path, clock = tmp_path / "lock", Watch()
    async with another(path) as process:
        waiting = asyncio.create_task(_hold(path, clock))
        await clock.slept.wait()
        assert not waiting.done()
        assert process.stdin is not None
        process.kill() if ending == "kill" else process.stdin.close()
        assert await waiting


async def _hold(path: Path, clock: Watch) -> bool:
    async with hold_lock(path, "wait", asyncio.Event(), clock) as ours:
        return ours


async def test_a_run_that_is_to_stop_waits_no_longer(tmp_path: Path) -> None:
    """Ctrl-C while another is waited for ends the wait, and leaves the lock to the other."""
    path, clock, stop = tmp_path / "lock", Watch(), asyncio.Event()

    async def wait() -> None:
        async with hold_lock(path, "wait", stop, clock):
            pytest.fail("nobody gave it away")

    async with another(path):
        waiting = asyncio.create_task(wait())
        await clock.slept.wait()
        stop.set()
        with pytest.raises(Interrupted):
            await waiting
        assert not await is_ours(path)


async def test_a_lock_that_cannot_be_holds_nobody_up(tmp_path: Path) -> None:
    """Where there can be no such file the run goes on: it is no worse off than without."""
    (tmp_path / "file").write_text("")
    assert await is_ours(tmp_path / "file" / "lock")


def start_and_hold(github: StandIn, run_crawler: Command) -> tuple[Running, Gate, int]:
    """A run that has the lock and waits for its first query, and how much was asked by then."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql"))
    first = run_crawler.start("small/list", *STORE, "--lock", "wait", "-f", "json", token=TOKEN)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 1)
    return first, gate, len(github.log.exchanges)


def read_line(process: Running) -> str:
    """The next line on standard error."""
    assert process.stderr is not None
    return process.stderr.readline().decode()


def test_the_second_run_starts_when_the_first_has_ended(
    github: StandIn, run_crawler: Command
) -> None:
    """With --lock wait it says so and asks nothing meanwhile; then it finds all in the store."""
    first, gate, asked = start_and_hold(github, run_crawler)
    second = run_crawler.start("small/list", *STORE, "--lock", "wait", "-f", "json", token=TOKEN)
    assert "another run has store.db.lock: waiting for it" in read_line(second)
    assert len(github.log.exchanges) == asked
    gate.open()
    out, _ = first.communicate(timeout=30)
    github.log.exchanges.clear()
    again, _ = second.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (0, 0)
    assert kinds(github) == {"readme": 1}
    names = [row["repository"] for row in json.loads(out)["ranking"]]
    assert [row["repository"] for row in json.loads(again)["ranking"]] == names


@pytest.mark.parametrize(("flags", "lines"), [((), 1), (("-q",), 0)], ids=["plain", "quiet"])
def test_the_second_run_leaves(
    github: StandIn, run_crawler: Command, flags: tuple[str, ...], lines: int
) -> None:
    """With --lock skip it ends at once with status 0: nothing asked, printed or written."""
    first, gate, asked = start_and_hold(github, run_crawler)
    run = run_crawler("small/list", *STORE, "--lock", "skip", "-o", "out.json", *flags, token=TOKEN)
    assert (run.returncode, run.stdout) == (0, "")
    assert len(run.stderr.splitlines()) == lines
    assert len(github.log.exchanges) == asked
    assert not (run_crawler.cwd / "out.json").exists()
    # Another store is another lock.
    other = run_crawler("small/list", "--store", "other.db", "--lock", "skip", token=TOKEN)
    assert other.stdout
    gate.open()
    first.communicate(timeout=30)
    assert first.returncode == 0
    run = run_crawler("small/list", *STORE, "--lock", "skip", "-f", "json", token=TOKEN)
    assert (run.returncode, len(json.loads(run.stdout)["ranking"])) == (0, 10)


def test_a_signal_ends_the_wait(github: StandIn, run_crawler: Command) -> None:
    """Status 130 and one sentence; the run that has the lock goes on to its end."""
    first, gate, asked = start_and_hold(github, run_crawler)
    second = run_crawler.start("small/list", *STORE, "--lock", "wait", token=TOKEN)
    assert "waiting" in read_line(second)
    second.send_signal(signal.SIGINT)
    out, err = second.communicate(timeout=30)
    assert (second.returncode, out) == (128 + signal.SIGINT, b"")
    (sentence,) = err.decode().splitlines()
    assert sentence.startswith("error: stopped while another run")
    assert len(github.log.exchanges) == asked
    gate.open()
    first.communicate(timeout=30)
    assert first.returncode == 0


def test_a_killed_run_holds_nothing(github: StandIn, run_crawler: Command) -> None:
    """After kill -9 the next run has the lock at once, and the store is whole."""
    first, gate, _ = start_and_hold(github, run_crawler)
    first.kill()
    first.wait(30)
    gate.open()
    run = run_crawler("small/list", *STORE, "--lock", "skip", "-q", "-f", "json", token=TOKEN)
    assert (run.returncode, run.stderr, len(json.loads(run.stdout)["ranking"])) == (0, "", 10)
    assert is_sound(store_of(run_crawler))


def test_without_a_lock_runs_go_side_by_side(github: StandIn, run_crawler: Command) -> None:
    """A run that is not told to keep off neither waits nor leaves."""
    first, gate, _ = start_and_hold(github, run_crawler)
    run = run_crawler("small/list", *STORE, "-q", "-f", "json", token=TOKEN)
    assert (run.returncode, len(json.loads(run.stdout)["ranking"])) == (0, 10)
    gate.open()
    first.communicate(timeout=30)
    assert first.returncode == 0


@pytest.mark.parametrize("flags", [("--no-store", "--lock", "wait"), ("--lock", "later")])
def test_locks_that_make_no_sense(github: StandIn, run_crawler: Command, flags: list[str]) -> None:
    """A lock without a store, or of an unknown kind, is a usage error; nothing is asked."""
    run = run_crawler("small/list", *flags, token=TOKEN)
    assert (run.returncode, run.stdout, github.log.exchanges) == (2, "", [])
    assert len(errors(run)) == 1
