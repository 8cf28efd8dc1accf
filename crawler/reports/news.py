"""What stands around the table: sums, movers, changes, failures and renames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crawler.reports.words import (
    MOST_NAME,
    MOST_PROSE,
    Name,
    shortened,
    signed,
    web_address,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from crawler.model.results import Failure, Ranking, Row
    from crawler.model.values import Source

_MOST_MOVERS: Final = 10
"""In each of the lists of movers."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A repository whose stars changed."""

    name: Name
    gained: str


@dataclass(frozen=True, slots=True)
class Movers:
    """Who moved since the earlier figures."""

    since: str
    """The days that the gains count from; empty where none is known."""
    gained: tuple[Mover, ...]
    """Most stars first."""
    fastest: tuple[Mover, ...]
    """Most stars for their size first."""
    lost: tuple[Mover, ...]
    """Most stars lost first."""
    suspicious: tuple[Mover, ...]
    """Changes so large that the figures may not be comparable; in none of the others."""


@dataclass(frozen=True, slots=True)
class Change:
    """One way in which the lists or their repositories changed."""

    label: str
    names: tuple[tuple[Name, str], ...] | None
    """Each with its former name, which is empty for all but renames; None where unknown."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since an earlier run."""

    baseline_at: datetime | None
    """When that run was made; None where none is known."""
    since: datetime
    """The time that was asked for."""
    kinds: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """A repository without figures."""

    name: str
    reason: str
    message: str
    retryable: bool


def title_of(sources: Sequence[Source]) -> str:
    """The name of the list, or of the first and how many more there are."""
    if not sources:
        return "Repositories"
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return shortened(sources[0].name, MOST_NAME) + more


def sources_of(sources: Sequence[Source]) -> tuple[tuple[Name, int], ...]:
    """Each list and how many repositories it names."""
    return tuple(
        (Name(shortened(source.name, MOST_NAME), web_address(source.url)), source.repositories)
        for source in sources
    )


def sums_of(ranking: Ranking) -> tuple[tuple[str, str], ...]:
    """Labels and figures of the whole run; what did not happen is left out."""
    sums = ranking.sums
    failed = sum(count for _, count in sums.failed)
    optional = (
        ("Archived", sums.archived),
        ("Renamed", sums.renamed),
        ("Duplicates", sums.duplicates),
        ("Failed", failed),
        ("With old figures", sums.stale),
        ("Left out by filters", sums.left_out),
    )
    return (
        ("Listed", f"{sums.listed:,}"),
        ("Ranked", f"{sums.ranked:,}"),
        *(
            (label, "unknown" if count is None else f"{count:,}")
            for label, count in optional
            if count != 0
        ),
    )


def movers_of(rows: Sequence[Row]) -> Movers:
    """The rows by what they gained; equal gains in the order of the ranking."""
    known = [row for row in rows if row.gained is not None]
    sound = [row for row in known if not row.suspicious]
    doubtful = [row for row in known if row.suspicious]
    return Movers(
        since=_days({row.baseline_on for row in known if row.baseline_on}),
        gained=_top([row for row in sound if _gain(row) > 0], lambda row: -_gain(row)),
        fastest=_top([row for row in sound if _rate(row) > 0], lambda row: -_rate(row)),
        lost=_top([row for row in sound if _gain(row) < 0], _gain),
        suspicious=_top(doubtful, lambda row: -abs(_gain(row))),
    )


def changes_of(ranking: Ranking) -> Changes | None:
    """What changed, the names of today as links; None where nobody asked."""
    changes = ranking.changes
    if changes is None:
        return None
    links = {row.repository: row.url for row in ranking.rows}

    def named(names: Iterable[str] | None) -> tuple[tuple[Name, str], ...] | None:
        return None if names is None else tuple((_name(each, links), "") for each in names)

    def renamed(pairs: Iterable[tuple[str, str]] | None) -> tuple[tuple[Name, str], ...] | None:
        if pairs is None:
            return None
        return tuple((_name(now, links), shortened(then, MOST_NAME)) for then, now in pairs)

    return Changes(
        baseline_at=changes.baseline_at,
        since=changes.since,
        kinds=(
            Change("New", named(changes.new)),
            Change("Dropped", named(changes.dropped)),
            Change("Archived", named(changes.archived)),
            Change("Renamed", renamed(changes.renamed)),
            Change("Gone", named(changes.gone)),
        ),
    )


def failures_of(failures: Iterable[Failure]) -> tuple[Loss, ...]:
    """Those without figures, in the order of the lists."""
    return tuple(
        Loss(
            name=shortened(failure.repository, MOST_NAME),
            reason=str(failure.reason).replace("_", " "),
            message=shortened(failure.message, MOST_PROSE),
            retryable=failure.retryable,
        )
        for failure in failures
    )


def renames_of(rows: Iterable[Row]) -> tuple[tuple[str, Name], ...]:
    """The name that a list has and the one of today, where they differ by more than case."""
    return tuple(
        (
            shortened(listed, MOST_NAME),
            Name(shortened(row.repository, MOST_NAME), web_address(row.url)),
        )
        for row in rows
        for listed in row.listed_as
        if listed.casefold() != row.repository.casefold()
    )


def _top(rows: Iterable[Row], key: Callable[[Row], float]) -> tuple[Mover, ...]:
    return tuple(
        Mover(
            name=Name(shortened(row.repository, MOST_NAME), web_address(row.url)),
            gained=signed(_gain(row)),
        )
        for row in sorted(rows, key=key)[:_MOST_MOVERS]
    )


def _gain(row: Row) -> int:
    return row.gained or 0


def _rate(row: Row) -> float:
    return row.rate or 0.0


def _days(days: set[date]) -> str:
    if not days:
        return ""
    first, last = min(days), max(days)
    return f"{first}" if first == last else f"{first} to {last}"


def _name(repository: str, links: Mapping[str, str]) -> Name:
    return Name(shortened(repository, MOST_NAME), web_address(links.get(repository)))
