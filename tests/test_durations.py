"""Durations as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import make_settings
from crawler.durations import parse_duration
from crawler.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("1.5h", 5400),
        ("12h", 43200),
        ("7d", 604800),
        (" 15m ", 900),
    ],
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    """A number with a unit; without one it is seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "-1",
        "+1",
        "1 m",
        "1M",
        "1w",
        "1h30m",
        ".5h",
        "5.",
        "1e3",
        "inf",
        "nan",
        "٥m",
        "0x1",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The sentence repeats it and says how one is written."""
    with pytest.raises(ConfigError, match="such as 90s, 15m, 12h or 7d"):
        parse_duration(text)


@given(st.text(max_size=8))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """Nothing else is raised, and no duration is negative or endless."""
    with contextlib.suppress(ConfigError):
        assert 0 <= parse_duration(text) < 10**15


@pytest.mark.parametrize("value", ["1h", "3600", 3600, 3600.0])
def test_the_longest_wait_is_a_duration(value: object) -> None:
    """The setting takes text and numbers alike."""
    assert make_settings({"max_wait": value}).max_wait == 3600


@pytest.mark.parametrize("value", ["soon", "32d", -1, float("nan"), float("inf"), True, None, []])
def test_a_wait_that_cannot_be_is_refused(value: object) -> None:
    """Neither what is no duration nor one that never ends is taken."""
    with pytest.raises(ConfigError, match=r"max_wait|duration"):
        make_settings({"max_wait": value})


@pytest.mark.parametrize("value", [0, 0.5, 61, float("nan")])
def test_response_seconds_have_a_range(value: float) -> None:
    """GitHub allows sixty, and less than one would never let a query out."""
    with pytest.raises(ConfigError, match="response_seconds must be from 1 to 60"):
        make_settings({"response_seconds": value})
