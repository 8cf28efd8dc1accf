"""The rules of a check: what is wrong with the entries of a list, according to the answers."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final, TypeVar

from crawler.model.checks import Checks
from crawler.model.findings import WARNING, Finding, Rule, Verdict
from crawler.model.frozen import frozen
from crawler.model.text import cut
from crawler.model.values import (
    Answer,
    Details,
    Entry,
    Facts,
    Identity,
    Reason,
    Refusal,
    RepositoryName,
    StarHistory,
    identity_of,
)
from crawler.ranking.alphabet import find_misplaced
from crawler.ranking.requirements import Subject, look_closer

T = TypeVar("T")

_GONE: Final = {
    Reason.NOT_FOUND: (Rule.GONE, "is gone or private"),
    Reason.BLOCKED: (Rule.BLOCKED, "is blocked"),
}
"""Answers that are verdicts, with what to say about the repository."""

_ORDER: Final = {rule: number for number, rule in enumerate(Rule)}

_MOST_TITLE: Final = 80
"""Characters of a title to show."""


@frozen
class Evidence:
    """The known facts about the repositories of a list, by `RepositoryName.key` of listed names."""

    answers: Mapping[str, Answer]
    """Answers for the entries that are checked."""
    before: Mapping[str, Identity] = field(default_factory=dict)
    """What the store or an earlier report said about any entry before these answers."""
    details: Mapping[str, Answer] = field(default_factory=dict)
    """Facts with details, for entries that need them."""
    lives: Mapping[str, StarHistory | Refusal] = field(default_factory=dict)
    """Star histories, for entries that need them."""

    def renamed(self, former: Mapping[str, str]) -> Evidence:
        """The same facts under other listed names; `former` are the old names by the new ones."""
        return Evidence(
            _renamed(self.answers, former),
            _renamed(self.before, former),
            _renamed(self.details, former),
            _renamed(self.lives, former),
        )


def _renamed(known: Mapping[str, T], former: Mapping[str, str]) -> dict[str, T]:
    return {**known, **{name: known[old] for name, old in former.items() if old in known}}


def judge(
    entries: Sequence[Entry],
    judged: Collection[int],
    evidence: Evidence,
    checks: Checks = Checks(),
    *,
    now: datetime,
    groups: Sequence[Hashable] = (),
) -> tuple[Verdict, ...]:
    """The verdicts on the entries at the places `judged`, in their order. `groups` are those of
    `find_misplaced`."""
    marks = [_marks(entry, evidence) for entry in entries]
    doubles = _find_doubles(marks, judged)
    misplaced = find_misplaced(entries, judged, groups) if checks.order else {}
    first: dict[str, int] = {}
    for place, each in enumerate(marks):
        for mark in each:
            first.setdefault(mark, place)
    verdicts = []
    for place in sorted(judged):
        entry = entries[place]
        found = [*_findings(entry, evidence, checks)]
        if place in doubles:
            found.append(_doubled(entry, entries[doubles[place]], checks))
        asked = [*_asked_for(entry, evidence, checks, now)]
        found += (each for each in asked if isinstance(each, Finding))
        if place in misplaced:
            found.append(_misplaced(entry, misplaced[place]))
        if "fork" in checks.rule:
            found += _forks(entry, place, evidence, first, entries)
        answer = evidence.answers.get(entry.repository.key)
        unknown = _unanswered(answer) or next(
            (each for each in asked if not isinstance(each, Finding)), None
        )
        if isinstance(answer, Facts):
            now_called, number = answer.full_name, answer.id
        else:
            before = evidence.before.get(entry.repository.key)
            now_called, number = None, before.first if before else None
        found.sort(key=lambda each: _ORDER[each.rule])
        verdicts.append(Verdict(entry, place, tuple(found), unknown, now_called, number))
    return tuple(verdicts)


def _unanswered(answer: Answer | None) -> str | None:
    """Why nothing is known about an entry."""
    match answer:
        case Refusal(reason, message) if reason not in _GONE:
            return f"{reason.words}: {message}"
        case None:
            return "it was not requested"
    return None


def _findings(entry: Entry, evidence: Evidence, checks: Checks) -> Iterator[Finding]:
    """The findings that follow from the answer about an entry."""
    listed = entry.repository
    answer = evidence.answers.get(listed.key)
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


def _forks(
    entry: Entry,
    place: int,
    evidence: Evidence,
    first: Mapping[str, int],
    entries: Sequence[Entry],
) -> Iterator[Finding]:
    """The fork rule: whether an entry is a fork of another entry, found by its marks."""
    match evidence.details.get(entry.repository.key):
        case Facts(
            full_name=name, details=Details(parent=RepositoryName() as parent, parent_id=number)
        ):
            marks = (parent.key, identity_of(parent.host, number, parent.key))
            other = next((first[mark] for mark in marks if mark in first), place)
            if other != place:
                told = f"{name} is a fork of {parent}, in line {entries[other].lines[0] + 1}"
                yield Finding(Rule.FORK, told, fails=True)


def _asked_for(
    entry: Entry, evidence: Evidence, checks: Checks, now: datetime
) -> Iterable[Finding | str]:
    key = entry.repository.key
    answer = evidence.answers.get(key)
    if not isinstance(answer, Facts):
        return ()
    subject = Subject(answer, evidence.details.get(key), evidence.lives.get(key), now)
    return look_closer(subject, checks)


def _misplaced(entry: Entry, neighbour: Entry) -> Finding:
    mine, other = (cut(each.title, _MOST_TITLE) for each in (entry, neighbour))
    return Finding(Rule.ORDER, f"{mine} stands on the wrong side of {other}", fails=True)


def _find_doubles(marks: Sequence[tuple[str, ...]], judged: Collection[int]) -> dict[int, int]:
    """For the places of judged entries that repeat a repository, the place of the other entry.

    If both are judged, the first of them is not a duplicate.
    """
    first: dict[str, int] = {}
    again: dict[int, int] = {}
    wanted = frozenset(judged)
    # Entries that are not judged come first: a change answers only for its own lines.
    places = [*(place for place in range(len(marks)) if place not in wanted), *sorted(wanted)]
    for place in places:
        other = next((first[mark] for mark in marks[place] if mark in first), None)
        if other is not None and place in wanted:
            again[place] = other
        for mark in marks[place]:
            first.setdefault(mark, place)
    return again


def _marks(entry: Entry, evidence: Evidence) -> tuple[str, ...]:
    """Values that an entry shares with any other entry of the same repository."""
    key = entry.repository.key
    answer, before = evidence.answers.get(key), evidence.before.get(key)
    if isinstance(answer, Facts):
        return key, answer.name.key, identity_of(answer.host, answer.id, answer.name.key)
    return (key, before.key, before.value) if before else (key,)
