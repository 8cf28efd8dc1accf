"""The index: one page that links to the reports of several lists, for a published folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from crawler.model.frozen import frozen
from crawler.reports.news import Tally, sums_of
from crawler.reports.page import digest, load, make_environment
from crawler.reports.stream import volatile, write_marked
from crawler.reports.words import have_several_hosts

if TYPE_CHECKING:
    from jinja2 import Template

    from crawler.model.results import Ranking
    from crawler.reports.news import Gain
    from crawler.reports.stream import Stream

_MOST_GAINED: Final = 3


@frozen(kw_only=True)
class IndexedList:
    """The part of the index about one list."""

    name: str
    links: tuple[tuple[str, str], ...]
    """The formats of its reports, and their addresses relative to the index."""
    sums: tuple[tuple[str, str], ...] = ()
    """Labels and figures."""
    complete: bool = True
    gained: tuple[Gain, ...] = ()
    """Most stars first."""
    since: str = ""
    """The days from which gains count."""
    unread: str | None = None
    """Why it could not be read."""


def indexed(ranking: Ranking, links: tuple[tuple[str, str], ...]) -> IndexedList:
    """The entry of the index for the ranking of one list."""
    tally = Tally(with_host=have_several_hosts(row.name for row in ranking.rows))
    for row in ranking.rows:
        tally.add(row)
    movers = tally.movers()
    return IndexedList(
        name=ranking.sources[0].name,
        links=links,
        sums=sums_of(ranking),
        complete=ranking.complete,
        gained=movers.gained[:_MOST_GAINED],
        since=movers.since,
    )


def write_index(lists: Sequence[IndexedList], made: datetime, stream: Stream) -> None:
    """One self-contained HTML document that sends no request."""
    page = _template().stream(lists=lists, made=made.astimezone(UTC))
    write_marked(page, stream)


@cache
def _template() -> Template:
    environment = make_environment()
    style = f"\n{load('page.css')}\n"
    environment.filters["volatile"] = volatile
    environment.globals |= {
        "style": Markup(style),
        "policy": f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; "
        "form-action 'none'",
    }
    return environment.get_template("index.html")
