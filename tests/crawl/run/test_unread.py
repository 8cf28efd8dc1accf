"""A run over several lists of which some cannot be read: what is told of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from crawl.run.days import Calendar, Days, gains
from crawl.run.running import assert_nothing_left
from standin import TOKEN, Fault, StandIn, World, faults
from standin.server import File

from crawler import CredentialsError, ListError, Ranking, RunError
from crawler.crawl.comparison import load_last
from crawler.model.settings import CommandSettings, Settings
from crawler.reports.outputs import save_reports
from crawler.store import Store
from crawler.store.records import Records

LISTS = ("a/list", "b/list", "c/list")
MISSING = faults.respond(
    404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
)


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """Three lists, on a Monday; one repository is on two of them."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.publish("a/list", one=1000, two=500)
    found.publish("b/list", two=500, three=300, four=200)
    found.publish("c/list", five=100)
    yield found
    assert not found.github.log.problems


def break_list(days: Days, name: str, action: faults.Action = MISSING) -> None:
    """Let the README of a list fail from now on."""
    days.github.faults.append(Fault(action, kind="readme", repository=name, times=None))


def repositories(ranking: Ranking) -> list[str]:
    """Without their owner."""
    return [row.repository.removeprefix("o/") for row in ranking.rows]


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (MISSING, "github.com knows no public repository b/list with a README"),
        (faults.server_error(), "b/list: GitHub answered with status 502"),
        (
            faults.html(200),
            "no README of b/list: api.github.com answered with status 200 and a web",
        ),
        (faults.contents("Nothing here."), "b/list lists no repository on github.com"),
        (faults.contents(""), "b/list is empty"),
        (faults.reset(), "b/list: api.github.com"),
    ],
    ids=["missing", "502", "page", "no list", "empty", "reset"],
)
async def test_the_others_are_reported(days: Days, action: faults.Action, cause: str) -> None:
    """The bad list is named with its cause, and the run is not complete."""
    break_list(days, "b/list", action)
    ranking = await days.rank("a/list", "c/list", "b/list", retries=0)
    assert [source.name for source in ranking.sources] == ["a/list", "c/list"]
    (unread,) = ranking.unread
    assert (unread.name, unread.place) == ("b/list", 2)
    assert cause in unread.message
    assert not ranking.complete
    told = ranking.to_dict()
    assert told["unread"] == [{"name": "b/list", "place": 2, "message": unread.message}]
    assert told["note"] == "the ranking lacks what could not be read: b/list"


@pytest.mark.parametrize("name", ["missing.md", "http://user:s3cret@b.test/list.md", "no list"])
async def test_a_name_that_is_no_list(days: Days, name: str) -> None:
    """It costs the others nothing either, and no key in it is told."""
    ranking = await days.rank("a/list", name)
    assert repositories(ranking) == ["one", "two"]
    assert "s3cret" not in f"{ranking.unread}{ranking.to_dict()}"
    assert ranking.unread[0].place == 1


async def test_no_list_at_all(days: Days) -> None:
    """Where none can be read, that is what is told, once for each; one alone as before."""
    for name in LISTS:
        break_list(days, name)
    break_list(days, "d/list", faults.server_error())
    with pytest.raises(ListError, match="none of the 2 lists") as caught:
        await days.rank("a/list", "b/list")
    assert str(caught.value).count("github.com knows no public repository") == 2
    with pytest.raises(ListError, match=r"^a/list: github.com knows"):
        await days.rank("a/list")
    with pytest.raises(RunError, match=r"^d/list: GitHub answered with status 502"):
        await days.rank("d/list", retries=0)


async def test_what_it_listed_is_not_dropped(days: Days) -> None:
    """The others are compared with the last run over all, and a later run finds nothing new."""
    await days.rank(*LISTS)
    days.at(days=7)
    days.star(one=1100, five=110)
    days.publish("c/list", five=110, six=60)
    break_list(days, "b/list")
    ranking = await days.rank(*LISTS)
    assert repositories(ranking) == ["one", "two", "five", "six"]
    assert gains(ranking) == {"one": 100, "two": 0, "five": 10, "six": None}
    assert ranking.changes is not None
    assert (ranking.changes.new, ranking.changes.dropped) == (("o/six",), ())
    assert {part.sources[0].name for part in ranking.parts} == {"a/list", "c/list"}
    assert {event.kind.value for event in ranking.events} == {"listed"}

    days.at(days=14)
    days.github.faults.clear()
    days.publish("b/list", two=500, three=330)
    ranking = await days.rank(*LISTS)
    assert ranking.changes is not None
    assert ranking.changes.baseline_at is not None
    assert (days.calendar.today - ranking.changes.baseline_at).days == 14
    assert (ranking.changes.new, ranking.changes.dropped) == (("o/six",), ("o/four",))
    assert gains(ranking)["three"] == 30


async def test_one_list_that_is_left(days: Days) -> None:
    """It is compared with its own last run, too, and is what is rendered again."""
    await days.rank("a/list", "b/list")
    days.at(days=7)
    days.star(one=1100)
    break_list(days, "b/list")
    ranking = await days.rank("a/list", "b/list")
    (part,) = ranking.parts
    assert gains(part) == gains(ranking) == {"one": 100, "two": 0}
    async with Store(days.store) as store:
        last = await load_last(Records(store), Settings(), [])
    assert [source.name for source in last.sources] == ["a/list"]
    assert gains(last) == {"one": 100, "two": 0}


async def test_a_limit_is_told_of_its_own_list(days: Days) -> None:
    """One of a server that holds a list is none of another, and a sentence names one list."""
    for name in ("one", "two"):
        days.github.files[f"{name}.md"] = File(b"* [one](https://github.com/o/one)\n")
    action = faults.respond(429, b"", {"retry-after": "5000"})
    days.github.faults.append(Fault(action, kind="file", times=None))
    lists = [f"https://{name}.test/files/{name}.md" for name in ("one", "two")]
    ranking = await days.rank("a/list", *lists, concurrency=1)
    assert repositories(ranking) == ["one", "two"]
    for name, unread in zip(lists, ranking.unread, strict=True):
        assert unread.message.startswith(f"{name}: {urlsplit(name).netloc} refuses")
        assert unread.message.count(".md") == 1


def texts(folder: Path) -> dict[str, str]:
    """The reports in a folder."""
    return {path.name: path.read_text() for path in folder.glob("*.jsonl")}


async def test_the_files_of_a_bad_list_stay(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another list would have its name, if it were not named before."""
    monkeypatch.chdir(tmp_path)
    days.publish("a-b/list", one=1000)
    days.publish("a/b-list", two=500)
    lists = ("a-b/list", "a/b-list")
    settings = CommandSettings(lists=lists, output=("{list}.jsonl", "all.jsonl"))
    assert await save_reports(settings, await days.rank(*lists)) == []
    before = texts(tmp_path)
    assert len(before) == 3
    days.star(one=7, two=8)
    break_list(days, "a-b/list")
    assert await save_reports(settings, await days.rank(*lists)) == []
    after = texts(tmp_path)
    changed = {name for name, text in after.items() if text != before[name]}
    assert (after.keys(), changed) == (before.keys(), {"a-b-list-2.jsonl", "all.jsonl"})


async def test_credentials_concern_all_lists(days: Days) -> None:
    """A token that is refused ends the run, whatever else could be read."""
    (days.folder / "list.md").write_text("* [one](https://github.com/o/one)\n")
    days.github.world.tokens.clear()
    with pytest.raises(CredentialsError, match="refuses the token"):
        await days.rank("list.md", "a/list")
    assert_nothing_left(days.github)
