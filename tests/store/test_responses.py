"""Answers for conditional requests: kept as they came, the last one of each question."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON
from store.samples import VIEWER, query

from crawler.http.exchange import Saved
from crawler.store import Store
from crawler.store.records import Records
from crawler.store.responses import Question

QUESTION = Question("https://x/y", VIEWER, "text/plain")


async def keep(store: Store, question: Question, saved: Saved, days: float = 0) -> None:
    """Keep one answer that came so many days later."""
    await Records(store).save({}, {question: saved}, NOON + timedelta(days=days), VIEWER)


@pytest.mark.parametrize(
    "saved",
    [
        Saved('"etag"', b"body"),
        Saved('W/"weak"', b""),
        Saved("\x00", bytes(range(256)) * 1000),
    ],
    ids=["text", "empty", "bytes"],
)
async def test_an_answer_comes_back(tmp_path: Path, saved: Saved) -> None:
    """Body and ETag, byte for byte."""
    with Store(tmp_path / "store.db") as store:
        await keep(store, QUESTION, saved)
        assert await Records(store).load_response(QUESTION) == saved


async def test_the_last_answer_counts(tmp_path: Path) -> None:
    """It takes the place of the one before."""
    with Store(tmp_path / "store.db") as store:
        await keep(store, QUESTION, Saved("one", b"1"))
        await keep(store, QUESTION, Saved("two", b"2"), days=1)
        assert await Records(store).load_response(QUESTION) == Saved("two", b"2")
    assert query(store.path, "SELECT count(*) FROM response") == [1]


async def test_whoever_asked(tmp_path: Path) -> None:
    """A question of one is never answered with what another was told, nor is that of whoever
    shows no token; only the answer to the last of them is kept."""
    nobody, one, two = (Question(QUESTION.url, who, "text/plain") for who in ("", "one", "two"))
    with Store(tmp_path / "store.db") as store:
        await keep(store, one, Saved("1", b"1"))
        assert await Records(store).load_response(one) == Saved("1", b"1")
        await keep(store, two, Saved("2", b"2"), days=1)
        assert await Records(store).load_response(two) == Saved("2", b"2")
        assert [await Records(store).load_response(each) for each in (nobody, one)] == [None, None]
        await keep(store, nobody, Saved("3", b"3"), days=2)
        assert await Records(store).load_response(nobody) == Saved("3", b"3")
        assert [await Records(store).load_response(each) for each in (one, two)] == [None, None]


async def test_answers_do_not_pile_up(tmp_path: Path) -> None:
    """Where every run has a token of its own, what the former ones got goes after a while."""
    with Store(tmp_path / "store.db") as store:
        for day in range(400):
            question = Question(QUESTION.url, f"token of day {day}", QUESTION.media_type)
            await keep(store, question, Saved("etag", b"body"), days=day)
        assert await Records(store).load_response(question) == Saved("etag", b"body")
    assert query(store.path, "SELECT count(*) FROM response")[0] < 100
