"""CSV: one line a repository, for spreadsheets and for programs."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from crawler.model.results import Row
from crawler.model.text import printable
from crawler.reports.json import VOLATILE
from crawler.reports.jsonl import records
from crawler.reports.stream import Volatile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        between = ""
        for names in spans:
            stream.write(between)
            between = ","
            if names[0] in VOLATILE:
                stream.write(Volatile(_cell(record.get(names[0]))))
            else:
                writer.writerow([_cell(record.get(name)) for name in names])
        stream.write("\n")


def _spans(columns: Sequence[str]) -> list[list[str]]:
    """The columns in their order, each volatile one by itself, those between them together."""
    spans = groupby(columns, lambda name: name if name in VOLATILE else "")
    return [list(names) for _, names in spans]


def _cell(value: Any) -> str | int | float:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_text(_joined(item)) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    number: int | float = value
    return number


def _joined(item: str | list[str]) -> str:
    return item if isinstance(item, str) else " > ".join(item)


def _text(text: str) -> str:
    """`text` as a spreadsheet shows it and does not compute it.

    Compatibility forms count as well: some spreadsheets read a full-width `＝` as `=`.
    """
    text = printable(text)
    start = text[:1] if text.isascii() else unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if start.startswith(_FORMULA_STARTS) else text
