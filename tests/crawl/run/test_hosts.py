"""A run and whose repositories they are: an Enterprise Server is a host of its own."""

from __future__ import annotations

import pytest
from standin import TOKEN, StandIn

from crawler import Provider, Reason, rank_repos
from crawler.model.errors import ListError

API = "https://ghe.example.com/api/v3"
TEXT = b"""
* [one](https://ghe.example.com/o/one)
* [one](https://github.com/o/one)
* [two](https://github.com/o/two)
"""


@pytest.fixture
def server(github: StandIn) -> StandIn:
    """A server with a list of its own repositories and of some on github.com."""
    github.world.change("a/list", readme=TEXT)
    return github


async def test_a_server_is_asked_for_its_own(server: StandIn) -> None:
    """Never for those of github.com, which the report names with the reason."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=server.local, api_url=API)
    (query,) = server.log.of("graphql")
    assert query.names == ("o/one",)
    assert {each.host for each in server.log.exchanges} == {"ghe.example.com"}
    assert [(row.repository, row.host, row.stars) for row in ranking] == [
        ("o/one", "ghe.example.com", 5)
    ]
    assert [(each.repository, each.host, each.reason) for each in ranking.failures] == [
        ("o/one", "github.com", Reason.OTHER_HOST),
        ("o/two", "github.com", Reason.OTHER_HOST),
    ]
    assert ranking.sources[0].url == "https://ghe.example.com/a/list"
    assert (ranking.sources[0].repositories, ranking.sums.listed) == (3, 3)
    assert ranking.complete


async def test_github_is_not_asked_for_those_of_a_server(server: StandIn) -> None:
    """Whose host is not known, is no repository."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=server.local)
    assert [row.repository for row in ranking] == ["o/two", "o/one"]
    assert {row.host for row in ranking} == {"github.com"}
    assert ranking.failures == ()


async def test_without_a_token_a_server_is_asked_by_rest(server: StandIn) -> None:
    """deps.dev knows only those of github.com."""
    ranking = await rank_repos("a/list", transport=server.local, api_url=API)
    assert ranking.provider is Provider.REST
    assert [row.host for row in ranking] == ["ghe.example.com"]


async def test_a_list_of_another_host_is_refused(server: StandIn) -> None:
    """Its README is asked of nobody; one sentence says what to give instead."""
    with pytest.raises(ListError, match=r"github\.com/a/list is on github\.com, .* source$"):
        await rank_repos("github.com/a/list", token=TOKEN, transport=server.local, api_url=API)
    assert server.log.exchanges == []
