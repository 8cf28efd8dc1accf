"""Ctrl-C and SIGTERM, which end a run in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Signals:
    """What Ctrl-C and SIGTERM do to a run; the second of a kind ends it at once."""

    stop: asyncio.Event
    """Set by the first."""
    release: Callable[[], None]
    """From now on the first ends it at once, too: a reader that is slow to take the report would
    keep the event loop from hearing of it."""
    received: list[int] = field(default_factory=list)


@contextmanager
def stopping_on_signals() -> Iterator[Signals]:
    """Have the signals stop the run in good order; one that is ignored stays ignored."""
    loop = asyncio.get_running_loop()

    def release() -> None:
        for number in handled:
            loop.remove_signal_handler(number)

    signals = Signals(asyncio.Event(), release)
    handled: set[int] = set()

    def receive(number: int) -> None:
        signals.received.append(number)
        signals.stop.set()
        handled.discard(number)
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue  # by whoever started the process: nohup, or a shell that runs it behind
        # Where the loop knows no signals (Windows, threads), Ctrl-C stays a KeyboardInterrupt.
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, receive, number)
            handled.add(number)
    yield signals
