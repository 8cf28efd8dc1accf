"""A GitHub in the place of the network, as an httpx transport with lists, stars and moods."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

TOKEN = "ghp_0123456789"
GRAPHQL = "/graphql"
DOCUMENTED = {"documentation_url": "https://docs.github.com/rest"}
_ALIAS = re.compile(r"(\w+)\s*:\s*repository\(\s*owner:\s*\$(\w+)\s*,\s*name:\s*\$(\w+)")

Hook = Callable[[httpx.Request], Awaitable[httpx.Response | None]]


class GitHubDouble(httpx.MockTransport):
    """A GitHub of lists, stars and moods, which sees what it is asked and whether it is closed."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.lists: dict[str, str] = {}
        """Text by URL, or by `owner/repo` for a README."""
        self.stars: dict[str, int] = {}
        """By canonical name."""
        self.renamed: dict[str, str] = {}
        """Canonical name by former one."""
        self.errors: dict[str, dict[str, str] | None] = {}
        """What an alias is refused with, by name; None: null without an error."""
        self.private: set[str] = set()
        self.hook: Hook | None = None
        """Sees each request first, and may answer it."""
        self.asked: list[httpx.Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.closed = 0

    async def aclose(self) -> None:
        """Note that the client is done."""
        self.closed += 1

    def publish(self, name: str, *repositories: str) -> None:
        """Let `name` list these repositories, one entry each."""
        lines = [f"- [{each}](https://github.com/{each}) - About {each}." for each in repositories]
        self.lists[name] = "# Best\n\n" + "\n".join(lines) + "\n"
        for each in repositories:
            self.stars.setdefault(each, 10)

    def of(self, path: str) -> list[httpx.Request]:
        """The requests whose path ends so."""
        return [request for request in self.asked if request.url.path.endswith(path)]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            early = None if self.hook is None else await self.hook(request)
            return early or self._settled(request)
        finally:
            self.in_flight -= 1

    def _settled(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith(GRAPHQL):
            return self._query(json.loads(request.content))
        text = self.lists.get(str(request.url))
        if readme := re.search(r"/repos/(.+)/readme$", path):
            text = self.lists.get(readme[1])
        if text is not None:
            return httpx.Response(200, text=text)
        if asked := re.search(r"/repos/([^/]+/[^/]+)$", path):
            name = asked[1]
            if name in self.stars:
                return httpx.Response(200, json=self._rest(name))
        return httpx.Response(404, json={"message": "Not Found", **DOCUMENTED})

    def _query(self, query: dict[str, Any]) -> httpx.Response:
        data: dict[str, Any] = {"rateLimit": {"cost": 1}}
        errors = []
        for alias, owner, repository in _ALIAS.findall(query["query"]):
            name = f"{query['variables'][owner]}/{query['variables'][repository]}"
            current = self.renamed.get(name, name)
            error: dict[str, str] | None = {"type": "NOT_FOUND", "message": f"No {name}."}
            known = current in self.stars and name not in self.errors
            data[alias] = self._node(current) if known else None
            error = self.errors.get(name, error)
            if not known and error is not None:
                errors.append({**error, "path": [alias]})
        return httpx.Response(200, json={"data": data, "errors": errors})

    def _node(self, name: str) -> dict[str, Any]:
        return {
            "databaseId": sorted(self.stars).index(name) + 1,
            "nameWithOwner": name,
            "url": f"https://github.com/{name}",
            "stargazerCount": self.stars[name],
            "isPrivate": name in self.private,
        }

    def _rest(self, name: str) -> dict[str, Any]:
        return {
            "id": sorted(self.stars).index(name) + 1,
            "full_name": name,
            "html_url": f"https://github.com/{name}",
            "stargazers_count": self.stars[name],
        }


def refuse(path: str, status: int, times: int = 10**6, **body: Any) -> Hook:
    """Refuse requests to `path` in GitHub's words, and let all others pass."""
    left = times

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal left
        if not request.url.path.endswith(path) or not left:
            return None
        left -= 1
        return httpx.Response(status, json={"message": "No.", **DOCUMENTED, **body})

    return hook


def lose_network_after(count: int) -> Hook:
    """Answer `count` requests, and no further one."""
    seen = 0

    async def hook(request: httpx.Request) -> None:
        nonlocal seen
        seen += 1
        if seen > count:
            raise httpx.ConnectError("gone", request=request)

    return hook


def assert_nothing_left(github: GitHubDouble, *, closed: int = 1) -> None:
    """No task but the caller's, no request in flight, and the transport closed."""
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (github.in_flight, github.closed) == (0, closed)
