"""HTML: the ranking as one page to sort, filter and print, which makes no requests."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from crawler.model.values import FigureKind
from crawler.reports.chart import (
    COLORS,
    DASHES,
    DAY_TICKS,
    Tick,
    curves_of,
    draw_chart,
    gains_of,
    number,
    shared_time,
)
from crawler.reports.news import (
    changes_of,
    failures_of,
    renames_of,
    sources_of,
    sums_of,
    title_of,
)
from crawler.reports.page import digest, load, make_environment
from crawler.reports.page.lines import BAR_STEPS, blocks_of, survey
from crawler.reports.stream import volatile
from crawler.reports.words import MINUS, signed, volatile_day, volatile_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Template

    from crawler.model.results import Ranking
    from crawler.reports.formats import View

_CHART: Final = (1000, 280)
"""The width of the growth chart in its own units, since it is stretched to the page, and its
height in pixels."""
_LABEL_HEIGHT: Final = 18

_KINDS: Final = {
    FigureKind.OBSERVED: "observed by a run",
    FigureKind.RETAINED: "retained by GitHub: stars of that day that still stand",
    FigureKind.IMPORTED: "imported from a file",
}

_CHUNKS: Final = 200
"""Parts of the page to write together; a row has about thirty."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """The ranking as one self-contained HTML document, every row in it; with `view.groups` each
    section has a table of its own, and the page a table of contents.

    Its Content-Security-Policy allows its own style and script and no request; without the
    script it is the same page, in the order of `ranking.rows`. Times are in UTC.
    """
    changes = ranking.changes
    groups = view.groups
    table = survey(ranking, with_host=view.with_host, by_section=groups is not None)
    curves = curves_of(ranking, table.first, with_host=view.with_host)
    page = _template().stream(
        title=title_of(ranking.sources),
        sources=sources_of(ranking.sources),
        generated_at=ranking.generated_at.astimezone(UTC),
        complete=ranking.complete,
        note=ranking.note,
        sums=sums_of(ranking),
        chart=draw_chart(
            map(gains_of, shared_time(curves, ranking.since)),
            width=_CHART[0],
            height=_CHART[1],
            label_height=_LABEL_HEIGHT,
            figure=signed,
        ),
        charted=len(table.first),
        kinds_of_figures=_KINDS,
        movers=table.movers,
        changes=changes,
        baseline=changes
        and changes.baseline_at
        and volatile_moment(changes.baseline_at, ranking.generated_at),
        kinds=changes_of(changes, table.addresses, with_host=view.with_host) if changes else (),
        table=table,
        total=table.count + ranking.sums.cut,
        contents=blocks_of(ranking, table, groups) if groups else (),
        blocks=blocks_of(ranking, table, groups),
        failures=failures_of(ranking.failures, with_host=view.with_host)
        if ranking.failures
        else None,
        renames=renames_of(ranking.rows, with_host=view.with_host) if table.has_renames else None,
    )
    page.enable_buffering(_CHUNKS)
    yield from page


@cache
def _template() -> Template:
    environment = make_environment()
    widths = "".join(f".b{step}{{--bar:{step}%}}" for step in range(BAR_STEPS + 1))
    style, script = f"\n{load('page.css')}{widths}{_chart_style()}\n", f"\n{load('page.js')}"
    # Neither contains anything from the ranking, so the policy allows only text of this package.
    environment.filters |= {
        "volatile": volatile,
        "volatile_day": volatile_day,
        "number": number,
        "signed": signed,
        "direction": _direction,
    }
    environment.globals |= {
        "padded": _padded,
        "style": Markup(style),
        "script": Markup(script),
        "policy": (
            f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
    }
    return environment.get_template("template.html")


def _padded(ticks: Sequence[Tick]) -> list[Tick]:
    """The marks, padded to as many as the axis of days can have."""
    # A part that may change with each run must not be empty.
    return [*ticks, *([Tick(0, " ")] * (DAY_TICKS - len(ticks)))]


def _direction(figure: str) -> str:
    """The class for the direction of a gain or move, after a space; empty for an empty figure."""
    return _DIRECTIONS.get(figure[:1], " same")


_DIRECTIONS: Final = {"": "", "+": " up", "↑": " up", MINUS: " down", "↓": " down"}


def _chart_style() -> str:
    light, dark = (
        "".join(f".c{place}{{--hue:{pair[scheme]}}}" for place, pair in enumerate(COLORS))
        for scheme in (0, 1)
    )
    dashes = "".join(f".{kind}{{stroke-dasharray:{dash}}}" for kind, dash in DASHES.items())
    return f"{light}{dashes}@media screen and (prefers-color-scheme:dark){{{dark}}}"
