"""Ignored findings: those that are exempt, and those that an earlier check knew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

from crawler.model.checks import Exemption
from crawler.model.findings import Finding, Rule, Verdict
from crawler.model.frozen import frozen
from crawler.model.values import Identity

KNOWN: Final = "known before"
"""Why a finding is ignored that an earlier check had."""

Known = tuple[str, str, str | None]
"""A finding as an earlier check knew it: the rule, `RepositoryName.key` of the listed name, and
the repository's name at that time."""


@frozen
class Earlier:
    """The findings of an earlier check."""

    findings: Mapping[Known, int] = field(default_factory=dict)
    """How often each finding occurred."""
    identities: Mapping[str, Identity] = field(default_factory=dict)
    """The repositories that entries led to, by `RepositoryName.key` of the listed names."""


def known_of(verdict: Verdict, finding: Finding) -> Known:
    """The key of a finding in a later check."""
    return str(finding.rule), verdict.entry.repository.key, finding.now


def silence(
    verdicts: Sequence[Verdict],
    exemptions: Sequence[Exemption],
    known: Mapping[Known, int],
    today: date,
    rules: Collection[str] = tuple(Rule),
) -> tuple[tuple[Verdict, ...], tuple[Exemption, ...]]:
    """The verdicts, with each finding silenced that is exempt or in `known` (which counts them);
    and the exemptions that match no finding any more.

    An exemption takes precedence over `known`. One whose last day has passed has no effect. An
    exemption from a rule that was not checked (not in `rules`), or for an entry that is unknown, is
    not reported as useless.
    """
    used: set[int] = set()
    remaining = Counter(known)

    def why(verdict: Verdict, finding: Finding) -> str | None:
        for place, exemption in enumerate(exemptions):
            if _covers(exemption, verdict, finding, today):
                used.add(place)
                return exemption.reason
        mark = known_of(verdict, finding)
        if remaining[mark]:
            remaining[mark] -= 1
            return KNOWN
        return None

    silenced = tuple(
        replace(
            verdict,
            findings=tuple(
                replace(finding, silenced=why(verdict, finding)) for finding in verdict.findings
            ),
        )
        for verdict in verdicts
    )
    unknown = [verdict for verdict in verdicts if verdict.unknown is not None]
    return silenced, tuple(
        exemption
        for place, exemption in enumerate(exemptions)
        if place not in used
        and exemption.rule in rules
        and not any(_names(exemption, verdict) for verdict in unknown)
    )


def _covers(exemption: Exemption, verdict: Verdict, finding: Finding, today: date) -> bool:
    if finding.rule != exemption.rule or (exemption.until is not None and exemption.until < today):
        return False
    return _names(exemption, verdict)


def _names(exemption: Exemption, verdict: Verdict) -> bool:
    """Whether an exemption applies to the repository of an entry."""
    names = {verdict.entry.repository.full_name, verdict.now or ""}
    return any(fnmatchcase(name.casefold(), exemption.repository.casefold()) for name in names)
