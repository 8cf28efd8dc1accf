"""Tell refusals by GitHub from answers of something else in its place.

Only GitHub's own JSON is a verdict: a gateway's 403 or a portal's 404 says nothing about a
repository or a token.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from crawler.http.exchange import Response
from crawler.http.pages import explain
from crawler.model.text import cut
from crawler.sources import LONGEST_MESSAGE, UNREADABLE

_DOCUMENTATION: Final = re.compile(r"https://(?:[a-z]+\.)?github\.com/")
"""Documentation links in GitHub's errors, including those of Enterprise Server."""

REQUEST_ID: Final = "x-github-request-id"
"""The header of every answer of GitHub; a proxy may remove it."""


class Block(msgspec.Struct):
    """Why a repository was taken down."""

    reason: str | None = None


class GitHubError(msgspec.Struct):
    """A refusal in GitHub's own words."""

    message: str
    """One sentence."""
    documentation_url: str | None = None
    block: Block | None = None

    def __post_init__(self) -> None:
        self.message = cut(self.message, LONGEST_MESSAGE)


def read_error(response: Response) -> GitHubError | None:
    """GitHub's error in `response`; None if it is a page, or JSON from something else."""
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


def explain_foreign(response: Response) -> str:
    """One sentence about an answer that is not from GitHub."""
    return explain(response, "GitHub's JSON")
