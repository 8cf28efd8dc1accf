"""The rules of a check: what is wrong with the entries of a list, as far as the answers tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.model.checks import Checks
from crawler.model.findings import WARNING, Finding, Rule, Verdict
from crawler.model.text import cut
from crawler.model.values import Answer, Entry, Facts, Identity, Reason, Refusal, identity_of
from crawler.ranking.order import find_misplaced

_GONE: Final = {
    Reason.NOT_FOUND: (Rule.GONE, "is gone or private"),
    Reason.BLOCKED: (Rule.BLOCKED, "is blocked"),
}
"""Answers that are verdicts, and what is said of the repository."""

_MOST_TITLE: Final = 80
"""Characters of a title that is told."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the repositories of a list, by `RepositoryName.key` of the listed names."""

    answers: Mapping[str, Answer]
    """Of the entries that are judged."""
    before: Mapping[str, Identity]
    """What the store or an earlier report says of any entry, as of before the answers."""


def judge(
    entries: Sequence[Entry],
    judged: Collection[int],
    evidence: Evidence,
    checks: Checks = Checks(),
) -> tuple[Verdict, ...]:
    """The verdicts on those of `entries` that are at the places `judged`, in their order."""
    doubles = _find_doubles(entries, judged, evidence)
    misplaced = find_misplaced(entries, judged) if checks.order else {}
    return tuple(
        _judge_one(
            entries[place],
            place,
            evidence,
            checks,
            double=doubles.get(place),
            neighbour=misplaced.get(place),
        )
        for place in sorted(judged)
    )


def _judge_one(
    entry: Entry,
    place: int,
    evidence: Evidence,
    checks: Checks,
    *,
    double: Entry | None,
    neighbour: Entry | None,
) -> Verdict:
    answer = evidence.answers.get(entry.repository.key)
    unknown = None
    match answer:
        case Refusal(reason, message) if reason not in _GONE:
            unknown = f"{reason.words}: {message}"
        case None:
            unknown = "it was not asked for"
    found = [*_findings(entry, answer, evidence, checks)]
    if double is not None:
        found.append(_doubled(entry, double, checks))
    found += _asked_for(entry, answer, neighbour, checks)
    match answer:
        case Facts(full_name=now, id=number):
            return Verdict(entry, place, tuple(found), unknown, now, number)
    return Verdict(entry, place, tuple(found), unknown)


def _findings(
    entry: Entry, answer: Answer | None, evidence: Evidence, checks: Checks
) -> Iterator[Finding]:
    """What an answer says against an entry."""
    listed = entry.repository
    match answer:
        case Refusal(reason) if reason in _GONE:
            rule, words = _GONE[reason]
            yield Finding(rule, f"{listed} {words}", fails=True)
        case Facts(full_name=now, id=number):
            before = evidence.before.get(listed.key)
            if before and None not in (before.first, number) and before.first != number:
                told = f"{listed} is another repository: number {number}, formerly {before.first}"
                yield Finding(Rule.REPLACED, told, fails=True, formerly=before.first)
            if answer.name.key != listed.key:
                yield Finding(Rule.MOVED, f"{listed} → {now}", _fails(Rule.MOVED, checks), now)
            if answer.archived:
                told = f"{now} is archived"
                yield Finding(Rule.ARCHIVED, told, _fails(Rule.ARCHIVED, checks))


def _doubled(entry: Entry, double: Entry, checks: Checks) -> Finding:
    listed, other = entry.repository, double.repository
    line = double.lines[0] + 1
    alias = "" if other.key == listed.key else f" as {other}"
    message = f"{listed} is in line {line} too{alias}"
    return Finding(Rule.DUPLICATE, message, _fails(Rule.DUPLICATE, checks), other_line=line)


def _fails(rule: Rule, checks: Checks) -> bool:
    return rule not in WARNING or not {str(rule), "warn"}.isdisjoint(checks.fail_on)


def _asked_for(
    entry: Entry, answer: Answer | None, neighbour: Entry | None, checks: Checks
) -> Iterator[Finding]:
    """What is against an entry by the rules that are not always checked."""
    least = checks.min_stars
    if isinstance(answer, Facts) and least is not None and answer.stars < least:
        stars = f"{answer.stars:,} star{'' if answer.stars == 1 else 's'}"
        told = f"{answer.full_name} has {stars}, fewer than {least:,}"
        yield Finding(Rule.MIN_STARS, told, fails=True)
    if neighbour is not None:
        mine, other = (cut(each.title, _MOST_TITLE) for each in (entry, neighbour))
        told = f"{mine} stands on the wrong side of {other}"
        yield Finding(Rule.ORDER, told, fails=True)


def _find_doubles(
    entries: Sequence[Entry], judged: Collection[int], evidence: Evidence
) -> dict[int, Entry]:
    """By the places of judged entries that list a repository once more, the other entry.

    Where both are judged, the first of them is none.
    """
    first: dict[str, int] = {}
    again: dict[int, Entry] = {}
    wanted = frozenset(judged)
    # Those that are not judged come first: a change answers for its own lines.
    places = [*(place for place in range(len(entries)) if place not in wanted), *sorted(wanted)]
    for place in places:
        marks = _marks(entries[place], evidence)
        other = next((first[mark] for mark in marks if mark in first), None)
        if other is not None and place in wanted:
            again[place] = entries[other]
        for mark in marks:
            first.setdefault(mark, place)
    return again


def _marks(entry: Entry, evidence: Evidence) -> tuple[str, ...]:
    """What an entry has in common with another of the same repository."""
    key = entry.repository.key
    answer, before = evidence.answers.get(key), evidence.before.get(key)
    if isinstance(answer, Facts):
        return key, answer.name.key, identity_of(answer.host, answer.id, answer.name.key)
    return (key, before.key, before.value) if before else (key,)
