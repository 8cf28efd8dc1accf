"""The command at a terminal: the progress bar, the log beside it, and Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from command import Command
from standin import TOKEN, Fault, Gate, StandIn, faults
from terminals import Terminal, open_terminal

BAR = "Asking"


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal for the command's standard error."""
    with open_terminal() as made:
        yield made


def screen(text: str) -> list[str]:
    """The lines that are to be seen in the end: a carriage return lets a line be overwritten."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_a_bar_at_a_terminal(github: StandIn, run_crawler: Command, terminal: Terminal) -> None:
    """The bar is shown while the run waits, does not tear the log, and is gone in the end."""
    flags = ("-v", "-f", "json", *run_crawler.config(batch_size=5))
    process = run_crawler.start("small/list", *flags, token=TOKEN, stderr=terminal.slave)
    out, _ = process.communicate(timeout=30)
    text = terminal.read()
    assert process.returncode == 0
    assert out.startswith(b"{")
    assert BAR in text
    lines = screen(text)
    assert not any(BAR in line for line in lines)
    assert sum("status 200" in line for line in lines) == 5
    assert lines[-1] == ""


@pytest.mark.parametrize(
    ("flags", "config", "bar"),
    [
        (["--no-progress"], {}, False),
        (["-q"], {}, False),
        ([], {"progress": False}, False),
        (["--progress"], {"progress": False}, True),
    ],
)
def test_the_bar_is_for_who_wants_it(
    run_crawler: Command, terminal: Terminal, flags: list[str], config: dict[str, bool], bar: bool
) -> None:
    """There is no bar with --no-progress or such a config, and none with -q; flags count more."""
    flags += run_crawler.config(**config)
    process = run_crawler.start("small/list", *flags, token=TOKEN, stderr=terminal.slave)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert (BAR in terminal.read()) is bar


def test_no_bar_off_a_terminal(run_crawler: Command) -> None:
    """On a pipe nothing is drawn: no bar, no carriage return, no escape sequence."""
    run = run_crawler("small/list", "-v", token=TOKEN)
    assert run.returncode == 0
    assert not {"\r", "\x1b"} & set(run.stderr + run.stdout)
    assert BAR not in run.stderr


def test_ctrl_c_at_a_terminal(github: StandIn, run_crawler: Command, terminal: Terminal) -> None:
    """Ctrl-C while requests are in flight: what is known on stdout, a clean terminal, old files."""
    old = run_crawler.cwd / "out.json"
    old.write_text("old")
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql", skip=1, times=None))
    flags = ("small/list", "-o", "out.json", *run_crawler.config(batch_size=5))
    process = run_crawler.start(*flags, token=TOKEN, stderr=terminal.slave)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 3 and log.in_flight == 2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    text = terminal.read()
    assert process.returncode == 130
    assert b"alpha/tool" in out
    assert b"10 interrupted" in out
    assert "Traceback" not in text
    assert TOKEN not in text
    assert not any(BAR in line for line in screen(text))
    assert old.read_text() == "old"
    assert [path.name for path in run_crawler.cwd.iterdir()] == ["out.json"]
    github.log.wait_for(lambda log: log.in_flight == 0 and log.connections == 0)
