"""How much work one list may cause, so that no document can hold the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from crawler.model.errors import ListError

BASE_STEPS: Final = 500_000
STEPS_PER_CHARACTER: Final = 0.65
"""A real list takes 0.05 to 0.3 steps a character, and a step 1 to 15 microseconds."""

BASE_SECONDS: Final = 5.0
SECONDS_PER_MEGABYTE: Final = 1.8
"""Of processor time: the last net under the steps, whatever a step turns out to cost."""

_STRIDE: Final = 4096
"""Steps between two looks at the clock and at the caller's wish to stop."""


class Work:
    """The steps that one document may still cost; every rule spends from it."""

    def __init__(self, size: int, check: Callable[[], None] | None) -> None:
        self._left = int(BASE_STEPS + size * STEPS_PER_CHARACTER)
        self._next_look = self._left
        self._check = check
        self._end = time.thread_time() + BASE_SECONDS + size / 1e6 * SECONDS_PER_MEGABYTE

    def spend(self, steps: int = 1) -> None:
        """Take `steps` from what is left.

        Raises:
            ListError: nothing is left.
        """
        self._left -= steps
        if self._left < self._next_look:
            self.look()

    def look(self) -> None:
        """See whether the parse may go on; the caller's `check` may raise what it likes."""
        self._next_look = self._left - _STRIDE
        if self._check is not None:
            self._check()
        if self._left < 0 or time.thread_time() > self._end:
            raise ListError(
                "The list cannot be parsed: it is too costly to read, as if it were built to be."
            )
