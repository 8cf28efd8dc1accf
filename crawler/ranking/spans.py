"""Spans: a run-length encoding of the stars of one repository over time.

A day is an int, counted from 1970-01-01 in UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crawler.model.frozen import frozen


@frozen
class Span:
    """Successive figures with the same value, however far apart their days are."""

    first: int
    """The first day with this value."""
    days: int
    """Days from the first to the last day with this value; 0 for a single day."""
    stars: int
    missing: bytes = b""
    """The days in between without a figure: a little-endian bit set, the lowest bit for the day
    after `first`, as short as possible; empty if no day is missing."""

    @property
    def last(self) -> int:
        """The last day with this value."""
        return self.first + self.days


def to_figures(spans: Iterable[Span]) -> dict[int, int]:
    """The stars by day, oldest first."""
    return {day: span.stars for span in spans for day in _days_seen(span)}


def merge(spans: Sequence[Span], figures: Mapping[int, int]) -> list[Span]:
    """The spans with further stars by day; for a day with two figures the new one counts.

    `spans`, and the result, are ordered and do not overlap.
    """
    figures = _unsaid(spans, figures)
    if not figures:
        return list(spans)
    if spans and min(figures) > spans[-1].last:
        # The usual case, a new day at the end: no span has to be taken apart.
        return [*spans[:-1], *_joined(spans[-1], sorted(figures.items()))]
    both = to_figures(spans)
    both |= figures
    ordered = iter(sorted(both.items()))
    first = next(ordered, None)
    return [] if first is None else list(_joined(Span(first[0], 0, first[1]), ordered))


def _unsaid(spans: Sequence[Span], figures: Mapping[int, int]) -> dict[int, int]:
    """The `figures` that are not in `spans` yet; figures that are imported again need not be
    merged again."""
    starts = [span.first for span in spans]
    unsaid = {}
    for day, stars in figures.items():
        place = bisect_right(starts, day) - 1
        span = spans[place] if place >= 0 else None
        if span is None or span.stars != stars or last_seen(span, day) != day:
            unsaid[day] = stars
    return unsaid


def last_seen(span: Span, day: int) -> int | None:
    """The last day up to `day` with a figure in the span; None if it begins later."""
    if day >= span.last:
        return span.last
    missing = int.from_bytes(span.missing, "little")
    while day > span.first and missing >> (day - span.first - 1) & 1:
        day -= 1
    return day if day >= span.first else None


def first_seen(span: Span, day: int) -> int | None:
    """The first day from `day` on with a figure in the span; None if it ends before."""
    if day <= span.first:
        return span.first
    missing = int.from_bytes(span.missing, "little")
    while day < span.last and missing >> (day - span.first - 1) & 1:
        day += 1
    return day if day <= span.last else None


def _joined(span: Span, later: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """`span` and later figures (day, stars), oldest first, as spans."""
    first, last, stars = span.first, span.last, span.stars
    missing = int.from_bytes(span.missing, "little")
    for day, value in later:
        if value != stars:
            yield _span(first, last, stars, missing)
            first, stars, missing = day, value, 0
        elif day - last > 1:
            # The days strictly between the last and this one.
            missing |= ((1 << (day - last - 1)) - 1) << (last - first)
        last = day
    yield _span(first, last, stars, missing)


def _span(first: int, last: int, stars: int, missing: int) -> Span:
    return Span(
        first, last - first, stars, missing.to_bytes((missing.bit_length() + 7) // 8, "little")
    )


def _days_seen(span: Span) -> Iterable[int]:
    days = range(span.first, span.last + 1)
    if not span.missing:
        return days
    missing = int.from_bytes(span.missing, "little")
    return (day for day in days if day == span.first or not missing >> (day - span.first - 1) & 1)
