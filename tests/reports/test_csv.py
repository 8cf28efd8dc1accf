"""CSV, as a program reads it and as a spreadsheet would."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from builders import ranking
from reports.samples import EVERY_KIND, FULL, GONE, SINCE
from reports.writing import written

from crawler.model.results import Ranking
from crawler.reports.render import render

COLUMNS = (
    "rank,repository,host,url,stars,forks,language,license,archived,fork,pushed_at,title,description,"
    "about,id,listed_as,renamed,sections,sources,provider,fetched_at,created_at,age,stale,gained,rate,"
    "moved,baseline_on,baseline_kind,baseline_distant,suspicious,changed,changed_since,burst_share,burst_on,burst_tail,status,reason"
)


def records(ranking: Ranking) -> list[dict[str, str]]:
    """The report as the standard library reads it back."""
    return list(csv.DictReader(io.StringIO(render(ranking, "csv"), newline="")))


GROWTH = (
    *("gained", "rate", "moved", "baseline_on", "baseline_kind", "baseline_distant"),
    *("suspicious", "changed", "changed_since", "burst_share", "burst_on", "burst_tail"),
)


def test_columns_are_the_keys_in_their_order() -> None:
    """The header is the JSON's keys of a row, then the status and the reason."""
    assert render(EVERY_KIND, "csv").splitlines()[0] == COLUMNS


def test_ranked_repository() -> None:
    """Numbers and booleans stand bare; lists and paths are joined."""
    assert records(ranking(FULL))[0] == {
        "rank": "1",
        "repository": "owner/first",
        "host": "github.com",
        "url": "https://github.com/owner/first",
        "stars": "12345",
        "forks": "678",
        "language": "C#",
        "license": "MIT",
        "archived": "false",
        "fork": "false",
        "pushed_at": "2026-05-07T23:59:58Z",
        "title": "First",
        "description": "Draws ünïcode, quickly; and more.",
        "about": "What GitHub says.",
        "id": "11",
        "listed_as": "Owner/First; old-owner/first",
        "renamed": "true",
        "sections": "Tools > GUI; Games",
        "sources": "a/list; b/list",
        "provider": "graphql",
        "fetched_at": "2026-05-08T12:00:00Z",
        "created_at": "2020-02-29T08:00:00Z",
        "age": "0",
        "stale": "false",
        **dict.fromkeys(GROWTH, ""),
        "status": "ranked",
        "reason": "",
    }


def test_failed_repository() -> None:
    """A failure has its name, its places and its reason, and nothing that would look like 0."""
    record = records(ranking(FULL, failures=(GONE,)))[1]
    assert {column: cell for column, cell in record.items() if cell} == {
        "repository": "nobody/gone",
        "host": "github.com",
        "listed_as": "nobody/gone",
        "sections": "Tools",
        "sources": "a/list",
        "status": "failed",
        "reason": "not_found",
    }


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\n  =1", "'=1"),
        ("\u200b=1", "'=1"),
        ("＝1", "'＝1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ("﹢1", "'﹢1"),
        ("a=1", "a=1"),
        ("a;=1", "a;'=1"),
        ("a; ＝1;b;\t@c", "a; '＝1;b; '@c"),
        ("a;b", "a;b"),
        ('say "hi", then\nleave', 'say "hi", then leave'),
        ("-", "'-"),
    ],
)
def test_text_starts_no_formula(text: str, cell: str) -> None:
    """A cell that a spreadsheet might compute is marked as text."""
    row = replace(FULL, title=text, sections=((text, "a"), ("b", text)), sources=("a", text))
    record = records(ranking(row))[0]
    assert record["title"] == cell
    assert record["sections"] == f"{cell} > a; b > {cell.removeprefix(chr(39))}"
    assert record["sources"] == f"a; {cell}"


def test_spreadsheets_are_told_that_it_is_utf8() -> None:
    """Only where that is wanted, and before all else."""
    plain = written("csv", EVERY_KIND)
    assert written("csv", EVERY_KIND, csv_bom=True) == f"\ufeff{plain}"
    assert not plain.startswith("\ufeff")


def test_negative_numbers_stay_numbers() -> None:
    """The guard is for text: a number is written as it is."""
    assert records(ranking(replace(FULL, id=-5)))[0]["id"] == "-5"


def test_growth_stands_in_its_columns() -> None:
    """Gains are numbers, also negative ones; what happened is named; stale has a reason."""
    first, bare, wide, stale, gone, late, dropped = records(SINCE)
    keys = ("gained", "rate", "moved", "baseline_on", "suspicious", "changed", "stale", "reason")
    assert [first[key] for key in keys] == [
        *("1234", "12.34", "3", "2026-05-01", "false", "renamed", "false", "")
    ]
    assert [bare[key] for key in keys] == ["", "", "", "", "", "listed", "false", ""]
    assert (wide["gained"], wide["moved"], wide["suspicious"]) == ("-20", "-2", "true")
    assert (stale["status"], stale["stale"], stale["reason"]) == ("ranked", "true", "unavailable")
    assert (stale["age"], gone["changed"], late["changed"]) == ("190800", "gone", "")
    assert {column: cell for column, cell in dropped.items() if cell} == {
        "repository": "once/listed",
        "host": "github.com",
        "changed": "dropped",
        "changed_since": "2026-05-01",
        "status": "dropped",
    }
