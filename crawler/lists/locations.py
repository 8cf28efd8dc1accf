"""The ways to name a list: a repository, a URL, a file or standard input."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.lists.targets import repository_of_remote, target_of
from crawler.model.addresses import bare, climbs
from crawler.model.confinement import check_confined
from crawler.model.errors import ConfigError, ListError
from crawler.model.files import RepositoryPath
from crawler.model.frozen import frozen
from crawler.model.hosts import Hosts
from crawler.model.log import logger
from crawler.model.values import RepositoryName
from crawler.sources import KNOWN_HOSTS

HIDDEN: Final = "hidden files are only read for the command line, and a file that --config names"
"""Hidden files in the current folder may contain passwords, or addresses with tokens."""

_GIST: Final = re.compile(
    r"https?://gist\.github\.com/+(?!.*/raw(?:/|\Z))(?:([^/]+/[0-9a-f]+))?", re.I
)


@frozen
class FileLocation:
    """A local file."""

    path: Path
    confined: bool = False
    """Whether it is refused if it leads out of the current folder."""


@frozen
class StdinLocation:
    """Standard input."""


@frozen
class ReadmeLocation:
    """The README of a repository, or of a folder in it."""

    folder: RepositoryPath


@frozen
class BlobLocation:
    """A file of a repository on the host that is asked."""

    place: RepositoryPath
    url: str
    """The address of its source."""


@frozen
class UrlLocation:
    """A file anywhere on the web."""

    url: str
    confined: bool = False
    """Whether to refuse it, and what it redirects to, if that is not an https URL."""


Location = FileLocation | StdinLocation | ReadmeLocation | BlobLocation | UrlLocation


def locate(name: str, hosts: Hosts = KNOWN_HOSTS, *, confined: bool = False) -> Location:
    """Determine what kind of list `name` names. A local file takes precedence over `owner/repo`.

    `confined` says that a stranger may have named it.

    Raises: ListError if it is invalid; ConfigError if a stranger may not name it.
    """
    location = _locate(name, hosts)
    if not confined or isinstance(location, ReadmeLocation | BlobLocation):
        return location
    cause = "standard input is only read for the command line, and for a file that --config names"
    try:
        match location:
            case FileLocation(path):
                if any(part.startswith(".") for part in path.parts if part != ".."):
                    raise OSError(errno.EPERM, HIDDEN)
                check_confined(path)
                return FileLocation(path, confined=True)
            case UrlLocation(url):
                if urlsplit(url).scheme == "https":
                    return UrlLocation(url, confined=True)
                cause = "only a file that --config names, and the command line, may name http URLs"
    except OSError as error:
        cause = error.strerror or str(error)
    raise ConfigError(f"lists in config.toml may not name {bare(name, '…')!r}: {cause}")


def _locate(name: str, hosts: Hosts) -> Location:
    if name == "-":
        return StdinLocation()
    if re.match(r"https?://", name, re.I):
        return _locate_url(name, hosts)
    if _is_file(name):
        if hosts.home.is_name(name):
            logger.info(
                "{} is read as the local file of that name, not from {}",
                name,
                hosts.home.name,
            )
        return FileLocation(Path(name))
    segments = name.split("/")
    if len(segments) > 1 and hosts.get(segments[0].lower()):
        return _locate_url(f"https://{name}", hosts)
    match hosts.home.split_path(segments):
        case (full_name, ()) if segments[-1] or not _is_folder(name):
            return ReadmeLocation(RepositoryPath(RepositoryName(full_name, hosts.home.name)))
    if repository := repository_of_remote(name, hosts):
        return ReadmeLocation(RepositoryPath(repository))
    if _is_folder(name):
        raise ListError(f"{name!r} is a folder: name the Markdown file in it, such as README.md")
    raise ListError(
        f"{bare(name, '…')!r} is no existing file, no owner/repo (such as quozd/awesome-dotnet) "
        "and no http(s) URL"
    )


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _is_file(name: str) -> bool:
    try:
        return Path(name).exists() and not Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _locate_url(url: str, hosts: Hosts) -> Location:
    place = bare(url)
    if place != re.split(r"[?#]", url, maxsplit=1)[0]:
        raise ListError("the URL of a list holds credentials: leave them out")
    url = url.partition("#")[0]  # it is never sent
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ListError(f"{bare(url, '…')!r} is not a valid URL") from None
    if not host or not url.isprintable() or " " in url:
        raise ListError(f"{bare(url, '…')!r} is not a valid URL")
    target = target_of(url, hosts)
    if target is None and hosts.get(host) is None:
        if gist := _GIST.match(url):
            raise ListError(
                f"{bare(url)!r} is a gist, which has no README: give the address of its source, "
                f"such as https://gist.githubusercontent.com/{gist[1] or 'USER/ID'}/raw"
            )
        return UrlLocation(url)
    if climbs(place):
        raise ListError(f"{place!r} has dot segments: give the address without them")
    if not unquote(place).isprintable():
        raise ListError(f"{place!r} is not a valid URL")
    if target is None:
        return UrlLocation(url)
    owner = hosts.get(target.repository.host)
    assert owner is not None  # it recognised the address
    if instead := owner.instead_of(target):
        raise ListError(f"{place!r} is no list: {instead}")
    file, source = owner.file_of(target), owner.file_url(target)
    if file is None or source is None:
        return ReadmeLocation(owner.folder_of(target))
    if owner.name == hosts.home.name:
        return BlobLocation(file, source)
    # The page of a file stands for its source.
    return UrlLocation(source)


def display_name(name: str, location: Location) -> str:
    """The name of a list in messages, reports and the store: as the user gave it, but without
    anything that may be a secret. The name of a local file is kept as it is."""
    return name if isinstance(location, FileLocation | StdinLocation) else bare(name)
