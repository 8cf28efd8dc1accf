"""The command: how a run ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cli.command.conftest import Crawl
from standin import Fault, StandIn, faults, publish

from crawler.cli.commands.rank import rank
from crawler.cli.main import main
from crawler.cli.session import Scene
from crawler.model.settings import CommandSettings


@pytest.mark.parametrize(
    ("pending", "status", "said"),
    [
        ([], 0, ""),
        (["o/r03"], 3, "warning: the report is incomplete: 1 of 12 repositories"),
        (["o/r03", "o/r04"], 3, "2 of 12 repositories"),
    ],
)
def test_the_status_of_a_report(
    github: StandIn, crawl: Crawl, pending: list[str], status: int, said: str
) -> None:
    """0 where every repository is settled, 3 and a warning where a rerun may bring more."""
    github.world.remove("o/r05")
    if pending:
        null = faults.nullify(*pending, type_="INTERNAL")
        github.faults.append(Fault(null, kind="graphql", times=None))
    run = crawl("a/list", "--retries", "0")
    assert run.returncode == status
    assert said in run.stderr
    assert bool(run.stderr) is bool(said)
    assert "12 listed" in run.stdout


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["a/list", "not/there"], 3, "there is no local file of that name; the other lists are"),
        (["missing.md", "a/list"], 3, "error: 'missing.md' is no existing file"),
        (["a/list", "not/there", "--dry-run"], 3, "error: not/there"),
        (["a/list", "not/there", "--fail-on", "incomplete"], 4, "of 2 lists 1 could not be read"),
        (["a/list", "not/there", "-q"], 3, "error: not/there"),
        (
            ["nor/here", "not/there"],
            2,
            "none of the 2 lists can be read: nor/here: github.com knows",
        ),
    ],
)
def test_a_list_that_cannot_be_read(crawl: Crawl, argv: list[str], status: int, said: str) -> None:
    """The others are reported, and it is named with its cause."""
    run = crawl(*argv)
    assert run.returncode == status
    assert said in run.stderr
    assert ("o/r00" in run.stdout) is (status != 2)


@pytest.mark.parametrize(
    ("flags", "status"),
    [([], 3), (["--dry-run"], 3), (["--fail-on", "incomplete"], 4), (["--follow", "0"], 0)],
)
def test_a_file_of_a_list_that_cannot_be_read(
    github: StandIn, crawl: Crawl, flags: list[str], status: int
) -> None:
    """The rest is reported, and the file is named with its cause."""
    github.world.change(
        "a/list",
        readme=b"- [r](https://github.com/o/r00)\n- [a](a.md)\n- [b](b.md)\n",
        files={"a.md": b"- [s](https://github.com/o/r01)\n"},
    )
    run = crawl("a/list", *flags)
    assert run.returncode == status
    assert "o/r00" in run.stdout
    assert ("o/r01" in run.stdout) is (status != 0)
    said = "error: a/list: 1 file cannot be read: b.md (it does not exist)"
    assert (said in run.stderr) is (status != 0)


@pytest.mark.parametrize(
    ("action", "kind", "said"),
    [
        (faults.refuse(401, "Bad credentials"), None, "refuses the token from GH_TOKEN"),
        (faults.server_error(), "graphql", "no repository has an answer (unavailable)"),
        (faults.reset(), "readme", "broke off its answer"),
        (faults.reset(), "graphql", "no repository has an answer (unavailable)"),
    ],
)
def test_a_run_that_ends_without_a_report(
    github: StandIn, crawl: Crawl, action: faults.Action, kind: Any, said: str
) -> None:
    """Status 1, one sentence on standard error, nothing on standard output."""
    publish(github.world, "a/list", "o/r00")  # too few for a server that counts as down
    github.faults.append(Fault(action, kind=kind, times=None))
    run = crawl("a/list", "--retries", "0")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("error: ")
    assert said in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [
        ["no list"],
        ["not/there"],
        ["demo", "a/list"],
        ["a/list", "-n", "-1"],
        ["a/list", "--concurrency", "0"],
        ["a/list", "--timeout", "0s"],
        ["a/list", "-o", "report.txt"],
        ["a/list", "-o", "-", "-o", "-"],
        ["a/list", "-o", "/dev/null/report.json"],
        ["a/list", "-o", "good.json", "-o", "."],
        ["a/list", "--config", "nowhere.toml"],
        ["a/list", "--api-url", "http://ghe.example/api/v3", "--token-env", "GH_TOKEN"],
        ["a/list", "--api-url", ""],
    ],
)
def test_a_run_that_cannot_be_done(github: StandIn, crawl: Crawl, argv: list[str]) -> None:
    """Status 2 and one sentence, before any repository is asked about."""
    run = crawl(*argv)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert github.log.of("graphql") == []
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--timeout", "30"], "--timeout 30 has no unit: write one, such as --timeout 30s"),
        (["--max-age", "0.5"], "--max-age 0.5 has no unit: write one, such as --max-age 12h"),
        (["--timeout", "soon"], '--timeout must be a duration such as "30s", from 0.001s to 1h'),
        (["-n", "ten"], '-n/--top must be a whole number of at least 0, not "ten"'),
        (["-f", "xml"], "-f/--format must be one of table, json"),
        (
            ["--fail-on", "gon"],
            "--fail-on must be a list of gone, gone:new, archived, archived:new or incomplete, not "
            '["gon"]',
        ),
        (["-n"], "-n/--top needs a value"),
        (["--concurency", "3"], "--concurency is no flag; did you mean --concurrency?"),
        (["--batch-size", "3"], "there is no flag --batch-size: batch_size is set in the config"),
        (["--zzz"], "--zzz is no flag"),
        (["--prov", "rest"], "--prov is no flag"),
        (["--provider", "ftp"], "--provider must be auto, graphql, rest or depsdev"),
        (["--refresh=yes"], "--refresh"),
        (["--store", "a", "--no-store"], "--no-store cannot be combined with --store"),
    ],
)
@pytest.mark.parametrize("verb", ["", " demo"])
def test_arguments_that_are_not_understood(
    capsys: pytest.CaptureFixture[str], argv: list[str], verb: str, said: str
) -> None:
    """Status 2 with one sentence: the flag, what is wrong with it, the nearest that is right, and
    where the help is; flags are not abbreviated."""
    assert main([*verb.split(), *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: ")
    assert said in err
    assert err.endswith(f"; see python -m crawler{verb} --help\n")


def test_a_named_token_that_is_missing(github: StandIn, crawl: Crawl) -> None:
    """With --token-env no other place is looked at, and nothing is asked."""
    run = crawl("a/list", "--token-env", "NOT_SET")
    assert run.returncode == 1
    assert "NOT_SET holds no token" in run.stderr
    assert github.log.exchanges == []


def test_a_bug_is_not_hidden() -> None:
    """What nobody foresaw comes out as it is, and ends Python with a traceback and status 1."""

    @asynccontextmanager
    async def break_down(_: CommandSettings) -> AsyncIterator[Scene]:
        raise ArithmeticError("a bug")
        yield

    with pytest.raises(ArithmeticError, match="a bug"):
        rank({"lists": ["a/list"], "quiet": True}, break_down)


def test_only_what_is_newly_rotten_fails(crawl: Crawl, github: StandIn) -> None:
    """Not what the run before had found; all where there was none before."""
    github.world.remove("o/r03")
    github.world.change("o/r04", archived=True)
    new = ("a/list", "--fail-on", "gone:new,archived:new", "--refresh")
    run = crawl(*new)
    assert (run.returncode, "1 gone:new, 1 archived:new (--fail-on)" in run.stderr) == (4, True)
    assert crawl(*new).returncode == 0
    github.world.remove("o/r05")
    run = crawl(*new)
    assert (run.returncode, "of 12 repositories 1 gone:new (--fail-on)" in run.stderr) == (4, True)


@pytest.mark.parametrize(("flags", "is_unknown"), [([], False), (["--provider", "depsdev"], True)])
def test_what_deps_dev_does_not_know_fails_nothing(
    github: StandIn, crawl: Crawl, flags: list[str], is_unknown: bool
) -> None:
    """It says so, unless GitHub was asked about every row."""
    github.world.change("o/r03", archived=True)
    run = crawl("a/list", "--fail-on", "archived", *flags, token=None)
    assert ("unknown to deps.dev; use a token" in run.stderr) is is_unknown
    assert run.returncode == (0 if is_unknown else 4)
