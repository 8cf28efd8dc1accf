"""The command on the seven real lists, with the real star counts where they are known."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import Command
from standin import TOKEN, StandIn
from standin.samples import LISTS

BATCH = 50

LEAST_ENTRIES = {
    "quozd/awesome-dotnet": 550,
    "rust-unofficial/awesome-rust": 1540,
    "avelino/awesome-go": 2750,
    "akullpp/awesome-java": 770,
    "trimstray/the-book-of-secret-knowledge": 335,
}


@pytest.fixture
def run_real(real_github: StandIn, command_in: Callable[[StandIn], Command]) -> Command:
    """The command against the GitHub of the real lists."""
    return command_in(real_github)


def listed(report: dict[str, Any]) -> dict[str, list[str]]:
    """Every listed name of a report, ranked or failed, in lower case, with its lists."""
    found = [(name, row["sources"]) for row in report["ranking"] for name in row["listed_as"]]
    found += [(failure["repository"], failure["sources"]) for failure in report["failures"]]
    assert len(found) == len({name.casefold() for name, _ in found})
    return {name.casefold(): sources for name, sources in found}


def test_the_main_job(run_real: Command) -> None:
    """awesome-dotnet's entries cost 16 points and 17 requests; its intro's links are not ranked."""
    run = run_real("quozd/awesome-dotnet", "-f", "json", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 0
    assert report["ranking"][0]["repository"] == "ShareX/ShareX"
    names = listed(report)
    for mentioned in ("sindresorhus/awesome", "vinta/awesome-python", "prettier/prettier"):
        assert mentioned not in names
    assert len(names) >= LEAST_ENTRIES["quozd/awesome-dotnet"]
    assert (report["usage"]["graphql_points"], report["usage"]["requests"]) == (16, 17)


def test_the_entries_of_seven_lists(run_real: Command) -> None:
    """Each list has at least the entries that a reader counts in it."""
    run = run_real(*LISTS, "--dry-run", "-f", "json", token=TOKEN)
    plan = json.loads(run.stdout)
    assert run.returncode == 0
    counts = {source["name"]: source["repositories"] for source in plan["sources"]}
    assert list(counts) == list(LISTS)
    assert {
        name: counts[name] for name in LEAST_ENTRIES if counts[name] < LEAST_ENTRIES[name]
    } == {}


def test_all_links_of_seven_lists(run_real: Command, real_github: StandIn, shared: Path) -> None:
    """Each list has the very repositories that GitHub's renderer links; none is asked twice."""
    before = len(real_github.log.exchanges)
    # Few at once: where the machine is busy, many would wait for the stand-in long enough to use up
    # the response time of a minute.
    few = ("--concurrency", "2")
    run = run_real(*LISTS, "--links", "all", *few, "-f", "json", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 0
    names = listed(report)
    for repository, file_name in LISTS.items():
        rendered = shared / "lists" / "rendered" / Path(file_name).with_suffix(".txt").name
        of_list = {name for name, sources in names.items() if repository in sources}
        assert of_list == set(rendered.read_text(encoding="utf-8").split())
    stars = [row["stars"] for row in report["ranking"]]
    assert stars == sorted(stars, reverse=True)
    queries = [each for each in real_github.log.exchanges[before:] if each.kind == "graphql"]
    asked = [name.casefold() for each in queries for name in each.names]
    assert sorted(asked) == sorted(names)
    assert len(queries) == report["usage"]["graphql_points"]
    # One more where the slots share them out evenly.
    assert math.ceil(len(asked) / BATCH) <= len(queries) <= math.ceil(len(asked) / BATCH) + 1
    assert report["usage"]["requests"] == len(LISTS) + len(queries)
