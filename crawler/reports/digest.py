"""Digest: only the changes, as Markdown for an e-mail, an issue or a job's summary.

Without changes, nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crawler.model.rows import EventKind
from crawler.reports import gfm
from crawler.reports.markdown import change_line, lists_of, movers_lines
from crawler.reports.news import Change, ChangedAddresses, Tally, changes_of, gains_head, name_of
from crawler.reports.stream import volatile
from crawler.reports.words import volatile_minute, volatile_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.results import Ranking
    from crawler.reports.formats import View
    from crawler.reports.words import Name

_ROOM: Final = 4_000
"""Bytes of each enumeration, so that all of them fit into the 65,536 of an issue."""

_OTHERS: Final = {
    EventKind.UNARCHIVED: "No longer archived",
    EventKind.BACK: "Back",
    EventKind.ENTERED_TOP: "Now in the top ten",
    EventKind.MILESTONE: "Milestone of stars reached",
}
"""Events of rows that are not among the changes of a ranking."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """The changes since the run compared with, and the largest gains. Times are in UTC.

    Gains alone are no change: nothing is written unless a repository was added, dropped or changed
    in another way.
    """
    changes, now = ranking.changes, ranking.generated_at
    if changes is None or changes.baseline_at is None:
        return
    tally, addresses = Tally(with_host=view.with_host), ChangedAddresses(changes)
    others: dict[EventKind, list[tuple[Name, str]]] = {kind: [] for kind in _OTHERS}
    for row in ranking.rows:
        tally.add(row)
        addresses.add(row)
        for kind in row.changed or ():
            if kind in others:
                others[kind].append((name_of(row, with_host=view.with_host), ""))
    kinds = [
        *changes_of(changes, addresses.found, with_host=view.with_host),
        *(Change(_OTHERS[kind], tuple(names)) for kind, names in others.items()),
    ]
    lines = [change_line(kind, _ROOM) for kind in kinds if kind.names]
    if not lines:
        return
    movers = tally.movers()
    growth = movers_lines(movers, _ROOM)
    if growth and movers.since:
        since = f"{volatile(movers.since)}{volatile(movers.known)}"
        head = f"{gains_head(ranking)} counts from the figures of {since}:"
        growth = ["", head, "", *growth]
    since = volatile_moment(changes.baseline_at, now)
    document = [
        f"# Changes in {lists_of(ranking)}",
        "",
        f"From the run of {since} to that of {volatile_minute(now)}:",
        "",
        *lines,
        *growth,
        *(["", f"Note: {gfm.escaped(ranking.note)}."] if ranking.note else []),
    ]
    yield from (f"{line}\n" for line in document)
