"""`rank_repos()`: what is asked, of whom, and with whose token."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from crawl.run.double import (
    GRAPHQL,
    TOKEN,
    GitHubDouble,
    assert_nothing_left,
)

from crawler import (
    ConfigError,
    ListError,
    Provider,
    Reason,
    rank_repos,
)
from crawler.crawl.run import read_plan
from crawler.http.exchange import Token
from crawler.model.settings import Settings


async def test_rest_needs_no_token(github: GitHubDouble) -> None:
    """Chosen without a token: one request a repository, and none with an Authorization header."""
    ranking = await rank_repos("a/list", transport=github, provider="rest")
    assert [row.repository for row in ranking.top(2)] == ["o/five", "o/two"]
    assert ranking.provider is Provider.REST
    assert {row.provider for row in ranking} == {Provider.REST}
    usage = ranking.usage
    assert (usage.requests, usage.rest_requests, usage.graphql_points) == (6, 6, 0)
    assert not any("authorization" in request.headers for request in github.asked)


async def test_a_used_up_limit_leaves_the_rest_throttled(github: GitHubDouble) -> None:
    """What was ranked before the limit was used up stays; nothing more is sent after it."""
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"}

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if len(github.asked) <= 3:
            return None
        return httpx.Response(403, json={"message": "API rate limit exceeded"}, headers=limit)

    github.hook = hook
    ranking = await rank_repos("a/list", transport=github, concurrency=1, provider="rest")
    assert ranking.sums.failed == ((Reason.THROTTLED, 3),)
    assert (len(ranking), len(github.asked)) == (2, 4)
    assert not ranking.complete
    assert "2100-01-01" in ranking.failures[0].message


async def test_rest_can_be_chosen_with_a_token(github: GitHubDouble) -> None:
    """`provider="rest"` asks one by one and sends the token along."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=github, provider="rest")
    assert ranking.provider is Provider.REST
    assert {request.headers["authorization"] for request in github.asked} == {f"Bearer {TOKEN}"}


async def test_the_addresses_of_the_api(
    github: GitHubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment names another server, an argument beats it."""
    github.lists["a/list"] = (
        "* [one](https://env.example/o/one)\n* [one](https://arg.example/o/one)\n"
    )
    monkeypatch.setenv("GITHUB_API_URL", "https://env.example/api/v3")
    await rank_repos("a/list", token=TOKEN, transport=github)
    assert [str(request.url) for request in github.asked] == [
        "https://env.example/api/v3/repos/a/list/readme",
        "https://env.example/api/graphql",
    ]
    github.asked.clear()
    await rank_repos("a/list", token=TOKEN, transport=github, api_url="https://arg.example")
    assert {request.url.host for request in github.asked} == {"arg.example"}


async def test_the_token_is_for_the_api_alone(github: GitHubDouble) -> None:
    """A list from anywhere else is read without the token."""
    url = "https://lists.example/best.md"
    github.publish(url, "o/two")
    await rank_repos(url, token=TOKEN, transport=github)
    sent = {request.url.host: request.headers.get("authorization") for request in github.asked}
    assert sent == {"lists.example": None, "api.github.com": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("api_url", "graphql_url"),
    [
        ("http://ghe.example/api/v3", None),
        ("https://ghe.example/api/v3", "http://ghe.example/api/graphql"),
        ("https://user:pw@ghe.example", None),
        ("ghe.example", None),
        ("", None),
    ],
)
async def test_an_address_that_cannot_be_trusted(
    github: GitHubDouble, api_url: str, graphql_url: str | None
) -> None:
    """Plain http beyond loopback, credentials and what is no URL are refused; nothing is sent."""
    with pytest.raises(ConfigError):
        await rank_repos(
            "a/list", token=TOKEN, transport=github, api_url=api_url, graphql_url=graphql_url
        )
    assert github.asked == []


async def test_concurrency_is_reached_and_never_passed(github: GitHubDouble) -> None:
    """As many requests as allowed are in flight at once, and no more."""
    full = asyncio.Event()

    async def hook(request: httpx.Request) -> None:
        if request.url.path == GRAPHQL:
            if github.in_flight == 2:
                full.set()
            await full.wait()

    github.hook = hook
    await rank_repos("a/list", token=TOKEN, transport=github, batch_size=1, concurrency=2)
    assert github.most_in_flight == 2
    assert len(github.of(GRAPHQL)) == 5


async def test_local_lists_are_planned_without_a_request(
    github: GitHubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan reads the lists and asks about no repository; for a file it needs no network."""
    plan = await read_plan(Settings(lists=("a/list",)), token=Token(TOKEN), transport=github)
    assert [str(each.repository) for each in plan.listings][:2] == ["o/one", "o/two"]
    assert [request.url.path for request in github.asked] == ["/repos/a/list/readme"]
    github.asked.clear()
    monkeypatch.setattr(
        "crawler.lists.origins._read_file", lambda _: github.lists["a/list"].encode()
    )
    monkeypatch.setattr("crawler.lists.origins._is_file", lambda _: True)
    plan = await read_plan(Settings(lists=("x.md",)), token=None, transport=github)
    assert (len(plan.listings), plan.sources[0].url, github.asked) == (5, None, [])
    assert_nothing_left(github)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_by_another_server_does_not_concern_github(
    github: GitHubDouble, status: int
) -> None:
    """A list's own server that wants credentials is a bad list, and no verdict on the token."""
    url = "https://lists.example/best.md"

    async def refuse_list(request: httpx.Request) -> httpx.Response | None:
        limited = {"x-ratelimit-remaining": "0"}
        return httpx.Response(status, headers=limited) if str(request.url) == url else None

    github.hook = refuse_list
    with pytest.raises(ListError, match=f"status {status}"):
        await rank_repos(url, token=TOKEN, transport=github)
