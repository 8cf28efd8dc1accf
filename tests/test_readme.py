"""The README says what the code does."""

from __future__ import annotations

import argparse
import re
import shlex
import signal
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.cli.commands import history, report
from crawler.cli.commands.rank import build_parser
from crawler.cli.statuses import FAILED_ON, INCOMPLETE, SIGNALLED
from crawler.model import config
from crawler.model.errors import RunError, UsageError
from crawler.model.results import Ranking
from crawler.model.values import Progress, Reason
from crawler.reports.formats import FORMATS

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)


def words(text: str) -> str:
    """`text` with all white space as single spaces and words whole that were broken at a hyphen,
    since each Python wraps help in its way."""
    return re.sub(r"(?<=\w)- (?=\w)", "-", " ".join(text.split()))


def help_block() -> str:
    """What the README shows of `--help`."""
    blocks = re.findall(r"^```text\n(.*?)^```", README, re.M | re.S)
    shown = [block for block in blocks if block.startswith("usage: python -m crawler")]
    if not shown:
        pytest.skip("the README does not show --help yet")
    return words(shown[0])


def flags() -> dict[str, argparse.Action]:
    """Every flag of any verb with what it does."""
    parsers = (history.build_parser(), report.build_parser(), build_parser())
    return {
        flag: action
        for parser in parsers
        for action in parser._actions
        for flag in action.option_strings
    }


def test_the_readme_shows_every_flag_with_its_help() -> None:
    """Each flag stands in the README with the very words of `--help`."""
    shown = help_block()
    parser = build_parser()
    for action in parser._actions:
        assert all(flag in shown.split() or f"{flag}," in shown for flag in action.option_strings)
        assert words(str(action.help)) in shown
    assert words(str(parser.description)) in shown
    parser.format_help()
    assert words(str(parser.epilog)) in shown


def test_the_readme_shows_no_flag_that_is_gone() -> None:
    """Every flag that the README names is one of the command, but for those of other programs."""
    ours = [block for block in COMMANDS if "python -m crawler" in block]
    lines = [line for block in ours for line in block.splitlines() if " pip " not in line]
    named = [flag for line in lines if "/pip " not in line for flag in _flags_in(line)]
    named += _flags_in(help_block())
    named += [flag for code in re.findall(r"`([^`\n]+)`", README) for flag in _flags_in(code)]
    assert named
    assert {flag for flag in named if flag not in flags()} <= {"--hostname"}


def _flags_in(text: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)


def test_the_readmes_commands_are_understood() -> None:
    """Each example of a run parses."""
    lines = re.findall(
        r"python -m crawler(?: [^#\n]*)?$", re.sub(r" +#.*", "", "\n".join(COMMANDS)), re.M
    )
    assert len(lines) >= 5
    for line in lines:
        argv = shlex.split(line)[3:]
        assert build_parser().parse_intermixed_args(argv)


@pytest.mark.parametrize("name", ["demo", "main", "test"])
def test_each_task_is_one_command(name: str) -> None:
    """The demonstration, the main job and the tests are one line each, marked for machines."""
    block = re.search(rf"<!-- {name}-command -->\n```sh\n(.*?)```", README, re.S)
    assert block is not None
    (line,) = block[1].strip().splitlines()
    assert line.startswith("python3 -m venv ")
    assert "--require-hashes" in line


def test_the_exit_statuses() -> None:
    """The README's table and the help name the statuses that the code has."""
    table = README.partition("### Exit status")[2].partition("###")[0].partition("\n## ")[0]
    listed = set(map(int, re.findall(r"^\| (\d+) \|", table, re.M)))
    signals = {SIGNALLED + number for number in (signal.SIGINT, signal.SIGTERM)}
    assert (
        listed == {0, RunError.exit_status, UsageError.exit_status, INCOMPLETE, FAILED_ON} | signals
    )
    said = re.findall(
        r"\b(\d+) (?:[a-z]|--)", build_parser().format_help().partition("Exit status:")[2]
    )
    assert set(map(int, said)) == listed


def test_the_reasons_of_failures() -> None:
    """Each reason stands in the README, and whether a rerun may help."""
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (yes|no) \|$", README, re.M))
    assert rows == {str(each): "yes" if each.retryable else "no" for each in Reason}


def test_the_formats_and_keys() -> None:
    """The formats, the keys of the JSON and the fields of a progress are named."""
    for form in FORMATS.values():
        assert f"| `{form.name}` |" in README
        assert (form.suffix or "") in README
    for key in ("schema_version", "complete", "ranking", "failures", "usage"):
        assert f"`{key}`" in README
    assert f"Progress({', '.join(field.name for field in fields(Progress))})" in README
    assert all(hasattr(Ranking, name) for name in re.findall(r"ranking\.(top)\(", README))


def test_what_a_cloned_folder_may_not_set() -> None:
    """The README says which settings a file that nobody named may set."""
    text = words(README)
    listed = re.search(r"may only set (.*?)\. Everything else", text)
    assert listed is not None
    harmless = {name for name, known in config.KEYS.items() if known.harmless}
    assert set(re.findall(r"`(\w+)`", listed[1])) == harmless
    for variable in (
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GITHUB_API_URL",
        "GITHUB_GRAPHQL_URL",
        "DEPSDEV_API_URL",
    ):
        assert f"`{variable}`" in text
