"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Final

from crawler.model.text import hidden
from crawler.reports.stream import Volatile

if TYPE_CHECKING:
    from crawler.model.results import Failure, Ranking, Row
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream

VOLATILE: Final = frozenset(
    {
        *("generated_at", "fetched_at", "age", "since", "baseline_at", "baseline_on"),
        *("requests", "graphql_points", "rest_requests", "seconds", "from_store"),
    }
)
"""Keys of values that differ from run to run: when it was made, how old its figures are, and
what it cost."""

_INDENT: Final = "  "


def write(ranking: Ranking, stream: Stream, view: View) -> None:
    """The ranking as an indented JSON document, its keys in the documented order."""
    document = replace(ranking, rows=(), failures=()).to_dict()
    lists: dict[str, Iterable[Row | Failure]] = {
        "ranking": ranking.rows,
        "failures": ranking.failures,
    }
    before = f"{{\n{_INDENT}"
    for key, value in document.items():
        stream.write(f'{before}"{key}": ')
        before = f",\n{_INDENT}"
        if key in lists:
            write_list((item.to_dict() for item in lists[key]), stream)
        elif key in VOLATILE:
            stream.write(Volatile(encode(value)))
        elif isinstance(value, dict):
            for piece in object_pieces(value, _INDENT):
                stream.write(piece)
        else:
            stream.write(encode(value, _INDENT))
    stream.write("\n}\n")


def write_list(records: Iterable[Mapping[str, Any]], stream: Stream) -> None:
    """Write the objects as a list that is the value of a key of the document."""
    inner = 2 * _INDENT
    before = f"[\n{inner}"
    for record in records:
        stream.write(before)
        for piece in object_pieces(record, inner):
            stream.write(piece)
        before = f",\n{inner}"
    stream.write("[]" if before[0] == "[" else f"\n{_INDENT}]")


def object_pieces(record: Mapping[str, Any], indent: str | None = None) -> Iterator[str]:
    """The text of a JSON object as `encode` makes it, a piece for each volatile value and for
    what stands between those."""
    opening, between, closing = _brackets("{}", indent)
    inner = None if indent is None else indent + _INDENT
    parts = []
    before = opening
    for key, value in record.items():
        parts.append(f'{before}"{key}": ')
        before = between
        if key in VOLATILE:
            yield "".join(parts)
            yield Volatile(encode(value))
            parts.clear()
        else:
            parts.append(encode(value, inner))
    parts.append(closing if record else "{}")
    yield "".join(parts)


def encode(value: Any, indent: str | None = None) -> str:
    """`value` as JSON that people can read, any terminal can show and UTF-8 can hold.

    `indent` is the white space before its line where it is to be spread over several; None: one
    line. Characters stand as they are, but for the hidden ones, which are escaped: a parser reads
    them back, a terminal never obeys them.
    """
    # The encoder of the standard library takes several times as long for indented text.
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | dict):
        if not value:
            return str(value)
        opening, between, closing = _brackets("{}" if isinstance(value, dict) else "[]", indent)
        inner = None if indent is None else indent + _INDENT
        items = (
            (f"{_quoted(key)}: {encode(item, inner)}" for key, item in value.items())
            if isinstance(value, dict)
            else (encode(item, inner) for item in value)
        )
        return f"{opening}{between.join(items)}{closing}"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _brackets(pair: str, indent: str | None) -> tuple[str, str, str]:
    """What stands before, between and behind the items of a list or an object."""
    if indent is None:
        return pair[0], ", ", pair[1]
    inner = f"\n{indent}{_INDENT}"
    return pair[0] + inner, f",{inner}", f"\n{indent}{pair[1]}"


def _quoted(text: str) -> str:
    line: str = encode_basestring(text)
    if line.isascii() and "\x7f" not in line:
        return line
    # Below DEL there is nothing to do: json escapes the controls there.
    escapes = {
        ord(character): json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
        for character in hidden(line)
        if character >= "\x7f"
    }
    return line.translate(escapes)
