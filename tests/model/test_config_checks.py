"""What is refused in a config file, and the addresses of the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from model.config_samples import SAMPLES, toml

from crawler.model.config import (
    TRUSTED_ONLY,
    find_addresses,
    graphql_url_of,
    make_settings,
    parse_config,
)
from crawler.model.errors import ConfigError
from crawler.model.settings import Settings


def parse(text: str, *, trusted: bool = False) -> dict[str, Any] | None:
    """Parse a config file with the table's header above `text`."""
    return parse_config(f"[crawler]\n{text}\n".encode(), "dir/config.toml", trusted=trusted)


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
        parse(text, trusted=True)
    assert str(caught.value) == (
        f"dir/config.toml: unknown key crawler.{key}; did you mean {nearest!r}?"
    )
    assert caught.value.exit_status == 2


def test_an_unknown_key_that_is_near_to_none_is_refused() -> None:
    """Nothing is suggested that the user cannot have meant."""
    with pytest.raises(ConfigError, match=r"unknown key crawler\.zzz$"):
        parse("zzz = 1")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("concurrency = 'many'", "crawler.concurrency", "int"),
        ("concurrency = 1.5", "crawler.concurrency", "int"),
        ("top = true", "crawler.top", "int"),
        ("batch_size = 'five'", "crawler.batch_size", "it is one of auto, a number"),
        ("timeout = '30s'", "crawler.timeout", "float"),
        ("quiet = 1", "crawler.quiet", "bool"),
        ("lists = 'a/b'", "crawler.lists", "array"),
        ("lists = ['a/b', 3]", "crawler.lists[1]", "str"),
        ("links = 'some'", "crawler.links", "some"),
        ("provider = 'ftp'", "crawler.provider", "ftp"),
        ("output = 'a.json'", "crawler.output", "array"),
        ("output = {a = 1}", "crawler.output", "array"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(text: str, path: str, expected: str) -> None:
    """The message has the file, the path of the value and what it should be."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"dir/config.toml: {path}: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"concurrency": 0}, "concurrency must be from 1 to 100, not 0"),
        ({"concurrency": 101}, "concurrency must be from 1 to 100, not 101"),
        ({"batch_size": 0}, "batch_size must be from 1 to 100, not 0"),
        ({"batch_size": 101}, "batch_size must be from 1 to 100, not 101"),
        ({"retries": -1}, "retries must be from 0 to 100, not -1"),
        ({"top": -1}, "top must be at least 0, not -1"),
        ({"timeout": 0}, "timeout must be from 0 to 3600 seconds, not 0"),
        ({"timeout": -1}, "timeout must be from 0 to 3600 seconds, not -1"),
        ({"timeout": float("nan")}, "timeout must be from 0 to 3600 seconds, not nan"),
        ({"timeout": float("inf")}, "timeout must be from 0 to 3600 seconds, not inf"),
    ],
)
def test_a_value_out_of_range_is_refused(values: dict[str, Any], message: str) -> None:
    """What would hang or break the run is refused before it starts."""
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        make_settings(values)


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


@pytest.mark.parametrize("key", sorted(TRUSTED_ONLY))
def test_a_cloned_folder_cannot_take_the_token(key: str) -> None:
    """Addresses and token names are refused in a file that nobody named, and taken from one that
    was named."""
    said, _ = SAMPLES[key]
    with pytest.raises(ConfigError, match=rf"^dir/config\.toml: crawler\.{key} .*--config"):
        parse(f"{key} = {toml(said)}")
    assert parse(f"{key} = {toml(said)}", trusted=True) == {key: said}


@pytest.mark.parametrize("text", ["[crawler", "[crawler]\ntop = ", "top", "x = " + "[" * 5000])
def test_a_named_file_must_betoml(text: str) -> None:
    """What cannot be parsed is refused with one sentence."""
    with pytest.raises(ConfigError, match=r"^x\.toml is not valid TOML"):
        parse_config(text.encode(), "x.toml", trusted=True)


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


KEYS = ("api_url", "graphql_url")
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
    addresses = find_addresses(dict(zip(KEYS, given, strict=True)), environ=environ)
    assert addresses["api_url"] == found[0]
    assert addresses["graphql_url"] == (found[1] or f"{found[0]}/graphql")


STORED = {"api_url": "https://file/api/v3", "graphql_url": "https://file/g"}


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ({}, {}, ("https://file/api/v3", "https://file/g")),
        ({"api_url": "https://arg"}, {}, ("https://arg", "https://arg/graphql")),
        ({"graphql_url": "https://arg/g"}, {}, ("https://file/api/v3", "https://arg/g")),
        ({}, ENVIRON, ("https://env/api/v3", "https://env/g")),
        ({}, {"GITHUB_API_URL": "https://env"}, ("https://env", "https://env/graphql")),
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
