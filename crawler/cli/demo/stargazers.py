"""The star history in GitHub's format: weeks from Sunday on, the newest first, in pages.

https://github.blog/changelog/2026-09-04
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qs

from crawler.cli.demo.world import Repository

API_VERSION: Final = "2026-03-10"

MOST_WEEKS: Final = 30
"""A page."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400


def history_page(
    repository: Repository, created: date, today: date, url: str
) -> tuple[list[dict[str, Any]], str]:
    """The page that `url` requests, and the `Link` header with the numbers of other pages.

    Every page but the first begins with the last week of the previous one, as if a new week had
    begun in between. Days to come have no stars.
    """
    address, _, query = url.partition("?")
    asked = {key: int(values[0]) for key, values in parse_qs(query).items()}
    size = min(asked.get("per_page", MOST_WEEKS), MOST_WEEKS)
    page = asked.get("page", 1)
    days = {day.toordinal(): stars for day, stars in stars_by_day(repository, created).items()}
    newest = _sunday(today.toordinal())
    first = repository.starred_since or created
    count = (newest - _sunday(first.toordinal())) // 7 + 1
    shown = range(max((page - 1) * size - 1, 0), min(page * size, count))
    body = [_week(newest - 7 * number, days) for number in shown]
    last = -(-count // size)
    root = address.partition("/repos")[0]
    there = f"{root}/repositories/{repository.number}/stargazers/history?per_page={size}&page="
    links = {"next": page + 1, "last": last} if page < last else {}
    if page > 1:
        links = {"prev": page - 1, "first": 1, **links}
    return body, ", ".join(f'<{there}{number}>; rel="{rel}"' for rel, number in links.items())


def stars_by_day(repository: Repository, created: date) -> dict[date, int]:
    """The stars that still stand, by the day on which they were given. Those without a known day
    belong to the day of creation; a withdrawn star is subtracted from the oldest day that has
    any."""
    days = dict(sorted(repository.starred.items()))
    lacking = repository.stars - sum(days.values())
    if lacking > 0:
        days[created] = days.get(created, 0) + lacking
    for day, stars in days.items():
        taken = min(stars, max(-lacking, 0))
        days[day] = stars - taken
        lacking += taken
    return days


def _week(sunday: int, days: Mapping[int, int]) -> dict[str, Any]:
    counts = [days.get(day, 0) for day in range(sunday, sunday + 7)]
    return {"week": (sunday - _EPOCH) * _DAY, "total": sum(counts), "days": counts}


def _sunday(day: int) -> int:
    """The Sunday of the week of a day. Both are `date.toordinal()`, in which Sundays are whole
    weeks."""
    return day - day % 7
