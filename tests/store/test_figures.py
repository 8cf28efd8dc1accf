"""Stars by day: whatever is saved, imported and renamed in whatever order, each day keeps its
last figure."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from builders import NOON, facts
from hypothesis import given
from hypothesis import strategies as st
from store.samples import TODAY, exported, history, known_facts, query, save

from crawler.model.errors import StoreError
from crawler.model.results import Point
from crawler.model.values import FigureKind
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.database import Connection
from crawler.store.records import Records

Figures = dict[int, int]

IMPORTED: Final = FigureKind.IMPORTED


@contextmanager
def new_store() -> Iterator[Store]:
    """One for each example."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.db") as store:
        yield store


DAYS = st.integers(-8, 8)
STARS = st.integers(0, 3)
BATCHES = st.lists(st.dictionaries(DAYS, STARS, min_size=1), min_size=1, max_size=6)


@given(BATCHES)
def test_the_last_import_of_a_day_counts(batches: list[Figures]) -> None:
    """Overlapping, older, younger or the same again: as in a plain dict, and in as few spans as
    there are changes."""

    async def run() -> None:
        model: Figures = {}
        with new_store() as store:
            for batch in batches:
                await store.import_figures((TODAY + d, "a/a", stars) for d, stars in batch.items())
                model |= batch
            assert await history(store, "a/a") == model
            assert await exported(store) == [
                (TODAY + day, "a/a", model[day]) for day in sorted(model)
            ]
            store.close()
            values = [model[day] for day in sorted(model)]
            changes = sum(a != b for a, b in pairwise(values))
            assert query(store.path, "SELECT count(*) FROM span") == [changes + 1]

    asyncio.run(run())


ROWS = st.lists(st.tuples(DAYS, st.sampled_from(["a/a", "A/a", "b/b"]), STARS), max_size=30)


@given(ROWS)
def test_export_gives_back_what_was_imported(rows: list[tuple[int, str, int]]) -> None:
    """Each name in its own spelling, the last figure of a day, sorted by name and day; and an
    import of that changes nothing."""
    model = {(name, day): stars for day, name, stars in rows}
    wanted = [(day, name, stars) for (name, day), stars in sorted(model.items())]

    async def run() -> None:
        with new_store() as store:
            await store.import_figures(iter(rows))
            assert await exported(store) == wanted
            await store.import_figures(iter(wanted))
            assert await exported(store) == wanted

    asyncio.run(run())


NUMBERS = st.integers(1, 2)
NAMES = st.sampled_from(["a/a", "b/b", "c/c"])
PAST = st.lists(st.tuples(st.integers(-8, 0), NAMES, STARS), max_size=15)
NUMBERED = "SELECT number FROM repository WHERE number IS NOT NULL"
CRAWLS = st.lists(st.tuples(NUMBERS, NAMES, STARS, st.booleans()), min_size=1, max_size=8)


@given(CRAWLS, PAST)
def test_a_number_keeps_its_figures_under_all_names(
    crawls: list[tuple[int, str, int, bool]], rows: list[tuple[int, str, int]]
) -> None:
    """Crawls in which repositories are renamed, swapped and taken over, with imports before: what
    GitHub said of a number on a day is its figure of that day, wherever its names wandered, and
    no figure of another number is among them."""

    async def run() -> None:
        model: dict[int, dict[int, set[int]]] = {}
        holder: dict[str, int] = {}
        name_of: dict[int, str] = {}
        with new_store() as store:
            await store.import_figures(iter(rows))
            day = 0
            for number, name, stars, same_day in crawls:
                day += not same_day
                now = NOON + timedelta(days=day)
                await save(store, {name: facts(name, stars, number, fetched_at=now)})
                model.setdefault(number, {}).setdefault(day, set()).add(stars)
                holder[name] = number
                name_of[number] = name
            for name, number in holder.items():
                found = await history(store, name)
                assert all(found[day] in said for day, said in model[number].items())
                assert not {day for day in found if day > 0} - model[number].keys()
                known = await known_facts(store, name)
                assert known
                assert (known.id, known.full_name) == (number, name_of[number])
            imported = {(day, name): stars for day, name, stars in rows}
            given_back = {(day, name): stars for day, name, stars in await exported(store)}
            assert imported.items() <= given_back.items()
            store.close()
            assert query(store.path, "PRAGMA foreign_key_check") == []
            assert sorted(query(store.path, NUMBERED)) == sorted(model)

    asyncio.run(run())


def day_of(number: int) -> date:
    """The day so many days after today."""
    return NOON.date() + timedelta(number)


DAYS_IN_ORDER = st.lists(DAYS, min_size=3, max_size=3).map(sorted)


@given(st.dictionaries(DAYS, STARS, min_size=1), DAYS_IN_ORDER)
def test_a_timeline_knows_the_baseline(figures: Figures, days: list[int]) -> None:
    """It begins with the figure that stood when it starts, and with no other from before; it holds
    the baseline of its day, ends with the last figure up to its end, and leaves out nothing but
    days that repeat the one before."""

    async def run() -> None:
        start, day, until = map(day_of, days)
        with new_store() as store:
            await store.import_figures((TODAY + d, "a/a", stars) for d, stars in figures.items())
            found = await Records(store).load_timelines(
                None, Provenance.GITHUB, start=start, day=day, until=until
            )
        points = found.get("a/a", ())
        seen = [
            Point(day_of(d), figures[d], IMPORTED) for d in sorted(figures) if day_of(d) <= until
        ]
        assert set(points) <= set(seen)
        assert list(points) == sorted(points, key=lambda point: point.day)
        assert points[-1:] == tuple(seen[-1:])
        baseline = [point for point in seen if point.day <= day][-1:]
        assert [point for point in points if point.day <= day][-1:] == baseline
        standing = [point.stars for point in seen if point.day <= start][-1:]
        assert {point.stars for point in points if point.day <= start} == set(standing)
        later = [b for a, b in pairwise(seen) if b.day > start and a.stars != b.stars]
        assert set(later) <= set(points)

    asyncio.run(run())


async def test_a_timeline_starts_on_its_day(tmp_path: Path) -> None:
    """Where no earlier start is asked for; days of one figure are two at most, or three around the
    day."""
    with Store(tmp_path / "store.db") as store:
        days = {-9: 1, -8: 2, -7: 3, -6: 3, -5: 3, -4: 3, -3: 4, -2: 4, -1: 4, 0: 5}
        await store.import_figures((TODAY + d, "a/a", stars) for d, stars in days.items())
        for start, day, until, wanted in (
            (None, -5, 0, [-7, -5, -4, -3, -1, 0]),
            (-8, -5, 0, [-8, -7, -5, -4, -3, -1, 0]),
            (-8, -5, -2, [-8, -7, -5, -4, -3, -2]),
            (None, -5, -5, [-7, -5]),
            (None, -99, -9, [-9]),
            (None, -99, -10, None),
        ):
            found = await Records(store).load_timelines(
                ["A/A", "b/b"],
                Provenance.GITHUB,
                day=day_of(day),
                until=day_of(until),
                start=None if start is None else day_of(start),
            )
            points = [] if wanted is None else [Point(day_of(d), days[d], IMPORTED) for d in wanted]
            assert found == ({} if wanted is None else {"A/A": tuple(points)})


async def test_an_import_is_several_transactions(tmp_path: Path) -> None:
    """What an unreadable row ends, keeps the portions before it, and the file can be imported
    again."""
    rows = [(TODAY + number, "a/a", number) for number in range(25)]

    def torn() -> Iterator[tuple[int, str, int]]:
        yield from rows
        raise ValueError("row 26")

    with Store(tmp_path / "store.db") as store:
        with pytest.raises(ValueError, match="row 26"):
            await store.import_figures(torn(), 10)
        assert await exported(store) == rows[:20]
        await store.import_figures(iter(rows))
        assert await exported(store) == rows


async def test_an_import_of_nothing(tmp_path: Path) -> None:
    """No rows are no error."""
    with Store(tmp_path / "store.db") as store:
        await store.import_figures([])
        assert await exported(store) == []


@pytest.mark.parametrize("stars", [2**63, -(2**63) - 1])
async def test_a_figure_beyond_all_bounds(tmp_path: Path, stars: int) -> None:
    """It is refused as one sentence, with all of its portion."""
    with Store(tmp_path / "store.db") as store:
        with pytest.raises(StoreError, match="cannot hold"):
            await store.import_figures([(TODAY, "a/a", 1), (TODAY + 1, "a/a", stars)])
        assert await exported(store) == []


async def test_readings_of_the_last_days(tmp_path: Path) -> None:
    """The last figure at or before a second, as long as it is from the last three days."""
    with Store(tmp_path / "store.db") as store:
        for hours, stars in ((-80, 1), (-50, 2), (-2, 3), (0, 4)):
            now = NOON + timedelta(hours=hours)
            await save(store, {"a/a": facts("a/a", stars, 1, fetched_at=now)}, now)
        for hours, wanted in ((1, 4), (0, 4), (-1, 3), (-2, 3), (-3, 2), (-51, None), (-90, None)):
            until = NOON + timedelta(hours=hours)
            found = (await Records(store).load_readings(["a/a"], Provenance.GITHUB, until)).get(
                "a/a"
            )
            assert (found and found.stars) == wanted
        assert await history(store, "a/a") == {-3: 1, -2: 2, 0: 4}


async def test_a_corrected_day_joins_its_neighbours(tmp_path: Path) -> None:
    """Three days of one value in the end are one span, whatever the middle was before."""
    with Store(tmp_path / "store.db") as store:
        for figures in ({0: 5, 1: 6, 2: 5}, {1: 5}):
            await store.import_figures((TODAY + d, "a/a", stars) for d, stars in figures.items())
        assert await history(store, "a/a") == {0: 5, 1: 5, 2: 5}
    assert query(store.path, "SELECT days FROM span") == [2]


async def test_the_day_of_a_baseline_is_one_that_was_seen(tmp_path: Path) -> None:
    """Within days of one value the last one up to `since` is told, not the first of them."""
    with Store(tmp_path / "store.db") as store:
        days = (-9, -8, -6, -2, 0)
        await store.import_figures((TODAY + day, "a/a", 5) for day in days)
        for since, seen in ((-7, -8), (-6, -6), (-3, -6), (-1, -2)):
            day = NOON.date() + timedelta(since)
            points = (
                await Records(store).load_timelines(
                    ["a/a"], Provenance.GITHUB, day=day, until=NOON.date()
                )
            )["a/a"]
            *_, baseline = (point for point in points if point.day <= day)
            assert baseline.day == NOON.date() + timedelta(seen)


async def test_an_imported_figure_is_given_back_beside_a_crawled_one(tmp_path: Path) -> None:
    """On a day that both know, export gives what was imported and the history what was crawled;
    days are in order, whatever their origin."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 10, 7)})
        await store.import_figures([(TODAY, "a/a", 9), (TODAY - 1, "a/a", 8)])
        await store.import_figures([(TODAY + 1, "a/a", 12)])
        assert await exported(store) == [
            (TODAY - 1, "a/a", 8),
            (TODAY, "a/a", 9),
            (TODAY + 1, "a/a", 12),
        ]
        assert await history(store, "a/a") == {-1: 8, 0: 10, 1: 12}


LONG: Final = 400
"""Days of a history that is long beside the portions in which it is imported."""


def long_history(days: int) -> list[tuple[int, str, int]]:
    """Two repositories by day, as an export by date has them: one changes daily, one never."""
    return [
        (TODAY - days + day, name, stars)
        for day in range(days)
        for name, stars in (("a/a", day), ("b/b", 5))
    ]


async def imported_again(store: Store, rows: list[tuple[int, str, int]]) -> tuple[list[str], int]:
    """What the second import of `rows` writes, and how many instructions SQLite runs for it."""
    statements: list[str] = []
    instructions = 0

    def count() -> None:
        nonlocal instructions
        instructions += 1

    def watch(found: Connection) -> None:
        found.set_trace_callback(statements.append)
        found.set_progress_handler(count, 1)

    await store.import_figures(rows, 20)
    await store.database.read(watch)
    await store.import_figures(rows, 20)
    return [each for each in statements if not each.startswith(("SELECT", "BEGIN"))], instructions


async def test_to_import_the_same_again_writes_nothing(tmp_path: Path) -> None:
    """Portion by portion: no span is taken apart and put together again."""
    with Store(tmp_path / "store.db") as store:
        rows = long_history(LONG)
        written, _ = await imported_again(store, rows)
        assert not [each for each in written if "span" in each or "series" in each]
        # Nor does anything else of the file change.
        assert {each for each in written if each != "COMMIT"} <= {
            "INSERT OR IGNORE INTO alias (key, repository) VALUES ('github.com/a/a', 1)",
            "INSERT OR IGNORE INTO alias (key, repository) VALUES ('github.com/b/b', 2)",
        }
        assert await exported(store) == sorted(rows, key=lambda row: (row[1], row[0]))


async def test_to_import_the_same_again_takes_as_long_as_it_is(tmp_path: Path) -> None:
    """Twice the days are twice the work, not four times as much: a portion looks at the spans that
    it touches, and not at all of the history."""
    work: list[int] = []
    for days in (LONG, 2 * LONG):
        with Store(tmp_path / f"{days}.db") as store:
            work.append((await imported_again(store, long_history(days)))[1])
    assert work[1] < 2.5 * work[0]


async def test_an_imported_number_is_the_repository(tmp_path: Path) -> None:
    """Under all its names: an export of a renamed repository is one in another store, too."""
    first, second = tmp_path / "store.db", tmp_path / "other.db"
    with Store(first) as store:
        await save(store, {"a/old": facts("a/old", 10, 7, fetched_at=NOON - timedelta(9))})
        await save(store, {"a/old": facts("a/new", 12, 7)})
        await store.import_figures([(TODAY - 20, "a/old", 5)])
        rows = await store.export(list)
    assert rows == [
        (TODAY, "a/new", 12, 7),
        (TODAY - 20, "a/old", 5, None),
        (TODAY - 9, "a/old", 10, 7),
    ]
    with Store(second) as store:
        await save(store, {"a/old": facts("a/old", 900, 99)})
        await store.import_figures(rows)
        assert await history(store, "a/new") == {-9: 10, 0: 12}
        # The name is somebody else's by now, and a file does not take it back.
        assert (await known_facts(store, "a/old")) == facts("a/old", 900, 99)
        assert await store.export(list) == [
            (TODAY, "a/new", 12, 7),
            (TODAY - 20, "a/old", 5, None),
            (TODAY, "a/old", 900, 99),
            (TODAY - 9, "a/old", 10, 7),
        ]
