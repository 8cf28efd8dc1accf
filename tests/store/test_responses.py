"""Answers for conditional requests: kept as they came, the last one of each key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON
from store.samples import VIEWER, query

from crawler.http.exchange import CachedResponse
from crawler.store import Store
from crawler.store.records import Records
from crawler.store.responses import CacheKey

KEY = CacheKey("https://x/y", VIEWER, "text/plain")


async def keep(store: Store, key: CacheKey, saved: CachedResponse, days: float = 0) -> None:
    """Keep one answer that came so many days later."""
    await Records(store).save({}, {key: saved}, NOON + timedelta(days=days), VIEWER)


@pytest.mark.parametrize(
    "saved",
    [
        CachedResponse('"etag"', b"body"),
        CachedResponse('W/"weak"', b""),
        CachedResponse("\x00", bytes(range(256)) * 1000),
    ],
    ids=["text", "empty", "bytes"],
)
async def test_an_answer_comes_back(tmp_path: Path, saved: CachedResponse) -> None:
    """Body and ETag, byte for byte."""
    with Store(tmp_path / "store.db") as store:
        await keep(store, KEY, saved)
        assert await Records(store).load_response(KEY) == saved


async def test_the_last_answer_counts(tmp_path: Path) -> None:
    """It takes the place of the one before."""
    with Store(tmp_path / "store.db") as store:
        await keep(store, KEY, CachedResponse("one", b"1"))
        await keep(store, KEY, CachedResponse("two", b"2"), days=1)
        assert await Records(store).load_response(KEY) == CachedResponse("two", b"2")
    assert query(store.path, "SELECT count(*) FROM response") == [1]


async def test_whoever_asked(tmp_path: Path) -> None:
    """A key of one is never answered with what another was told, nor is that of whoever
    shows no token; only the answer to the last of them is kept."""
    nobody, one, two = (CacheKey(KEY.url, who, "text/plain") for who in ("", "one", "two"))
    with Store(tmp_path / "store.db") as store:
        await keep(store, one, CachedResponse("1", b"1"))
        assert await Records(store).load_response(one) == CachedResponse("1", b"1")
        await keep(store, two, CachedResponse("2", b"2"), days=1)
        assert await Records(store).load_response(two) == CachedResponse("2", b"2")
        assert [await Records(store).load_response(each) for each in (nobody, one)] == [None, None]
        await keep(store, nobody, CachedResponse("3", b"3"), days=2)
        assert await Records(store).load_response(nobody) == CachedResponse("3", b"3")
        assert [await Records(store).load_response(each) for each in (one, two)] == [None, None]


async def test_answers_do_not_pile_up(tmp_path: Path) -> None:
    """Where every run has a token of its own, what the former ones got goes after a while."""
    with Store(tmp_path / "store.db") as store:
        for day in range(400):
            key = CacheKey(KEY.url, f"token of day {day}", KEY.media_type)
            await keep(store, key, CachedResponse("etag", b"body"), days=day)
        assert await Records(store).load_response(key) == CachedResponse("etag", b"body")
    assert query(store.path, "SELECT count(*) FROM response")[0] < 100
