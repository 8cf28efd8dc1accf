"""Retries: how often, how long between them, and of what."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from clocks import FakeClock
from loguru import logger

from crawler.http.retries import Backoff, retry
from crawler.model.clock import Clock
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    CredentialsError,
    Throttled,
    TooLarge,
    Unreachable,
)

T = TypeVar("T")
BACKOFF = Backoff()


async def tried(
    attempt: Callable[[], Awaitable[T]], attempts: Callable[[AttemptError], int], clock: Clock
) -> T:
    """What comes of an attempt and its retries."""
    return await retry(attempt, attempts=attempts, clock=clock, backoff=BACKOFF)


@pytest.mark.parametrize("failures", range(4))
@pytest.mark.parametrize("retries", range(4))
async def test_retries_are_counted(retries: int, failures: int) -> None:
    """`retries` further attempts and no more; a success ends them."""
    attempts = 0
    clock = FakeClock()

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts <= failures:
            raise BrokenAnswer(f"attempt {attempts}")
        return "done"

    if failures > retries:
        with pytest.raises(BrokenAnswer, match=f"attempt {retries + 1}"):
            await tried(attempt, lambda _: 1 + retries, clock)
    else:
        assert await tried(attempt, lambda _: 1 + retries, clock) == "done"
    assert attempts == min(failures, retries) + 1
    assert len(clock.sleeps) == attempts - 1


async def test_back_off_doubles_with_jitter() -> None:
    """Each wait is twice the one before, plus jitter, up to the longest."""
    clock = FakeClock()

    async def attempt() -> None:
        raise BrokenAnswer("it broke")

    for _ in range(5):
        with pytest.raises(BrokenAnswer):
            await tried(attempt, lambda _: 11, clock)
    rounds = [clock.sleeps[start : start + 10] for start in range(0, 50, 10)]
    for one in rounds:
        for count, seconds in enumerate(one):
            base = min(BACKOFF.first * 2**count, BACKOFF.longest)
            assert base <= seconds <= base + BACKOFF.first
    assert len({one[0] for one in rounds}) > 1


async def test_the_latest_error_says_how_often() -> None:
    """What comes back decides about the next attempt, whatever came before."""
    errors: list[AttemptError] = [Unreachable("x.test", "down"), BrokenAnswer("broken")]
    clock = FakeClock()
    left = iter(errors)

    async def attempt() -> None:
        raise next(left)

    with pytest.raises(BrokenAnswer, match="broken"):
        await tried(attempt, lambda error: 4 if isinstance(error, Unreachable) else 2, clock)
    assert len(clock.sleeps) == 1


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("refused"),
        ValueError("a bug"),
        asyncio.CancelledError(),
        Throttled("too many"),
        TooLarge("too large"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_only_what_may_pass_is_retried(error: BaseException) -> None:
    """Refused credentials, a bug, a cancellation, and what another attempt would only repeat."""
    clock = FakeClock()

    async def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        await tried(attempt, lambda _: 4, clock)
    assert clock.sleeps == []


async def test_the_log_says_what_failed_and_when_it_is_tried_again() -> None:
    """One line for each further attempt."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(line.strip()), format="{message}", level="DEBUG")
    logger.enable("crawler")
    left = [BrokenAnswer("it broke")]

    async def attempt() -> None:
        if left:
            raise left.pop()

    try:
        await tried(attempt, lambda _: 2, FakeClock())
    finally:
        logger.disable("crawler")
        logger.remove(sink)
    (line,) = lines
    assert re.fullmatch(r"trying again in [01]\.\d s: it broke", line)
