"""Durations, and times in the past, as people write them."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.durations import Duration, LookBack, Since, parse_since, seconds
from crawler.model.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("90s", 90),
        ("15m", 900),
        ("1.5h", 5400),
        ("12h", 43200),
        ("7d", 604800),
        ("2w", 1209600),
        ("1y", 31536000),
        ("0.5y", 15768000),
        (" 15m ", 900),
    ],
)
def test_durations_are_seconds(text: str, expected: float) -> None:
    """A text is a number with a unit; only nothing needs none."""
    assert seconds(text) == expected


@pytest.mark.parametrize("value", [90, 90.0, timedelta(seconds=90), "1.5m"])
def test_a_library_takes_numbers_and_timedeltas_as_well(value: Duration) -> None:
    """Numbers are seconds."""
    assert seconds(value) == 90


@pytest.mark.parametrize(
    "text",
    [
        *("", "m", "90", "0.5", "-1", "+1", "1 m", "1M", "1W", "1mo", "1h30m", ".5h", "5.", "1e3"),
        *("inf", "nan", "٥m", "0x1"),
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The sentence repeats it and says how one is written."""
    with pytest.raises(ConfigError, match="such as 90s, 15m, 12h, 7d, 2w or 1y"):
        seconds(text)


@given(st.text(max_size=8))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """Nothing else is raised, and no duration is negative or endless."""
    with contextlib.suppress(ConfigError):
        assert 0 <= seconds(text) < 10**17


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (timedelta(days=7), "7d"),
        (timedelta(hours=12), "12h"),
        (date(2026, 5, 1), "2026-05-01"),
        (NOON.date(), "2026-05-08"),
        (NOON, "2026-05-08T12:00:00+00:00"),
    ],
)
def test_dates_and_timedeltas_are_what_their_texts_are(value: LookBack, same: str) -> None:
    """A library has them, and TOML has dates."""
    assert parse_since(value, NOON) == parse_since(same, NOON)


@pytest.mark.parametrize("value", [timedelta(days=-1), NOON + timedelta(1), date(2027, 1, 1)])
def test_what_lies_in_the_future_is_refused_in_any_form(value: LookBack) -> None:
    """As its text is."""
    with pytest.raises(ConfigError, match="lies in the future"):
        parse_since(value, NOON)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("0", NOON),
        ("90s", NOON - timedelta(seconds=90)),
        ("2026-05-08", datetime(2026, 5, 8, tzinfo=UTC)),
        (" 23h ", NOON - timedelta(hours=23)),
        ("2026-05-08T12:00", NOON),
        ("2026-05-08T12:00:00Z", NOON),
        ("2026-05-08 13:30+02:00", datetime(2026, 5, 8, 11, 30, tzinfo=UTC)),
    ],
)
def test_less_than_a_day_and_a_time_of_day_are_moments(value: str, moment: datetime) -> None:
    """They are compared by the second; the last day that lies wholly before is the one before."""
    found = parse_since(value, NOON)
    assert found == Since(moment, by_day=False)
    assert found.moment.tzinfo is UTC
    assert found.day == moment.date() - timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("24h", date(2026, 5, 7)),
        ("7d", date(2026, 5, 1)),
        (" 1y ", date(2025, 5, 8)),
        ("2026-05-01", date(2026, 5, 1)),
        (" 2026-05-01 ", date(2026, 5, 1)),
        ("20260501", date(2026, 5, 1)),
    ],
)
def test_a_day_or_more_and_a_date_are_days(value: str, day: date) -> None:
    """They take in the whole day, so that a weekly job that starts early finds its week."""
    found = parse_since(value, NOON)
    assert found.by_day
    assert found.day == found.moment.date() == day
    assert found == parse_since(value, NOON - timedelta(minutes=1))


def test_now_may_be_told_in_any_zone() -> None:
    """The time is in UTC all the same, and so is the one that is told."""
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert parse_since("1d", tokyo) == parse_since("1d", NOON)
    with pytest.raises(ConfigError, match=r"^'2026-05-09' lies in the future: it is .* 12:00 UTC$"):
        parse_since("2026-05-09", tokyo)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2026-05-08T12:00:01", "lies in the future: it is 2026-05-08 12:00 UTC"),
        ("9999-12-31T23:00-12:00", "before the year 1 or after 9999"),
        ("0001-01-01T00:00+14:00", "before the year 1 or after 9999"),
        ("999999999y", "before the year 1 or after 9999"),
        ("3000y", "before the year 1 or after 9999"),
        ("yesterday", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
        ("2026-02-30", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
        ("2026-05", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
        ("7", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
        ("-7d", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
        ("", "a duration such as 7d, 12h or 2w, or a date such as 2026-05-01"),
    ],
)
def test_what_is_no_time_in_the_past_is_refused(value: str, message: str) -> None:
    """The sentence repeats it and says what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        parse_since(value, NOON)
    assert str(caught.value).startswith(repr(value))
    assert message in str(caught.value)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,9}[wy]|[0-9]{4}-[01][0-9]-[0-3][0-9]"))
def test_any_text_is_a_time_in_the_past_or_refused(text: str) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(ConfigError):
        assert parse_since(text, NOON).day <= NOON.date()
