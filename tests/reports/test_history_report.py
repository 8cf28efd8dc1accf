"""The history of a repository as people read it, and as data."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from crawler.model.results import Point
from crawler.model.rows import Burst
from crawler.model.values import FigureKind
from crawler.reports.history import (
    MOST_LINES,
    MOST_WEEKS,
    history_document,
    render_history,
    write_points,
)

MONDAY = date(2026, 1, 5)


def points(*figures: tuple[int, int]) -> list[Point]:
    """Points from (days after a Monday, stars)."""
    return [Point(MONDAY + timedelta(day), stars, FigureKind.IMPORTED) for day, stars in figures]


GROWN = points(
    (0, 430), (1, 430), (5, 498), (8, 505), (15, 980),
    (16, 1010), (36, 1200), (37, 1150), (38, 3000),
)  # fmt: skip
"""With gaps, a loss, milestones and two suspicious changes."""


def test_a_history_for_people() -> None:
    """Sums, a sparkline, the counts, gains a week and milestones, with jumps and gaps named."""
    assert (
        render_history("a/b", GROWN, width=80)
        == """\
a/b: 3,000 stars on 2026-02-12, +2,570 since 2026-01-05 (imported); seen on 9 days
▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▃▂█
Day         Stars  Change
2026-01-05    430
2026-01-06    430       0
2026-01-10    498     +68
2026-01-13    505      +7
2026-01-20    980    +475  suspicious
2026-01-21  1,010     +30
2026-02-10  1,200    +190
2026-02-11  1,150     -50
2026-02-12  3,000  +1,850  suspicious

Week of     Gained
2026-01-12      +7
2026-01-19    +505
2026-02-09  +1,990  over 3 weeks

Milestone  Reached by
      500  2026-01-13
    1,000  2026-01-21
"""
    )


def test_a_single_figure_is_a_history() -> None:
    """There is nothing to compare it with, and no table of gains."""
    assert render_history("a/b", GROWN[:1]) == (
        "a/b: 430 stars on 2026-01-05, 0 since 2026-01-05 (imported); seen on 1 day\n"
        "▁\n"
        "Day         Stars  Change\n"
        "2026-01-05    430\n"
    )


@pytest.mark.parametrize("days", [2, 20, 21, 100, 140, 600, 900, 3000, 7300])
def test_a_long_history_fits_a_screen(days: int) -> None:
    """It is condensed to longer periods, and shows its first and its last figure."""
    known = points(*((day, 1000 + day) for day in range(days)))
    counts = render_history("a/b", known, width=80).split("\n\n")[0].splitlines()[3:]
    # Ten years and more are told by year, and the first figure is shown beside them.
    assert len(counts) <= MOST_LINES + 2
    assert counts[0].startswith(str(known[0].day))
    assert counts[-1].startswith(f"{known[-1].day}  {known[-1].stars:,}")
    assert len(counts) == days or days > MOST_LINES


def test_a_jump_inside_a_condensed_period_is_named() -> None:
    """On the line whose period it falls into, though its own day is not shown."""
    known = points(*((day, 100 if day < 45 else 5000) for day in range(100)))
    lines = [line for line in render_history("a/b", known).splitlines() if "suspicious" in line]
    (line,) = lines
    shown = date.fromisoformat(line[:10])
    assert shown > MONDAY + timedelta(45)
    assert shown - (MONDAY + timedelta(45)) < timedelta(7)


def test_the_last_weeks_are_told() -> None:
    """Of the gains only the newest, since the counts show the rest."""
    known = points(*((7 * week, week) for week in range(40)))
    weeks = render_history("a/b", known).split("\n\n")[1].splitlines()[1:]
    assert len(weeks) == MOST_WEEKS
    assert weeks[-1].startswith(str(known[-1].day))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_tables_fit_the_terminal(width: int) -> None:
    """The sparkline too, and it takes the room that there is, up to a readable width."""
    known = points(*((day, day * day) for day in range(400)))
    lines = render_history("a/b", known, width=width).splitlines()[1:]
    assert max(map(len, lines)) <= width
    assert len(lines[0]) == min(width, 60)


def test_a_hostile_name_is_harmless() -> None:
    """What a terminal would obey is not in the report."""
    text = render_history("a/\x1b[2Jb\u202e", GROWN)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_colours_are_for_terminals_that_want_them() -> None:
    """Without being asked for there is no escape sequence."""
    assert "\x1b[" in render_history("a/b", GROWN, color=True)
    assert "\x1b" not in render_history("a/b", GROWN)


def test_a_history_as_data() -> None:
    """Every point, each gain with its weeks, milestones and suspicious days, as JSON can hold."""
    document = history_document("a/b", GROWN)
    assert json.loads(json.dumps(document)) == document
    assert document == {
        "repository": "a/b",
        "host": "github.com",
        "history": [
            {"date": str(point.day), "stars": point.stars, "kind": "imported"} for point in GROWN
        ],
        "weekly_gains": [
            {"week_of": "2026-01-12", "gained": 7, "weeks": 1},
            {"week_of": "2026-01-19", "gained": 505, "weeks": 1},
            {"week_of": "2026-02-09", "gained": 1990, "weeks": 3},
        ],
        "milestones": [
            {"stars": 500, "reached_by": "2026-01-13"},
            {"stars": 1000, "reached_by": "2026-01-21"},
        ],
        "suspicious": ["2026-01-20", "2026-02-12"],
        "burst": None,
    }
    burst = Burst(0.5, MONDAY, None)
    assert history_document("a/b", GROWN, burst)["burst"] == {
        "share": 0.5,
        "on": "2026-01-05",
        "tail": None,
    }


def test_kinds_of_figures_are_told_and_not_mixed() -> None:
    """Where there are several, each line says its own; from one to the next nothing is gained."""
    mixed = [
        Point(MONDAY, 90, FigureKind.RETAINED),
        Point(MONDAY + timedelta(1), 95, FigureKind.RETAINED),
        Point(MONDAY + timedelta(7), 120),
        Point(MONDAY + timedelta(14), 125),
    ]
    lines = render_history("a/b", mixed, width=80).splitlines()
    assert lines[0].startswith("a/b: 125 stars on 2026-01-19, +35 since 2026-01-05 (retained);")
    assert [line.split()[1:] for line in lines[3:7]] == [
        ["90", "retained"],
        ["95", "+5", "retained"],
        ["120", "observed"],
        ["125", "+5", "observed"],
    ]
    assert history_document("a/b", mixed)["weekly_gains"] == [
        {"week_of": "2026-01-19", "gained": 5, "weeks": 1}
    ]


def test_a_burst_is_told_in_words() -> None:
    """Its share and its days, and what came after, once that is over."""
    burst = Burst(0.823, date(2026, 1, 14), 0.031)
    assert render_history("a/b", GROWN, burst).splitlines()[-1] == (
        "Largest burst: 82% of all stars came from 2026-01-01 to 2026-01-14, 3% in the sixty days "
        "after"
    )
    young = replace(burst, tail=None)
    assert render_history("a/b", GROWN, young).splitlines()[-1].endswith("to 2026-01-14")


def test_histories_as_csv() -> None:
    """One line a day and repository, in the columns that an import reads."""
    stream = io.StringIO()
    write_points([("a/b", GROWN[:2]), ("c/d", GROWN[2:3])], stream)
    text = stream.getvalue()
    assert list(csv.reader(io.StringIO(text))) == [
        ["date", "repository", "host", "stars", "kind"],
        ["2026-01-05", "a/b", "github.com", "430", "imported"],
        ["2026-01-06", "a/b", "github.com", "430", "imported"],
        ["2026-01-10", "c/d", "github.com", "498", "imported"],
    ]
