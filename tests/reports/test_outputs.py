"""The files that runs write: which, with what in them, and which of them stay as they are."""

from __future__ import annotations

import asyncio
import io
import json
import os
import select
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from crawl.run.days import MONDAY, Calendar
from reports.samples import SINCE as RANKING
from standin import TOKEN, StandIn

from crawler import Ranking
from crawler.crawl.context import Context
from crawler.crawl.run import crawl
from crawler.model.errors import ConfigError, RunError
from crawler.model.filters import Filters
from crawler.model.settings import CommandSettings, Report
from crawler.model.values import Source
from crawler.reports.formats import FORMATS
from crawler.reports.outputs import check_reports, printed, save_reports, write_report
from crawler.sources.github.credentials import make_token
from crawler.store import Store

NIGHT = datetime(2026, 5, 2, 1, 30, tzinfo=UTC)
"""Of whatever the samples rank: in zones west of London it is still the first of May."""

Week = Callable[..., Awaitable[Ranking]]


def part(name: str, *repositories: str) -> Ranking:
    """The ranking of one list alone."""
    rows = tuple(replace(RANKING.rows[0], repository=each) for each in repositories)
    return replace(RANKING, sources=(Source(name, None, len(rows)),), rows=rows, generated_at=NIGHT)


def whole(*parts: Ranking) -> Ranking:
    """The ranking of several lists."""
    return replace(
        RANKING,
        sources=tuple(each.sources[0] for each in parts),
        rows=tuple(row for each in parts for row in each.rows),
        generated_at=NIGHT,
        parts=parts if len(parts) > 1 else (),
    )


def reports(*paths: str | Path, **options: Any) -> CommandSettings:
    """A run that writes these files."""
    return CommandSettings(report=tuple(Report(path=str(path)) for path in paths), **options)


def held(path: Path) -> list[str]:
    """The repositories of a JSON file."""
    return [row["repository"] for row in json.loads(path.read_text("utf-8"))["ranking"]]


def files(folder: Path) -> list[str]:
    """Every file there, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("plain.json", "plain.json"),
        ("{date}.json", "2026-05-02.json"),
        ("a/{date}/b/{list}.json", "a/2026-05-02/b/quozd-awesome-dotnet.json"),
        ("{list}-{date}-{list}.json", "quozd-awesome-dotnet-2026-05-02-quozd-awesome-dotnet.json"),
        ("~/new/{list}.json", "home/new/quozd-awesome-dotnet.json"),
    ],
)
async def test_paths_are_filled_in(tmp_path: Path, path: str, written: str) -> None:
    """The day is UTC's, missing folders are made, `~` is the user's."""
    await save_reports(reports(path), whole(part("quozd/awesome-dotnet", "a/b")))
    assert files(tmp_path) == [written]


async def test_each_list_has_its_file(tmp_path: Path) -> None:
    """With {list} each file holds its list alone; without it all stand in one."""
    ranking = whole(part("x/a", "o/one", "o/two"), part("y/b", "o/two", "o/zeta"))
    await save_reports(reports("{list}.json", "all.json"), ranking)
    assert files(tmp_path) == ["all.json", "x-a.json", "y-b.json"]
    assert held(Path("x-a.json")) == ["o/one", "o/two"]
    assert held(Path("y-b.json")) == ["o/two", "o/zeta"]
    assert sorted(held(Path("all.json"))) == ["o/one", "o/two", "o/two", "o/zeta"]


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["a/b-c", "a-b/c"], ["a-b-c.json", "a-b-c-2.json"]),
        (["a/b", "A/B", "a-b"], ["a-b.json", "A-B-2.json", "a-b-3.json"]),
        (["a", "a.", "a-2"], ["a.json", "a-2.json", "a-2-2.json"]),
        (["https://e.org/x/y.md", "./y.md"], ["e.org-x-y.md.json", "y.md.json"]),
        (["../../../etc/passwd", "/etc/passwd"], ["etc-passwd.json", "etc-passwd-2.json"]),
        (["-", ".."], ["list.json", "list-2.json"]),
        (["a\nb\x1b[31m.md", "список.md"], ["a-b-31m.md.json", "md.json"]),
    ],
)
async def test_no_two_lists_share_a_file(
    tmp_path: Path, names: list[str], written: list[str]
) -> None:
    """Names of lists become names of files, in the folder that was named, one each."""
    (tmp_path / "in").mkdir()
    ranking = whole(*(part(name, f"o/r{number}") for number, name in enumerate(names)))
    await save_reports(reports("in/{list}.json"), ranking)
    assert files(tmp_path) == sorted(f"in/{name}" for name in written)
    for number, name in enumerate(written):
        assert held(tmp_path / "in" / name) == [f"o/r{number}"]


async def test_a_long_name_of_a_list_makes_a_file(tmp_path: Path) -> None:
    """A run is not lost because a list's address is longer than a file's name may be."""
    names = [f"https://e.org/{'l' * 300}{number}.md" for number in range(2)]
    await save_reports(reports("{list}.json"), whole(*(part(name, "o/r") for name in names)))
    assert len(files(tmp_path)) == 2


async def test_each_report_has_its_choice(tmp_path: Path) -> None:
    """Format, rows and filters are those of the report, not of its neighbours."""
    made = (
        Report(path="two.json", top=2),
        Report(path="page", format="html"),
        Report(path="csharp.json", language=("C#",)),
        Report(path="all.txt", format="table", top=0),
    )
    await save_reports(CommandSettings(report=made, output=("flag.json",), top=1), RANKING)
    assert files(tmp_path) == ["all.txt", "csharp.json", "flag.json", "page", "two.json"]
    assert len(held(Path("flag.json"))) == 1
    assert len(held(Path("two.json"))) == 2
    languages = {row.repository for row in RANKING.rows if row.language == "C#"}
    assert set(held(Path("csharp.json"))) == languages
    assert (tmp_path / "page").read_text("utf-8").startswith("<!DOCTYPE html>")
    text = (tmp_path / "all.txt").read_text("utf-8")
    assert all(row.repository in text for row in RANKING.rows)


@pytest.mark.parametrize("path", ["file/x.json", "~nobody-of-this-name/x.json"])
def test_what_cannot_be_written_is_found_before_the_run(tmp_path: Path, path: str) -> None:
    """One sentence before anything is asked; nothing is made."""
    (tmp_path / "file").write_text("")
    report = Report(path=path, format="json")
    with pytest.raises(ConfigError):
        check_reports(CommandSettings(report=(report,)), NIGHT)
    assert files(tmp_path) == ["file"]


@pytest.mark.parametrize(
    "settings",
    [CommandSettings(format="xml"), CommandSettings(report=(Report(path="x.json", format="xml"),))],
)
def test_an_unknown_format_is_found_before_the_run(settings: CommandSettings) -> None:
    """Of the terminal or of a file; the sentence names those there are."""
    with pytest.raises(ConfigError, match="no format 'xml': a report is one of table, json, "):
        check_reports(settings, NIGHT)


def test_looking_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """What can be written is not, yet: no folder is made, no file touched."""
    old = tmp_path / "old.json"
    old.write_text("old")
    before = old.stat()
    check_reports(reports("old.json", "new/{date}/{list}.html"), NIGHT)
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert old.stat() == before


async def test_what_a_file_is_told_of_itself(tmp_path: Path) -> None:
    """A feed knows its name, and CSV whether it is for spreadsheets."""
    await save_reports(reports("in/{list}.atom", "x.csv", csv_bom=True), part("a/b", "o/r"))
    assert 'rel="self" type="application/atom+xml" href="a-b.atom"' in (
        tmp_path / "in/a-b.atom"
    ).read_text("utf-8")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfrank,")


async def test_one_that_cannot_be_written_does_not_stop_the_others(tmp_path: Path) -> None:
    """The files before and behind it are there; each of those that are not is named."""
    (tmp_path / "file").write_text("")
    paths = ("a.json", "file/b.json", "c.csv", "file/{list}.json", "d.md")
    failed = await save_reports(reports(*paths), whole(part("x/a", "o/r"), part("y/b", "o/r")))
    assert files(tmp_path) == ["a.json", "c.csv", "d.md", "file"]
    assert [sentence.partition(": ")[0] for sentence in failed] == [
        f"cannot write file/{name}.json" for name in ("b", "x-a", "y-b")
    ]


def read_to_its_end(pipe: int) -> bytes:
    """What somebody writes to a pipe, once somebody does."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    assert poll.poll(20_000)
    os.set_blocking(pipe, True)
    with os.fdopen(pipe, "rb") as file:
        return file.read()


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
async def test_a_pipe_is_written_to_its_end_before_the_next(tmp_path: Path) -> None:
    """So that one reader may read them one after the other."""
    paths = [tmp_path / name for name in ("a.json", "b.json")]
    for path in paths:
        os.mkfifo(path)
    pipes = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in paths]
    reading = asyncio.create_task(asyncio.to_thread(lambda: [*map(read_to_its_end, pipes)]))
    names = [f"o/{number}" for number in range(500)]
    assert await save_reports(reports(*paths), part("x/a", *names)) == []
    first, second = await reading
    assert first == second
    assert len(json.loads(first)["ranking"]) == 500


ROW = Report(path="-", format="csv", top=3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (CommandSettings(), [(None, None)]),
        (CommandSettings(top=5), [(None, 5)]),
        (CommandSettings(output=("x.json",)), []),
        (CommandSettings(output=("x.json",), format="csv"), [("csv", None)]),
        (CommandSettings(output=("-",)), [(None, None)]),
        (CommandSettings(output=("-", "x.json"), format="csv", top=2), [("csv", 2)]),
        (CommandSettings(report=(ROW,)), [("csv", 3)]),
        (CommandSettings(report=(ROW,), format="json"), [("csv", 3)]),
    ],
)
async def test_a_dash_is_standard_output(
    tmp_path: Path, settings: CommandSettings, expected: list[tuple[str | None, int | None]]
) -> None:
    """What is written to `-` is printed, once, and is not a file."""
    check_reports(settings, NIGHT)
    assert [(report.format, report.top) for report in printed(settings)] == expected
    assert await save_reports(settings, RANKING) == []
    assert "-" not in files(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        CommandSettings(output=("-", "-")),
        CommandSettings(output=("-",), report=(ROW,)),
        CommandSettings(output=("x.json", "./x.json")),
        CommandSettings(
            lists=("quozd/awesome-dotnet",), output=("{list}.json", "quozd-awesome-dotnet.json")
        ),
        CommandSettings(lists=("a/b", "a-b"), output=("a-b-2.json", "{list}.json")),
    ],
)
def test_two_reports_in_one_place_are_refused(settings: CommandSettings) -> None:
    """Before the run, also where the name of a list makes it the same file."""
    with pytest.raises(ConfigError, match="two reports would be written to"):
        check_reports(settings, NIGHT)


@pytest.fixture
async def week(github: StandIn, tmp_path: Path) -> Week:
    """Runs at times that a test chooses, each of which writes the reports of its settings."""
    calendar = Calendar()

    async def run(settings: CommandSettings, after: timedelta, **more: Any) -> Ranking:
        calendar.today = MONDAY + after
        settings = replace(
            settings,
            lists=("small/list",),
            api_url=github.url,
            graphql_url=github.graphql_url,
            max_age=0,
            gone_grace=0,
            **more,
        )
        async with Store(tmp_path / "store.db") as store:
            token = make_token(TOKEN, "a test")
            ranking = await crawl(settings, Context(token=token, clock=calendar, store=store))
        await save_reports(settings, ranking)
        return ranking

    return run


GAPS = {"hours": timedelta(hours=1), "weeks": timedelta(days=7)}


def identity(path: Path) -> tuple[int, int]:
    """What every write changes."""
    return path.stat().st_ino, path.stat().st_mtime_ns


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
async def test_what_only_time_changes_is_left_alone(
    github: StandIn, week: Week, tmp_path: Path, gap: timedelta
) -> None:
    """Once runs go back for a month nothing but times changes: same inode, same time of change; a
    figure that changes, or always_write, writes the file anew."""
    forms = [form for form in FORMATS if form != "digest"]
    settings = CommandSettings(report=tuple(Report(path=form, format=form) for form in forms))
    for number in range(6):
        await week(settings, number * gap)
    before = {form: identity(tmp_path / form) for form in forms}
    await week(settings, 6 * gap)
    assert {form: identity(tmp_path / form) for form in forms} == before
    await week(settings, 7 * gap, always_write=True)
    assert [form for form in forms if identity(tmp_path / form)[0] == before[form][0]] == []
    before = {form: identity(tmp_path / form) for form in forms}
    github.world.change("alpha/tool", stars=1001)
    await week(settings, 8 * gap)
    assert [form for form in forms if identity(tmp_path / form) == before[form]] == []


async def test_a_digest_is_written_where_something_changed(
    github: StandIn, week: Week, tmp_path: Path
) -> None:
    """Stars alone change nothing; what was told last time is not told again."""
    settings = CommandSettings(report=(Report(path="news.digest.md"),))
    path = tmp_path / "news.digest.md"
    await week(settings, timedelta())
    github.world.change("alpha/tool", stars=950)
    await week(settings, timedelta(days=1))
    assert not path.exists()
    github.world.change("alpha/tool", archived=True)
    await week(settings, timedelta(days=2))
    assert "- Archived: 1 ([alpha/tool](https://github.com/alpha/tool))\n" in path.read_text()
    await week(settings, timedelta(days=3))
    assert path.read_text() == ""


def test_a_report_is_written_by_a_call(tmp_path: Path) -> None:
    """To a path in the format of its suffix or another, or to a stream; filters choose the rows."""
    write_report(RANKING, tmp_path / "new" / "all.json")
    assert held(tmp_path / "new" / "all.json") == [row.repository for row in RANKING.rows]
    write_report(RANKING, str(tmp_path / "page"), "html")
    assert (tmp_path / "page").read_text("utf-8").startswith("<!DOCTYPE html>")
    streams = {form: io.StringIO() for form in (None, "table", "csv")}
    for form, stream in streams.items():
        write_report(RANKING, stream, form, Filters(top=1))
    assert streams[None].getvalue() == streams["table"].getvalue()
    assert len(streams["csv"].getvalue().splitlines()) == 5  # beside what failed or was dropped
    before = identity(tmp_path / "page")
    write_report(replace(RANKING, generated_at=NIGHT), tmp_path / "page", "html")
    assert identity(tmp_path / "page") == before


@pytest.mark.parametrize(
    ("path", "form", "error"),
    [("x.txt", None, ConfigError), ("x", "xml", ConfigError), (".", "json", RunError)],
)
def test_a_call_that_cannot_be_done(path: str, form: str | None, error: type[Exception]) -> None:
    """No format, or no file, is one sentence."""
    with pytest.raises(error):
        write_report(RANKING, path, form)


async def test_what_stands_there_may_be_anything(tmp_path: Path) -> None:
    """A file that is no text, or of another format, is replaced."""
    for content in (b"\xff\xfe", b"", b"{}"):
        (tmp_path / "x.html").write_bytes(content)
        await save_reports(reports("x.html"), RANKING)
        assert (tmp_path / "x.html").read_bytes().startswith(b"<!DOCTYPE html>")


ATOM = {"a": "http://www.w3.org/2005/Atom"}
TOLD = {
    "omicron/unlisted was added to small/list",
    "omicron/unlisted entered the top 10",
    *(f"alpha/tool reached {stars} stars" for stars in ("1,000", "5,000", "10,000", "50,000")),
    "alpha/tool reached 100,000 stars",
    "iota/zero entered the top 10",
    "eta/fork is archived",
    "beta/tool is now beta/renamed",
    "Gamma/Tool is gone (not found)",
    "gamma/tool is back",
}


async def test_a_feed_reader_sees_no_entry_twice(
    github: StandIn, week: Week, tmp_path: Path
) -> None:
    """Over days, whatever happens: an id is there once, and tells the same in every later feed."""
    world, seen = github.world, dict[str, tuple[str, ...]]()
    listed, gamma = world.named("small/list"), world.named("gamma/tool")
    assert listed is not None
    assert gamma is not None
    more = (listed.readme or b"") + b"\n* [New](https://github.com/omicron/unlisted)\n"
    days: list[Callable[[], object]] = [
        lambda: None,
        lambda: (world.change("small/list", readme=more), world.change("alpha/tool", stars=1000)),
        lambda: world.remove("gamma/tool"),
        lambda: (
            world.change("eta/fork", archived=True),
            world.change("beta/tool", full_name="beta/renamed"),
        ),
        lambda: (world.change("alpha/tool", stars=120_000), world.add(gamma)),
        lambda: world.change("eta/fork", stars=91, description="Another"),
    ]
    # When one is gone, the next one rises into the top.
    for day, happen in enumerate(days):
        happen()
        for hours in (0, 1):
            await week(reports("x.atom"), timedelta(days=day, hours=hours))
            feed = ET.fromstring((tmp_path / "x.atom").read_text("utf-8"))
            found = [
                tuple(entry.findtext(f"a:{key}", "", ATOM) for key in ("id", "title", "updated"))
                for entry in feed.findall("a:entry", ATOM)
            ]
            entries = {identifier: tuple(told) for identifier, *told in found}
            assert len(entries) == len(found)
            assert seen.items() <= entries.items()
            assert all(all(entry) for entry in found)
            assert not found or feed.findtext("a:updated", "", ATOM) == found[0][2]
            seen = entries
    assert {title for title, _ in seen.values()} == TOLD
