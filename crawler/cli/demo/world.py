"""The data of a small GitHub: repositories under all their names, tokens and quotas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from crawler.model.frozen import frozen

HOUR: Final = 3600

USER_HOUR: Final = 5000
ANONYMOUS_HOUR: Final = 60
"""Requests and points an hour.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""


CREATED_AT: Final = "2015-01-01T00:00:00Z"
"""REST returns this if there was no push, GraphQL null."""


@frozen
class Forbidden:
    """Why an organisation refuses every token; anonymous requests are answered."""

    message: str
    saml: bool = False


@frozen
class Repository:
    """One repository. None means unknown."""

    full_name: str
    """Canonical `owner/name`."""
    stars: int = 0
    number: int | None = None
    """`databaseId`; None: the world assigns one."""
    forks: int | None = 0
    language: str | None = None
    license: str | None = None
    """SPDX identifier."""
    archived: bool | None = False
    fork: bool | None = False
    private: bool = False
    """Whether only requests with a valid token can see it."""
    created_at: str = CREATED_AT
    pushed_at: str | None = "2026-05-01T12:00:00Z"
    """ISO 8601, in UTC."""
    committed_at: str | None = None
    """The last commit on the default branch; None: the last push."""
    disabled: bool = False
    empty: bool = False
    parent: tuple[str, int] | None = None
    """Name and number of the repository that it is a fork of."""
    description: str | None = None
    old_names: tuple[str, ...] = ()
    """Former names; requests for them are redirected."""
    block: Literal["dmca", "tos"] | None = None
    """Why it is blocked: a notice (status 451), or the terms of service (403)."""
    forbidden: Forbidden | None = None
    readme: bytes | None = None
    """The README of the top folder, named `readme_name`."""
    readme_name: str = "README.md"
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Content by path, on the default branch."""
    refs: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """The same for other branches and tags, by name."""
    rendered: Mapping[str, bytes] = field(default_factory=dict)
    """The rendered HTML of files, by path."""
    starred: Mapping[date, int] = field(default_factory=dict)
    """How many of `stars` were given on which day; the others existed from the first day on."""
    starred_since: date | None = None
    """The first day of its star history; None: that of its creation, as GitHub tells it."""

    def tree(self, ref: str = "") -> Mapping[str, bytes] | None:
        """The files at a ref, by path; None if there is no such ref."""
        if ref not in ("", "HEAD", "main", "refs/heads/main"):
            return self.refs.get(ref.removeprefix("refs/heads/").removeprefix("refs/tags/"))
        readme = {} if self.readme is None else {self.readme_name: self.readme}
        return {**readme, **self.files}


@dataclass(slots=True)
class Quota:
    """The quota of one resource."""

    resource: str
    """`core` or `graphql`, as `x-ratelimit-resource` names it."""
    limit: int
    used: int = 0
    reset: int = 0
    """Epoch second at which `used` becomes 0; 0: an hour after the first request."""

    @property
    def remaining(self) -> int:
        """The remaining points."""
        return max(0, self.limit - self.used)

    def spend(self, now: float, points: int = 1) -> bool:
        """Spend points at an epoch second; returns False if too few are left."""
        if self.reset and now >= self.reset:
            self.used = self.reset = 0
        self.reset = self.reset or int(now) + HOUR
        if points > self.remaining:
            return False
        self.used += points
        return True

    def headers(self) -> dict[str, str]:
        """The quota headers of every answer."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-resource": self.resource,
        }


class World:
    """All data for the answers, which may change at any time. Names compare without case."""

    def __init__(
        self,
        repositories: Iterable[Repository] = (),
        tokens: Iterable[str] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        """`tokens` are accepted; `now` returns epoch seconds."""
        self.tokens = set(tokens)
        self.now = now
        self.core = Quota("core", USER_HOUR)
        self.anonymous = Quota("core", ANONYMOUS_HOUR)
        self.graphql = Quota("graphql", USER_HOUR)
        self._by_name: dict[str, Repository] = {}
        self._by_number: dict[int, Repository] = {}
        for repository in repositories:
            self.add(repository)

    def add(self, repository: Repository) -> Repository:
        """Add or replace a repository; assigns a number if it has none."""
        if repository.number is None:
            old = self.named(repository.full_name)
            number = old.number if old else 1000 + len(self._by_number)
            repository = replace(repository, number=number)
        assert repository.number is not None
        self._by_number[repository.number] = repository
        for name in (repository.full_name, *repository.old_names):
            self._by_name[name.casefold()] = repository
        return repository

    def change(self, name: str, **fields: Any) -> Repository:
        """Change fields of a repository; a new `full_name` is a rename, which redirects."""
        old = self._by_name[name.casefold()]
        new = replace(old, **fields)
        if new.full_name.casefold() != old.full_name.casefold():
            new = replace(new, old_names=(*old.old_names, old.full_name))
        return self.add(new)

    def merge(self, lost: str, kept: str) -> None:
        """Delete a repository and redirect its names to another one."""
        gone, old = self._by_name[lost.casefold()], self._by_name[kept.casefold()]
        names = [key for key, repository in self._by_name.items() if repository is gone]
        self.remove(lost)
        self.add(replace(old, old_names=(*old.old_names, *names)))

    def remove(self, full_name: str) -> None:
        """Delete a repository with all its names, as if it had never existed."""
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
