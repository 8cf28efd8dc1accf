"""Fetch the star history of one repository page by page."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from crawler.http.exchange import Response
from crawler.http.pages import is_page
from crawler.model.addresses import encode_path
from crawler.model.errors import BrokenAnswer, ForeignAnswer, RunError
from crawler.model.values import RepositoryName, StarHistory
from crawler.sources.base import HistoryWanted
from crawler.sources.github.client import GitHub
from crawler.sources.github.errors import explain_foreign, read_error
from crawler.sources.github.stargazers import MOST_PAGES, WEEKS_A_PAGE, decode_history

API_VERSION: Final = "2026-03-10"
"""Whether the one before tells star histories is disputed."""

_LEEWAY: Final = 0.05
"""Share of a repository's stars by which the days of its history may differ from them."""

_NUMBER: Final = re.compile(r"/repositories/([0-9]{1,18})/")


async def fetch_history(github: GitHub, wanted: HistoryWanted) -> StarHistory:
    """The star history of a repository, from today back to the requested day.

    If a limit is used up, it waits only if the whole history is requested.

    Raises: AttemptError; RunError if GitHub gives no history of it.
    """
    name, today, base = wanted.name, github.now().date(), github.api_url.rstrip("/")
    size = WEEKS_A_PAGE if wanted.since is None else _weeks_since(wanted.since, today)
    path = encode_path("repos", name.owner, name.name, "stargazers", "history")
    address: str | None = f"{base}{path}?per_page={min(size, WEEKS_A_PAGE)}&page=1"
    days: dict[int, int] = {}
    number = wanted.id
    for _ in range(MOST_PAGES):
        if address is None or (wanted.since is not None and wanted.since.toordinal() in days):
            break
        response = await github.get(
            address.removeprefix(base),
            "application/vnd.github+json",
            version=API_VERSION,
            keep=_is_history,
            is_optional=wanted.since is not None,
        )
        _check(response, name)
        page = decode_history(response, today)
        # If a new week begins meanwhile, the last week of a page moves to the next page.
        days |= page.days
        address = page.next_url if page.next_url and page.next_url.startswith(base) else None
        number = number or _number_in(page.next_url or response.url)
    if not days:
        # A repository without stars has weeks of zeros.
        raise BrokenAnswer(f"GitHub's star history of {name} has no week")
    first, counts = _successive(days, today)
    total = sum(counts)
    stars = total if wanted.stars is None else wanted.stars
    if wanted.stars is not None and wanted.read_on is not None:
        read_on = wanted.read_on.toordinal()
        stars += sum(came for day, came in days.items() if day > read_on)
    # The stars and the history were not read at the same moment.
    leeway = math.ceil(stars * _LEEWAY) + sum(counts[-2:])
    if total > stars + leeway:
        raise BrokenAnswer(
            f"GitHub's star history of {name} has {total:,} stars, and the repository {stars:,}"
        )
    # Without the oldest pages, stars seem to be missing.
    is_whole = address is None and total >= stars - leeway
    return StarHistory(name, number, stars, first, counts, is_whole=is_whole)


def _weeks_since(start: date, today: date) -> int:
    """The number of GitHub's weeks that cover the days from `start` to today."""
    return max((_sunday(today) - _sunday(start)).days // 7, 0) + 1


def _sunday(day: date) -> date:
    return day - timedelta(day.isoweekday() % 7)


def _successive(days: Mapping[int, int], today: date) -> tuple[date, tuple[int, ...]]:
    """The first of some days, and the stars of each day from it to today."""
    first = min(days)
    counts = (days.get(day, 0) for day in range(first, today.toordinal() + 1))
    return date.fromordinal(first), tuple(counts)


def _number_in(address: str) -> int | None:
    """The number of the repository in an address that contains it."""
    found = _NUMBER.search(urlsplit(address).path)
    return None if found is None else int(found[1])


def _is_history(response: Response) -> bool:
    return not is_page(response)


def _check(response: Response, name: RepositoryName) -> None:
    """Raises: RunError if it is not a star history."""
    if response.status == 200 and _is_history(response):
        return
    error = read_error(response)
    if error is None:
        raise ForeignAnswer(f"there is no star history of {name}: {explain_foreign(response)}")
    # Also for 401 and 403: GitHub shows the list of stargazers itself only to administrators.
    raise RunError(
        f"GitHub tells no star history of {name} (status {response.status}), saying "
        f"{error.message!r}"
    )
