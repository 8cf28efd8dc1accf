"""What a fetcher hands over, kept for a test."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.model.values import Answer, Reason, Refusal, RepositoryName


class Collector:
    """Takes batches, each name once."""

    def __init__(self) -> None:
        self.answers: dict[RepositoryName, Answer] = {}
        self.batches: list[int] = []
        """How many came together."""

    async def save(self, outcomes: Sequence[tuple[RepositoryName, Answer]]) -> None:
        """Take what became of a batch."""
        assert outcomes
        for name, answer in outcomes:
            assert name not in self.answers, f"{name} is told twice"
            self.answers[name] = answer
        self.batches.append(len(outcomes))

    @property
    def reasons(self) -> dict[RepositoryName, Reason]:
        """What has no figures, and why."""
        return {
            name: answer.reason
            for name, answer in self.answers.items()
            if isinstance(answer, Refusal)
        }

    @property
    def failed(self) -> int:
        """How many have no figures."""
        return len(self.reasons)
