"""The completion scripts, in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crawler.cli.commands import load
from crawler.cli.main import main
from crawler.model.errors import UsageError

BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
_shtab_star_crawler; printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(params=["bash", "zsh", "fish"])
def script(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> tuple[str, Path]:
    """A shell that is installed, and the script for it in a file."""
    shell = str(request.param)
    assert main(["completion", shell]) == 0
    path = tmp_path / "script"
    path.write_text(capsys.readouterr().out, "utf-8")
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    return shell, path


def test_the_script_is_one_of_its_shell(script: tuple[str, Path]) -> None:
    """The shell can read it."""
    shell, path = script
    checked = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("star-crawler repor", {"report"}),
        ("star-crawler --min-s", {"--min-stars"}),
        ("star-crawler report --sort g", {"gained"}),
        ("star-crawler -f json", {"json", "jsonl"}),
    ],
)
@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_verbs_flags_and_words_are_completed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str, wanted: set[str]
) -> None:
    """As bash does it."""
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out, "utf-8")
    found = subprocess.run(
        ["bash", "-c", BASH, "bash", tmp_path / "script", *line.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(found.stdout.split()) == wanted


@pytest.mark.parametrize("words", [[], ["tcsh"], ["bash", "zsh"]])
def test_a_shell_that_there_is_not(words: list[str]) -> None:
    """The sentence names those that there are."""
    with pytest.raises(UsageError, match="needs a shell, one of bash, zsh, fish"):
        load("completion").run(words)
