"""What a run found out: the ranking, its rows, and those without figures.

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from crawler.models import Provider, Reason, Source

SCHEMA_VERSION: Final = 1
"""Version of the JSON that `Ranking.to_dict` makes; it grows when a key changes its meaning."""


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
    renamed: bool | None
    """Whether it is listed under a name that differs by more than case; None where the provider
    does not follow renames."""
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
    renamed: int | None
    """None where the provider does not tell."""
    archived: int | None
    """None where the provider does not tell."""
    failed: tuple[tuple[Reason, int], ...]
    """In the order of `Reason`, without zeros."""


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
        """The first `n` rows; none for 0."""
        return list(self.rows[:n])

    def limited(self, top: int | None) -> Ranking:
        """The same ranking with its first `top` rows; None or 0 keeps all."""
        return replace(self, rows=self.rows[:top]) if top else self

    def to_dict(self) -> dict[str, Any]:
        """The ranking as plain JSON values, in the documented schema; times are ISO 8601."""
        note = self.provider.note
        return {
            "schema_version": SCHEMA_VERSION,
            "generated_at": _plain(self.generated_at),
            "complete": self.complete,
            "provider": str(self.provider),
            **({"note": note} if note else {}),
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
