"""`history fetch`: whole star histories, asked for one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from command import Command
from standin import TOKEN, Fault, Repository, StandIn, World, faults

STORE = ("--store", "store.db")
TODAY = datetime.now(UTC).date()
REFUSED = faults.respond(
    403, {"message": "No.", "documentation_url": "https://docs.github.com/rest"}
)


@pytest.fixture
def world() -> World:
    """One repository with a life, one without, and one of which nobody may know."""
    starred = {TODAY - timedelta(ago): 2 for ago in (0, 1, 400, 1000)}
    return World(
        [
            Repository("o/old", 108, 42, starred=starred),
            Repository("o/none", 0, 43),
            Repository("o/hidden", 9, 44, private=True),
        ],
        [TOKEN],
    )


def test_whole_lives_are_kept(github: StandIn, run_crawler: Command) -> None:
    """Page by page since the first day, once for two spellings, and `history` shows them then;
    pages that have not changed cost nothing the next time."""
    names = ("o/old", "github.com/o/none", "O/Old")
    run = run_crawler("history", "fetch", *names, *STORE, token=TOKEN)
    assert (run.returncode, run.stdout) == (0, "")
    assert "o/old: 108 stars, by day since 201" in run.stderr
    assert len(github.log.of("repository")) == 2
    weeks = (TODAY - datetime(2015, 1, 1, tzinfo=UTC).date()).days // 7
    assert len(github.log.of("history")) in {2 * (weeks // 30 + n) for n in (1, 2)}
    github.log.exchanges.clear()
    used = github.world.core.used
    assert run_crawler("history", "fetch", "o/old", *STORE, token=TOKEN).returncode == 0
    assert ({each.status for each in github.log.exchanges}, github.world.core.used) == ({304}, used)
    shown = run_crawler("history", "o/old", "-f", "csv", *STORE)
    assert f"{TODAY - timedelta(400)},o/old,github.com,104" in shown.stdout


def test_what_is_not_told_is_said(github: StandIn, run_crawler: Command) -> None:
    """Of one of two: status 3, and the other is kept. Of all: status 1."""
    run = run_crawler("history", "fetch", "o/gone", "o/old", *STORE, token=TOKEN)
    assert run.returncode == 3
    assert "o/gone: Not Found" in run.stderr
    assert run_crawler("history", "o/old", *STORE).returncode == 0
    github.faults.append(Fault(REFUSED, kind="history", times=None))
    run = run_crawler("history", "fetch", "o/old", *STORE, token=TOKEN)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [((), "Not Found"), (("include_private",), "is private, and nothing is kept")],
)
def test_a_private_repository_is_not_kept(
    run_crawler: Command, flags: tuple[str, ...], said: str
) -> None:
    """Not even where private repositories are ranked."""
    config = run_crawler.config(**dict.fromkeys(flags, True))
    run = run_crawler("history", "fetch", "o/hidden", *STORE, *config, token=TOKEN)
    assert (run.returncode, run.stdout) == (1, "")
    assert said in run.stderr
    assert run_crawler("history", "o/hidden", *STORE).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "history fetch needs a repository"),
        (("old",), "'old' is not an owner/repo"),
        (("o/old", "--since", "7d"), "--since is for what history shows"),
        (("o/old", "-o", "x.svg"), "-o is for a chart"),
        (
            ("https://gitlab.com/o/old",),
            "'https://gitlab.com/o/old' is not an owner/repo on github.com",
        ),
    ],
)
def test_what_cannot_be_fetched(
    github: StandIn, run_crawler: Command, arguments: tuple[str, ...], said: str
) -> None:
    """One sentence, status 2, and nobody is asked."""
    run = run_crawler("history", "fetch", *arguments, *STORE, token=TOKEN)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert github.log.exchanges == []
