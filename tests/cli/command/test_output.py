"""The command: what is printed and written, and how much is said."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli.command.conftest import Crawl
from command import Command
from remembering import report
from standin import TOKEN, Fault, Repository, StandIn, World, faults, publish
from terminals import open_terminal, plain

TWELVE = [f"o/r{number:02}" for number in range(12)]


@pytest.mark.parametrize(("top", "rows"), [([], 12), (["-n", "0"], 12), (["--top", "2"], 2)])
def test_files_hold_every_repository(world: World, crawl: Crawl, top: list[str], rows: int) -> None:
    """-o writes each file in the format of its suffix, and nothing is printed: all rows unless a
    number is given; failures are never cut."""
    publish(world, "a/list", *TWELVE, "g/gone")
    run = crawl("a/list", "-o", "a.json", "-o", "b.csv", "-o", "c.JSONL", *top)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    document = json.loads(Path("a.json").read_text("utf-8"))
    assert (len(document["ranking"]), len(document["failures"])) == (rows, 1)
    records: list[dict[str, Any]] = [
        json.loads(line) for line in Path("c.JSONL").read_text("utf-8").splitlines()
    ]
    for lines in (records, list(csv.DictReader(Path("b.csv").read_text("utf-8").splitlines()))):
        statuses = [line["status"] for line in lines]
        assert (statuses.count("ranked"), statuses.count("failed")) == (rows, 1)


@pytest.mark.parametrize(("top", "rows"), [([], 10), (["-n", "0"], 12)])
def test_a_table_beside_a_file(crawl: Crawl, top: list[str], rows: int) -> None:
    """With -f as well the report is printed, too: a table of ten, a file of all."""
    run = crawl("a/list", "-o", "a.json", "-f", "table", *top)
    assert re.findall(r"o/r\d\d", run.stdout) == TWELVE[:rows]
    assert re.search(r"12 listed: (10 of )?12 ranked", run.stdout)
    assert "\x1b" not in run.stdout
    assert len(json.loads(Path("a.json").read_text("utf-8"))["ranking"]) == 12


def test_a_file_that_cannot_be_written(github: StandIn, crawl: Crawl) -> None:
    """The others are written, and what is to be printed is; it is said, and the status is 1."""
    in_the_way = Path("new").absolute()
    github.faults.append(Fault(faults.noting(in_the_way.touch)))
    run = crawl("a/list", "-o", "-", "-f", "jsonl", "-o", "new/a.json", "-o", "b.csv")
    assert run.returncode == 1
    assert len(run.stdout.splitlines()) == 12
    assert run.stderr.startswith("error: cannot write new/a.json: ")
    assert Path("b.csv").exists()


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (faults.refuse(401, "Bad credentials"), None),
        (faults.reset(), "graphql"),
        (faults.refuse(404, "Not Found"), "readme"),
    ],
)
def test_a_run_that_ends_leaves_files_as_they_were(
    github: StandIn, crawl: Crawl, action: faults.Action, kind: Any
) -> None:
    """The report of the last run stays where this one has none."""
    publish(github.world, "a/list", "o/r00")  # too few for a server that counts as down
    Path("a.json").write_text("the last report", "utf-8")
    github.faults.append(Fault(action, kind=kind, times=None))
    assert crawl("a/list", "-o", "a.json", "-o", "b.json", "--retries", "0").returncode in (1, 2)
    assert Path("a.json").read_text("utf-8") == "the last report"
    assert [path.name for path in Path().iterdir()] == ["a.json"]


def test_a_dry_run_asks_about_no_repository(
    github: StandIn, run_crawler: Command, crawl: Crawl
) -> None:
    """It prints what would be asked, in the documented schema; it may be written to a file, not to
    one that holds a ranking; as a table it holds every repository."""
    kept = run_crawler.config(output=["kept.json"])
    run = crawl("a/list", "--dry-run", "-f", "json", "-o", "-", "-o", "plan.csv", *kept)
    document = report(run)
    assert (run.returncode, run.stderr, github.log.of("graphql")) == (0, "", [])
    assert list(document) == ["schema_version", "sources", "repositories", "elsewhere"]
    assert document["sources"] == [
        {"name": "a/list", "url": "https://github.com/a/list", "repositories": 12}
    ]
    assert len(document["repositories"]) == 12
    assert document["repositories"][0] == {
        "repository": "o/r00",
        "host": "github.com",
        "title": "o/r00",
        "description": "About o/r00.",
        "sections": [["Best"]],
        "sources": ["a/list"],
    }
    assert len(Path("plan.csv").read_text("utf-8").splitlines()) == 13
    assert "o/r11" in crawl("a/list", "--dry-run", *kept).stdout
    assert not Path("kept.json").exists()


def test_what_is_elsewhere_is_counted(world: World, crawl: Crawl) -> None:
    """The sums and a dry run tell it, and one sentence where it is most of the list."""
    text = (
        "# Best\n\n- [o/r00](https://github.com/o/r00)\n- [v](https://v.example)\n"
        "- [w](https://gitlab.com/w/w)\n- [x](https://x.example)\n"
    )
    world.add(Repository("a/list", readme=text.encode()))
    run = crawl("a/list", "-f", "json")
    assert report(run)["sums"]["elsewhere"] == {"no repository link": 2, "gitlab.com": 1}
    assert (
        "a/list: most of its entries, 3 of 4, have no repository on github.com "
        "(no repository link 2, gitlab.com 1)"
    ) in run.stderr
    planned = report(crawl("a/list", "--dry-run", "-f", "json"))["elsewhere"]
    assert [(each["title"], each["line"]) for each in planned] == [("v", 4), ("w", 5), ("x", 6)]


@pytest.mark.parametrize(("variable", "colored"), [("", True), ("1", False)])
def test_no_color(world: World, run_crawler: Command, variable: str, colored: bool) -> None:
    """On a terminal the table is as wide as that, and coloured unless NO_COLOR is set."""
    publish(world, "a/list", "# " + "Best-of-all" * 9, *TWELVE)
    with open_terminal(60) as terminal:
        env = {"NO_COLOR": variable, "TERM": "xterm"}
        process = run_crawler.start("a/list", token=TOKEN, env=env, stdout=terminal.slave)
        text = terminal.read()
    assert process.wait() == 0
    assert ("\x1b[" in text) is colored
    lines = plain(text)
    rows = lines[: lines.index("")]
    assert len(rows) == 11
    # No word is broken to fill the last cells.
    assert 50 < max(map(len, rows)) <= 60


def test_verbose_tells_requests_retries_and_failures(
    github: StandIn, run_crawler: Command, crawl: Crawl
) -> None:
    """-v has a line for each of them, never the token, and the same report; it holds although
    a config is quiet."""
    github.world.remove("o/r03")
    github.faults.append(Fault(faults.server_error(), kind="graphql"))
    quiet = run_crawler.config(quiet=True)
    run = crawl("a/list", "-v", "-f", "json", *quiet)
    assert f"GET {github.url}/repos/a/list/readme: status 200" in run.stderr
    assert f"POST {github.url}/graphql: status 502" in run.stderr
    assert re.search(r"trying again in \d\.\d s", run.stderr)
    assert re.search(r"o/r03: .*\(not found\)", run.stderr)
    assert TOKEN not in run.stdout + run.stderr
    assert len(report(run)["ranking"]) == 11
    assert crawl("a/list", *quiet).stderr == ""


def test_flags_beat_environment_beats_file(github: StandIn, world: World, crawl: Crawl) -> None:
    """The address of the API is taken from the first that names it."""
    config = Path("named.toml")
    with StandIn(world) as flag, StandIn(world) as graphql, StandIn(world) as file:
        servers = {"env": github, "flag": flag, "graphql": graphql, "file": file}

        def asked(*argv: str, **env: str) -> set[str]:
            for server in servers.values():
                server.log.exchanges.clear()
            unset = {"GITHUB_API_URL": "", "GITHUB_GRAPHQL_URL": ""}
            assert crawl("a/list", "--no-store", *argv, env={**unset, **env}).returncode == 0
            return {name for name, server in servers.items() if server.log.exchanges}

        config.write_text(f'[crawler]\napi_url = "{file.url}"\n', "utf-8")
        named = ("--config", "named.toml")
        assert asked(*named) == {"file"}
        env = {"GITHUB_API_URL": github.url}
        assert asked(*named, **env) == {"env"}
        assert asked(*named, "--api-url", flag.url, **env) == {"flag"}
        env["GITHUB_GRAPHQL_URL"] = graphql.graphql_url
        assert asked(**env) == {"env", "graphql"}
        assert asked("--api-url", flag.url, **env) == {"flag"}
