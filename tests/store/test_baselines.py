"""What gains count from: of each kind the figure nearest to the day, and the best kind first."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import NOON, facts, named
from hypothesis import given
from hypothesis import strategies as st
from store.samples import TODAY, save, undated
from store.test_figures import new_store

from crawler.model.values import FigureKind, StarHistory
from crawler.ranking.growth import Baseline, Provenance, is_distant
from crawler.store import Store
from crawler.store.baselines import Compared
from crawler.store.records import Records

DAY = NOON.date()
OBSERVED, RETAINED, IMPORTED = FigureKind


def ago(days: int) -> date:
    """So many days before today."""
    return DAY - timedelta(days)


async def observe(store: Store, figures: Mapping[int, int], name: str = "a/a") -> None:
    """Let runs see these stars so many days ago."""
    for days, stars in sorted(figures.items(), reverse=True):
        at = NOON - timedelta(days)
        await save(store, {name: facts(name, stars, 1, fetched_at=at)}, at)


async def baseline(
    store: Store,
    since: int = 30,
    *,
    read: int = 0,
    stars: int = 1000,
    provenance: Provenance = Provenance.GITHUB,
) -> Baseline | None:
    """What the gain of a/a counts from, whose figure was read so many days ago."""
    figure = Compared(named("a/a").key, TODAY - read, stars)
    found = await Records(store).load_baselines([figure], provenance, day=ago(since), today=DAY)
    return found.get(figure.key)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new one; its thread ends with the process."""
    return Store(tmp_path / "store.db")


async def test_whether_there_is_a_past_at_all(store: Store) -> None:
    """So that nobody looks for one repository by repository where there is none."""
    records = Records(store)
    await observe(store, {0: 1000})
    assert not await records.knows_past(DAY)
    assert await records.knows_past(DAY + timedelta(days=1))
    await observe(store, {1: 1000}, "b/b")
    assert await records.knows_past(DAY)


async def test_a_star_history_is_a_past(store: Store) -> None:
    """In a store that saw the repository today for the first time."""
    records = Records(store)
    await observe(store, {0: 1000})
    await records.save_star_histories([StarHistory(named("a/a"), 1, 1000, ago(31), (1,) * 32)])
    assert await records.knows_past(DAY)


async def test_nothing_known_is_no_baseline(store: Store) -> None:
    """Nor is the figure of today itself."""
    with store:
        assert await baseline(store) is None
        await observe(store, {0: 1000})
        assert await baseline(store) is None


@pytest.mark.parametrize(
    ("seen", "nearest", "distant"),
    [
        ((60, 30, 0), 30, False),
        ((60, 31, 28, 0), 31, False),
        ((60, 35, 28, 0), 28, False),
        ((34, 26, 0), 34, False),
        ((60, 22, 0), 22, True),
        ((60, 0), 60, True),
        ((7, 0), 7, True),
    ],
)
@pytest.mark.parametrize("grows", [True, False])
async def test_the_nearest_figure_counts(
    store: Store, seen: tuple[int, ...], nearest: int, distant: bool, grows: bool
) -> None:
    """On either side of the day, the older one of two; whether or not days have one figure."""
    figures = {days: 900 - days * grows for days in seen}
    with store:
        await observe(store, figures)
        assert await baseline(store) == Baseline(
            ago(nearest), figures[nearest], OBSERVED, distant=distant
        )


async def test_a_figure_gains_nothing_on_itself(store: Store) -> None:
    """Of a stale row only what was known before it was read counts."""
    with store:
        await observe(store, {40: 900, 25: 950})
        assert await baseline(store, 10, read=25) == Baseline(ago(40), 900, distant=True)
        assert await baseline(store, 10, read=40) is None


async def test_the_best_kind_of_about_that_day_counts(store: Store) -> None:
    """An observed figure, else a retained one, else an imported one; and the nearest of all where
    there is none of about that day."""
    with store:
        await store.import_figures([(TODAY - 30, "a/a", 300)])
        assert await baseline(store) == Baseline(ago(30), 300, IMPORTED, suspicious=True)
        told = StarHistory(named("a/a"), 1, 1000, ago(31), (1,) * 32)
        await Records(store).save_star_histories([told])
        assert await baseline(store) == Baseline(ago(30), 970, RETAINED)
        await observe(store, {35: 700})
        assert await baseline(store) == Baseline(ago(35), 700, OBSERVED)
        assert await baseline(store, 300) == Baseline(ago(35), 700, OBSERVED, distant=True)
        assert await baseline(store, 2) == Baseline(ago(2), 998, RETAINED)
        await store.import_figures([(TODAY - 290, "a/a", 990)])
        assert await baseline(store, 300) == Baseline(ago(290), 990, IMPORTED, suspicious=True)


async def test_a_number_vouches_for_a_jump(store: Store) -> None:
    """What grew tenfold in a month is the same repository where runs of GitHub say so; a file or
    deps.dev knows but a name."""
    with store:
        await observe(store, {30: 100, 20: 500, 0: 1000})
        assert await baseline(store) == Baseline(ago(30), 100)
        for days, stars in {40: 100, 8: 1000}.items():
            at = NOON - timedelta(days)
            await save(store, {"a/a": undated("a/a", stars, fetched_at=at)}, at)
        undated_baseline = await baseline(store, 40, provenance=Provenance.DEPSDEV)
        assert undated_baseline == Baseline(ago(40), 100, suspicious=True)
        at = NOON - timedelta(20)
        for days, stars in {30: 150, 24: 220, 20: 320, 16: 470, 12: 700}.items():
            at = NOON - timedelta(days)
            await save(store, {"a/a": undated("a/a", stars, fetched_at=at)}, at)
        steady = await baseline(store, 40, provenance=Provenance.DEPSDEV)
        assert steady == Baseline(ago(40), 100)


PIECES = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(0, 5), min_size=1, max_size=12)),
    min_size=1,
    max_size=4,
)


@given(PIECES)
async def test_histories_in_pieces_tell_sums_of_days(pieces: list[tuple[int, list[int]]]) -> None:
    """However a history was asked for, piece by piece: the gain of each span that the last pieces
    cover without a gap is the sum of its days, each as it was told last."""
    model: dict[date, int] = {}
    last = min(DAY, ago(0))
    begin = sum(wait for wait, _ in pieces)
    with new_store() as store:
        asked = ago(begin)
        for wait, counts in pieces:
            asked += timedelta(wait)
            first = asked - timedelta(len(counts) - 1)
            model |= {first + timedelta(at): stars for at, stars in enumerate(counts)}
            told = StarHistory(named("a/a"), 1, 1000, first, tuple(counts))
            await Records(store).save_star_histories([told])
        known = (await Records(store).load_known_days([named("a/a")], DAY))[named("a/a")]
        assert known.first is not None
        last = known.last or DAY
        for span in range(1, (last - known.first).days + 2):
            day = last - timedelta(span)
            figure = Compared(named("a/a").key, TODAY - (DAY - last).days, 1000)
            found = await Records(store).load_baselines(
                [figure], Provenance.GITHUB, day=day, today=last
            )
            came = sum(stars for at, stars in model.items() if day < at <= last)
            assert (found[figure.key].day, 1000 - found[figure.key].stars) == (day, came)


async def test_real_gains_are_those_of_the_file(shared: Path, store: Store) -> None:
    """For every repository of a real history."""
    rows: defaultdict[str, dict[date, int]] = defaultdict(dict)
    with (shared / "facts" / "awesome-selfhosted-weekly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["date"] > "2025-06":
                rows[row["repository"]][date.fromisoformat(row["date"])] = int(row["stars"])
    today = max(day for figures in rows.values() for day in figures)
    epoch = DAY - timedelta(TODAY)
    with store:
        await store.import_figures(
            ((day - epoch).days, name, stars)
            for name, figures in rows.items()
            for day, stars in figures.items()
        )
        for since in (7, 30, 365):
            then = today - timedelta(since)
            newest = await Records(store).load_newest(Provenance.GITHUB, after=then, until=today)
            found = await Records(store).load_baselines(
                newest.values(), Provenance.GITHUB, day=then, today=today
            )
            assert len(newest) > 500
            for name, figure in newest.items():
                days = [day for day in rows[name] if day < epoch + timedelta(figure.day)]
                if not days:
                    assert figure.key not in found
                    continue
                day = min(days, key=lambda each: (abs((each - then).days), each))
                known = found[figure.key]
                assert (name, known.day, known.stars) == (name, day, rows[name][day])
                assert known.distant is is_distant(day, then, today)
