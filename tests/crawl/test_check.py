"""A check of a long list, in which every rule is broken at lines that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from clocks import START, FakeClock
from standin import TOKEN, Fault, Repository, StandIn, World, faults

from crawler.crawl.check import Base, check_list
from crawler.crawl.context import Context
from crawler.model.checks import Checks
from crawler.model.findings import Checked, Status
from crawler.model.settings import Settings
from crawler.sources.github.credentials import make_token
from crawler.store import Store

SECTIONS, ENTRIES = 5, 100

CHECKS = Checks(
    stale="2y",
    min_age="90d",
    min_stars=20,
    burst="70%",
    order="name",
    rule=("disabled", "empty", "fork"),
)

Truth = dict[int, frozenset[str]]
"""The rules that entries break, by their lines; without those that break none."""


def moment(days: int) -> str:
    """So many days before the checks."""
    return f"{START - timedelta(days):%Y-%m-%dT%H:%M:%SZ}"


BROKEN: dict[int, tuple[set[str], dict[str, Any]]] = {
    7: ({"blocked"}, {"block": "dmca"}),
    9: ({"blocked"}, {"block": "tos"}),
    17: ({"archived"}, {"archived": True}),
    29: ({"stale"}, {"pushed_at": moment(900)}),
    31: ({"stale"}, {"committed_at": moment(900)}),
    37: ({"min-age"}, {"created_at": moment(20), "pushed_at": moment(10)}),
    41: ({"min-stars"}, {"stars": 19}),
    47: ({"disabled"}, {"disabled": True}),
    53: ({"empty", "stale"}, {"empty": True}),
    61: ({"burst"}, {"stars": 200}),
    67: (set(), {"stars": 200, "starred": {(START - timedelta(n)).date(): 1 for n in range(190)}}),
    71: ({"archived", "min-stars"}, {"archived": True, "stars": 1}),
}
"""What entries of a section break by themselves, by their places, and what their repositories are
like."""


def make_list(sections: int = SECTIONS) -> tuple[World, list[str], Truth]:
    """The repositories, the lines, and what is wrong with them."""
    world, lines, truth = World(tokens=[TOKEN]), ["# List"], {}
    usual = {"stars": 50, "created_at": moment(400), "pushed_at": moment(30)}
    for section in range(sections):
        lines += ["", f"## Section {section}", ""]
        for place in range(ENTRIES):
            name, title = f"o{section}/r{place}", f"Entry {place:02}"
            rules, known = BROKEN.get(place, (set(), {}))
            old_names: tuple[str, ...] = ()
            match place:
                case 13:
                    rules, old_names = {"moved"}, (f"old{section}/r{place}",)
                case 2:
                    old_names = (f"former{section}/r2",)
                case 43:
                    rules, title = {"order"}, "Zebra"
                case 59:
                    parent = world.named(f"o{section}/r2")
                    assert parent is not None
                    rules = {"fork"}
                    known = {"fork": True, "parent": (parent.full_name, parent.number)}
                case 3:
                    rules = {"gone"}
                case 11:
                    rules = {"replaced"}
                case 19:
                    rules, name = {"duplicate"}, f"o{max(section - 1, 0)}/R5"
                case 23:
                    rules, name = {"moved", "duplicate"}, f"former{section}/r2"
            if place not in (3, 19, 23):
                world.add(Repository(name, **{**usual, **known}, old_names=old_names))
            listed = f"old{section}/r13" if place == 13 else name
            lines.append(f"- [{title}](https://github.com/{listed}) - About {name}.")
            if rules:
                truth[len(lines)] = frozenset(rules)
    return world, lines, truth


def replace_some(world: World) -> None:
    """Delete what the list calls replaced, and register it anew."""
    for section in range(SECTIONS):
        name = f"o{section}/r11"
        world.remove(name)
        created, pushed = moment(400), moment(30)
        number = 100_000 + section
        world.add(Repository(name, 50, number, created_at=created, pushed_at=pushed))


async def check(
    github: StandIn,
    path: Path,
    store: Store | None = None,
    base: Base | None = None,
    checks: Checks = CHECKS,
    **more: Any,
) -> Checked:
    """Check a list on a clock whose waits take no time."""
    clock = FakeClock()
    github.world.now = lambda: clock.now().timestamp()
    outcome = await check_list(
        Settings(lists=(str(path),), max_wait="2h", **more),
        Context(
            token=make_token(TOKEN, "the test"),
            transport=github.local,
            clock=clock,
            store=store,
        ),
        checks=checks,
        base=base,
    )
    return outcome.checked


def found_in(checked: Checked) -> Truth:
    """What a check found."""
    return {
        verdict.line: frozenset(str(finding.rule) for finding in verdict.findings)
        for verdict in checked.verdicts
        if verdict.findings
    }


async def test_every_finding_and_no_other(tmp_path: Path) -> None:
    """Twice, once from the store; the counts are those of the entries."""
    world, lines, truth = make_list()
    github = StandIn(world)
    path = tmp_path / "README.md"
    path.write_text("\n".join(lines), "utf-8")
    async with Store(tmp_path / "store.db") as store:
        await check(github, path, store)
        replace_some(world)
        for refresh in (True, False):
            checked = await check(github, path, store, refresh=refresh)
            assert found_in(checked) == truth
            assert not checked.counts[Status.UNKNOWN]
            assert sum(checked.counts.values()) == checked.entries == SECTIONS * ENTRIES
    assert not github.log.problems


STORMS: dict[str, Sequence[Fault]] = {
    "breaking": [
        Fault(faults.server_error(), kind="graphql", skip=2, times=2),
        Fault(faults.reset(), kind="graphql", skip=5, times=2),
        Fault(faults.cut_off(40), kind="graphql", skip=8, times=2),
        Fault(faults.invalid_json(), kind="graphql", skip=12, times=2),
        Fault(faults.html(), kind="graphql", skip=16, times=3),
    ],
    "limits": [
        Fault(faults.secondary_limit(403, retry_after=30), kind="graphql", skip=2, times=3),
        Fault(faults.resources_exceeded(), kind="graphql", skip=8, times=4),
        Fault(faults.secondary_limit(429), kind="graphql", skip=16, times=2),
    ],
}


@pytest.mark.parametrize("storm", STORMS)
async def test_faults_change_no_finding(tmp_path: Path, storm: str) -> None:
    """What passes is asked for again."""
    world, lines, truth = make_list()
    github = StandIn(world)
    github.faults += STORMS[storm]
    path = tmp_path / "README.md"
    path.write_text("\n".join(lines), "utf-8")
    found = found_in(await check(github, path))
    # Nobody knew the others.
    assert found == {line: rules for line, rules in truth.items() if "replaced" not in rules}
    assert all(fault.hits for fault in github.faults)


async def test_what_stays_without_an_answer_is_unknown(tmp_path: Path) -> None:
    """It neither passes nor fails, and takes no other entry along."""
    world, lines, truth = make_list()
    github = StandIn(world)
    lost = [f"o{section}/r{place}" for section in range(SECTIONS) for place in (3, 17, 50)]
    null = faults.nullify(*lost, type_="INTERNAL")
    github.faults.append(Fault(null, kind="graphql", times=None))
    path = tmp_path / "README.md"
    path.write_text("\n".join(lines), "utf-8")
    checked = await check(github, path)
    unknown = {v.line for v in checked.verdicts if v.status is Status.UNKNOWN}
    assert unknown == {
        number
        for number, line in enumerate(lines, start=1)
        if any(f"github.com/{name})" in line for name in lost)
    }
    assert found_in(checked) == {
        line: rules
        for line, rules in truth.items()
        if line not in unknown and "replaced" not in rules
    }


NEW = "- [Entry 05b](https://github.com/fresh/{}) - New."
CONTENTS = "- [Section 0](#section-0)"


def inserted(line: str) -> Callable[[list[str]], None]:
    """Adds a line behind the sixth entry, which is line 10."""
    return lambda lines: lines.insert(10, line)


def replaced(old: str, new: str) -> Callable[[list[str]], None]:
    """Says something else in every line."""

    def change(lines: list[str]) -> None:
        lines[:] = [line.replace(old, new) for line in lines]

    return change


def reordered(lines: list[str]) -> None:
    """Swaps the sections, and turns the first entries around."""
    lines[4:10] = lines[9:3:-1]
    lines[2:] = [*lines[104:], "", *lines[2:104]]


@pytest.mark.parametrize(
    ("change", "judged", "found"),
    [
        pytest.param(inserted(NEW.format("good")), 1, {}, id="adds one"),
        pytest.param(inserted(NEW.format("young")), 1, {11: {"min-age"}}, id="adds young"),
        pytest.param(inserted(NEW.format("before")), 1, {11: {"moved"}}, id="adds moved"),
        pytest.param(
            inserted("- [Again](https://github.com/o0/r13) - As it is called today."),
            1,
            {11: {"duplicate"}},
            id="adds a duplicate under an old name that the store knows",
        ),
        pytest.param(lambda lines: lines.__delitem__(slice(4, 9)), 0, {}, id="removes"),
        pytest.param(reordered, 0, {}, id="reorders"),
        pytest.param(replaced("## Section", "## Part"), 0, {}, id="renames headings"),
        pytest.param(
            replaced("About o0/r17.", "Nothing else."), 1, {22: {"archived"}}, id="edits one"
        ),
        pytest.param(
            lambda lines: lines.insert(1, f"\n## Contents\n\n{CONTENTS}"), 0, {}, id="contents"
        ),
        pytest.param(
            lambda lines: lines.insert(1, "\n[中文](README-zh.md)"), 0, {}, id="a translation"
        ),
    ],
)
async def test_a_pull_request(
    tmp_path: Path,
    change: Callable[[list[str]], object],
    judged: int,
    found: dict[int, set[str]],
) -> None:
    """It answers for its own lines, at the cost of one query, or of none."""
    world, lines, _ = make_list(2)
    world.add(Repository("fresh/good", 50))
    world.add(Repository("fresh/young", 50, created_at=moment(20)))
    world.add(Repository("fresh/after", 50, old_names=("fresh/before",)))
    github, path = StandIn(world), tmp_path / "README.md"
    base = Base("main", "\r\n".join(lines))
    async with Store(tmp_path / "store.db") as store:
        path.write_text("\n".join(lines), "utf-8")
        await check(github, path, store)
        github.log.exchanges.clear()
        change(lines)
        path.write_text("\n".join(lines), "utf-8")
        rules = Checks(min_age="90d", min_stars=20)
        checked = await check(github, path, store, base, rules, max_age="0s")
    assert len(checked.verdicts) == judged
    assert found_in(checked) == {line: frozenset(rules) for line, rules in found.items()}
    assert len(github.log.exchanges) == min(judged, 1)
