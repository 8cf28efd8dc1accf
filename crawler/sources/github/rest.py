"""One repository by REST: what the answer says.

https://docs.github.com/en/rest/repos/repos#get-a-repository
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import urljoin, urlsplit

import msgspec

from crawler.http.exchange import Response
from crawler.model.addresses import climbs
from crawler.model.errors import BrokenAnswer
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal
from crawler.sources import UNREADABLE, Count
from crawler.sources.limits import read_message


class _License(msgspec.Struct):
    spdx_id: str | None = None


class _Repository(msgspec.Struct):
    full_name: Annotated[str, msgspec.Meta(pattern="^[^/]+/[^/]+$")]
    html_url: Annotated[str, msgspec.Meta(pattern="^https?://")]
    stargazers_count: Count
    id: Count | None = None
    forks_count: Count | None = None
    language: str | None = None
    license: _License | None = None
    archived: bool | None = None
    fork: bool | None = None
    private: bool | None = None
    pushed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    description: str | None = None


class _Block(msgspec.Struct):
    reason: str | None = None


class _Blocked(msgspec.Struct):
    block: _Block


def decode_repository(response: Response, now: datetime) -> Answer:
    """Read the answer to `GET /repos/{owner}/{repo}`, limits and credentials aside.

    Raises: BrokenAnswer where it is none, as with 5xx or a body that is not JSON.
    """
    match response.status:
        case 200:
            return _facts(response.body, now)
        case 404 | 410:
            return Refusal(Reason.NOT_FOUND, read_message(response) or "Not Found")
        case 451:
            return Refusal(Reason.BLOCKED, _block_message(response))
        case 403 if _block(response) is not None:
            return Refusal(Reason.BLOCKED, _block_message(response))
        case 403:
            return Refusal(Reason.FORBIDDEN, read_message(response) or "Forbidden")
        case status if status >= 500:
            raise BrokenAnswer(f"GitHub answered with status {status}")
        case status:
            said = read_message(response) or "no sentence"
            return Refusal(Reason.MALFORMED, f"GitHub answered with status {status} and {said}")


class _Visibility(msgspec.Struct):
    private: bool


def is_public(response: Response) -> bool:
    """Whether a repository's answer says that everybody may see it."""
    try:
        return not msgspec.json.decode(response.body, type=_Visibility).private
    except UNREADABLE:
        return False


def redirect_of(response: Response) -> str | None:
    """Where a redirect leads, if it stays on the same origin; None where there is none to follow.

    A renamed repository answers 301 to `/repositories/{id}`. Another origin is
    never followed, since the token would have to stay behind; nor are dot segments.
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


def _facts(body: bytes, now: datetime) -> Answer:
    try:
        found = msgspec.json.decode(body, type=_Repository)
    except msgspec.ValidationError as problem:
        return Refusal(Reason.MALFORMED, f"GitHub's figures cannot be read: {problem}")
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's answer is not JSON: {problem}") from None
    return Facts(
        full_name=found.full_name,
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
        pushed_at=found.pushed_at,
        about=found.description,
    )


def _block(response: Response) -> _Block | None:
    try:
        return msgspec.json.decode(response.body, type=_Blocked).block
    except UNREADABLE:
        return None


def _block_message(response: Response) -> str:
    message = read_message(response) or "Repository access blocked"
    block = _block(response)
    return f"{message} ({block.reason})" if block and block.reason else message
