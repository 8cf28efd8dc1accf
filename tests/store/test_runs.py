"""Runs: the newest ranking of each scope and origin whole, and what each run noticed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from builders import NOON, event, failure, row
from reports.samples import EVERY_KIND, SINCE
from store.samples import EMPTY_RANKING, query
from store.tables import header_of, load_run, save_run, tabled

from crawler.model.errors import RunError, StoreError
from crawler.model.results import Event, Ranking
from crawler.model.rows import EventKind, Failure, Row
from crawler.model.values import Provider
from crawler.ranking.growth import Provenance, provenance_of
from crawler.store import Store
from crawler.store.records import Records
from crawler.store.rows import StoredRun
from crawler.store.workspace import Workspace

HOUR = timedelta(hours=1)
UNCOMPARED: dict[str, Any] = dict.fromkeys(
    (
        "gained",
        "rate",
        "moved",
        "baseline_on",
        "baseline_kind",
        "baseline_distant",
        "suspicious",
        "changed",
    )
)
LATE = NOON + 99 * HOUR


def after(hours: float, *names: str, provider: Provider = Provider.GRAPHQL) -> Ranking:
    """A run so many hours later than the first, over a list of these names."""
    at = NOON + hours * HOUR
    rows = tuple(row(name, 11, provider=provider, fetched_at=at) for name in names)
    return replace(EMPTY_RANKING, rows=rows, generated_at=at, provider=provider)


def listed(name: str, hours: float) -> Event:
    """A repository that is new on the list."""
    return event(name, kind=EventKind.LISTED, at=NOON + hours * HOUR, detail="a/list")


async def told(store: Store, scope: str, origin: Provenance = Provenance.GITHUB) -> list[str]:
    """What the runs of a scope noticed, the newest first."""
    events = await Records(store).load_events(scope, origin, until=LATE)
    return [f"{each.kind} {each.repository}" for each in events]


@pytest.mark.parametrize("ranking", [EMPTY_RANKING, EVERY_KIND, SINCE])
async def test_a_ranking_comes_back(tmp_path: Path, ranking: Ranking) -> None:
    """As it was, but for what is made anew from the store: changes, history and events."""
    with Store(tmp_path / "store.db") as store:
        await save_run(store, "scope", ranking)
        bare = replace(ranking, gained_since=None, changes=None, history={}, events=(), parts=())
        bare = replace(
            bare,
            rows=tuple(replace(each, **UNCOMPARED) for each in bare.rows),
            failures=tuple(
                replace(each, changed=None, changed_since=None) for each in bare.failures
            ),
        )
        origin = provenance_of(ranking.provider)
        for asked in (("scope", origin), ("scope", None), (None, origin), (None, None)):
            assert await load_run(store, *asked) == ("scope", bare)


async def test_runs_of_different_scopes_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Each is compared with the one before in its own scope, and the first one with none."""
    with Store(tmp_path / "store.db") as store:
        for scope, hours, name in (("a", 0, "a/a"), ("b", 1, "b/b"), ("a", 2, "a/c")):
            await save_run(store, scope, after(hours, name))
        assert await told(store, "a") == ["listed a/c", "dropped a/a"]
        assert await told(store, "b") == []
        assert await load_run(store, "a") == ("a", after(2, "a/c"))
        assert await load_run(store, "b") == ("b", after(1, "b/b"))
        assert await load_run(store) == ("a", after(2, "a/c"))
        assert await load_run(store, "c") is None
        assert await load_run(store, None, Provenance.DEPSDEV) is None


async def test_runs_of_different_origins_know_nothing_of_each_other(tmp_path: Path) -> None:
    """What deps.dev says is not compared with what GitHub said; its two interfaces are one."""
    runs = [
        after(0, "a/a"),
        after(1, "b/b", provider=Provider.DEPSDEV),
        after(2, "a/a", "a/c", provider=Provider.REST),
        after(3, "b/b", "b/c", provider=Provider.DEPSDEV),
        after(4, "a/c"),
    ]
    with Store(tmp_path / "store.db") as store:
        for run in runs:
            await save_run(store, "a", run)
        assert await told(store, "a") == ["dropped a/a", "listed a/c"]
        assert await told(store, "a", Provenance.DEPSDEV) == ["listed b/c"]
        assert await load_run(store, "a") == ("a", runs[4])
        assert await load_run(store, "a", Provenance.GITHUB) == ("a", runs[4])
        assert await load_run(store, None, Provenance.DEPSDEV) == ("a", runs[3])
        for origin, until, last in (
            (Provenance.GITHUB, LATE, 4),
            (Provenance.DEPSDEV, LATE, 3),
            (Provenance.DEPSDEV, NOON, None),
        ):
            at = await Records(store).load_run_time("a", origin, until)
            assert at == (None if last is None else runs[last].generated_at)
    assert query(store.path, "SELECT count(*) FROM run WHERE header NOTNULL") == [2]


async def test_a_run_whose_next_is_over_other_lists_is_not_compared(tmp_path: Path) -> None:
    """Standard input is another list each time."""
    with Store(tmp_path / "store.db") as store:
        for hours, name in enumerate(("a/a", "b/b")):
            await save_run(store, "a", after(hours, name), is_lasting=False)
        assert await told(store, "a") == []
        assert await load_run(store, "a") == ("a", after(1, "b/b"))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run SET header = x'00'",
        "UPDATE run SET header = x'7b7d'",
        "UPDATE ranked SET reason = 'no such reason'",
    ],
    ids=["a header that is noise", "a header without its keys", "a row that is noise"],
)
async def test_a_run_that_cannot_be_read_is_not_compared_with(tmp_path: Path, damage: str) -> None:
    """It counts as none when the next run is kept, which takes its place; until then it is told as
    damage, and the times and events of the runs before are known still."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        for hours, names in enumerate((["a/a"], ["a/a", "b/b"])):
            await save_run(store, "a", after(hours, *names))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with Store(path) as store:
        with pytest.raises((StoreError, RunError), match=r"is damaged|cannot be read"):
            await load_run(store, "a")
        for hours, name in ((2, "c/c"), (3, "d/d")):
            await save_run(store, "a", after(hours, name))
        assert await load_run(store, "a") == ("a", after(3, "d/d"))
        assert await Records(store).load_run_time("a", Provenance.GITHUB, NOON) == NOON
        assert (await told(store, "a"))[-1] == "listed b/b"


async def test_the_newest_run_is_that_of_the_latest_time(tmp_path: Path) -> None:
    """Of two at the same time the one that was kept last: the whole comes after its parts."""
    with Store(tmp_path / "store.db") as store:
        for scope, hours in (("a", 5), ("b", 1), ("c", 5), ("d", 4)):
            await save_run(store, scope, after(hours))
        assert await load_run(store) == ("c", after(5))


async def test_only_the_newest_rows_of_a_scope_are_kept(tmp_path: Path) -> None:
    """Of the others their time and their events remain, so that the file stays small."""
    with Store(tmp_path / "store.db") as store:
        for hours in range(5):
            made = replace(after(hours, f"a/r{hours}"), failures=(failure("b/b"),))
            await save_run(store, "a", made)
        await save_run(store, "b", after(9, "a/a"))
        assert await load_run(store, "a") == ("a", made)
    assert query(store.path, "SELECT count(*) FROM run") == [6]
    assert query(store.path, "SELECT count(*) FROM run WHERE header NOTNULL") == [2]
    assert query(store.path, "SELECT count(*) FROM ranked") == [2]
    assert query(store.path, "SELECT count(*) FROM failed") == [1]
    assert query(store.path, "SELECT count(*) FROM event") == [8]


async def test_the_parts_of_a_run_are_kept_with_it(tmp_path: Path) -> None:
    """Also where a list has a newer run of its own; they go with the run."""
    with Store(tmp_path / "store.db") as store:
        for hours in (0, 2):
            parts = [
                await save_run(store, scope, after(hours, f"{scope}/old")) for scope in ("b", "a")
            ]
            await save_run(store, "a b", after(hours, "a/old", "b/old"), parts=parts)
            await save_run(store, "a", after(hours + 1, "a/new"))
        found = await Records(store).load_run(Workspace(on_disk=False), "a b")
        assert [(scope, [row.repository for row in part]) for scope, part in found] == [
            ("a b", ["a/old", "b/old"]),
            ("b", ["b/old"]),
            ("a", ["a/old"]),
        ]
    assert query(store.path, "SELECT count(*) FROM run WHERE header NOTNULL") == [4]


async def test_the_run_at_or_before_a_time(tmp_path: Path) -> None:
    """To the microsecond, in its scope."""
    moment = timedelta(microseconds=1)
    with Store(tmp_path / "store.db") as store:
        assert await Records(store).load_run_time("a", Provenance.GITHUB, NOON) is None
        for hours in (0, 2):
            await save_run(store, "a", after(hours))
        await save_run(store, "b", after(1))
        for until, wanted in (
            (NOON - moment, None),
            (NOON, NOON),
            (NOON + 2 * HOUR - moment, NOON),
            (NOON + 2 * HOUR, NOON + 2 * HOUR),
            (NOON + 99 * HOUR, NOON + 2 * HOUR),
        ):
            assert await Records(store).load_run_time("a", Provenance.GITHUB, until) == wanted


async def test_events_newest_first(tmp_path: Path) -> None:
    """Those after one time and up to another, as many as are wanted; within a run in the order
    they were told."""
    gone = event("b/b", kind=EventKind.GONE, at=NOON + HOUR, detail="not_found")
    both = (listed("a/a", 0), listed("b/b", 0))
    moment = timedelta(microseconds=1)
    late = NOON + 9 * HOUR
    with Store(tmp_path / "store.db") as store:
        await save_run(store, "a", after(-1))
        await save_run(store, "a", after(0, "a/a", "b/b"))
        lost = replace(after(1, "a/a"), failures=(failure("b/b"),))
        await save_run(store, "a", lost)
        await save_run(store, "b", after(2, "c/c"))

        async def load(until: datetime = late, **more: Any) -> tuple[Event, ...]:
            return await Records(store).load_events("a", Provenance.GITHUB, until=until, **more)

        assert await load() == (gone, *both)
        assert await load(after=NOON) == (gone,)
        assert await load(after=NOON - moment) == (gone, *both)
        assert await load(after=NOON + HOUR) == ()
        assert await load(NOON + HOUR) == (gone, *both)
        assert await load(NOON + HOUR - moment) == both
        assert await load(NOON - moment) == ()
        assert await load(limit=2) == (gone, both[0])
        assert await load(limit=0) == ()
        assert await Records(store).load_events("c", Provenance.GITHUB, until=late) == ()


class Broken(StoredRun):
    """A run whose rows cannot be read."""

    def columns(self, number: int) -> NoReturn:
        """Nothing but an error."""
        raise LookupError("a bug")


async def test_a_run_that_cannot_be_kept_whole_is_not_kept(tmp_path: Path) -> None:
    """The one before keeps its place, and is whole."""
    with Store(tmp_path / "store.db") as store:
        await save_run(store, "a", after(0, "a/a"))
        made = tabled(after(1, "b/b"))
        with pytest.raises(LookupError):
            await Records(store).save_run(
                "a", header_of(after(1)), Broken(made.workspace, made.number, made.now)
            )
        assert await load_run(store, "a") == ("a", after(0, "a/a"))
        assert await Records(store).load_run_time("a", Provenance.GITHUB, LATE) == NOON


def aged(ranking: Ranking) -> Ranking:
    """A ranking whose figures are as old as its time says."""
    ages = ((ranking.generated_at - each.fetched_at).total_seconds() for each in ranking.rows)
    rows = (replace(row, age=int(age)) for row, age in zip(ranking.rows, ages, strict=True))
    return replace(ranking, rows=tuple(rows))


async def test_runs_with_the_same_rows_share_them(tmp_path: Path) -> None:
    """As those of a rerun that asks for nothing; each has its own time, and tells its own news."""
    rows = "SELECT count(*) FROM ranked"
    first = replace(after(0, "a/a", "b/b"), failures=(failure("c/c"),))
    second, third = (replace(first, generated_at=NOON + hours * HOUR) for hours in (1, 2))
    last = replace(second, rows=first.rows[:1], generated_at=NOON + 3 * HOUR)
    with Store(tmp_path / "store.db") as store:
        for run in (first, second, third):
            await save_run(store, "a", run)
            assert await load_run(store, "a") == ("a", aged(run))
            assert query(store.path, rows) == [2]
        assert await told(store, "a") == []
        await save_run(store, "a", last)
        assert await load_run(store, "a") == ("a", aged(last))
        assert query(store.path, rows) == [1]
        assert await told(store, "a") == ["dropped b/b"]


@pytest.mark.parametrize("more", [row("a/b", 11, fetched_at=NOON), failure("c/d")])
async def test_a_row_more_is_another_run(tmp_path: Path, more: Row | Failure) -> None:
    """What the lists list besides is news, in the last place, too."""
    first = replace(after(0, "a/a"), failures=(failure("c/c"),))
    second = replace(after(1), rows=first.rows, failures=first.failures)
    if isinstance(more, Row):
        second = replace(second, rows=(*second.rows, more))
    else:
        second = replace(second, failures=(*second.failures, more))
    with Store(tmp_path / "store.db") as store:
        for run in (first, second):
            await save_run(store, "a", run)
        assert await load_run(store, "a") == ("a", aged(second))
        assert len(await told(store, "a")) == 1
