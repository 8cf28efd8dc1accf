"""A run: what ends it, and what becomes of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from crawl.run.running import assert_nothing_left, rank
from standin import TOKEN, Fault, StandIn, faults

from crawler import (
    ConfigError,
    CrawlerError,
    CredentialsError,
    ListError,
    RunError,
    Throttled,
    Unreachable,
    rank_repos,
)

NO_NETWORK = httpx.ConnectError("gone")


@pytest.mark.parametrize(
    ("fault", "kind", "options", "error"),
    [
        (faults.refuse(401, "Bad credentials"), "graphql", {}, CredentialsError),
        (faults.refuse(401, "Bad credentials"), "readme", {}, CredentialsError),
        (faults.refuse(404, "Not Found"), "readme", {}, ListError),
        (faults.respond(451, {}), "readme", {}, RunError),
        (faults.respond(500, {}), "readme", {}, RunError),
        (faults.secondary_limit(429), "readme", {"max_wait": 0}, Throttled),
        (faults.respond(404, {}), "graphql", {}, RunError),
        (faults.respond(301, {}), "graphql", {}, RunError),
        (faults.raising(NO_NETWORK), None, {}, Unreachable),
        (None, None, {"token": None, "provider": "graphql"}, CredentialsError),
        (None, None, {"token": ""}, CredentialsError),
        (None, None, {"token": "two\nlines"}, CredentialsError),
        (None, None, {"provider": "ftp"}, ConfigError),
    ],
)
async def test_errors_are_plain_crawler_errors(
    github: StandIn,
    fault: faults.Action | None,
    kind: Any,
    options: dict[str, Any],
    error: type[CrawlerError],
) -> None:
    """What ends a run is one error of the tree, never a group, and it leaves nothing behind."""
    if fault:
        github.faults.append(Fault(fault, kind=kind, times=None))
    with pytest.raises(error) as caught:
        await rank(github, **{"batch_size": 1, **options})
    assert not isinstance(caught.value, BaseExceptionGroup)
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert_nothing_left(github, closed=1 if github.log.exchanges else 0)


async def test_no_name_that_is_a_list(github: StandIn) -> None:
    """It is found before any request."""
    for lists in (["no list at all"], ["no list at all", "topics/x"]):
        with pytest.raises(ListError, match="'no list at all' is no existing file"):
            await rank(github, *lists)
    assert github.log.exchanges == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"# Heading\n\nWords.\n", "a/list lists no repository on github.com; --links all"),
        (
            b"- [x](https://x.example)\n- [y](https://gitlab.com/y/y)\n- [z](https://z.example)",
            r"a/list lists no repository on github.com, only what is elsewhere "
            r"\(no repository link 2, gitlab.com 1\); --links all",
        ),
        (
            b"- [it](https://github.com/a/list/pulls)\n",
            "a/list lists no repository on github.com; --links all",
        ),
        # No flag would help there, so none is named.
        (b" \n", "^a/list is empty$"),
        (b">" * 5000 + b" x", "^a/list: .*nested"),
    ],
)
async def test_a_document_without_repositories_is_refused(
    github: StandIn, text: bytes, said: str
) -> None:
    """What lists nothing, and what the parser refuses, is a bad list: nobody is asked about it."""
    github.world.change("a/list", readme=text)
    with pytest.raises(ListError, match=said):
        await rank_repos("a/list", token=TOKEN, transport=github.local)
    assert github.log.of("graphql") == []


@pytest.mark.parametrize("provider", ["graphql", "rest"])
async def test_a_bug_ends_the_run_and_is_no_group(github: StandIn, provider: str) -> None:
    """What nobody foresaw comes out bare, at once, and cancels the siblings."""
    bug = ArithmeticError("a bug")
    kind: Any = "graphql" if provider == "graphql" else "repository"
    github.faults += [
        Fault(faults.raising(bug), kind=kind, skip=1),
        Fault(faults.stall(), kind=kind, times=None),
    ]
    with pytest.raises(ArithmeticError) as caught:
        await rank(github, provider=provider, batch_size=1)
    assert caught.value is bug
    assert_nothing_left(github)


async def test_one_settled_answer_is_a_report(github: StandIn) -> None:
    """A repository that is known to be gone is an answer, though nothing can be ranked."""
    github.world.remove("o/five")
    others = ("o/one", "o/two", "o/three", "o/four")
    github.faults.append(Fault(faults.nullify(*others), kind="graphql", times=None))
    ranking = await rank(github)
    assert (len(ranking), len(ranking.failures), ranking.complete) == (0, 5, False)
