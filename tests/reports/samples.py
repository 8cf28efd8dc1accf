"""Rankings to render: one with every kind of row, and the means to make others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from builders import NOON, failure, listing, ranking, row

from crawler.model.results import Changes, Point, Ranking, Usage
from crawler.model.rows import EventKind, Failure, Row
from crawler.model.values import Elsewhere, FigureKind, Reason

FULL = row(
    "owner/first",
    stars=12345,
    forks=678,
    language="C#",
    license="MIT",
    created_at=datetime(2020, 2, 29, 8, tzinfo=UTC),
    pushed_at=datetime(2026, 5, 7, 23, 59, 58, tzinfo=UTC),
    title="First",
    description="Draws ünïcode, quickly; and more.",
    about="What GitHub says.",
    id=11,
    listed_as=("Owner/First", "old-owner/first"),
    renamed=True,
    sections=(("Tools", "GUI"), ("Games",)),
    sources=("a/list", "b/list"),
)

BARE = row("somebody/bare", 2, stars=7, archived=None, fork=None)

WIDE = replace(
    FULL,
    rank=2,
    repository="somebody/wide",
    url="https://github.com/somebody/wide",
    stars=7,
    archived=True,
    language="日本語",
    title="ワイド",
    description="絵文字 👩\u200d💻 ❤\ufe0f",
    listed_as=("somebody/wide",),
    renamed=False,
    sections=(("道具", "絵 🎨"),),
    sources=("b/list",),
)

GONE = failure(
    "nobody/gone", message="GitHub knows no repository of this name.", sections=(("Tools",),)
)

LATE = failure(
    "slow/late",
    Reason.UNAVAILABLE,
    message="The server did not answer within 30 s.",
    sections=(("Tools", "CLI"), ("Games",)),
    sources=("a/list", "b/list"),
)

EVERY_KIND = ranking(FULL, BARE, WIDE, failures=(GONE, LATE))

WEEK_AGO = NOON - timedelta(days=7)

CHANGES = Changes(
    since=datetime.combine(WEEK_AGO, time.max, UTC),
    baseline_at=WEEK_AGO - timedelta(hours=1),
    new=("new/one", "new/two", "somebody/bare"),
    dropped=("once/listed",),
    archived=("somebody/wide",),
    renamed=(("old-owner/first", "owner/first"),),
    gone=("nobody/gone",),
    replaced=("somebody/bare",),
)


def grown(row: Row, gained: int, moved: int, *changed: EventKind, suspicious: bool = False) -> Row:
    """`row` with a figure from a week ago."""
    return replace(
        row,
        gained=gained,
        rate=gained / 100,
        moved=moved,
        baseline_on=WEEK_AGO.date(),
        baseline_kind=FigureKind.OBSERVED,
        baseline_distant=False,
        suspicious=suspicious,
        changed=changed,
    )


STALE = replace(
    grown(FULL, 0, 0),
    rank=3,
    repository="slow/stale",
    stars=6,
    archived=True,
    sections=(("Games",),),
    listed_as=("slow/stale",),
    renamed=False,
    fetched_at=NOON - timedelta(days=2, hours=5),
    age=190_800,
    stale=True,
    reason=Reason.UNAVAILABLE,
)


def since(*rows: Row, changes: Changes = CHANGES, failures: tuple[Failure, ...] = ()) -> Ranking:
    """A run over two lists that is compared with an earlier time."""
    return ranking(*rows, failures=failures, changes=changes, gained_since=CHANGES.since)


SINCE = replace(
    since(
        grown(FULL, 1234, 3, EventKind.RENAMED),
        replace(BARE, changed=(EventKind.LISTED,)),
        grown(WIDE, -20, -2, EventKind.ARCHIVED, suspicious=True),
        STALE,
        failures=(replace(GONE, changed=(EventKind.GONE,)), replace(LATE, changed=())),
    ),
    usage=Usage(requests=3, graphql_points=1, rest_requests=2, seconds=1.25, from_store=570),
    history={
        "owner/first": tuple(
            Point(date(2026, 4, 1) + timedelta(days=day), 11_000 + day * day) for day in range(38)
        ),
        "somebody/wide": (Point(WEEK_AGO.date(), 27), Point(NOON.date(), 7)),
    },
)

ELSEWHERE = (
    Elsewhere("Third", "https://third.example", "no repository link", ("Tools", "GUI"), 12),
    Elsewhere("Fourth", "https://gitlab.com/a/b", "gitlab.com", (), 40),
)

LISTINGS = (
    listing(
        "owner/first",
        title="First",
        description="Draws ünïcode, quickly; and more.",
        sections=(("Tools", "GUI"), ("Games",)),
        sources=("a/list", "b/list"),
    ),
    listing("somebody/bare"),
)
