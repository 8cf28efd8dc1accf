"""`rank_repos()` from lists to ranking: what a run gives."""

from __future__ import annotations

import asyncio
from dataclasses import FrozenInstanceError
from pathlib import Path

import httpx
import pytest
from crawl.run.double import (
    GRAPHQL,
    TOKEN,
    GitHubDouble,
    assert_nothing_left,
    refuse,
)

from crawler import (
    Progress,
    Provider,
    Reason,
    rank_repos,
)
from crawler.sources.github.graphql import NO_REASON


async def test_a_list_is_ranked_by_stars(github: GitHubDouble) -> None:
    """The whole way: README, one query, rows in order with what list and GitHub say."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    assert [(row.rank, row.repository, row.stars) for row in ranking] == [
        (1, "o/five", 900),
        (2, "o/two", 70),
        (3, "o/one", 5),
        (3, "o/three", 5),
        (5, "o/four", 0),
    ]
    first = ranking.top(1)[0]
    assert (first.title, first.sections, first.sources) == ("o/five", (("Best",),), ("a/list",))
    assert (first.description, first.provider) == ("About o/five.", Provider.GRAPHQL)
    (source,) = ranking.sources
    assert (source.name, source.url, source.repositories) == (
        "a/list",
        "https://github.com/a/list",
        5,
    )
    usage = ranking.usage
    assert (usage.requests, usage.graphql_points, usage.rest_requests) == (2, 1, 1)
    assert usage.seconds >= 0
    assert ranking.complete
    assert_nothing_left(github)


async def test_batches_settle_in_any_order(github: GitHubDouble) -> None:
    """The ranking does not depend on which batch is answered first."""
    first_waits = asyncio.Event()

    async def hook(request: httpx.Request) -> None:
        if request.url.path == GRAPHQL:
            if len(github.of(GRAPHQL)) == 1:
                await first_waits.wait()
            elif len(github.of(GRAPHQL)) == 3:
                first_waits.set()

    github.hook = hook
    ranking = await rank_repos("a/list", token=TOKEN, transport=github, batch_size=2)
    assert [row.repository for row in ranking] == ["o/five", "o/two", "o/one", "o/three", "o/four"]
    assert ranking.usage.graphql_points == 3


async def test_progress_is_told_from_the_start_to_the_end(github: GitHubDouble) -> None:
    """A frozen value at the start and with each batch; done never shrinks and ends at the total."""
    github.errors["o/one"] = {"type": "NOT_FOUND", "message": "gone"}
    told: list[Progress] = []
    await rank_repos("a/list", token=TOKEN, transport=github, batch_size=2, progress=told.append)
    assert told[0] == Progress(done=0, total=5, failed=0)
    assert told[-1] == Progress(done=5, total=5, failed=1)
    done = [each.done for each in told]
    assert (len(done), done) == (4, sorted(done))
    with pytest.raises(FrozenInstanceError):
        told[0].done = 9  # type: ignore[misc]


async def test_a_failing_progress_ends_the_run(github: GitHubDouble) -> None:
    """What the caller's own callable raises comes back to the caller as it is."""

    def complain(_: Progress) -> None:
        raise LookupError("the caller's")

    with pytest.raises(LookupError, match="the caller's"):
        await rank_repos("a/list", token=TOKEN, transport=github, progress=complain)
    assert_nothing_left(github)


@pytest.mark.parametrize(("top", "rows"), [(None, 5), (0, 5), (2, 2), (50, 5)])
async def test_top_limits_the_rows_alone(github: GitHubDouble, top: int | None, rows: int) -> None:
    """All repositories are asked about and counted, whatever the number of rows."""
    github.errors["o/one"] = {"type": "NOT_FOUND", "message": "gone"}
    ranking = await rank_repos("a/list", token=TOKEN, transport=github, top=top)
    assert len(ranking) == min(rows, 4)
    assert (ranking.sums.ranked, len(ranking.failures)) == (4, 1)


async def test_two_lists_make_one_ranking(github: GitHubDouble) -> None:
    """What both lists name is asked once and names both; each source has its own count."""
    Path("mine.md").write_text(  # noqa: ASYNC240
        "# Mine\n\n- [Again](https://github.com/O/Two)\n- [New](https://github.com/n/new)\n",
        "utf-8",
    )
    github.stars["n/new"] = 100
    ranking = await rank_repos("a/list", Path("mine.md"), token=TOKEN, transport=github)
    assert [row.repository for row in ranking.top(3)] == ["o/five", "n/new", "o/two"]
    row = ranking.top(3)[2]
    assert row.sources == ("a/list", "mine.md")
    assert (row.sections, row.listed_as) == ((("Best",), ("Mine",)), ("o/two",))
    assert [(each.name, each.url, each.repositories) for each in ranking.sources] == [
        ("a/list", "https://github.com/a/list", 5),
        ("mine.md", None, 2),
    ]
    assert (ranking.sums.listed, len(github.of(GRAPHQL))) == (6, 1)


async def test_a_list_that_is_named_twice_is_one_source(github: GitHubDouble) -> None:
    """The same argument twice is read once."""
    ranking = await rank_repos("a/list", "a/list", token=TOKEN, transport=github)
    assert len(ranking.sources) == 1
    assert len(github.of("/readme")) == 1


async def test_no_list_is_the_default_one(github: GitHubDouble) -> None:
    """Without a list, quozd/awesome-dotnet is ranked."""
    github.publish("quozd/awesome-dotnet", "o/two")
    ranking = await rank_repos(token=TOKEN, transport=github)
    assert [source.name for source in ranking.sources] == ["quozd/awesome-dotnet"]


async def test_renames_and_double_names(github: GitHubDouble) -> None:
    """A repository that is listed under its old and its new name is one row."""
    github.renamed = {"o/one": "o/two"}
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    (row,) = [row for row in ranking if row.renamed]
    assert (row.repository, row.listed_as) == ("o/two", ("o/one", "o/two"))
    assert (ranking.sums.ranked, ranking.sums.duplicates, ranking.sums.renamed) == (4, 1, 1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"type": "NOT_FOUND", "message": "Could not resolve."}, Reason.NOT_FOUND),
        ({"type": "FORBIDDEN", "message": "SAML enforcement."}, Reason.FORBIDDEN),
        ({"message": "Repository access blocked"}, Reason.BLOCKED),
        ({"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Too much."}, Reason.UNAVAILABLE),
        ({"type": "INTERNAL", "message": "Something went wrong."}, Reason.UNAVAILABLE),
        (None, Reason.MALFORMED),
    ],
)
async def test_a_refused_repository_is_a_failure(
    github: GitHubDouble, error: dict[str, str] | None, reason: Reason
) -> None:
    """One alias that is refused is a failure with its reason, and its siblings are ranked."""
    github.errors["o/two"] = error
    github.hook = refuse("/repos/o/two", 403, message="Not for anybody.")
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    (failure,) = ranking.failures
    assert (failure.repository, failure.reason) == ("o/two", reason)
    assert failure.sources == ("a/list",)
    assert failure.message == (error["message"] if error else NO_REASON)
    assert ranking.complete is not reason.retryable
    assert (len(ranking), ranking.sums.failed) == (4, ((reason, 1),))


async def test_what_is_forbidden_to_the_token_is_asked_without_it(github: GitHubDouble) -> None:
    """A public repository whose owner refuses the token is ranked by an anonymous request, and its
    row says so."""
    github.errors["o/two"] = {"type": "FORBIDDEN", "message": "SAML enforcement."}
    ranking = await rank_repos("a/list", token=TOKEN, transport=github)
    assert ranking.complete
    providers = {row.repository: row.provider for row in ranking}
    assert providers.pop("o/two") is Provider.REST
    assert set(providers.values()) == {Provider.GRAPHQL}
    (request,) = github.of("/repos/o/two")
    assert "authorization" not in request.headers


@pytest.mark.parametrize("include", [False, True])
async def test_private_repositories_are_not_published(github: GitHubDouble, include: bool) -> None:
    """A private repository is not found, unless it is asked for."""
    github.private = {"o/two"}
    ranking = await rank_repos("a/list", token=TOKEN, transport=github, include_private=include)
    assert ("o/two" in [row.repository for row in ranking]) is include
    assert [failure.reason for failure in ranking.failures] == [Reason.NOT_FOUND] * (not include)
    assert ranking.complete


async def test_all_links_can_be_ranked(github: GitHubDouble) -> None:
    """`links` reaches the parser."""
    github.lists["a/list"] += "\nSee also https://github.com/s/aside in passing.\n"
    github.stars["s/aside"] = 1
    entries = await rank_repos("a/list", token=TOKEN, transport=github)
    every = await rank_repos("a/list", token=TOKEN, transport=github, links="all")
    assert {row.repository for row in every} - {row.repository for row in entries} == {"s/aside"}
