"""From outcomes to rows, failures and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from crawler.model.results import Failure, Row, Sums
from crawler.model.values import Facts, Listing, Outcome, Reason, Refusal, Stale

T = TypeVar("T")


def rank(
    listings: Sequence[Listing], outcomes: Sequence[Outcome], now: datetime
) -> tuple[tuple[Row, ...], tuple[Failure, ...], Sums]:
    """Order the outcomes (one for each listing) by stars, and count how all ended.

    Listings that turn out to be one repository become one row, stale only if no answer about it
    is fresh. Ties go by name without case and share a rank. Ages are as of `now`.
    """
    found: dict[object, list[tuple[Listing, Facts | Stale]]] = {}
    failures = []
    for listing, outcome in zip(listings, outcomes, strict=True):
        match outcome:
            case Facts() | Stale():
                facts = _facts(outcome)
                # Without a number, the canonical name is all there is to tell two apart by.
                number = facts.name.key if facts.id is None else facts.id
                found.setdefault((facts.host, number), []).append((listing, outcome))
            case Refusal():
                failures.append(_failure(listing, outcome))
    repositories = [
        ([listing for listing, _ in names], _best([outcome for _, outcome in names]))
        for names in found.values()
    ]
    repositories.sort(
        key=lambda each: (-_facts(each[1]).stars, _facts(each[1]).full_name.casefold())
    )
    rows: list[Row] = []
    for position, (names, outcome) in enumerate(repositories, start=1):
        tied = bool(rows) and rows[-1].stars == _facts(outcome).stars
        rows.append(_row(rows[-1].rank if tied else position, names, outcome, now))
    return tuple(rows), tuple(failures), _sums(listings, rows, failures)


def _facts(outcome: Facts | Stale) -> Facts:
    return outcome.facts if isinstance(outcome, Stale) else outcome


def _best(outcomes: Sequence[Facts | Stale]) -> Facts | Stale:
    """The newest of those that are fresh, or of all where none is; the first of equal ones."""
    return max(outcomes, key=lambda each: (isinstance(each, Facts), _facts(each).fetched_at))


def _row(position: int, listings: Sequence[Listing], outcome: Facts | Stale, now: datetime) -> Row:
    facts = _facts(outcome)
    canonical = facts.full_name.casefold()
    return Row(
        rank=position,
        repository=facts.full_name,
        host=facts.host,
        url=facts.url,
        stars=facts.stars,
        forks=facts.forks,
        language=facts.language,
        license=facts.license,
        archived=facts.archived,
        fork=facts.fork,
        pushed_at=facts.pushed_at,
        title=next((listing.title for listing in listings if listing.title), None),
        description=next((each.description for each in listings if each.description), None),
        about=facts.about,
        id=facts.id,
        listed_as=tuple(listing.repository.full_name for listing in listings),
        renamed=any(listing.repository.full_name.casefold() != canonical for listing in listings)
        if facts.provider.follows_repositories
        else None,
        sections=_unique(section for listing in listings for section in listing.sections),
        sources=_unique(source for listing in listings for source in listing.sources),
        provider=facts.provider,
        fetched_at=facts.fetched_at,
        # A clock that was set back since makes no figure younger than new.
        age=max(int((now - facts.fetched_at).total_seconds()), 0),
        stale=isinstance(outcome, Stale),
        reason=outcome.refusal.reason if isinstance(outcome, Stale) else None,
    )


def _failure(listing: Listing, refusal: Refusal) -> Failure:
    return Failure(
        repository=listing.repository.full_name,
        host=listing.repository.host,
        reason=refusal.reason,
        message=refusal.message,
        sections=listing.sections,
        sources=listing.sources,
    )


def _sums(listings: Sequence[Listing], rows: Sequence[Row], failures: Sequence[Failure]) -> Sums:
    reasons = Counter(failure.reason for failure in failures)
    return Sums(
        listed=len(listings),
        ranked=len(rows),
        duplicates=len(listings) - len(rows) - len(failures),
        renamed=_count([row.renamed for row in rows]),
        archived=_count([row.archived for row in rows]),
        failed=tuple((reason, reasons[reason]) for reason in Reason if reasons[reason]),
        stale=sum(row.stale for row in rows),
    )


def _count(flags: Sequence[bool | None]) -> int | None:
    """How many are true; None where there are some, and of none is anything known."""
    return None if flags and all(flag is None for flag in flags) else sum(map(bool, flags))


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
