"""The mends of a list as a patch for `git apply` and `patch`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crawler.lists.edits import Edit
    from crawler.reports.stream import Stream

_CONTEXT: Final = 3
"""Unchanged lines to show before and after a change."""


def write_patch(name: str, text: str, edits: Sequence[Edit], stream: Stream) -> None:
    """Write what `edits`, in the order of the text, change in the file `name`; nothing if there
    are none."""
    if not edits:
        return
    lines = _lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    # A tab ends a name with blanks, as git writes it.
    ending = "\t\n" if " " in name else "\n"
    stream.write(f"--- a/{name}{ending}+++ b/{name}{ending}")
    shift = 0
    for hunk in _hunks([*_changes(text, edits, starts)]):
        first, last = hunk[0][0] - _CONTEXT, hunk[-1][1] + _CONTEXT
        first, last = max(first, 0), min(last, len(lines))
        added = sum(len(new) for *_, new in hunk)
        gone = sum(end - start for start, end, _ in hunk)
        old, new = last - first, last - first + added - gone
        # If one side has no lines, the format wants the number of the line before.
        stream.write(f"@@ -{first + (old > 0)},{old} +{first + shift + (new > 0)},{new} @@\n")
        shift += added - gone
        at = first
        for start, end, replacement in hunk:
            _write(stream, " ", lines[at:start])
            _write(stream, "-", lines[start:end])
            _write(stream, "+", replacement)
            at = end
        _write(stream, " ", lines[at:last])


def _lines(text: str) -> list[str]:
    """The lines of a text with their line feeds; no other character ends a line of a patch."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _changes(
    text: str, edits: Sequence[Edit], starts: Sequence[int]
) -> Iterator[tuple[int, int, list[str]]]:
    """For each change: its first line, the line after its last, and the new lines."""
    first = last = at = 0
    new = ""
    for edit in edits:
        start = bisect_right(starts, edit.start, hi=len(starts) - 1) - 1
        if start >= last or not last:
            if last:
                yield first, last, _lines(new + text[at : starts[last]])
            first, at, new = start, starts[start], ""
        new += text[at : edit.start] + edit.text
        at = edit.end
        last = max(start + 1, bisect_right(starts, edit.end - 1, hi=len(starts) - 1))
    yield first, last, _lines(new + text[at : starts[last]])


def _hunks(
    changes: Sequence[tuple[int, int, list[str]]],
) -> Iterator[list[tuple[int, int, list[str]]]]:
    """The changes, grouped if their contexts touch."""
    hunk = [changes[0]]
    for change in changes[1:]:
        if change[0] - hunk[-1][1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _write(stream: Stream, mark: str, lines: Sequence[str]) -> None:
    for line in lines:
        stream.write(f"{mark}{line}")
        if not line.endswith("\n"):
            stream.write("\n\\ No newline at end of file\n")
