"""The picture of the growth chart: what is in it, and that it fits and harms nobody."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from reports.test_hostile import assert_harmless, hostile
from rich.cells import cell_len

from crawler.model.results import Point
from crawler.model.values import FigureKind
from crawler.reports.card import WIDTH
from crawler.reports.chart import Curve
from crawler.reports.picture import write_chart

SVG = "{http://www.w3.org/2000/svg}"
START = date(2026, 1, 5)


def picture(*curves: Curve, title: str = "A chart") -> str:
    """The chart of these."""
    stream = io.StringIO()
    write_chart(curves, title, stream)
    return stream.getvalue()


def curve(name: str, *stars: int, kind: FigureKind = FigureKind.OBSERVED) -> Curve:
    """A curve of one figure a week; `kind` is that of all but the last."""
    last = len(stars) - 1
    points = (
        Point(START + timedelta(7 * at), each, FigureKind.OBSERVED if at == last else kind)
        for at, each in enumerate(stars)
    )
    return Curve(name, tuple(points))


def texts(chart: str) -> list[str]:
    """What is written in it, in its order."""
    root = ElementTree.fromstring(chart.encode())
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_it_tells_names_figures_days_and_kinds() -> None:
    """Each line has its name and last figure; kinds stand below where one is not observed."""
    chart = picture(curve("a/one", 10, 20), curve("b/two", 1, 2, 15, kind=FigureKind.RETAINED))
    assert texts(chart) == [
        *("A chart", "stars until 2026-01-19", "0", "5", "10", "15", "20"),
        *("2026-01-05", "2026-01-12", "2026-01-19", "a/one 20", "b/two 15"),
        *("observed", "retained by GitHub"),
    ]
    assert "<desc>a/one: 10 stars on 2026-01-05, 20 on 2026-01-12; b/two: 1 stars" in chart
    assert "observed" not in texts(picture(curve("a/one", 10, 20)))


def test_long_names_lose_their_owners_first() -> None:
    """All of them, so that they look alike; then their ends."""
    chart = picture(curve("a/one", 1, 2), curve(f"someone/{'long' * 9}", 1, 9_999_999))
    assert texts(chart)[-2:] == ["one 2", "longlonglo… 9,999,999"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_line_has_its_color(scheme: str) -> None:
    """In both themes; nothing is fetched and nothing runs."""
    chart = picture(*(curve(f"o/{at}", at, at + 1) for at in range(10)))
    light, dark = chart.split("@media (prefers-color-scheme: dark)")
    colors = re.findall(r"\.c\d { stroke: (#\w{6}) }", dark if scheme == "dark" else light)
    assert len(set(colors)) == 10
    assert_harmless(chart)


@given(hostile)
def test_any_name_is_only_a_text_and_fits(name: str) -> None:
    """No label leaves the card, and markup is none."""
    chart = picture(curve(name, 1, 10**6), title=name)
    assert_harmless(chart)
    root = ElementTree.fromstring(chart.encode())
    group = root.find(f"{SVG}g")
    assert group is not None
    left = float((group.get("transform") or "").removeprefix("translate(").split()[0])
    label = list(group.iter(f"{SVG}text"))[-1]
    end = left + float(label.get("x") or "") + cell_len(label.text or "") * 12 * 0.61
    assert end <= WIDTH
