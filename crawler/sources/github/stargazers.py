"""The star history by REST: how many of a repository's current stars were given on each day.

https://github.blog/changelog/2026-09-04 announced it. A page holds up to 30 weeks, the newest
first; each week gives its Sunday and seven counts. Withdrawn stars are not counted, so the sum of
all days is today's count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Final
from urllib.parse import urljoin, urlsplit

import msgspec

from crawler.http.exchange import Response
from crawler.model.errors import BrokenAnswer
from crawler.model.frozen import frozen
from crawler.sources import UNREADABLE, Count
from crawler.sources.github.rest import redirect_of

WEEKS_A_PAGE: Final = 30
MOST_PAGES: Final = 100

_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next\b', re.I)
"""https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api"""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400
_LAST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())

_PATH: Final = re.compile(r"/(?:repos/[^/]+/[^/]+|repositories/\d+)/stargazers/history/?\Z")
"""The path of a star history, under a repository's name or its number."""


def is_history(url: str) -> bool:
    """Whether the request is for a star history. It may refuse a token that is valid elsewhere:
    GitHub shows the list of stargazers only to administrators."""
    return _PATH.search(urlsplit(url).path) is not None


class _Week(msgspec.Struct):
    week: Annotated[int, msgspec.Meta(ge=0, le=_LAST)]
    days: Annotated[list[Count], msgspec.Meta(min_length=7, max_length=7)]


@frozen
class HistoryPage:
    """One page of a star history."""

    days: Mapping[int, int]
    """Stars that still stand, by the day (`date.toordinal()`) on which they were given, none later
    than today; includes days without stars."""
    next_url: str | None
    """The address of the next page, with older weeks; None if there is none."""


def decode_history(response: Response, today: date) -> HistoryPage:
    """Decode one page of the answer to `GET /repos/{owner}/{repo}/stargazers/history`.

    Days of the current week that are still to come are left out. GitHub's days may not be days of
    UTC, so a star may seem to be from tomorrow: it counts as one from today.

    Raises: BrokenAnswer if the body is not a star history.
    """
    try:
        weeks = msgspec.json.decode(response.body, type=list[_Week])
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's star history cannot be read: {problem}") from None
    stars: dict[int, int] = {}
    for week in weeks:
        sunday = _EPOCH + week.week // _DAY
        stars |= zip(range(sunday, sunday + 7), week.days, strict=True)
    last = today.toordinal()
    to_come = sum(stars.pop(day) for day in [*stars] if day > last)
    if to_come:
        stars[last] = stars.get(last, 0) + to_come
    return HistoryPage(stars, _next_page(response))


def _next_page(response: Response) -> str | None:
    """The link to the next page; only on the same origin, as with redirects."""
    found = _NEXT.search(response.headers.get("link", ""))
    if found is None:
        return None
    target = urljoin(response.url, found[1])
    return redirect_of(replace(response, status=302, headers={"location": target}))
