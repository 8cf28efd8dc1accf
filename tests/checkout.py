"""A git checkout for tests; they are skipped where git is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout in a folder."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Checkout:
        """A new one."""
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        made = cls(folder)
        made.git("init", "-q", "-b", "main")
        return made

    def git(self, *arguments: str) -> str:
        """What git prints."""
        environment = {name: value for name, value in os.environ.items() if "GIT_" not in name}
        identity = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        return subprocess.run(
            ["git", *identity, "-c", "commit.gpgSign=false", *arguments],
            cwd=self.folder,
            env={**environment, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def commit(self, **files: str) -> str:
        """Write files, `_` for a dot in their names, and commit them; returns the commit."""
        for name, text in files.items():
            self.write(name.replace("_", "."), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path
