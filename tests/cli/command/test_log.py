"""The command: how much is said on standard error."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command.runs import GONE, PENDING, Crawl, Terminal
from crawl.run.double import GRAPHQL, TOKEN, GitHubDouble, refuse

from crawler.cli.main import main


def test_quiet_leaves_errors_alone(github: GitHubDouble, crawl: Crawl) -> None:
    """-q says in one line that a report is incomplete, and what ends a run."""
    github.errors["o/r03"] = PENDING
    run = crawl("a/list", "-q", "-o", "a.json")
    assert (run.status, run.out) == (3, "")
    (line,) = run.err.splitlines()
    assert line.startswith("warning: the report is incomplete: 1 of ")
    assert crawl("not/there", "-q").err.startswith("error: ")


def test_verbose_tells_requests_retries_and_failures(github: GitHubDouble, crawl: Crawl) -> None:
    """-v has a line for each of them on standard error, never the token, and the same report."""
    github.errors["o/r03"] = GONE
    github.hook = refuse(GRAPHQL, 502, times=1)
    run = crawl("a/list", "-v", "-f", "json")
    assert "GET https://api.github.com/repos/a/list/readme: status 200" in run.err
    assert "POST https://api.github.com/graphql: status 502" in run.err
    assert "trying again in 0.0 s" in run.err
    assert "o/r03: gone (not found)" in run.err
    assert TOKEN not in run.out + run.err
    assert len(run.document["ranking"]) == 11


def test_verbose_beats_a_config_that_is_quiet(github: GitHubDouble, crawl: Crawl) -> None:
    """Whoever adds -v to the line of a cron job sees what happens."""
    Path("job.toml").write_text("[crawler]\nquiet = true\n", "utf-8")
    assert crawl("a/list", "--config", "job.toml").err == ""
    assert "status 200" in crawl("a/list", "--config", "job.toml", "-v").err


def test_without_a_token_the_run_says_so(
    github: GitHubDouble, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where REST is asked without a token, the limit is named; a report that is complete is 0."""
    monkeypatch.delenv("GH_TOKEN")
    run = crawl("a/list", "-f", "json", "--provider", "rest")
    assert run.err.startswith("warning: without a token GitHub answers 60 requests an hour")
    assert (run.status, run.document["provider"]) == (0, "rest")


def test_a_local_file_that_wins_is_told(github: GitHubDouble, crawl: Crawl) -> None:
    """A file named like a repository is read, and a line says so."""
    Path("a").mkdir()
    Path("a/list").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    run = crawl("a/list", "-f", "json")
    assert "a/list is read as the local file" in run.err
    assert len(run.document["ranking"]) == 1


@pytest.mark.parametrize(
    ("flags", "config", "bar"),
    [
        ([], "", True),
        (["--no-progress"], "", False),
        (["-q"], "", False),
        ([], "progress = false", False),
        (["--progress"], "progress = false", True),
    ],
)
def test_the_bar_is_for_terminals_that_want_it(
    github: GitHubDouble,
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    config: str,
    bar: bool,
) -> None:
    """On a terminal there is a bar, unless the run is quiet or wants none."""
    Path("job.toml").write_text(f"[crawler]\n{config}\n", "utf-8")
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    assert main(["a/list", "--config", "job.toml", *flags]) == 0
    assert ("/12" in stream.getvalue()) is bar
    assert bar or stream.getvalue() == ""
