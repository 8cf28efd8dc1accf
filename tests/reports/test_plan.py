"""What a dry run prints."""

from __future__ import annotations

import csv
import io
import json

from reports.samples import ELSEWHERE
from reports.writing import plan
from rich.cells import cell_len


def test_json_is_the_documented_one() -> None:
    """The keys and values are those that the documentation promises."""
    assert json.loads(plan("json", elsewhere=ELSEWHERE)) == {
        "schema_version": 1,
        "sources": [
            {"name": "a/list", "url": "https://github.com/a/list", "repositories": 5},
            {"name": "b/list", "url": None, "repositories": 3},
        ],
        "repositories": [
            {
                "repository": "owner/first",
                "host": "github.com",
                "title": "First",
                "description": "Draws ünïcode, quickly; and more.",
                "sections": [["Tools", "GUI"], ["Games"]],
                "sources": ["a/list", "b/list"],
            },
            {
                "repository": "somebody/bare",
                "host": "github.com",
                "title": None,
                "description": None,
                "sections": [],
                "sources": ["a/list"],
            },
        ],
        "elsewhere": [
            {
                "title": "Third",
                "url": "https://third.example",
                "section": ["Tools", "GUI"],
                "line": 12,
            },
            {"title": "Fourth", "url": "https://gitlab.com/a/b", "section": [], "line": 40},
        ],
    }


def test_lines_and_records_hold_every_repository() -> None:
    """JSON Lines and CSV have one repository a line, in the order of the lists."""
    lines = [json.loads(line) for line in plan("jsonl").splitlines()]
    records = list(csv.DictReader(io.StringIO(plan("csv"))))
    names = ["owner/first", "somebody/bare"]
    assert [line["repository"] for line in lines] == names
    assert [record["repository"] for record in records] == names
    assert records[0]["sections"] == "Tools > GUI; Games"


def test_table_fits_and_counts() -> None:
    """The rows keep to the width, and a line says how many there are."""
    for width in (12, 30, 80):
        table = plan("table", width=width).splitlines()
        assert max(map(cell_len, table[:-1]), default=0) <= width
    assert plan("table").endswith("\n2 listed in 2 lists\n")


def test_empty_plan() -> None:
    """Nothing listed is a count of 0, not a failure."""
    assert plan("table", ()) == "0 listed in 2 lists\n"
    assert plan("jsonl", ()) == ""
    assert json.loads(plan("json", ()))["repositories"] == []
