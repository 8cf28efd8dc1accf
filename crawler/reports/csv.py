"""CSV: one line a repository, for spreadsheets and for programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crawler.model.rows import Row, to_plain
from crawler.model.text import is_simple, printable
from crawler.reports.json import VOLATILE, chunks
from crawler.reports.jsonl import records_of
from crawler.reports.stream import MARK, write_marked

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream

_KEYS: Final = tuple(field.name for field in fields(Row) if field.name not in ("burst", "reason"))
_BURST: Final = ("burst_share", "burst_on", "burst_tail")
COLUMNS: Final = (*_KEYS, *_BURST, "status", "reason")
"""The keys of a ranked repository in the JSON document, and its status."""

_values = attrgetter(*_KEYS)
_NO_BURST: Final = (None, None, None)

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""https://owasp.org/www-community/attacks/CSV_Injection; white space before them goes anyway."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """A line for each of the repositories of `jsonl.records_of`, with the columns as header."""
    if view.csv_bom:
        yield "\ufeff"
    (ranked, rows), *others = records_of(ranking)
    yield from _lines(
        COLUMNS,
        chain(
            ((*_values(row), *_burst(row), ranked, row.reason) for row in rows),
            (
                [_named(record, status).get(column) for column in COLUMNS]
                for status, records in others
                for record in records
            ),
        ),
    )


def _burst(row: Row) -> tuple[object, ...]:
    burst = row.burst
    return _NO_BURST if burst is None else (burst.share, burst.on, burst.tail)


def _named(record: dict[str, Any], status: str) -> dict[str, Any]:
    listed = {"listed_as": [record["repository"]]} if status == "failed" else {}
    return {**record, "status": status, **listed}


def write_records(
    columns: Sequence[str], records: Iterable[Mapping[str, Any]], stream: Stream
) -> None:
    """Write a header, and one line for each of `records`, ignoring their other keys."""
    write_marked(_lines(columns, (list(map(record.get, columns)) for record in records)), stream)


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A header and one line for each of `rows`, in parts.

    Lists are joined by `; `, and the paths inside them by ` > `; unknown is empty.
    """
    yield f"{','.join(columns)}\n"
    for chunk in chunks(rows):
        cells = [
            _marked(_cells(values)) if column in VOLATILE else _cells(values)
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True)
        ]
        lines = "\n".join(map(",".join, zip(*cells, strict=True)))
        yield f"{lines}\n"


def _marked(cells: Iterable[str]) -> list[str]:
    return [cell and f"{MARK}{cell}{MARK}" for cell in cells]


def _cells(values: Sequence[Any]) -> Iterable[str]:
    """The cells of one column.

    Many values of a column are equal, and in most columns all are harmless, which is checked for
    all at once.
    """
    kinds = set(map(type, values))
    if kinds == _UNKNOWN:
        return [""] * len(values)
    if kinds <= _NUMBERS:
        return ["" if value is None else str(value) for value in values]
    if kinds <= _TIMES:
        # In UTC, to the second.
        return [f"{text[:19]}Z" if text else "" for text in msgspec.to_builtins(values)]
    if list in kinds:
        return map(_cell, values)
    distinct = tuple(dict.fromkeys(values))
    are_few = 2 * len(distinct) < len(values)
    cells = _text_cells(distinct if are_few else values, kinds)
    if are_few:
        return map(dict(zip(distinct, cells, strict=True)).__getitem__, values)
    return cells


def _text_cells(values: Sequence[Any], kinds: set[type]) -> Iterable[str]:
    """The cells of a column of other `kinds` than numbers and times."""
    if kinds <= _TEXTS:
        texts = [value or "" for value in values]
    elif kinds <= _LISTS:
        texts = ["; ".join([_joined(item) for item in value or ()]) for value in values]
    else:
        return map(_cell, values)
    together = "|".join(texts)
    if not _are_plain(texts, together):
        return map(_cell, values)
    return map(_quoted, texts) if "," in together or '"' in together else texts


def _are_plain(texts: Sequence[str], together: str) -> bool:
    """Whether `text_cell` would change none of `texts`, nor take one apart."""
    return (
        is_simple(together)
        and not any(odd in together for odd in _ODD)
        and _ODD_STARTS.isdisjoint({text[:1] for text in texts})
        and " " not in {text[-1:] for text in texts}
    )


_UNKNOWN: Final = frozenset({type(None)})
_NUMBERS: Final = frozenset({int, float, type(None)})
_TIMES: Final = frozenset({datetime, type(None)})
_TEXTS: Final = frozenset({str, type(None)})
_LISTS: Final = frozenset({tuple, type(None)})

_ODD: Final = ("  ", ";")
_ODD_STARTS: Final = frozenset((" ", *_FORMULA_STARTS))
"""What a text has, and begins with, that `text_cell` would change or take apart."""


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case date():
            return str(to_plain(value))
        case tuple() | list():
            return _quoted("; ".join([text_cell(_joined(item)) for item in value]))
    return _quoted(text_cell(str(value)))


def _quoted(text: str) -> str:
    """`text` as one field of a line (RFC 4180); it has no line feed."""
    if "," not in text and '"' not in text:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _joined(item: str | Sequence[str]) -> str:
    return item if isinstance(item, str) else " > ".join(item)


def text_cell(text: str) -> str:
    """`text` in a form that a spreadsheet shows without evaluating it.

    Where the comma is the decimal sign, spreadsheets separate cells by `;`, so that a formula may
    begin after one.
    """
    text = printable(text)
    if ";" in text:
        return ";".join([_unformulated(part) for part in text.split(";")])
    return _unformulated(text)


def _unformulated(text: str) -> str:
    # Some spreadsheets skip white space before it, and some read a full-width `＝` as `=`.
    bare = text.lstrip()
    start = bare[:1] if text.isascii() else unicodedata.normalize("NFKC", bare[:1])
    if not start.startswith(_FORMULA_STARTS):
        return text
    return f"{text[: len(text) - len(bare)]}'{bare}"
