"""Ctrl-C and SIGTERM, which end a run in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field

from crawler.model.frozen import frozen


@frozen
class Signals:
    """Handles Ctrl-C and SIGTERM in a run; a second signal of a kind ends it at once."""

    stop: asyncio.Event
    """Set by the first signal."""
    release: Callable[[], None]
    """From now on even the first signal ends the run at once: while a slow reader blocks the
    output, the event loop would not notice it."""
    received: list[int] = field(default_factory=list)


@contextmanager
def stopping_on_signals() -> Iterator[Signals]:
    """Let the signals stop the run in good order; ignored signals stay ignored."""
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
            continue  # ignored by the parent: nohup, or a shell with a background job
        # Without signals in the loop (Windows, threads), Ctrl-C stays a KeyboardInterrupt.
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, receive, number)
            handled.add(number)
    yield signals
