"""A check as workflow commands of GitHub Actions, which show each finding at its line.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

GitHub reads the commands from the output of a step, and shows ten of each kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from crawler.model.text import printable
from crawler.reports.findings.sums import idle, totals, unknowns

if TYPE_CHECKING:
    from crawler.model.findings import Checked
    from crawler.reports.stream import Stream

# https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(checked: Checked, stream: Stream) -> None:
    """A command for each finding that counts, in the order of the file, and then the totals."""
    for verdict in checked.verdicts:
        # GitHub does not understand a path that begins with ./
        file = (checked.path or "").removeprefix("./")
        place = {"file": file, "line": verdict.line, "endLine": verdict.last_line}
        for finding in verdict.findings:
            if finding.silenced is None:
                where = {"title": finding.rule, **(place if checked.path else {})}
                text = (
                    finding.message if checked.path else f"line {verdict.line}: {finding.message}"
                )
                _write(stream, "error" if finding.fails else "warning", where, text)
    where = {"title": "check"}
    for sentence in unknowns(checked):
        _write(stream, "error" if checked.fails_unknown else "warning", where, sentence)
    for sentence in idle(checked):
        _write(stream, "warning", where, sentence)
    _write(stream, "notice", where, f"{checked.name}: {totals(checked)}")


def _write(stream: Stream, command: str, properties: Mapping[str, object], text: str) -> None:
    told = ",".join(
        f"{name}={printable(str(value)).translate(_PROPERTY)}" for name, value in properties.items()
    )
    # ##[ begins a command of an older kind, anywhere in a line.
    data = printable(text).replace("##[", "## [").translate(_DATA)
    stream.write(f"::{command} {told.replace('##[', '## [')}::{data}\n")
