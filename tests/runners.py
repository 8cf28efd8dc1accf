"""Runners of GitHub Actions, simulated for the scripts of actions and workflows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from command import PATIENCE, ROOT, clean_environment
from standin import TOKEN, StandIn

ACTIONS: Final = ROOT / ".github" / "actions"

posix = pytest.mark.skipif(
    os.name != "posix" or not shutil.which("bash") or not shutil.which("git"),
    reason="needs bash and git",
)


def scripts(yaml: str) -> list[str]:
    """The shell scripts of an action or a workflow, in their order.

    They are told by their indentation, as YAML does; more of YAML is not needed here.
    """
    found = re.findall(r"^( *)(?:- )?run: \|\n((?:\1 .*\n|\n)+)", yaml, re.M)
    assert len(found) == len(re.findall(r"\brun:", yaml)), "a script is not in a block of its own"
    return [textwrap.dedent(text) for _, text in found]


def keys_below(yaml: str, name: str) -> list[str]:
    """The keys that stand one step below the only mapping of that name."""
    ((indent, body),) = re.findall(rf"^( *){name}:\n((?:\1 +.*\n|\n)+)", yaml, re.M)
    return re.findall(rf"^{indent}  ([\w-]+):", body, re.M)


def run_script(
    script: str, cwd: Path, environment: dict[str, str], *, shell: str = "bash"
) -> subprocess.CompletedProcess[str]:
    """Run it as a runner does: https://docs.github.com/en/actions/reference/workflows-and-actions"""
    flags = ["--noprofile", "--norc", "-eo", "pipefail"] if shell == "bash" else []
    return subprocess.run(
        [shell, *flags, "-c", script],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def install_python(path: Path) -> None:
    """Put this Python, with all that is installed for it, where a recipe has its own."""
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', "utf-8")
    path.chmod(0o755)


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine that runs one action."""

    action: str
    workspace: Path
    environment: dict[str, str]
    results: Path
    summary: Path

    def __call__(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the step with these inputs; those that are missing are empty."""
        given = {name.upper(): "" for name in keys_below(self.action, "inputs") if name != "token"}
        given |= {name.upper(): value for name, value in inputs.items()}
        return run_script(scripts(self.action)[-1], self.workspace, {**self.environment, **given})


def make_runner(name: str, github: StandIn, folder: Path) -> Runner:
    """A runner of an action, with this Python in the place of the installed one."""
    for each in ("workspace", "home"):
        (folder / each).mkdir()
    install_python(folder / "star-crawler" / "bin" / "python")
    environment = {
        **clean_environment(folder),
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(folder),
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ACTIONS / name),
        "GITHUB_API_URL": github.url,
        "GITHUB_GRAPHQL_URL": github.graphql_url,
        "GITHUB_OUTPUT": str(folder / "results"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GH_TOKEN": TOKEN,
        "PYTHONSAFEPATH": "1",
    }
    action = (ACTIONS / name / "action.yml").read_text("utf-8")
    return Runner(action, folder / "workspace", environment, folder / "results", folder / "summary")
