"""Files of repositories by REST: their source, or the HTML that GitHub renders from it.

https://docs.github.com/en/rest/repos/contents
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn
from urllib.parse import quote

import msgspec

from crawler.http.exchange import Response
from crawler.http.pages import is_page, leads_elsewhere
from crawler.model.addresses import encode_path
from crawler.model.errors import BrokenAnswer, ForeignAnswer, ListError, RunError
from crawler.model.files import RepositoryFile, RepositoryPath, markup_of
from crawler.sources import UNREADABLE
from crawler.sources.github.client import GitHub
from crawler.sources.github.errors import explain_foreign, read_error

Fetch = Callable[[GitHub, RepositoryPath, int], Awaitable[RepositoryFile | None]]
"""`fetch_readme` or `fetch_file`."""

_JSON: Final = "application/vnd.github+json"
_RAW: Final = "application/vnd.github.raw+json"
_RENDERED: Final = "application/vnd.github.html+json"

_AROUND: Final = 64 * 1024
"""Bytes of an answer besides the content in it, which is in Base64."""


class _Contents(msgspec.Struct):
    path: str
    content: str = ""
    encoding: str = ""
    size: int = 0

    def body(self) -> bytes | None:
        """None if it is too large to be included in JSON, which is limited to 1 MB."""
        if self.encoding != "base64" or (self.size and not self.content):
            return None
        return b64decode(self.content)


async def fetch_readme(
    github: GitHub, folder: RepositoryPath, max_bytes: int
) -> RepositoryFile | None:
    """The README of a folder: one request for Markdown, two if GitHub renders it.

    Raises: AttemptError; RunError if GitHub refuses the README; UsageError if the path has dot
        segments.
    """
    path = _path("readme", folder)
    most = max_bytes * 4 // 3 + _AROUND
    response = await github.get(path, _JSON, max_bytes=most, keep=_is_contents)
    if _is_too_large(response):
        found = None
    elif _is_there(response, folder, is_own=not is_page(response)):
        found = _decode(response)
    else:
        return None
    name = found.path if found else f"{folder.path}/README.md".lstrip("/")
    place = RepositoryPath(folder.repository, name, folder.ref)
    if not markup_of(place.path).is_source:
        return await _fetch(github, path, place, max_bytes, _RENDERED)
    try:
        body = found.body() if found else None
    except binascii.Error as problem:
        raise BrokenAnswer(f"GitHub's answer is not Base64: {problem}") from None
    if body is None:
        return await _fetch(github, path, place, max_bytes, _RAW)
    return RepositoryFile(place, body)


async def fetch_file(
    github: GitHub, place: RepositoryPath, max_bytes: int
) -> RepositoryFile | None:
    """Fetch a file with one request.

    Raises: as `fetch_readme`; ListError if it is a folder.
    """
    accept = _RAW if markup_of(place.path).is_source else _RENDERED
    return await _fetch(github, _path("contents", place), place, max_bytes, accept)


async def _fetch(
    github: GitHub, path: str, place: RepositoryPath, max_bytes: int, accept: str
) -> RepositoryFile | None:
    is_own = _is_rendered if accept is _RENDERED else _is_source
    response = await github.get(path, accept, max_bytes=max_bytes, keep=is_own)
    if response.status == 200 and _is_listing(response):
        raise ListError(f"{place.path} of {place.repository} is a folder, not a file")
    if not _is_there(response, place, is_own=is_own(response)):
        return None
    return RepositoryFile(place, response.body, is_rendered=accept is _RENDERED)


def _path(resource: str, place: RepositoryPath) -> str:
    name = place.repository
    segments = filter(None, place.path.split("/"))
    path = encode_path("repos", name.owner, name.name, resource, *segments)
    return f"{path}?ref={quote(place.ref, safe='')}" if place.ref else path


def _is_there(response: Response, place: RepositoryPath, *, is_own: bool) -> bool:
    """Whether the file exists.

    Raises: AttemptError, RunError.
    """
    if response.status == 200 and is_own:
        return True
    what = f"{place.path} of {place.repository}" if place.path else f"README of {place.repository}"
    error = read_error(response)
    if error is None or leads_elsewhere(response) is not None:
        raise ForeignAnswer(f"there is no {what}: {explain_foreign(response)}")
    if response.status != 404:
        _refuse(what, response.status, error.message)
    return False


def _refuse(what: str, status: int, message: str) -> NoReturn:
    raise RunError(f"GitHub refuses the {what} (status {status}), saying {message!r}")


def _decode(response: Response) -> _Contents:
    """Raises: BrokenAnswer."""
    try:
        return msgspec.json.decode(response.body, type=_Contents)
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's answer holds no file: {problem}") from None


def _is_contents(response: Response) -> bool:
    try:
        return bool(_decode(response).path)
    except BrokenAnswer:
        return False


def _is_too_large(response: Response) -> bool:
    """Whether GitHub only says that the file is too large for JSON."""
    return response.status == 403 and b'"too_large"' in response.body


def _is_source(response: Response) -> bool:
    """Whether an answer may be a source, which GitHub does not send as a page."""
    return _is_marked(response) or not is_page(response)


def _is_rendered(response: Response) -> bool:
    """Whether an answer may be rendered by GitHub: it is not a page with a head."""
    start = response.body[:500].lstrip().lower()
    return _is_marked(response) or not start.startswith((b"<!doctype", b"<html", b"<head"))


def _is_marked(response: Response) -> bool:
    return "vnd.github." in response.headers.get("content-type", "")


def _is_listing(response: Response) -> bool:
    """Whether an answer lists the files of a folder; GitHub sends that only as JSON."""
    kind = response.headers.get("content-type", "")
    return kind.startswith("application/json") and response.body[:1] == b"["
