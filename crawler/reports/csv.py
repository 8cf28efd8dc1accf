"""CSV: one line a repository, for spreadsheets and for programs."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from crawler.model.results import Row
from crawler.model.text import printable
from crawler.reports.jsonl import to_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.model.results import Ranking

_KEYS: Final = tuple(field.name for field in fields(Row) if field.name != "reason")
COLUMNS: Final = (*_KEYS, "status", "reason")
"""The keys of a ranked repository in the JSON document, and how it ended."""

TIMES: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,\d+,(?=true|false)|(?<=,)(?:\d{4}-\d\d-\d\d)?,(?=true,|false,)"
)
"""When a figure was fetched, how old it is, and since when a gain counts."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""https://owasp.org/www-community/attacks/CSV_Injection; white space before them goes anyway."""


def render(ranking: Ranking) -> str:
    """A line for each of the repositories of `to_records`, under the names of the columns."""
    return encode_records(
        COLUMNS,
        [
            record | {"listed_as": [record["repository"]]}
            if record["status"] == "failed"
            else record
            for record in to_records(ranking)
        ],
    )


def encode_records(columns: Sequence[str], records: Iterable[Mapping[str, Any]]) -> str:
    """A header and one line for each of `records`, whose other keys are left out.

    Lists are joined by `; `, and the paths inside them by ` > `; unknown is empty.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(record.get(column)) for column in columns] for record in records)
    return lines.getvalue()


def _cell(value: Any) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case list():
            return "; ".join(_text(_joined(item)) for item in value)
        case _:
            return _text(value)


def _joined(item: str | list[str]) -> str:
    return item if isinstance(item, str) else " > ".join(item)


def _text(text: str) -> str:
    """`text` as a spreadsheet shows it and does not compute it.

    Compatibility forms count as well: some spreadsheets read a full-width `＝` as `=`.
    """
    text = printable(text)
    start = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if start.startswith(_FORMULA_STARTS) else text
