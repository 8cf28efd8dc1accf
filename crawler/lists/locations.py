"""Where lists come from: a repository's README, a URL, a file or standard input."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import stat
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from crawler.http.exchange import Request, Response, Send
from crawler.http.pages import describe
from crawler.lists.decoding import decode
from crawler.lists.targets import target_of
from crawler.model.addresses import bare, climbs
from crawler.model.aside import aside
from crawler.model.confinement import check_confined, open_folder, status_in
from crawler.model.errors import BrokenAnswer, ConfigError, ListError, TooLarge
from crawler.model.hosts import Hosts
from crawler.model.log import logger
from crawler.model.values import RepositoryName
from crawler.sources import KNOWN_HOSTS

MAX_LIST_BYTES: Final = 10 * 1024 * 1024
"""The largest known list has 3 MiB."""

MAX_REDIRECTS: Final = 5

HIDDEN: Final = "hidden files are only read for the command line, and a file that --config names"
"""Of the current folder; they hold passwords, and addresses of remotes with tokens."""


FetchReadme = Callable[[RepositoryName, str, int], Awaitable[Response]]
"""Asks for the README of a repository's folder, with a largest size in bytes."""


@dataclass(frozen=True, slots=True)
class FileLocation:
    """A local file."""

    path: Path
    confined: bool = False
    """Whether it is refused if it leads out of the current folder."""


@dataclass(frozen=True, slots=True)
class StdinLocation:
    """Standard input."""


@dataclass(frozen=True, slots=True)
class ReadmeLocation:
    """The README of a repository, or of a folder in it."""

    repository: RepositoryName
    folder: str = ""


@dataclass(frozen=True, slots=True)
class UrlLocation:
    """A Markdown file anywhere on the web."""

    url: str
    confined: bool = False
    """Whether it, and what it redirects to, is refused if it is no https URL."""


Location = FileLocation | StdinLocation | ReadmeLocation | UrlLocation


@dataclass(frozen=True, slots=True)
class ListText:
    """A list as it was read."""

    name: str
    """Its `display_name()`."""
    url: str | None
    """Where a reader finds it."""
    text: str


def locate(name: str, hosts: Hosts = KNOWN_HOSTS, *, confined: bool = False) -> Location:
    """Tell what kind of list `name` names. A local file wins over `owner/repo`.

    `confined` says that a stranger may have named it.

    Raises: ListError where it is none; ConfigError where a stranger may not name it.
    """
    location = _locate(name, hosts)
    if not confined or isinstance(location, ReadmeLocation):
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
        case (full_name, ()) if segments[-1]:
            return ReadmeLocation(RepositoryName(full_name, hosts.home.name))
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
        raise ListError(f"{bare(url, '…')!r} is no valid URL") from None
    if not host or not url.isprintable() or " " in url:
        raise ListError(f"{bare(url, '…')!r} is no valid URL")
    target = target_of(url, hosts)
    if target is None and hosts.get(host) is None:
        return UrlLocation(url)
    if climbs(place):
        raise ListError(f"{place!r} has dot segments: give the address without them")
    if not unquote(place).isprintable():
        raise ListError(f"{place!r} is no valid URL")
    if target is None:
        return UrlLocation(url)
    owner = hosts.get(target.repository.host)
    assert owner is not None  # it recognised the address
    # Of the page of a file its source is what is meant.
    source = owner.file_url(target)
    if source is not None:
        return UrlLocation(source)
    return ReadmeLocation(target.repository, owner.folder_of(target))


_README: Final = re.compile(r"readme(?:\.(?:md|markdown|mdown|mkdn?|mdwn))?", re.I)
README_FOLDERS: Final = ("", ".github", "docs")
"""Where a repository may have its README."""


def find_readme(folder: Path) -> Path | None:
    """The README of a checkout; of several in one place the first by name."""
    for part in README_FOLDERS:
        with contextlib.suppress(OSError):
            found = sorted(path.name for path in (folder / part).iterdir() if path.is_file())
            for name in filter(_README.fullmatch, ("README.md", *found)):
                if name in found:
                    return folder / part / name
    return None


def read_text(name: str) -> str:
    """The text of a local file that is read as a list, without a byte order mark. Blocks.

    Raises: ListError where it cannot be read, is too large or no text.
    """
    return decode_list(name, read_file(name))


def read_file(name: str) -> bytes:
    """What is in a local file, or a little more than a list may have. Blocks.

    Raises: ListError where it cannot be read.
    """
    try:
        return _read_file(Path(name), confined=False)
    except (OSError, ValueError) as error:
        raise ListError(f"{name} cannot be read: {getattr(error, 'strerror', error)}") from None


def decode_list(name: str, content: bytes) -> str:
    """The text of a list, without a byte order mark.

    Raises: ListError where it is too large or no text.
    """
    if len(content) > MAX_LIST_BYTES:
        raise ListError(f"{name} is over {MAX_LIST_BYTES // 2**20} MiB, too large for a list")
    return decode(name, content)


def display_name(name: str, location: Location) -> str:
    """How a list is called in all that is said and kept: as the user named it, but without what
    may be a key. A local file may have any name."""
    return bare(name) if isinstance(location, ReadmeLocation | UrlLocation) else name


async def load_list(
    name: str, location: Location, fetch_readme: FetchReadme, send: Send
) -> ListText:
    """Read one list, in one attempt; `name` is its `display_name()`.

    Raises: ListError where it is missing, too large or undecodable; AttemptError
        where its server cannot be asked.
    """
    try:
        match location:
            case FileLocation(path, confined):
                content = await _read_aside(name, lambda: _read_file(path, confined=confined))
            case StdinLocation():
                content = await _read_aside("standard input", lambda: _drain(sys.stdin.fileno()))
            case ReadmeLocation(repository, folder):
                content = await _fetch_readme(name, repository, folder, fetch_readme)
            case UrlLocation():
                content = await _fetch_url(location, send)
    except TooLarge:
        content = bytes(MAX_LIST_BYTES + 1)
    text = await aside(len(content), lambda: decode_list(name, content))
    return named(name, location, text)


def named(name: str, location: Location, text: str) -> ListText:
    """The text of the list that is called `name`."""
    match location:
        case ReadmeLocation(repository):
            return ListText(name, repository.url, text)
        case UrlLocation(url):
            return ListText(name, bare(url), text)
        case _:
            return ListText(name, None, text)


def _read_file(path: Path, *, confined: bool) -> bytes:
    if not confined:
        with path.open("rb", buffering=0) as file:
            return _drain(file.fileno())
    with open_folder(path) as (folder, name):
        status = status_in(folder, name)
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EPERM, "it is no regular file")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(name, flags, dir_fd=folder)
        try:
            return _drain(descriptor)
        finally:
            os.close(descriptor)


def _drain(descriptor: int) -> bytes:
    """All of a file, or a little more than is allowed.

    It reads the descriptor: the lock of a buffered stream, held by a thread
    that waits, would make the interpreter abort when it ends.
    """
    content = bytearray()
    while len(content) <= MAX_LIST_BYTES and (chunk := os.read(descriptor, 2**20)):
        content += chunk
    return bytes(content[: MAX_LIST_BYTES + 1])


async def _read_aside(name: str, read: Callable[[], bytes]) -> bytes:
    """Read in a daemon thread: the other end of a pipe may never close it, and the threads of
    `to_thread` are waited for when the loop ends, so that Ctrl-C would not end the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()

    def settle(content: bytes | None, cause: str) -> None:
        if done.done():
            return
        if content is None:
            done.set_exception(ListError(f"{name} cannot be read: {cause}"))
        else:
            done.set_result(content)

    def run() -> None:
        content, cause = None, ""
        try:
            content = read()
        except OSError as error:
            cause = error.strerror or str(error)
        except (ValueError, AttributeError):  # standard input is closed, or there is none
            cause = "it is closed"
        with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(settle, content, cause)

    threading.Thread(target=run, name=f"reading {name}", daemon=True).start()
    return await done


async def _fetch_readme(
    name: str, repository: RepositoryName, folder: str, fetch_readme: FetchReadme
) -> bytes:
    response = await fetch_readme(repository, folder, MAX_LIST_BYTES)
    if response.status == 404:
        raise ListError(
            f"{name}: {repository.host} knows no public repository {repository} with a README"
            f"{f' in {folder}' if folder else ''}, and there is no local file of that name"
        )
    return response.body


async def _fetch_url(location: UrlLocation, send: Send) -> bytes:
    """GET it, following redirects; no credentials go along, so they may lead anywhere."""
    target, url = location.url, bare(location.url)
    schemes = ("https",) if location.confined else ("https", "http")
    for _ in range(1 + MAX_REDIRECTS):
        response = await send(Request("GET", target, max_bytes=MAX_LIST_BYTES, keep=_is_list))
        match response.status:
            case 200:
                return _markdown(url, target, response)
            case 301 | 302 | 303 | 307 | 308 if "location" in response.headers:
                target = _redirected(url, target, response.headers["location"], schemes)
            case status if response.is_passing or status == 429:
                raise BrokenAnswer(f"{url} answered with status {status}")
            case 404 | 410:
                raise ListError(f"{url} does not exist (status {response.status})")
            case status:
                raise ListError(f"{url} cannot be read: its server answered with status {status}")
    raise ListError(f"{url} redirects more than {MAX_REDIRECTS} times")


def _is_list(response: Response) -> bool:
    return not _is_page(response)


def _redirected(url: str, target: str, location: str, schemes: Sequence[str]) -> str:
    try:
        there = urljoin(target, location)
        scheme, host = urlsplit(there).scheme, urlsplit(there).hostname
    except ValueError:
        scheme, host, there = "", None, ""
    if scheme not in schemes or not host:
        where, kind = bare(location, "…"), "http(s)" if "http" in schemes else "https"
        raise ListError(f"{url} redirects to {where!r}, which is no {kind} URL")
    return there


def _is_page(response: Response) -> bool:
    start = response.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_page = "html" in response.headers.get("content-type", "")
    return is_page and start.startswith((b"<!doctype", b"<html"))


def _markdown(url: str, target: str, response: Response) -> bytes:
    if not _is_page(response):
        return response.body
    there = urlsplit(target).hostname
    if there != urlsplit(url).hostname:
        raise ListError(
            f"{url} leads to {there}, which answers with {describe(response)}: a network that "
            "wants a login may have answered"
        )
    raise ListError(f"{url} is {describe(response)}: give the address of its Markdown source")
