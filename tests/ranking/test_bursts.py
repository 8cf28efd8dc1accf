"""How unevenly stars came."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.rows import Burst
from crawler.ranking.bursts import Mark, find_burst, mark_of

BORN = date(2025, 1, 1)


def life(*stars: tuple[int, int], length: int = 366) -> list[int]:
    """The stars of each day of a life, from those by the days since the repository was created."""
    days = [0] * length
    for day, count in stars:
        days[day] += count
    return days


@pytest.mark.parametrize(
    ("days", "burst", "mark"),
    [
        (life((0, 99)), None, Mark.NONE),
        (life((0, 100)), Burst(1.0, BORN, 0.0), Mark.SUSPICIOUS),
        # Day 13 is still within the two weeks of day 0, day 14 is not.
        (life((0, 50), (13, 50)), Burst(1.0, BORN + timedelta(13), 0.0), Mark.SUSPICIOUS),
        (life((0, 50), (14, 50)), Burst(0.5, BORN, 0.5), Mark.NOTABLE),
        # The tail begins on the day after, and ends after sixty.
        (life((9, 75), (10 + 59, 25)), Burst(0.75, BORN + timedelta(9), 0.25), Mark.NOTABLE),
        (life((9, 75), (10 + 60, 25)), Burst(0.75, BORN + timedelta(9), 0.0), Mark.SUSPICIOUS),
        (life((9, 70), (20, 20), (40, 10)), Burst(0.9, BORN + timedelta(20), 0.1), Mark.NOTABLE),
        (life(*((day * 20, 10) for day in range(10))), Burst(0.1, BORN, 0.3), Mark.NONE),
    ],
)
def test_the_largest_two_weeks(days: list[int], burst: Burst | None, mark: Mark) -> None:
    """Its share, its last day and what came after it; equal bursts: the earliest."""
    assert find_burst(BORN, days) == burst
    assert mark_of(burst) is mark


def test_a_young_repository_has_none() -> None:
    """Before ninety days nobody knows what comes after a launch."""
    assert find_burst(BORN, life((0, 500), length=90)) is None
    assert find_burst(BORN, life((0, 500), length=91)) is not None


@pytest.mark.parametrize(("length", "tail"), [(160, None), (161, 0.0)])
def test_a_tail_that_is_not_over_is_not_known(length: int, tail: float | None) -> None:
    """Nobody can say yet that silence followed."""
    burst = find_burst(BORN, life((100, 500), length=length))
    assert burst == Burst(1.0, BORN + timedelta(100), tail)
    assert mark_of(burst) is (Mark.NOTABLE if tail is None else Mark.SUSPICIOUS)


@given(
    st.dictionaries(st.integers(0, 364), st.integers(0, 100), max_size=40).filter(
        lambda days: sum(days.values()) >= 100
    )
)
def test_it_is_the_largest(stars: dict[int, int]) -> None:
    """No other two weeks hold more, and share and tail are parts of all stars."""
    days = life(*stars.items())
    burst = find_burst(BORN, days)
    assert burst is not None

    def within(first: date, last: date) -> int:
        return sum(
            count for day, count in enumerate(days) if first <= BORN + timedelta(day) <= last
        )

    total = sum(days)
    best = max(within(day - timedelta(13), day) for day in (BORN + timedelta(n) for n in stars))
    assert burst.share == best / total
    assert within(burst.on - timedelta(13), burst.on) == best
    if (burst.on - BORN).days + 60 < len(days):
        assert burst.tail == within(burst.on + timedelta(1), burst.on + timedelta(60)) / total
        assert burst.share + burst.tail <= 1
    else:
        assert burst.tail is None
