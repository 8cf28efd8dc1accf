"""Findings that do not count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest
from builders import GITHUB, NOON, entry

from crawler.model.checks import Checks, Exemption, RuleName
from crawler.model.findings import Finding, Rule, Status, Verdict
from crawler.ranking.silence import Known, silence

TODAY = NOON.date()


def archived(name: str, now: str | None = None) -> Verdict:
    """An entry that is archived."""
    found = Finding(Rule.ARCHIVED, f"{name} is archived", fails=False)
    return Verdict(entry(name), 0, (found,), now=now or name)


def exempt(repository: str, rule: RuleName = "archived", until: date | None = None) -> Exemption:
    """An exemption with a reason."""
    return Exemption(repository=repository, rule=rule, reason="It is complete.", until=until)


@pytest.mark.parametrize(
    ("exemption", "counts"),
    [
        (exempt("o/a"), False),
        (exempt("O/*"), False),
        (exempt("n/today"), False),
        (exempt("o/a", until=TODAY), False),
        (exempt("o/a", until=TODAY - timedelta(1)), True),
        (exempt("o/a", "moved"), True),
        (exempt("o/b"), True),
    ],
)
def test_an_exemption_silences_its_rule(exemption: Exemption, counts: bool) -> None:
    """By the name as listed or of today, up to its last day; one that does nothing is told."""
    verdicts, idle = silence([archived("o/a", "n/today")], [exemption], {}, TODAY)
    (found,) = verdicts[0].findings
    assert found.silenced == (None if counts else "It is complete.")
    assert verdicts[0].status is (Status.WARN if counts else Status.PASS)
    assert idle == ((exemption,) if counts else ())


def test_what_was_known_does_not_count_as_often_as_it_was_known() -> None:
    """A further entry of the same repository is new."""
    known: dict[Known, int] = {("archived", f"{GITHUB}/o/a", None): 1}
    verdicts, _ = silence([archived("o/a"), archived("O/A"), archived("o/b")], [], known, TODAY)
    assert [verdict.status for verdict in verdicts] == [Status.PASS, Status.WARN, Status.WARN]


@pytest.mark.parametrize(
    ("exemption", "is_told"),
    [
        (exempt("o/a", "stale"), False),
        (exempt("o/lost"), False),
        (exempt("o/*", "gone"), False),
        (exempt("x/y"), True),
    ],
)
def test_an_exemption_that_may_be_of_use_is_not_told(exemption: Exemption, is_told: bool) -> None:
    """Nobody looked at its rule, or knows what became of its entry."""
    lost = Verdict(entry("o/lost"), 1, unknown="Later.")
    checks = Checks(min_stars=3)
    _, idle = silence([archived("o/a"), lost], [exemption], {}, TODAY, checks.rules)
    assert idle == ((exemption,) if is_told else ())


def test_the_rules_that_are_looked_at() -> None:
    """Those that always are, and those that are asked for; each has its name in the settings."""
    assert set(get_args(RuleName)) == {str(rule) for rule in Rule}
    always = {"gone", "blocked", "replaced", "moved", "archived", "duplicate"}
    assert set(Checks().rules) == always
    every = Checks(
        stale="2y",
        min_age="1d",
        min_stars=1,
        burst="70%",
        order="name",
        rule=("disabled", "empty", "fork"),
    )
    assert set(every.rules) == {str(rule) for rule in Rule}
