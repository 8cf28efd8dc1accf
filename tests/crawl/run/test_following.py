"""Lists that go on in other files of their own repository or folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crawl.run.days import Calendar, Days
from standin import TOKEN, Fault, Repository, StandIn, World, faults

from crawler import ListError, Ranking, RunError
from crawler.crawl.folders import MAX_BYTES, MAX_FILES, MAX_FILES_ALONE
from crawler.lists.deadline import Budget

INDEX = """# List
- [One](lists/one.md)
- [Two](https://github.com/a/list/blob/main/lists/two.md) - more
"""
FILES = {
    "lists/one.md": b"# One\n- [one](https://github.com/o/one)\n## Web\n- [x](https://x.example)\n",
    "lists/two.md": b"- [two](https://github.com/o/two)\n- [deep](deep.md)\n- [up](../README.md)\n",
    "lists/deep.md": b"- [three](https://github.com/o/three)\n- [two](two.md)\n",
}


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A list that is an index of two files, one of which goes on in a third."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.star(one=100, two=50, three=10)
    publish(found, INDEX, FILES)
    yield found
    assert not found.github.log.problems


def publish(days: Days, index: str, files: dict[str, bytes], **more: Any) -> None:
    """Let the list be this."""
    days.github.world.add(Repository("a/list", 1, readme=index.encode(), files=files, **more))


def found(ranking: Ranking) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Sections by repository."""
    return {row.repository.removeprefix("o/"): row.sections for row in ranking.rows}


def file_requests(days: Days) -> list[str]:
    """The kinds of requests for files, in their order."""
    log = days.github.log
    return [
        each.kind
        for each in log.exchanges
        if each.kind in ("contents", "raw")
        or (each.kind == "graphql" and "repository" in each.aliases)
    ]


@pytest.mark.parametrize(("token", "asked"), [(TOKEN, ["graphql"]), (None, ["raw", "raw"])])
async def test_an_index_is_followed(
    days: Days, log: list[str], token: str | None, asked: list[str]
) -> None:
    """By itself, one level deep: in one query with a token, else from where the sources are. Its
    sections begin with the links' texts, and one line says what was read."""
    ranking = await days.rank("a/list", token=token, provider="rest")
    assert found(ranking) == {"one": (("One",),), "two": (("Two",),)}
    assert ranking.complete
    assert dict(ranking.sums.elsewhere) == {"no repository link": 1}
    assert file_requests(days) == asked
    assert [line for line in log if "continues" in line] == [
        "a/list: this list continues in 2 files, read too: lists/one.md, lists/two.md"
    ]


DEPTHS = [(1, "one two"), (2, "one two three"), (5, "one two three")]


@pytest.mark.parametrize(("depth", "names"), DEPTHS)
async def test_so_many_levels(days: Days, depth: int, names: str) -> None:
    """Each file once, whatever leads back to it."""
    ranking = await days.rank("a/list", follow=depth)
    assert " ".join(found(ranking)) == names
    if depth > 1:
        assert found(ranking)["three"] == (("Two", "deep"),)
    assert ranking.complete


async def test_nothing_is_followed(days: Days, log: list[str]) -> None:
    """Where that is the wish, or the list has more entries than files; one line says how it would
    be, and so does the sentence on a list that has nothing else."""
    with pytest.raises(
        ListError, match=r"files of its own \(2, such as lists/one.md\): name those, or"
    ):
        await days.rank("a/list", follow=0)
    more = "- [three](https://github.com/o/three)\n- [x](https://github.com/o/x)\n"
    publish(days, INDEX + more, FILES)
    log.clear()
    ranking = await days.rank("a/list")
    assert list(found(ranking)) == ["three"]
    assert file_requests(days) == []
    assert log[0] == "a/list: this list continues in 2 files; --follow 1 reads them"


@pytest.mark.parametrize("token", [TOKEN, None])
async def test_what_is_missing_is_named(days: Days, log: list[str], token: str | None) -> None:
    """What is no text of a list makes the run incomplete, and is told with its reason."""
    index = "".join(f"- [{name}]({name}.md)\n" for name in ("good", "none", "folder", "lfs", "bad"))
    publish(
        days,
        index,
        {
            "good.md": b"- [one](https://github.com/o/one)\n",
            "folder.md/x.txt": b"x",
            "lfs.md": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n",
            "bad.md": b"> " * 10_000,
        },
    )
    ranking = await days.rank("a/list", token=token, provider="rest")
    assert list(found(ranking)) == ["one"]
    assert not ranking.complete
    causes = {each.path: each.message for each in ranking.unread_files}
    assert {each.list for each in ranking.unread_files} == {"a/list"}
    assert "does not exist" in causes["none.md"]
    assert causes["lfs.md"] == "it is kept in Git LFS"
    assert "nested deeper" in causes["bad.md"]
    assert set(causes) == {"none.md", "folder.md", "lfs.md", "bad.md"}
    assert sum("cannot be read: " in line for line in log) == 1
    told = json.loads(json.dumps(ranking.to_dict()))
    assert [each["path"] for each in told["unread_files"]] == list(causes)
    assert told["note"].startswith("the ranking lacks what could not be read: none.md of a/list, ")


@pytest.mark.parametrize(("token", "most"), [(TOKEN, MAX_FILES), (None, MAX_FILES_ALONE)])
async def test_the_bound_of_files(days: Days, token: str | None, most: int) -> None:
    """Of 500 files so many are read, and the others are named."""
    names = [f"{number}.md" for number in range(500)]
    index = "".join(f"- [{name}]({name})\n" for name in names)
    publish(days, index, dict.fromkeys(names, b"- [one](https://github.com/o/one)\n"))
    ranking = await days.rank("a/list", token=token, provider="rest")
    assert [each.path for each in ranking.unread_files] == names[most:]
    assert {each.message for each in ranking.unread_files} == {
        "the limit is 200 files, 10 without a token"
    }
    assert len(file_requests(days)) == (most // 20 if token else most)


async def test_what_a_token_read_is_kept(days: Days) -> None:
    """A run without a token takes what is beyond its bound as it was read last."""
    names = [f"{number}.md" for number in range(20)]
    index = "".join(f"- [{name}]({name})\n" for name in names)
    files = {name: f"- [x](https://github.com/o/x{name[:-3]})\n".encode() for name in names}
    days.star(**{f"x{number}": number for number in range(20)})
    publish(days, index, files)
    await days.rank("a/list", provider="rest")
    days.at(days=7)
    ranking = await days.rank("a/list", token=None, provider="rest")
    assert len(ranking.rows) == 20
    assert [each.path for each in ranking.unread_files] == names[MAX_FILES_ALONE:]
    assert ranking.changes is not None
    assert ranking.changes.dropped == ()


async def test_the_bound_of_bytes(days: Days) -> None:
    """10 MiB in all; what is over 512 kB is asked for by itself."""
    large = b"- [one](https://github.com/o/one)\n" + b"x" * (MAX_BYTES // 3)
    names = [f"{number}.md" for number in range(4)]
    index = "".join(f"- [{name}]({name})\n" for name in names)
    publish(days, index, dict.fromkeys(names, large))
    ranking = await days.rank("a/list")
    assert file_requests(days) == ["graphql", *["contents"] * 4]
    assert [(each.path, each.message) for each in ranking.unread_files] == [
        (name, "the limit is 10 MiB") for name in names[2:]
    ]


async def test_other_formats_are_rendered(days: Days) -> None:
    """One request for each of them."""
    html = b'<ul><li><a href="https://github.com/o/two">Two</a></li></ul>'
    publish(
        days,
        "- [a](a.org)\n- [b](b.md)\n",
        {"a.org": b"* x", "b.md": FILES["lists/one.md"]},
        rendered={"a.org": html},
    )
    ranking = await days.rank("a/list")
    assert found(ranking) == {"one": (("b", "One"),), "two": (("a",),)}
    assert file_requests(days) == ["graphql", "contents"]


async def test_at_the_ref_of_the_list(days: Days) -> None:
    """Files are read at the branch of the list, also where that has slashes."""
    old = {
        "docs/README.md": b"- [x](x.md)\n",
        "docs/x.md": b"- [three](https://github.com/o/three)\n",
    }
    publish(days, INDEX, FILES, refs={"v/1": old})
    for token in (TOKEN, None):
        name = "https://github.com/a/list/blob/v%2F1/docs/README.md"
        ranking = await days.rank(name, token=token, provider="rest")
        assert list(found(ranking)) == ["three"]


async def test_another_host_s_files_are_not_asked_of_the_server(days: Days) -> None:
    """A server knows repositories of the same names, which are others."""
    url = "https://raw.githubusercontent.com/a/list/main/README.md"
    with pytest.raises(RunError, match=r"this run asks about repositories of ghe\.example alone"):
        await days.rank(url, api_url="https://ghe.example/api/v3")
    assert file_requests(days) == ["raw"] * 3


async def test_what_a_query_is_too_small_for(days: Days) -> None:
    """A batch that is too much is halved, and a server in trouble is asked again."""
    too_much = {"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "x"}], "data": None}
    for action in (faults.respond(200, too_much), faults.server_error()):
        days.github.faults.append(Fault(action, kind="graphql"))
        ranking = await days.rank("a/list")
        assert list(found(ranking)) == ["one", "two"]


@pytest.mark.parametrize(("token", "kind"), [(TOKEN, "graphql"), (None, "raw")])
async def test_a_server_in_trouble(days: Days, token: str | None, kind: Any) -> None:
    """Files that cannot be had are taken as they were read last; nothing is dropped for that.
    What was never read, is named."""
    fault = Fault(faults.server_error(), kind=kind, times=None)
    options: dict[str, Any] = {"token": token, "provider": "rest", "retries": 0}
    days.github.faults.append(fault)
    with pytest.raises(ListError, match=r"2 of its files were not read$"):
        await days.rank("a/list", **options)
    days.github.faults.clear()
    await days.rank("a/list", **options)
    days.github.faults.append(fault)
    days.at(days=7)
    ranking = await days.rank("a/list", **options)
    assert list(found(ranking)) == ["one", "two"]
    assert not ranking.complete
    assert {each.message.partition(":")[0] for each in ranking.unread_files} == {
        "its last known text is used"
    }
    assert ranking.changes is not None
    assert ranking.changes.dropped == ()


async def test_without_a_network(days: Days) -> None:
    """What was followed is followed again."""
    await days.rank("a/list")
    ranking = await days.rank("a/list", offline=True)
    assert list(found(ranking)) == ["one", "two"]
    assert ranking.complete
    with pytest.raises(ListError, match="was never read"):
        await days.rank("https://github.com/a/list/blob/main/lists/deep.md", offline=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a list and its files in a folder of it."""
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "docs"
    for path, content in {"README.md": INDEX.encode(), **FILES}.items():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        (there / path).write_bytes(content)
    return there


@pytest.mark.parametrize("confined", [(), ("lists",)])
async def test_a_local_list(days: Days, folder: Path, confined: tuple[str, ...]) -> None:
    """It goes on in the files of its own folder, and in none outside, whatever leads there."""
    secret = folder.parent / "secret.md"
    secret.write_text("- [three](https://github.com/o/three)\n")
    (folder / "lists/link.md").symlink_to(secret)
    (folder / "out").symlink_to(folder.parent)
    (folder / "README.md").write_text(
        "- [One](lists/one.md)\n- [a](lists/link.md)\n- [b](out/secret.md)\n- [c](../secret.md)\n"
        "- [d](/lists/two.md)\n- [e](lists/none.md)\n"
    )
    ranking = await days.rank("docs/README.md", confined=confined)
    assert found(ranking) == {"one": (("One",),), "two": (("d",),)}
    assert {each.path: each.message for each in ranking.unread_files} == {
        "lists/link.md": "it is a link, or no regular file",
        "out/secret.md": "it is a link, or no regular file",
        "lists/none.md": "it does not exist",
    }


async def test_a_list_whose_place_nobody_knows(days: Days) -> None:
    """One from a web site says that it goes on, and is not complete."""
    from standin.server import File

    days.github.files["list.md"] = File(
        b"- [one](https://github.com/o/one)\n- [a](a.md)\n- [b](b.md)\n"
    )
    ranking = await days.rank("https://lists.example/files/list.md")
    assert list(found(ranking)) == ["one"]
    assert not ranking.complete
    assert [each.path for each in ranking.unread_files] == ["a.md", "b.md"]


def test_files_share_their_time() -> None:
    """A hundred costly files are no longer read than one list of their size may be."""
    budget = Budget(0.001)
    with budget.spend() as look:
        sum(range(1_000_000))
        with pytest.raises(ListError, match="too costly"):
            look()
    assert budget.seconds < 0
    with pytest.raises(ListError, match="too costly"), budget.spend():
        pass
