"""The optional rules: how old, how popular and how active an entry has to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from crawler.model.checks import Checks
from crawler.model.durations import Duration, seconds
from crawler.model.findings import Finding, Rule
from crawler.model.frozen import frozen
from crawler.model.values import Answer, Details, Facts, Refusal, StarHistory
from crawler.ranking.bursts import FEWEST_STARS, find_burst


@frozen
class Subject:
    """What is known of the repository of an entry."""

    facts: Facts
    detailed: Answer | None
    """Facts, with details if they were requested."""
    life: StarHistory | Refusal | None
    """Its star history, if it was requested."""
    now: datetime

    @property
    def details(self) -> Details | None:
        """The details, if there are any."""
        return self.detailed.details if isinstance(self.detailed, Facts) else None

    @property
    def lacking(self) -> str:
        """Why there are no details."""
        if isinstance(self.detailed, Refusal):
            return f"{self.detailed.reason.words}: {self.detailed.message}"
        return "the source does not tell"


def wants_details(answer: Answer, checks: Checks, now: datetime) -> bool:
    """Whether the repository's details are needed to check the rules."""
    return isinstance(answer, Facts) and (
        not {"disabled", "empty"}.isdisjoint(checks.rule)
        or ("fork" in checks.rule and answer.fork is not False)
        or (checks.min_age is not None and answer.created_at is None)
        # No commit is newer than the last push; but that push may have gone to another branch.
        or (checks.stale is not None and not _is_over(answer.pushed_at, checks.stale, now))
    )


def wants_life(answer: Answer, checks: Checks) -> bool:
    """Whether its star history is needed to check the rules."""
    return isinstance(answer, Facts) and checks.burst is not None and answer.stars >= FEWEST_STARS


def look_closer(subject: Subject, checks: Checks) -> Iterator[Finding | str]:
    """Findings against an entry by these rules; a text says why a rule could not be checked."""
    if checks.stale is not None:
        yield from _stale(subject, checks.stale)
    if checks.min_age is not None:
        yield from _young(subject, checks.min_age)
    if checks.min_stars is not None:
        yield from _starless(subject, checks.min_stars)
    if wants_life(subject.facts, checks) and checks.burst_share is not None:
        yield from _burst(subject, checks.burst_share)
    details = subject.details
    for rule, state in (
        (Rule.DISABLED, details and details.disabled),
        (Rule.EMPTY, details and details.empty),
    ):
        if str(rule) in checks.rule:
            if state is None:
                yield f"{rule} is not known: {subject.lacking}"
            elif state:
                yield Finding(rule, f"{subject.facts.full_name} is {rule}", fails=True)
    if "fork" in checks.rule and subject.facts.fork is not False and details is None:
        yield f"{Rule.FORK} is not known: {subject.lacking}"


def _is_over(moment: datetime | None, duration: Duration, now: datetime) -> bool:
    """Whether a moment is known to be longer ago than that."""
    return moment is not None and (now - moment).total_seconds() > seconds(duration)


def _stale(subject: Subject, within: Duration) -> Iterator[Finding | str]:
    moment, details, name = subject.facts.pushed_at, subject.details, subject.facts.full_name
    if not _is_over(moment, within, subject.now):
        moment = details.committed_at if details else None
    if _is_over(moment, within, subject.now):
        told = f"{name} has no commit on its default branch since {moment:%Y-%m-%d}"
        yield Finding(Rule.STALE, told, fails=True)
    elif moment is None and details and details.empty:
        yield Finding(Rule.STALE, f"{name} has no commit", fails=True)
    elif moment is None:
        yield f"{Rule.STALE} is not known: {subject.lacking}"


def _young(subject: Subject, least: Duration) -> Iterator[Finding | str]:
    created = subject.facts.created_at
    if created is None and isinstance(subject.detailed, Facts):
        created = subject.detailed.created_at
    if created is None:
        yield f"{Rule.MIN_AGE} is not known: {subject.lacking}"
    elif not _is_over(created, least, subject.now):
        days = (subject.now - created).days
        age = f"{days} {'day' if days == 1 else 'days'}"
        yield Finding(Rule.MIN_AGE, f"{subject.facts.full_name} is {age} old", fails=True)


def _starless(subject: Subject, least: int) -> Iterator[Finding]:
    count = subject.facts.stars
    if count < least:
        stars = f"{count:,} {'star' if count == 1 else 'stars'}"
        told = f"{subject.facts.full_name} has {stars}, fewer than {least:,}"
        yield Finding(Rule.MIN_STARS, told, fails=True)


def _burst(subject: Subject, share: float) -> Iterator[Finding | str]:
    match subject.life:
        case StarHistory(is_whole=True, first=first, days=days):
            burst = find_burst(first, days)
            if burst is not None and burst.share >= share:
                told = f"{subject.facts.full_name} won {burst.share:.0%} of its stars in two weeks"
                yield Finding(Rule.BURST, told, fails=True)
        case Refusal(message=message):
            yield f"{Rule.BURST} is not known: {message}"
        case _:
            yield f"{Rule.BURST} is not known: the source does not tell"
