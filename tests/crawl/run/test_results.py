"""`rank_repos()` from lists to ranking: what a run gives."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from crawl.run.running import assert_nothing_left, rank
from standin import TOKEN, Fault, Forbidden, Gate, Repository, StandIn, faults, publish

from crawler import (
    Progress,
    Provider,
    Reason,
    rank_repos,
)


async def test_a_list_is_ranked_by_stars(github: StandIn) -> None:
    """The whole way: README, one query, rows in order with what list and GitHub say."""
    ranking = await rank_repos("a/list", token=TOKEN, transport=github.local)
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


async def test_batches_settle_in_any_order(github: StandIn) -> None:
    """The ranking does not depend on which batch is answered first."""
    gate = Gate()
    github.faults += [
        Fault(faults.hold(gate), kind="graphql"),
        Fault(faults.noting(gate.open), kind="graphql", skip=2),
    ]
    ranking = await rank_repos("a/list", token=TOKEN, transport=github.local, batch_size=2)
    assert [row.repository for row in ranking] == ["o/five", "o/two", "o/one", "o/three", "o/four"]
    assert ranking.usage.graphql_points == 3


async def test_progress_is_told_from_the_start_to_the_end(github: StandIn) -> None:
    """A frozen value at the start and with each batch; done never shrinks and ends at the total."""
    github.world.remove("o/one")
    told: list[Progress] = []
    await rank(github, batch_size=2, progress=told.append)
    assert told[0] == Progress(done=0, total=5, failed=0)
    assert told[-1] == Progress(done=5, total=5, failed=1, gone=1)
    done = [each.done for each in told]
    assert (len(done), done) == (4, sorted(done))
    with pytest.raises(FrozenInstanceError):
        told[0].done = 9  # type: ignore[misc]


async def test_a_failing_progress_ends_the_run(github: StandIn) -> None:
    """What the caller's own callable raises comes back to the caller as it is."""

    def complain(_: Progress) -> None:
        raise LookupError("the caller's")

    with pytest.raises(LookupError, match="the caller's"):
        await rank_repos("a/list", token=TOKEN, transport=github.local, progress=complain)
    assert_nothing_left(github)


@pytest.mark.parametrize(("top", "rows"), [(None, 5), (0, 5), (2, 2), (50, 5)])
async def test_top_limits_the_rows_alone(github: StandIn, top: int | None, rows: int) -> None:
    """All repositories are asked about and counted, whatever the number of rows."""
    github.world.remove("o/one")
    ranking = await rank_repos("a/list", token=TOKEN, transport=github.local, top=top)
    assert len(ranking) == min(rows, 4)
    assert (ranking.sums.ranked, len(ranking.failures)) == (4, 1)


async def test_two_lists_make_one_ranking(github: StandIn) -> None:
    """What both lists name is asked once and names both; each source has its own count."""
    Path("mine.md").write_text(  # noqa: ASYNC240
        "# Mine\n\n- [Again](https://github.com/O/Two)\n- [New](https://github.com/n/new)\n",
        "utf-8",
    )
    github.world.add(Repository("n/new", 100))
    ranking = await rank_repos("a/list", Path("mine.md"), token=TOKEN, transport=github.local)
    assert [row.repository for row in ranking.top(3)] == ["o/five", "n/new", "o/two"]
    row = ranking.top(3)[2]
    assert row.sources == ("a/list", "mine.md")
    assert (row.sections, row.listed_as) == ((("Best",), ("Mine",)), ("o/two",))
    assert [(each.name, each.url, each.repositories) for each in ranking.sources] == [
        ("a/list", "https://github.com/a/list", 5),
        ("mine.md", None, 2),
    ]
    assert (ranking.sums.listed, len(github.log.of("graphql"))) == (6, 1)


async def test_a_list_that_is_named_twice_is_one_source(github: StandIn) -> None:
    """The same argument twice is read once."""
    ranking = await rank_repos("a/list", "a/list", token=TOKEN, transport=github.local)
    assert len(ranking.sources) == 1
    assert len(github.log.of("readme")) == 1


async def test_no_list_is_the_default_one(github: StandIn) -> None:
    """Without a list, quozd/awesome-dotnet is ranked."""
    publish(github.world, "quozd/awesome-dotnet", "o/two")
    ranking = await rank_repos(token=TOKEN, transport=github.local)
    assert [source.name for source in ranking.sources] == ["quozd/awesome-dotnet"]


async def test_renames_and_double_names(github: StandIn) -> None:
    """A repository that is listed under its old and its new name is one row."""
    github.world.merge("o/one", "o/two")
    ranking = await rank_repos("a/list", token=TOKEN, transport=github.local)
    (row,) = [row for row in ranking if row.renamed]
    assert (row.repository, row.listed_as) == ("o/two", ("o/one", "o/two"))
    assert (ranking.sums.ranked, ranking.sums.duplicates, ranking.sums.renamed) == (4, 1, 1)


async def test_what_is_forbidden_to_the_token_is_asked_without_it(github: StandIn) -> None:
    """A public repository whose owner refuses the token is ranked by an anonymous request, and its
    row says so."""
    github.world.change("o/two", forbidden=Forbidden("SAML enforcement."))
    ranking = await rank_repos("a/list", token=TOKEN, transport=github.local)
    assert ranking.complete
    providers = {row.repository: row.provider for row in ranking}
    assert providers.pop("o/two") == Provider.REST
    assert set(providers.values()) == {Provider.GRAPHQL}
    (request,) = github.log.of("repository")
    assert (request.names, request.authorized) == (("o/two",), False)


@pytest.mark.parametrize("include", [False, True])
async def test_private_repositories_are_not_published(github: StandIn, include: bool) -> None:
    """A private repository is not found, unless it is asked for."""
    github.world.change("o/two", private=True)
    ranking = await rank(github, include_private=include)
    assert ("o/two" in [row.repository for row in ranking]) is include
    assert [failure.reason for failure in ranking.failures] == [Reason.NOT_FOUND] * (not include)
    assert ranking.complete


async def test_all_links_can_be_ranked(github: StandIn) -> None:
    """`links` reaches the parser."""
    aside = (
        b"* [one](https://github.com/o/one)\n\nSee also https://github.com/s/aside in passing.\n"
    )
    github.world.change("a/list", readme=aside)
    github.world.add(Repository("s/aside", 1))
    entries = await rank_repos("a/list", token=TOKEN, transport=github.local)
    every = await rank_repos("a/list", token=TOKEN, transport=github.local, links="all")
    assert {row.repository for row in every} - {row.repository for row in entries} == {"s/aside"}
