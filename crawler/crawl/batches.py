"""The size of batches: what worked lately, up to a maximum."""

from __future__ import annotations


class BatchSize:
    """Shrinks to what the server answers, and grows back slowly."""

    def __init__(self, largest: int, *, grows_after: int = 3) -> None:
        """A reduced size grows by a quarter after `grows_after` successful batches in a row."""
        self.now = largest
        """Repositories in the next batch."""
        self._largest = largest
        self._grows_after = grows_after
        self._fitted_in_a_row = 0

    def learn(self, asked: int, fitted: int) -> None:
        """Record that for a batch of `asked` repositories the largest successful query had `fitted`
        (0: none was successful)."""
        if 0 < fitted < asked:
            self.now, self._fitted_in_a_row = min(self.now, fitted), 0
        elif fitted >= self.now:
            self._fitted_in_a_row += 1
            if self._fitted_in_a_row % self._grows_after == 0:
                self.now = min(self._largest, self.now + max(1, self.now // 4))

    def halve(self) -> None:
        """Halve the size."""
        self.now = max(1, self.now // 2)
