"""One request of each kind, as a crawler would send it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import httpx

from standin.samples import TOKEN
from standin.server import StandIn

BEARER = {"authorization": f"Bearer {TOKEN}"}
PATIENCE = 30.0
"""Seconds that a busy machine may take to answer."""

FIELDS = (
    "databaseId nameWithOwner stargazerCount isPrivate pushedAt primaryLanguage{name} "
    "licenseInfo{spdxId}"
)


def rest(github: StandIn, path: str, **headers: str) -> httpx.Response:
    """One REST request, anonymous unless told."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(github.url + path, headers=named, timeout=PATIENCE, trust_env=False)


def ask(github: StandIn, *names: str, fields: str = FIELDS, **headers: str) -> httpx.Response:
    """One query about some repositories, with a token unless told."""
    return httpx.post(
        github.graphql_url,
        content=encode_query(names, fields),
        headers=headers or BEARER,
        timeout=PATIENCE,
        trust_env=False,
    )


def encode_query(names: Sequence[str], fields: str = FIELDS) -> bytes:
    """The body of a query for some fields of some repositories."""
    variables = {}
    for number, name in enumerate(names):
        variables[f"o{number}"], variables[f"n{number}"] = name.split("/")
    head = ",".join(f"${name}:String!" for name in variables)
    body = " ".join(
        f"r{number}:repository(owner:$o{number},name:$n{number}){{...F}}"
        for number in range(len(names))
    )
    query = f"query({head}){{{body} rateLimit{{cost}}}} fragment F on Repository{{{fields}}}"
    return json.dumps({"query": query, "variables": variables}).encode()
