"""The card: what is in it, and that it fits; how it looks is for the eye."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from builders import ranking
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import BARE, FULL
from reports.samples_history import HISTORIC
from reports.test_hostile import assert_harmless, hostile, poisoned
from reports.writing import tells_the_same, written
from rich.cells import cell_len

from crawler.model.filters import Filters
from crawler.model.results import Ranking
from crawler.ranking.filters import apply_filters
from crawler.reports.card import WIDTH

render = partial(written, "svg")

SVG = "{http://www.w3.org/2000/svg}"
CELL = {"title": 15 * 0.61, "": 13 * 0.61}
"""Width of a cell of both sizes; no fixed-width font in use is wider than 0.61 of its size."""


def card(known: Ranking) -> Element:
    """The report as an XML parser reads it."""
    return ElementTree.fromstring(render(known).encode())


def drawn(root: Element) -> list[str]:
    """The texts on the card, in their order."""
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def extents(root: Element) -> list[tuple[float, float, float]]:
    """The line, the left and the right end of each text."""
    found = []
    for each in root.iter(f"{SVG}text"):
        x, y = float(each.get("x", "")), float(each.get("y", ""))
        style = each.get("class", "")
        wide = cell_len(each.text or "") * CELL["title" if style == "title" else ""]
        found.append((y, x - wide, x) if each.get("text-anchor") else (y, x, x + wide))
    return found


def assert_fits(root: Element) -> None:
    """Nothing leaves the card, and no text runs into the next one or into a bar."""
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width == WIDTH
    bars = [
        (float(each.get("y", "")) + 10, float(each.get("x", "")),
         float(each.get("x", "")) + float(each.get("width", "")))
        for each in root.iter(f"{SVG}rect") if each.get("class") == "bar"
    ]  # fmt: skip
    lines: dict[float, list[tuple[float, float]]] = {}
    for y, left, right in sorted([*extents(root), *bars]):
        assert left >= 0
        assert right <= width
        assert 0 < y < height
        lines.setdefault(y, []).append((left, right))
    for spans in lines.values():
        spans.sort()
        assert all(one[1] <= two[0] for one, two in pairwise(spans)), spans


def test_the_card_tells_all_that_is_known() -> None:
    """Ranks, names, stars and gains; a line for each known history."""
    root = card(HISTORIC)
    assert drawn(root) == [
        "Top 3 of a/list and 1 more",
        "2026-05-08, +7 d since 2026-05-01",
        *("1", "owner/first", "12,345", "+1,345"),
        *("2", "somebody/bare", "7"),
        *("2", "somebody/wide", "7", "−3"),
    ]
    assert len(list(root.iter(f"{SVG}path"))) == 2
    assert_fits(root)


def test_the_top_is_of_something() -> None:
    """A card of the first rows says of how many."""
    top = apply_filters(HISTORIC, Filters(top=2))
    assert drawn(card(top))[0] == "Top 2 of 3 in a/list and 1 more"


def test_bars_are_as_long_as_the_stars_are_many() -> None:
    """The longest is that of the most stars; any star is seen, none has no bar."""
    rows = [replace(FULL, stars=stars) for stars in (1000, 500, 1, 0)]
    bars = [each for each in card(ranking(*rows)).iter(f"{SVG}rect") if each.get("class") == "bar"]
    widths = [float(each.get("width", "")) for each in bars]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[0] > 250
    assert widths[2:] == [2]
    nothing = card(ranking(replace(FULL, stars=0)))
    assert [each.get("class") for each in nothing.iter(f"{SVG}rect")] == ["card"]


def test_a_gain_from_another_day_says_so() -> None:
    """Behind it, where the others have nothing; names give way to it."""
    other = replace(HISTORIC.rows[0], repository="o/other", baseline_distant=True, stars=1_234_567)
    root = card(replace(HISTORIC, rows=(HISTORIC.rows[0], other)))
    assert drawn(root)[-1] == "+1,345 (2026-05-01)"
    assert_fits(root)


def test_gains_have_their_tone() -> None:
    """More, less and none look different; what cannot be compared is not shown."""
    rows = [replace(FULL, gained=gained) for gained in (5, -5, 0, None)]
    root = card(ranking(*rows, replace(FULL, gained=9999, suspicious=True)))
    tones = [
        (each.text, each.get("class"))
        for each in root.iter(f"{SVG}text")
        if each.text in ("+5", "−5", "0", "+9,999")
    ]
    assert tones == [("+5", "up"), ("−5", "down"), ("0", "dim")]
    assert "9,999" not in (root.findtext(f"{SVG}desc") or "")


def test_it_can_be_heard() -> None:
    """A screen reader takes it for one image, with a name and all rows as its description."""
    root = card(HISTORIC)
    assert root.get("role") == "img"
    assert [each.tag for each in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == "Top 3 of a/list and 1 more, 2026-05-08"
    assert root[1].text == (
        "1. owner/first: 12,345 stars (+1,345); 2. somebody/bare: 7 stars; "
        "2. somebody/wide: 7 stars (−3); +7 d since 2026-05-01, known of 2 of the 3 rows"
    )


def test_only_its_day_differs() -> None:
    """Two cards that tell the same are one, but for their day."""
    later = replace(HISTORIC, generated_at=HISTORIC.generated_at + timedelta(days=1))
    assert render(later) != render(HISTORIC)
    assert tells_the_same("svg", HISTORIC, later)


def test_it_asks_nobody() -> None:
    """As an image on GitHub it may fetch nothing, and so it does not try."""
    report = render(HISTORIC)
    assert not re.search(r"href|url\(|@import|@font-face|<script|<image|\son\w+=", report)
    assert set(re.findall(r"https?://[^\"\s]+", report)) == {"http://www.w3.org/2000/svg"}


def channels(colour: str) -> list[float]:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def contrast(one: str, two: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    lights = [
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in (channels(one), channels(two))
    ]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_readable_in_both_themes(dark: bool) -> None:
    """Texts have the contrast that WCAG 2.2 asks for at level AA, bars and lines theirs."""
    style = card(HISTORIC).findtext(f"{SVG}style") or ""
    light, _, night = style.partition("@media (prefers-color-scheme: dark)")
    rules = dict(re.findall(r"(\S+) \{[^}]*?(?:fill|stroke): (#\w{6})", night if dark else light))
    paper = rules.pop(".card")
    for name, colour in rules.items():
        assert contrast(colour, paper) >= (3 if name in (".bar", ".trend") else 4.5), name
    assert set(rules) == {"text", ".dim", ".bar", ".up", ".down", ".trend"}


@pytest.mark.parametrize("count", [0, 1, 10, 120])
def test_any_number_of_rows_fits(count: int) -> None:
    """The card is as high as its rows, and says so where there is none."""
    rows = [replace(FULL, rank=99_990 + n, stars=10**9 - n, gained=-(10**6)) for n in range(count)]
    root = card(ranking(*rows))
    assert_fits(root)
    assert ("No repository is ranked." in drawn(root)) == (count == 0)
    assert root.get("height") == (root.get("viewBox") or "").split()[-1]


@pytest.mark.parametrize(
    "name",
    ["o/" + "w" * 200, "所有者/" + "漢字" * 60, "所/" + "漢字" * 13, "W" * 39 + "/" + "M" * 100],
)
def test_long_names_are_cut(name: str) -> None:
    """A name ends before the bars begin, double-width characters count twice."""
    known = replace(HISTORIC, rows=(replace(HISTORIC.rows[0], repository=name), BARE))
    root = card(known)
    (shown,) = [text for text in drawn(root) if text[0] == name[0] and text != "owner/first"]
    assert shown.endswith("…")
    assert cell_len(shown) > 30
    assert_fits(root)
    source = replace(known.sources[0], name=name)
    assert_fits(card(replace(known, sources=(source,))))


@given(hostile, st.booleans())
def test_hostile_texts_are_only_texts(text: str, known: bool) -> None:
    """Whatever a name holds, the card is an image of that text."""
    text = f"{text}\uffff\ufffe"
    report = render(replace(poisoned(text), history=HISTORIC.history if known else {}))
    assert_harmless(report)
    root = ElementTree.fromstring(report.encode())
    tags = {each.tag for each in root.iter()}
    assert tags <= {
        SVG + name for name in ("svg", "title", "desc", "style", "rect", "text", "path")
    }
    assert_fits(root)


def test_a_megabyte_is_only_long() -> None:
    """A name without end is cut."""
    assert len(render(ranking(replace(FULL, repository="=|<" * 2**18)))) < 4000
