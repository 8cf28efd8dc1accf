"""CSV: one line a repository, for spreadsheets and for programs."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from crawler.model.results import Row, to_plain
from crawler.model.text import printable
from crawler.reports.json import VOLATILE
from crawler.reports.jsonl import records
from crawler.reports.stream import Volatile

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream

_KEYS: Final = tuple(field.name for field in fields(Row) if field.name != "reason")
COLUMNS: Final = (*_KEYS, "status", "reason")
"""The keys of a ranked repository in the JSON document, and how it ended."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""https://owasp.org/www-community/attacks/CSV_Injection; white space before them goes anyway."""


def write(ranking: Ranking, stream: Stream, view: View) -> None:
    """A line for each of the repositories of `jsonl.records`, under the names of the columns."""
    if view.csv_bom:
        stream.write("\ufeff")
    write_records(COLUMNS, map(_named, records(ranking)), stream)


def _named(record: dict[str, Any]) -> dict[str, Any]:
    if record["status"] == "failed":
        record["listed_as"] = [record["repository"]]
    return record


def write_records(
    columns: Sequence[str], records: Iterable[Mapping[str, Any]], stream: Stream
) -> None:
    """A header and one line for each of `records`, whose other keys are left out.

    Lists are joined by `; `, and the paths inside them by ` > `; unknown is empty.
    """
    writer = csv.writer(stream, lineterminator="")
    writer.writerow(columns)
    stream.write("\n")
    spans = _spans(columns)
    for record in records:
        values = map(record.get, columns)
        cells = [_CELLS[type(value)](value) for value in values]
        for start, end, before in spans:
            stream.write(before)
            if columns[start] in VOLATILE:
                stream.write(Volatile(cells[start]))
            else:
                writer.writerow(cells[start:end])
        stream.write("\n")


def _spans(columns: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where each volatile column, and what stands between those, begins and ends in a line; and
    what separates it from what is before."""
    spans = []
    start = 0
    for _, names in groupby(columns, lambda name: name if name in VOLATILE else ""):
        end = start + len(list(names))
        spans.append((start, end, "," if start else ""))
        start = end
    return spans


def _joined(item: str | Sequence[str]) -> str:
    return item if isinstance(item, str) else " > ".join(item)


def text_cell(text: str) -> str:
    """`text` as a spreadsheet shows it and does not compute it.

    Where a spreadsheet takes `;` to separate cells, as it does where the comma is for decimals,
    a formula may begin behind one.
    """
    text = printable(text)
    if ";" in text:
        return ";".join([_unformulated(part) for part in text.split(";")])
    return _unformulated(text)


def _unformulated(text: str) -> str:
    # White space before it: some spreadsheets pass over it. Compatibility forms count as well:
    # some read a full-width `＝` as `=`.
    bare = text.lstrip()
    start = bare[:1] if text.isascii() else unicodedata.normalize("NFKC", bare[:1])
    if not start.startswith(_FORMULA_STARTS):
        return text
    return f"{text[: len(text) - len(bare)]}'{bare}"


class _Cells(dict[type, Callable[[Any], object]]):
    """What makes a cell of the values of a type."""

    def __missing__(self, kind: type) -> Callable[[Any], object]:
        self[kind] = lambda value: text_cell(to_plain(value))
        return self[kind]


def _list(items: Sequence[Any]) -> str:
    return "; ".join([text_cell(_joined(item)) for item in items])


_CELLS: Final = _Cells()
_CELLS[str] = text_cell
_CELLS[list] = _CELLS[tuple] = _list
_CELLS[int] = _CELLS[float] = lambda number: number
_CELLS[bool] = lambda value: "true" if value else "false"
_CELLS[type(None)] = lambda _: ""
