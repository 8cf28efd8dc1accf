"""One repository by REST: decode the answer.

https://docs.github.com/en/rest/repos/repos#get-a-repository
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import urljoin, urlsplit

import msgspec

from crawler.http.exchange import Response
from crawler.http.pages import is_page
from crawler.model.addresses import climbs
from crawler.model.errors import BrokenAnswer, ForeignAnswer
from crawler.model.text import cut
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal
from crawler.sources import LONGEST_ABOUT, UNREADABLE, Address, Count, FullName, Word
from crawler.sources.github.errors import explain_foreign, read_error


class _License(msgspec.Struct):
    spdx_id: Word | None = None


class _Repository(msgspec.Struct):
    full_name: FullName
    html_url: Address
    stargazers_count: Count
    id: Count | None = None
    forks_count: Count | None = None
    language: Word | None = None
    license: _License | None = None
    archived: bool | None = None
    fork: bool | None = None
    private: bool | None = None
    created_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    pushed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    description: str | None = None


def decode_repository(response: Response, host: str, now: datetime) -> Answer:
    """Decode the answer of `host` to `GET /repos/{owner}/{repo}`, apart from limits and
    credentials.

    Raises: BrokenAnswer if the answer is invalid, as with status 5xx or a body that is cut off,
        or is not from GitHub.
    """
    if response.is_passing:
        raise BrokenAnswer(f"GitHub answered with status {response.status}")
    error = read_error(response)
    match response.status:
        case 200 if not is_page(response):
            return _facts(response.body, host, now)
        case status if error is None or status // 100 == 3:
            raise ForeignAnswer(explain_foreign(response))
        case 404 | 410:
            return Refusal(Reason.NOT_FOUND, error.message)
        case 403 | 451 if error.block is not None:
            reason = f" ({error.block.reason})" if error.block.reason else ""
            return Refusal(Reason.BLOCKED, error.message + reason)
        case 451:
            return Refusal(Reason.BLOCKED, error.message)
        case 403:
            return Refusal(Reason.FORBIDDEN, error.message)
        case status:
            message = f"GitHub answered with status {status} and {error.message}"
            return Refusal(Reason.MALFORMED, message)


class _Visibility(msgspec.Struct):
    private: bool


def is_public(response: Response) -> bool:
    """Whether an answer says that a repository is public."""
    try:
        return not msgspec.json.decode(response.body, type=_Visibility).private
    except UNREADABLE:
        return False


def redirect_of(response: Response) -> str | None:
    """The target of a redirect if it stays on the same origin; None if there is none to follow.

    A renamed repository answers 301 to `/repositories/{id}`. Redirects to another
    origin are not followed, since the token must not be sent there, and neither are dot segments.
    """
    if response.status not in (301, 302, 307, 308) or "location" not in response.headers:
        return None
    location = response.headers["location"]
    if climbs(re.split("[?#]", location, maxsplit=1)[0]):
        return None
    try:
        target = urljoin(response.url, location)
        same = "@" not in target and _origin(response.url) == _origin(target)
    except ValueError:
        return None
    return target if same else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _facts(body: bytes, host: str, now: datetime) -> Answer:
    try:
        found = msgspec.json.decode(body, type=_Repository)
    except msgspec.ValidationError as problem:
        return Refusal(Reason.MALFORMED, f"GitHub's figures cannot be read: {problem}")
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's answer is not JSON: {problem}") from None
    return Facts(
        full_name=found.full_name,
        host=host,
        url=found.html_url,
        stars=found.stargazers_count,
        provider=Provider.REST,
        fetched_at=now,
        id=found.id,
        forks=found.forks_count,
        language=found.language,
        license=found.license.spdx_id if found.license else None,
        archived=found.archived,
        fork=found.fork,
        private=found.private,
        created_at=found.created_at,
        pushed_at=found.pushed_at,
        about=found.description and cut(found.description, LONGEST_ABOUT),
    )
