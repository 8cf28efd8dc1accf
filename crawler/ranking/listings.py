"""What lists list beside the repositories that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crawler.model.values import Elsewhere


def count_by_host(elsewhere: Iterable[Elsewhere]) -> tuple[tuple[str, int], ...]:
    """How much is listed on each host that is not asked, the most first."""
    counts = Counter(each.host for each in elsewhere)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
