"""What a check of a list finds: each entry with its verdict. All values are immutable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crawler.model.checks import Exemption
from crawler.model.values import Entry


class Rule(StrEnum):
    """What an entry can break."""

    GONE = "gone"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    """Another repository has the name of the one that was listed."""
    MOVED = "moved"
    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    STALE = "stale"
    MIN_AGE = "min-age"
    MIN_STARS = "min-stars"
    BURST = "burst"
    ORDER = "order"
    DISABLED = "disabled"
    EMPTY = "empty"
    FORK = "fork"
    """Of another entry."""


WARNING: Final = frozenset({Rule.MOVED, Rule.ARCHIVED, Rule.DUPLICATE})
"""Rules that warn, unless they are said to fail; all others fail."""


class Status(StrEnum):
    """How an entry ends."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    """There is no answer, or none to a rule that was asked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an entry breaks."""

    rule: Rule
    message: str
    """What is wrong, without the rule: `old/name → new/name`."""
    fails: bool
    """Whether it fails the entry; else it warns."""
    now: str | None = None
    """The name of today, where that is another: `RepositoryName.full_name`."""
    other_line: int | None = None
    """The line of the entry that a duplicate doubles, from 1."""
    formerly: int | None = None
    """The number of the repository that was known under the name of one that is replaced."""
    silenced: str | None = None
    """Why it does not count, as one phrase; None where it counts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one entry."""

    entry: Entry
    place: int
    """Among all entries of the list, from 0."""
    findings: tuple[Finding, ...] = ()
    """In the order of `Rule`."""
    unknown: str | None = None
    """Why it is not known whether it breaks a rule, as one sentence."""
    now: str | None = None
    """The name of today: `RepositoryName.full_name`; None where nobody says."""
    number: int | None = None
    """The host's number of the repository that answered."""

    @property
    def line(self) -> int:
        """Where the entry begins, from 1."""
        return self.entry.lines[0] + 1

    @property
    def last_line(self) -> int:
        """Where the entry ends, from 1."""
        return max(self.entry.lines[1], self.line)

    @property
    def status(self) -> Status:
        """How it ends: what fails counts before what is unknown, and that before what warns."""
        counting = [finding for finding in self.findings if finding.silenced is None]
        if any(finding.fails for finding in counting):
            return Status.FAIL
        if self.unknown is not None:
            return Status.UNKNOWN
        return Status.WARN if counting else Status.PASS


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found out."""

    name: str
    """The list, as the user named it."""
    entries: int
    """How many the list has."""
    verdicts: tuple[Verdict, ...]
    """Of those that were judged, in the order of the file."""
    path: str | None = None
    """The local file that the list is."""
    base: str | None = None
    """What the list was compared with, as the user named it; None: every entry was judged."""
    idle: tuple[Exemption, ...] = ()
    """Exemptions that silence nothing any more; none where not every entry was judged."""
    fails_unknown: bool = False
    """Whether an unknown entry fails the check."""
    counts: Mapping[Status, int] = field(init=False)
    """How many of the verdicts end how."""

    def __post_init__(self) -> None:
        found = Counter(verdict.status for verdict in self.verdicts)
        object.__setattr__(self, "counts", {status: found[status] for status in Status})

    @property
    def status(self) -> Status:
        """How the check ends: `fail`, `unknown` or `pass`."""
        if self.counts[Status.FAIL] or (self.fails_unknown and self.counts[Status.UNKNOWN]):
            return Status.FAIL
        return Status.UNKNOWN if self.counts[Status.UNKNOWN] else Status.PASS


def unknown_sentences(verdicts: Iterable[Verdict]) -> dict[str, list[int]]:
    """Why entries are unknown, and the lines of those entries."""
    found: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.status is Status.UNKNOWN and verdict.unknown is not None:
            found.setdefault(verdict.unknown, []).append(verdict.line)
    return found
