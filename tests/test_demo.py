"""The demonstration: a small GitHub inside the process, and the run over it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from crawler import Ranking, rank_repos
from crawler.demo import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, DemoTransport
from crawler.models import Facts, Reason, Refusal, RepositoryName
from crawler.protocol.graphql import decode_batch, encode_batch

API: Final = "https://api.github.com"
DAILY: Final = Path(__file__).parents[2] / "shared" / "facts" / "awesome-dotnet-daily.csv"
DATA: Final = files("crawler.demo")
LIST: Final = (DATA / "list.md").read_text("utf-8")
DAY: Final = DEMO_DATE.isoformat()
ROWS: Final = list(csv.DictReader((DATA / "repositories.csv").read_text("utf-8").splitlines()))
KNOWN: Final = [row for row in ROWS if row[DAY]]
MENTIONS: Final = {"sindresorhus/awesome", "dotnet/docfx", "dnspyex/dnspy"}
"""Repositories that the list links but does not list: intro, footer, a description."""
LISTED: Final = {
    name.lower().removesuffix(".git")
    for name in re.findall(r"https://github\.com/([\w.-]+/[\w.-]+)", LIST)
} - MENTIONS

NO_NETWORK: Final = """
import sys
def guard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        raise RuntimeError(f"a demonstration needs no {event}{arguments}")
sys.addaudithook(guard)
from crawler.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
"""The command, in a process in which connections, name look-ups and other programs are errors."""


def names_of(row: dict[str, str]) -> set[str]:
    """Every name, present and former, that leads to the repository of `row`, in lower case."""
    return {name.lower() for name in (row["repository"], *row["formerly"].split())}


def listed_rows() -> list[dict[str, str]]:
    """The rows with figures that the list leads to, most stars first."""
    rows = [row for row in KNOWN if names_of(row) & LISTED]
    return sorted(rows, key=lambda row: (-int(row[DAY]), row["repository"].casefold()))


async def ask(
    method: str, path: str, token: str | None = DEMO_TOKEN, **more: Any
) -> httpx.Response:
    """One request to a new stand-in."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=DemoTransport(), headers=headers) as client:
        return await client.request(method, API + path, **more)


async def query(*names: str, token: str | None = DEMO_TOKEN) -> httpx.Response:
    """The crawler's own query for `names`."""
    return await ask(
        "POST", "/graphql", token, content=encode_batch([RepositoryName(name) for name in names])
    )


def run_demo(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m crawler demo` without a network, in an empty folder with its own environment."""
    return subprocess.run(
        [sys.executable, "-c", NO_NETWORK, "demo", *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "HOME": str(folder),
            "PATH": "",
            "COLUMNS": "160",
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def steady(report: dict[str, Any]) -> dict[str, Any]:
    """`report` without what differs from run to run."""
    del report["generated_at"], report["usage"]["seconds"]
    for row in report["ranking"]:
        del row["fetched_at"]
    return report


async def rank_demo(**options: Any) -> Ranking:
    """The library's way to the demonstration."""
    return await rank_repos(DEMO_LIST, token=DEMO_TOKEN, transport=DemoTransport(), **options)


async def test_the_readme_is_the_bundled_list() -> None:
    """Asked for its README, the demonstration's repository answers the list's very bytes."""
    answer = await ask("GET", f"/repos/{DEMO_LIST}/readme")
    assert answer.status_code == 200
    assert answer.content == (DATA / "list.md").read_bytes()


async def test_a_repository_answers_by_rest() -> None:
    """REST tells name, number and stars as the data has them, and null for what it lacks."""
    row = KNOWN[0]
    answer = await ask("GET", f"/repos/{row['repository'].upper()}")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["full_name"], body["id"], body["stargazers_count"]) == (
        row["repository"],
        int(row["number"]),
        int(row[DAY]),
    )
    assert body["license"] is None
    assert body["forks_count"] is None


async def test_a_former_name_is_redirected_by_rest() -> None:
    """A former name answers 301 to the repository's number, on the same server."""
    row = next(row for row in KNOWN if row["formerly"])
    answer = await ask("GET", f"/repos/{row['formerly'].split()[0]}")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{API}/repositories/{row['number']}"
    target = await ask("GET", f"/repositories/{row['number']}")
    assert target.json()["full_name"] == row["repository"]


@pytest.mark.parametrize(
    "path",
    [
        "/repos/star-crawler/vanished",
        "/repos/star-crawler/vanished/readme",
        "/repositories/1",
        "/user",
    ],
)
async def test_what_it_does_not_know_is_not_found(path: str) -> None:
    """Unknown repositories, their READMEs and everything the crawler never asks are 404."""
    answer = await ask("GET", path)
    assert answer.status_code == 404
    assert answer.json()["message"] == "Not Found"


async def test_a_query_answers_many_repositories() -> None:
    """The crawler's query gets a present, a former and a missing name told apart, for one point."""
    row = next(row for row in KNOWN if row["formerly"] and row["archived"] == "1")
    names = [RepositoryName(name) for name in (row["repository"], row["formerly"], "a/b")]
    body = (await query(*map(str, names))).content
    batch = decode_batch(body, names, datetime.now(UTC))
    present, former, missing = batch.answers
    assert isinstance(present, Facts)
    assert present == former
    assert (present.full_name, present.stars) == (row["repository"], int(row[DAY]))
    assert (present.id, present.archived) == (int(row["number"]), True)
    assert missing == Refusal(
        Reason.NOT_FOUND, "Could not resolve to a Repository with the name 'a/b'."
    )
    assert batch.points == 1


async def test_it_counts_its_quota() -> None:
    """Every answer tells the quota that is left, and each transport counts for itself."""
    for _ in range(2):
        answer = await query("a/b")
        assert answer.headers["x-ratelimit-remaining"] == "4999"
        assert answer.json()["data"]["rateLimit"]["remaining"] == 4999
    async with httpx.AsyncClient(transport=DemoTransport()) as client:
        left = [
            (await client.get(f"{API}/repos/a/b")).headers["x-ratelimit-remaining"]
            for _ in range(2)
        ]
    assert left == ["4999", "4998"]


async def test_it_takes_only_its_own_token() -> None:
    """A token that may be real is refused, and so is a query without one."""
    assert (await query("a/b", token="ghp_other")).status_code == 401
    assert (await query("a/b", token=None)).status_code == 401
    assert (await ask("GET", f"/repos/{DEMO_LIST}/readme", "ghp_other")).status_code == 401
    assert (await ask("GET", f"/repos/{DEMO_LIST}/readme", None)).status_code == 200


def test_the_data_is_sound() -> None:
    """Numbers and names are unique, so that each name leads to one repository."""
    numbers = [row["number"] for row in ROWS]
    names = [name.lower() for row in ROWS for name in (row["repository"], *row["formerly"].split())]
    assert len(set(numbers)) == len(numbers)
    assert len(set(names)) == len(names)
    assert sum(bool(row["formerly"]) for row in ROWS) >= 10
    assert sum(row["archived"] == "1" for row in KNOWN) >= 3


@pytest.mark.skipif(not DAILY.exists(), reason="the figures it is made from are not beside it")
def test_the_figures_are_real() -> None:
    """Each star count is the one that was seen on the day, and every former name was one."""
    with DAILY.open(encoding="utf-8", newline="") as file:
        seen = {(row["date"], row["repository"]): row["stars"] for row in csv.DictReader(file)}
    ever = {name for _, name in seen}
    for row in ROWS:
        assert seen.get((DAY, row["repository"]), "") == row[DAY]
        assert set(row["formerly"].split()) <= ever


@pytest.mark.parametrize("provider", ["graphql", "rest"])
async def test_every_entry_has_the_outcome_that_the_data_says(provider: str) -> None:
    """Ranked, renamed, archived, twice listed and gone are as the data has them, by both ways."""
    ranking = await rank_demo(provider=provider)
    expected = listed_rows()
    gone = LISTED - {name for row in KNOWN for name in names_of(row)}
    twice = sum(len(names_of(row) & LISTED) - 1 for row in expected)
    assert [row.repository for row in ranking] == [row["repository"] for row in expected]
    assert [row.stars for row in ranking] == [int(row[DAY]) for row in expected]
    assert {failure.repository.lower() for failure in ranking.failures} == gone
    assert {failure.reason for failure in ranking.failures} == {Reason.NOT_FOUND}
    assert ranking.complete
    sums = ranking.sums
    assert sums.listed == len(LISTED) == sums.ranked + sums.duplicates + len(gone)
    assert (sums.ranked, sums.duplicates, twice) == (len(expected), twice, 1)
    assert sums.renamed == sum(
        bool(names_of(row) & LISTED - {row["repository"].lower()}) for row in expected
    )
    assert sums.archived == sum(row["archived"] == "1" for row in expected)
    assert len(gone) >= 2


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
    """But for times, the command's JSON is `rank_repos()` over the same transport."""
    run = run_demo("-f", "json", folder=tmp_path)
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
        "--provider",
        "rest",
        "-f",
        "json",
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
