"""Retries: how often, how long between them, and of what."""

from __future__ import annotations

import asyncio

import pytest

from crawler import fetcher
from crawler.errors import BrokenAnswer, CredentialsError
from crawler.fetcher import retrying


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Back-offs take no time; the seconds that they would have taken."""
    noted: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        noted.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    return noted


@pytest.mark.parametrize("failures", range(4))
@pytest.mark.parametrize("retries", range(4))
async def test_retries_are_counted(retries: int, failures: int, waits: list[float]) -> None:
    """`retries` further attempts and no more; a success ends them."""
    attempts = 0

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts <= failures:
            raise BrokenAnswer(f"attempt {attempts}")
        return "done"

    if failures > retries:
        with pytest.raises(BrokenAnswer, match=f"attempt {retries + 1}"):
            await retrying(attempt, retries)
    else:
        assert await retrying(attempt, retries) == "done"
    assert attempts == min(failures, retries) + 1
    assert len(waits) == attempts - 1


async def test_back_off_doubles_with_jitter(waits: list[float]) -> None:
    """Each wait is twice the one before, plus jitter, up to the longest."""

    async def attempt() -> None:
        raise BrokenAnswer("it broke")

    for _ in range(5):
        with pytest.raises(BrokenAnswer):
            await retrying(attempt, 10)
    rounds = [waits[start : start + 10] for start in range(0, 50, 10)]
    for one in rounds:
        for count, seconds in enumerate(one):
            base = min(fetcher.FIRST_BACKOFF * 2**count, fetcher.LONGEST_BACKOFF)
            assert base <= seconds <= base + fetcher.FIRST_BACKOFF
    assert len({one[0] for one in rounds}) > 1


@pytest.mark.parametrize(
    "error", [CredentialsError("refused"), ValueError("a bug"), asyncio.CancelledError()]
)
async def test_only_failed_attempts_are_retried(error: BaseException, waits: list[float]) -> None:
    """Refused credentials, a bug and a cancellation go straight through."""

    async def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        await retrying(attempt, 3)
    assert waits == []
