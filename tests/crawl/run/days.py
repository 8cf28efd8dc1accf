"""Runs with a store, on days that a test chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clocks import FakeClock
from crawl.run.running import rank
from standin import Repository, StandIn

from crawler import Ranking
from crawler.model.rows import Row

MONDAY = datetime(2024, 5, 6, 12, tzinfo=UTC)


class Calendar(FakeClock):
    """The day is what a test says; within it no wait takes any time."""

    def __init__(self) -> None:
        super().__init__()
        self.today = MONDAY

    def now(self) -> datetime:
        """The time that was set last."""
        return self.today


@dataclass(slots=True)
class Days:
    """A library's caller, its store, and a GitHub that changes from day to day."""

    github: StandIn
    calendar: Calendar
    folder: Path
    asked: dict[str, int] = field(default_factory=dict)
    """How often each repository was asked about in the last run."""

    @property
    def store(self) -> Path:
        """The store of all runs for which no other is named."""
        return self.folder / "store.db"

    def at(self, **passed: float) -> None:
        """Let it be so long after `MONDAY`."""
        self.calendar.today = MONDAY + timedelta(**passed)

    def publish(self, name: str, **stars: int) -> None:
        """Let `name` list `o/KEY` for each of `stars`, in that order; a list of no star stays."""
        text = "".join(f"* [{key}](https://github.com/o/{key})\n" for key in stars)
        self.github.world.add(Repository(name, 1, readme=text.encode()))
        self.star(**stars)

    def star(self, **stars: int) -> None:
        """Set the stars of `o/KEY`."""
        for key, count in stars.items():
            if self.github.world.named(f"o/{key}") is None:
                self.github.world.add(Repository(f"o/{key}", count))
            else:
                self.github.world.change(f"o/{key}", stars=count)

    async def rank(self, *lists: str, **options: Any) -> Ranking:
        """Rank `lists`, by default `a/list` with the token and the store."""
        self.github.log.exchanges.clear()
        given = {"store": self.store, "max_age": 0, **options}
        ranking = await rank(self.github, *lists, clock=self.calendar, **given)
        self.asked = {}
        for each in self.github.log.of("graphql", "repository", "depsdev"):
            for name in each.names:
                self.asked[name] = self.asked.get(name, 0) + 1
        return ranking


def row_of(ranking: Ranking, name: str) -> Row:
    """The row of `o/NAME`."""
    (row,) = [row for row in ranking if row.repository == f"o/{name}"]
    return row


def gains(ranking: Ranking) -> dict[str, int | None]:
    """What each repository gained, by its name without the owner."""
    return {row.repository.removeprefix("o/"): row.gained for row in ranking}
