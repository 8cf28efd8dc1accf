"""The command: lists, verbs and what is told without a run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command.conftest import Crawl
from command import ROOT
from remembering import report
from standin import StandIn, World, publish

from crawler import __version__
from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.commands.help import overview
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

_WITH_VERBS_IN = """
import sys
from crawler.cli import commands
from crawler.cli.main import main
commands.__path__.append(sys.argv.pop(1))
raise SystemExit(main())
"""


def test_lists_may_stand_among_flags(world: World, crawl: Crawl) -> None:
    """Flags may come before, between and after the lists."""
    publish(world, "b/list", "x/y")
    document = report(crawl("-f", "json", "a/list", "-n", "1", "b/list", "-q"))
    assert [source["name"] for source in document["sources"]] == ["a/list", "b/list"]


def test_a_local_file_of_a_verbs_name(crawl: Crawl) -> None:
    """`demo` stays the verb where such a file exists; the file is ./demo."""
    Path("demo").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    run = crawl("./demo", "-f", "json")
    assert [row["repository"] for row in report(run)["ranking"]] == ["o/r03"]
    assert run.stderr == ""
    assert "a demonstration" in crawl("demo").stderr


def test_a_verb_stands_first(crawl: Crawl) -> None:
    """After a list, the word is a list like any other."""
    Path("demo").write_text("- [x](https://github.com/o/r03)\n", "utf-8")
    sources = report(crawl("a/list", "demo", "-f", "json"))["sources"]
    assert [source["name"] for source in sources] == ["a/list", "demo"]


@pytest.mark.parametrize("verb", sorted({*verbs()} - {DEFAULT}))
def test_each_verb_is_one_module(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Its line is in the help of all, and its own help says what it does."""
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: python -m crawler {verb} ")
    assert re.search(rf"^  {verb} +{re.escape(load(verb).SUMMARY)}$", overview(), re.M)


def test_a_new_verb_is_one_file(tmp_path: Path) -> None:
    """A module among the verbs is in the help and runs; nothing else names it."""
    code = "SUMMARY = 'count to'\ndef run(arguments): return len(arguments)\n"
    (tmp_path / "count.py").write_text(code, "utf-8")
    for arguments, status, said in (
        (("count", "a", "b"), 2, ""),
        (("--help",), 0, "  count "),
    ):
        line = [sys.executable, "-c", _WITH_VERBS_IN, str(tmp_path), *arguments]
        run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == status
        assert said in run.stdout


@pytest.mark.parametrize("words", [[], ["rank"]])
def test_the_verb_that_ranks_needs_no_name(crawl: Crawl, words: list[str]) -> None:
    """Lists without a verb are ranked."""
    assert "12 listed" in crawl(*words, "a/list").stdout


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["reprot"], "'reprot' is neither a list nor a verb; did you mean report?"),
        (["-n", "3", "demos"], "'demos' is neither a list nor a verb; did you mean demo?"),
        (["-n", "3", "demo"], "demo is a verb, and stands first: python -m crawler demo"),
        (["history", "exprot"], "'exprot' is not an owner/repo; did you mean export?"),
        (["history", "dotnet"], "'dotnet' is not an owner/repo\n"),
    ],
)
def test_a_misspelt_verb_gets_the_nearest(
    github: StandIn, crawl: Crawl, argv: list[str], said: str
) -> None:
    """Before anybody is asked for a list of that name."""
    run = crawl(*argv)
    assert (run.returncode, run.stdout, github.log.exchanges) == (2, "", [])
    assert said in run.stderr


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to standard output with status 0, and nothing is asked."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert (caught.value.code, *capsys.readouterr()) == (0, f"star-crawler {__version__}\n", "")


def test_help_to_a_reader_that_has_gone_away() -> None:
    """`--help | head` ends quietly, whichever side closes the pipe first."""
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
