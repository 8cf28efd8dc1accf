"""The README says what the code does."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest

from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.commands.help import summary_of, topics
from crawler.cli.commands.recipe import recipes

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
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
    assert set(named) - flags() <= {"--from"}


def _flags_in(text: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)


def test_the_readmes_commands_are_understood() -> None:
    """Each example parses as the verb that it names."""
    lines = re.findall(r"^python -m crawler(.*?)(?:  +#.*)?$", "\n".join(COMMANDS), re.M)
    assert len(lines) >= 6
    for line in lines:
        words = shlex.split(line)
        verb = words.pop(0) if words[:1] and words[0] in verbs() else DEFAULT
        load(verb).build_parser().read(words)


@pytest.mark.parametrize("name", ["demo", "main", "test"])
def test_each_task_is_one_command(name: str) -> None:
    """The demonstration, the main job and the tests are one line each, marked for machines."""
    block = re.search(rf"<!-- {name}-command -->\n```sh\n(.*?)```", README, re.S)
    assert block is not None
    (line,) = block[1].strip().splitlines()
    assert line.startswith("python3 -m venv ")
    assert "--require-hashes" in line


def test_it_fits_three_screens_and_names_every_topic_and_recipe() -> None:
    """What is longer stands in the topics, which it lists with their own words."""
    assert len(README) <= 10_000
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", README, re.M)
    assert rows == [(topic, summary_of(topic)) for topic in topics()]
    assert all(f"`{name}`" in README for name in recipes())


def test_what_it_links_is_there() -> None:
    """Every file that it or the guide for contributors leads to."""
    for place in (ROOT, ROOT / ".github"):
        text = next(place.glob("*R*.md") if place == ROOT else place.glob("CONTRIBUTING.md"))
        for link in re.findall(r"\]\(([^)#:]+)\)", text.read_text("utf-8")):
            assert (place / link).exists(), link


def test_the_guide_names_what_there_is() -> None:
    """Every name of the code that it points to can be imported."""
    guide = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    lessons = guide.partition("lesson by lesson")[2].partition("\n## ")[0]
    names = re.findall(r"`((?:cli|api|crawl|http|store|reports|model)\.[\w.]+)`", lessons)
    assert len(names) >= 8
    for name in names:
        assert resolve_name(f"crawler.{name}") is not None
    for package in PROJECT["dependencies"]:
        name = re.split(r"[<>=]", package)[0]
        indirect = {"certifi", "httpcore", "idna", "pygments"}
        assert name in guide or name in indirect, name
