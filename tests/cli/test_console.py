"""The terminal: what goes to which stream, and what happens where there is none."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from crawler.cli import console
from crawler.model.errors import RunError
from crawler.model.values import Pace, Pause, Progress


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True

    def fileno(self) -> int:
        """No descriptor, so that nothing asks the system for a size."""
        raise OSError("no descriptor")


class Refusing(io.StringIO):
    """A stream that cannot be written."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, _: str) -> int:
        """Refuse."""
        raise self.error


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal of 100 columns without wishes; the log is silent again afterwards."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield
    logger.remove()
    logger.disable("crawler")


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal. (Not in a fixture: pytest sets the streams anew after it.)"""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def say(level: str, message: str) -> None:
    """Log a message as a module of the package would."""
    code = compile("logger.log(level, message)", "<module>", "exec")
    exec(
        code, {"__name__": "crawler.anywhere", "logger": logger, "level": level, "message": message}
    )


def shown(stream: io.StringIO) -> list[str]:
    """The lines of a terminal after all that was written: a carriage return writes over."""
    lines = []
    for line in stream.getvalue().split("\n"):
        screen: list[str] = []
        for part in line.split("\r"):
            text = part.replace("\x1b[A", "")
            screen[: len(text)] = text
        lines.append("".join(screen).rstrip())
    return lines


# Standard output


def test_the_report_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """The text comes out as it is, and nothing else."""
    console.print_out("a\nb\n")
    assert capsys.readouterr() == ("a\nb\n", "")


def test_a_reader_that_has_gone_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`| head` ends quietly, and the interpreter's last flush does too."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        console.print_out("x" * 100_000)
        console.print_out("more")
        stream.flush()


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that cannot be written ends the run with the system's reason."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with pytest.raises(RunError, match="standard output cannot be written: No space left"):
            console.print_out("x")


def test_a_closed_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the caller closed it, there is nobody to tell."""
    monkeypatch.setattr("sys.stdout", None)
    console.print_out("x")
    assert console.terminal_width() is None
    assert not console.wants_color()


@pytest.mark.parametrize(
    ("encoding", "written"), [("ascii", b"\\u2026 \\xe9"), ("latin-1", b"\\u2026 \xe9")]
)
def test_a_poor_encoding_does_not_cost_the_report(
    monkeypatch: pytest.MonkeyPatch, encoding: str, written: bytes
) -> None:
    """What the terminal cannot encode comes out escaped."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding=encoding))
    console.print_out("… é")
    assert raw.getvalue() == written


@pytest.mark.parametrize(
    ("is_terminal", "environment", "color"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colors_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    environment: dict[str, str],
    color: bool,
) -> None:
    """Colours need a terminal, a NO_COLOR that is empty or unset, and no TERM=dumb."""
    monkeypatch.setattr("sys.stdout", Terminal() if is_terminal else io.StringIO())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert console.wants_color() is color


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a file or pipe nothing is cut, whatever COLUMNS says."""
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert console.terminal_width() is None
    monkeypatch.setattr("sys.stdout", Terminal())
    assert console.terminal_width() == 100


# Standard error


def test_complaints_are_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Why the run ends is one line, without the control characters of what it quotes."""
    console.complain("no such\nlist: \x1b[31m'x'\x07")
    assert capsys.readouterr() == ("", "error: no such list: [31m'x'\n")


@pytest.mark.parametrize(
    ("options", "levels"),
    [
        ({"quiet": False, "verbose": False}, ["INFO", "WARNING", "ERROR"]),
        ({"quiet": True, "verbose": False}, ["ERROR"]),
        ({"quiet": False, "verbose": True}, ["DEBUG", "INFO", "WARNING", "ERROR"]),
        ({"quiet": True, "verbose": True}, ["ERROR"]),
    ],
)
def test_how_much_the_log_says(
    capsys: pytest.CaptureFixture[str], options: dict[str, Any], levels: list[str]
) -> None:
    """Quiet leaves errors, verbose adds everything; all of it goes to standard error."""
    console.set_up_log(**options)
    for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
        say(level, f"{level} {{}} <red>\nx")
    out, err = capsys.readouterr()
    prefix = {"WARNING": "warning: ", "ERROR": "error: "}
    assert out == ""
    assert err.splitlines() == [f"{prefix.get(each, '')}{each} {{}} <red> x" for each in levels]


def test_a_log_file_that_is_full(tmp_path: Path) -> None:
    """Full files are put aside, and the oldest go."""
    for _ in range(8):
        path = str(tmp_path / "job.log")
        console.set_up_log(quiet=True, verbose=False, file=path, file_bytes=100)
        say("INFO", "x" * 60)
    logs = sorted(tmp_path.glob("job.log*"))
    assert all(0 < path.stat().st_size <= 100 for path in logs)
    assert [path.name for path in logs] == ["job.log", *(f"job.log.{n}" for n in range(1, 6))]


def test_the_log_shows_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """An error that is logged with its traceback does not print what variables hold."""
    console.set_up_log(quiet=False, verbose=True)
    token = "ghp_secret"
    try:
        raise ValueError(len(token))
    except ValueError as error:
        logger.enable("")
        logger.opt(exception=error).error("it broke")
    assert token not in capsys.readouterr().err


@pytest.mark.parametrize(
    "stream", [None, Refusing(OSError("full")), Refusing(ValueError("closed"))]
)
@pytest.mark.parametrize("with_bars", [False, True])
def test_a_standard_error_that_is_gone_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stream: Any,
    with_bars: bool,
) -> None:
    """Where nobody can be told, the run goes on, and the words do not end up in the report."""
    import tqdm

    if with_bars:
        monkeypatch.setitem(sys.modules, "tqdm", tqdm)
    else:
        monkeypatch.delitem(sys.modules, "tqdm")
    monkeypatch.setattr("sys.stderr", stream)
    console.set_up_log(quiet=False, verbose=True)
    say("WARNING", "unheard")
    console.complain("unheard")
    assert capsys.readouterr().out == ""


# The progress bar


def test_off_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file or a cron mail gets no bar."""
    with console.progress_bar(wanted=True) as move:
        assert move is None
    assert capsys.readouterr() == ("", "")


def test_an_unwanted_bar_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--no-progress` and `-q` hold on a terminal too."""
    terminal = on_terminal(monkeypatch)
    with console.progress_bar(wanted=False) as move:
        assert move is None
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("stream", [None, Refusing(ValueError("closed"))])
def test_without_standard_error_there_is_no_bar(
    monkeypatch: pytest.MonkeyPatch, stream: Any
) -> None:
    """A stream that is closed is no terminal."""
    if stream is not None:
        stream.close()
    monkeypatch.setattr("sys.stderr", stream)
    with console.progress_bar(wanted=True) as move:
        assert move is None


def test_the_bar_moves_and_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells how many are settled of how many, and failures; it leaves a clean terminal."""
    terminal = on_terminal(monkeypatch)
    with console.progress_bar(wanted=True) as move:
        assert move is not None
        move(Progress(done=0, total=572, failed=0))
        assert "0/572" in shown(terminal)[-1]
        move(Progress(done=550, total=572, failed=3))
        assert "550/572" in shown(terminal)[-1]
        assert "3 failed" in shown(terminal)[-1]
        move(Progress(done=550, total=572, failed=3, gone=2))
        assert "2 gone, 1 failed" in shown(terminal)[-1]
        move(Progress(done=572, total=572, failed=3))
        assert "572/572" in shown(terminal)[-1]
    assert shown(terminal) == [""]
    assert capsys.readouterr().out == ""


class Ticking(Terminal):
    """A terminal that lets somebody wait for a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.awaited, self.seen = text, threading.Event()

    def fileno(self) -> int:
        """A descriptor, so that the system is asked for a size."""
        return 2

    def write(self, text: str) -> int:
        if self.awaited in text:
            self.seen.set()
        return super().write(text)


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        (120, "paced: GitHub allows 60 s of query time a minute; about 50 s left 65/100"),
        (80, "paced: about 50 s left 65/100"),
    ],
)
def test_the_bar_says_what_slows_it_down(
    monkeypatch: pytest.MonkeyPatch, columns: int, first: str
) -> None:
    """Why, and how long it takes, in the place of an estimate that knows no pace; while nothing
    arrives, its clock goes on."""
    terminal = Ticking("about 49 s left")
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((columns, 24)))
    seconds = 0.0
    pace = Pace("GitHub allows 60 s of query time a minute", 50)
    with console.progress_bar(wanted=True, tick=0.01, monotonic=lambda: seconds) as move:
        assert move is not None
        move(Progress(done=65, total=100, failed=0, pace=pace))
        assert first in shown(terminal)[-1]
        seconds = 1.0
        assert terminal.seen.wait(20)
        move(Progress(done=66, total=100, failed=0))
        assert "paced" not in shown(terminal)[-1]
    assert shown(terminal) == [""]


def test_the_bar_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until when (local time) and why while it waits; what a server says cannot move the cursor."""
    terminal = on_terminal(monkeypatch)
    until = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    waiting = Progress(
        done=3, total=4, failed=0, pause=Pause(until, "\x1b[2Jslow\ndown, " + "please " * 40)
    )
    with console.progress_bar(wanted=True) as move:
        assert move is not None
        move(Progress(done=3, total=4, failed=0))
        assert "Asking" in shown(terminal)[-1]
        move(waiting)
        assert f"Waiting until {until.astimezone():%H:%M:%S}: " in shown(terminal)[-1]
        assert "slow" in shown(terminal)[-1]
        assert "3/4" in shown(terminal)[-1]
        assert "\x1b[2J" not in terminal.getvalue()
        move(replace(waiting, pause=None))
        assert "Waiting" not in shown(terminal)[-1]
    assert shown(terminal) == [""]


def test_bar_and_log_do_not_tear_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the log stands on its own, above the bar that goes on below."""
    terminal = on_terminal(monkeypatch)
    console.set_up_log(quiet=False, verbose=False)
    with console.progress_bar(wanted=True) as move:
        assert move is not None
        move(Progress(done=1, total=4, failed=0))
        say("WARNING", "mind the gap")
        *above, bar = shown(terminal)
        assert above == ["warning: mind the gap"]
        assert "1/4" in bar
    assert shown(terminal) == ["warning: mind the gap", ""]


def test_a_run_that_is_ended_leaves_a_clean_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar goes when an error or Ctrl-C ends the run, and the complaint stands alone."""
    terminal = on_terminal(monkeypatch)

    def run() -> None:
        with console.progress_bar(wanted=True) as move:
            assert move is not None
            move(Progress(done=1, total=4, failed=0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    console.complain("interrupted")
    assert shown(terminal) == ["error: interrupted", ""]
