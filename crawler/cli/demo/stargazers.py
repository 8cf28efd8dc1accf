"""The star history in GitHub's format: weeks from Sunday on, the newest first, in pages.

https://github.blog/changelog/2026-09-04
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from crawler.cli.demo.world import Repository

API_VERSION: Final = "2026-03-10"

MOST_WEEKS: Final = 30
"""A page."""


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
    days = stars_by_day(repository, created)
    first, newest = _sunday(created), _sunday(today)
    weeks = [newest - timedelta(7 * n) for n in range((newest - first).days // 7 + 1)]
    start = (page - 1) * size
    shown = weeks[max(start - (page > 1), 0) : start + size]
    body = [_week(sunday, days) for sunday in shown]
    last = -(-len(weeks) // size)
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


def _week(sunday: date, days: Mapping[date, int]) -> dict[str, Any]:
    counts = [days.get(sunday + timedelta(n), 0) for n in range(7)]
    midnight = datetime.combine(sunday, time(), UTC)
    return {"week": int(midnight.timestamp()), "total": sum(counts), "days": counts}


def _sunday(day: date) -> date:
    return day - timedelta(day.isoweekday() % 7)
