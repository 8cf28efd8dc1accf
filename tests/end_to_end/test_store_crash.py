"""Runs that are ended half-way: what they learned is kept, and the next asks only for the rest."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command import Command
from remembering import JSON, LIST, asked, errors, is_sound, reasons, report, rows, store_of
from standin import TOKEN, Fault, Latency, StandIn, World, faults
from trial import made_list, made_world

MANY = 120
PATIENCE = 20.0


def by_five(command: Command, concurrency: int) -> tuple[str, ...]:
    """Flags for a JSON of many queries, as many at a time."""
    return *JSON, *command.config(batch_size=5, concurrency=concurrency)


@pytest.fixture
def many(github: StandIn, run_crawler: Command) -> Path:
    """A local list of `MANY` repositories that the stand-in knows."""
    for each in made_world(MANY):
        github.world.add(each)
    return made_list(run_crawler.cwd, MANY)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_after_a_signal(github: StandIn, run_crawler: Command, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM after five answers: those are recalled, the others are asked for."""
    github.faults.append(Fault(faults.stall(), kind="graphql", skip=1, times=1))
    process = run_crawler.start("small/list", *by_five(run_crawler, 1), token=TOKEN)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 2)
    process.send_signal(number)
    process.wait(PATIENCE)
    assert process.returncode == 128 + number
    first = set(github.log.of("graphql")[0].names)
    github.log.exchanges.clear()
    run = run_crawler("small/list", *JSON, token=TOKEN)
    document = report(run)
    assert (run.returncode, document["complete"], document["usage"]["from_store"]) == (0, True, 5)
    assert not first & set(asked(github))
    assert len(asked(github)) == LIST - 5
    assert document["changes"] is None, "a run that was ended is none to compare with"
    assert len(document["ranking"]) == 10


def test_killed_at_any_moment(github: StandIn, run_crawler: Command, many: Path) -> None:
    """kill -9 again and again: the store stays sound, nothing that was kept is asked again."""
    moments = random.Random(7)
    github.latency = Latency(query=0.03)
    known: set[str] = set()
    for _ in range(8):
        github.log.exchanges.clear()
        process = run_crawler.start("list.md", *by_five(run_crawler, 2), token=TOKEN)
        wanted = moments.randint(0, 3)
        while len(github.log.of("graphql")) < wanted and process.poll() is None:
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.1) + (0.1 if not wanted else 0))
        process.kill()
        process.wait(PATIENCE)
        assert process.stderr is not None
        assert process.stderr.read() == b""
        github.log.wait_for(lambda log: log.in_flight == 0 and log.connections == 0)
        assert not known & set(asked(github))
        known |= known_names(store_of(run_crawler))
    github.log.exchanges.clear()
    run = run_crawler("list.md", *by_five(run_crawler, 2), token=TOKEN)
    document = report(run)
    assert (run.returncode, document["complete"], len(document["ranking"])) == (0, True, MANY)
    assert len(known) > 5
    assert document["usage"]["from_store"] == len(known)
    assert asked(github) == {f"o/r{n}": 1 for n in range(MANY) if f"o/r{n}" not in known}
    assert is_sound(store_of(run_crawler))


def known_names(path: Path) -> set[str]:
    """The names that a sound store holds figures of; none where there is no store yet."""
    if not path.exists() or not path.stat().st_size:
        return set()
    assert is_sound(path)
    with closing(sqlite3.connect(path)) as connection:
        # It may have been killed before there was a table.
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if "facts" not in tables:
            return set()
        return {name for (name,) in connection.execute("SELECT full_name FROM facts")}


def test_what_was_answered_is_kept_at_once(
    github: StandIn, run_crawler: Command, many: Path
) -> None:
    """A batch that was answered while others are open survives kill -9."""
    github.faults.append(Fault(faults.stall(), kind="graphql", skip=4, times=None))
    process = run_crawler.start("list.md", *by_five(run_crawler, 1), token=TOKEN)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 5)
    # The fifth has left, so the first four have been noted; a write takes milliseconds.
    time.sleep(0.3)
    process.kill()
    process.wait(PATIENCE)
    github.faults.clear()
    github.log.exchanges.clear()
    document = report(run_crawler("list.md", *by_five(run_crawler, 2), token=TOKEN))
    assert document["usage"]["from_store"] == 20
    assert asked(github) == {f"o/r{number}": 1 for number in range(20, MANY)}


def spend_budget(github: StandIn, command: Command) -> subprocess.CompletedProcess[str]:
    """Two queries and no more."""
    return command("list.md", *by_five(command, 1), "--budget", "2", token=TOKEN)


def use_up_quota(github: StandIn, command: Command) -> subprocess.CompletedProcess[str]:
    """Two queries, then GitHub's quota is out."""
    github.world.graphql.used = github.world.graphql.limit - 2
    run = command(
        "list.md",
        *by_five(command, 1),
        "--max-wait",
        "0s",
        token=TOKEN,
    )
    github.world.graphql.used = 0
    return run


@pytest.mark.parametrize("end", [spend_budget, use_up_quota])
def test_the_next_run_asks_for_what_is_missing(
    github: StandIn,
    run_crawler: Command,
    many: Path,
    end: Callable[[StandIn, Command], subprocess.CompletedProcess[str]],
) -> None:
    """Out of budget or quota: status 3, and the next run completes it at its price."""
    run = end(github, run_crawler)
    assert run.returncode == 3
    assert set(reasons(report(run)).values()) == {"throttled"}
    assert len(report(run)["ranking"]) == 10
    github.log.exchanges.clear()
    again = run_crawler("list.md", *JSON, token=TOKEN)
    document = report(again)
    assert (again.returncode, document["usage"]["from_store"]) == (0, 10)
    assert asked(github) == {f"o/r{number}": 1 for number in range(10, MANY)}
    # Twenty a query, which is the least.
    assert document["usage"]["graphql_points"] == 6
    assert document["changes"]["dropped"] == document["changes"]["new"] == []


def test_one_that_fails_keeps_its_figure(github: StandIn, run_crawler: Command) -> None:
    """A passing failure: the last known figure, marked and with its age; status 3; asked again."""
    run_crawler("small/list", *JSON, token=TOKEN)
    github.world.change("beta/tool", stars=600)
    github.faults.append(
        Fault(faults.server_error(), kind="graphql", repository="beta/tool", times=None)
    )
    flags = ("--refresh", *run_crawler.config(batch_size=5), "--retries", "0")
    run = run_crawler("small/list", *JSON, *flags, token=TOKEN)
    document = report(run)
    row = rows(document)["beta/tool"]
    assert (run.returncode, document["complete"], row["stars"]) == (3, False, 500)
    assert (row["stale"], row["reason"], isinstance(row["age"], int)) == (True, "unavailable", True)
    assert [name for name, each in rows(document).items() if each["stale"]] == ["beta/tool"]
    assert "beta/tool" not in reasons(document)
    table = run_crawler("small/list", *JSON[:2], *flags, token=TOKEN)
    assert (table.returncode, "beta/tool (stale)" in table.stdout) == (3, True)
    assert "1 stale" in table.stdout
    assert "  Age" in table.stdout.splitlines()[0]
    # Within the age the old figure still counts, as it was read then; later it is asked again.
    github.faults.clear()
    fresh = report(run_crawler("small/list", *JSON, "--refresh", token=TOKEN))
    assert (rows(fresh)["beta/tool"]["stars"], rows(fresh)["beta/tool"]["stale"]) == (600, False)
    assert rows(fresh)["beta/tool"]["reason"] is None


def test_one_that_fails_and_is_unknown(github: StandIn, run_crawler: Command) -> None:
    """Nothing known: a failure as ever; nor does a failure count as known the next time."""
    fault = Fault(faults.server_error(), kind="graphql", repository="beta/tool", times=None)
    github.faults.append(fault)
    run = run_crawler("small/list", *JSON, "--retries", "0", token=TOKEN)
    assert (run.returncode, reasons(report(run))["beta/tool"]) == (3, "unavailable")
    github.faults.clear()
    github.log.exchanges.clear()
    again = run_crawler("small/list", *JSON, token=TOKEN)
    assert (again.returncode, asked(github)) == (0, {"beta/tool": 1})


def test_a_server_that_dies_after_the_list(github: StandIn, run_crawler: Command) -> None:
    """Everything is known from before: a report of last known figures, status 3."""
    run_crawler("small/list", *JSON, token=TOKEN)
    github.faults.append(Fault(faults.reset(), kind="graphql", times=None))
    run = run_crawler("small/list", *JSON, "--refresh", "--retries", "0", token=TOKEN)
    document = report(run)
    assert (run.returncode, len(document["ranking"])) == (3, 10)
    assert all(row["stale"] for row in document["ranking"])
    assert document["usage"]["from_store"] == 0


def test_what_is_gone_is_known(github: StandIn, run_crawler: Command) -> None:
    """Gone within the grace is not asked for; after it, it is; and it may come back."""
    run_crawler("small/list", *JSON, token=TOKEN)
    github.log.exchanges.clear()
    old = ("--max-age", "0s")
    document = report(run_crawler("small/list", *JSON, *old, token=TOKEN))
    assert asked(github)["kappa/gone"] == asked(github)["mu/dmca"] == 0
    assert reasons(document)["kappa/gone"] == "not_found"
    assert document["usage"]["from_store"] == 4
    github.log.exchanges.clear()
    run_crawler("small/list", *JSON, *run_crawler.config(gone_grace="0s"), token=TOKEN)
    assert asked(github) == {"kappa/gone": 1, "lambda/secret": 1, "mu/dmca": 1, "nu/tos": 1}


def test_gone_and_back(github: StandIn, world: World, run_crawler: Command) -> None:
    """One that goes is told as gone, not with its last figure; one that comes back has figures."""
    run_crawler("small/list", *JSON, token=TOKEN)
    lost = world.named("beta/tool")
    assert lost is not None
    world.remove("beta/tool")
    document = report(run_crawler("small/list", *JSON, "--refresh", token=TOKEN))
    assert (reasons(document)["beta/tool"], document["changes"]["gone"]) == (
        "not_found",
        ["beta/tool"],
    )
    (failure,) = [each for each in document["failures"] if each["repository"] == "beta/tool"]
    assert failure["changed"] == ["gone"]
    world.add(lost)
    within = report(run_crawler("small/list", *JSON, token=TOKEN))
    assert reasons(within)["beta/tool"] == "not_found"
    back = report(run_crawler("small/list", *JSON, "--refresh", token=TOKEN))
    assert rows(back)["beta/tool"]["changed"] == ["back"]
    assert back["changes"]["gone"] == []
    again = report(run_crawler("small/list", *JSON, "--offline"))
    assert rows(again)["beta/tool"]["stars"] == 500


def test_without_a_token_then_with_one(github: StandIn, run_crawler: Command) -> None:
    """deps.dev's figures are remembered, never taken for GitHub's; with a token GitHub is asked."""
    github.depsdev.unknown.add("iota/zero")
    first = run_crawler("small/list", *JSON)
    assert report(first)["provider"] == "depsdev"
    github.log.exchanges.clear()
    again = run_crawler("small/list", *JSON)
    assert "iota/zero" in asked(github)
    assert "alpha/tool" not in asked(github)
    assert list(rows(report(again))) == list(rows(report(first)))
    offline = report(run_crawler("small/list", *JSON, "--offline"))
    assert offline["provider"] == "depsdev"
    assert rows(offline)["alpha/tool"]["stars"] == 900
    github.log.exchanges.clear()
    github.world.change("alpha/tool", stars=990)
    document = report(run_crawler("small/list", *JSON, token=TOKEN))
    assert len(asked(github)) == LIST
    row = rows(document)["alpha/tool"]
    assert (row["provider"], row["stars"], row["gained"]) == ("graphql", 990, None)
    offline = report(run_crawler("small/list", *JSON, "--offline"))
    assert (offline["provider"], rows(offline)["alpha/tool"]["stars"]) == ("graphql", 990)
    assert errors(again) == []
