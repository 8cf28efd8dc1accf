"""A ranking that knows its past: gains, sparklines, changes and events of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from builders import NOON, event, ranking
from reports.samples import BARE, FULL, GONE, LATE, WIDE

from crawler.model.results import Changes, Point, Ranking
from crawler.model.rows import EventKind
from crawler.model.values import Reason

WEEK_AGO = NOON - timedelta(days=7)

RISEN = replace(
    FULL,
    gained=1345,
    rate=11.2,
    moved=2,
    baseline_on=date(2026, 5, 1),
    changed=(EventKind.MILESTONE,),
)
STALE = replace(
    BARE,
    rank=2,
    stale=True,
    fetched_at=NOON - timedelta(days=3),
    age=3 * 86400,
    reason=Reason.UNAVAILABLE,
)
FALLEN = replace(
    WIDE,
    rank=2,
    id=12,
    gained=-3,
    rate=-0.1,
    moved=-1,
    baseline_on=date(2026, 5, 1),
    changed=(EventKind.ARCHIVED,),
)

HISTORY = {
    "owner/first": (
        Point(date(2026, 5, 1), 11000),
        Point(date(2026, 5, 4), 11100),
        Point(date(2026, 5, 6), 11900),
    ),
    "somebody/wide": (Point(date(2026, 5, 1), 10), Point(date(2026, 5, 5), 12)),
}

CHANGES = Changes(
    since=WEEK_AGO,
    baseline_at=WEEK_AGO - timedelta(hours=6),
    new=("owner/first",),
    dropped=(),
    archived=("somebody/wide",),
    renamed=(("old-owner/first", "owner/first"),),
    gone=None,
)

EVENTS = (
    event("owner/first", 11, kind=EventKind.MILESTONE, detail="10000"),
    event("owner/first", 11, kind=EventKind.ENTERED_TOP, detail="10"),
    event("somebody/wide", 12, kind=EventKind.ARCHIVED),
    event("somebody/else", 99, kind=EventKind.REPLACED, detail="14"),
    event("nobody/gone", 13, kind=EventKind.GONE, detail="not_found"),
    event("owner/first", 11, kind=EventKind.RENAMED, at=WEEK_AGO, detail="old-owner/first"),
    event("other/woken", 14, kind=EventKind.UNARCHIVED, at=WEEK_AGO),
    event("other/found", 15, kind=EventKind.BACK, at=WEEK_AGO),
    event("somebody/bare", kind=EventKind.LISTED, at=WEEK_AGO),
    event("other/past", 16, kind=EventKind.DROPPED, at=datetime(2026, 4, 24, 6, tzinfo=UTC)),
)


def with_history(known: Ranking) -> Ranking:
    """`known` with the history, changes and events of this module."""
    return replace(known, history=HISTORY, changes=CHANGES, events=EVENTS)


HISTORIC = with_history(ranking(RISEN, STALE, FALLEN, failures=(GONE, LATE), gained_since=WEEK_AGO))
