"""The rules of a check: what is wrong with the entries of a list, as far as the answers tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crawler.model.findings import FAILING, Finding, Rule, Verdict
from crawler.model.values import Answer, Entry, Facts, Reason, Refusal, identity_of

_GONE: Final = {
    Reason.NOT_FOUND: (Rule.GONE, "is gone or private"),
    Reason.BLOCKED: (Rule.BLOCKED, "is blocked"),
}
"""Answers that are verdicts, and what is said of the repository."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which repository a name led to before."""

    number: int | None
    """The host's number of it."""
    key: str
    """`RepositoryName.key` of its canonical name."""
    host: str

    @property
    def value(self) -> str:
        """What two names have in common if they are one repository."""
        return identity_of(self.host, self.number, self.key)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the repositories of a list, by `RepositoryName.key` of the listed names."""

    answers: Mapping[str, Answer]
    """Of the entries that are judged."""
    before: Mapping[str, Identity]
    """What the store or an earlier report says of any entry, as of before the answers."""


@dataclass(frozen=True, slots=True)
class Standards:
    """Which rules there are, beside those that are always checked."""

    fail_on: frozenset[Rule] = frozenset()
    """Rules that fail although they warn by themselves."""

    def fails(self, rule: Rule) -> bool:
        """Whether breaking it fails an entry."""
        return rule in FAILING or rule in self.fail_on


def judge(
    entries: Sequence[Entry],
    judged: Collection[int],
    evidence: Evidence,
    standards: Standards = Standards(),
) -> tuple[Verdict, ...]:
    """The verdicts on those of `entries` that are at the places `judged`, in their order."""
    doubles = _find_doubles(entries, judged, evidence)
    return tuple(
        _judge_one(entries[place], doubles.get(place), evidence, standards)
        for place in sorted(judged)
    )


def _judge_one(
    entry: Entry, double: Entry | None, evidence: Evidence, standards: Standards
) -> Verdict:
    answer = evidence.answers.get(entry.repository.key)
    unknown = None
    match answer:
        case Refusal(reason, message) if reason not in _GONE:
            unknown = f"{reason.words}: {message}"
        case None:
            unknown = "it was not asked for"
    line = None if double is None else double.lines[0] + 1
    found = [
        Finding(rule, message, standards.fails(rule), now, line if rule is Rule.DUPLICATE else None)
        for rule, message, now in _findings(entry, answer, double, evidence)
    ]
    number = answer.id if isinstance(answer, Facts) else None
    return Verdict(entry, tuple(found), unknown, number)


def _findings(
    entry: Entry, answer: Answer | None, double: Entry | None, evidence: Evidence
) -> Iterator[tuple[Rule, str, str | None]]:
    """The rules that an entry breaks, what is to be said, and the name of today."""
    listed = entry.repository
    match answer:
        case Refusal(reason) if reason in _GONE:
            rule, words = _GONE[reason]
            yield rule, f"{listed} {words}", None
        case Facts():
            before = evidence.before.get(listed.key)
            if before and None not in (before.number, answer.id) and before.number != answer.id:
                told = f"{listed} is another repository than before (number {answer.id}"
                yield Rule.REPLACED, f"{told}, formerly {before.number})", None
            if answer.name.key != listed.key:
                yield Rule.MOVED, f"{listed} → {answer.full_name}", answer.full_name
            if answer.archived:
                yield Rule.ARCHIVED, f"{answer.full_name} is archived", None
    if double is not None:
        other = double.repository
        alias = "" if other.key == listed.key else f" as {other}"
        message = f"{listed} is in line {double.lines[0] + 1} too{alias}"
        yield Rule.DUPLICATE, message, None


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
