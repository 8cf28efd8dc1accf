"""The demonstration: a small GitHub inside the process, and the run over it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import forking
import httpx
import pytest

from crawler import Ranking, rank_repos
from crawler.cli.demo import (
    DEMO_DATE,
    DEMO_LIST,
    DEMO_TOKEN,
    DemoClock,
    DemoTransport,
    demo_days,
)
from crawler.cli.demo.repositories import load_demo_world
from crawler.model.values import Facts, Reason, Refusal, RepositoryName
from crawler.sources.github.graphql import decode_batch, encode_batch

API: Final = "https://api.github.com"
DAILY: Final = Path(__file__).parents[3] / "shared" / "facts" / "awesome-dotnet-daily.csv"
DATA: Final = files("crawler.cli.demo")
LIST: Final = (DATA / "list.md").read_text("utf-8")
DAY: Final = DEMO_DATE.isoformat()
WEEK_BEFORE: Final = DEMO_DATE - timedelta(days=7)
DAYS: Final = demo_days()
MENTIONS: Final = {"sindresorhus/awesome", "dotnet/docfx", "dnspyex/dnspy"}
"""Repositories that the list links but does not list: intro, footer, a description."""


def table(name: str) -> list[dict[str, str]]:
    """The rows of a bundled table."""
    return list(csv.DictReader((DATA / name).read_text("utf-8").splitlines()))


ROWS: Final = table("repositories.csv")
LIST_CHANGES: Final = table("list_changes.csv")
KNOWN: Final = [row for row in ROWS if row[DAY]]

NO_NETWORK: Final = """
import sys
def guard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        raise RuntimeError(f"a demonstration needs no {event}{arguments}")
sys.addaudithook(guard)
from crawler.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""
"""The command, in a process in which connections, name look-ups and other programs are errors."""


def name_on(row: dict[str, str], day: date) -> str:
    """What the repository of `row` was called on `day`."""
    return row["formerly"] if day.isoformat() < row["renamed_on"] else row["repository"]


def names_of(row: dict[str, str], day: date = DEMO_DATE) -> set[str]:
    """Every name that led to the repository of `row` on `day`, in lower case."""
    return {name.lower() for name in (name_on(row, day), *row["formerly"].split())}


def list_on(day: date) -> str:
    """The list as it was on `day`."""
    text = LIST
    for change in LIST_CHANGES:
        if change["day"] > day.isoformat():
            line, formerly = f"\n{change['line']}\n", change["formerly"]
            text = text.replace(line, f"\n{formerly}\n" if formerly else "\n")
    return text


def listed_on(day: date) -> set[str]:
    """The names that the list had on `day`, in lower case."""
    links = re.findall(r"https://github\.com/([\w.-]+/[\w.-]+)", list_on(day))
    return {name.lower().removesuffix(".git") for name in links} - MENTIONS


LISTED: Final = listed_on(DEMO_DATE)


def listed_rows(day: date = DEMO_DATE) -> list[dict[str, str]]:
    """The rows with figures that the list of `day` led to, most stars first."""
    listed, column = listed_on(day), day.isoformat()
    rows = [row for row in ROWS if row[column] and names_of(row, day) & listed]
    return sorted(rows, key=lambda row: (-int(row[column]), name_on(row, day).casefold()))


async def ask(
    method: str, path: str, token: str | None = DEMO_TOKEN, day: date = DEMO_DATE, **more: Any
) -> httpx.Response:
    """One request to a new stand-in."""
    headers = {"Accept": "application/vnd.github.raw+json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(transport=DemoTransport(day), headers=headers) as client:
        return await client.request(method, API + path, **more)


def run_demo(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m crawler demo` without a network, in an empty folder with its own environment."""
    env = {"HOME": str(folder), "PATH": "", "COLUMNS": "160", **environment}
    with forking.start("-c", NO_NETWORK, "demo", *arguments, cwd=folder, env=env) as process:
        out, err = process.communicate(timeout=50)
    return subprocess.CompletedProcess(arguments, process.wait(), out.decode(), err.decode())


def steady(report: dict[str, Any]) -> dict[str, Any]:
    """`report` without what differs from run to run."""
    del report["generated_at"], report["usage"]["seconds"]
    for row in report["ranking"]:
        del row["fetched_at"]
    return report


async def rank_demo(day: date = DEMO_DATE, **options: Any) -> Ranking:
    """The library's way to the demonstration."""
    return await rank_repos(DEMO_LIST, token=DEMO_TOKEN, transport=DemoTransport(day), **options)


async def test_the_readme_is_the_bundled_list() -> None:
    """Asked for its README, the demonstration's repository answers the list's very bytes."""
    answer = await ask("GET", f"/repos/{DEMO_LIST}/readme")
    assert answer.status_code == 200
    assert answer.content == (DATA / "list.md").read_bytes()


async def test_it_takes_only_its_own_token() -> None:
    """A token that may be real is refused, and so is a query without one."""
    assert (await ask("GET", f"/repos/{DEMO_LIST}/readme", "ghp_other")).status_code == 401
    assert (await ask("GET", f"/repos/{DEMO_LIST}/readme", None)).status_code == 200


def test_the_data_is_sound() -> None:
    """Numbers and names are unique, so that each name leads to one repository."""
    numbers = [row["number"] for row in ROWS]
    names = [name for row in ROWS for name in names_of(row)]
    assert len(set(numbers)) == len(numbers)
    assert len(set(names)) == len(names)
    assert sum(len(names_of(row)) > 1 for row in ROWS) >= 10
    assert sum(row["archived"] == "1" for row in KNOWN) >= 3
    for row in ROWS:
        # A day before which it had the former name takes exactly one of those.
        assert not row["renamed_on"] or len(row["formerly"].split()) == 1


def test_the_days_lead_to_the_last() -> None:
    """There are several days, oldest first, among them the last and the one a week before."""
    assert list(DAYS) == sorted(set(DAYS))
    assert len(DAYS) >= 8
    assert DAYS[-1] == DEMO_DATE
    assert WEEK_BEFORE in DAYS


@pytest.mark.skipif(not DAILY.exists(), reason="the figures it is made from are not beside it")
def test_the_figures_are_real() -> None:
    """Each star count is the one that was seen on the day under the name of the day."""
    with DAILY.open(encoding="utf-8", newline="") as file:
        seen = {(row["date"], row["repository"]): row["stars"] for row in csv.DictReader(file)}
    ever = {name for _, name in seen}
    for row in ROWS:
        for day in DAYS:
            figure = seen.get((day.isoformat(), name_on(row, day)), "")
            assert figure == row[day.isoformat()], (row["repository"], day)
        assert set(row["formerly"].split()) <= ever
        if row["renamed_on"]:
            first = min(day for day, name in seen if name == row["repository"])
            assert first == row["renamed_on"]


def test_the_changes_of_the_list_fit_it() -> None:
    """Each changed line stands in the list once, and whatever a list names had figures then."""
    for change in LIST_CHANGES:
        assert LIST.split("\n").count(change["line"]) == 1
        assert DAYS[0].isoformat() < change["day"] <= DAY
    for day in DAYS:
        rows = [row for row in ROWS if row[day.isoformat()]]
        unknown = listed_on(day) - {name for row in rows for name in names_of(row, day)}
        assert unknown <= {"star-crawler/vanished", "servicetitan/stl.fusion"}


def test_there_is_something_to_tell() -> None:
    """Entries are new and dropped within the last week; names changed and one is gone earlier."""
    before = listed_on(WEEK_BEFORE)
    assert len(LISTED - before) >= 3
    assert len(before - LISTED) == 1
    first = {row["number"]: name_on(row, DAYS[0]) for row in listed_rows(DAYS[0])}
    last = {row["number"]: row["repository"] for row in listed_rows()}
    renamed = [each for each in first.keys() & last.keys() if first[each] != last[each]]
    assert len(renamed) >= 10
    gone = [row for row in listed_rows(DAYS[0]) if not row[DAY]]
    assert [row["repository"] for row in gone] == ["servicetitan/Stl.Fusion"]


@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_the_readme_is_the_list_of_the_day(day: date) -> None:
    """Asked for its README as of a day, the repository answers the list as it was then."""
    answer = await ask("GET", f"/repos/{DEMO_LIST}/readme", day=day)
    assert answer.text == list_on(day)


async def test_a_new_name_leads_nowhere_before_its_day() -> None:
    """Before it was renamed a repository answers to its former name alone, as both protocols."""
    row = next(row for row in ROWS if row["renamed_on"] and len(names_of(row)) > 1)
    old, new = row["formerly"], row["repository"]
    answer = await ask("GET", f"/repos/{old}", day=DAYS[0])
    assert answer.status_code == 200
    assert answer.json()["full_name"] == old
    assert answer.json()["id"] == int(row["number"])
    assert (await ask("GET", f"/repos/{new}", day=DAYS[0])).status_code == 404
    assert (await ask("GET", f"/repos/{old}")).status_code == 301
    names = [RepositoryName(old, "github.com"), RepositoryName(new, "github.com")]
    content = encode_batch(names)
    body = (await ask("POST", "/graphql", day=DAYS[0], content=content)).content
    known, unknown = decode_batch(body, names, datetime.now(UTC)).answers
    assert isinstance(known, Facts)
    assert (known.full_name, known.stars) == (old, int(row[DAYS[0].isoformat()]))
    assert isinstance(unknown, Refusal)


def test_a_change_of_case_is_a_name_of_its_day() -> None:
    """A repository whose name changed in case alone is spelt as it was on the day."""
    for day, name in ((DAYS[0], "nlog/NLog"), (DEMO_DATE, "NLog/NLog")):
        repository = load_demo_world(day).named("nlog/nlog")
        assert repository is not None
        assert repository.full_name == name


def test_a_day_without_figures_is_refused() -> None:
    """A day that the data lacks is an error, not a GitHub without repositories."""
    with pytest.raises(ValueError, match="2026-05-07"):
        load_demo_world(date(2026, 5, 7))


async def test_its_hour_is_on_its_day() -> None:
    """The quota's reset is told as of the day, by both protocols."""
    answer = await ask("POST", "/graphql", day=DAYS[0], content=encode_batch([]))
    reset = datetime.fromtimestamp(int(answer.headers["x-ratelimit-reset"]), UTC)
    assert reset.date() == DAYS[0]
    told = answer.json()["data"]["rateLimit"]["resetAt"]
    assert datetime.fromisoformat(told) == reset


async def test_star_histories_begin_with_the_figures() -> None:
    """The time before them is unknown, and not a time without stars."""
    path = "/repos/ShareX/ShareX/stargazers/history?per_page=30&page=1"
    answer = await ask("GET", path, headers={"x-github-api-version": "2026-03-10"})
    first = datetime.fromtimestamp(answer.json()[-1]["week"], UTC).date()
    assert first <= DAYS[0] < first + timedelta(7)
    assert "next" not in answer.headers.get("link", "")


def test_its_clock_says_the_day() -> None:
    """The clock starts at noon UTC of its day, and time passes on it as it does outside."""
    seconds = 5000.0

    class Paced(DemoClock):
        def monotonic(self) -> float:
            return seconds

    clock = Paced(WEEK_BEFORE)
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert clock.now() == noon
    seconds += 90.5
    assert clock.now() == noon + timedelta(seconds=90.5)
    assert clock.monotonic() == seconds


@pytest.mark.parametrize(
    ("day", "provider"),
    [*((day, "graphql") for day in (DAYS[0], WEEK_BEFORE, DEMO_DATE)), (DEMO_DATE, "rest")],
    ids=str,
)
async def test_every_entry_has_the_outcome_that_the_data_says(day: date, provider: str) -> None:
    """Ranked, renamed, archived, twice listed and gone are as the data has them, by both ways."""
    ranking = await rank_demo(day, provider=provider)
    expected, listed, column = listed_rows(day), listed_on(day), day.isoformat()
    gone = listed - {name for row in ROWS if row[column] for name in names_of(row, day)}
    twice = sum(len(names_of(row, day) & listed) - 1 for row in expected)
    assert [row.repository for row in ranking] == [name_on(row, day) for row in expected]
    assert [row.stars for row in ranking] == [int(row[column]) for row in expected]
    assert {failure.repository.lower() for failure in ranking.failures} == gone
    assert {failure.reason for failure in ranking.failures} == {Reason.NOT_FOUND}
    assert ranking.complete
    sums = ranking.sums
    assert sums.listed == len(listed) == sums.ranked + sums.duplicates + len(gone)
    assert (sums.ranked, sums.duplicates) == (len(expected), twice)
    assert sums.renamed == sum(
        bool(names_of(row, day) & listed - {name_on(row, day).lower()}) for row in expected
    )
    assert sums.archived == sum(row["archived"] == "1" for row in expected)
    assert "star-crawler/vanished" in gone
    if day == DEMO_DATE:
        assert (twice, len(gone)) == (1, 2)


async def test_the_list_shows_off_the_parser() -> None:
    """Entries in nested items, tables, quotes, HTML and references are found; mentions are not."""
    ranking = await rank_demo()
    rows = {row.repository: row for row in ranking}
    assert not {name.lower() for name in rows} & MENTIONS
    assert rows["ShareX/ShareX"].title == "ShareX"
    assert rows["belav/csharpier"].sections == (("A Demonstration List", "Foundations"),)
    assert rows["autofac/Autofac"].sections[0][-1] == "Wiring objects together"
    assert rows["JamesNK/Newtonsoft.Json"].title == "Json.NET"
    assert rows["dotnetcore/CAP"].description == "Events with an outbox in the database."
    assert rows["EasyNetQ/EasyNetQ"].description == "RabbitMQ made simple."
    assert rows["dotnet/yarp"].listed_as == ("microsoft/reverse-proxy",)
    assert len(rows["LuckyPennySoftware/MediatR"].listed_as) == 2


async def test_every_link_of_the_list_can_be_taken() -> None:
    """With `links="all"` the mentions are asked for as well, and nothing else is."""
    sums = (await rank_demo(links="all")).sums
    assert sums.listed == len(LISTED | MENTIONS)


async def test_the_command_gives_what_the_library_gives(tmp_path: Path) -> None:
    """But for times and its past, the command's JSON is `rank_repos()` over the same transport."""
    run = run_demo("-f", "json", "--no-store", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert steady(json.loads(run.stdout)) == steady((await rank_demo()).to_dict())


def test_the_command_says_what_it_is(tmp_path: Path) -> None:
    """It names itself a demonstration, the day of the figures and how old they are."""
    before = (datetime.now(UTC).date() - DEMO_DATE).days
    run = run_demo(folder=tmp_path)
    after = (datetime.now(UTC).date() - DEMO_DATE).days
    assert run.returncode == 0, run.stderr
    assert "demonstration" in run.stderr
    assert DAY in run.stderr
    assert any(f"{days} days" in run.stderr for days in (before, after))
    for row in listed_rows()[:10]:
        assert row["repository"] in run.stdout
    assert listed_rows()[10]["repository"] not in run.stdout


def test_the_environment_does_not_reach_it(tmp_path: Path) -> None:
    """A real token, another server's address and a proxy change nothing: nobody is asked."""
    run = run_demo(
        *("--provider", "rest", "-f", "json", "--no-store"),
        folder=tmp_path,
        GH_TOKEN="ghp_mine",
        GITHUB_API_URL="http://github.example.com/api/v3",
        HTTPS_PROXY="http://127.0.0.1:9",
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["provider"] == "rest"
    assert len(report["ranking"]) == len(listed_rows())
    assert "ghp_mine" not in run.stdout + run.stderr
