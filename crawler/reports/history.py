"""The stars of a repository over time, and the largest gains: for people, and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from crawler.model.frozen import frozen
from crawler.model.results import Point
from crawler.model.rows import Burst, to_plain
from crawler.model.text import printable
from crawler.model.values import FigureKind, RepositoryName
from crawler.ranking.bursts import BURST_DAYS
from crawler.ranking.growth import milestones, suspicious_days, weekly_gains
from crawler.reports.columns import Column, lay_out, signed, wrapped
from crawler.reports.csv import write_records
from crawler.reports.sparkline import sparkline_of

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

MOST_LINES: Final = 20
"""Lines that fit one screen; of a longer history, the last figure of each period is shown."""

MOST_WEEKS: Final = 12

WIDEST_SPARKLINE: Final = 60
"""Cells; a wider one is not easier to read."""


@frozen
class Mover:
    """What a repository gained."""

    repository: str
    host: str
    stars: int
    gained: int
    rate: float
    """The gain relative to size: `crawler.ranking.growth.rate_of`."""
    baseline_on: date
    """UTC day of the figure from which `gained` counts."""
    baseline_kind: FigureKind
    """How that figure became known."""
    baseline_distant: bool
    """Whether that day is far from the requested one."""
    suspicious: bool


def render_history(
    name: str,
    points: Sequence[Point],
    burst: Burst | None = None,
    *,
    width: int | None = None,
    color: bool = False,
) -> str:
    """What is known about the stars of one repository, as text that ends with a newline.

    `name` is `RepositoryName.qualified`; `points` are oldest first, and there is at least one;
    `width` is the terminal's in cells.
    """
    first, last = points[0], points[-1]
    days = f"{len(points)} day{'s' if len(points) > 1 else ''}"
    line = sparkline_of(points, min(width or WIDEST_SPARKLINE, WIDEST_SPARKLINE))
    parts = [
        f"{printable(name)}: {last.stars:,} stars on {last.day}, "
        f"{signed(last.stars - first.stars)} since {first.day}{_kind(first)}; seen on {days}",
        line,
        *lay_out(_counts(points), width=width, color=color),
    ]
    if weeks := weekly_gains(points)[-MOST_WEEKS:]:
        gained = [signed(week.gained) for week in weeks]
        over = ["" if week.weeks == 1 else f"over {week.weeks} weeks" for week in weeks]
        columns = [
            Column("Week of", [str(week.monday) for week in weeks], patience=2),
            Column("Gained", gained, patience=3, right=True, style="green"),
            Column("", over, patience=1),
        ]
        parts += ["", *lay_out(columns, width=width, color=color)]
    if passed := milestones(points):
        columns = [
            Column("Milestone", [f"{each.stars:,}" for each in passed], patience=2, right=True),
            Column("Reached by", [str(each.day) for each in passed], patience=1),
        ]
        parts += ["", *lay_out(columns, width=width, color=color)]
    if burst is not None:
        parts += ["", *wrapped(_told(burst), width)]
    return "\n".join(parts) + "\n"


def _kind(point: Point) -> str:
    """The kind of a figure, unless a crawl read it."""
    return "" if point.kind is FigureKind.OBSERVED else f" ({point.kind})"


def _told(burst: Burst) -> str:
    tail = f", {burst.tail:.0%} in the sixty days after" if burst.tail is not None else ""
    days = f"{burst.on - timedelta(BURST_DAYS - 1)} to {burst.on}"
    return f"Largest burst: {burst.share:.0%} of all stars came from {days}{tail}"


def history_document(
    name: str, points: Sequence[Point], burst: Burst | None = None
) -> dict[str, Any]:
    """The same as plain JSON values, with every point; dates are ISO 8601, UTC."""
    known = RepositoryName.parse(name)
    return {
        "repository": known.full_name,
        "host": known.host,
        "history": [
            {"date": point.day.isoformat(), "stars": point.stars, "kind": str(point.kind)}
            for point in points
        ],
        "weekly_gains": [
            {"week_of": week.monday.isoformat(), "gained": week.gained, "weeks": week.weeks}
            for week in weekly_gains(points)
        ],
        "milestones": [
            {"stars": point.stars, "reached_by": point.day.isoformat()}
            for point in milestones(points)
        ],
        "suspicious": [day.isoformat() for day in suspicious_days(points)],
        "burst": to_plain(burst),
    }


def render_movers(
    movers: Sequence[Mover], head: str, *, width: int | None = None, color: bool = False
) -> str:
    """A line for each of `movers`, as text that ends with a newline; `head` names the period of
    the gains, such as `+30 d`."""
    if not movers:
        return "nothing to compare yet: no repository has a figure from then and a later one\n"
    names = [printable(each.repository) for each in movers]
    marks = [" (suspicious)" if each.suspicious else "" for each in movers]
    columns = [
        Column(
            "Repository",
            [f"{name}{mark}" for name, mark in zip(names, marks, strict=True)],
            patience=4,
            least=max(map(cell_len, names)),
        ),
        Column("Stars", [f"{each.stars:,}" for each in movers], patience=2, right=True),
        Column(
            head,
            [signed(each.gained) for each in movers],
            patience=5,
            right=True,
            style="green",
        ),
        Column("Since", [str(each.baseline_on) for each in movers], patience=3),
        Column("Rate", [f"{each.rate:.2f}" for each in movers], patience=1, right=True),
    ]
    return "\n".join(lay_out(columns, width=width, color=color)) + "\n"


def movers_document(movers: Sequence[Mover]) -> list[dict[str, Any]]:
    """The same as plain JSON values."""
    return [
        {
            "repository": each.repository,
            "host": each.host,
            "stars": each.stars,
            "gained": each.gained,
            "rate": each.rate,
            "baseline_on": each.baseline_on.isoformat(),
            "baseline_kind": str(each.baseline_kind),
            "baseline_distant": each.baseline_distant,
            "suspicious": each.suspicious,
        }
        for each in movers
    ]


def write_points(histories: Iterable[tuple[str, Sequence[Point]]], stream: Stream) -> None:
    """CSV with a line for each repository and day."""
    records = (
        {
            "date": point.day.isoformat(),
            "repository": name.full_name,
            "host": name.host,
            "stars": point.stars,
            "kind": str(point.kind),
        }
        for text, points in histories
        for name in [RepositoryName.parse(text)]
        for point in points
    )
    write_records(("date", "repository", "host", "stars", "kind"), records, stream)


def write_movers(movers: Sequence[Mover], stream: Stream) -> None:
    """CSV with a line for each of `movers`."""
    write_records([field.name for field in fields(Mover)], movers_document(movers), stream)


def _counts(points: Sequence[Point]) -> list[Column]:
    shown = _condensed(points)
    jumps = suspicious_days(points)
    has_kinds = len({point.kind for point in shown}) > 1
    kinds = [str(point.kind) if has_kinds else "" for point in shown]
    changes, notes = [""], kinds[:1]
    for (before, point), kind in zip(pairwise(shown), kinds[1:], strict=True):
        # Figures of two kinds are never compared.
        is_gain = before.kind is point.kind
        changes.append(signed(point.stars - before.stars) if is_gain else "")
        has_jump = any(before.day < day <= point.day for day in jumps)
        notes.append("suspicious" if has_jump else kind)
    return [
        Column("Day", [str(point.day) for point in shown], patience=3),
        Column("Stars", [f"{point.stars:,}" for point in shown], patience=4, right=True),
        Column("Change", changes, patience=2, right=True, style="green"),
        Column("", notes, patience=1),
    ]


def _condensed(points: Sequence[Point]) -> list[Point]:
    """The first point, and the last of each day, week, month, quarter or year: the shortest of
    these periods that fits."""
    periods: tuple[Callable[[date], object], ...] = (
        lambda day: day,
        lambda day: day.isocalendar()[:2],
        lambda day: (day.year, day.month),
        lambda day: (day.year, (day.month - 1) // 3),
        lambda day: day.year,
    )
    shown: list[Point] = []
    for period in periods:
        lasts = {period(point.day): point for point in points}
        shown = list(lasts.values())
        if shown[0] != points[0]:
            shown.insert(0, points[0])
        if len(shown) <= MOST_LINES:
            break
    return shown
