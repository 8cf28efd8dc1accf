"""What the reports that know the past look like: files to look at, in `golden/`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reports.samples import EVERY_KIND
from reports.samples_history import HISTORIC
from reports.writing import written

from crawler.model.filters import Filters
from crawler.ranking.filters import filter_by_section

GOLDEN = Path(__file__).with_name("golden")

REPORTS: dict[str, Callable[[], str]] = {
    "ranking.md": lambda: written("markdown", HISTORIC),
    "ranking-plain.md": lambda: written("markdown", EVERY_KIND),
    "ranking-by-section.md": lambda: written(
        "markdown",
        HISTORIC,
        groups=filter_by_section(HISTORIC, Filters(by_section=True))[1],
    ),
    "ranking.atom": lambda: written("atom", HISTORIC),
    "ranking.svg": lambda: written("svg", HISTORIC),
    "ranking-plain.svg": lambda: written("svg", EVERY_KIND),
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_the_golden_one(name: str) -> None:
    """Each report is, to the byte, the file that was looked at.

    After a wanted change: `python tests/reports/test_golden_history.py` writes them anew; read
    the difference before it is committed.
    """
    assert REPORTS[name]().encode() == (GOLDEN / name).read_bytes()


if __name__ == "__main__":
    for name, report in REPORTS.items():
        (GOLDEN / name).write_bytes(report().encode())
