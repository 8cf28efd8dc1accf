"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crawler.model.text import hidden
from crawler.reports.stream import is_comparing, write_marked

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream

VOLATILE: Final = frozenset(
    {
        *("generated_at", "fetched_at", "age", "since", "baseline_at", "baseline_on"),
        *("gained_since", "changed_since"),
        *("requests", "graphql_points", "rest_requests", "seconds", "from_store"),
    }
)
"""Keys of values that differ from run to run: when it was made, how old its figures are, and
what it cost."""

AT_ONCE: Final = 100
"""Records that are encoded together."""

# A quote stands in a string with a backslash before it, so that only keys look like this.
_VOLATILE: Final = re.compile(rf'("(?:{"|".join(sorted(VOLATILE))})": )("[^"]*"|[^\s",\]}}]+)')
_FRACTION: Final = re.compile(r'\.(?<=_at": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.)\d+(?=Z")')

_PLAIN: Final = bytes(range(0x7F))
"""Of ASCII all but DEL. What is hidden among these, any encoder of JSON escapes."""


def write(ranking: Ranking, stream: Stream, view: View) -> None:
    """The ranking as an indented JSON document, its keys in the documented order."""
    document = encode(replace(ranking, rows=(), failures=()).to_dict(), indent=2)
    head, middle, tail = re.split(r'(?<="ranking": )\[\]|(?<="failures": )\[\]', document)
    write_json(head, stream)
    write_list(ranking.rows, stream)
    write_json(middle, stream)
    write_list((failure.to_dict() for failure in ranking.failures), stream)
    write_json(f"{tail}\n", stream)


def write_list(records: Iterable[Any], stream: Stream) -> None:
    """Write objects as the list that is the value of a key of an indented document."""
    opening, between, closing = "[\n    ", ",\n    ", "\n  ]"
    before = opening
    for chunk in chunks(records):
        # In a list of lists the objects are as far from the margin as below a key.
        outer = len("[\n  "), -len("\n]")
        inner = encode([chunk], indent=2)[slice(*outer)].removeprefix(opening).removesuffix(closing)
        write_json(f"{before}{inner}", stream)
        before = between
    stream.write("[]" if before is opening else closing)


def chunks(records: Iterable[Any]) -> Iterable[list[Any]]:
    """The records in parts that are encoded together."""
    remaining = iter(records)
    while chunk := [*islice(remaining, AT_ONCE)]:
        yield chunk


def write_json(text: str, stream: Stream) -> None:
    """Write what `encode` made, the volatile values as such."""
    if is_comparing(stream):
        text = _VOLATILE.sub("\\1\0\\2\0", text)
    write_marked([text], stream)


def encode(value: Any, *, indent: int = 0) -> str:
    """`value` as JSON that people can read, any terminal can show and UTF-8 can hold, in one line
    or in lines of so many spaces a level.

    Characters stand as they are, but for the hidden ones, which are escaped: a parser reads them
    back, a terminal never obeys them. Times are told to the second.
    """
    try:
        content = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a lone surrogate
        plain = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        content = plain.encode(errors="surrogatepass")
    content = msgspec.json.format(content, indent=indent)
    text = content.decode(errors="surrogatepass")
    for character in hidden(content.translate(None, _PLAIN).decode(errors="surrogatepass")):
        # It can only be in strings.
        escape = json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
        text = text.replace(character, escape)
    return _FRACTION.sub("", text)
