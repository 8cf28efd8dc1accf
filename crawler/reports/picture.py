"""The growth chart of a few repositories as a picture, fit for a README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import SubElement

from crawler.model.values import FigureKind
from crawler.reports.card import EDGE, HEAD, WIDTH, add, add_text, cut_text, make_card, width_of
from crawler.reports.chart import COLORS, DASHES, Chart, Curve, Line, draw_chart, number
from crawler.reports.stream import volatile, write_marked
from crawler.reports.words import MOST_NAME, MOST_PROSE, shortened
from crawler.reports.xml import spelled_out

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from crawler.reports.stream import Stream

_HEIGHT: Final = 400
_FOOT: Final = 40
"""Height of the axis of days, below the lines."""
_LEGEND: Final = 24
"""Height of the line that explains the kinds of figures, if there is one."""
_AXIS: Final = 66
"""Width of the axis of stars, left of the lines."""
_LABELS: Final = 176
"""Width of the names and last figures, right of the lines."""
_LABEL_HEIGHT: Final = 18
_LEADER: Final = 12
"""Distance from the end of a line to its label."""
_SMALL: Final = 12
"""Font size in the chart."""

_KINDS: Final = {
    FigureKind.OBSERVED: "observed",
    FigureKind.RETAINED: "retained by GitHub",
    FigureKind.IMPORTED: "imported",
}


def write_chart(curves: Sequence[Curve], title: str, stream: Stream) -> None:
    """A card with a line for each of `curves`, of which there is at least one and at most
    `MOST_CURVES` are drawn. Its days are those of UTC."""
    curves = [replace(curve, name=shortened(curve.name, MOST_NAME)) for curve in curves]
    inner = _HEIGHT - HEAD - _FOOT
    width = WIDTH - 2 * EDGE - _AXIS - _LABELS
    chart = draw_chart(curves, width=width, height=inner, label_height=_LABEL_HEIGHT)
    assert chart is not None  # since there is a curve
    has_legend = chart.kinds != (FigureKind.OBSERVED,)
    told = "; ".join(
        f"{curve.name}: {curve.points[0].stars:,} stars on {curve.points[0].day}, "
        f"{curve.points[-1].stars:,} on {curve.points[-1].day}"
        for curve in curves
    )
    card = make_card(
        _HEIGHT + has_legend * _LEGEND,
        title=shortened(title, MOST_PROSE),
        made=f"stars until {volatile(chart.last)}",
        day=volatile(chart.last),
        told=told,
        light=_style(0),
        dark=_style(1),
    )
    place = f"translate({EDGE + _AXIS} {HEAD})"
    drawing = SubElement(card, "g", {"transform": place})
    _add_axes(drawing, chart)
    # If one of the owners does not fit, all are left out.
    is_short = any(_cut(line, line.name) != line.name for line in chart.lines)
    for line in chart.lines:
        _add_line(drawing, line, chart.width, is_short=is_short)
    if has_legend:
        _add_legend(drawing, chart)
    write_marked([spelled_out(card)], stream)


def _style(scheme: int) -> str:
    """The CSS rules of one theme: 0 is light, 1 is dark."""
    indent = "  " * scheme
    rules = [f".c{at} {{ stroke: {pair[scheme]} }}" for at, pair in enumerate(COLORS)]
    if not scheme:
        rules += [
            "path { fill: none; stroke-width: 2; stroke-linejoin: round }",
            ".grid, .leader { stroke-width: 1 }",
            ".small { font-size: 12px }",
            ".key { stroke: #59636e }",
            *(f".{kind} {{ stroke-dasharray: {dash} }}" for kind, dash in DASHES.items()),
        ]
    rules.append(f".grid {{ stroke: {('#d1d9e0', '#30363d')[scheme]} }}")
    if scheme:
        rules.append(".key { stroke: #9198a1 }")
    return "".join(f"\n{indent}{rule}" for rule in rules) + "\n"


def _add_axes(drawing: Element, chart: Chart) -> None:
    for tick in chart.stars:
        _add_path(drawing, "grid", f"M0 {number(tick.place)}H{chart.width}")
        add_text(drawing, "dim small", -8, tick.place - 1, tick.text, right=True)
    for tick in chart.days:
        _add_path(drawing, "grid", f"M{number(tick.place)} {chart.height}v6")
        add_text(drawing, "dim small", tick.place, chart.height + 16, tick.text)
        drawing[-1].set("text-anchor", "middle")


def _add_line(drawing: Element, line: Line, width: int, *, is_short: bool) -> None:
    for stroke in line.strokes:
        _add_path(drawing, f"c{line.number} {stroke.kind}", stroke.path)
    start, end = width + 2, width + _LEADER
    _add_path(
        drawing,
        f"c{line.number} leader",
        f"M{start} {number(line.end[1])}L{end} {number(line.label)}",
    )
    name = _cut(line, line.name.rpartition("/")[2] if is_short else line.name)
    add_text(drawing, "small", end + 4, line.label - 1, f"{name} {_figure(line)}")


def _cut(line: Line, name: str) -> str:
    """The name, shortened to fit beside the last figure of its line."""
    return cut_text(name, _LABELS - _LEADER - 4 - width_of(f" {_figure(line)}", _SMALL), _SMALL)


def _figure(line: Line) -> str:
    return f"{line.points[-1].stars:,}"


def _add_legend(drawing: Element, chart: Chart) -> None:
    x = 0.0
    y = chart.height + _FOOT + 2
    for kind in chart.kinds:
        _add_path(drawing, f"key {kind}", f"M{number(x)} {y}h28")
        add_text(drawing, "dim small", x + 36, y - 1, _KINDS[kind])
        x += 36 + width_of(_KINDS[kind], _SMALL) + 20


def _add_path(parent: Element, style: str, path: str) -> None:
    add(parent, "path", style).set("d", path)
