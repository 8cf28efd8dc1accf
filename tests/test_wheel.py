"""What is installed: a wheel with all that the command needs, and the command as star-crawler."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from command import ROOT

from crawler import __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is here, made without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    (found,) = folder.iterdir()
    return found


def test_the_wheel_holds_the_package(wheel: Path) -> None:
    """Every file of it, and beside its own description nothing else."""
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "crawler").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    others = {name for name in names if not name.startswith("star_crawler-")}
    assert others == package
    assert {"crawler/py.typed", "crawler/cli/recipes/cron.txt"} <= others


def test_the_installed_command(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own it is called star-crawler, calls itself so, and works."""
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    install = ("--quiet", "--no-deps", "--no-index", wheel)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", *install], check=True
    )
    # Its dependencies are those of the tests.
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), "utf-8")

    def run(*arguments: str) -> str:
        ran = subprocess.run(
            [python.with_name("star-crawler"), *arguments],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    assert run("--version") == f"star-crawler {__version__}\n"
    told = run("--help")
    assert told.startswith("usage: star-crawler [VERB]")
    assert "python -m" not in told
    assert "162 listed" in run("demo")
    assert f"{python.with_name('star-crawler')} -q --config" in run("recipe", "cron")
