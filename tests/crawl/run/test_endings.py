"""`rank_repos()`: what ends a run, and what becomes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from crawl.run.double import (
    GRAPHQL,
    TOKEN,
    GitHubDouble,
    Hook,
    assert_nothing_left,
    lose_network_after,
    refuse,
)

from crawler import (
    ConfigError,
    CrawlerError,
    CredentialsError,
    ListError,
    Reason,
    RunError,
    Throttled,
    Unreachable,
    rank_repos,
)
from crawler.crawl import plan
from crawler.model.settings import ProviderName


@pytest.mark.parametrize(
    ("hook", "options", "kind"),
    [
        (refuse(GRAPHQL, 401, message="Bad credentials"), {}, CredentialsError),
        (refuse("/readme", 401, message="Bad credentials"), {}, CredentialsError),
        (refuse("/readme", 404), {}, ListError),
        (refuse("/readme", 451), {}, RunError),
        (refuse("/readme", 500), {}, RunError),
        (refuse("/readme", 429, message="slow down"), {"max_wait": 0}, Throttled),
        (refuse(GRAPHQL, 404), {}, RunError),
        (refuse(GRAPHQL, 301), {}, RunError),
        (lose_network_after(0), {}, Unreachable),
        (None, {"token": None, "provider": "graphql"}, CredentialsError),
        (None, {"token": ""}, CredentialsError),
        (None, {"token": "two\nlines"}, CredentialsError),
        (None, {"provider": "ftp"}, ConfigError),
        (None, {"links": "some"}, ConfigError),
        (None, {"concurrency": 0}, ConfigError),
        (None, {"concurrency": "16"}, ConfigError),
        (None, {"batch_size": 101}, ConfigError),
        (None, {"timeout": 0}, ConfigError),
        (None, {"top": -1}, ConfigError),
    ],
)
async def test_errors_are_plain_crawler_errors(
    github: GitHubDouble, hook: Hook | None, options: dict[str, Any], kind: type[CrawlerError]
) -> None:
    """What ends a run is one error of the tree, never a group, and it leaves nothing behind."""
    github.hook = hook
    with pytest.raises(kind) as caught:
        await rank_repos(
            "a/list", **{"token": TOKEN, "transport": github, "batch_size": 1, **options}
        )
    assert not isinstance(caught.value, BaseExceptionGroup)
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert_nothing_left(github, closed=1 if github.asked else 0)


async def test_several_lists_that_fail_are_one_error(github: GitHubDouble) -> None:
    """Of all bad lists one is told, as a plain error; the other reading is cancelled."""
    with pytest.raises(ListError):
        await rank_repos("no/where", "not/there", "a/list", token=TOKEN, transport=github)
    assert github.of(GRAPHQL) == []
    assert_nothing_left(github)


@pytest.mark.parametrize("lists", [("no list at all",), ("a/list", "topics/x")])
async def test_what_is_no_list_is_found_before_any_request(
    github: GitHubDouble, lists: tuple[str, ...]
) -> None:
    """All names are understood before the first list is read."""
    with pytest.raises(ListError):
        await rank_repos(*lists, token=TOKEN, transport=github)
    assert github.asked == []


@pytest.mark.parametrize(
    ("text", "but"),
    [
        ("# Heading\n\nWords.\n", ""),
        (
            "- [x](https://x.example)\n- [y](https://gitlab.com/y/y)\n- [z](https://z.example)\n",
            r", only what is elsewhere \(no repository link 2, gitlab.com 1\)",
        ),
        ("- [it](https://github.com/a/list/blob/main/more.md)\n", ""),
    ],
)
async def test_a_list_without_repositories_is_refused(
    github: GitHubDouble, text: str, but: str
) -> None:
    """A document that lists nothing is a bad list: exit status 2, no repository asked."""
    github.lists["a/list"] = text
    with pytest.raises(ListError, match=f"a/list lists no GitHub repository{but}; --links all"):
        await rank_repos("a/list", token=TOKEN, transport=github)
    assert github.of(GRAPHQL) == []


async def test_an_empty_list_is_called_so(github: GitHubDouble) -> None:
    """No flag would help there, so none is named."""
    github.lists["a/list"] = " \n"
    with pytest.raises(ListError, match=r"^a/list is empty$"):
        await rank_repos("a/list", token=TOKEN, transport=github)


async def test_a_document_that_the_parser_refuses_is_named(
    github: GitHubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser's sentence is told with the list that it is about."""

    def refuse_all(*_: Any, **__: Any) -> Any:
        raise ListError("it is nested too deep")

    monkeypatch.setattr(plan, "parse_list", refuse_all)
    with pytest.raises(ListError, match=r"^a/list: it is nested too deep$"):
        await rank_repos("a/list", token=TOKEN, transport=github)


async def test_a_refused_token_stops_what_has_not_started(github: GitHubDouble) -> None:
    """The README was answered: after the second 401 no further request is sent."""
    github.hook = refuse(GRAPHQL, 401, message="Bad credentials")
    with pytest.raises(CredentialsError, match="the token from the caller"):
        await rank_repos("a/list", token=TOKEN, transport=github, batch_size=1, concurrency=1)
    assert len(github.of(GRAPHQL)) == 2


@pytest.mark.parametrize("provider", ["graphql", "rest"])
async def test_a_bug_ends_the_run_and_is_no_group(
    github: GitHubDouble, provider: ProviderName
) -> None:
    """What nobody foresaw comes out bare, at once, and cancels the siblings."""
    started = asyncio.Event()

    async def hook(request: httpx.Request) -> None:
        if request.url.path.endswith("/readme"):
            return
        if len(github.asked) == 3:
            started.set()
            raise ArithmeticError("a bug")
        await asyncio.Event().wait()

    github.hook = hook
    with pytest.raises(ArithmeticError, match="a bug"):
        await rank_repos("a/list", token=TOKEN, transport=github, provider=provider, batch_size=1)
    assert started.is_set()
    assert_nothing_left(github)


DEAD_SERVER = 2 + 2 + 1 + 2 * 5
"""A list of five: all twice, three and two, two of the three, and each one twice."""


@pytest.mark.parametrize(
    ("hook", "reason", "requests"),
    [
        (refuse(GRAPHQL, 502), "unavailable", DEAD_SERVER),
        (lose_network_after(1), "unavailable", 3),
        (refuse(GRAPHQL, 403, message="API rate limit exceeded"), "throttled", 1),
    ],
)
async def test_no_answer_at_all_is_an_error(
    github: GitHubDouble, hook: Hook, reason: str, requests: int
) -> None:
    """A run in which no repository has an answer ends with what it heard, after its retries."""
    github.hook = hook
    with pytest.raises(RunError, match=f"no repository has an answer .{reason}.: "):
        await rank_repos("a/list", token=TOKEN, transport=github, retries=2, max_wait=0)
    assert len(github.of(GRAPHQL)) == requests
    assert_nothing_left(github)


async def test_one_settled_answer_is_a_report(github: GitHubDouble) -> None:
    """A repository that is known to be gone is an answer, though nothing can be ranked."""
    for name in ("o/one", "o/two", "o/three", "o/four"):
        github.errors[name] = None
    github.errors["o/five"] = {"type": "NOT_FOUND", "message": "gone"}
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    assert (len(ranking), len(ranking.failures), ranking.complete) == (0, 5, False)


async def test_a_network_that_is_lost_leaves_the_rest_unavailable(github: GitHubDouble) -> None:
    """Once a repository has an answer, the report is made of what there is."""
    github.hook = lose_network_after(3)
    ranking = await rank_repos(
        "a/list", token=TOKEN, transport=github, batch_size=2, concurrency=1, retries=1
    )
    assert len(ranking) == 4
    assert [(each.repository, each.reason) for each in ranking.failures] == [
        ("o/five", Reason.UNAVAILABLE)
    ]
    assert not ranking.complete
    assert ranking.usage.requests == 5
    assert_nothing_left(github)


async def test_a_passing_fault_leaves_no_trace(github: GitHubDouble) -> None:
    """A retry that succeeds gives a complete report; the requests count it."""
    github.hook = refuse(GRAPHQL, 502, times=1)
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    assert ranking.complete
    assert (len(ranking), ranking.usage.requests) == (5, 3)


async def test_a_fault_that_outlasts_the_retry_is_halved_away(github: GitHubDouble) -> None:
    """A query that fails twice is asked in halves, and the report is as complete."""
    github.hook = refuse(GRAPHQL, 502, times=2)
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    assert ranking.complete
    assert (len(ranking), ranking.usage.requests) == (5, 5)


async def test_a_list_is_asked_again_too(github: GitHubDouble) -> None:
    """A README whose server stumbles is retried as often as a repository."""
    github.hook = refuse("/readme", 503, times=2)
    assert len(await rank_repos("a/list", token=TOKEN, transport=github, retries=2)) == 5
    github.hook = refuse("/readme", 503, times=2)
    with pytest.raises(RunError, match="503"):
        await rank_repos("a/list", token=TOKEN, transport=github, retries=1)
