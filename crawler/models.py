"""The values that flow through the crawler, from the list to the report.

    Entry, one place in one list     (the parser)
    Listing, one repository as the lists name it   (merged over all lists)
    Facts or Refusal, what a provider answers about it   (the clients)
    Row or Failure, what the report says of it   (the ranking)

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

SCHEMA_VERSION: Final = 1
"""Version of the JSON that `Ranking.to_dict` makes; it grows when a key changes its meaning."""


class Links(StrEnum):
    """Which links of a list are ranked."""

    ENTRIES = "entries"
    """What the list lists: the repository of each entry."""
    ALL = "all"
    """Every repository link of the document."""


class Provider(StrEnum):
    """Where figures come from."""

    GRAPHQL = "graphql"
    REST = "rest"
    DEPSDEV = "depsdev"


class Reason(StrEnum):
    """Why a listed repository is not ranked."""

    NOT_FOUND = "not_found"
    BLOCKED = "blocked"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    UNKNOWN_TO_SOURCE = "unknown_to_source"

    @property
    def retryable(self) -> bool:
        """Whether a later run may get an answer; the settled reasons are final."""
        return self in _RETRYABLE


_RETRYABLE: Final = frozenset(
    {Reason.THROTTLED, Reason.UNAVAILABLE, Reason.MALFORMED, Reason.UNKNOWN_TO_SOURCE}
)


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """The name of a repository as somebody wrote it."""

    full_name: str
    """`owner/repo`, in the spelling it was found in."""
    host: str = "github.com"
    """Lower case."""

    @property
    def key(self) -> tuple[str, str]:
        """What two names are compared by: case does not count."""
        return self.host, self.full_name.casefold()

    @property
    def owner(self) -> str:
        """What stands before the last slash."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """What stands after the last slash."""
        return self.full_name.rpartition("/")[2]

    def __str__(self) -> str:
        return self.full_name


@dataclass(frozen=True, slots=True)
class Entry:
    """One place at which a list names a repository."""

    repository: RepositoryName
    title: str
    """The entry's title as plain text; with `Links.ALL` the link's text."""
    description: str
    """What follows the title, as plain text; empty where nothing does."""
    section: tuple[str, ...]
    """The headings above it, outermost first."""
    lines: tuple[int, int]
    """Source lines, from 0, half-open."""


@dataclass(frozen=True, slots=True)
class Source:
    """A list that was read."""

    name: str
    """As the user named it."""
    url: str | None
    """Where a reader finds it; None for files and standard input."""
    repositories: int
    """How many different repositories it names."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One repository as all lists together name it."""

    repository: RepositoryName
    """In its first spelling."""
    title: str | None
    description: str | None
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    """Names of the sources that list it, in their order."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a provider says of one repository. None means that it does not say."""

    full_name: str
    """Canonical `owner/repo`: after a rename it is not the name that was asked for."""
    url: str
    stars: int
    provider: Provider
    fetched_at: datetime
    id: int | None = None
    """GitHub's number of the repository (`databaseId`), which survives renames."""
    forks: int | None = None
    language: str | None = None
    license: str | None = None
    """SPDX identifier."""
    archived: bool | None = None
    fork: bool | None = None
    private: bool | None = None
    pushed_at: datetime | None = None
    about: str | None = None
    """GitHub's own description."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a provider gives no facts about one repository."""

    reason: Reason
    message: str
    """One sentence; GitHub's own where there is one."""


Answer = Facts | Refusal


@dataclass(frozen=True, slots=True)
class Row:
    """One ranked repository. The fields are the JSON's keys and the CSV's columns, in order."""

    rank: int
    """From 1; equal stars share a rank (1, 2, 2, 4)."""
    repository: str
    """Canonical `owner/repo`."""
    url: str
    stars: int
    forks: int | None
    language: str | None
    license: str | None
    archived: bool | None
    fork: bool | None
    pushed_at: datetime | None
    title: str | None
    """The list's title of it."""
    description: str | None
    """The list's description of it."""
    about: str | None
    """GitHub's description of it."""
    id: int | None
    listed_as: tuple[str, ...]
    """Every name that it is listed under; more than one where two names are one repository."""
    renamed: bool
    """Whether it is listed under a name that differs by more than case."""
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    provider: Provider
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """One listed repository without figures."""

    repository: str
    """As listed."""
    reason: Reason
    message: str
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]

    @property
    def retryable(self) -> bool:
        """Whether a later run may get an answer."""
        return self.reason.retryable


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost."""

    requests: int = 0
    """HTTP requests of every kind, retries included."""
    graphql_points: int = 0
    rest_requests: int = 0
    """Those of the requests that went to GitHub's REST API."""
    seconds: float = 0.0
    """From the start of the run to its last answer."""


@dataclass(frozen=True, slots=True)
class Sums:
    """How many repositories ended how: listed = ranked + duplicates + all failed."""

    listed: int
    """Different names in the lists."""
    ranked: int
    """Rows of the whole ranking."""
    duplicates: int
    """Names that turned out to be a repository that another name had brought in."""
    renamed: int
    archived: int
    failed: tuple[tuple[Reason, int], ...]
    """In the order of `Reason`, without zeros."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; handed to the `progress` callable each time repositories are settled."""

    done: int
    """Repositories with an outcome."""
    total: int
    failed: int
    """Those of `done` that are not ranked."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a run found out: the repositories by stars, and those without figures."""

    sources: tuple[Source, ...]
    rows: tuple[Row, ...]
    """Most stars first; ties by name without case."""
    failures: tuple[Failure, ...]
    """In the order of the lists."""
    sums: Sums
    """Of the whole run, also where `rows` were limited."""
    usage: Usage
    provider: Provider
    generated_at: datetime

    @property
    def complete(self) -> bool:
        """Whether every listed repository is settled, so that a rerun would tell no more."""
        return not any(failure.retryable for failure in self.failures)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def top(self, n: int) -> list[Row]:
        """The first `n` rows."""
        return list(self.rows[:n])

    def limited(self, top: int | None) -> Ranking:
        """The same ranking with its first `top` rows; None or 0 keeps all."""
        return replace(self, rows=self.rows[:top]) if top else self

    def to_dict(self) -> dict[str, Any]:
        """The ranking as plain JSON values, in the documented schema; times are ISO 8601."""
        return {
            "schema_version": SCHEMA_VERSION,
            "generated_at": _plain(self.generated_at),
            "complete": self.complete,
            "provider": str(self.provider),
            "sources": [_as_dict(source) for source in self.sources],
            "ranking": [_as_dict(row) for row in self.rows],
            "failures": [
                {
                    "repository": failure.repository,
                    "reason": str(failure.reason),
                    "message": failure.message,
                    "retryable": failure.retryable,
                    "sections": _plain(failure.sections),
                    "sources": _plain(failure.sources),
                }
                for failure in self.failures
            ],
            "usage": _as_dict(self.usage),
        }


def _as_dict(value: Source | Row | Usage) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    """`value` as JSON knows it: enums as text, tuples as lists, times as ISO 8601 in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value
