"""The command: what is printed and written."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path

import pytest
from cli.command.runs import Crawl, Run, Terminal
from crawl.run.double import GRAPHQL, GitHubDouble, Hook, lose_network_after, refuse

from crawler.cli.main import main


def test_the_table_has_ten_rows(github: GitHubDouble, crawl: Crawl) -> None:
    """Ten rows unless told otherwise, then the sums; no escape codes off a terminal."""
    run = crawl("a/list")
    assert re.findall(r"o/r\d\d", run.out) == [f"o/r{number:02}" for number in range(10)]
    assert "12 listed: 12 ranked" in run.out
    assert "\x1b" not in run.out
    assert "o/r11" in crawl("a/list", "-n", "0").out


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
@pytest.mark.parametrize(("top", "rows"), [([], 12), (["-n", "0"], 12), (["--top", "2"], 2)])
def test_the_data_formats_hold_every_repository(
    github: GitHubDouble, crawl: Crawl, form: str, top: list[str], rows: int
) -> None:
    """All rows unless a number is given; failures are never cut."""
    github.lists["a/list"] += "- [x](https://github.com/g/gone)\n"
    run = crawl("a/list", "-f", form, *top)
    match form:
        case "json":
            counts = len(run.document["ranking"]), len(run.document["failures"])
        case "jsonl":
            statuses = [json.loads(line)["status"] for line in run.out.splitlines()]
            counts = statuses.count("ranked"), statuses.count("failed")
        case _:
            statuses = [row["status"] for row in csv.DictReader(io.StringIO(run.out))]
            counts = statuses.count("ranked"), statuses.count("failed")
    assert counts == (rows, 1)


def test_files_leave_standard_output_empty(github: GitHubDouble, crawl: Crawl) -> None:
    """-o writes each file in the format of its suffix, and nothing is printed."""
    run = crawl("a/list", "-o", "a.json", "-o", "b.csv", "-o", "c.JSONL")
    assert run == Run(0, "", "")
    document = json.loads(Path("a.json").read_text("utf-8"))
    assert len(document["ranking"]) == 12
    assert len(Path("b.csv").read_text("utf-8").splitlines()) == 13
    assert len(Path("c.JSONL").read_text("utf-8").splitlines()) == 12


def test_a_file_that_cannot_be_written(github: GitHubDouble, crawl: Crawl) -> None:
    """The others are written, and what is to be printed is; it is said, and the status is 1."""
    in_the_way = Path("new")

    async def put_a_file(_: object) -> None:
        await asyncio.to_thread(in_the_way.touch)

    github.hook = put_a_file
    run = crawl("a/list", "-o", "-", "-f", "jsonl", "-o", "new/a.json", "-o", "b.csv")
    assert run.status == 1
    assert len(run.out.splitlines()) == 12
    assert run.err.startswith("error: cannot write new/a.json: ")
    assert Path("b.csv").exists()


def test_a_number_of_rows_holds_for_files_too(github: GitHubDouble, crawl: Crawl) -> None:
    """--top limits the files as it limits what is printed."""
    crawl("a/list", "-o", "a.json", "-o", "b.csv", "-n", "2")
    assert len(json.loads(Path("a.json").read_text("utf-8"))["ranking"]) == 2
    assert len(Path("b.csv").read_text("utf-8").splitlines()) == 3


def test_files_and_a_format_give_both(github: GitHubDouble, crawl: Crawl) -> None:
    """With -f as well, the report is printed too; a table of ten, a file of all."""
    run = crawl("a/list", "-o", "a.json", "-f", "table")
    assert "12 listed" in run.out
    assert "o/r10" not in run.out
    assert len(json.loads(Path("a.json").read_text("utf-8"))["ranking"]) == 12


@pytest.mark.parametrize(
    "hook", [refuse(GRAPHQL, 401), lose_network_after(1), refuse("/readme", 404)]
)
def test_a_run_that_ends_leaves_files_as_they_were(
    github: GitHubDouble, crawl: Crawl, hook: Hook
) -> None:
    """The report of the last run stays where this one has none."""
    Path("a.json").write_text("the last report", "utf-8")
    github.hook = hook
    assert crawl("a/list", "-o", "a.json", "-o", "b.json", "--retries", "0").status in (1, 2)
    assert Path("a.json").read_text("utf-8") == "the last report"
    assert [path.name for path in Path().iterdir()] == ["a.json"]


def test_a_dry_run_asks_about_no_repository(github: GitHubDouble, crawl: Crawl) -> None:
    """It prints what would be asked, in the documented schema."""
    run = crawl("a/list", "--dry-run", "-f", "json")
    assert (run.status, run.err, github.of(GRAPHQL)) == (0, "", [])
    assert list(run.document) == ["schema_version", "sources", "repositories", "elsewhere"]
    assert run.document["sources"] == [
        {"name": "a/list", "url": "https://github.com/a/list", "repositories": 12}
    ]
    assert len(run.document["repositories"]) == 12
    assert run.document["repositories"][0] == {
        "repository": "o/r00",
        "host": "github.com",
        "title": "o/r00",
        "description": "About o/r00.",
        "sections": [["Best"]],
        "sources": ["a/list"],
    }


def test_what_is_elsewhere_is_counted(github: GitHubDouble, crawl: Crawl) -> None:
    """The sums and a dry run tell it, and one sentence where it is most of the list."""
    github.lists["a/list"] = (
        "# Best\n\n- [o/r00](https://github.com/o/r00)\n- [v](https://v.example)\n"
        "- [w](https://gitlab.com/w/w)\n- [x](https://x.example)\n"
    )
    run = crawl("a/list", "-f", "json")
    assert run.document["sums"]["elsewhere"] == {"no repository link": 2, "gitlab.com": 1}
    assert (
        "a/list: most of what it lists, 3 of 4, has no repository that can be asked for "
        "(no repository link 2, gitlab.com 1)"
    ) in run.err
    planned = crawl("a/list", "--dry-run", "-f", "json").document["elsewhere"]
    assert [(each["title"], each["line"]) for each in planned] == [("v", 4), ("w", 5), ("x", 6)]


def test_a_dry_run_writes_files_too(github: GitHubDouble, crawl: Crawl) -> None:
    """The plan goes where the report would go; as a table it holds every repository."""
    assert crawl("a/list", "--dry-run", "-o", "plan.csv") == Run(0, "", "")
    assert len(Path("plan.csv").read_text("utf-8").splitlines()) == 13
    assert "o/r11" in crawl("a/list", "--dry-run").out


def test_standard_input_is_a_list(
    github: GitHubDouble, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads the list from standard input."""
    Path("x").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    with Path("x").open(encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        document = crawl("-", "-f", "json").document
    assert [row["repository"] for row in document["ranking"]] == ["o/r03"]
    assert document["sources"] == [{"name": "-", "url": None, "repositories": 1}]


@pytest.mark.parametrize(("variable", "colored"), [("", True), ("1", False)])
def test_no_color(
    github: GitHubDouble, monkeypatch: pytest.MonkeyPatch, variable: str, colored: bool
) -> None:
    """On a terminal the table is as wide as that, and coloured unless NO_COLOR is set."""
    github.lists["a/list"] = github.lists["a/list"].replace("# Best", "# " + "Best of all " * 9)
    monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["a/list"]) == 0
    assert ("\x1b[" in stream.getvalue()) is colored
    plain = re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue())
    rows = plain.partition("\n\n")[0].splitlines()
    assert (len(rows), max(map(len, rows))) == (11, 60)
