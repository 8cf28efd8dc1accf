"""A check as lines that editors and terminals can jump to: `README.md:61: moved: a/b → a/c`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.text import printable
from crawler.reports.findings.sums import idle, totals, unknowns

if TYPE_CHECKING:
    from crawler.model.findings import Checked
    from crawler.reports.stream import Stream


def write(checked: Checked, stream: Stream) -> None:
    """A line for each finding that counts, in the order of the file, and then the totals."""
    name = printable(checked.name)
    for verdict in checked.verdicts:
        for finding in verdict.findings:
            if finding.silenced is None:
                told = printable(finding.message)
                stream.write(f"{name}:{verdict.line}: {finding.rule}: {told}\n")
    for sentence in (*unknowns(checked), *idle(checked)):
        stream.write(f"{name}: {sentence}\n")
    stream.write(f"{name}: {totals(checked)}\n")
