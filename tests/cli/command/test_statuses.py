"""The command: how a run ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli.command.runs import GONE, PENDING, Crawl, Run
from crawl.run.double import GRAPHQL, GitHubDouble, Hook, lose_network_after, refuse

from crawler.cli.main import main

ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize(
    ("errors", "status", "said"),
    [
        ({}, 0, ""),
        ({"o/r03": GONE}, 0, ""),
        ({"o/r03": PENDING}, 3, "warning: the report is incomplete: 1 of 12 repositories"),
        ({"o/r03": PENDING, "o/r04": None, "o/r05": GONE}, 3, "2 of 12 repositories"),
    ],
)
def test_the_status_of_a_report(
    github: GitHubDouble,
    crawl: Crawl,
    errors: dict[str, dict[str, str] | None],
    status: int,
    said: str,
) -> None:
    """0 where every repository is settled, 3 and a warning where a rerun may bring more."""
    github.errors = errors
    run = crawl("a/list")
    assert run.status == status
    assert said in run.err
    assert bool(run.err) is bool(said)
    assert "12 listed" in run.out


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (refuse(GRAPHQL, 401, message="Bad credentials"), "refuses the token from GH_TOKEN"),
        (refuse(GRAPHQL, 502), "no repository has an answer (unavailable)"),
        (lose_network_after(0), "api.github.com cannot be reached"),
        (lose_network_after(1), "no repository has an answer (unavailable)"),
    ],
)
def test_a_run_that_ends_without_a_report(
    github: GitHubDouble, crawl: Crawl, hook: Hook, said: str
) -> None:
    """Status 1, one sentence on standard error, nothing on standard output."""
    github.hook = hook
    run = crawl("a/list", "--retries", "0")
    assert (run.status, run.out) == (1, "")
    assert run.err.startswith("error: ")
    assert said in run.err
    assert run.err.count("\n") == 1


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
def test_a_run_that_cannot_be_done(github: GitHubDouble, crawl: Crawl, argv: list[str]) -> None:
    """Status 2 and one sentence, before any repository is asked about."""
    run = crawl(*argv)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("error: ")
    assert run.err.count("\n") == 1
    assert github.of(GRAPHQL) == []
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["--nonsense"],
        ["-f", "xml"],
        ["-n", "many"],
        ["--prov", "rest"],
        ["--provider", "ftp"],
        ["--timeout", "soon"],
        ["-n"],
        ["--refresh=yes"],
        ["--store", "a.db", "--no-store"],
    ],
)
@pytest.mark.parametrize("verb", [[], ["demo"], ["report"]])
def test_arguments_that_are_not_understood(crawl: Crawl, argv: list[str], verb: list[str]) -> None:
    """Status 2 with one sentence and where the help is; flags are not abbreviated."""
    run = crawl(*verb, *argv)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("error: ")
    assert run.err.endswith(f"; see python -m crawler{' '.join(['', *verb])} --help\n")
    assert run.err.count("\n") == 1


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
            '--fail-on must be a list of gone, archived or incomplete, not ["gon"]',
        ),
        (["-n"], "-n/--top needs a value"),
        (["--concurency", "3"], "--concurency is no flag; did you mean --concurrency?"),
        (["--batch-size", "3"], "there is no flag --batch-size: batch_size is set in the config"),
        (["--zzz"], "--zzz is no flag; see"),
        (["--store", "a", "--no-store"], "--no-store cannot stand beside --store"),
    ],
)
def test_a_usage_error_says_what_to_write(crawl: Crawl, argv: list[str], said: str) -> None:
    """The flag, what is wrong with it, and the nearest that is right."""
    assert said in crawl("a/list", *argv).err


def test_a_named_token_that_is_missing(github: GitHubDouble, crawl: Crawl) -> None:
    """With --token-env no other place is looked at, and nothing is asked."""
    run = crawl("a/list", "--token-env", "NOT_SET")
    assert run.status == 1
    assert "NOT_SET holds no token" in run.err
    assert github.asked == []


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    """A run that was ended leaves the second signal to the system."""
    before = {number: signal.getsignal(number) for number in ENDINGS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals_as_before")
@pytest.mark.parametrize(("number", "status"), ENDINGS.items())
def test_ended_before_any_answer(
    github: GitHubDouble, crawl: Crawl, number: signal.Signals, status: int
) -> None:
    """Ctrl-C ends with status 130, SIGTERM with 143, and one sentence."""

    async def interrupt(_: httpx.Request) -> None:
        signal.raise_signal(number)
        await asyncio.Event().wait()

    github.hook = interrupt
    said = "error: stopped before any repository was asked for\n"
    assert crawl("a/list") == Run(status, "", said)


@pytest.mark.usefixtures("_signals_as_before")
@pytest.mark.parametrize(("number", "status"), ENDINGS.items())
def test_ended_in_the_middle(
    github: GitHubDouble, crawl: Crawl, number: signal.Signals, status: int
) -> None:
    """What is known is printed, the rest is interrupted, and files stay as they were."""
    Path("out.json").write_text("as it was", "utf-8")

    async def interrupt(_: httpx.Request) -> None:
        if len(github.of(GRAPHQL)) == 3:
            signal.raise_signal(number)
            await asyncio.Event().wait()

    github.hook = interrupt
    Path("config.toml").write_text("[crawler]\nbatch_size = 1\nconcurrency = 1\n", "utf-8")
    run = crawl("a/list", "-f", "json", "-o", "out.json")
    assert run.status == status
    assert len(run.document["ranking"]) == 2
    assert [each["reason"] for each in run.document["failures"]] == ["interrupted"] * 10
    assert run.document["complete"] is False
    assert Path("out.json").read_text("utf-8") == "as it was"


def test_a_bug_is_not_hidden(github: GitHubDouble) -> None:
    """What nobody foresaw comes out with its traceback, which ends Python with status 1."""

    async def fail(_: httpx.Request) -> None:
        raise ArithmeticError("a bug")

    github.hook = fail
    with pytest.raises(ArithmeticError):
        main(["a/list"])
