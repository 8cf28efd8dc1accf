"""Runs that are ended half-way: what they learned is kept, and the next asks only for the rest."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from command import Command
from remembering import JSON, LIST, asked, is_sound, reasons, report, store_of
from standin import TOKEN, Fault, Log, StandIn, faults
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


def test_after_a_signal(github: StandIn, run_crawler: Command) -> None:
    """SIGTERM after five answers: those are recalled, the others are asked for."""
    github.faults.append(Fault(faults.stall(), kind="graphql", skip=1, times=1))
    process = run_crawler.start("small/list", *by_five(run_crawler, 1), token=TOKEN)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 2)
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM
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
    known: set[str] = set()
    for wanted in (0, 1, 2, 4, 8, 12):
        github.log.exchanges.clear()
        process = run_crawler.start("list.md", *by_five(run_crawler, 2), token=TOKEN)
        github.log.wait_for(partial(has_asked, wanted))
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
    assert document["usage"]["from_store"] == len(known)
    assert asked(github) == {f"o/r{n}": 1 for n in range(MANY) if f"o/r{n}" not in known}
    assert is_sound(store_of(run_crawler))


def has_asked(count: int, log: Log) -> bool:
    """Whether there were so many queries."""
    return len(log.of("graphql")) >= count


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
    # The fifth has left, so the first four are on their way to the store.
    deadline = time.monotonic() + PATIENCE
    while len(known_names(store_of(run_crawler))) < 20:
        assert time.monotonic() < deadline
    process.kill()
    process.wait(PATIENCE)
    github.faults.clear()
    github.log.exchanges.clear()
    document = report(run_crawler("list.md", *by_five(run_crawler, 2), token=TOKEN))
    assert document["usage"]["from_store"] == 20
    assert asked(github) == {f"o/r{number}": 1 for number in range(20, MANY)}


def test_the_next_run_asks_for_what_is_missing(
    github: StandIn, run_crawler: Command, many: Path
) -> None:
    """Out of budget: status 3, and the next run completes it at its price."""
    run = run_crawler("list.md", *by_five(run_crawler, 1), "--budget", "2", token=TOKEN)
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
