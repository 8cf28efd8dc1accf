"""JSON: the whole ranking as one document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from crawler.model.text import hidden

if TYPE_CHECKING:
    from crawler.model.results import Ranking

TIMES: Final = re.compile(
    r'"(?:generated_at|fetched_at|since|baseline_at|baseline_on)": (?:"[^"]*"|null)'
    r'|"age": \d+|"usage": \{[^}]*\}'
)
"""When it was made, how old its figures are, and what it cost."""


def render(ranking: Ranking) -> str:
    """The ranking as an indented JSON document, its keys in the documented order."""
    return encode(ranking.to_dict(), indent=2) + "\n"


def encode(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON that people can read, any terminal can show and UTF-8 can hold.

    Characters stand as they are, but for the hidden ones, which are escaped: a parser reads
    them back, a terminal never obeys them.
    """
    document = json.dumps(value, ensure_ascii=False, indent=indent)
    # Below DEL there is nothing to do: json escapes the controls there, and uses line feed.
    escapes = {
        ord(character): json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
        for character in hidden(document)
        if character >= "\x7f"
    }
    return document.translate(escapes) if escapes else document
