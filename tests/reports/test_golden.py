"""What the reports look like, as files to look at: `golden/` beside this module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reports.samples import ELSEWHERE, EVERY_KIND, SINCE
from reports.writing import plan, written

GOLDEN = Path(__file__).with_name("golden")

REPORTS: dict[str, Callable[[], str]] = {
    "table.txt": lambda: written("table", EVERY_KIND),
    "table-60.txt": lambda: written("table", EVERY_KIND, width=60),
    "table-since.txt": lambda: written("table", SINCE),
    "ranking.json": lambda: written("json", EVERY_KIND),
    "ranking.jsonl": lambda: written("jsonl", EVERY_KIND),
    "ranking.csv": lambda: written("csv", EVERY_KIND),
    "since.jsonl": lambda: written("jsonl", SINCE),
    "since.csv": lambda: written("csv", SINCE),
    "plan.txt": lambda: plan("table", elsewhere=ELSEWHERE),
    "plan.json": lambda: plan("json", elsewhere=ELSEWHERE),
    "plan.jsonl": lambda: plan("jsonl"),
    "plan.csv": lambda: plan("csv"),
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
