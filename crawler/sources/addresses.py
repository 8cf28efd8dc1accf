"""The addresses of the sources' APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from crawler.model.frozen import frozen
from crawler.model.settings import API_URL, DEPSDEV_URL, Settings
from crawler.sources.github.host import api_of_host, host_of_api

_VARIABLES: Final = {
    "api_url": "GITHUB_API_URL",
    "graphql_url": "GITHUB_GRAPHQL_URL",
    "depsdev_url": "DEPSDEV_API_URL",
}
"""The environment variable for each setting."""


@frozen
class Addresses:
    """The APIs that a run uses."""

    api_url: str
    """Base of GitHub's REST API."""
    graphql_url: str
    depsdev_url: str
    """Base of deps.dev's API."""


def find_addresses(*sources: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """The addresses of the APIs, by the names of their settings.

    `sources` are the given values and those of the config file: the environment comes after the
    first and before the others. A GraphQL address counts only from the same place as the REST
    address or from one before it, since both must be of the same server. GH_HOST names a server;
    GITHUB_API_URL and GITHUB_GRAPHQL_URL are then only used if they are of that server.
    """
    given, *stored = sources
    found = {key: environ[name] for key, name in _VARIABLES.items() if environ.get(name)}
    server = environ.get("GH_HOST", "").strip().lower()
    if server and host_of_api(found.get("api_url", "")) != server:
        found.pop("graphql_url", None)
        found["api_url"] = api_of_host(server)
    ranked = [given, found, *stored, {"api_url": API_URL, "depsdev_url": DEPSDEV_URL}]
    place = next(i for i, each in enumerate(ranked) if each.get("api_url") is not None)
    api_url = ranked[place]["api_url"]
    graphql_urls = (each.get("graphql_url") for each in ranked[: place + 1])
    depsdev_urls = (each.get("depsdev_url") for each in ranked)
    return {
        "api_url": api_url,
        "graphql_url": next(filter(None, graphql_urls), graphql_url_of(api_url)),
        "depsdev_url": next(filter(None, depsdev_urls)),
    }


def addresses_of(settings: Settings) -> Addresses:
    """The APIs to use; those that are None get the addresses of github.com and deps.dev."""
    api_url = settings.api_url or API_URL
    return Addresses(
        api_url=api_url,
        graphql_url=settings.graphql_url or graphql_url_of(api_url),
        depsdev_url=settings.depsdev_url or DEPSDEV_URL,
    )


def graphql_url_of(api_url: str) -> str:
    """The GraphQL address that belongs to a REST address.

    https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql
    """
    base = api_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"
