"""Runs: the newest ranking of each scope and origin whole, and what each run noticed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, event
from reports.samples import EVERY_KIND, SINCE
from store.samples import EMPTY_RANKING, query

from crawler.model.errors import StoreError
from crawler.model.results import Event, EventKind, Ranking
from crawler.model.values import Provider
from crawler.ranking.growth import Origin, origin_of
from crawler.store import Store

HOUR = timedelta(hours=1)


def after(hours: float, provider: Provider = Provider.GRAPHQL) -> Ranking:
    """A ranking that was made so many hours later than the first."""
    return replace(EMPTY_RANKING, generated_at=NOON + hours * HOUR, provider=provider)


def nothing(_: Ranking | None, __: Ranking) -> list[Event]:
    """Nothing happened from one run to the next."""
    return []


def listed(name: str, hours: float = 0) -> Event:
    """A repository that is new on the list."""
    return event(name, 1, kind=EventKind.LISTED, at=NOON + hours * HOUR)


@pytest.mark.parametrize("ranking", [EMPTY_RANKING, EVERY_KIND, SINCE])
async def test_a_ranking_comes_back(tmp_path: Path, ranking: Ranking) -> None:
    """As it was, but for what is made anew from the store: changes, history and events."""
    with Store(tmp_path / "store.db") as store:
        await store.save_run("scope", ranking, nothing)
        bare = replace(ranking, changes=None, history={}, events=(), parts=())
        origin = origin_of(ranking.provider)
        for asked in (("scope", origin), ("scope", None), (None, origin), (None, None)):
            assert await store.load_run(*asked) == ("scope", bare)


async def test_runs_of_different_scopes_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Each is compared with the one before in its own scope, and None is the first of one."""
    compared: list[tuple[Ranking | None, Ranking]] = []

    def note(before: Ranking | None, now: Ranking) -> Sequence[Event]:
        compared.append((before, now))
        return []

    with Store(tmp_path / "store.db") as store:
        for scope, hours in (("a", 0), ("b", 1), ("a", 2), ("b", 3)):
            await store.save_run(scope, after(hours), note)
        assert compared == [
            (None, after(0)),
            (None, after(1)),
            (after(0), after(2)),
            (after(1), after(3)),
        ]
        assert await store.load_run("a") == ("a", after(2))
        assert await store.load_run("b") == ("b", after(3))
        assert await store.load_run() == ("b", after(3))
        assert await store.load_run("c") is None
        assert await store.load_run(None, Origin.DEPSDEV) is None


async def test_runs_of_different_origins_know_nothing_of_each_other(tmp_path: Path) -> None:
    """What deps.dev says is not compared with what GitHub said; its two interfaces are one."""
    compared: list[tuple[Ranking | None, Ranking]] = []

    def note(before: Ranking | None, now: Ranking) -> Sequence[Event]:
        compared.append((before, now))
        return [event(str(now.provider), 1, kind=EventKind.LISTED, at=now.generated_at)]

    runs = [
        after(hours, provider)
        for hours, provider in enumerate(
            [Provider.GRAPHQL, Provider.DEPSDEV, Provider.REST, Provider.DEPSDEV, Provider.GRAPHQL]
        )
    ]
    first, undated, second, undated_later, third = runs
    with Store(tmp_path / "store.db") as store:
        for run in runs:
            await store.save_run("a", run, note)
        assert compared == [
            (None, first),
            (None, undated),
            (first, second),
            (undated, undated_later),
            (second, third),
        ]
        assert await store.load_run("a") == ("a", third)
        assert await store.load_run("a", Origin.GITHUB) == ("a", third)
        assert await store.load_run(None, Origin.DEPSDEV) == ("a", undated_later)
        late = NOON + 9 * HOUR
        assert await store.load_run_time("a", Origin.GITHUB, late) == third.generated_at
        assert await store.load_run_time("a", Origin.DEPSDEV, late) == undated_later.generated_at
        assert await store.load_run_time("a", Origin.DEPSDEV, NOON) is None
        told = await store.load_events("a", Origin.DEPSDEV, until=late)
        assert [event.at for event in told] == [undated_later.generated_at, undated.generated_at]
        told = await store.load_events("a", Origin.GITHUB, until=late)
        assert [event.repository for event in told] == ["graphql", "rest", "graphql"]
    assert query(store.path, "SELECT count(*) FROM run WHERE ranking NOTNULL") == [2]


@pytest.mark.parametrize(
    "stored",
    [b"", b"no ranking", zlib.compress(b"no JSON"), zlib.compress(b'{"rows": 1}')],
    ids=["nothing", "noise", "text", "another version"],
)
async def test_a_ranking_that_cannot_be_read_is_not_compared_with(
    tmp_path: Path, stored: bytes
) -> None:
    """It counts as none when the next run is kept, which takes its place; until then it is told as
    damage, and the times and events of the runs before are known still."""
    compared: list[Ranking | None] = []

    def note(before: Ranking | None, _: Ranking) -> Sequence[Event]:
        compared.append(before)
        return []

    path = tmp_path / "store.db"
    with Store(path) as store:
        await store.save_run("a", after(0), lambda _, __: [listed("a/a")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE run SET ranking = ?", [stored])
    with Store(path) as store:
        with pytest.raises(StoreError, match="is damaged"):
            await store.load_run("a")
        for hours in (1, 2):
            await store.save_run("a", after(hours), note)
        assert compared == [None, after(1)]
        assert await store.load_run("a") == ("a", after(2))
        assert await store.load_run_time("a", Origin.GITHUB, NOON) == NOON
        late = NOON + 9 * HOUR
        assert await store.load_events("a", Origin.GITHUB, until=late) == (listed("a/a"),)


async def test_the_newest_run_is_that_of_the_latest_time(tmp_path: Path) -> None:
    """Of two at the same time the one that was kept last: the whole comes after its parts."""
    with Store(tmp_path / "store.db") as store:
        for scope, hours in (("a", 5), ("b", 1), ("c", 5), ("d", 4)):
            await store.save_run(scope, after(hours), nothing)
        assert await store.load_run() == ("c", after(5))


async def test_only_the_newest_ranking_of_a_scope_is_kept_whole(tmp_path: Path) -> None:
    """Of the others their time and their events remain, so that the file stays small."""
    with Store(tmp_path / "store.db") as store:
        for hours in range(5):
            await store.save_run("a", after(hours), lambda _, __: [listed("a/a")])
        await store.save_run("b", after(9), nothing)
    assert query(store.path, "SELECT count(*) FROM run") == [6]
    assert query(store.path, "SELECT count(*) FROM run WHERE ranking NOTNULL") == [2]
    assert query(store.path, "SELECT count(*) FROM event") == [5]


async def test_the_run_at_or_before_a_time(tmp_path: Path) -> None:
    """To the microsecond, in its scope."""
    moment = timedelta(microseconds=1)
    with Store(tmp_path / "store.db") as store:
        assert await store.load_run_time("a", Origin.GITHUB, NOON) is None
        for hours in (0, 2):
            await store.save_run("a", after(hours), nothing)
        await store.save_run("b", after(1), nothing)
        for until, wanted in (
            (NOON - moment, None),
            (NOON, NOON),
            (NOON + 2 * HOUR - moment, NOON),
            (NOON + 2 * HOUR, NOON + 2 * HOUR),
            (NOON + 99 * HOUR, NOON + 2 * HOUR),
        ):
            assert await store.load_run_time("a", Origin.GITHUB, until) == wanted


async def test_events_newest_first(tmp_path: Path) -> None:
    """Those after one time and up to another, as many as are wanted; within a run in the order
    they were told."""
    gone = event("b/b", kind=EventKind.GONE, at=NOON + HOUR, detail="not_found")
    both = (listed("a/a"), listed("b/b"))
    moment = timedelta(microseconds=1)
    late = NOON + 9 * HOUR
    with Store(tmp_path / "store.db") as store:
        await store.save_run("a", after(0), lambda _, __: both)
        await store.save_run("a", after(1), lambda _, __: [gone])
        await store.save_run("b", after(2), lambda _, __: [listed("c/c", 2)])

        async def load(until: datetime = late, **more: Any) -> tuple[Event, ...]:
            return await store.load_events("a", Origin.GITHUB, until=until, **more)

        assert await load() == (gone, *both)
        assert await load(after=NOON) == (gone,)
        assert await load(after=NOON - moment) == (gone, *both)
        assert await load(after=NOON + HOUR) == ()
        assert await load(NOON + HOUR) == (gone, *both)
        assert await load(NOON + HOUR - moment) == both
        assert await load(NOON - moment) == ()
        assert await load(limit=2) == (gone, listed("a/a"))
        assert await load(limit=0) == ()
        assert await store.load_events("c", Origin.GITHUB, until=late) == ()


async def test_a_run_whose_comparison_fails_is_not_kept(tmp_path: Path) -> None:
    """The one before keeps its place, and is whole."""

    def fail(_: Ranking | None, __: Ranking) -> Sequence[Event]:
        raise LookupError("a bug")

    with Store(tmp_path / "store.db") as store:
        await store.save_run("a", after(0), nothing)
        with pytest.raises(LookupError):
            await store.save_run("a", after(1), fail)
        assert await store.load_run("a") == ("a", after(0))
        assert await store.load_run_time("a", Origin.GITHUB, NOON + 9 * HOUR) == NOON
