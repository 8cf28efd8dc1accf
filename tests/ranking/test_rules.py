"""The rules of a check, on entries and answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from builders import GITHUB, NOON, entry, facts

from crawler.model.checks import Checks
from crawler.model.findings import Checked, Rule, Status
from crawler.model.values import Answer, Entry, Identity, Reason, Refusal
from crawler.ranking.rules import Evidence, judge


def places(*names: str) -> list[Entry]:
    """An entry a line."""
    found = [entry(name, name) for name in names]
    return [replace(each, lines=(at, at + 1)) for at, each in enumerate(found)]


def known(**names: tuple[int | None, str]) -> dict[str, Identity]:
    """What was known before of `o__name`: its number and its canonical name."""
    return {
        f"{GITHUB}/{name.replace('__', '/')}": Identity(
            GITHUB, number, f"{GITHUB}/{canonical}", number
        )
        for name, (number, canonical) in names.items()
    }


def evidence(answers: dict[str, Answer], before: dict[str, Identity] | None = None) -> Evidence:
    """Answers by the names that were asked for."""
    return Evidence(
        {f"{GITHUB}/{name.casefold()}": answer for name, answer in answers.items()}, before or {}
    )


@pytest.mark.parametrize(
    ("answer", "rules", "status"),
    [
        (facts("o/a", 1, 7), [], Status.PASS),
        (facts("O/A", 1, 7), [], Status.PASS),
        (facts("o/b", 1, 7), [Rule.MOVED], Status.WARN),
        (facts("o/a", 1, 7, archived=True), [Rule.ARCHIVED], Status.WARN),
        (facts("o/b", 1, 7, archived=True), [Rule.MOVED, Rule.ARCHIVED], Status.WARN),
        (facts("o/a", 1, 8), [Rule.REPLACED], Status.FAIL),
        (Refusal(Reason.NOT_FOUND, "Not Found"), [Rule.GONE], Status.FAIL),
        (Refusal(Reason.BLOCKED, "DMCA"), [Rule.BLOCKED], Status.FAIL),
        *(
            (Refusal(reason, "Later."), [], Status.UNKNOWN)
            for reason in Reason
            if reason not in (Reason.NOT_FOUND, Reason.BLOCKED)
        ),
    ],
)
def test_what_an_answer_means(answer: Answer, rules: list[Rule], status: Status) -> None:
    """A verdict comes from an answer that says so; everything else is unknown."""
    found = evidence({"o/a": answer}, known(o__a=(7, "o/a")))
    (verdict,) = judge(places("o/a"), [0], found, now=NOON)
    assert [finding.rule for finding in verdict.findings] == rules
    assert verdict.status is status


RULES: list[Literal["moved", "archived"]] = ["moved", "archived"]


@pytest.mark.parametrize("rule", RULES)
def test_what_warns_can_fail(rule: Literal["moved", "archived"]) -> None:
    """Only the rule that was named fails."""
    found = evidence({"o/a": facts("o/b", 1, 7, archived=True)})
    (verdict,) = judge(places("o/a"), [0], found, Checks(fail_on=(rule,)), now=NOON)
    assert [finding.rule for finding in verdict.findings if finding.fails] == [rule]
    assert verdict.status is Status.FAIL


@pytest.mark.parametrize(
    ("names", "judged", "answers", "before", "doubles"),
    [
        # The second of two that are judged is one too many, under whatever name.
        (["o/a", "O/A"], [0, 1], {"o/a": facts("o/a", 1, 7)}, {}, {1: 1}),
        (
            ["o/old", "o/new"],
            [0, 1],
            {"o/old": facts("o/new", 1, 7), "o/new": facts("o/new", 1, 7)},
            {},
            {1: 1},
        ),
        # An added one is, wherever it stands.
        (["o/new", "o/old"], [0], {"o/new": facts("o/new", 1, 7)}, {}, {}),
        (["o/old", "o/new"], [0], {"o/old": facts("o/new", 1, 7)}, {}, {0: 2}),
        # What is not asked for is known by the store, by its number or its name.
        (
            ["o/new", "o/old"],
            [0],
            {"o/new": facts("o/new", 1, 7)},
            known(o__old=(7, "o/between")),
            {0: 2},
        ),
        (
            ["o/new", "o/old"],
            [0],
            {"o/new": facts("o/new", 1, None)},
            known(o__old=(None, "o/new")),
            {0: 2},
        ),
        (["o/new", "o/old"], [0], {"o/new": facts("o/new", 1, 7)}, known(o__old=(8, "o/x")), {}),
        # Nobody knows about these, but that it is one name twice.
        (["o/a", "o/a"], [0, 1], {"o/a": Refusal(Reason.THROTTLED, "Later.")}, {}, {1: 1}),
    ],
)
def test_one_repository_in_two_places(
    names: list[str],
    judged: list[int],
    answers: dict[str, Answer],
    before: dict[str, Identity],
    doubles: dict[int, int],
) -> None:
    """By places: the line of the other entry."""
    found = judge(places(*names), judged, evidence(answers, before), now=NOON)
    assert {
        verdict.line - 1: finding.other_line
        for verdict in found
        for finding in verdict.findings
        if finding.rule is Rule.DUPLICATE
    } == doubles


def test_how_a_check_ends() -> None:
    """What fails counts more than what is unknown, and that more than what warns."""
    answers: dict[str, Answer] = {
        "o/a": facts("o/a"),
        "o/b": facts("o/b", archived=True),
        "o/c": Refusal(Reason.UNAVAILABLE, "Later."),
        "o/d": Refusal(Reason.NOT_FOUND, "Not Found"),
    }
    for count, status in ((1, "pass"), (2, "pass"), (3, "unknown"), (4, "fail")):
        entries = places(*[*answers][:count])
        checked = Checked("x", count, judge(entries, range(count), evidence(answers), now=NOON))
        assert checked.status == status
        assert sum(checked.counts.values()) == count
    unknown = judge(places("o/c"), [0], evidence(answers), now=NOON)
    assert Checked("x", 1, unknown, fails_unknown=True).status == "fail"
