"""Whom a run asks, and how much at once."""

from __future__ import annotations

import pytest

from crawler.crawl.providers import batch_size
from crawler.model.settings import Settings


@pytest.mark.parametrize(
    ("repositories", "concurrency", "size"),
    [
        (557, 16, 35),
        (1, 16, 20),
        (320, 16, 20),
        (321, 16, 21),
        (800, 16, 50),
        (801, 16, 26),
        (1600, 16, 50),
        (100_000, 16, 50),
        (51, 1, 26),
    ],
)
def test_batches_fill_the_slots(repositories: int, concurrency: int, size: int) -> None:
    """As small as the fewest rounds of requests allow, never under 20 and never over 50."""
    assert batch_size(Settings(concurrency=concurrency), repositories) == size


def test_a_batch_size_that_was_chosen_is_kept() -> None:
    """Whatever the number of repositories."""
    assert batch_size(Settings(batch_size=7), 557) == 7
