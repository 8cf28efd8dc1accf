"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import is_
from typing import TYPE_CHECKING, Any, Final

import msgspec

from crawler.model.frozen import frozen
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
_FRACTION: Final = re.compile(rb'\.\d{6}(?=Z")(?<=_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})')

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
        lines = _encoded_list(chunk).laid_out(2, b"[%b]")
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
    return _Encoded.of(value).laid_out(indent)


def encode_list(records: Sequence[Any]) -> str:
    """As `encode`, in one line; of a list that was just encoded for another format it costs
    less."""
    return _encoded_list(records).laid_out(0)


@frozen
class _Encoded:
    """Compact JSON, and the hidden characters in it."""

    content: bytes
    hidden: Collection[str]

    @classmethod
    def of(cls, value: Any) -> _Encoded:
        try:
            content = msgspec.json.encode(value)
        except UnicodeEncodeError:  # a lone surrogate
            values = msgspec.to_builtins(value)
            plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            content = plain.encode(errors="surrogatepass")
        rest = content.translate(None, _PLAIN).decode(errors="surrogatepass")
        return cls(_FRACTION.sub(b"", content), hidden(rest))

    def laid_out(self, indent: int, around: bytes = b"%b") -> str:
        """As text, in place of the `%b` in what is `around` it."""
        content = msgspec.json.format(around % self.content, indent=indent)
        text = content.decode(errors="surrogatepass")
        for character in self.hidden:
            # It can only be in strings.
            escape = json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
            text = text.replace(character, escape)
        return text


class _Last:
    """The list that was encoded last: JSON and JSON Lines are written side by side, and encode the
    same rows."""

    def __init__(self) -> None:
        self._known: tuple[Sequence[Any], _Encoded] = (), _Encoded(b"[]", ())

    def encode(self, records: Sequence[Any]) -> _Encoded:
        known, encoded = self._known
        if len(records) != len(known) or not all(map(is_, records, known)):
            encoded = _Encoded.of(records)
            self._known = records, encoded
        return encoded


_encoded_list: Final = _Last().encode
