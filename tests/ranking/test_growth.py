"""Growth: timelines that no rename distorts, and honest gains."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.model.results import Point
from crawler.ranking.growth import (
    MILESTONES,
    Baseline,
    Provenance,
    Series,
    WeeklyGain,
    find_baseline,
    is_suspicious,
    join_series,
    milestones,
    rate_of,
    suspicious_days,
    weekly_gains,
)
from crawler.ranking.spans import merge, to_figures

MONDAY = date(2026, 1, 5)
EPOCH = date(1970, 1, 1)


def points(*figures: tuple[int, int]) -> tuple[Point, ...]:
    """Points from (days after a Monday, stars)."""
    return tuple(Point(MONDAY + timedelta(day), stars) for day, stars in figures)


def series(origin: Provenance, canonical: bool, *figures: tuple[int, int]) -> Series:
    """A series from (days after a Monday, stars)."""
    return Series(origin, canonical, points(*figures))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1000, 1500, False),
        (1000, 1501, True),
        (1000, 500, False),
        (1000, 499, True),
        (10, 110, False),
        (10, 111, True),
        (0, 100, False),
        (0, 101, True),
        (500, 500, False),
    ],
)
def test_only_a_large_change_is_suspicious(before: int, after: int, expected: bool) -> None:
    """More than half of what was there and more than a hundred stars, up or down."""
    assert is_suspicious(before, after) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ()),
        ([series(Provenance.GITHUB, True)], ()),
        # On a day that several know, GitHub beats a file and a file beats deps.dev.
        (
            [
                series(Provenance.DEPSDEV, True, (0, 3), (1, 3), (2, 3)),
                series(Provenance.IMPORT, True, (0, 2), (1, 2)),
                series(Provenance.GITHUB, True, (0, 1)),
            ],
            points((0, 1), (1, 2), (2, 3)),
        ),
        # The name of today beats another, whichever was seen last.
        (
            [
                series(Provenance.IMPORT, False, (0, 7), (9, 9)),
                series(Provenance.IMPORT, True, (0, 8)),
            ],
            points((0, 8), (9, 9)),
        ),
        (
            [
                series(Provenance.GITHUB, False, (0, 7), (9, 9)),
                series(Provenance.GITHUB, True, (0, 8)),
            ],
            points((0, 8), (9, 9)),
        ),
        # What GitHub's number vouches for is taken, however large the change.
        (
            [series(Provenance.GITHUB, True, (5, 9000)), series(Provenance.GITHUB, False, (0, 10))],
            points((0, 10), (5, 9000)),
        ),
        # A renamed repository goes on from where it was.
        (
            [
                series(Provenance.IMPORT, False, (0, 990)),
                series(Provenance.GITHUB, True, (5, 1000)),
            ],
            points((0, 990), (5, 1000)),
        ),
    ],
)
def test_several_series_make_one_timeline(given: list[Series], expected: tuple[Point, ...]) -> None:
    """Oldest first, one figure a day, from whom it is known best."""
    assert join_series(given) == expected
    assert join_series(given[::-1]) == expected


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param([(0, 10), (1, 12)], id="before"),
        pytest.param([(20, 10)], id="after"),
        pytest.param([(12, 10)], id="between"),
        pytest.param([(10, 10)], id="same day"),
        pytest.param([(0, 995), (10, 10)], id="same day, after a good start"),
        pytest.param([(0, 950), (12, 10)], id="one of two places"),
    ],
)
@pytest.mark.parametrize("origin", [Provenance.IMPORT, Provenance.DEPSDEV])
def test_the_past_of_another_repository_is_left_out(
    stranger: list[tuple[int, int]], origin: Provenance
) -> None:
    """What does not meet the timeline without a jump, wherever they touch, is left out whole."""
    own = series(Provenance.GITHUB, True, (10, 1000), (15, 1010))
    assert join_series([series(origin, False, *stranger), own]) == own.points


def test_only_where_two_series_touch_must_they_meet() -> None:
    """A jump inside the one or the other is not between them."""
    former = series(Provenance.IMPORT, False, (0, 100), (5, 990))
    own = series(Provenance.GITHUB, True, (10, 1000), (15, 3000))
    assert join_series([former, own]) == (*former.points, *own.points)


def test_of_other_names_alone_the_newest_is_believed() -> None:
    """Without a series of its own, the one that was seen last tells which repository it is."""
    older = series(Provenance.IMPORT, False, (0, 10), (1, 11))
    newer = series(Provenance.IMPORT, False, (3, 5000))
    assert join_series([older, newer]) == join_series([newer, older]) == newer.points


def test_a_chain_of_renames_is_followed_backwards() -> None:
    """Each former name meets the one after it, though the first is far below the last."""
    chain = [
        series(Provenance.IMPORT, False, (0, 400)),
        series(Provenance.IMPORT, False, (7, 590)),
        series(Provenance.IMPORT, True, (14, 880)),
    ]
    assert join_series(chain) == points((0, 400), (7, 590), (14, 880))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (-1, None),
        (0, Baseline(MONDAY, 100, True)),
        (6, Baseline(MONDAY, 100, True)),
        (7, Baseline(MONDAY + timedelta(7), 1000, False)),
        (99, Baseline(MONDAY + timedelta(9), 1010, False)),
    ],
)
def test_the_baseline_is_the_last_figure_up_to_a_day(day: int, expected: Baseline | None) -> None:
    """None where nothing is known of then; suspicious if a later change is, not an earlier one."""
    known = points((0, 100), (7, 1000), (9, 1010))
    assert find_baseline(known, MONDAY + timedelta(day)) == expected


def test_suspicious_days_are_those_after_the_change() -> None:
    """The day of the figure that is too far from the one before it."""
    known = points((0, 100), (7, 1000), (9, 1010), (10, 200))
    assert suspicious_days(known) == (MONDAY + timedelta(7), MONDAY + timedelta(10))


def test_the_rate_is_relative_to_size() -> None:
    """The gain over the root of the stars and two thousand more."""
    assert rate_of(100, 500) == 2.0
    assert rate_of(-100, 8000) == -1.0


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), ()),
        (points((0, 999)), ()),
        (points((0, 999), (1, 1000)), points((1, 1000))),
        (points((0, 999), (1, 1200), (2, 990), (3, 1300)), points((1, 1000))),
        (points((0, 900), (9, 6000)), points((9, 1000), (9, 5000))),
        (points((0, 1200), (1, 1300)), ()),
        (points((0, 1200), (1, 900), (2, 1100)), ()),
    ],
)
def test_a_milestone_has_the_day_that_it_was_first_passed(
    known: tuple[Point, ...], expected: tuple[Point, ...]
) -> None:
    """One that had been passed when the history begins has no known day, even if passed again."""
    assert milestones(known) == expected


def test_the_milestones_of_events_are_among_those_of_histories() -> None:
    """A history tells the day of each milestone that is an event of a run."""
    assert {1_000, 5_000, 10_000, 50_000, 100_000} <= set(MILESTONES)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), ()),
        (points((0, 5), (6, 9)), ()),
        (points((6, 5), (7, 9)), (WeeklyGain(MONDAY + timedelta(7), 4, 1),)),
        (
            points((0, 5), (3, 7), (8, 6), (13, 17)),
            (WeeklyGain(MONDAY + timedelta(7), 10, 1),),
        ),
        (
            points((0, 5), (22, 2), (28, 3)),
            (
                WeeklyGain(MONDAY + timedelta(21), -3, 3),
                WeeklyGain(MONDAY + timedelta(28), 1, 1),
            ),
        ),
    ],
)
def test_weeks_gain_from_last_figure_to_last_figure(
    known: tuple[Point, ...], expected: tuple[WeeklyGain, ...]
) -> None:
    """From Monday to Sunday; a gain over weeks without figures says over how many it is."""
    assert weekly_gains(known) == expected


def test_weeks_go_on_over_the_new_year() -> None:
    """A week that lies in two years is one week."""
    known = [Point(date(2025, 12, day), day) for day in (28, 31)] + [Point(date(2026, 1, 4), 40)]
    assert weekly_gains(known) == (WeeklyGain(date(2025, 12, 29), 12, 1),)


def test_real_gains_are_those_of_the_file(shared: Path) -> None:
    """For every repository the gain that its spans tell is the one that its rows tell."""
    rows: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with (shared / "facts" / "awesome-selfhosted-weekly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["repository"]][row["date"]] = int(row["stars"])
    newest = max(day for figures in rows.values() for day in figures)
    compared = Counter[int]()
    for name, figures in rows.items():
        days = {(date.fromisoformat(day) - EPOCH).days: stars for day, stars in figures.items()}
        known = [
            Point(EPOCH + timedelta(day), stars)
            for day, stars in to_figures(merge((), days)).items()
        ]
        for days_back in (7, 30, 365):
            start = date.fromisoformat(newest) - timedelta(days_back)
            earlier = [day for day in figures if day <= start.isoformat()]
            expected = figures[max(figures)] - figures[max(earlier)] if earlier else None
            baseline = find_baseline(known, start)
            gained = None if baseline is None else known[-1].stars - baseline.stars
            assert (name, gained) == (name, expected)
            compared[days_back] += gained is not None
    assert min(compared.values()) > 500
