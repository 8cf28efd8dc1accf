"""What the stand-in knows: repositories under all their names, tokens, quotas and files."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Block:
    """Why GitHub shows a repository to nobody."""

    reason: Literal["dmca", "tos"]
    """dmca answers 451, tos answers 403."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Why an organisation refuses every token; anonymous requests are answered."""

    message: str
    saml: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository."""

    full_name: str
    """Canonical `owner/name`."""
    stars: int = 0
    number: int | None = None
    """`databaseId`; None: the world numbers it."""
    forks: int = 0
    language: str | None = None
    license: str | None = None
    """SPDX identifier."""
    archived: bool = False
    fork: bool = False
    private: bool = False
    """Whether only requests with a valid token see it."""
    disabled: bool = False
    pushed_at: str | None = "2026-05-01T12:00:00Z"
    description: str | None = None
    old_names: tuple[str, ...] = ()
    """Names that it had; requests for them are redirected."""
    block: Block | None = None
    forbidden: Forbidden | None = None
    readme: bytes | None = None
    folder_readmes: Mapping[str, bytes] = field(default_factory=dict)
    """Path of a folder to the README in it."""

    @property
    def owner(self) -> str:
        """What stands before the slash."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """What stands after the slash."""
        return self.full_name.partition("/")[2]

    @property
    def node_id(self) -> str:
        """GraphQL's id, stable over renames."""
        return base64.b64encode(f"010:Repository{self.number}".encode()).decode()


@dataclass(slots=True)
class Quota:
    """What may still be asked of one resource."""

    resource: str
    """`core` or `graphql`, as `x-ratelimit-resource` names it."""
    limit: int
    clock: Callable[[], float] = time.time
    """Epoch seconds."""
    used: int = 0
    reset: int = 0
    """Epoch second at which `used` becomes 0; 0: an hour after the first request."""

    @property
    def remaining(self) -> int:
        """How much is left."""
        return max(0, self.limit - self.used)

    def refill(self) -> None:
        """Start a new hour where the old one is over."""
        now = int(self.clock())
        if self.reset and now >= self.reset:
            self.used = 0
            self.reset = 0
        if not self.reset:
            self.reset = now + HOUR

    def spend(self) -> bool:
        """Take one point; False where none is left."""
        self.refill()
        if not self.remaining:
            return False
        self.used += 1
        return True

    def exhaust(self) -> None:
        """Leave nothing for the rest of the hour."""
        self.refill()
        self.used = self.limit

    def headers(self) -> dict[str, str]:
        """What GitHub says of it with every answer."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-resource": self.resource,
        }


@dataclass(frozen=True, slots=True)
class File:
    """Something served under `/files/`."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class World:
    """Everything the stand-in answers from. Names compare without case."""

    def __init__(self, repositories: Iterable[Repository] = (), tokens: Iterable[str] = ()) -> None:
        self.tokens = set(tokens)
        self.files: dict[str, File] = {}
        """What `/files/NAME` serves."""
        self.core = Quota("core", 5000)
        self.anonymous = Quota("core", 60)
        self.graphql = Quota("graphql", 5000)
        self._by_name: dict[str, Repository] = {}
        self._by_number: dict[int, Repository] = {}
        for repository in repositories:
            self.add(repository)

    def add(self, repository: Repository) -> Repository:
        """Add or replace a repository; gives it a number where it has none."""
        if repository.number is None:
            old = self._by_name.get(repository.full_name.casefold())
            number = old.number if old else 1000 + len(self._by_number)
            repository = replace(repository, number=number)
        assert repository.number is not None
        self._by_number[repository.number] = repository
        for name in (repository.full_name, *repository.old_names):
            self._by_name[name.casefold()] = repository
        return repository

    def change(self, name: str, **fields: Any) -> Repository:
        """Give a repository other fields; a new `full_name` is a renaming, which redirects."""
        old = self._by_name[name.casefold()]
        new = replace(old, **fields)
        if new.full_name.casefold() != old.full_name.casefold():
            new = replace(new, old_names=(*old.old_names, old.full_name))
        return self.add(new)

    def merge(self, lost: str, kept: str) -> None:
        """Delete a repository, and let its names lead to another one."""
        gone, old = self._by_name[lost.casefold()], self._by_name[kept.casefold()]
        names = [key for key, repository in self._by_name.items() if repository is gone]
        self.remove(lost)
        self.add(replace(old, old_names=(*old.old_names, *names)))

    def remove(self, full_name: str) -> None:
        """Delete a repository with all its names, as if it had never been."""
        gone = self._by_name[full_name.casefold()]
        del self._by_number[gone.number or 0]
        self._by_name = {key: kept for key, kept in self._by_name.items() if kept is not gone}

    def named(self, full_name: str) -> Repository | None:
        """The repository that has or had this name."""
        return self._by_name.get(full_name.casefold())

    def numbered(self, number: int) -> Repository | None:
        """The repository with this number."""
        return self._by_number.get(number)

    def __iter__(self) -> Iterator[Repository]:
        return iter(self._by_number.values())

    def __len__(self) -> int:
        return len(self._by_number)
