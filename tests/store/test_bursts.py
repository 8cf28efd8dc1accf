"""Bursts: of repositories whose whole life is known, whatever pieces of it came from where."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import NOON, facts, named
from store.samples import TODAY, save

from crawler.model.rows import Burst
from crawler.model.values import StarHistory
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.baselines import Compared
from crawler.store.records import Records

LIFE = 200


def ago(days: int) -> date:
    """So many days before today."""
    return NOON.date() - timedelta(days)


def told(until: int, *, since: int = LIFE, is_whole: bool = True) -> StarHistory:
    """A history, asked for so many days ago: 80 stars in one day a hundred days ago, and 20 on the
    last day but sixty."""
    days = [0] * (since - until + 1)
    days[since - 100] = 80
    if until < 60:
        days[since - 60] = 20
    return StarHistory(named("a/a"), 1, sum(days), ago(since), tuple(days), is_whole)


async def burst(
    store: Store, stars: int = 100, provenance: Provenance = Provenance.GITHUB
) -> Burst | None:
    """That of a/a, which has so many stars today."""
    key = named("a/a").key
    return (await Records(store).load_bursts([Compared(key, TODAY, stars)], provenance)).get(key)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new one; its thread ends with the process."""
    return Store(tmp_path / "store.db")


async def test_a_whole_life_has_a_burst(store: Store) -> None:
    """A part of it tells nothing, nor does anything to deps.dev."""
    with store:
        await Records(store).save_star_histories([told(0, is_whole=False)])
        assert await burst(store) is None
        await Records(store).save_star_histories([told(0)])
        assert await burst(store) == Burst(0.8, ago(100), 0.2)
        assert await burst(store, provenance=Provenance.DEPSDEV) is None


async def test_a_life_may_come_in_pieces(store: Store) -> None:
    """A later piece that meets the first goes on with it."""
    with store:
        await Records(store).save_star_histories([told(90)])
        await Records(store).save_star_histories([told(0, since=120, is_whole=False)])
        assert await burst(store) == Burst(0.8, ago(100), 0.2)


async def test_what_runs_saw_since_counts(store: Store) -> None:
    """Stars of the days after the history are those that runs observed; where they saw nothing
    for long, nobody knows when the stars came."""
    with store:
        await Records(store).save_star_histories([told(20)])
        assert await burst(store) is None
        for days, stars in {19: 100, 9: 200}.items():
            at = NOON - timedelta(days)
            await save(store, {"a/a": facts("a/a", stars, 1, fetched_at=at)}, at)
        assert await burst(store, 400) == Burst(0.75, ago(0), None)
