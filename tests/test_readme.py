"""The README says what the code does."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.cli.commands import load, verbs
from crawler.cli.commands.rank import build_parser
from crawler.model.results import Ranking
from crawler.model.values import Progress
from crawler.reports.formats import FORMATS

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)


def flags() -> set[str]:
    """Every flag of any verb."""
    return {
        flag
        for verb in verbs()
        for action in load(verb).build_parser()._actions
        for flag in action.option_strings
    }


def test_the_readme_shows_no_flag_that_is_gone() -> None:
    """Every flag that the README names is one of the command, but for those of other programs."""
    ours = [block for block in COMMANDS if "python -m crawler" in block]
    lines = [line for block in ours for line in block.splitlines() if " pip " not in line]
    named = [flag for line in lines if "/pip " not in line for flag in _flags_in(line)]
    named += [flag for code in re.findall(r"`([^`\n]+)`", README) for flag in _flags_in(code)]
    assert named
    assert set(named) - flags() <= {"--hostname"}


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


def test_the_formats_and_keys() -> None:
    """The formats, the keys of the JSON and the fields of a progress are named."""
    for form in FORMATS.values():
        assert f"| `{form.name}` |" in README
    for key in ("schema_version", "complete", "ranking", "failures", "usage"):
        assert f"`{key}`" in README
    assert f"Progress({', '.join(field.name for field in fields(Progress))})" in README
    assert all(hasattr(Ranking, name) for name in re.findall(r"ranking\.(top)\(", README))
