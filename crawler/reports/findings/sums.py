"""The totals of a check, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from crawler.model.findings import Checked, Status, unknown_sentences
from crawler.model.text import printable
from crawler.reports.words import MOST_PROSE, shortened

_MOST_LINES: Final = 10
"""Line numbers to name for one reason why entries are unknown."""


def totals(checked: Checked) -> str:
    """Such as `12 entries: 9 passed, 1 failed, 2 warned, 0 unknown`."""
    judged = len(checked.verdicts)
    counts = checked.counts
    told = (
        f"{counts[Status.PASS]:,} passed, {counts[Status.FAIL]:,} failed, "
        f"{counts[Status.WARN]:,} warned, {counts[Status.UNKNOWN]:,} unknown"
    )
    silenced = sum(
        finding.silenced is not None for verdict in checked.verdicts for finding in verdict.findings
    )
    if silenced:
        told += f" ({silenced:,} {'finding does' if silenced == 1 else 'findings do'} not count)"
    if checked.base is None:
        return f"{counted(judged)}: {told}"
    base = printable(checked.base)
    if not judged:
        return f"0 of {counted(checked.entries)} are new or altered since {base}"
    return f"{judged:,} of {counted(checked.entries)} new or altered since {base}: {told}"


def counted(entries: int) -> str:
    """Such as `1 entry`."""
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"


def unknowns(checked: Checked) -> Iterator[str]:
    """A sentence for each reason why entries are unknown."""
    for sentence, lines in unknown_sentences(checked.verdicts).items():
        yield f"unknown ({_places(lines)}): {shortened(sentence, MOST_PROSE)}"


def idle(checked: Checked) -> Iterator[str]:
    """A sentence for each exemption that silences nothing."""
    for each in checked.idle:
        until = f" until {each.until}" if each.until else ""
        yield (
            f"an exemption silences nothing any more, remove it: {printable(each.repository)} "
            f"from {each.rule}{until} ({shortened(each.reason, MOST_PROSE)})"
        )


def _places(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    more = len(lines) - _MOST_LINES
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}" + (
        f" and {more:,} more" if more > 0 else ""
    )
