"""Growth: timelines that no rename distorts, and honest gains."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.results import Point
from crawler.model.values import FigureKind, RepositoryName, StarHistory
from crawler.ranking.growth import (
    MILESTONES,
    Provenance,
    Series,
    WeeklyGain,
    is_distant,
    is_suspicious,
    join_series,
    milestones,
    nearest_retained,
    rate_of,
    retained_points,
    suspicious_days,
    weekly_gains,
)

MONDAY = date(2026, 1, 5)
NAME = RepositoryName("a/a", "github.com")


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
    ("wanted", "found", "distant"),
    [
        (30, 30, False),
        (30, 37, False),
        (30, 38, True),
        (30, 23, False),
        (30, 22, True),
        (1, 2, False),
        (1, 3, True),
        (3, 2, False),
        (3, 1, True),
    ],
)
def test_a_baseline_is_about_the_day_that_was_asked_for(
    wanted: int, found: int, distant: bool
) -> None:
    """Off by a quarter of the time since then, and by a day in any case; either way."""
    then, day = MONDAY - timedelta(wanted), MONDAY - timedelta(found)
    assert is_distant(day, then, MONDAY) is distant


HISTORIES = st.lists(st.integers(0, 9), min_size=1, max_size=40)


@given(HISTORIES, st.integers(0, 50), st.booleans(), st.integers(1, 50))
def test_the_gains_of_all_spans_are_the_sums_of_the_days(
    days: list[int], before: int, is_whole: bool, span: int
) -> None:
    """Whatever the history, and however long the span: what a repository gained since a day is
    what came on the days after it. One that did not exist then gained all its stars."""
    before = 0 if is_whole else before
    first = MONDAY - timedelta(len(days) - 1)
    told = StarHistory(NAME, 1, before + sum(days), first, tuple(days), is_whole)
    day = MONDAY - timedelta(span)
    found = nearest_retained(told, day, MONDAY)
    assert found is not None
    if is_whole or span <= len(days):
        assert found.day == day
    else:
        assert found.day == first - timedelta(1)
    came = sum(stars for at, stars in enumerate(days) if first + timedelta(at) > found.day)
    assert told.stars - found.stars == came
    assert found.kind is FigureKind.RETAINED


@given(HISTORIES, st.integers(1, 5))
def test_a_history_is_drawn_as_it_was(days: list[int], step: int) -> None:
    """Each figure is what stood at the end of its day."""
    told = StarHistory(NAME, 1, 7 + sum(days), MONDAY, tuple(days))
    for point in retained_points(told, step):
        later = days[(point.day - MONDAY).days + 1 :]
        assert point.stars == told.stars - sum(later)


def test_nothing_is_known_of_a_history_before_a_day_that_it_lacks() -> None:
    """One that begins on the day of the figure tells of the day before alone."""
    told = StarHistory(NAME, 1, 9, MONDAY, (4,))
    day = MONDAY - timedelta(1)
    assert nearest_retained(told, day, MONDAY) == Point(day, 5, FigureKind.RETAINED)
    assert nearest_retained(told, MONDAY, day) is None


def test_suspicious_days_are_those_after_the_change() -> None:
    """The day of the figure that is too far from the one before it."""
    known = points((0, 100), (7, 1000), (9, 1010), (10, 200))
    imported = [replace(point, kind=FigureKind.IMPORTED) for point in known]
    assert suspicious_days(imported) == (MONDAY + timedelta(7), MONDAY + timedelta(10))
    assert suspicious_days(known) == (), "runs know a repository by its number"
    assert suspicious_days([imported[0], *known[1:]]) == (MONDAY + timedelta(7),)


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
