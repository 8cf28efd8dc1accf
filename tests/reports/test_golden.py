"""What the reports look like, as files to look at: `golden/` beside this module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import SOURCES
from reports.samples import EVERY_KIND, LISTINGS, SINCE

from crawler.reports import Format, render
from crawler.reports.plan import render_plan

GOLDEN = Path(__file__).with_name("golden")

REPORTS: dict[str, Callable[[], str]] = {
    "table.txt": lambda: render(EVERY_KIND, Format.TABLE),
    "table-60.txt": lambda: render(EVERY_KIND, Format.TABLE, width=60),
    "table-since.txt": lambda: render(SINCE, Format.TABLE),
    "ranking.json": lambda: render(EVERY_KIND, Format.JSON),
    "ranking.jsonl": lambda: render(EVERY_KIND, Format.JSONL),
    "ranking.csv": lambda: render(EVERY_KIND, Format.CSV),
    "since.jsonl": lambda: render(SINCE, Format.JSONL),
    "since.csv": lambda: render(SINCE, Format.CSV),
    "plan.txt": lambda: render_plan(SOURCES, LISTINGS, Format.TABLE),
    "plan.json": lambda: render_plan(SOURCES, LISTINGS, Format.JSON),
    "plan.jsonl": lambda: render_plan(SOURCES, LISTINGS, Format.JSONL),
    "plan.csv": lambda: render_plan(SOURCES, LISTINGS, Format.CSV),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_the_golden_one(name: str) -> None:
    """Each report is, to the byte, the file that was looked at.

    After a wanted change: `python tests/reports/test_golden.py` writes them anew; read the
    difference before it is committed.
    """
    assert REPORTS[name]().encode() == (GOLDEN / name).read_bytes()


if __name__ == "__main__":
    for name, report in REPORTS.items():
        (GOLDEN / name).write_bytes(report().encode())
