"""The growth chart without its looks: true to days and figures, and readable."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from builders import NOON, ranking
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import BARE, FULL

from crawler.model.results import History, Point
from crawler.model.values import FigureKind
from crawler.reports.chart import (
    Chart,
    Curve,
    curves_of,
    draw_chart,
    gains_of,
    shared_time,
)

START = date(2026, 1, 5)
"""A Monday."""
LABEL = 18.0

O, R, I = FigureKind.OBSERVED, FigureKind.RETAINED, FigureKind.IMPORTED  # noqa: E741 - as in data


def curve(*figures: tuple[int, int], name: str = "o/one", kinds: str = "") -> Curve:
    """A curve of (days after the start, stars); `kinds` are the first letters of theirs."""
    known = {kind[0]: kind for kind in FigureKind}
    return Curve(
        name,
        tuple(
            Point(START + timedelta(day), stars, known[kinds[at]] if kinds else O)
            for at, (day, stars) in enumerate(figures)
        ),
    )


def drawn(*curves: Curve) -> Chart:
    """A chart of 1,000 by 300."""
    chart = draw_chart(curves, width=1000, height=300, label_height=LABEL)
    assert chart is not None
    return chart


def test_days_run_to_the_right_and_stars_upwards() -> None:
    """Both axes begin and end at round figures and real days."""
    chart = drawn(curve((0, 0), (5, 60), (10, 100)), curve((5, 50), (10, 40), name="o/two"))
    one, two = chart.lines
    assert [stroke.path for stroke in one.strokes] == ["M0 300L500 120L1000 0"]
    assert [stroke.path for stroke in two.strokes] == ["M500 150L1000 180"]
    assert (one.end, two.end) == ((1000, 0), (1000, 180))
    assert [(tick.place, tick.text) for tick in chart.stars] == [
        *((300, "0"), (240, "20"), (180, "40"), (120, "60"), (60, "80"), (0, "100")),
    ]
    assert [(tick.place, tick.text) for tick in chart.days] == [
        (0, "2026-01-05"), (700, "2026-01-12")
    ]  # fmt: skip
    assert (chart.first, chart.last) == (START, START + timedelta(10))


def test_without_a_line_there_is_no_chart() -> None:
    """Nothing is drawn of nothing."""
    assert draw_chart([], width=1000, height=300, label_height=LABEL) is None


def test_kinds_of_figures_are_told_apart() -> None:
    """Each has strokes of its own; what joins two is drawn as the one that was not observed."""
    chart = drawn(curve((0, 0), (2, 2), (4, 4), (6, 6), (8, 8), (10, 10), kinds="rroioo"))
    assert {stroke.kind: stroke.path for stroke in chart.lines[0].strokes} == {
        R: "M0 300L200 240L400 180",
        I: "M400 180L600 120L800 60",
        O: "M800 60L1000 0",
    }
    assert chart.kinds == (O, R, I)


@pytest.mark.parametrize(
    ("fewest", "most", "marks"),
    [
        (17_000, 38_000, "15,000 20,000 25,000 30,000 35,000 40,000"),
        (100, 38_000, "0 10,000 20,000 30,000 40,000"),
        (7, 7, "7 8"),
        (0, 0, "0 1"),
        (0, 1, "0 1"),
        (-60, 10, "-60 -40 -20 0 20"),
        (999_000, 1_001_000, "999,000 999,500 1,000,000 1,000,500 1,001,000"),
    ],
)
def test_the_axis_of_stars_has_round_figures(fewest: int, most: int, marks: str) -> None:
    """It begins at 0 unless that would waste the room."""
    chart = drawn(curve((0, fewest), (9, most)))
    assert " ".join(tick.text for tick in chart.stars) == marks


@pytest.mark.parametrize(
    ("days", "marks"),
    [
        (1, "2026-01-05 2026-01-06"),
        (20, "2026-01-05 2026-01-12 2026-01-19"),
        (60, "2026-01-05 2026-01-19 2026-02-02 2026-02-16 2026-03-02"),
        (100, "2026-02 2026-03 2026-04"),
        (365, "2026-03 2026-05 2026-07 2026-09 2026-11 2027-01"),
        (3300, "2028 2030 2032 2034"),
    ],
)
def test_the_axis_of_days_has_beginnings(days: int, marks: str) -> None:
    """Of weeks, months or years: as many as have room."""
    assert " ".join(tick.text for tick in drawn(curve((0, 1), (days, 2))).days) == marks


counts = st.lists(
    st.dictionaries(st.integers(0, 4000), st.integers(0, 10**6), min_size=2, max_size=400),
    min_size=1,
    max_size=10,
)


@given(counts)
def test_everything_stays_in_its_frame(found: list[dict[int, int]]) -> None:
    """However wild the figures are: lines within the axes, labels apart and in the order of the
    lines' ends, few points."""
    chart = drawn(*(curve(*sorted(each.items()), name=f"o/{at}") for at, each in enumerate(found)))
    for line in chart.lines:
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", "".join(s.path for s in line.strokes)):
            assert 0 <= float(x) <= 1000
            assert 0 <= float(y) <= 300
        assert len(line.points) <= 181
        assert 0 <= line.label <= 300
    for above, below in pairwise(sorted(chart.lines, key=lambda line: line.label)):
        assert below.label - above.label >= LABEL - 0.1
        assert above.end[1] <= below.end[1]
    for ticks in (chart.stars, chart.days):
        assert len(ticks) <= 7
        assert all(0 <= tick.place <= 1000 for tick in ticks)


def test_a_label_stands_at_its_line_where_there_is_room() -> None:
    """Those that would overlap give way in both directions."""
    figures = (100, 60, 59, 0)
    chart = drawn(*(curve((0, 0), (1, stars), name=f"o/{stars}") for stars in figures))
    assert [line.end[1] for line in chart.lines] == [0, 120, 123, 300]
    assert [line.label for line in chart.lines] == [0, 112.5, 130.5, 300]


def test_curves_are_those_of_the_first_rows() -> None:
    """Of ten at most, up to the figure of the row, with all that is known; not of one day."""
    rows = [replace(FULL, repository=f"o/{at}", stars=at) for at in range(12)]
    yesterday = NOON.date() - timedelta(1)
    history = {row.repository: (Point(yesterday, 5),) for row in rows[2:]}
    history["o/1"] = (Point(NOON.date(), 1),)
    known = replace(ranking(*rows, BARE), history=history)
    curves = list(curves_of(known, known.rows[:10], with_host=False))
    assert [each.name for each in curves] == [f"o/{at}" for at in range(2, 10)]
    assert curves[0].points == (Point(yesterday, 5), Point(NOON.date(), 2))

    def load(names: object) -> dict[str, tuple[Point, ...]]:
        return {"o/1": (Point(yesterday, 1),)}

    def load_lives(names: object) -> dict[str, tuple[Point, ...]]:
        return {"o/1": (Point(date(2020, 1, 1), 1),)}

    lazy = replace(known, history=History(load, rows, load_lives))
    for each in (lazy, lazy.held()):
        (curve,) = curves_of(each, rows[:2], with_host=True)
        assert curve.name == "github.com/o/1"
        assert [point.day for point in curve.points] == [date(2020, 1, 1), NOON.date()]


def test_a_long_life_leaves_the_others_their_room() -> None:
    """The days on which at least half of the lines are known are drawn, or those asked for."""
    long = curve((0, 5), (880, 40), (990, 150), kinds="rro")
    short, later = curve((900, 1), (990, 2)), curve((950, 3), (990, 4))
    assert shared_time([long, short, later]) == (
        curve((900, 60), (990, 150), kinds="ro"),
        curve((900, 1), (990, 2)),
        later,
    )
    assert shared_time([long]) == (long,)
    assert shared_time([long, short], START) == (long, short)
    assert shared_time([long, later], START + timedelta(990)) == ()
    assert shared_time([]) == ()


def test_gains_begin_at_the_first_day() -> None:
    """Of each line, whatever its size and kinds."""
    assert gains_of(curve((0, 500), (5, 490), (9, 520), kinds="rro")) == curve(
        (0, 0), (5, -10), (9, 20), kinds="rro"
    )
    assert drawn(curve((0, 0), (90, 1)), curve((15, 0), (90, 1))).begins_later
    assert not drawn(curve((0, 0), (90, 1)), curve((14, 0), (80, 1))).begins_later
