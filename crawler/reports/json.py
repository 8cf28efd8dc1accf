"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from crawler.model.results import Row, to_plain
from crawler.model.text import hidden
from crawler.reports.stream import Volatile

if TYPE_CHECKING:
    from crawler.model.results import Ranking
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
    lists: dict[str, Iterable[Mapping[str, Any]]] = {
        "ranking": map(row_record, ranking.rows),
        "failures": (failure.to_dict() for failure in ranking.failures),
    }
    before = f"{{\n{_INDENT}"
    for key, value in document.items():
        stream.write(f'{before}"{key}": ')
        before = f",\n{_INDENT}"
        if key in lists:
            write_list(lists[key], stream)
        elif key in VOLATILE:
            stream.write(Volatile(encode(value)))
        elif isinstance(value, dict):
            write_object(value, stream, _INDENT)
        else:
            stream.write(encode(value, _INDENT))
    stream.write("\n}\n")


_KEYS: Final = tuple(field.name for field in fields(Row))
_values = attrgetter(*_KEYS)


def row_record(row: Row) -> dict[str, Any]:
    """The fields of a row by name, as they are."""
    return dict(zip(_KEYS, _values(row), strict=True))


def write_list(records: Iterable[Mapping[str, Any]], stream: Stream) -> None:
    """Write the objects as a list that is the value of a key of the document."""
    inner = 2 * _INDENT
    before = f"[\n{inner}"
    for record in records:
        stream.write(before)
        write_object(record, stream, inner)
        before = f",\n{inner}"
    stream.write("[]" if before[0] == "[" else f"\n{_INDENT}]")


def write_object(record: Mapping[str, Any], stream: Stream, indent: str | None = None) -> None:
    """Write a JSON object as `encode` makes it, its volatile values as such."""
    templates, ends = _templates(tuple(record), indent)
    encoders = _encoders(None if indent is None else indent + _INDENT)
    texts = [encoders[type(value)](value) for value in record.values()]
    start = 0
    for template, end in zip(templates, ends, strict=True):
        stream.write(_escaped(template % tuple(texts[start:end])))
        if end < len(texts):
            stream.write(Volatile(texts[end]))
        start = end + 1


@cache
def _templates(keys: Sequence[str], indent: str | None) -> tuple[list[str], list[int]]:
    """What stands before, between and behind the volatile values of an object with these keys,
    with a `%s` for each other value; and how many of the values come before the end of each."""
    opening, between, closing = _brackets("{}", indent) if keys else ("", "", "{}")
    templates, ends = [opening], []
    for place, key in enumerate(keys):
        templates[-1] += f'{between if place else ""}"{key}": '
        if key in VOLATILE:
            templates.append("")
            ends.append(place)
        else:
            templates[-1] += "%s"
    templates[-1] += closing
    return templates, [*ends, len(keys)]


def encode(value: Any, indent: str | None = None) -> str:
    """`value` as JSON that people can read, any terminal can show and UTF-8 can hold.

    `indent` is the white space before its line where it is to be spread over several; None: one
    line. Characters stand as they are, but for the hidden ones, which are escaped: a parser reads
    them back, a terminal never obeys them.
    """
    return _escaped(_encoders(indent)[type(value)](value))


class _Encoders(dict[type, Callable[[Any], str]]):
    """What makes JSON of the values of a type: for many rows faster than the encoder of the
    standard library, which takes several times as long for indented text."""

    def __init__(self, indent: str | None) -> None:
        super().__init__(
            {
                str: encode_basestring,
                int: repr,
                float: repr,
                bool: lambda value: "true" if value else "false",
                type(None): lambda _: "null",
                list: self._encode_list,
                tuple: self._encode_list,
                dict: self._encode_dict,
            }
        )
        self._indent = indent
        self._inner = None if indent is None else indent + _INDENT

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = lambda value: encode(to_plain(value))
        return self[kind]

    def _encode_list(self, items: Sequence[Any]) -> str:
        inner = _encoders(self._inner)
        return self._enclosed("[]", [inner[type(item)](item) for item in items])

    def _encode_dict(self, items: Mapping[str, Any]) -> str:
        inner = _encoders(self._inner)
        texts = [
            f"{encode_basestring(key)}: {inner[type(item)](item)}" for key, item in items.items()
        ]
        return self._enclosed("{}", texts)

    def _enclosed(self, brackets: str, texts: Sequence[str]) -> str:
        opening, between, closing = _brackets(brackets, self._indent)
        return f"{opening}{between.join(texts)}{closing}" if texts else brackets


_encoders = cache(_Encoders)


def _brackets(pair: str, indent: str | None) -> tuple[str, str, str]:
    """What stands before, between and behind the items of a list or an object."""
    if indent is None:
        return pair[0], ", ", pair[1]
    inner = f"\n{indent}{_INDENT}"
    return pair[0] + inner, f",{inner}", f"\n{indent}{pair[1]}"


def _escaped(text: str) -> str:
    """JSON with its hidden characters escaped, which can only be in strings."""
    if text.isascii() and "\x7f" not in text:
        return text
    # Below DEL there is nothing to do: in strings they are escaped already.
    escapes = {
        ord(character): json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
        for character in hidden(text)
        if character >= "\x7f"
    }
    return text.translate(escapes) if escapes else text
