"""Count entries that are not on a supported host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crawler.model.values import Elsewhere


def count_by_host(elsewhere: Iterable[Elsewhere]) -> tuple[tuple[str, int], ...]:
    """The number of entries on each unsupported host, largest first."""
    counts = Counter(each.host for each in elsewhere)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
