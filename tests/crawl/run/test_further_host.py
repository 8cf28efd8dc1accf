"""A host beside GitHub: a folder (`tests/further/forge`) and a line, and nothing else."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from clocks import FakeClock
from crawl.run.days import Calendar, Days
from crawl.run.running import rank
from standin import TOKEN, Fault, File, StandIn, faults

import crawler.sources
from crawler import Progress, Ranking, Reason, Store
from crawler.cli.main import main
from crawler.model.errors import CredentialsError, RunError
from crawler.reports.render import render

FORGE = "forge.example"
LIST = f"https://{FORGE}/a/list"
FOLDERS = Path(__file__).parents[2] / "further"


class Forge:
    """What the host says: files of the stand-in, which serves them whatever its name."""

    def __init__(self, github: StandIn) -> None:
        self.github = github

    def star(self, name: str, stars: int, number: int, *, asked: str | None = None) -> None:
        """Let a repository have stars; `asked` is a name that it had."""
        said = {"id": number, "name": name, "stars": stars}
        self.github.files[asked or name] = File(json.dumps(said).encode())

    def refuse(self, name: str, status: int, **headers: str) -> None:
        """Let it answer so."""
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        self.github.files[name] = File(b"", told, status)


@pytest.fixture
def forge(github: StandIn, monkeypatch: pytest.MonkeyPatch) -> Forge:
    """The folder and the line. Both hosts have an `o/two`, whose number is 42."""
    folders = [*crawler.sources.__path__, str(FOLDERS)]
    monkeypatch.setattr(crawler.sources, "__path__", folders)
    host = import_module("crawler.sources.forge.host").HOST
    monkeypatch.setattr(crawler.sources, "HOSTS", (*crawler.sources.HOSTS, host))
    found = Forge(github)
    text = f"* [a](https://{FORGE}/o/two)\n* [b](https://github.com/o/two)\n"
    github.files["a/list/readme"] = File(text.encode())
    github.world.change("o/two", number=42)
    found.star("o/two", 71, 42)
    return found


@pytest.fixture
def days(forge: Forge, tmp_path: Path) -> Days:
    """The same over days, with a store."""
    return Days(forge.github, Calendar(), tmp_path)


def told(ranking: Ranking) -> list[tuple[str, str, int, str, int | None]]:
    """What rows say of their repositories."""
    return [(row.host, row.repository, row.stars, row.provider, row.id) for row in ranking]


async def test_it_is_asked_beside_github(forge: Forge) -> None:
    """Its list is read, its links are recognised; each host has its own source, number, token."""
    ranking = await rank(forge.github, LIST, tokens={FORGE: "forge-token"})
    assert told(ranking) == [
        (FORGE, "o/two", 71, "forge", 42),
        ("github.com", "o/two", 70, "graphql", 42),
    ]
    assert (ranking.complete, ranking.failures, ranking.usage.requests) == (True, (), 3)
    assert ranking.sources[0].url == LIST
    sent = {(each.host, each.headers.get("authorization")) for each in forge.github.log.exchanges}
    assert sent == {(FORGE, "Bearer forge-token"), ("api.github.com", f"Bearer {TOKEN}")}


async def test_github_s_token_is_not_for_it(forge: Forge) -> None:
    """Who has none for it asks it without one; nobody is asked twice."""
    ranking = await rank(forge.github, LIST)
    assert ranking.complete
    assert not any(each.authorized for each in forge.github.log.of("file"))


def test_its_folder_says_where_its_token_is(forge: Forge) -> None:
    """And no other place is looked at."""
    del forge
    environ = {"GH_TOKEN": "ghp", "FORGE_TOKEN": " gitty ", "CODEBERG_TOKEN": "cb"}
    assert crawler.sources.find_tokens(environ) == {FORGE: "gitty"}
    with pytest.raises(CredentialsError, match="the token from FORGE_TOKEN"):
        crawler.sources.find_tokens({"FORGE_TOKEN": "a b"})


async def test_reports_name_it(forge: Forge) -> None:
    """Data by a key of their own, formats for people before each name."""
    forge.github.files["a/list/readme"] = File(
        f"* [a](https://{FORGE}/o/two)\n* [b](https://github.com/o/gone)\n"
        "* [c](https://github.com/o/one)\n".encode()
    )
    ranking = await rank(forge.github, LIST)
    document: dict[str, Any] = json.loads(render(ranking, "json"))
    assert [(row["host"], row["provider"]) for row in document["ranking"]] == [
        (FORGE, "forge"),
        ("github.com", "graphql"),
    ]
    assert document["sources"][0]["url"] == LIST
    assert [row["host"] for row in csv.DictReader(io.StringIO(render(ranking, "csv")))] == [
        FORGE,
        "github.com",
        "github.com",
    ]
    page = render(ranking, "html")
    assert f"{FORGE}/o/two" in page
    assert "github.com/o/one" in page


async def test_it_has_a_past_of_its_own(days: Days, forge: Forge) -> None:
    """GitHub's 42 and its 42 are two, in the store, in growth, in changes and in events; a rename
    on one is none on the other."""
    days.at(days=-7)
    await days.rank(LIST)
    days.at(days=0)
    forge.star("o/renamed", 171, 42, asked="o/two")
    days.github.world.change("o/two", stars=75)
    ranking = await days.rank(LIST, since="7d")
    assert [(row.name.qualified, row.gained) for row in ranking] == [
        (f"{FORGE}/o/renamed", 100),
        ("o/two", 5),
    ]
    assert ranking.changes is not None
    assert ranking.changes.renamed == ((f"{FORGE}/o/two", f"{FORGE}/o/renamed"),)
    assert {(each.host, each.kind.value) for each in ranking.events} >= {(FORGE, "renamed")}
    assert {each.host for each in ranking.events if each.kind.value == "renamed"} == {FORGE}
    assert f"{FORGE}/o/renamed" in render(ranking, "atom")
    async with Store(days.store) as store:
        found = [await store.load_history(name) for name in (f"{FORGE}/o/two", "o/two")]
    assert [(name, [point.stars for point in points]) for name, points in filter(None, found)] == [
        (f"{FORGE}/o/renamed", [71, 171]),
        ("o/two", [70, 75]),
    ]


async def test_what_is_known_of_it_is_not_asked_again(days: Days, forge: Forge) -> None:
    """Its figures are kept for as long as GitHub's, and offline they are all there is."""
    forge.refuse("o/gone", 404)
    forge.github.files["a/list/readme"] = File(
        f"* [a](https://{FORGE}/o/two)\n* [b](https://{FORGE}/o/gone)\n"
        "* [c](https://github.com/o/two)\n".encode()
    )
    first = await days.rank(LIST)
    assert [(each.host, each.reason) for each in first.failures] == [(FORGE, Reason.NOT_FOUND)]
    for offline in (False, True):
        again = await days.rank(LIST, max_age="1d", offline=offline)
        assert told(again) == told(first)
        assert again.usage.from_store == 3
        assert [each.path for each in days.github.log.exchanges if "readme" not in each.path] == []


async def test_what_it_refuses_costs_its_own_repositories(forge: Forge) -> None:
    """GitHub's are ranked all the same, and the run is not complete."""
    forge.refuse("o/two", 401)
    ranking = await rank(forge.github, LIST)
    assert told(ranking) == [("github.com", "o/two", 70, "graphql", 42)]
    (failure,) = ranking.failures
    assert (failure.host, failure.reason) == (FORGE, Reason.UNAVAILABLE)
    assert failure.message == "the forge refuses the token"
    assert not ranking.complete
    # A list of its own alone has nothing to show then.
    forge.github.files["a/list/readme"] = File(f"* [a](https://{FORGE}/o/two)\n".encode())
    with pytest.raises(RunError, match=r"no repository has an answer .* refuses the token"):
        await rank(forge.github, LIST)


async def test_what_github_refuses_ends_the_run(forge: Forge) -> None:
    """As ever, and nobody waits for the other then."""
    forge.github.world.tokens.clear()
    forge.github.faults.append(Fault(faults.stall(), kind="file", skip=1))
    with pytest.raises(CredentialsError, match="GitHub refuses the token"):
        await rank(forge.github, LIST)


async def test_its_limit_is_none_of_github_s(forge: Forge) -> None:
    """GitHub answers while it is waited for."""
    forge.github.faults.append(Fault(faults.secondary_limit(429, 600), kind="file", skip=1))
    clock, seen = FakeClock(), dict[int, float]()

    def watch(progress: Progress) -> None:
        seen.setdefault(progress.done, clock.seconds)

    ranking = await rank(forge.github, LIST, clock=clock, progress=watch)
    assert ranking.complete
    assert seen[1] == 0.0
    assert 600 <= seen[2] <= 700


async def test_history_shows_it(
    days: Days, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its address, or as reports name it."""
    await days.rank(LIST)
    days.at(days=1)
    forge.star("o/two", 80, 42)
    await days.rank(LIST)
    for name in (f"{FORGE}/o/two", f"https://{FORGE}/o/two"):
        arguments = ["history", name, "--store", str(days.store), "--format", "csv"]
        # The command has a loop of its own.
        assert await asyncio.to_thread(main, arguments) == 0
        rows = [*csv.DictReader(io.StringIO(capsys.readouterr().out))]
        assert [(row["host"], row["stars"]) for row in rows] == [(FORGE, "71"), (FORGE, "80")]
