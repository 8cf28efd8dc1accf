"""What a response says about limits and credentials.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from crawler.http.exchange import Response, Token
from crawler.model.errors import CredentialsError, RunError, Throttled
from crawler.sources import UNREADABLE

RESET_MARGIN: Final = timedelta(seconds=1)
"""The reset is told in whole seconds; a request in that very second is still refused."""

LATEST_RESET: Final = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
"""The last day that a datetime can hold in any time zone; a reset beyond it is nonsense."""

READ_OF_A_PAGE: Final = 2000
"""Bytes of a refusal that is not JSON in which its reason is looked for."""

_LIMIT_TYPES: Final = ("RATE_LIMITED", "RATE_LIMIT")
_LIMIT_WORDS: Final = re.compile(
    r"rate limit exceeded|exceeded a rate limit|secondary rate|abuse detection|wait a few minutes",
    re.I,
)
_LIMIT_HINT: Final = re.compile(rb'"RATE_LIMIT|rate limit|wait a few minutes', re.I)


@dataclass(frozen=True, slots=True)
class Limit:
    """A refusal because a limit is used up."""

    message: str
    """GitHub's sentence."""
    until: datetime | None
    """UTC; the first moment at which asking again makes sense. None: it does not say."""


class _Body(msgspec.Struct):
    message: Any = None
    errors: Any = None
    data: Any = None


def _decode(response: Response) -> _Body:
    try:
        return msgspec.json.decode(response.body, type=_Body)
    except UNREADABLE:
        return _Body()


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of an hour's allowance."""

    resource: str
    """`core` or `graphql`; it is counted in requests or points."""
    remaining: int
    resets_at: datetime


def read_quota(response: Response) -> Quota | None:
    """The quota that the headers of `response` tell of, if they do."""
    headers = response.headers
    remaining = _whole_number(headers.get("x-ratelimit-remaining"))
    reset = _whole_number(headers.get("x-ratelimit-reset"))
    resource = headers.get("x-ratelimit-resource")
    if remaining is None or reset is None or resource is None:
        return None
    return Quota(resource, remaining, datetime.fromtimestamp(min(reset, LATEST_RESET), UTC))


def read_message(response: Response) -> str | None:
    """GitHub's own sentence in the body of a refusal, if it has one."""
    message = _decode(response).message
    return message if isinstance(message, str) else None


def read_limit(response: Response, now: datetime) -> Limit | None:
    """The limit that `response` says is used up; None where it is no such refusal.

    GraphQL answers 200 with an error of type RATE_LIMITED, REST 403 or 429.
    """
    message = _limit_message(response)
    return None if message is None else Limit(message, _until(response, now))


def verdict(response: Response, token: Token | None, now: datetime) -> RunError | None:
    """What `response` means for every request that follows; None where it concerns itself alone.

    A refused token stays refused; a limit holds for all until it ends.
    """
    if response.status == 401:
        return _refused_credentials(token)
    limit = read_limit(response, now)
    return Throttled(limit.message, limit.until) if limit else None


def _refused_credentials(token: Token | None) -> CredentialsError:
    if token is None:
        return CredentialsError("GitHub wants a token: set GH_TOKEN, or log in with gh auth login")
    return CredentialsError(
        f"GitHub refuses the token from {token.origin}: it is wrong, expired or revoked; "
        "set a new one, or unset it to go without"
    )


def _limit_message(response: Response) -> str | None:
    match response.status:
        case 200:
            # Nearly all answers are no refusals: look before decoding them twice.
            return _graphql_limit(response) if _LIMIT_HINT.search(response.body) else None
        case 429:
            return read_message(response) or "Too many requests"
        case 403:
            message = read_message(response)
            # Not always JSON: what stands before GitHub refuses with a page of its own.
            said = message or response.body[:READ_OF_A_PAGE].decode(errors="replace")
            used_up = response.headers.get("x-ratelimit-remaining") == "0"
            told_to_wait = "retry-after" in response.headers
            if used_up or told_to_wait or _LIMIT_WORDS.search(said):
                return message or "API rate limit exceeded"
    return None


def _graphql_limit(response: Response) -> str | None:
    """The sentence of an error of that type; of the whole body where it is nothing else."""
    body = _decode(response)
    for error in body.errors if isinstance(body.errors, list) else []:
        if not isinstance(error, dict):
            continue
        message = str(error.get("message") or "API rate limit exceeded")
        is_limit = body.data is None and _LIMIT_WORDS.search(message)
        if error.get("type") in _LIMIT_TYPES or (is_limit and "type" not in error):
            return message
    says_so = isinstance(body.message, str) and _LIMIT_WORDS.search(body.message)
    return str(body.message) if says_so and body.data is None else None


def _until(response: Response, now: datetime) -> datetime | None:
    """GitHub's order: retry-after; else the reset, where nothing remains."""
    seconds = _whole_number(response.headers.get("retry-after"))
    if seconds is not None:
        return now + timedelta(seconds=min(seconds, timedelta(days=1).total_seconds()))
    reset = _whole_number(response.headers.get("x-ratelimit-reset"))
    if response.headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(now, datetime.fromtimestamp(min(reset, LATEST_RESET - 1), UTC) + RESET_MARGIN)
    return None


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,15}", text) else None
