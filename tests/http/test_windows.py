"""Sliding windows: arithmetic on times, tried on random crawls."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.windows import (
    FIRST_GUESS,
    REMEMBERED,
    WINDOW_SECONDS,
    RequestWindow,
    ResponseTimeWindow,
    Window,
)

ROUNDING = 1e-6
GAPS = st.floats(0, 100) | st.just(0.0)
DURATIONS = st.floats(0, 80) | st.sampled_from([0.0, 0.1, 1.0, 30.0])


@dataclass
class Crawl:
    """Requests before one window, one after the other, each as early as it may leave."""

    window: Window
    concurrency: int = 100
    now: float = 0.0
    left: list[float] = field(default_factory=list)
    """When each request left."""
    back: list[tuple[float, float]] = field(default_factory=list)
    """When each request came back, and after how long."""
    waits: int = 0
    in_flight: list[tuple[float, float]] = field(default_factory=list)

    def send(self, seconds: float) -> None:
        """Let one leave that takes `seconds`."""
        while True:
            self._receive()
            delay = self.window.delay(self.now)
            assert delay >= 0
            if delay <= 0 and len(self.in_flight) < self.concurrency:
                break
            soonest = self.in_flight[0][0] if self.in_flight else math.inf
            until = soonest if delay <= 0 else min(soonest, self.now + max(delay, 0.001))
            assert until < math.inf, "nothing is in flight, and still it waits for something"
            self.now = until
            self.waits += 1
        self.window.acquire(self.now)
        self.left.append(self.now)
        heapq.heappush(self.in_flight, (self.now + seconds, seconds))

    def finish(self) -> None:
        """Wait for all that are in flight."""
        self.now = max((when for when, _ in self.in_flight), default=self.now)
        self._receive()

    def _receive(self) -> None:
        while self.in_flight and self.in_flight[0][0] <= self.now:
            when, seconds = heapq.heappop(self.in_flight)
            self.window.release(when, seconds)
            self.back.append((when, seconds))

    def in_window(self, end: float) -> float:
        """Response seconds of the minute before `end`."""
        start = end - WINDOW_SECONDS + ROUNDING
        return math.fsum(s for when, s in self.back if start < when <= end)


@given(st.integers(1, 6), st.lists(GAPS, max_size=40))
def test_never_more_requests_than_allowed_in_any_minute(allowance: int, gaps: list[float]) -> None:
    """However requests come, no minute holds more than the allowance."""
    crawl = Crawl(RequestWindow(allowance))
    for gap in gaps:
        crawl.now += gap
        crawl.send(0.0)
    for first, last in zip(crawl.left, crawl.left[allowance:], strict=False):
        assert last - first >= WINDOW_SECONDS - ROUNDING
    assert crawl.waits <= 3 * len(gaps)


def test_requests_are_not_held_back_without_need() -> None:
    """The allowance leaves at once, the next as soon as the first is a minute old."""
    crawl = Crawl(RequestWindow(3))
    for _ in range(7):
        crawl.send(0.0)
    assert crawl.left == [0, 0, 0, 60, 60, 60, 120]


@given(
    st.floats(1, 60),
    st.floats(0.01, FIRST_GUESS),
    st.integers(1, 30),
    st.lists(GAPS, max_size=80),
)
def test_never_more_response_time_than_allowed_in_any_minute(
    allowance: float, seconds: float, concurrency: int, gaps: list[float]
) -> None:
    """A server that is as fast as was guessed spends no more than the allowance in any minute."""
    crawl = Crawl(ResponseTimeWindow(allowance), concurrency)
    for gap in gaps:
        crawl.now += gap
        crawl.send(seconds)
    crawl.finish()
    for when, _ in crawl.back:
        assert crawl.in_window(when) <= allowance + ROUNDING
    assert crawl.waits <= 4 * (len(gaps) + 1)


@given(st.floats(1, 60), st.lists(st.tuples(GAPS, DURATIONS), max_size=40))
def test_each_in_flight_counts_as_the_slowest_of_the_latest(
    allowance: float, requests: Sequence[tuple[float, float]]
) -> None:
    """Whatever the server does, one leaves only if the minute has room for it and for all in
    flight, each as slow as the slowest of late; and none waits for ever."""
    crawl = Crawl(ResponseTimeWindow(allowance))
    for gap, seconds in requests:
        crawl.now += gap
        crawl.send(seconds)
        latest = deque([FIRST_GUESS, *(each for _, each in crawl.back)], maxlen=REMEMBERED)
        guess = min(max(latest), allowance)
        spent = crawl.in_window(crawl.now)
        assert spent + guess * len(crawl.in_flight) <= allowance + ROUNDING
    assert crawl.waits <= 4 * (len(requests) + 1)


@pytest.mark.parametrize("seconds", [1.0, 1.1, 7.3, 100.0])
def test_one_slower_than_the_allowance_still_leaves(seconds: float) -> None:
    """Where one request takes more than a minute may hold, they leave one at a time."""
    crawl = Crawl(ResponseTimeWindow(1.0))
    for _ in range(20):
        crawl.send(seconds)
    gaps = [later - sooner for sooner, later in zip(crawl.left, crawl.left[1:], strict=False)]
    assert all(gap >= WINDOW_SECONDS - ROUNDING for gap in gaps)


def test_a_burst_goes_out_at_once_and_a_crawl_settles() -> None:
    """A dozen queries leave together; two thousand settle at the allowance, and not far below."""
    burst = Crawl(ResponseTimeWindow(55.0))
    for _ in range(12):
        burst.send(1.0)
    assert burst.left == [0.0] * 12
    crawl = Crawl(ResponseTimeWindow(55.0), concurrency=16)
    for _ in range(2000):
        crawl.send(1.0)
    crawl.finish()
    minutes = crawl.now / WINDOW_SECONDS
    assert 2000 / 55 - 1 <= minutes <= 2000 / 55 + 2
    assert max(crawl.in_window(when) for when, _ in crawl.back) <= 55.0 + ROUNDING


def test_what_was_slow_once_is_forgotten() -> None:
    """After as many fast responses as are remembered, one slow one holds nothing back any more."""
    window = ResponseTimeWindow(10.0)
    for seconds in (9.0, *[0.0] * REMEMBERED):
        window.acquire(0.0)
        window.release(0.0, seconds)
    for _ in range(3):
        assert window.delay(WINDOW_SECONDS) == 0
        window.acquire(WINDOW_SECONDS)


@pytest.mark.parametrize(
    ("spent", "delay"),
    [([(0.0, 1.0), (10.0, 1.0)], 50.0), ([(0.0, 0.5), (10.0, 1.5)], 60.0)],
    ids=["the first has to pass", "the first is not enough"],
)
def test_the_delay_ends_when_enough_has_passed(
    spent: list[tuple[float, float]], delay: float
) -> None:
    """Until as much of the minute has passed as one more needs, neither sooner nor later."""
    window = ResponseTimeWindow(2.0)
    for when, seconds in spent:
        window.acquire(when)
        window.release(when, seconds)
    assert window.delay(10.0) == delay


def test_how_long_the_rest_takes_by_requests() -> None:
    """Each minute allows as many, and those of the minute before come free one by one."""
    window = RequestWindow(10)
    for second in range(10):
        window.acquire(second)
    assert [window.estimate(20, rest) for rest in (0, 1, 10, 11, 25)] == [0, 40, 49, 100, 164]


def test_how_long_the_rest_takes_by_response_time() -> None:
    """What was spent in a burst comes free as it was spent: the rest waits for that minute."""
    window = ResponseTimeWindow(55)
    for _ in range(REMEMBERED):
        window.acquire(0)
    for index in range(REMEMBERED):
        window.release(1 + index / 10, 3.0)
    # 48 of 55 seconds are spent: two more fit, the next waits for the first to come free.
    assert window.estimate(10, 2) == 0
    assert window.estimate(10, 3) == pytest.approx(51)
    assert window.estimate(10, 16) == pytest.approx(52.3)
    assert window.estimate(10, 16 + 55) == pytest.approx(52.3 + 3 * 60, abs=1)
