"""The findings of a check: a verdict for each entry. All values are immutable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from crawler.model.checks import Exemption
from crawler.model.frozen import frozen
from crawler.model.values import Entry


class Rule(StrEnum):
    """A rule that an entry can break."""

    GONE = "gone"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    """The listed name now belongs to another repository."""
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
    """A fork of another entry."""


WARNING: Final = frozenset({Rule.MOVED, Rule.ARCHIVED, Rule.DUPLICATE})
"""Rules that only warn unless the settings make them fail; all others fail."""


class Status(StrEnum):
    """The result for an entry."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    """There was no answer, or not enough of one to check a requested rule."""


@frozen
class Finding:
    """A rule that an entry breaks."""

    rule: Rule
    message: str
    """What is wrong, without the rule: `old/name → new/name`."""
    fails: bool
    """Whether it fails the entry; otherwise it warns."""
    now: str | None = None
    """The current name, if it differs: `RepositoryName.full_name`."""
    other_line: int | None = None
    """The line of the entry that this one duplicates, from 1."""
    formerly: int | None = None
    """The number of the repository that had the name before it was replaced."""
    silenced: str | None = None
    """Why it is ignored, as one phrase; None if it counts."""


@frozen
class Verdict:
    """The result of a check for one entry."""

    entry: Entry
    place: int
    """Its index among all entries of the list, from 0."""
    findings: tuple[Finding, ...] = ()
    """In the order of `Rule`."""
    unknown: str | None = None
    """Why some rules could not be checked, as one sentence."""
    now: str | None = None
    """The current name: `RepositoryName.full_name`; None if unknown."""
    number: int | None = None
    """The host's number of the repository that answered; without an answer the number known before,
    by which a later check tells that another repository has taken the name."""

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
        """Its result: failures take precedence over unknowns, and those over warnings."""
        counting = [finding for finding in self.findings if finding.silenced is None]
        if any(finding.fails for finding in counting):
            return Status.FAIL
        if self.unknown is not None:
            return Status.UNKNOWN
        return Status.WARN if counting else Status.PASS


@frozen
class Checked:
    """The result of a check."""

    name: str
    """The list, as the user named it."""
    entries: int
    """Number of entries in the list."""
    verdicts: tuple[Verdict, ...]
    """Of the entries that were checked, in the order of the file."""
    path: str | None = None
    """The local file of the list."""
    base: str | None = None
    """What the list was compared with, as the user named it; None if every entry was checked."""
    idle: tuple[Exemption, ...] = ()
    """Exemptions that match no finding any more; empty unless every entry was checked."""
    fails_unknown: bool = False
    """Whether an unknown entry fails the check."""
    counts: Mapping[Status, int] = field(init=False)
    """The number of verdicts with each status."""

    def __post_init__(self) -> None:
        found = Counter(verdict.status for verdict in self.verdicts)
        object.__setattr__(self, "counts", {status: found[status] for status in Status})

    @property
    def status(self) -> Status:
        """The result of the check: `fail`, `unknown` or `pass`."""
        if self.counts[Status.FAIL] or (self.fails_unknown and self.counts[Status.UNKNOWN]):
            return Status.FAIL
        return Status.UNKNOWN if self.counts[Status.UNKNOWN] else Status.PASS


def unknown_sentences(verdicts: Iterable[Verdict]) -> dict[str, list[int]]:
    """Why entries are unknown, each reason with the lines of its entries."""
    found: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.status is Status.UNKNOWN and verdict.unknown is not None:
            found.setdefault(verdict.unknown, []).append(verdict.line)
    return found
