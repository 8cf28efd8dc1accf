"""The stand-in: answers the crawler's three kinds of requests as GitHub would."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from crawler.cli.demo.clock import RUN_AT
from crawler.cli.demo.repositories import (
    DEMO_DATE,
    DEMO_LIST,
    DemoData,
    DemoRepository,
    load_demo_data,
)
from crawler.http.exchange import Request, Response
from crawler.http.local import LocalTransport

DEMO_TOKEN: Final = "not-a-token-but-a-demonstration"
"""The only token that the stand-in accepts, so that a real one given to it is noticed."""

HOURLY_LIMIT: Final = {"core": 5000, "graphql": 5000}
"""Requests and points an hour for a user's token.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

DOCUMENTATION: Final = "https://docs.github.com/rest"

# It reads aliases off the text, and answers every field it knows: no general GraphQL.
_ALIAS: Final = re.compile(r"(\w+)\s*:\s*repository\(\s*owner:\s*\$(\w+)\s*,\s*name:\s*\$(\w+)")
# The base of the addresses may have a path, as GitHub Enterprise Server's has.
_README: Final = re.compile(r"/repos/([^/]+/[^/]+)/readme$")
_BY_NAME: Final = re.compile(r"/repos/([^/]+/[^/]+)$")
_BY_NUMBER: Final = re.compile(r"/repositories/(\d+)$")


class DemoTransport(LocalTransport):
    """A GitHub on `day`: it knows `DEMO_LIST` and its repositories, and takes only `DEMO_TOKEN`.

    It reads its files when it is first asked, and counts the quota for itself.
    `day` is one of `demo_days()`.
    """

    def __init__(self, day: date = DEMO_DATE) -> None:
        super().__init__(self._respond)
        self._day = day
        self._data: DemoData | None = None
        self._used = dict.fromkeys(HOURLY_LIMIT, 0)
        self._reset = datetime.combine(day, RUN_AT) + timedelta(hours=1)

    async def _respond(self, request: Request) -> Response:
        """Answer one request; what the crawler never asks is 404."""
        if self._data is None:
            self._data = await asyncio.to_thread(load_demo_data, self._day)
        graphql = request.method == "POST" and _path(request).endswith("/graphql")
        resource = "graphql" if graphql else "core"
        self._used[resource] += 1
        answer = _refusal(request, graphql) or (
            self._answer_query(request, self._data, json.loads(request.body or b""))
            if graphql
            else _answer_rest(self._data, request)
        )
        if not graphql and answer.status == 200:
            answer = _tagged(answer, request)
        if answer.status == 304 and "authorization" in request.headers:
            # It costs nothing. https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
            self._used[resource] -= 1
        return replace(answer, headers={**answer.headers, **self._quota_headers(resource)})

    def _answer_query(self, request: Request, data: DemoData, query: dict[str, Any]) -> Response:
        text, variables = query["query"], query.get("variables", {})
        found: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for alias, owner, name in _ALIAS.findall(text):
            full_name = f"{variables[owner]}/{variables[name]}"
            repository = data.by_name.get(full_name.lower())
            found[alias] = None if repository is None else _node(repository)
            if repository is None:
                errors.append(
                    {
                        "type": "NOT_FOUND",
                        "path": [alias],
                        "locations": [{"line": 1, "column": 1}],
                        "message": "Could not resolve to a Repository with the name "
                        f"'{full_name}'.",
                    }
                )
        found["rateLimit"] = {
            "cost": 1,
            "limit": HOURLY_LIMIT["graphql"],
            "remaining": HOURLY_LIMIT["graphql"] - self._used["graphql"],
            "resetAt": self._reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return _json(request, 200, {"data": found} | ({"errors": errors} if errors else {}))

    def _quota_headers(self, resource: str) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(HOURLY_LIMIT[resource]),
            "x-ratelimit-remaining": str(HOURLY_LIMIT[resource] - self._used[resource]),
            "x-ratelimit-used": str(self._used[resource]),
            "x-ratelimit-reset": str(int(self._reset.timestamp())),
            "x-ratelimit-resource": resource,
        }


def _path(request: Request) -> str:
    return urlsplit(request.url).path


def _json(request: Request, status: int, value: object) -> Response:
    headers = {"content-type": "application/json; charset=utf-8"}
    return Response(status, headers, json.dumps(value).encode(), request.url)


def _refusal(request: Request, graphql: bool) -> Response | None:
    """The 401 for a token that is not the demonstration's, or for GraphQL without one."""
    given = request.headers.get("authorization")
    if given is None:
        return _message(request, 401, "Requires authentication") if graphql else None
    if given.split(" ")[-1] != DEMO_TOKEN:
        return _message(request, 401, "Bad credentials")
    return None


def _answer_rest(data: DemoData, request: Request) -> Response:
    path = _path(request)
    if request.method != "GET":
        return _message(request, 404, "Not Found")
    if (readme := _README.search(path)) and readme[1].lower() == DEMO_LIST:
        headers = {"content-type": "application/vnd.github.raw+json; charset=utf-8"}
        return Response(200, headers, data.readme, request.url)
    if by_number := _BY_NUMBER.search(path):
        repository = data.by_number.get(int(by_number[1]))
    elif by_name := _BY_NAME.search(path):
        asked = by_name[1].lower()
        repository = data.by_name.get(asked)
        if repository is not None and repository.full_name.lower() != asked:
            base = path[: by_name.start()]
            there = urlsplit(request.url)._replace(
                path=f"{base}/repositories/{repository.number}", query=""
            )
            return _moved(request, there.geturl())
    else:
        repository = None
    if repository is None:
        return _message(request, 404, "Not Found")
    return _json(request, 200, _rest_repository(repository))


def _tagged(answer: Response, request: Request) -> Response:
    """`answer` with its `ETag`; the 304 in its place where the asker has it already.

    https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match
    """
    tag = f'"{sha256(answer.body).hexdigest()}"'
    if tag in request.headers.get("if-none-match", ""):
        answer = Response(304, {}, b"", request.url)
    return replace(answer, headers={**answer.headers, "etag": f"W/{tag}"})


def _message(request: Request, status: int, message: str, **more: str) -> Response:
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status), **more}
    return _json(request, status, body)


def _moved(request: Request, url: str) -> Response:
    answer = _message(request, 301, "Moved Permanently", url=url)
    return replace(answer, headers={**answer.headers, "location": url})


def _node(repository: DemoRepository) -> dict[str, Any]:
    """The `Repository` of GitHub's GraphQL schema."""
    language = repository.language
    return {
        "id": f"R_demo{repository.number}",
        "databaseId": repository.number,
        "nameWithOwner": repository.full_name,
        "url": f"https://github.com/{repository.full_name}",
        "stargazerCount": repository.stars,
        "forkCount": None,
        "isArchived": repository.archived,
        "isFork": None,
        "isPrivate": False,
        "pushedAt": repository.pushed_at,
        "description": None,
        "primaryLanguage": None if language is None else {"name": language},
        "licenseInfo": None,
    }


def _rest_repository(repository: DemoRepository) -> dict[str, Any]:
    """The `full-repository` of GitHub's OpenAPI description, as far as the crawler reads it."""
    owner, _, name = repository.full_name.partition("/")
    return {
        "id": repository.number,
        "node_id": f"R_demo{repository.number}",
        "name": name,
        "full_name": repository.full_name,
        "owner": {"login": owner},
        "private": False,
        "visibility": "public",
        "html_url": f"https://github.com/{repository.full_name}",
        "description": None,
        "fork": None,
        "pushed_at": repository.pushed_at,
        "stargazers_count": repository.stars,
        "forks_count": None,
        "archived": repository.archived,
        "language": repository.language,
        "license": None,
    }
