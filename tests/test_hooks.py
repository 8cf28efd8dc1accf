"""The hooks for pre-commit, from a clone that holds what git keeps and nothing else."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout
from command import ROOT, Command
from standin import TOKEN, Repository, World

HOOKS = ROOT / ".pre-commit-hooks.yaml"
G = "https://github.com"

Hook = Callable[[str], subprocess.CompletedProcess[str]]


def fields_of(hook: str) -> dict[str, str]:
    """The keys of a hook, told by their indentation."""
    text = HOOKS.read_text("utf-8").partition(f"- id: {hook}\n")[2].partition("\n- ")[0]
    return dict(re.findall(r"^  (\w+): (.+)$", text, re.M))


@pytest.fixture
def world() -> World:
    """Two repositories, one of them archived."""
    return World([Repository("o/saw", 39_123), Repository("o/axe", 7, archived=True)], [TOKEN])


@pytest.fixture
def checkout(run_crawler: Command) -> Checkout:
    """A repository with a list of one entry, to which the other is added."""
    made = Checkout.make(run_crawler.cwd)
    made.commit(README_md=f"# L\n\n- [Axe]({G}/o/axe)\n")
    (run_crawler.cwd / "README.md").write_text(f"# L\n\n- [Axe]({G}/o/axe)\n- [Saw]({G}/o/saw)\n")
    return made


@pytest.fixture
def hook(run_crawler: Command, checkout: Checkout, tmp_path: Path) -> Hook:
    """Run the command of a hook as pre-commit does, with what a clone of the project holds."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    clone = tmp_path / "clone"
    checkout.git("clone", "-q", str(ROOT), str(clone))
    scripts = tomllib.loads((clone / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, function = scripts["star-crawler"].partition(":")
    code = f"import sys; from {module} import {function}; sys.exit({function}())"
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(clone)}

    def run(name: str) -> subprocess.CompletedProcess[str]:
        fields = fields_of(name)
        program, *words = shlex.split(fields["entry"])
        words += json.loads(fields["args"])
        assert (program, fields["language"]) == ("star-crawler", "python")
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=run_crawler.cwd,
            env=run_crawler.environment(TOKEN, path),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_check_judges_what_a_commit_adds(hook: Hook, run_crawler: Command) -> None:
    """What was there before is not looked at, and what is rotten fails."""
    run = hook("check-list")
    assert (run.returncode, run.stderr) == (0, "")
    readme = run_crawler.cwd / "README.md"
    readme.write_text(readme.read_text("utf-8") + f"- [Gone]({G}/o/gone)\n", "utf-8")
    run = hook("check-list")
    assert run.returncode == 4
    assert "README.md:5: gone" in run.stdout


def test_the_stars_of_a_commit(hook: Hook, run_crawler: Command) -> None:
    """They go into the file beside the list."""
    assert hook("annotate-list").returncode == 0
    text = (run_crawler.cwd / "README.stars.md").read_text("utf-8")
    assert f"- [Saw]({G}/o/saw)<!--★--> ★ 39k<!--/★-->\n" in text


@pytest.mark.parametrize("name", ["check-list", "annotate-list"])
def test_what_a_hook_is_run_for(name: str) -> None:
    """The README, wherever the command finds it, and no other file."""
    fields = fields_of(name)
    assert re.search(fields["files"], "README.md")
    assert not re.search(fields["files"], "README.stars.md")
    assert fields["pass_filenames"] == "false"
