"""The terminal: standard output, the log and the progress bar, which do not disturb each other."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from crawler.cli.actions import Broken, broken, is_runner
from crawler.model.errors import ConfigError, RunError
from crawler.model.text import printable
from crawler.reports.formats import find_format

if TYPE_CHECKING:
    from loguru import Message, Record, Writable

    from crawler.model.values import Progress
    from crawler.reports.stream import Stream


USUAL_COLUMNS: Final = 80
"""Width to assume if a terminal does not report its own."""

COUNT_COLUMNS: Final = 40
"""Columns of the bar for the counts, beside the words."""

PACED_BAR: Final = "{desc} {n_fmt}/{total_fmt} [{elapsed}{postfix}]"
"""Without tqdm's estimate of the remaining time: it does not know about pauses."""

PACED_COLUMNS: Final = 30
"""Room beside the words while the run is paced."""

TICK_SECONDS: Final = 1.0

ECHO_COLUMNS: Final = 4
"""Columns to leave free for the `^C` that a terminal echoes: it would wrap a full line, and the bar
could not be erased."""


LOG_BYTES: Final = 10_000_000
OLD_LOGS: Final = 5
"""Old log files to keep beside the current one."""


def complain(sentence: str) -> None:
    """Write to standard error why the run ends."""
    _write_line(f"error: {printable(sentence)}")
    if "loguru" in sys.modules:
        from crawler.model.log import logger

        logger.bind(for_file=True).error("{}", sentence)


def print_out(text: str, form: str = "table") -> None:
    """Write a text in this format to standard output.

    Raises: as `standard_output`.
    """
    with standard_output(form) as stream:
        stream.write(text)


@contextlib.contextmanager
def standard_output(form: str, *, commands: bool = False) -> Iterator[Stream]:
    """Standard output as a stream for a report in this format; if the reader goes away (`| head`),
    the block ends without an error. `commands` says that the output consists of runner commands.

    Raises: RunError if it cannot be written for another reason.
    """
    if sys.stdout is None:
        yield io.StringIO()
        return
    try:
        if hasattr(sys.stdout, "reconfigure"):
            # An error while flushing here occurs again below and is handled there.
            with contextlib.suppress(OSError):
                # A character that the encoding lacks must not stop the report.
                sys.stdout.reconfigure(errors="backslashreplace")
        if is_runner() and not commands:
            stream = Broken(sys.stdout, find_format(form).reference)
            yield stream
            stream.finish()
        else:
            yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
    except OSError as error:
        _abandon_stdout()
        raise RunError(f"standard output cannot be written: {error.strerror}") from None


def _abandon_stdout() -> None:
    """Discard the interpreter's last flush, which would otherwise report an error.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal_width() -> int | None:
    """Columns of the terminal on standard output; None if there is none."""
    return shutil.get_terminal_size().columns if _is_terminal(sys.stdout) else None


def wants_color() -> bool:
    """Whether standard output is a terminal that may be coloured. https://no-color.org"""
    return (
        _is_terminal(sys.stdout)
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def knows_links() -> bool:
    """Whether the terminal can show links: nearly all terminals with colours ignore unsupported
    links, but these print them."""
    return wants_color() and not os.environ.get("TERM", "").startswith(("linux", "screen"))


def set_up_log(
    *, quiet: bool, verbose: bool, file: str | None = None, file_bytes: int = LOG_BYTES
) -> None:
    """Send the package's log to standard error, one line a message, above the progress bar; and
    with times to `file`, which is rotated before it exceeds `file_bytes`.

    Raises: ConfigError if the file cannot be written.
    """
    from crawler.model.log import logger
    from crawler.reports.files import expanded

    logger.enable("crawler")
    logger.remove()
    logger.add(
        _write_message,
        filter=lambda record: _is_wanted(record, quiet=quiet),
        level="DEBUG" if verbose else "INFO",
        format="{message}",
        # Both would print the values of variables, and so tokens.
        backtrace=False,
        diagnose=False,
    )

    if file is not None:
        logger.add(
            _open_log(expanded(file), file_bytes),
            level="DEBUG" if verbose else "INFO",
            format="{message}",
            backtrace=False,
            diagnose=False,
        )


def _is_wanted(record: Record, *, quiet: bool) -> bool:
    if "for_file" in record["extra"]:
        return False
    return not quiet or record["level"].name == "ERROR" or "even_if_quiet" in record["extra"]


def _open_log(path: Path, most: int) -> Writable:
    """A log file that is appended to and rotated when it is full; the oldest files are deleted."""
    import logging
    from logging.handlers import RotatingFileHandler

    class LogFile(RotatingFileHandler):
        def handleError(self, record: logging.LogRecord) -> None:
            """A log that cannot be written, as on a full disk, does not stop the run."""

        def write(self, message: Message) -> None:
            """See loguru."""
            record = message.record
            time, level = record["time"].astimezone(UTC), record["level"].name
            line = f"{time:%Y-%m-%d %H:%M:%S} UTC {level}: {printable(record['message'])}"
            self.emit(logging.makeLogRecord({"msg": line}))

        def stop(self) -> None:
            """See loguru."""
            self.close()

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return LogFile(
            path, maxBytes=most, backupCount=OLD_LOGS, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise ConfigError(f"cannot write the log {path}: {error.strerror}") from None


def _write_message(message: Message) -> None:
    record = message.record
    prefix = {"WARNING": "warning: ", "ERROR": "error: "}.get(record["level"].name, "")
    _write_line(prefix + printable(record["message"]))


def _write_line(line: str) -> None:
    if sys.stderr is None:
        return
    if is_runner():
        line = broken(line)
    bars = sys.modules.get("tqdm")
    # A closed or full stderr must not stop the report.
    with contextlib.suppress(OSError, ValueError):
        if bars is not None:
            bars.tqdm.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr)


@contextlib.contextmanager
def progress_bar(
    *,
    wanted: bool,
    tick: float = TICK_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error if that is a terminal; the yielded callable updates it. Its clock
    advances every `tick` seconds, even without updates."""
    if not wanted or not _is_terminal(sys.stderr):
        yield None
        return
    from tqdm import tqdm

    from crawler.model.values import Progress

    try:
        with tqdm(unit=" repos", leave=False, disable=None, ncols=_bar_columns()) as bar:
            latest, told_at = Progress(done=0, total=0, failed=0), monotonic()
            ended, drawing = threading.Event(), threading.Lock()

            def draw() -> None:
                # The terminal may have been resized.
                bar.ncols = columns = _bar_columns()
                bar.total = latest.total or None
                bar.bar_format = PACED_BAR if latest.pace else None
                bar.set_postfix_str(_misses(latest), refresh=False)
                doing = _doing(latest, columns, monotonic() - told_at)
                bar.set_description_str(doing, refresh=False)
                bar.update(latest.done - bar.n)
                bar.refresh()

            def move(progress: Progress) -> None:
                nonlocal latest, told_at
                with drawing:
                    latest, told_at = progress, monotonic()
                    draw()

            def go_on() -> None:
                while not ended.wait(tick):
                    with drawing:
                        draw()

            clock = threading.Thread(target=go_on, name="progress bar", daemon=True)
            clock.start()
            try:
                yield move
            finally:
                ended.set()
                clock.join()
    finally:
        # tqdm erases the bar, but not what the terminal echoed beside it.
        with contextlib.suppress(OSError):
            sys.stderr.write(f"\r{' ' * (_bar_columns() + ECHO_COLUMNS - 1)}\r")
            sys.stderr.flush()


def _bar_columns() -> int:
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        columns = 0
    return (columns or USUAL_COLUMNS) - ECHO_COLUMNS


def _misses(progress: Progress) -> str:
    found = {"gone": progress.gone, "failed": progress.failed - progress.gone}
    return ", ".join(f"{count} {what}" for what, count in found.items() if count)


def _doing(progress: Progress, columns: int, since: float) -> str:
    """What the run is doing, `since` seconds after it reported that."""
    if progress.pace is not None:
        left = max(0.0, progress.pace.left - since)
        about = f"about {left:.0f} s left" if left < 90 else f"about {left / 60:.0f} min left"
        whole = f"paced: {progress.pace.limit}; {about}"
        return whole if len(whole) <= columns - PACED_COLUMNS else f"paced: {about}"
    if progress.pause is None:
        return "Asking"
    until = progress.pause.until.astimezone()
    doing = f"Waiting until {until:%H:%M:%S}: {printable(progress.pause.reason)}"
    return doing[: max(columns - COUNT_COLUMNS, len("Waiting until 00:00:00"))]


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False
