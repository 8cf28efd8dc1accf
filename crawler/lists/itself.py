"""Find the repository that contains a list, which is not an entry of the list itself."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from crawler.lists.locations import (
    BlobLocation,
    FileLocation,
    Location,
    ReadmeLocation,
    UrlLocation,
)
from crawler.lists.targets import raw_place, repository_of, repository_of_remote
from crawler.model.hosts import Hosts
from crawler.model.values import RepositoryName
from crawler.sources import KNOWN_HOSTS

_MAX_CONFIG: Final = 64 * 1024
_ORIGIN: Final = re.compile(
    r'^[ \t]*\[remote[ \t]+"origin"\][^\n]*\n((?:[ \t]*+(?!\[)[^\n]*\n)*)', re.M
)
_URL: Final = re.compile(r"^[ \t]*url[ \t]*=[ \t]*\"?([^\s\"]+)", re.M | re.I)


def repository_around(location: Location, hosts: Hosts = KNOWN_HOSTS) -> RepositoryName | None:
    """The repository that contains a list, if its location tells; this may read a file."""
    match location:
        case ReadmeLocation(place) | BlobLocation(place):
            return place.repository
        case UrlLocation(url):
            source = raw_place(url)
            return source.repository if source else repository_of(url, hosts)
        case FileLocation(path):
            return _checkout_around(path, hosts)
        case _:
            return None


def _checkout_around(path: Path, hosts: Hosts) -> RepositoryName | None:
    """The origin of the git checkout that contains a file, read from its config as plain text.

    Git is not run, and no link, include or worktree is followed.
    """
    try:
        folders = path.resolve().parents
    except (OSError, RuntimeError):
        return None
    checkout = next((folder for folder in folders if os.path.lexists(folder / ".git")), None)
    if checkout is None:
        return None
    text = _read_plain(checkout / ".git" / "config")
    section = _ORIGIN.search(f"{text}\n")
    url = _URL.search(section[1]) if section else None
    return repository_of_remote(url[1], hosts) if url else None


def _read_plain(path: Path) -> str:
    """The text of a small regular file; empty if it is anything else."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.parent.is_symlink():
            return ""
        with path.open("rb") as file:
            return file.read(_MAX_CONFIG).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
