"""What is refused in a config file, and the addresses of the API."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from model.config_samples import SAMPLES, toml

from crawler.model.config import (
    KEYS,
    check_harmless,
    make_settings,
    parse_config,
)
from crawler.model.errors import ConfigError
from crawler.model.settings import Settings
from crawler.sources.addresses import find_addresses, graphql_url_of


def parse(text: str) -> dict[str, Any] | None:
    """Parse a config file with the table's header above `text`."""
    return parse_config(f"[crawler]\n{text}\n".encode(), "dir/config.toml", is_named=True)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("concurency = 3", "concurrency"),
        ("batch-size = 3", "batch_size"),
        ("list = ['a/b']", "lists"),
        ("no_progress = true", "progress"),
        ("formats = 'json'", "format"),
        ("Top = 3", "top"),
        ("token = 'x'", "token_env"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(text: str, nearest: str) -> None:
    """The message has the file, the key's path and the right key that is nearest."""
    key = text.partition(" ")[0]
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value) == (
        f"dir/config.toml: unknown key crawler.{key}; did you mean {nearest!r}?"
    )
    assert caught.value.exit_status == 2


def test_an_unknown_key_that_is_near_to_none_is_refused() -> None:
    """Nothing is suggested that the user cannot have meant."""
    with pytest.raises(ConfigError, match=r"unknown key crawler\.zzz$"):
        parse("zzz = 1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("concurrency = 'many'", 'a whole number from 1 to 100, not "many"'),
        ("concurrency = 1.5", "a whole number from 1 to 100, not 1.5"),
        ("concurrency = 0", "a whole number from 1 to 100, not 0"),
        ("concurrency = 101", "a whole number from 1 to 100, not 101"),
        ("batch_size = 0", "auto or a whole number from 1 to 100, not 0"),
        ("batch_size = 'five'", 'auto or a whole number from 1 to 100, not "five"'),
        ("retries = -1", "a whole number from 0 to 100, not -1"),
        ("top = true", "a whole number of at least 0, not true"),
        ("top = -1", "a whole number of at least 0, not -1"),
        ("response_seconds = nan", "a number from 1 to 60, not NaN"),
        ("timeout = '2h'", 'a duration such as "30s", from 0.001s to 1h, not "2h"'),
        ("timeout = '0s'", 'a duration such as "30s", from 0.001s to 1h, not "0s"'),
        ("max_wait = 'soon'", 'a duration such as "15m", from 0s to 31d, not "soon"'),
        ("pushed_within = true", 'a duration such as "1y", of at least 0s, not true'),
        ("quiet = 1", "true or false, not 1"),
        ("store = 3", "text or true or false, not 3"),
        ("since = true", "text or a date or a duration, not true"),
        ("lists = 'a/b'", 'a list of texts, not "a/b"'),
        ("lists = ['a/b', 3]", 'a list of texts, not ["a/b", 3]'),
        ("links = 'some'", 'entries or all, not "some"'),
        ("provider = 'ftp'", 'auto, graphql, rest or depsdev, not "ftp"'),
        (
            "fail_on = 'gone,old'",
            'a list of gone, gone:new, archived, archived:new or incomplete, not ["gone", "old"]',
        ),
        ("format = ['md']", 'text, not ["md"]'),
        ("output = {a = 1}", 'a list of texts, not {"a": 1}'),
        ("report = 3", "a list of tables, not 3"),
        (f"links = '{'x' * 99}'", f'entries or all, not "{"x" * 59}…'),
    ],
)
def test_a_wrong_value_is_refused(text: str, sentence: str) -> None:
    """The sentence has the file, the key, what the value should be, and what it is."""
    whole = f"dir/config.toml: {text.partition(' ')[0]} must be {sentence}"
    with pytest.raises(ConfigError, match=re.escape(whole) + "$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("exempt = [{repository = 'a/b', rule = 'gone'}]", "crawler.exempt[0]: reason is missing"),
        ("exempt = [{rule = 'gone', reason = 'x'}]", "crawler.exempt[0]: repository is missing"),
        ("exempt = [{rules = 'gone'}]", "unknown key crawler.exempt.rules; did you mean 'rule'?"),
        ("check = {fail_on = ['old']}", "crawler.check: fail_on must be a list of gone, "),
        ("check = {min_star = 3}", "unknown key crawler.check.min_star; did you mean 'min_stars'"),
    ],
)
def test_a_wrong_rule_of_check_is_refused(text: str, sentence: str) -> None:
    """The sentence names the table, and what is missing or wrong in it."""
    with pytest.raises(ConfigError, match=re.escape(f"dir/config.toml: {sentence}")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("max_age = 12", 'max_age = "12h"'),
        ("max_age = 0.5", 'max_age = "12h"'),
        ("max_age = '12'", 'max_age = "12h"'),
        ("timeout = 30.0", 'timeout = "30s"'),
        ("gone_grace = 7", 'gone_grace = "7d"'),
        ("max_wait = -1", 'max_wait = "15m"'),
        ("pushed_within = 365", 'pushed_within = "1y"'),
        ("since = 7", 'since = "7d"'),
        ("report = [{path = 'a.md', pushed_within = 365}]", 'pushed_within = "1y"'),
    ],
)
def test_a_bare_number_is_no_duration(text: str, example: str) -> None:
    """What it might be is not guessed: the sentence shows how it is written."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).endswith(f" has no unit: write one, such as {example}")


@pytest.mark.parametrize("text", ["max_age = 0", "max_age = '0'", "max_age = 0.0"])
def test_nothing_needs_no_unit(text: str) -> None:
    """Zero is zero in every unit."""
    assert parse(text) is not None


@pytest.mark.parametrize("key", [key for key, known in KEYS.items() if known.is_duration])
def test_a_duration_that_cannot_be_is_refused(key: str) -> None:
    """By the library, too, which takes numbers of seconds."""
    for value in (float("nan"), float("inf"), -1, "-1s", "12", timedelta(days=-1)):
        if value != float("inf") or key not in ("pushed_within", "created_within"):
            with pytest.raises(ConfigError, match=f"^{key} must be a duration such as"):
                make_settings({key: value})


@pytest.mark.parametrize(
    "values",
    [
        {"concurrency": 1, "batch_size": 1, "retries": 0, "top": 0, "timeout": 0.01},
        {"batch_size": "auto"},
        {"concurrency": 100, "batch_size": 100, "retries": 100, "timeout": 3600},
    ],
)
def test_the_bounds_themselves_are_allowed(values: dict[str, Any]) -> None:
    """The first and the last value of each range are in it."""
    assert isinstance(make_settings(values), Settings)


HARMLESS = {
    *("lists", "links", "follow", "format", "output", "report", "index", "csv_bom", "since"),
    *("check", "exempt"),
    *("top", "sort", "min_stars", "language", "section", "exclude", "archived"),
    *("pushed_within", "created_within", "by_section"),
    *("concurrency", "batch_size", "timeout", "retries", "max_wait", "budget"),
    *("response_seconds", "max_age", "gone_grace"),
}
"""What a cloned folder may say: which public lists, which rows, which files in it, and numbers."""


@pytest.mark.parametrize("key", KEYS)
def test_a_cloned_folder_says_only_what_is_harmless(key: str) -> None:
    """A new setting is harmful until it stands here; the refusal names the key and the flag."""
    table = parse(f"{key} = {toml(SAMPLES[key][0])}")
    assert table is not None
    if key in HARMLESS:
        check_harmless(table)
        return
    with pytest.raises(ConfigError) as caught:
        check_harmless(table)
    flags = {"store": "--store", "lock": "--lock", "always_write": None}
    flag = flags.get(key, f"--{key.replace('_', '-')}" if KEYS[key].flags else None)
    assert str(caught.value) == f"crawler.{key} is only read from a file named with --config" + (
        f", or from {flag}" if flag else ""
    )


def test_a_format_of_its_own_is_no_suffix() -> None:
    """A report of a cloned folder is a file that is called what it is."""
    table = parse("report = [{path = '.bashrc', format = 'csv'}]")
    assert table is not None
    with pytest.raises(ConfigError, match=r"^crawler\.report\.format is only read from a file"):
        check_harmless(table)


@pytest.mark.parametrize("text", ["[crawler", "[crawler]\ntop = ", "top", "x = " + "[" * 5000])
def test_a_named_file_must_betoml(text: str) -> None:
    """What cannot be parsed is refused with one sentence."""
    with pytest.raises(ConfigError, match=r"^x\.toml is not valid TOML"):
        parse_config(text.encode(), "x.toml", is_named=True)


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com/graphql"),
        ("https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
        ("https://ghe.example/api/v3/", "https://ghe.example/api/graphql"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/graphql"),
    ],
)
def test_the_graphql_address_follows_from_the_rest_address(api: str, graphql: str) -> None:
    """GitHub and GitHub Enterprise Server put GraphQL beside REST, each in its way."""
    assert graphql_url_of(api) == graphql


ADDRESSES = ("api_url", "graphql_url")
ENVIRON = {"GITHUB_API_URL": "https://env/api/v3", "GITHUB_GRAPHQL_URL": "https://env/g"}


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ((None, None), {}, ("https://api.github.com", "https://api.github.com/graphql")),
        ((None, None), ENVIRON, ("https://env/api/v3", "https://env/g")),
        ((None, None), {"GITHUB_API_URL": ""}, ("https://api.github.com", None)),
        (
            (None, None),
            {"GITHUB_API_URL": "https://env/api/v3"},
            ("https://env/api/v3", "https://env/api/graphql"),
        ),
        (("https://arg", None), ENVIRON, ("https://arg", "https://arg/graphql")),
        ((None, "https://arg/g"), ENVIRON, ("https://env/api/v3", "https://arg/g")),
        (("https://arg", "https://arg/g"), ENVIRON, ("https://arg", "https://arg/g")),
    ],
)
def test_addresses_come_from_arguments_then_the_environment(
    given: tuple[str | None, str | None],
    environ: dict[str, str],
    found: tuple[str, str | None],
) -> None:
    """An argument beats the environment, and the addresses of two servers never mix."""
    addresses = find_addresses(dict(zip(ADDRESSES, given, strict=True)), environ=environ)
    assert addresses["api_url"] == found[0]
    assert addresses["graphql_url"] == (found[1] or f"{found[0]}/graphql")


API_GRAPHQL = "https://api.github.com/graphql"
STORED = {"api_url": "https://file/api/v3", "graphql_url": "https://file/g"}


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ({}, {}, ("https://file/api/v3", "https://file/g")),
        ({"api_url": "https://arg"}, {}, ("https://arg", "https://arg/graphql")),
        ({"graphql_url": "https://arg/g"}, {}, ("https://file/api/v3", "https://arg/g")),
        ({}, ENVIRON, ("https://env/api/v3", "https://env/g")),
        ({}, {"GITHUB_API_URL": "https://env"}, ("https://env", "https://env/graphql")),
        ({}, {"GH_HOST": "ghe"}, ("https://ghe/api/v3", "https://ghe/api/graphql")),
        ({}, {"GH_HOST": "github.com"}, ("https://api.github.com", API_GRAPHQL)),
        ({}, {"GH_HOST": "x.ghe.com"}, ("https://api.x.ghe.com", "https://api.x.ghe.com/graphql")),
        ({}, {**ENVIRON, "GH_HOST": "ghe"}, ("https://ghe/api/v3", "https://ghe/api/graphql")),
        ({}, {**ENVIRON, "GH_HOST": "ENV "}, ("https://env/api/v3", "https://env/g")),
        ({"api_url": "https://arg"}, {"GH_HOST": "ghe"}, ("https://arg", "https://arg/graphql")),
        ({}, {"GITHUB_GRAPHQL_URL": "https://env/g"}, ("https://file/api/v3", "https://env/g")),
        ({"api_url": "https://arg"}, ENVIRON, ("https://arg", "https://arg/graphql")),
    ],
)
def test_an_address_of_the_file_belongs_to_its_server(
    given: dict[str, str], environ: dict[str, str], found: tuple[str, str]
) -> None:
    """A token that is meant for one server is never posted to another's GraphQL address."""
    addresses = find_addresses(given, STORED, environ=environ)
    assert (addresses["api_url"], addresses["graphql_url"]) == found


@pytest.mark.parametrize("day", ["2027-01-31", '"2027-01-31"', "2027-01-31T23:00:00Z"])
def test_the_last_day_of_an_exemption(day: str) -> None:
    """As TOML has dates, and as text."""
    said = f"repository = 'a/b', rule = 'gone', reason = 'x', until = {day}"
    table = parse(f"exempt = [{{{said}}}]")
    assert table is not None
    assert make_settings(table).exempt[0].until == date(2027, 1, 31)
