"""What is promised of each entry of every list."""

from __future__ import annotations

import re

from crawler.model.values import ParsedList

HALF_A_CODE = re.compile(r"(?:^|\s):[a-z0-9_+-]+$|^[a-z0-9_+-]+:(?=\s|$)")


def check(text: str, found: ParsedList) -> None:
    """What is promised of each entry."""
    lines = text.split("\n")
    for entry in found.entries:
        own = "\n".join(lines[slice(*entry.lines)]).casefold()
        name = entry.repository.full_name.casefold()
        assert name in own or "][" in own, entry
        assert entry.title, entry
        assert HALF_A_CODE.search(entry.title) is None or entry.title in text, entry
    for each in found.elsewhere:
        assert each.title, each
        assert 1 <= each.line <= len(lines), each
