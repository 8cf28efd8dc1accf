"""The GitHub client through the door to the network: what it sends where, and what it follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crawler.http.client import USER_AGENT, Http
from crawler.http.exchange import Request, Response, Token
from crawler.http.limiter import RateLimiter
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    ForeignAnswer,
    RunError,
    Throttled,
    UsageError,
)
from crawler.model.files import RepositoryPath
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName
from crawler.sources.github.client import MAX_REDIRECTS, GitHub
from crawler.sources.github.files import fetch_file, fetch_readme
from crawler.sources.limits import verdict

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
API = "https://github.test/api/v3"
GRAPHQL = "https://github.test/api/graphql"
TOKEN = Token("ghp_0123456789abcdef", "GH_TOKEN")
NAME = RepositoryName("owner/repo", "github.com")
README = RepositoryPath(NAME)

Handler = Callable[[httpx.Request], httpx.Response]
REST_FACTS: dict[str, Any] = {
    "full_name": "owner/repo",
    "html_url": "https://github.com/owner/repo",
    "stargazers_count": 7,
    "private": False,
}
GRAPHQL_FACTS: dict[str, Any] = {
    "nameWithOwner": "owner/repo",
    "url": "https://github.com/owner/repo",
    "stargazerCount": 7,
    "isPrivate": False,
}


class World:
    """A client before a handler in the place of GitHub, and all that was sent."""

    def __init__(
        self,
        handler: Handler,
        *,
        token: Token | None = TOKEN,
        api_url: str = API,
        include_private: bool = False,
    ) -> None:
        self.sent: list[httpx.Request] = []

        def record(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            return handler(request)

        self._http = Http(httpx.MockTransport(record))
        self.limiter = RateLimiter(
            self._http.send,
            concurrency=1,
            timeout=1000,
            verdict=lambda _, response, now: verdict(response, token, NOW),
        )
        self.github = GitHub(
            self.limiter.send, api_url, GRAPHQL, token, include_private, now=lambda: NOW
        )

    async def one(self, name: RepositoryName = NAME) -> Answer:
        """Its answer by REST."""
        (answer,) = await self.github.ask_one([name])
        return answer

    async def batch(self, *names: RepositoryName) -> list[Answer]:
        """Its answers by GraphQL."""
        return await self.github.ask_batch(names or (NAME,))

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [str(request.url).removeprefix("https://github.test") for request in self.sent]


def own(message: str) -> dict[str, str]:
    """A refusal as GitHub writes it."""
    return {"message": message, "documentation_url": "https://docs.github.com/rest/repos"}


def always(status: int, body: object = None, **headers: str) -> Handler:
    """The same answer to every request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json=body, headers=named)


def in_turn(*handlers: Handler) -> Handler:
    """Each request gets the next answer."""
    left = iter(handlers)

    def answer(request: httpx.Request) -> httpx.Response:
        return next(left)(request)

    return answer


def graphql(*repositories: dict[str, Any] | None, cost: int = 1) -> Handler:
    """A GraphQL answer."""
    aliases = {f"r{i}": repository for i, repository in enumerate(repositories)}
    return always(200, {"data": {"rateLimit": {"cost": cost}, **aliases}})


async def test_query_is_one_post() -> None:
    """A batch is one POST to the GraphQL address, with all that GitHub wants of a request."""
    world = World(graphql(GRAPHQL_FACTS, GRAPHQL_FACTS))
    answers = await world.batch(NAME, RepositoryName("other/thing", "github.com"))
    (request,) = world.sent
    assert [type(answer) for answer in answers] == [Facts, Facts]
    assert (request.method, str(request.url)) == ("POST", GRAPHQL)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == USER_AGENT
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content)["variables"] == {
        "o0": "owner",
        "n0": "repo",
        "o1": "other",
        "n1": "thing",
    }
    assert world.limiter.sent == {"graphql": 1}


async def test_points_add_up() -> None:
    """What each query cost is added, and a failed one adds nothing that it does not tell."""
    world = World(in_turn(graphql(None, cost=2), always(502), graphql(None, cost=3)))
    await world.batch()
    with pytest.raises(BrokenAnswer):
        await world.batch()
    await world.batch()
    assert world.github.points == 5


async def test_repository_is_one_get() -> None:
    """A repository is one GET under the API's base, with the version and the media type."""
    for api_url in (API, API + "/"):
        world = World(always(200, REST_FACTS), api_url=api_url)
        answer = await world.one()
        (request,) = world.sent
        assert isinstance(answer, Facts)
        assert (answer.stars, answer.fetched_at) == (7, NOW)
        assert (request.method, str(request.url)) == ("GET", f"{API}/repos/owner/repo")
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert world.limiter.sent == {"core": 1}


@pytest.mark.parametrize(
    ("full_name", "path"),
    [
        ("owner/a?b", "/api/v3/repos/owner/a%3Fb"),
        ("owner/a#b", "/api/v3/repos/owner/a%23b"),
        ("a/b/c", "/api/v3/repos/a%2Fb/c"),
        ("owner/%2f", "/api/v3/repos/owner/%252f"),
    ],
)
async def test_names_stay_names(full_name: str, path: str) -> None:
    """Whatever a name holds, it cannot change which endpoint is asked."""
    world = World(always(404, own("Not Found")))
    await world.one(RepositoryName(full_name, "github.com"))
    assert world.paths == [path]


@pytest.mark.parametrize("full_name", ["owner/..", "../user", "a/../repo", "owner/%2e%2E"])
async def test_names_of_dots_are_not_asked_for(full_name: str) -> None:
    """They would lead to another endpoint; no parser gives such a name."""
    world = World(always(200, REST_FACTS))
    with pytest.raises(UsageError, match="dot segments"):
        await world.one(RepositoryName(full_name, "github.com"))
    assert not world.paths


async def test_anonymous_requests() -> None:
    """Without a token there is no Authorization."""
    world = World(always(200, REST_FACTS), token=None)
    await world.one()
    assert "authorization" not in world.sent[0].headers


async def test_rename_is_followed() -> None:
    """A redirect on the same origin is followed with the token, and is a request of its own."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/repositories/42":
            return httpx.Response(200, json={**REST_FACTS, "full_name": "new/name"})
        return httpx.Response(301, headers={"location": f"{API}/repositories/42"})

    world = World(handler)
    answer = await world.one()
    assert isinstance(answer, Facts)
    assert answer.full_name == "new/name"
    assert [request.headers["authorization"] for request in world.sent] == [f"Bearer {TOKEN}"] * 2
    assert world.limiter.sent == {"core": 2}


def chain(length: int) -> Handler:
    """`length` redirects before the repository."""

    def handler(request: httpx.Request) -> httpx.Response:
        hop = int(request.url.params.get("hop", 0))
        if hop == length:
            return httpx.Response(200, json=REST_FACTS)
        return httpx.Response(301, headers={"location": f"?hop={hop + 1}"})

    return handler


async def test_five_redirects_are_followed() -> None:
    """A repository that was renamed five times is found."""
    world = World(chain(5))
    assert isinstance(await world.one(), Facts)
    assert len(world.sent) == 6
    assert MAX_REDIRECTS == 5


async def test_six_redirects_are_too_many() -> None:
    """Redirects that do not end are given up after five."""
    world = World(chain(6))
    with pytest.raises(AttemptError, match="redirects"):
        await world.one()
    assert len(world.sent) == 6


async def test_redirect_to_another_origin_is_not_followed() -> None:
    """Nobody else is asked, and nobody else sees the token; the repository is not settled."""
    location = "https://user:password@evil.test/repositories/1"
    world = World(always(301, own("Moved Permanently"), location=location))
    with pytest.raises(ForeignAnswer, match="status 301") as caught:
        await world.one()
    assert "password" not in str(caught.value)
    assert len(world.sent) == 1


@pytest.mark.parametrize(
    "location", ["http://[::1", "https://github.test/\x01", "https://github.test/a b", ""]
)
async def test_redirect_that_is_broken(location: str) -> None:
    """A `Location` that is no address fails the attempt or settles nothing; it raises no bug."""
    world = World(always(301, location=location))
    try:
        answer = await world.one()
    except AttemptError:
        return
    assert isinstance(answer, Refusal)
    assert answer.reason.retryable


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_query_is_never_redirected(status: int) -> None:
    """A POST that is redirected ends the run with a sentence, not with a second request."""
    world = World(always(status, location=GRAPHQL + "/"))
    with pytest.raises(RunError, match=str(status)) as caught:
        await world.batch()
    assert not isinstance(caught.value, AttemptError)
    assert len(world.sent) == 1


async def test_query_that_a_portal_redirects() -> None:
    """Where it leads to another host, the address may be right: the attempt failed."""
    world = World(always(302, location="https://login.portal.test/?next=x"))
    with pytest.raises(ForeignAnswer, match=r"leads to login\.portal\.test: a proxy, or a network"):
        await world.batch()
    assert len(world.sent) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405])
async def test_address_without_graphql(status: int) -> None:
    """A server of GitHub without GraphQL ends the run, and the sentence says what helps."""
    world = World(always(status, own("Not Found")))
    with pytest.raises(RunError, match="--provider rest") as caught:
        await world.batch()
    assert not isinstance(caught.value, AttemptError)
    assert GRAPHQL in str(caught.value)


PAGE = "<!DOCTYPE html><html><title>Log in</title></html>"


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("body", [PAGE, "Blocked by policy.", '{"message":"no Route matched"}', ""])
async def test_answers_of_somebody_else(status: int, body: str) -> None:
    """The attempt failed, whatever was asked for: a proxy's page says nothing about an address, a
    repository or its README, and is told as what it is."""
    world = World(lambda _: httpx.Response(status, text=body))
    attempts = [world.batch(), world.one(), fetch_readme(world.github, README, 100)]
    if status == 200 and body.startswith("{"):
        attempts.pop(1).close()  # any JSON is a repository, though a malformed one
    for attempt in attempts:
        with pytest.raises(BrokenAnswer) as caught:
            await attempt
        if body == PAGE:
            assert isinstance(caught.value, ForeignAnswer)
            assert "a web page ('Log in')" in str(caught.value)


async def test_a_page_is_not_remembered() -> None:
    """Conditional requests ask for GitHub's answer, not for a portal's."""
    kept: list[bool] = []

    async def send(request: Request) -> Response:
        assert request.keep is not None
        for kind in ("text/html", "application/vnd.github.raw+json; charset=utf-8"):
            body = PAGE.encode() if kind == "text/html" else b"<html># List"
            kept.append(request.keep(Response(200, {"content-type": kind}, body, request.url)))
        return Response(200, {}, b"# List", request.url)

    await fetch_file(GitHub(send, API, GRAPHQL, None), replace(README, path="x.md"), 100)
    assert kept == [False, True]


@pytest.mark.parametrize("status", [408, 502])
async def test_server_errors_are_failed_attempts(status: int) -> None:
    """A server in trouble may answer the next attempt, whatever was asked; its sentence is told."""
    world = World(always(status, {"message": "Server Error"}))
    for attempt in (world.batch(), world.one(), fetch_readme(world.github, README, 100)):
        with pytest.raises(BrokenAnswer, match=rf"{status}.*Server Error"):
            await attempt


async def test_private_counts_as_missing() -> None:
    """A private repository that the token sees is reported in the words of one that is missing."""
    missing_query = {
        "data": {"r0": None},
        "errors": [
            {
                "type": "NOT_FOUND",
                "path": ["r0"],
                "message": "Could not resolve to a Repository with the name 'owner/repo'.",
            }
        ],
    }
    private = {**GRAPHQL_FACTS, "isPrivate": True, "nameWithOwner": "secret/name"}
    assert await World(graphql(private)).batch() == await World(always(200, missing_query)).batch()
    missing = World(always(404, own("Not Found")))
    seen = World(always(200, {**REST_FACTS, "private": True, "full_name": "secret/name"}))
    assert await seen.one() == await missing.one() == Refusal(Reason.NOT_FOUND, "Not Found")


async def test_private_may_be_included() -> None:
    """Who asks for private repositories gets them."""
    (by_query,) = await World(
        graphql({**GRAPHQL_FACTS, "isPrivate": True}), include_private=True
    ).batch()
    by_rest = await World(always(200, {**REST_FACTS, "private": True}), include_private=True).one()
    for answer in (by_query, by_rest):
        assert isinstance(answer, Facts)
        assert answer.private


async def test_requests_not_sent_are_not_counted() -> None:
    """Once the limit is used up, what is asked without being sent costs nothing."""
    world = World(always(403, {"message": "API rate limit exceeded"}, x_ratelimit_remaining="0"))
    for _ in range(5):
        with pytest.raises(Throttled):
            await world.one()
    assert len(world.sent) == 1
    assert world.limiter.sent == {"core": 1}


async def test_limit_on_the_way_of_a_redirect() -> None:
    """A limit that ends between two hops throttles like one at the first."""
    world = World(in_turn(always(301, location="/api/v3/repositories/1"), always(429)))
    with pytest.raises(Throttled):
        await world.one()
    assert world.paths == ["/api/v3/repos/owner/repo", "/api/v3/repositories/1"]


async def test_send_is_all_it_needs() -> None:
    """The client knows no library: any callable that makes an exchange serves."""

    async def send(request: Request) -> Response:
        return Response(200, {}, json.dumps(REST_FACTS).encode(), request.url)

    github = GitHub(send, API, GRAPHQL, None)
    (answer,) = await github.ask_one([NAME])
    assert isinstance(answer, Facts)
    assert answer.fetched_at.tzinfo is UTC
