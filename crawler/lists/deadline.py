"""A time limit for reading one list, so that no document can block the process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from crawler.model.errors import ListError

BASE_SECONDS: Final = 5.0
SECONDS_PER_MEGABYTE: Final = 5.0
"""Seconds of processor time; real lists take 0.3 to 1.5 per megabyte."""
STRIDE: Final = 16
"""Calls between two readings of the clock, since reading the time of one thread is slow."""


TOO_COSTLY: Final = (
    "The list cannot be parsed: it is too costly to read, as if it were built to be."
)


def seconds_for(characters: int) -> float:
    """The processor time allowed for a text of this size."""
    return BASE_SECONDS + SECONDS_PER_MEGABYTE * characters / 1e6


class Deadline:
    """The deadline of one list. Every loop over a document checks it."""

    def __init__(
        self,
        characters: int,
        check: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._check = check
        self._clock = clock
        self._end = clock() + seconds_for(characters)
        self._looks = 0

    def look(self) -> None:
        """Continue only if there is time left; `check` may raise its own errors.

        Raises:
            ListError: the time is over.
        """
        self._looks += 1
        if self._looks % STRIDE:
            return
        if self._check is not None:
            self._check()
        if self._clock() > self._end:
            raise ListError(TOO_COSTLY)


@dataclass(slots=True)
class Budget:
    """The processor time allowed for all files of a list together."""

    seconds: float

    @contextlib.contextmanager
    def spend(self) -> Iterator[Callable[[], None]]:
        """Subtract the time of the block, which runs in one thread. Gives a function that the block
        calls often, and that ends it in time.

        Raises: ListError if no time is left.
        """
        begin = time.thread_time()

        def check() -> None:
            if time.thread_time() - begin > self.seconds:
                raise ListError(TOO_COSTLY)

        check()
        try:
            yield check
        finally:
            self.seconds -= time.thread_time() - begin
