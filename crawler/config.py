"""From what was said in flags, environment and config file to `Settings`."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from crawler.durations import parse_duration
from crawler.errors import ConfigError
from crawler.settings import API_URL, Settings

TABLE: Final = "crawler"
"""The table of the config file that is ours."""

TRUSTED_ONLY: Final = frozenset({"api_url", "graphql_url", "depsdev_url", "token_env"})
"""Keys that say where a token comes from and goes to: a config file that merely lies in the
current folder, as in a cloned one, may not set them."""

KEYS: Final = tuple(field.name for field in dataclasses.fields(Settings))


def parse_config(text: str, path: str, *, trusted: bool) -> dict[str, Any] | None:
    """The settings of a config file; None where it has no `[crawler]` table and so is not ours.

    `trusted` says whether the user named the file. `path` is for messages.

    Raises: ConfigError for what is no TOML, an unknown key, a wrong type, a
        value out of range, and a key that an untrusted file may not set.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    if TABLE not in document:
        return None
    table = document[TABLE]
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {TABLE} must be a table")
    for key in table:
        if key not in KEYS:
            nearest = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise ConfigError(f"{path}: unknown key {TABLE}.{key}{hint}")
        if key in TRUSTED_ONLY and not trusted:
            raise ConfigError(
                f"{path}: {TABLE}.{key} is only taken from a file that is named by --config"
            )
    try:
        make_settings(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return table


def make_settings(values: Mapping[str, Any]) -> Settings:
    """Check `values`, keyed by the names of the settings; what is missing has its default.

    Raises: ConfigError for a wrong type or a value out of range, with its path.
    """
    plain = dict(values)
    if isinstance(plain.get("max_wait"), str):
        plain["max_wait"] = parse_duration(plain["max_wait"])
    try:
        return msgspec.convert(plain, Settings)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        path = place.strip("`").replace("$.", f"{TABLE}.", 1)
        raise ConfigError(f"{path}: {message}" if path else message) from None


def find_addresses(
    api_url: str | None, graphql_url: str | None, *, environ: Mapping[str, str]
) -> tuple[str, str]:
    """Complete the addresses of the REST and the GraphQL API.

    An address that is given wins over the environment, and takes the other
    one along: GITHUB_GRAPHQL_URL belongs to GITHUB_API_URL, not to another server.
    """
    if api_url is None:
        api_url = environ.get("GITHUB_API_URL") or API_URL
        graphql_url = graphql_url or environ.get("GITHUB_GRAPHQL_URL")
    return api_url, graphql_url or graphql_url_of(api_url)


def graphql_url_of(api_url: str) -> str:
    """The GraphQL address that belongs to a REST address.

    https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql
    """
    base = api_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"
