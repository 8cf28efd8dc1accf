"""Read limits and refused credentials from responses.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from crawler.http.exchange import Response, Token
from crawler.http.pages import is_page, words_of
from crawler.model.errors import BrokenAnswer, CredentialsError, RunError, Throttled, TokenRefused
from crawler.model.frozen import frozen
from crawler.model.text import cut
from crawler.sources import LONGEST_MESSAGE, UNREADABLE, check_parts
from crawler.sources.github.errors import explain_foreign, read_error

RESET_MARGIN: Final = timedelta(seconds=1)
"""The reset time has whole seconds; a request in that very second is still refused."""

LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""The last day that a datetime can hold in any time zone; a later reset is invalid."""

NEARLY_USED_UP: Final = 100
"""Points that may be left when GitHub refuses a query because it costs more than that."""

LOCKED_FOR: Final = timedelta(hours=1)
"""How long GitHub accepts no token after too many wrong ones; GitHub does not say."""

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""Difference between the clocks of the server and this machine that rounding and the duration of
an answer can explain."""

LONGEST_WAIT: Final = timedelta(days=1)
"""A longer `retry-after` is invalid."""

AROUND: Final = 200
"""Characters on either side of a phrase about a limit in which to look for its sentence."""

MOST_PARTS: Final = 110_000
"""Commas allowed in a body to decode: more than any answer to a query has."""

_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?]) ")
_LIMIT_TYPES: Final = ("RATE_LIMITED", "RATE_LIMIT")
_LIMIT_WORDS: Final = re.compile(
    r"rate limit (?:already )?exceeded|(?:exceeded|triggered) a rate limit|secondary rate limit"
    r"|abuse detection|wait a few minutes|too many requests",
    re.I,
)
_LIMIT_HINTS: Final = (
    b'"rate_limit',
    b"rate limit",
    b"abuse detection",
    b"wait a few minutes",
    b"too many requests",
)
"""In lower case."""
_SUSPENDED: Final = re.compile(r"\b(?:account|installation|user)\b.{0,40}\bsuspended\b", re.I)
_LOCKED: Final = re.compile(r"maximum number of login attempts", re.I)


@frozen
class Limit:
    """A refusal because a limit is used up."""

    message: str
    """The server's sentence."""
    until: datetime | None
    """UTC; the earliest time for another request. None: it does not say."""


class _Body(msgspec.Struct):
    message: Any = None
    errors: Any = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def _decode(response: Response) -> _Body:
    try:
        check_parts(response.body, MOST_PARTS)
        return msgspec.json.decode(response.body, type=_Body)
    except (BrokenAnswer, *UNREADABLE):
        return _Body()


@frozen
class Quota:
    """The remaining part of an hour's allowance."""

    resource: str
    """`core`, counted in requests, or `graphql`, counted in points."""
    remaining: int
    resets_at: datetime
    limit: int | None = None
    """The allowance of an hour; None if the server does not say."""


def read_quota(response: Response) -> Quota | None:
    """The quota in the headers of `response`, if there is one."""
    headers = response.headers
    remaining = _whole_number(headers.get("x-ratelimit-remaining"))
    reset = _whole_number(headers.get("x-ratelimit-reset"))
    resource = headers.get("x-ratelimit-resource")
    if remaining is None or reset is None or resource is None:
        return None
    resets_at = datetime.fromtimestamp(min(reset, LATEST.timestamp()), UTC)
    return Quota(resource, remaining, resets_at, _whole_number(headers.get("x-ratelimit-limit")))


def read_message(response: Response) -> str | None:
    """The server's message in the JSON of a refusal, if there is one."""
    message = _decode(response).message
    return cut(message, LONGEST_MESSAGE) if isinstance(message, str) else None


def read_limit(response: Response, now: datetime) -> Limit | None:
    """The used-up limit that `response` reports; None if it is not such a refusal.

    GraphQL answers 200 with an error of type RATE_LIMITED, REST 403 or 429. Servers in front
    of GitHub answer with a page.
    """
    message = _limit_message(response)
    return None if message is None else Limit(message, _until(response, now))


def verdict(
    response: Response, token: Token | None, now: datetime, *, is_proven: bool = False
) -> RunError | None:
    """What `response` means for all following requests; None if it concerns only its own.

    A refused token stays refused; a limit holds for all until it ends. `is_proven` says whether
    the token was accepted before: then its refusal is a `TokenRefused`, not a `CredentialsError`.
    """
    if (refusal := _refused_token(response, token)) is not None:
        return TokenRefused(refusal) if is_proven else CredentialsError(refusal)
    if (said := _own_message(response, _LOCKED)) is not None:
        until = _until(response, now) or now + LOCKED_FOR
        return Throttled(
            f"GitHub accepts no token for a while after too many wrong ones, saying {said!r}",
            until,
            is_waited_for=False,
        )
    limit = read_limit(response, now)
    return Throttled(limit.message, limit.until) if limit else None


def _refused_token(response: Response, token: Token | None) -> str | None:
    """Why every request with this token, or without one, is refused; None if it does not say."""
    origin = "" if token is None else f" from {token.found_in}"
    if token is not None and (said := _own_message(response, _SUSPENDED)) is not None:
        return (
            f"GitHub has suspended the account of the token{origin}, saying {said!r}: set that of "
            "another account, or unset it to go without"
        )
    if response.status != 401:
        return None
    if is_page(response):
        return explain_foreign(response)
    if token is None:
        return "GitHub wants a token: set GH_TOKEN, or log in with gh auth login"
    return (
        f"GitHub refuses the token{origin}: it is wrong, expired or revoked; "
        "set a new one, or unset it to go without"
    )


def _own_message(response: Response, words: re.Pattern[str]) -> str | None:
    """GitHub's message in a 403, if it contains these words."""
    error = read_error(response) if response.status == 403 else None
    return error.message if error and words.search(error.message) else None


def _limit_message(response: Response) -> str | None:
    match response.status:
        case 200:
            # Nearly all answers are not refusals: search before decoding them twice.
            body = response.body.lower()  # a search without case takes twenty times as long
            return _graphql_limit(response) if any(hint in body for hint in _LIMIT_HINTS) else None
        case 429:
            return read_message(response) or _limit_words(response) or "Too many requests"
        case status if status >= 400:
            message = read_message(response)
            used_up = response.headers.get("x-ratelimit-remaining") == "0"
            told_to_wait = "retry-after" in response.headers
            said = _limit_words(response) if message is None else message
            is_limit = said is not None and _LIMIT_WORDS.search(said)
            if is_limit or (status == 403 and (used_up or told_to_wait)):
                return said or "API rate limit exceeded"
    return None


def _limit_words(response: Response) -> str | None:
    """The sentence about a limit in a page, or in anything else that is not GitHub's JSON."""
    text = words_of(response)
    found = _LIMIT_WORDS.search(text)
    if found is None:
        return None
    around = text[max(0, found.start() - AROUND) : found.end() + AROUND]
    return next(filter(_LIMIT_WORDS.search, _SENTENCE_ENDS.split(around)))


def _graphql_limit(response: Response) -> str | None:
    """The message of an error about a limit; of the whole body if it is not an answer."""
    if "html" in response.headers.get("content-type", ""):
        return _limit_words(response)
    body = _decode(response)
    for error in body.errors if isinstance(body.errors, list) else []:
        if not isinstance(error, dict):
            continue
        message = error.get("message")
        said = isinstance(message, str) and _LIMIT_WORDS.search(message)
        if error.get("type") in _LIMIT_TYPES or said:
            return cut(str(message or "API rate limit exceeded"), LONGEST_MESSAGE)
    says_so = isinstance(body.message, str) and _LIMIT_WORDS.search(body.message)
    return (
        cut(str(body.message), LONGEST_MESSAGE) if says_so and bytes(body.data) == b"null" else None
    )


def _until(response: Response, now: datetime) -> datetime | None:
    """The end of a limit, in GitHub's order: retry-after; else the reset, if too little is left.

    By this machine's clock: corrected by how much the server's `Date` differs from it.
    """
    server_now = _date(response.headers.get("date")) or now
    if abs(server_now - now) < CLOCK_TOLERANCE:
        server_now = now
    told = response.headers.get("retry-after")
    seconds = _whole_number(told)
    if seconds is not None:
        return now + timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
    if (moment := _date(told)) is not None:
        return now + min(max(moment - server_now, timedelta(0)), LONGEST_WAIT)
    reset = _whole_number(response.headers.get("x-ratelimit-reset"))
    remaining = _whole_number(response.headers.get("x-ratelimit-remaining"))
    # A query may cost more than what is left.
    most = NEARLY_USED_UP if response.status == 200 else 0
    if reset is None or remaining is None or remaining > most:
        return None
    moment = datetime.fromtimestamp(min(reset, LATEST.timestamp()), UTC) + RESET_MARGIN
    return now + min(max(moment - server_now, timedelta(0)), LATEST - now)


def _date(text: str | None) -> datetime | None:
    """https://www.rfc-editor.org/rfc/rfc9110#http.date"""
    try:
        return parsedate_to_datetime(text or "").astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,15}", text) else None
