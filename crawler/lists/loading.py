"""Load the text of a list from wherever it is."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import stat
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urljoin, urlsplit

from crawler.http.exchange import Request, Response, Send
from crawler.http.pages import describe
from crawler.lists.decoding import decode
from crawler.lists.locations import (
    BlobLocation,
    FileLocation,
    Location,
    ReadmeLocation,
    StdinLocation,
    UrlLocation,
)
from crawler.lists.targets import raw_place
from crawler.model.addresses import bare
from crawler.model.aside import aside
from crawler.model.confinement import open_folder, status_in
from crawler.model.errors import BrokenAnswer, ListError, TooLarge
from crawler.model.files import Markup, RepositoryFile, RepositoryPath, known_markup, markup_of
from crawler.model.frozen import frozen

MAX_LIST_BYTES: Final = 10 * 1024 * 1024
"""Bytes; the largest known list has 3 MiB."""

MAX_REDIRECTS: Final = 5

LONGEST_REF: Final = 3
"""Most segments of an address that may belong to the name of a branch: `tree/feature/x/docs` does
not say where the name ends."""

_HTML: Final = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*+-->\s*)?<(?:!doctype html|html[\s>])", re.I | re.S
)


class Files(Protocol):
    """Fetches files from the host of a repository, with a size limit in bytes, as
    `crawler.sources.base.Server` does."""

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """Fetches the README in a folder."""
        ...

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """A file."""
        ...


@frozen
class ListText:
    """A list that was read."""

    name: str
    """Its `display_name()`."""
    url: str | None
    """The address where readers find it."""
    text: str
    """The host's rendering if the format cannot be parsed as it is; it begins with `RENDERED`."""
    markup: Markup = Markup.MARKDOWN
    """The markup of `text`."""
    place: RepositoryPath | None = None
    """The file, if it is in a repository."""


RENDERED: Final = "<!doctype html>"
"""A text that begins with this is HTML, whatever the name of its file."""


async def load_list(name: str, location: Location, files: Files, send: Send) -> ListText:
    """Read one list, in one attempt; `name` is its `display_name()`.

    Raises: ListError if it is missing, too large, undecodable or in an unsupported format;
        AttemptError if its server cannot be asked.
    """
    file = None
    try:
        match location:
            case FileLocation(path, confined):
                content = await _read_aside(name, lambda: _read_file(path, confined=confined))
            case StdinLocation():
                content = await _read_aside("standard input", lambda: _drain(sys.stdin.fileno()))
            case ReadmeLocation(place):
                file = await _fetch(name, place, files.fetch_readme, "with a README")
                content = file.body
            case BlobLocation(place):
                file = await _fetch(name, place, files.fetch_file, "with a file")
                content = file.body
            case UrlLocation():
                content = await fetch_url(location, send)
    except TooLarge:
        content = bytes(MAX_LIST_BYTES + 1)
    text = await aside(len(content), lambda: decode_list(name, content))
    return named(name, location, text, file)


def named(name: str, location: Location, text: str, file: RepositoryFile | None = None) -> ListText:
    """The text of the list called `name` from `file`.

    Raises: ListError if its format is not supported there.
    """
    url: str | None = None
    place = file.place if file else None
    markup = Markup.MARKDOWN
    match location:
        case ReadmeLocation(folder):
            url = folder.repository.url
            place = place or replace(folder, path=f"{folder.path}/README.md".lstrip("/"))
        case BlobLocation(asked):
            place = place or asked
            url = f"{place.repository.url}/blob/{quote(place.ref)}/{quote(place.path)}"
        case UrlLocation(address):
            url, markup = bare(address), markup_of(urlsplit(address).path)
            place = raw_place(address)
        case FileLocation(path):
            markup = markup_of(path.name)
    if file is not None:
        markup = file.markup
        text = RENDERED + text if file.is_rendered and text.strip() else text
    if _HTML.match(text):
        markup = Markup.HTML
    if not (markup.is_source or (markup is Markup.RST and file is None)):
        raise ListError(_unread(name, markup, place))
    return ListText(name, url, text, markup, place)


def _unread(name: str, markup: Markup, place: RepositoryPath | None) -> str:
    if place is None:
        return (
            f"{name} is {markup}, which is only read as GitHub renders it: give owner/repo, or the "
            "address of its page there"
        )
    return (
        f"{name}: {place.path} is {markup}, which is only read as its host renders it, and "
        f"{place.repository.host} does not offer that"
    )


_README: Final = re.compile(r"readme(?:\.\w+)?", re.I)
README_FOLDERS: Final = ("", ".github", "docs")
"""Folders in which a repository may have its README."""


def find_readme(folder: Path) -> Path | None:
    """The README of a checkout that can be read as a list; README.md before others, which go by
    their names."""
    for part in README_FOLDERS:
        with contextlib.suppress(OSError):
            found = sorted(path.name for path in (folder / part).iterdir() if path.is_file())
            found.sort(key=lambda name: name != "README.md")
            for name in filter(_README.fullmatch, found):
                readable = (Markup.MARKDOWN, Markup.HTML, Markup.RST)
                if "." not in name or known_markup(name) in readable:
                    return folder / part / name
    return None


_HANDED_OVER: Final = re.compile(r"/dev/(?:fd/\d+|stdin|null)|/proc/self/fd/\d+")
"""What `<(command)` is called."""


def read_text(name: str) -> str:
    """The text of a local list file, without a byte order mark. Blocks.

    Raises: ListError if it cannot be read, is too large or not text.
    """
    return decode_list(name, read_file(name))


def read_file(name: str) -> bytes:
    """The content of a local file, up to slightly more than the limit for a list. Blocks.

    Of pipes, only those that a shell hands over are read: nobody may ever write into others.

    Raises: ListError if it cannot be read.
    """
    try:
        mode = Path(name).stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or _HANDED_OVER.fullmatch(name)):
            raise OSError(errno.EPERM, "it is not a regular file")
        return _read_file(Path(name), confined=False)
    except (OSError, ValueError) as error:
        raise ListError(f"{name} cannot be read: {getattr(error, 'strerror', error)}") from None


def decode_list(name: str, content: bytes) -> str:
    """The text of a list, without a byte order mark.

    Raises: ListError if it is too large or not text.
    """
    if len(content) > MAX_LIST_BYTES:
        raise ListError(f"{name} is over {MAX_LIST_BYTES // 2**20} MiB, too large for a list")
    return decode(name, content)


def _read_file(path: Path, *, confined: bool) -> bytes:
    if not confined:
        with path.open("rb", buffering=0) as file:
            return _drain(file.fileno())
    with open_folder(path) as (folder, name):
        return _read_regular(folder, name)


def _read_regular(folder: int | None, name: Path) -> bytes:
    status = status_in(folder, name)
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EPERM, "it is not a regular file")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        return _drain(descriptor)
    finally:
        os.close(descriptor)


def read_below(folder: Path, path: Path) -> bytes:
    """The content of a regular file below a folder, up to slightly more than the limit for a list.
    No link on the way is followed. Blocks.

    Raises: OSError.
    """
    with open_folder(path, base=folder) as (inner, name):
        return _read_regular(inner, name)


def _drain(descriptor: int) -> bytes:
    """The content of a file, up to slightly more than the limit.

    This reads from the descriptor: the lock of a buffered stream, held by a waiting thread,
    would make the interpreter abort at exit.
    """
    content = bytearray()
    while len(content) <= MAX_LIST_BYTES and (chunk := os.read(descriptor, 2**20)):
        content += chunk
    return bytes(content[: MAX_LIST_BYTES + 1])


async def _read_aside(name: str, read: Callable[[], bytes]) -> bytes:
    """Read in a daemon thread: the other end of a pipe may never close it, and the loop waits at
    its end for threads of `to_thread`, so that Ctrl-C would not end the program."""
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


async def _fetch(
    name: str,
    place: RepositoryPath,
    fetch: Callable[[RepositoryPath, int], Awaitable[RepositoryFile | None]],
    wanted: str,
) -> RepositoryFile:
    """Raises: ListError if it is missing; AttemptError."""
    for reading in _readings(place, least=0 if wanted.endswith("README") else 1):
        file = await fetch(reading, MAX_LIST_BYTES)
        if file is not None:
            return file
    path = f" in {place.path}" if place.path and wanted.endswith("README") else f" {place.path}"
    raise ListError(
        f"{name}: {place.repository.host} knows no public repository {place.repository} {wanted}"
        f"{path.rstrip()}"
        f"{f' at {place.ref}' if place.ref else ', and there is no local file of that name'}"
    )


def _readings(place: RepositoryPath, least: int) -> Iterator[RepositoryPath]:
    """The same address with ever longer refs, while enough segments are left."""
    yield place
    segments = place.path.split("/") if place.path else []
    for length in range(1, min(LONGEST_REF, 1 + len(segments) - least)):
        if not place.ref or "/" in place.ref:
            break  # it is written out, or percent-encoded
        ref = "/".join([place.ref, *segments[:length]])
        yield replace(place, ref=ref, path="/".join(segments[length:]))


async def fetch_url(location: UrlLocation, send: Send, max_bytes: int = MAX_LIST_BYTES) -> bytes:
    """GET it, following redirects; no credentials are sent, so they may lead anywhere."""
    target, url = location.url, bare(location.url)
    schemes = ("https",) if location.confined else ("https", "http")
    for _ in range(1 + MAX_REDIRECTS):
        response = await send(Request("GET", target, max_bytes=max_bytes, keep=_is_list))
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
    return not _is_page(response) or _is_named_page(response.url)


def _is_named_page(url: str) -> bool:
    """Whether an address is that of an HTML file, not just answered with a page."""
    return known_markup(urlsplit(url).path) is Markup.HTML


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
    if not _is_page(response) or (_is_named_page(url) and _is_named_page(target)):
        return response.body
    there = urlsplit(target).hostname
    if there != urlsplit(url).hostname:
        raise ListError(
            f"{url} leads to {there}, which answers with {describe(response)}: a network that "
            "wants a login may have answered"
        )
    raise ListError(f"{url} is {describe(response)}: give the address of its Markdown source")
