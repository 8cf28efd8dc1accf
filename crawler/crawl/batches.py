"""How many repositories a query asks for: what worked lately, and never more than allowed."""

from __future__ import annotations


class BatchSize:
    """Falls to what the server answers, and grows back slowly."""

    def __init__(self, largest: int, *, grows_after: int = 3) -> None:
        """`grows_after` batches in a row that fit raise a lowered size by a quarter."""
        self.now = largest
        """Repositories in the next batch."""
        self._largest = largest
        self._grows_after = grows_after
        self._fitted_in_a_row = 0

    def learn(self, asked: int, fitted: int) -> None:
        """Note that of a batch of `asked` the largest query that was answered told of `fitted`
        (0: none was)."""
        if 0 < fitted < asked:
            self.now, self._fitted_in_a_row = min(self.now, fitted), 0
        elif fitted >= self.now:
            self._fitted_in_a_row += 1
            if self._fitted_in_a_row % self._grows_after == 0:
                self.now = min(self._largest, self.now + max(1, self.now // 4))

    def halve(self) -> None:
        """Ask for half as many."""
        self.now = max(1, self.now // 2)
