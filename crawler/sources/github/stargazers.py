"""The star history by REST: how many of the stars that a repository has today came on each day.

https://github.blog/changelog/2026-09-04 announced it. A page holds up to 30 weeks, the newest
first; each week names its Sunday and seven counts. A star that was taken back is not counted, so
all days together are the count of today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Final
from urllib.parse import urljoin, urlsplit

import msgspec

from crawler.http.exchange import Response
from crawler.model.errors import BrokenAnswer
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
    """Whether a star history is asked for. A token may be refused there that is taken elsewhere:
    the list of stargazers is shown to administrators alone."""
    return _PATH.search(urlsplit(url).path) is not None


class _Week(msgspec.Struct):
    week: Annotated[int, msgspec.Meta(ge=0, le=_LAST)]
    days: Annotated[list[Count], msgspec.Meta(min_length=7, max_length=7)]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a star history."""

    days: Mapping[date, int]
    """Stars that still stand by the day on which they were given, none of them later than
    today; days without stars are there, too."""
    next_url: str | None
    """The page before this one in time; None where there is none."""


def decode_history(response: Response, today: date) -> HistoryPage:
    """Read one page of the answer to `GET /repos/{owner}/{repo}/stargazers/history`.

    Days of the running week that are still to come hold no stars, and are left out. Where the
    borders of GitHub's days are not those of UTC, a star may seem to be of tomorrow: it counts
    as one of today.

    Raises: BrokenAnswer where the body is no star history.
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
    return HistoryPage({date.fromordinal(day): stars[day] for day in stars}, _next_page(response))


def _next_page(response: Response) -> str | None:
    """The link to the next page; only on the same origin, as with redirects."""
    found = _NEXT.search(response.headers.get("link", ""))
    if found is None:
        return None
    target = urljoin(response.url, found[1])
    return redirect_of(replace(response, status=302, headers={"location": target}))
