"""A run and whose repositories they are: an Enterprise Server is a host of its own."""

from __future__ import annotations

import json

import pytest
from crawl.run.double import GRAPHQL, TOKEN, GitHubDouble

from crawler import Provider, Reason, rank_repos
from crawler.model.errors import ListError

API = "https://ghe.example.com/api/v3"
TEXT = """
* [one](https://ghe.example.com/o/one)
* [one](https://github.com/o/one)
* [two](https://github.com/o/two)
"""


@pytest.fixture
def server(github: GitHubDouble) -> GitHubDouble:
    """A server with a list of its own repositories and of some on github.com."""
    github.lists["a/list"] = TEXT
    return github


async def test_a_server_is_asked_for_its_own(server: GitHubDouble) -> None:
    """Never for those of github.com, which the report names with the reason."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=server, api_url=API)
    (query,) = [json.loads(request.content) for request in server.of(GRAPHQL)]
    assert query["variables"] == {"o0": "o", "n0": "one"}
    assert {request.url.host for request in server.asked} == {"ghe.example.com"}
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


async def test_github_is_not_asked_for_those_of_a_server(server: GitHubDouble) -> None:
    """Whose host is not known, is no repository."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=server)
    assert [row.repository for row in ranking] == ["o/two", "o/one"]
    assert {row.host for row in ranking} == {"github.com"}
    assert ranking.failures == ()


async def test_without_a_token_a_server_is_asked_by_rest(server: GitHubDouble) -> None:
    """deps.dev knows only those of github.com."""
    ranking = await rank_repos("a/list", transport=server, api_url=API)
    assert ranking.provider is Provider.REST
    assert [row.host for row in ranking] == ["ghe.example.com"]


async def test_a_list_of_another_host_is_refused(server: GitHubDouble) -> None:
    """Its README is asked of nobody; one sentence says what to give instead."""
    with pytest.raises(ListError, match=r"github\.com/a/list is on github\.com, .* source$"):
        await rank_repos("github.com/a/list", token=TOKEN, transport=server, api_url=API)
    assert server.asked == []
