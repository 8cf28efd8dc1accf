"""A check as JSON: every entry that was judged, with its findings.

The keys of `counts` but `listed` and `unchanged` add up to `judged`, and `judged` and `unchanged`
to `listed`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from crawler.model.findings import Checked, Finding, Verdict

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

SCHEMA_VERSION: Final = 1
"""It grows when a key changes its meaning."""


def write(checked: Checked, stream: Stream) -> None:
    """One object, with an entry on each line."""
    judged = len(checked.verdicts)
    head = {
        "schema_version": SCHEMA_VERSION,
        "list": checked.name,
        "base": checked.base,
        "status": str(checked.status),
        "counts": {
            "listed": checked.entries,
            "unchanged": checked.entries - judged,
            "judged": judged,
            **{str(status): count for status, count in checked.counts.items()},
        },
    }
    stream.write(f'{_dumped(head)[:-1]}, "entries": [')
    for number, verdict in enumerate(checked.verdicts):
        stream.write(f"{',' if number else ''}\n  {_dumped(_plain(verdict))}")
    stream.write("\n]}\n" if judged else "]}\n")


def _plain(verdict: Verdict) -> dict[str, Any]:
    first, last = verdict.entry.lines
    return {
        "line": first + 1,
        "end_line": max(last, first + 1),
        "repository": verdict.entry.repository.full_name,
        "host": verdict.entry.repository.host,
        "title": verdict.entry.title,
        "id": verdict.number,
        "status": str(verdict.status),
        "unknown": verdict.unknown,
        "findings": [_plain_finding(finding) for finding in verdict.findings],
    }


def _plain_finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": str(finding.rule),
        "fails": finding.fails,
        "message": finding.message,
        "now": finding.now,
        "other_line": finding.other_line,
        "silenced": finding.silenced,
    }


def _dumped(value: Any) -> str:
    # Lone surrogates of a title stay readable for every reader that way.
    return json.dumps(value, ensure_ascii=True)
