"""What the command says where it was not set up, and what it calls itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT

from crawler.cli.parser import program


def run(*line: str) -> subprocess.CompletedProcess[str]:
    """Python with these arguments."""
    return subprocess.run(
        [sys.executable, *line],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.parametrize("argv", [["demo"], ["report"], ["history"], ["a/b"], ["--dry-run", "a/b"]])
def test_without_the_virtual_environment(argv: list[str]) -> None:
    """A Python without the libraries: one sentence that says what to do, whatever is asked for."""
    found = run("-S", "-m", "crawler", *argv)
    assert (found.returncode, found.stdout) == (1, "")
    assert "is not installed for" in found.stderr
    assert "set the crawler up as its README says" in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_missing_module_of_ours_is_a_bug() -> None:
    """It is no library that somebody forgot to install."""
    code = (
        "import sys, runpy; sys.modules['crawler.cli.main'] = None;"
        "runpy.run_module('crawler', run_name='__main__')"
    )
    assert "Traceback" in run("-c", code).stderr


def test_what_others_registered_for_the_end_is_done() -> None:
    """Though the command ends without freeing what it holds, with its status."""
    code = (
        "import atexit, sys, runpy; atexit.register(print, 'at the end');"
        "sys.argv = ['crawler', '--nonsense'];"
        "runpy.run_module('crawler', run_name='__main__')"
    )
    found = run("-c", code)
    assert (found.returncode, found.stdout) == (2, "at the end\n")


def test_with_a_python_that_is_too_old() -> None:
    """One sentence, before anything that an old one cannot read is imported."""
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 14, 'final', 0);"
        "runpy.run_module('crawler', run_name='__main__')"
    )
    found = run("-c", code)
    assert found.returncode == 1
    assert found.stderr.startswith("error: the star crawler needs Python 3.11 or later, and ")
    assert found.stderr.endswith(" is 3.10\n")


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("/usr/local/bin/star-crawler", "star-crawler"),
        (str(Path("Scripts") / "star-crawler.exe"), "star-crawler"),
        ("/opt/crawler/__main__.py", "python -m crawler"),
        ("", "python -m crawler"),
    ],
)
def test_it_calls_itself_as_the_user_does(
    monkeypatch: pytest.MonkeyPatch, argument: str, name: str
) -> None:
    """In its help and in its sentences."""
    monkeypatch.setattr(sys, "argv", [argument])
    assert program() == name
