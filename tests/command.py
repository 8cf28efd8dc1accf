"""The command in a process of its own, in an empty folder and a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import forking
from forking import Running

ROOT = Path(__file__).parents[1]
PATIENCE = 50.0
"""Seconds after which the command is taken to hang."""


@dataclass(frozen=True, slots=True)
class Command:
    """`python -m crawler` against one GitHub and one deps.dev."""

    api_url: str
    graphql_url: str
    depsdev_url: str
    folder: Path
    """Everything of a run: `cwd`, `home` and an empty `bin` as the only PATH."""
    processes: list[Running] = field(default_factory=list)

    @property
    def cwd(self) -> Path:
        """Where it runs."""
        return self.folder / "cwd"

    def config(self, **settings: object) -> tuple[str, str]:
        """A config file with settings that have no flag; returns the flag that names it."""
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
        path = self.folder / "settings.toml"
        path.write_text("[crawler]\n" + "".join(lines), "utf-8")
        return "--config", str(path)

    def environment(self, token: str | None, more: Mapping[str, str] | None) -> dict[str, str]:
        """The clean environment, with the token and the variables that were given."""
        return {
            **clean_environment(self.folder),
            "GITHUB_API_URL": self.api_url,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "DEPSDEV_API_URL": self.depsdev_url,
            **({"GH_TOKEN": token} if token else {}),
            **(more or {}),
        }

    def start(
        self,
        *arguments: str,
        token: str | None = None,
        env: Mapping[str, str] | None = None,
        **how: Any,
    ) -> Running:
        """Start it and return at once; it is ended with the test. `how` is for `forking.start`."""
        line = ("-m", "crawler", *arguments)
        environment = self.environment(token, env)
        process = forking.start(*line, cwd=self.cwd, env=environment, **how)
        self.processes.append(process)
        return process

    def __call__(
        self,
        *arguments: str,
        token: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes = b"",
        **how: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        process = self.start(*arguments, token=token, env=env, **how)
        fed = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = process.communicate(fed, timeout=PATIENCE)
        return subprocess.CompletedProcess(process.args, process.wait(), out.decode(), err.decode())


def clean_environment(folder: Path) -> dict[str, str]:
    """No token, no config, no proxy, and nobody's `gh` on the PATH; all homes are in `folder`."""
    home = folder / "home"
    kept = {
        name: value
        for name, value in os.environ.items()
        # What Windows needs to start, and what coverage needs to see subprocesses.
        if name in ("SYSTEMROOT", "TEMP", "TMP") or name.startswith("COVERAGE_")
    }
    return {
        **kept,
        "PATH": str(folder / "bin"),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(home),
        "LOCALAPPDATA": str(home),
        **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "CACHE")},
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "SSL_CERT_FILE": str(ROOT / "tests/standin/localhost.pem"),
    }
