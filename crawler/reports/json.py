"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crawler.model.text import hidden

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.reports.formats import View

VOLATILE: Final = frozenset(
    {
        *("generated_at", "fetched_at", "age", "since", "baseline_at", "baseline_on"),
        *("gained_since", "changed_since"),
        *("requests", "graphql_points", "rest_requests", "seconds", "from_store"),
    }
)
"""Keys of volatile values: the time of the report, the age of its figures, and its cost."""

AT_ONCE: Final = 100
"""Records to encode together."""

# A quote stands in a string with a backslash before it, so that only keys look like this.
_VOLATILE: Final = re.compile(rf'("(?:{"|".join(sorted(VOLATILE))})": )("[^"]*"|[^\s",\]}}]+)')
_FRACTION: Final = re.compile(r'\.(?<=_at": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.)\d+(?=Z")')

_PLAIN: Final = bytes(range(0x7F))
"""Of ASCII all but DEL. What is hidden among these, any encoder of JSON escapes."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """The ranking as an indented JSON document, its keys in the documented order."""
    document = encode(replace(ranking, rows=(), failures=()).to_dict(), indent=2)
    head, middle, tail = re.split(r'(?<="ranking": )\[\]|(?<="failures": )\[\]', document)
    yield head
    yield from list_parts(ranking.rows)
    yield middle
    yield from list_parts(failure.to_dict() for failure in ranking.failures)
    yield f"{tail}\n"


def list_parts(records: Iterable[Any]) -> Iterator[str]:
    """Objects as the list for a key of an indented document, in parts."""
    before = opening = "[\n    "
    closing = "\n  ]"
    for chunk in chunks(records):
        # In a list of lists the objects are as far from the margin as below a key.
        lines = encode([chunk], indent=2)
        yield before + lines.removeprefix(f"[\n  {opening}").removesuffix(f"{closing}\n]")
        before = ",\n    "
    yield "[]" if before is opening else closing


def mark(text: str) -> str:
    """The output of `encode`, with `MARK`s around the volatile values."""
    return _VOLATILE.sub("\\1\0\\2\0", text)


def chunks(records: Iterable[Any]) -> Iterator[list[Any]]:
    """The records in groups to encode together."""
    remaining = iter(records)
    while chunk := [*islice(remaining, AT_ONCE)]:
        yield chunk


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
