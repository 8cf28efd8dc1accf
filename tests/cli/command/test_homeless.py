"""The command for a user without a home folder, as containers with `-u` have one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forking
import pytest
from command import PATIENCE, Command
from standin import TOKEN, StandIn

from crawler.model.places import user_folder

_HOMELESS = """
import pwd
def refuse(_): raise KeyError("there is no such user")
pwd.getpwuid = pwd.getpwnam = refuse
from crawler.cli.main import main
raise SystemExit(main())
"""

Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="users as POSIX has them")


@pytest.fixture
def run(run_crawler: Command) -> Run:
    """Run the command for a user whom the system does not know."""
    known = run_crawler.environment(TOKEN, None)
    homes = {"HOME", "USERPROFILE", *(name for name in known if name.startswith("XDG_"))}
    environment = {name: value for name, value in known.items() if name not in homes}

    def start(*argv: str) -> subprocess.CompletedProcess[str]:
        with forking.start("-c", _HOMELESS, *argv, cwd=run_crawler.cwd, env=environment) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(argv, process.wait(), out.decode(), err.decode())

    return start


@pytest.mark.parametrize("argv", [["demo", "-n", "1"], ["a/list", "--no-store"]])
def test_who_needs_no_home_hears_nothing_of_it(run: Run, argv: list[str]) -> None:
    """The demonstration has a store of its own, and --no-store has none."""
    found = run(*argv)
    assert found.returncode == 0
    assert "home" not in found.stderr


def test_a_run_goes_on_without_a_store(run: Run, run_crawler: Command) -> None:
    """With one sentence; and no folder is made that is called ~. A named store is used."""
    found = run("a/list")
    assert (found.returncode, "12 listed" in found.stdout) == (0, True)
    assert found.stderr == (
        "warning: the home folder is not known, so there is no store: name a file with --store\n"
    )
    assert list(run_crawler.cwd.iterdir()) == []
    assert run("a/list", "--store", "mine.db").stderr == ""
    assert (run_crawler.cwd / "mine.db").is_file()


@pytest.mark.parametrize(
    "argv", [["a/list", "--offline"], ["report"], ["history"], ["a/list", "--since", "1d"]]
)
def test_what_needs_a_store_is_refused(github: StandIn, run: Run, argv: list[str]) -> None:
    """Status 2 and one sentence."""
    found = run(*argv)
    assert (found.returncode, found.stdout, github.log.exchanges) == (2, "", [])
    assert found.stderr.startswith("error: the home folder is not known, so there is no store")


def test_a_folder_that_is_called_tilde_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older versions of platformdirs leave the ~ where it stands."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: Path("~/.local/share/x"))
    assert user_folder("data") is None
