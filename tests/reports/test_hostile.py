"""Names, titles and descriptions by somebody who means harm."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from builders import named, ranking
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import FULL, GONE, LISTINGS, WEEK_AGO
from reports.writing import plan, written
from rich.cells import cell_len

from crawler.model.results import Changes, Ranking
from crawler.model.values import Listing, Source
from crawler.reports.formats import FORMATS, View
from crawler.reports.render import render

ATTACKS = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b31m",
    "|",
    "](javascript:alert(1))",
    "[red]",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud800",
    "\r\n",
    "\u2028",
    '"',
    ",",
    "; ",
    "\x00",
    "漢",
    "👩\u200d💻",
    "e\u0301",
    "Z" + "\u0300" * 20,
]

CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
JOINERS = {"\u200c", "\u200d"}

hostile = st.lists(
    st.sampled_from(ATTACKS) | st.text(st.characters(exclude_categories=()), max_size=8),
    max_size=6,
).map("".join)


def poisoned(text: str) -> Ranking:
    """A ranking with `text` wherever a stranger could put it."""
    row = replace(
        FULL,
        repository=f"owner/{text}",
        url=f"https://github.com/{text}",
        language=text,
        license=text,
        title=text,
        description=text,
        about=text,
        listed_as=(text,),
        sections=((text, text), (text,)),
        sources=(text,),
    )
    failure = replace(GONE, repository=text, message=text, sections=((text,),), sources=(text,))
    good = replace(FULL, rank=2)
    names = (text, f"owner/{text}")
    return replace(
        ranking(row, good, failures=(failure,)),
        sources=(Source(text, text, repositories=3),),
        changes=Changes(WEEK_AGO, WEEK_AGO, names, names[:1], names, (names,), names),
    )


def hostile_plan(text: str, form: str, **view: Any) -> str:
    """A dry run's report with `text` wherever a stranger could put it."""
    listing = Listing(named(text), text, text, ((text, text),), (text,))
    return plan(form, [listing, *LISTINGS], [Source(text, text, 1)], **view)


def assert_harmless(report: str) -> None:
    """It can be encoded, and a terminal that shows it obeys nothing but line feeds."""
    report.encode()
    assert not [
        each for each in set(report) - JOINERS - {"\n"} if unicodedata.category(each) in CONTROLS
    ]


def joined_surrogates(value: Any) -> Any:
    """`value` as JSON knows text: two lone surrogates that make a pair are one character."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if isinstance(value, list):
        return [joined_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {key: joined_surrogates(each) for key, each in value.items()}
    return value


@given(hostile)
def test_json_is_harmless_and_loses_nothing(text: str) -> None:
    """A parser reads every character back, line by line too."""
    document = render(poisoned(text), "json")
    assert_harmless(document)
    assert json.loads(document) == joined_surrogates(poisoned(text).to_dict())
    lines = render(poisoned(text), "jsonl")
    assert_harmless(lines)
    ranked = [json.loads(line) for line in lines.splitlines()][:2]
    assert [row | {"status": None} for row in json.loads(document)["ranking"]] == [
        row | {"status": None} for row in ranked
    ]
    assert_harmless(hostile_plan(text, "json"))
    assert len(hostile_plan(text, "jsonl").splitlines()) == 3


@given(hostile)
def test_csv_is_harmless(text: str) -> None:
    """No text breaks out of its cell or starts a formula, however it is read."""
    for report, repositories in (
        (render(poisoned(text), "csv"), 4),
        (hostile_plan(text, "csv"), 3),
    ):
        assert_harmless(report)
        records = list(csv.reader(io.StringIO(report, newline=""), strict=True))
        assert len(records) == report.count("\n") == 1 + repositories
        assert len({len(record) for record in records}) == 1
        cells = [cell for record in records for cell in record]
        starts = [unicodedata.normalize("NFKC", cell.lstrip()[:1]) for cell in cells]
        assert not [start for start in starts if start.startswith(("=", "+", "-", "@"))]


@given(hostile, st.none() | st.integers(3, 120))
def test_table_is_harmless(text: str, width: int | None) -> None:
    """Each row is one line that shows what it holds, in the width that it says."""
    for table in (
        written("table", poisoned(text), width=width),
        hostile_plan(text, "table", width=width),
    ):
        assert_harmless(table)
        assert not set(table) & JOINERS
        lines = table.splitlines()
        assert len(lines) == len(table.split("\n")) - 1
        if width is not None:
            assert max(map(cell_len, lines[: lines.index("")])) <= width
    assert written("table", poisoned(text), width=width).split("\n").index("") == 3


@pytest.mark.parametrize("attack", ["漢", "\u0300", "\x1b]", "=|](\u202e<"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_text_without_end_is_only_long(form: str, attack: str) -> None:
    """A text without end is rendered like any other."""
    row = replace(FULL, description=attack * (2**15 // len(attack)), about=attack * 2**10)
    row = replace(row, sections=((row.description or "",),))
    report = render(ranking(row), form, view=View(width=80))
    assert_harmless(report)
