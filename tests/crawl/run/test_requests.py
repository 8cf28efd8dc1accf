"""A run: what is asked, of whom, and with whose token."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawl.run.running import assert_nothing_left, rank
from standin import TOKEN, Fault, File, StandIn, faults

from crawler import ConfigError, ListError, Provider, rank_repos
from crawler.crawl.context import Context
from crawler.crawl.run import read_plan
from crawler.http.exchange import Token
from crawler.model.settings import Settings

LIST = b"* [two](https://github.com/o/two)\n"
URL = "https://lists.example/files/best.md"


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_rest_can_be_chosen(github: StandIn, token: str | None) -> None:
    """One request a repository, and all with the token, or without where there is none."""
    ranking = await rank_repos("a/list", token=token, transport=github.local, provider="rest")
    assert [row.repository for row in ranking.top(2)] == ["o/five", "o/two"]
    assert {ranking.provider, *(row.provider for row in ranking)} == {Provider.REST}
    usage = ranking.usage
    assert (usage.requests, usage.rest_requests, usage.graphql_points) == (6, 6, 0)
    sent = {each.headers.get("authorization") for each in github.log.exchanges}
    assert sent == {token and f"Bearer {token}"}


async def test_the_addresses_of_the_api(github: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names another server, an argument beats it."""
    text = b"* [one](https://env.example/o/one)\n* [one](https://arg.example/o/one)\n"
    github.world.change("a/list", readme=text)
    monkeypatch.setenv("GITHUB_API_URL", "https://env.example/api/v3")
    await rank_repos("a/list", token=TOKEN, transport=github.local)
    assert [each.url for each in github.log.exchanges] == [
        "https://env.example/api/v3/repos/a/list/readme",
        "https://env.example/api/graphql",
    ]
    github.log.exchanges.clear()
    await rank_repos("a/list", token=TOKEN, transport=github.local, api_url="https://arg.example")
    assert {each.host for each in github.log.exchanges} == {"arg.example"}


async def test_the_token_is_for_the_api_alone(github: StandIn) -> None:
    """A list from anywhere else is read without the token."""
    github.files["best.md"] = File(LIST)
    await rank_repos(URL, token=TOKEN, transport=github.local)
    sent = {each.host: each.headers.get("authorization") for each in github.log.exchanges}
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
    github: StandIn, api_url: str, graphql_url: str | None
) -> None:
    """Plain http beyond loopback, credentials and what is no URL are refused; nothing is sent."""
    with pytest.raises(ConfigError):
        await rank_repos(
            "a/list",
            token=TOKEN,
            transport=github.local,
            api_url=api_url,
            graphql_url=graphql_url,
        )
    assert github.log.exchanges == []


async def test_local_lists_are_planned_without_a_request(github: StandIn, tmp_path: Path) -> None:
    """A plan reads the lists and asks about no repository; for a file it needs no network."""
    settings = Settings(lists=("a/list",))
    plan = await read_plan(settings, Context(token=Token(TOKEN), transport=github.local))
    assert [str(each.repository) for each in plan.listings][:2] == ["o/one", "o/two"]
    assert [each.path for each in github.log.exchanges] == ["/repos/a/list/readme"]
    github.log.exchanges.clear()
    (tmp_path / "x.md").write_bytes(LIST)
    plan = await read_plan(Settings(lists=("x.md",)), Context(transport=github.local))
    assert (len(plan.listings), plan.sources[0].url, github.log.exchanges) == (1, None, [])
    assert_nothing_left(github)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_by_another_server_does_not_concern_github(
    github: StandIn, status: int
) -> None:
    """A list's own server that wants credentials is a bad list, and no verdict on the token."""
    limited = faults.respond(status)
    github.faults.append(Fault(limited, kind="file", times=None))
    with pytest.raises(ListError, match=f"status {status}"):
        await rank(github, URL)
