"""What GitHub says where it refuses, told from what somebody else says in its place.

Only GitHub's own JSON is a verdict: a gateway's 403 or a portal's 404 says nothing about a
repository or a token.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from crawler.http.exchange import Response
from crawler.http.pages import describe
from crawler.model.addresses import bare
from crawler.sources import UNREADABLE

_DOCUMENTATION: Final = re.compile(r"https://(?:[a-z]+\.)?github\.com/")
"""Where GitHub's errors lead, those of Enterprise Server, too."""

REQUEST_ID: Final = "x-github-request-id"
"""The header of every answer of GitHub; a proxy may take it away."""

PASSING: Final = frozenset({408, 421, 425})
"""Statuses that blame the connection or the time, as 5xx blame the server: another attempt may
succeed. https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx"""


_LOGIN: Final = ": a proxy, or a network that wants a login, may have answered"


class Block(msgspec.Struct):
    """Why a repository was taken down."""

    reason: str | None = None


class GitHubError(msgspec.Struct):
    """GitHub's own account of a refusal."""

    message: str
    """One sentence."""
    documentation_url: str | None = None
    block: Block | None = None


def read_error(response: Response) -> GitHubError | None:
    """What GitHub says in `response`; None where it is a page, or JSON of somebody else."""
    try:
        error = msgspec.json.decode(response.body, type=GitHubError)
    except UNREADABLE:
        return None
    is_githubs = (
        error.block is not None
        or REQUEST_ID in response.headers
        or _DOCUMENTATION.match(error.documentation_url or "")
    )
    return error if is_githubs else None


def is_passing(status: int) -> bool:
    """Whether the status says that another attempt may succeed."""
    return status >= 500 or status in PASSING


def leads_elsewhere(response: Response) -> str | None:
    """The host that a redirect leads to, if it is another one; None for any other answer."""
    if response.status // 100 != 3 or "location" not in response.headers:
        return None
    try:
        here = urlsplit(response.url).hostname
        there = urlsplit(urljoin(response.url, response.headers["location"])).hostname
    except ValueError:
        return None
    return there if there != here else None


def explain_foreign(response: Response) -> str:
    """One sentence on an answer that is not GitHub's own."""
    answered = f"{urlsplit(bare(response.url)).netloc} answered with status {response.status}"
    if (host := leads_elsewhere(response)) is not None:
        return f"{answered}, which leads to {bare(host)}{_LOGIN}"
    return f"{answered} and {describe(response)} instead of GitHub's JSON{_LOGIN}"
