"""Star histories: whatever pieces they come in, each day keeps what was told of it last."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import NOON, facts, named
from store.samples import query, save

from crawler.model.results import Point
from crawler.model.values import FigureKind, KnownDays, StarHistory
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.records import Records

TODAY = NOON.date()


def told(name: str, number: int | None, ago: int, *days: int, until: int = 0) -> StarHistory:
    """A history that was asked for `until` days ago and begins `ago` days ago, of equal days."""
    length = ago - until + 1
    counts = tuple(days[at % len(days)] for at in range(length))
    return StarHistory(named(name), number, 100, TODAY - timedelta(ago), counts)


async def known(store: Store, name: str) -> KnownDays | None:
    """Of which days the store knows the stars."""
    return (await Records(store).load_known_days([named(name)], TODAY)).get(named(name))


def day(ago: int) -> date:
    """So many days ago."""
    return TODAY - timedelta(ago)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new one; its thread ends with the process."""
    return Store(tmp_path / "store.db")


async def test_what_is_known_is_told(store: Store) -> None:
    """The newest stretch, and the last day before today that a crawl saw."""
    with store:
        records = Records(store)
        assert await known(store, "a/a") is None
        await save(store, {"a/a": facts("a/a", 9, 1)}, NOON - timedelta(3))
        assert await known(store, "a/a") == KnownDays(None, None, None)
        old = facts("a/a", 9, 1, fetched_at=NOON - timedelta(3))
        await save(store, {"a/a": old}, NOON - timedelta(3))
        await save(store, {"a/a": facts("a/a", 9, 1)}, NOON)
        await records.save_star_histories([told("a/a", 1, 209, 1)])
        assert await known(store, "A/a") == KnownDays(day(209), TODAY, day(3))


async def test_pieces_that_meet_are_one(store: Store) -> None:
    """A later answer goes on where the one before ended, and its days count."""
    with store:
        records = Records(store)
        await records.save_star_histories([told("a/a", 1, 30, 1, until=7)])
        await records.save_star_histories([told("a/a", 1, 9, 2)])
        assert await known(store, "a/a") == KnownDays(day(30), TODAY, None)
        await records.save_star_histories([told("a/a", 1, 300, 3)])
        assert await known(store, "a/a") == KnownDays(day(300), TODAY, None)
    assert query(store.path, "SELECT count(*) FROM retained") == [1]


@pytest.mark.parametrize(("ago", "stretches"), [(7, 1), (6, 2)])
async def test_pieces_that_do_not_meet_stay_apart(store: Store, ago: int, stretches: int) -> None:
    """The day on which a history was asked was not over: only one that has it, too, goes on."""
    with store:
        await Records(store).save_star_histories([told("a/a", 1, 30, 1, until=7)])
        await Records(store).save_star_histories([told("a/a", 1, ago, 1)])
    assert query(store.path, "SELECT count(*) FROM retained") == [stretches]


async def test_a_renamed_repository_keeps_its_history(store: Store) -> None:
    """By its number; and what stood under a name alone is joined to it."""
    with store:
        records = Records(store)
        await records.save_star_histories([told("a/old", 1, 30, 1)])
        await save(store, {"a/old": facts("a/new", 9, 1)})
        assert await known(store, "a/new") == KnownDays(day(30), TODAY, None)
        await records.save_star_histories([told("b/b", None, 20, 1)])
        await save(store, {"b/b": facts("a/new", 9, 1)})
        assert await known(store, "b/b") == KnownDays(day(30), TODAY, None)
    assert query(store.path, "PRAGMA foreign_key_check") == []


async def test_a_history_is_drawn_where_nothing_was_observed(store: Store) -> None:
    """Each day has the stars that stand today, all but those that came later; where a crawl saw
    the repository, that counts, and what lies between figures that are near is left alone."""
    with store:
        for ago, stars in ((30, 96), (20, 99), (0, 100)):
            at = NOON - timedelta(ago)
            await save(store, {"a/a": facts("a/a", stars, 1, fetched_at=at)}, at)
        await Records(store).save_star_histories([told("a/a", 1, 33, 1, 0)])
        found = await store.load_history("a/a")
        timelines = await Records(store).load_timelines(
            ["a/a"], Provenance.GITHUB, day=day(31), until=TODAY
        )
    assert found is not None
    points = {(TODAY - point.day).days: (point.stars, str(point.kind)) for point in found[1]}
    assert {ago: each for ago, each in points.items() if each[1] == "observed"} == {
        30: (96, "observed"),
        20: (99, "observed"),
        0: (100, "observed"),
    }
    assert points[33] == (84, "retained")
    assert sorted(points) == [0, *range(1, 20), 20, 30, 31, 32, 33]
    assert points[1] == (100, "retained")
    assert points[19] == (91, "retained")
    assert timelines["a/a"][0] == Point(day(31), 85, FigureKind.RETAINED)
