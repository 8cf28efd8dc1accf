"""Whom a run asks, and how much at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crawler.crawl.providers import batch_size
from crawler.model.settings import Settings
from crawler.model.values import Answer, Provider, RepositoryName
from crawler.sources.base import Api


async def nobody(_: Sequence[RepositoryName]) -> list[Answer]:
    """Is not asked here."""
    raise AssertionError


QUERIES = Api(
    provider=Provider.GRAPHQL, title="GitHub", ask=nobody, smallest_batch=20, largest_batch=50
)


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
    assert batch_size(QUERIES, Settings(concurrency=concurrency), repositories) == size


def test_a_batch_size_that_was_chosen_is_kept() -> None:
    """Whatever the number of repositories."""
    assert batch_size(QUERIES, Settings(batch_size=7), 557) == 7


@pytest.mark.parametrize("size", [1, 5000])
def test_a_source_may_leave_no_choice(size: int) -> None:
    """Each by itself, or all at once: neither the number of repositories nor a setting counts."""
    api = replace(QUERIES, smallest_batch=size, largest_batch=size)
    assert batch_size(api, Settings(), 557) == size
    assert batch_size(api, Settings(batch_size=7), 557) == size
