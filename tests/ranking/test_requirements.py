"""Rules that are asked for, on facts, details and star histories."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, entry, facts, named

from crawler.model.checks import Checks
from crawler.model.errors import ConfigError
from crawler.model.findings import Finding, Rule
from crawler.model.values import (
    Answer,
    Details,
    Entry,
    Identity,
    Reason,
    Refusal,
    StarHistory,
)
from crawler.ranking.requirements import Subject, look_closer, wants_details, wants_life
from crawler.ranking.rules import Evidence, judge

YEAR = timedelta(365)
LIMITED = Refusal(Reason.THROTTLED, "Later.")


def detailed(**known: Any) -> Answer:
    """Facts with details."""
    return facts("o/a", details=Details(**known))


def found(checks: Checks, more: Answer | None = None, **known: Any) -> list[Rule | str]:
    """What is against a repository, or why that is not known."""
    subject = Subject(facts("o/a", **known), more, None, NOON)
    results = look_closer(subject, checks)
    return [each.rule if isinstance(each, Finding) else each for each in results]


@pytest.mark.parametrize(
    ("pushed", "more", "asks", "expected"),
    [
        # A push that is long ago leaves no doubt, a later one does.
        (3 * YEAR, None, False, [Rule.STALE]),
        (YEAR, detailed(committed_at=NOON - YEAR), True, []),
        (YEAR, detailed(committed_at=NOON - 3 * YEAR), True, [Rule.STALE]),
        (YEAR, detailed(empty=True), True, [Rule.STALE]),
        (YEAR, detailed(), True, ["stale is not known: the source does not tell"]),
        (YEAR, None, True, ["stale is not known: the source does not tell"]),
        (YEAR, LIMITED, True, ["stale is not known: throttled: Later."]),
        (None, detailed(committed_at=NOON - YEAR), True, []),
    ],
)
def test_stale(
    pushed: timedelta | None, more: Answer | None, asks: bool, expected: list[Rule | str]
) -> None:
    """The last commit on the default branch counts, not the push of a bot to another."""
    checks, at = Checks(stale="2y"), None if pushed is None else NOON - pushed
    assert found(checks, more, pushed_at=at) == expected
    assert wants_details(facts("o/a", pushed_at=at), checks, NOON) is asks


@pytest.mark.parametrize(
    ("age", "more", "expected"),
    [
        (timedelta(89), None, [Rule.MIN_AGE]),
        (timedelta(91), None, []),
        (None, facts("o/a", created_at=NOON, details=Details()), [Rule.MIN_AGE]),
        (None, LIMITED, ["min-age is not known: throttled: Later."]),
    ],
)
def test_min_age(age: timedelta | None, more: Answer | None, expected: list[Rule | str]) -> None:
    """What the store kept without the day of creation is asked for again."""
    checks, at = Checks(min_age="90d"), None if age is None else NOON - age
    assert found(checks, more, created_at=at) == expected
    assert wants_details(facts("o/a", created_at=at), checks, NOON) is (age is None)


@pytest.mark.parametrize(
    ("days", "is_whole", "expected"),
    [
        ([*[0] * 100, 90, *[0] * 100, 10], True, [Rule.BURST]),
        ([1] * 200, True, []),
        ([90, *[0] * 40, 10], True, []),
        ([1] * 200, False, ["burst is not known: the source does not tell"]),
        (None, False, ["burst is not known: Later."]),
    ],
)
def test_burst(days: list[int] | None, is_whole: bool, expected: list[Rule | str]) -> None:
    """The largest share of two weeks, of a life that is known from its beginning."""
    life: StarHistory | Refusal = LIMITED
    if days is not None:
        first = (NOON - timedelta(len(days) - 1)).date()
        life = StarHistory(named("o/a"), 1, sum(days), first, tuple(days), is_whole)
    checks = Checks(burst="70%")
    results = look_closer(Subject(facts("o/a", 100), None, life, NOON), checks)
    assert [each.rule if isinstance(each, Finding) else each for each in results] == expected


def test_few_stars_are_no_burst() -> None:
    """Nothing is asked for those, nor where the rule is not asked for."""
    assert found(Checks(burst="70%"), stars=99) == []
    assert not wants_life(facts("o/a", 99), Checks(burst="70%"))
    assert not wants_life(facts("o/a", 100), Checks())
    assert wants_life(facts("o/a", 100), Checks(burst="70%"))


@pytest.mark.parametrize("share", ["70", "seventy%", "170%", "-1%", ""])
def test_a_share_is_a_percentage(share: str) -> None:
    """Else it is refused."""
    with pytest.raises(ConfigError, match="burst must be a share such as 70%"):
        Checks(burst=share)


@pytest.mark.parametrize("rule", ["disabled", "empty"])
def test_states(rule: Any) -> None:
    """Only the rule that is named is looked at."""
    checks = Checks(rule=(rule,))
    assert found(checks, detailed(disabled=True, empty=True)) == [Rule(rule)]
    assert found(checks, detailed(disabled=False, empty=False)) == []
    assert found(checks, None) == [f"{rule} is not known: the source does not tell"]
    assert found(Checks(), detailed(disabled=True, empty=True)) == []


@pytest.mark.parametrize(
    ("parent", "number", "other", "before", "expected"),
    [
        ("o/b", None, "o/b", {}, [2]),
        ("O/B", 7, "o/old", {"github.com/o/old": Identity("github.com", 7, "x", 7)}, [2]),
        ("o/c", 9, "o/b", {}, []),
        (None, None, "o/b", {}, []),
    ],
)
def test_a_fork_of_another_entry(
    parent: str | None,
    number: int | None,
    other: str,
    before: dict[str, Identity],
    expected: list[int],
) -> None:
    """Under whatever name that is listed; a fork of anything else is none."""
    entries: list[Entry] = [entry("o/a"), entry(other)]
    entries[1] = Entry(named(other), other, "", (), (1, 2))
    name = named(parent) if parent else None
    evidence = Evidence(
        {"github.com/o/a": facts("o/a", fork=True)},
        before,
        {"github.com/o/a": facts("o/a", details=Details(parent=name, parent_id=number))},
    )
    (verdict,) = judge(entries, [0], evidence, Checks(rule=("fork",)), now=NOON)
    lines = [each.message.rpartition(" ")[2] for each in verdict.findings]
    assert lines == [str(line) for line in expected]
    assert all(each.rule is Rule.FORK for each in verdict.findings)
