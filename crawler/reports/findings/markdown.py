"""A check as a comment on GitHub. Its first line is a mark, by which the comment is found again and
edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from crawler.model.text import printable
from crawler.reports.findings.sums import idle, totals, unknowns
from crawler.reports.gfm import escaped, row, table

if TYPE_CHECKING:
    from crawler.model.findings import Checked
    from crawler.reports.stream import Stream

MARK: Final = "<!-- star-crawler check -->"

LONGEST_COMMENT: Final = 65_536
"""Characters that GitHub allows in a comment or an issue.
https://github.com/orgs/community/discussions/27190"""

_ROOM: Final = 2_000
"""Characters of these to leave for everything but the rows."""

_COLUMNS: Final = (("Line", True), ("Rule", False), ("What", False))


def write(checked: Checked, stream: Stream) -> None:
    """The totals, a table of the findings that count, and then, folded, why entries are unknown and
    which findings do not count; as much as a comment can hold."""
    findings = [(v.line, f) for v in checked.verdicts for f in v.findings]
    counting = [
        row(
            (
                str(line),
                f"**{found.rule}**" if found.fails else str(found.rule),
                _told(found.message),
            )
        )
        for line, found in findings
        if found.silenced is None
    ]
    silenced = [
        row((str(line), str(found.rule), f"{_told(found.message)} ({_told(found.silenced)})"))
        for line, found in findings
        if found.silenced is not None
    ]
    notes = [f"- {_told(each)}" for each in (*unknowns(checked), *idle(checked))]
    room = LONGEST_COMMENT - _ROOM
    lines = [MARK, f"**{_told(checked.name)}**: {_told(totals(checked))}"]
    for title, rows in (("", counting), ("Unknown", notes), ("Does not count", silenced)):
        part = [*_part(title, rows, room, has_head=rows is not notes)]
        room -= sum(len(line) + 1 for line in part)
        lines += part
    stream.write("\n".join(lines) + "\n")


def _part(title: str, rows: Sequence[str], room: int, *, has_head: bool) -> Iterator[str]:
    """The lines of a table or a bullet list, folded if they have a title."""
    if not rows or room <= 0:
        return
    yield ""
    if title:
        yield f"<details><summary>{title}: {len(rows):,}</summary>"
        yield ""
    if has_head:
        yield from table(_COLUMNS)
    for number, each in enumerate(rows):
        room -= len(each) + 1
        if room <= 0:
            yield ""
            yield f"and {len(rows) - number:,} more"
            break
        yield each
    if title:
        yield ""
        yield "</details>"


def _told(text: str) -> str:
    return escaped(printable(text))
