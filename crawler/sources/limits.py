"""What a response says about limits and credentials.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from crawler.http.exchange import Response, Token
from crawler.http.pages import is_page, words_of
from crawler.model.errors import BrokenAnswer, CredentialsError, RunError, Throttled, TokenRefused
from crawler.model.text import cut
from crawler.sources import LONGEST_MESSAGE, UNREADABLE, check_parts
from crawler.sources.github.errors import explain_foreign, read_error

RESET_MARGIN: Final = timedelta(seconds=1)
"""The reset is told in whole seconds; a request in that very second is still refused."""

LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""The last day that a datetime can hold in any time zone; a reset beyond it is nonsense."""

NEARLY_USED_UP: Final = 100
"""Points that may be left of an hour although GitHub refuses a query for it: one that costs more
is refused, too."""

LOCKED_FOR: Final = timedelta(hours=1)
"""How long GitHub takes no token after too many wrong ones; it does not say."""

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""Difference between the clocks of the server and of this machine that may come from rounding and
from the time that an answer takes."""

LONGEST_WAIT: Final = timedelta(days=1)
"""A longer `retry-after` is nonsense."""

AROUND: Final = 200
"""Characters on either side of the words of a limit, in which their sentence is looked for."""

MOST_PARTS: Final = 110_000
"""Commas of a body that is decoded: more than any answer to a query has."""

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


@dataclass(frozen=True, slots=True)
class Limit:
    """A refusal because a limit is used up."""

    message: str
    """The server's sentence."""
    until: datetime | None
    """UTC; the first moment at which asking again makes sense. None: it does not say."""


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


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of an hour's allowance."""

    resource: str
    """`core` or `graphql`; it is counted in requests or points."""
    remaining: int
    resets_at: datetime
    limit: int | None = None
    """How much an hour has; None where that is not told."""


def read_quota(response: Response) -> Quota | None:
    """The quota that the headers of `response` tell of, if they do."""
    headers = response.headers
    remaining = _whole_number(headers.get("x-ratelimit-remaining"))
    reset = _whole_number(headers.get("x-ratelimit-reset"))
    resource = headers.get("x-ratelimit-resource")
    if remaining is None or reset is None or resource is None:
        return None
    resets_at = datetime.fromtimestamp(min(reset, LATEST.timestamp()), UTC)
    return Quota(resource, remaining, resets_at, _whole_number(headers.get("x-ratelimit-limit")))


def read_message(response: Response) -> str | None:
    """The server's own sentence in the JSON of a refusal, if it has one."""
    message = _decode(response).message
    return cut(message, LONGEST_MESSAGE) if isinstance(message, str) else None


def read_limit(response: Response, now: datetime) -> Limit | None:
    """The limit that `response` says is used up; None where it is no such refusal.

    GraphQL answers 200 with an error of type RATE_LIMITED, REST 403 or 429. What stands before
    GitHub answers with a page.
    """
    message = _limit_message(response)
    return None if message is None else Limit(message, _until(response, now))


def verdict(
    response: Response, token: Token | None, now: datetime, *, is_proven: bool = False
) -> RunError | None:
    """What `response` means for every request that follows; None where it concerns itself alone.

    A refused token stays refused; a limit holds for all until it ends. `is_proven` says whether
    the token was taken before: then its refusal is no `CredentialsError`, but a `TokenRefused`.
    """
    if (refusal := _refused_token(response, token)) is not None:
        return TokenRefused(refusal) if is_proven else CredentialsError(refusal)
    if (said := _own_message(response, _LOCKED)) is not None:
        until = _until(response, now) or now + LOCKED_FOR
        return Throttled(
            f"GitHub takes no token for a while, since wrong ones came too often, saying {said!r}",
            until,
            is_waited_for=False,
        )
    limit = read_limit(response, now)
    return Throttled(limit.message, limit.until) if limit else None


def _refused_token(response: Response, token: Token | None) -> str | None:
    """Why nobody gets an answer with the token, or without one; None where that is not said."""
    origin = "" if token is None else f" from {token.origin}"
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
    """GitHub's sentence in a 403, if it has these words."""
    error = read_error(response) if response.status == 403 else None
    return error.message if error and words.search(error.message) else None


def _limit_message(response: Response) -> str | None:
    match response.status:
        case 200:
            # Nearly all answers are no refusals: look before decoding them twice.
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
    """The sentence of a page, or of whatever else is not GitHub's JSON, that tells of a limit."""
    text = words_of(response)
    found = _LIMIT_WORDS.search(text)
    if found is None:
        return None
    around = text[max(0, found.start() - AROUND) : found.end() + AROUND]
    return next(filter(_LIMIT_WORDS.search, _SENTENCE_ENDS.split(around)))


def _graphql_limit(response: Response) -> str | None:
    """The sentence of an error that tells of a limit; of the whole body where it is no answer."""
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
    """GitHub's order: retry-after; else the reset, where nothing remains, or not enough.

    By the clock of this machine: what the server's `Date` differs from it, the end does, too.
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
