"""Ctrl-C and SIGTERM in each phase of the command: what is known is told, files stay."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from command import Command
from forking import Running
from standin import TOKEN, Fault, Gate, Log, StandIn, faults
from trial import made_list, made_world

PATIENCE = 20.0
"""Seconds in which a busy machine ends it; it takes a fraction of one."""

ONE_AT_A_TIME = ("--concurrency", "1")


@dataclass(frozen=True, slots=True)
class Phase:
    """A moment at which the signal comes."""

    faults: tuple[Callable[[], Fault], ...]
    """What makes the run wait there."""
    reached: Callable[[Log], bool]
    """Whether it is there."""
    ranked: int
    """Repositories that have an answer by then; 0: there is nothing to report."""
    arguments: tuple[str, ...] = ("small/list", *ONE_AT_A_TIME)


def queries(log: Log) -> int:
    """How many were asked."""
    return len(log.of("graphql"))


PHASES = {
    "reading-standard-input": Phase(
        (), lambda log: bool(log.of("readme")), 0, ("small/list", "-", *ONE_AT_A_TIME)
    ),
    "reading-the-list": Phase(
        (lambda: Fault(faults.stall(), kind="readme"),), lambda log: log.in_flight == 1, 0
    ),
    "before-the-first-answer": Phase(
        (lambda: Fault(faults.stall(), kind="graphql"),), lambda log: queries(log) == 1, 0
    ),
    "after-some-answers": Phase(
        (lambda: Fault(faults.stall(), kind="graphql", skip=1),), lambda log: queries(log) == 2, 4
    ),
    "within-an-answer": Phase(
        (lambda: Fault(faults.drip(0.5), kind="graphql", skip=1),),
        lambda log: queries(log) == 2,
        4,
    ),
    "while-it-waits-for-a-limit": Phase(
        (
            lambda: Fault(
                faults.secondary_limit(403, retry_after=600), kind="graphql", skip=1, times=None
            ),
        ),
        lambda log: queries(log) == 2 and log.in_flight == 0,
        4,
    ),
    "between-two-attempts": Phase(
        (lambda: Fault(faults.server_error(), kind="graphql", skip=1, times=None),),
        lambda log: queries(log) == 2 and log.in_flight == 0,
        4,
    ),
    "while-the-forbidden-is-asked": Phase(
        (lambda: Fault(faults.stall(), kind="repository"),),
        lambda log: bool(log.of("repository")),
        9,
    ),
}


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        *((name, signal.SIGINT) for name in PHASES),
        *((name, signal.SIGTERM) for name in ("reading-the-list", "after-some-answers")),
    ],
)
def test_ended_by_a_signal(
    github: StandIn, run_crawler: Command, phase: str, number: signal.Signals
) -> None:
    """Exit 130 or 143; what is known is on stdout, the rest interrupted, an old report stays."""
    old = run_crawler.cwd / "out.json"
    old.write_text("old")
    moment = PHASES[phase]
    github.faults += [make() for make in moment.faults]
    flags = ("-f", "json", "-o", "out.json")
    process = run_crawler.start(
        *moment.arguments, *flags, *run_crawler.config(batch_size=5), token=TOKEN
    )
    github.log.wait_for(moment.reached)
    process.send_signal(number)
    out, err = finish(process)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert TOKEN not in out + err
    assert old.read_text() == "old"
    assert [path.name for path in run_crawler.cwd.iterdir()] == ["out.json"]
    github.log.wait_for(lambda log: log.in_flight == 0 and log.connections == 0)
    if not moment.ranked:
        assert out == ""
        assert len([line for line in err.splitlines() if line.startswith("error: ")]) == 1
        return
    report = json.loads(out)
    reasons = [failure["reason"] for failure in report["failures"]]
    assert len(report["ranking"]) == moment.ranked
    assert report["complete"] is False
    assert set(reasons) <= {"interrupted", "not_found", "blocked"}
    listed = sum(len(row["listed_as"]) for row in report["ranking"]) + len(reasons)
    assert listed == 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_ended_while_nobody_reads_the_report(
    github: StandIn, run_crawler: Command, number: signal.Signals
) -> None:
    """A reader that takes nothing more, such as a pager, does not make the command deaf."""
    count = 700
    for each in made_world(count):
        github.world.add(each)
    made_list(run_crawler.cwd, count)
    process = run_crawler.start("list.md", "-f", "json", token=TOKEN)
    assert process.stdout is not None
    # The first byte tells that the report is on its way; a pipe holds less than all of it.
    assert process.stdout.read(1) == b"{"
    process.send_signal(number)
    process.wait(PATIENCE)
    assert process.returncode in (128 + number, -number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_a_signal_that_is_ignored_stays_ignored(
    github: StandIn, run_crawler: Command, number: signal.Signals
) -> None:
    """As under nohup, or in the background of a shell, which ignore the signal on purpose."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql"))
    command = f"trap '' {number.name[3:]}; exec '{sys.executable}' -m crawler small/list -f json"
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=run_crawler.cwd,
        env=run_crawler.environment(TOKEN, None),
        stdout=subprocess.PIPE,
    )
    with process:
        github.log.wait_for(lambda log: queries(log) == 1)
        process.send_signal(number)
        gate.open()
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, json.loads(out)["complete"]) == (0, True)


def test_a_store_that_is_deleted_meanwhile(github: StandIn, run_crawler: Command) -> None:
    """The report is there, and one line says that nothing is remembered."""
    assert run_crawler("small/list", "--store", "s.db", token=TOKEN).returncode == 0
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql"))
    # Whether the store is missed before star histories are asked for is a matter of luck.
    options = ("--refresh", "--history", "none", "--store", "s.db")
    process = run_crawler.start("small/list", *options, token=TOKEN)
    github.log.wait_for(lambda log: queries(log) == 2)
    for path in run_crawler.cwd.iterdir():
        path.unlink()
    gate.open()
    out, err = finish(process)
    assert (process.returncode, "15 listed" in out) == (0, True)
    assert "s.db was moved or deleted while it was used" in err
    assert err.count("\n") == 1


def finish(process: Running) -> tuple[str, str]:
    """What it wrote until its end; its standard input stays open, as at a terminal."""
    process.wait(PATIENCE)
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.read().decode(), process.stderr.read().decode()
