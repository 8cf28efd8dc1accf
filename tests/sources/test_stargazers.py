"""What a page of the star history says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.http.exchange import Response
from crawler.model.errors import BrokenAnswer
from crawler.sources.github.stargazers import decode_history

URL = "https://api.github.com/repos/o/r/stargazers/history?per_page=30&page=1"
TODAY = date(2026, 9, 1)
"""A Tuesday."""


def sunday(day: int, month: int = 8) -> int:
    """The Unix time at which a week of 2026 begins."""
    return int(datetime(2026, month, day, tzinfo=UTC).timestamp())


def page(body: Any, link: str = "") -> Response:
    """A page of weeks, or of other things."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(200, {"link": link} if link else {}, content, URL)


def week(start: int, *days: int) -> dict[str, Any]:
    """A week as GitHub writes it."""
    return {"week": start, "total": sum(days), "days": list(days)}


def test_days_of_the_running_week_that_are_to_come_are_left_out() -> None:
    """Their zeros say nothing; earlier zeros do."""
    found = decode_history(
        page([week(sunday(30), 1, 2, 3, 0, 0, 0, 0), week(sunday(23), 0, 0, 0, 5, 0, 0, 7)]), TODAY
    )
    assert {date.fromordinal(day): stars for day, stars in found.days.items()} == {
        **{date(2026, 8, day): 0 for day in (23, 24, 25, 27, 28)},
        **{date(2026, 8, 26): 5, date(2026, 8, 29): 7},
        **{date(2026, 8, 30): 1, date(2026, 8, 31): 2, TODAY: 3},
    }
    assert found.next_url is None


def test_a_star_of_tomorrow_is_one_of_today() -> None:
    """GitHub's days may end earlier than those of UTC; no star is lost."""
    found = decode_history(page([week(sunday(30), 0, 0, 3, 4, 0, 0, 0)]), TODAY)
    assert found.days[TODAY.toordinal()] == 7
    assert max(found.days) == TODAY.toordinal()


def test_a_week_that_repeats_is_one() -> None:
    """Pages move on while they are read."""
    twice = [week(sunday(30), 1, 0, 1, 0, 0, 0, 0)] * 2
    assert sum(decode_history(page(twice), TODAY).days.values()) == 2


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"null", b"[", b"[" * 5000, b"\xff", {}, [None], [[]], [{}]),
        [{"week": sunday(23), "days": [1] * 6}],
        [{"week": sunday(23), "days": [1] * 8}],
        [{"week": sunday(23), "days": [1, 2, 3, 4, 5, 6, -7]}],
        [{"week": sunday(23), "days": [1.5] * 7}],
        [{"week": -1, "days": [1] * 7}],
        [{"week": 10**18, "days": [1] * 7}],
        [{"week": "2026-08-23", "days": [1] * 7}],
        {"message": "Not Found"},
    ],
)
def test_what_is_no_history_is_refused(body: Any) -> None:
    """A page that cannot be read is no page without stars."""
    with pytest.raises(BrokenAnswer, match="star history cannot be read"):
        decode_history(page(body), TODAY)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("", None),
        (
            '<https://api.github.com/repositories/1/s?page=2>; rel="next"',
            "/repositories/1/s?page=2",
        ),
        (
            '<https://api.github.com/a?page=1>; rel="prev", '
            '<https://api.github.com/a?page=3>; rel="next", '
            '<https://api.github.com/a?page=9>; rel="last"',
            "/a?page=3",
        ),
        ("</a?page=2>; rel=next", "/a?page=2"),
        ('<https://api.github.com/a?page=1>; rel="last"', None),
        ('<https://evil.example/a?page=2>; rel="next"', None),
        ('<http://api.github.com/a?page=2>; rel="next"', None),
        ('<https://api.github.com/a/../../user>; rel="next"', None),
        ("<" * 10_000, None),
    ],
)
def test_the_next_page(link: str, target: str | None) -> None:
    """Only on the same server, for the token goes along."""
    found = decode_history(page([], link), TODAY).next_url
    assert found == (target and f"https://api.github.com{target}")
