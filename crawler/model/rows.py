"""The lines of a ranking: repositories with figures, and those without.

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from crawler.model.filters import Sort
from crawler.model.frozen import frozen
from crawler.model.values import FigureKind, Reason, RepositoryName

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class EventKind(StrEnum):
    """What can happen to a repository between two runs over the same lists."""

    LISTED = "listed"
    """The list names it now and did not before."""
    DROPPED = "dropped"
    """The list no longer names it."""
    ENTERED_TOP = "entered_top"
    """It rose into the top ten."""
    MILESTONE = "milestone"
    """It reached 1k, 5k, 10k, 50k, 100k or 500k stars."""
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"
    RENAMED = "renamed"
    REPLACED = "replaced"
    """A listed name now belongs to another repository, according to its number."""
    GONE = "gone"
    """It had figures, and now is missing or blocked."""
    BACK = "back"
    """It was gone and has figures again."""


@frozen
class Burst:
    """The two weeks in which a repository gained the largest part of its stars.

    An honest launch looks the same.
    """

    share: float
    """The share of all its stars that it gained in them, from 0 to 1."""
    on: date
    """Their last day."""
    tail: float | None
    """The share of all its stars that it gained in the following sixty days, from 0 to 1; None
    until those are over."""


@frozen
class Row:
    """One ranked repository. The fields are the JSON's keys and the CSV's columns, in order."""

    rank: int
    """From 1; equal stars share a rank (1, 2, 2, 4)."""
    repository: str
    """Canonical `owner/repo`."""
    host: str
    """Its host, such as `github.com`."""
    url: str
    stars: int
    forks: int | None
    language: str | None
    license: str | None
    archived: bool | None
    fork: bool | None
    pushed_at: datetime | None
    title: str | None
    """Its title in the list."""
    description: str | None
    """Its description in the list."""
    about: str | None
    """Its description on the host."""
    id: int | None
    """Its number on the host, which survives renames."""
    listed_as: tuple[str, ...]
    """All listed names that lead to it; more than one if the lists name it twice."""
    renamed: bool | None
    """Whether a listed name differs from the current one by more than case; None if the provider
    does not follow renames."""
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    provider: str
    """Where the figures come from: `Provider`, or the source of another host."""
    fetched_at: datetime
    created_at: datetime | None = None
    """When the repository was created."""
    age: int = 0
    """Seconds from `fetched_at` to the report."""
    stale: bool = False
    """Whether fetching it again failed, so that these are the last known figures."""
    gained: int | None = None
    """Stars since the baseline; None if unknown or not requested."""
    rate: float | None = None
    """The gain relative to size: gained / sqrt(stars + 2000)."""
    moved: int | None = None
    """Ranks gained since then; negative if it fell; None if the ranking at that time is
    unknown."""
    baseline_on: date | None = None
    """UTC day of the figure from which `gained` counts."""
    baseline_kind: FigureKind | None = None
    """How that figure became known."""
    baseline_distant: bool | None = None
    """Whether that day is off the requested one by more than a day and by more than a quarter of
    the time since then."""
    suspicious: bool | None = None
    """Whether the change since the baseline is so large that the figures may belong to different
    repositories; never set if both have the same repository number."""
    changed: tuple[EventKind, ...] | None = None
    """What happened to it since the run compared with; None if unknown."""
    changed_since: date | None = None
    """UTC day of that run."""
    burst: Burst | None = None
    """The two weeks in which it gained most of its stars; None if its whole history is not known,
    or it has fewer than 100 stars or is younger than 90 days."""
    reason: Reason | None = None
    """Why a stale figure could not be fetched again."""

    @property
    def name(self) -> RepositoryName:
        """Its canonical name."""
        return RepositoryName(self.repository, self.host)

    @property
    def names(self) -> tuple[RepositoryName, ...]:
        """Every known name of it, the canonical one first."""
        return tuple(RepositoryName(name, self.host) for name in (self.repository, *self.listed_as))

    def to_dict(self) -> dict[str, Any]:
        """The row as plain JSON values, as in `Ranking.to_dict`."""
        return as_dict(self)


class LazyRows(Sequence[Row]):
    """Rows that are read on demand. They can be iterated several times."""

    @abstractmethod
    def in_order(self, sort: Sort) -> Sequence[Row]:
        """The same rows in the order of `sort`: largest first, names from A to Z, unknown values
        last; ties by rank, then by name."""

    @abstractmethod
    def at(self, places: Iterable[int]) -> Sequence[Row]:
        """The rows at `places`, in that order."""


@frozen
class Failure:
    """One listed repository without figures."""

    repository: str
    """As listed."""
    host: str
    """Its host, such as `github.com`."""
    reason: Reason
    message: str
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    changed: tuple[EventKind, ...] | None = None
    """As in `Row`."""
    changed_since: date | None = None

    @property
    def name(self) -> RepositoryName:
        """As listed."""
        return RepositoryName(self.repository, self.host)

    @property
    def names(self) -> tuple[RepositoryName, ...]:
        """As `Row.names`."""
        return (self.name,)

    @property
    def retryable(self) -> bool:
        """Whether a later run may get an answer."""
        return self.reason.retryable

    def to_dict(self) -> dict[str, Any]:
        """The failure as plain JSON values, as in `Ranking.to_dict`."""
        return {
            "repository": self.repository,
            "host": self.host,
            "reason": str(self.reason),
            "message": self.message,
            "retryable": self.retryable,
            "sections": to_plain(self.sections),
            "sources": to_plain(self.sources),
            "changed": to_plain(self.changed),
            "changed_since": to_plain(self.changed_since),
        }


def as_dict(value: DataclassInstance) -> dict[str, Any]:
    """The fields of `value` as JSON represents them."""
    return {key: to_plain(getattr(value, key)) for key in _keys_of(type(value))}


@cache
def _keys_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
"""Types that JSON supports directly; checked first, since most values have one of them."""


def to_plain(value: Any) -> Any:
    """`value` as JSON represents it: enums as text, tuples as lists, times as ISO 8601 in UTC."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Burst):
        return {"share": value.share, "on": value.on.isoformat(), "tail": value.tail}
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).isoformat()[:19]}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
