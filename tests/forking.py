"""Python as a process of its own, forked from one that has loaded the package and its libraries.

Most of what a short run of the command costs is the loading of modules. Everything else is
as in a process that was started anew: its arguments, environment, folder and streams, the
signals it gets, and how the interpreter ends.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

LIBRARIES = (
    *("anyio._backends._asyncio", "asyncio", "httpx", "httpcore", "jinja2", "rich.table"),
    *("rich.console", "sqlite3", "ssl", "tqdm"),
)
"""What modules of the package load only once they need it."""


class Process:
    """A running Python, with the part of `subprocess.Popen` that tests use."""

    def __init__(
        self, arguments: tuple[str, ...], streams: list[IO[bytes] | None], told: int
    ) -> None:
        self.args = arguments
        self.stdin, self.stdout, self.stderr = streams
        self.returncode: int | None = None
        self._told = os.fdopen(told, "rb")
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """Its exit status, or minus the signal that killed it; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = int(self._told.readline())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises: subprocess.TimeoutExpired.
        """
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.poll()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(
        self, fed: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        """Feed it, and read what it writes until its end.

        Raises: subprocess.TimeoutExpired.
        """
        with ThreadPoolExecutor(2) as pool:
            pieces = [
                pool.submit(stream.read) if stream else None
                for stream in (self.stdout, self.stderr)
            ]
            if self.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self.stdin.write(fed or b"")
                    self.stdin.close()
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        out, err = (piece.result() if piece else b"" for piece in pieces)
        return out, err

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        for stream in (self.stdin, self.stdout, self.stderr, self._told):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


Running = Process | subprocess.Popen[bytes]
"""A Python, however it was started."""


def start(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str],
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    anew: bool = not hasattr(os, "fork"),
) -> Running:
    """Start `python ARGUMENTS`, the first of which is `-m` or `-c`. It reads a pipe.

    `stdout` and `stderr` may be descriptors. `anew` loads everything as well, which takes five
    times as long.
    """
    if anew:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
        )
    theirs: list[int] = []
    ours: list[IO[bytes] | None] = []
    for number, wanted in enumerate((subprocess.PIPE, stdout, stderr)):
        if wanted != subprocess.PIPE:
            theirs.append(os.dup(wanted))
            ours.append(None)
            continue
        reading, writing = os.pipe()
        theirs.append(writing if number else reading)
        ours.append(os.fdopen(reading, "rb") if number else os.fdopen(writing, "wb", 0))
    told, telling = os.pipe()
    wish = json.dumps({"arguments": arguments, "cwd": str(cwd), "env": dict(env)}).encode()
    socket.send_fds(_server(), [len(wish).to_bytes(4, "big")], [*theirs, telling])
    _server().sendall(wish)
    for each in (*theirs, telling):
        os.close(each)
    return Process(arguments, ours, told)


@cache
def _server() -> socket.socket:
    """The way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair()
    environment = {
        name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")
    }
    root = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno())],
        env={**environment, "PYTHONPATH": root, "PYTHONUTF8": "1"},
        pass_fds=[theirs.fileno()],
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve(wishes: socket.socket) -> list[str] | None:
    """Fork for every wish; returns the arguments in a child, and None at the end."""
    endings: dict[int, int] = {}

    def reap(*_: Any) -> None:
        while endings:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            told = endings.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(told)

    signal.signal(signal.SIGCHLD, reap)
    while True:
        size, streams, _, _ = socket.recv_fds(wishes, 4, 4)
        if not size:
            return None
        wish = json.loads(wishes.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
        told = streams.pop()
        # A child that ends at once is reaped after it was noted.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        if not (pid := os.fork()):
            break
        endings[pid] = told
        os.write(told, b"%d\n" % pid)
        for stream in streams:
            os.close(stream)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    wishes.close()
    for stream in (told, *endings.values()):
        os.close(stream)
    _become(wish, streams)
    return list(wish["arguments"])


def _become(wish: Mapping[str, Any], streams: list[int]) -> None:
    """Be in the folder, with the environment and the streams, that were wished for."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(wish["env"])
    time.tzset()
    os.chdir(wish["cwd"])
    sys.path[0] = wish["cwd"]
    # As Python opens them; a terminal is written line by line.
    how: dict[str, Any] = {"encoding": "utf-8", "closefd": False}
    sys.stdin = open(0, **how)  # noqa: SIM115 - they are for the rest of the process
    sys.stdout = open(1, "w", **how)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, errors="backslashreplace", **how)  # noqa: SIM115


def _end(statuses: list[int]) -> None:
    """End at once with the status, if there is one: what is left is to free the memory."""
    if statuses:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(statuses[0])


if __name__ == "__main__":
    from builders import ranking

    import crawler
    from crawler.reports.render import render

    for module in pkgutil.walk_packages(crawler.__path__, "crawler."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for library in LIBRARIES:
        import_module(library)
    render(ranking(), "html")  # its template is compiled once
    gc.freeze()
    # The first that is registered is called last, after all threads have ended.
    ending: list[int] = []
    atexit.register(_end, ending)
    found = _serve(socket.socket(fileno=int(sys.argv[1])))
    if found is not None:
        option, what, *sys.argv[1:] = found
        if option == "-m":
            try:
                runpy.run_module(what, run_name="__main__", alter_sys=True)
            except SystemExit as end:
                ending += [end.code] if isinstance(end.code, int) else []
                raise
        else:
            sys.argv[0] = option
            exec(what, {"__name__": "__main__"})
