"""What is promised of each entry of every list."""

from __future__ import annotations

import re

from crawler.lists import parse_list
from crawler.lists.parse import units_of
from crawler.model.files import Home
from crawler.model.values import ParsedList, Passed, RepositoryName

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


def reconcile(text: str, itself: RepositoryName | None = None) -> ParsedList:
    """What a list lists; as much as begins with a link is counted, or passed over for a reason."""
    found = parse_list(text, itself=itself, home=Home("README.md", itself))
    passed = dict(found.passed)
    assert Passed.OTHER not in passed, passed
    leading = sum(bool(unit.leads_with_link) for unit in units_of(text))
    listing = leading - sum(passed.values())
    assert 0 <= listing <= len(found.entries) + len(found.elsewhere)
    return found
