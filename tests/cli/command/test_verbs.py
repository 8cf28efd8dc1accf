"""The command: lists, verbs and what is told without a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli.command.runs import ROOT, Crawl
from crawl.run.double import GitHubDouble

from crawler import __version__
from crawler.cli import commands
from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.commands.rank import build_parser
from crawler.cli.main import main

_HELP_LATE = """
import os, sys
sys.stdin.read()  # the reader has gone
sys.stdout = open(1, "w", closefd=False)  # buffered, whatever the environment says
before = set(sys.modules)
from crawler.cli.main import main
try:
    main(["--help"])
finally:
    heavy = {"asyncio", "httpx", "loguru", "markdown_it", "msgspec", "rich", "tqdm", "selectolax"}
    print(sorted(heavy & set(sys.modules) - before), file=sys.stderr)
"""


def test_lists_may_stand_among_flags(github: GitHubDouble, crawl: Crawl) -> None:
    """Flags may come before, between and after the lists."""
    github.publish("b/list", "x/y")
    document = crawl("-f", "json", "a/list", "-n", "1", "b/list", "-q").document
    assert [source["name"] for source in document["sources"]] == ["a/list", "b/list"]


def test_the_demonstration_is_a_verb(github: GitHubDouble, crawl: Crawl) -> None:
    """`demo` needs neither network nor token, says what it is, and takes the usual flags."""
    run = crawl("demo", "-f", "json", "-n", "3")
    assert (run.status, github.asked) == (0, [])
    assert "a demonstration" in run.err
    assert "days ago" in run.err
    assert len(run.document["ranking"]) == 3


def test_a_local_file_of_a_verbs_name(github: GitHubDouble, crawl: Crawl) -> None:
    """`demo` stays the verb where such a file exists; the file is ./demo."""
    Path("demo").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    run = crawl("./demo", "-f", "json")
    assert [row["repository"] for row in run.document["ranking"]] == ["o/r03"]
    assert run.err == ""
    assert "a demonstration" in crawl("demo").err


def test_a_verb_stands_first(github: GitHubDouble, crawl: Crawl) -> None:
    """After a list, the word is a list like any other."""
    Path("demo").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    sources = crawl("a/list", "demo", "-f", "json").document["sources"]
    assert [source["name"] for source in sources] == ["a/list", "demo"]


@pytest.mark.parametrize("verb", sorted({*verbs()} - {DEFAULT}))
def test_each_verb_is_one_module(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Its line is in the help of all, and its own help says what it does."""
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: python -m crawler {verb} ")
    assert f"  {verb} " in build_parser().format_help()
    assert load(verb).SUMMARY in build_parser().format_help()


def test_a_new_verb_is_one_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A module among the verbs is in the help and runs; nothing else names it."""
    code = "SUMMARY = 'count to'\ndef run(arguments): return len(arguments)\n"
    (tmp_path / "count.py").write_text(code, "utf-8")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    assert main(["count", "a", "b"]) == 2
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "count to (count --help)" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["rank"]])
def test_the_verb_that_ranks_needs_no_name(
    github: GitHubDouble, crawl: Crawl, words: list[str]
) -> None:
    """Lists without a verb are ranked."""
    assert "12 listed" in crawl(*words, "a/list").out


@pytest.mark.parametrize("flag", ["--version", "--help", "-h"])
def test_what_is_told_without_a_run(
    github: GitHubDouble, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    """Version and help go to standard output with status 0, and nothing is asked."""
    with pytest.raises(SystemExit) as caught:
        main([flag])
    out, err = capsys.readouterr()
    assert (caught.value.code, err, github.asked) == (0, "", [])
    assert out == (
        f"star-crawler {__version__}\n" if flag == "--version" else build_parser().format_help()
    )


def test_help_to_a_reader_that_has_gone_away() -> None:
    """`--help | head` ends quietly, whoever closes the pipe first."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HELP_LATE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        loaded = process.stderr.read().decode()
        assert (process.wait(50), loaded) == (0, "[]\n")
