"""Sparklines: true to the values and to the time between them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.results import Point
from crawler.reports.sparkline import sparkline, sparkline_of

START = date(2026, 1, 5)


def points(*figures: tuple[int, int]) -> list[Point]:
    """Points from (days after the start, stars)."""
    return [Point(START + timedelta(day), stars) for day, stars in figures]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([5], "▁"),
        ([5, 5, 5], "▁▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([7000, 0, 3500], "█▁▄"),
        ([10**15, 10**15 + 1], "▁█"),
    ],
)
def test_values_are_drawn_between_the_least_and_the_greatest(
    values: list[int], expected: str
) -> None:
    """The least is lowest, the greatest highest; where all are equal they lie low."""
    assert sparkline(values) == expected


@pytest.mark.parametrize(
    ("known", "width", "expected"),
    [
        ([], 10, ""),
        (points((0, 5)), 10, "▁"),
        (points((0, 0), (1, 7)), 10, "▁█"),
        (points((0, 0), (1, 7)), 0, ""),
        # A gap repeats what was seen before it, as long as it lasts.
        (points((0, 0), (1, 3), (6, 7)), 7, "▁▄▄▄▄▄█"),
        # Of what shares a character the last counts.
        (points((0, 0), (1, 9), (2, 7), (3, 1), (4, 7)), 3, "▁██"),
    ],
)
def test_time_is_spaced_evenly(known: list[Point], width: int, expected: str) -> None:
    """Days without figures take their room, and never more characters than days."""
    assert sparkline_of(known, width) == expected


def test_what_is_not_known_yet_is_blank() -> None:
    """Where it is to begin before the first figure, that much is left free."""
    known = points((4, 0), (6, 3), (7, 7))
    assert sparkline_of(known, 8, START) == "    ▁▁▄█"
    assert sparkline_of(known, 4, START) == "  ▁█"
    assert sparkline_of(known, 8, START + timedelta(4)) == "▁▁▄█"


@given(
    st.dictionaries(st.integers(0, 4000), st.integers(0, 10**6), min_size=1),
    st.integers(2, 80),
)
def test_a_sparkline_fits_and_ends_where_the_figures_do(
    figures: dict[int, int], width: int
) -> None:
    """It is never wider than asked for; its ends stand to each other as the figures' ends do."""
    known = points(*sorted(figures.items()))
    line = sparkline_of(known, width)
    assert len(line) == min(width, (known[-1].day - known[0].day).days + 1)
    if known[0].stars <= known[-1].stars:
        assert line[0] <= line[-1]
    else:
        assert line[0] >= line[-1]
