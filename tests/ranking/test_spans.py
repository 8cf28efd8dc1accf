"""Spans: they lose nothing, and what is added to them might as well have been there before."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ranking.spans import Span, last_seen, merge, to_figures

FIGURES = st.dictionaries(st.integers(0, 60), st.integers(0, 3))
"""Few values on few days, so that equal ones meet."""


@pytest.mark.parametrize(
    ("figures", "spans"),
    [
        ({}, []),
        ({7: 5}, [Span(7, 0, 5)]),
        ({7: 5, 8: 5}, [Span(7, 1, 5)]),
        ({7: 5, 8: 6}, [Span(7, 0, 5), Span(8, 0, 6)]),
        ({7: 5, 8: 5, 10: 5}, [Span(7, 3, 5, b"\x02")]),
        ({7: 5, 16: 5, 17: 5, 18: 5}, [Span(7, 11, 5, b"\xff")]),
        ({7: 5, 17: 5}, [Span(7, 10, 5, b"\xff\x01")]),
        ({9: 5, 7: 5}, [Span(7, 2, 5, b"\x01")]),
        ({7: 5, 8: 6, 9: 5}, [Span(7, 0, 5), Span(8, 0, 6), Span(9, 0, 5)]),
    ],
)
def test_successive_equal_figures_share_a_span(figures: dict[int, int], spans: list[Span]) -> None:
    """However far apart they are; the bits are the days in between that were not seen."""
    assert merge((), figures) == spans


@given(FIGURES)
def test_spans_give_back_the_figures(figures: dict[int, int]) -> None:
    """Every figure comes back, oldest first, and none that was not there."""
    assert list(to_figures(merge((), figures)).items()) == sorted(figures.items())


@given(FIGURES)
def test_spans_are_as_few_and_as_short_as_can_be(figures: dict[int, int]) -> None:
    """Neighbours differ, do not overlap and carry no empty bytes."""
    spans = merge((), figures)
    assert all(a.last < b.first and a.stars != b.stars for a, b in pairwise(spans))
    assert not any(span.missing.endswith(b"\0") for span in spans)


@given(FIGURES, FIGURES)
def test_merging_is_as_if_all_had_been_known(old: dict[int, int], new: dict[int, int]) -> None:
    """Before, between and after what was known; of two figures for a day the new one counts."""
    assert merge(merge((), old), new) == merge((), old | new)


@pytest.mark.parametrize("stars", [5, 6, 7])
@pytest.mark.parametrize("old", [{7: 5}, {7: 6, 8: 5}, {6: 5, 8: 5}])
def test_another_figure_for_the_newest_day_replaces_it(old: dict[int, int], stars: int) -> None:
    """A second run on one day leaves one figure for it, and spans that do not overlap."""
    newest = {max(old): stars}
    assert merge(merge((), old), newest) == merge((), old | newest)


@given(FIGURES, FIGURES)
def test_later_days_only_touch_the_newest_span(old: dict[int, int], new: dict[int, int]) -> None:
    """What a run adds leaves the other spans as they are, to the object."""
    later = {day + 61: stars for day, stars in new.items()}
    spans = merge((), old)
    merged = merge(spans, later)
    assert merged == merge((), old | later)
    if spans and later:
        assert all(a is b for a, b in zip(spans[:-1], merged, strict=False))


@given(FIGURES)
def test_the_last_day_that_a_span_was_seen(figures: dict[int, int]) -> None:
    """The newest one up to the day that was asked for, never one on which nobody looked."""
    for span in merge((), figures):
        seen = to_figures([span])
        for day in range(-2, 64):
            assert last_seen(span, day) == max((each for each in seen if each <= day), default=None)
