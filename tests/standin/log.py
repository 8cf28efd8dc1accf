"""What the stand-in was asked: every request in the order of arrival, and how many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal[
    "graphql", "repository", "readme", "contents", "raw", "history", "file", "depsdev", "other"
]

PATIENCE = 20.0
"""Seconds after which a test that waits for the stand-in has failed."""


@dataclass(slots=True)
class Exchange:
    """One request and what became of it."""

    kind: Kind
    method: str
    url: str
    path: str
    """Without what a GitHub Enterprise Server has before it."""
    headers: Mapping[str, str]
    """Names in lower case."""
    arrived: float
    """Monotonic seconds."""
    names: tuple[str, ...] = ()
    """Repositories asked about, as asked, in order."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """For GraphQL: response key to the name that was asked."""
    status: int | None = None
    """Of the answer; None while there is none, or where the connection was broken."""
    done: float | None = None
    """Monotonic seconds at which the answer was ready."""

    @property
    def host(self) -> str:
        """The server that it was for."""
        return urlsplit(self.url).netloc

    @property
    def authorized(self) -> bool:
        """Whether it carried a token."""
        return "authorization" in self.headers


class Log:
    """The requests so far. May be read from any thread."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.problems: list[str] = []
        """What no caller of GitHub should do, such as a query that its schema refuses."""
        self.in_flight = 0
        self.max_in_flight = 0
        self.connections = 0
        """Open sockets."""
        self._changed = threading.Condition()

    def begin(self, exchange: Exchange) -> Exchange:
        """Note a request that arrived."""
        with self._changed:
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            self.exchanges.append(exchange)
            self._changed.notify_all()
        return exchange

    def end(self, exchange: Exchange, status: int | None, now: float) -> None:
        """Note that a request has its answer, or will have none."""
        with self._changed:
            exchange.status = status
            exchange.done = now
            self.in_flight -= 1
            self._changed.notify_all()

    def connected(self, change: int) -> None:
        """Note that a socket was opened (1) or closed (-1)."""
        with self._changed:
            self.connections += change
            self._changed.notify_all()

    def of(self, *kinds: Kind) -> list[Exchange]:
        """The requests of these kinds; of every kind where none is given."""
        return [each for each in self.exchanges if not kinds or each.kind in kinds]

    def asked(self, full_name: str) -> list[Exchange]:
        """The requests about one repository, by GraphQL or REST; its README does not count."""
        key = full_name.casefold()
        return [
            each
            for each in self.of("graphql", "repository")
            if any(name.casefold() == key for name in each.names)
        ]

    def wait_for(self, condition: Callable[[Log], bool], patience: float = PATIENCE) -> None:
        """Block until `condition` holds; in a coroutine, by way of `asyncio.to_thread`.

        Raises: TimeoutError.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), patience):
                raise TimeoutError(f"still waiting after {patience:g} s: {self.exchanges}")
