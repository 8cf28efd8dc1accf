"""The store's own thread: the event loop goes on meanwhile, and what was begun is finished."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, facts
from store.samples import EMPTY_RANKING, TODAY, known_facts, query, save
from store.tables import header_of, tabled

from crawler.model.errors import StoreError
from crawler.model.values import RepositoryName
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.database import Connection, Database
from crawler.store.records import Records
from crawler.store.rows import StoredRun

ADD_ALIAS = "INSERT INTO alias (key, repository) SELECT 'github.com/b/b', id FROM repository"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store with one repository."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    return store.path


class Held:
    """Work that waits in the store's thread until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, found: Connection) -> str:
        """Add a name, and come to an end only when that is wanted."""
        self.begun.set()
        assert self.let_go.wait(30)
        found.execute(ADD_ALIAS)
        return "done"

    async def seen(self) -> None:
        """Wait until it has begun."""
        assert await asyncio.to_thread(self.begun.wait, 30)


def spied(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads in which a database works, one for each time."""
    threads: list[int] = []
    transact = database._transact

    def note(begin: str, work: Callable[[Connection], object], *more: Any) -> object:
        threads.append(threading.get_ident())
        return transact(begin, work, *more)

    monkeypatch.setattr(database, "_transact", note)
    return threads


async def test_all_work_is_done_in_one_other_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked of a store, and what it is handed to consume or to call as well."""
    async with Store(tmp_path / "store.db") as store:
        threads = spied(store.database, monkeypatch)
        called: list[int] = []

        def note(result: object = None) -> object:
            called.append(threading.get_ident())
            return result

        await save(store, {"a/a": facts("a/a", 1, 1)})
        await store.import_figures(note((TODAY, "a/a", 1)) for _ in range(1))  # type: ignore[misc]
        await store.export(lambda rows: note(list(rows)))
        made = tabled(EMPTY_RANKING)
        with monkeypatch.context() as patch:
            patch.setattr(StoredRun, "columns", lambda *_: note(((), ())))
            await Records(store).save_run("scope", header_of(EMPTY_RANKING), made)
        await Records(store).load_known(
            [RepositoryName("a/a", "github.com")], Provenance.GITHUB, ""
        )
        await store.load_history("a/a")
        await Records(store).load_timelines(
            None, Provenance.GITHUB, day=NOON.date(), until=NOON.date()
        )
        await Records(store).load_readings(["a/a"], Provenance.GITHUB, NOON)
        await Records(store).load_run(made.workspace)
        await Records(store).load_run_time("scope", Provenance.GITHUB, NOON)
        await Records(store).load_events("scope", Provenance.GITHUB, until=NOON)
        await Records(store).find_viewer(None)
        await Records(store).save_list("place", "text")
        await Records(store).load_list("place")
        assert len(threads) == 15
        assert len(called) == 3
        assert len({*threads, *called}) == 1
        assert threading.get_ident() not in threads


async def test_the_loop_goes_on_while_the_store_works(path: Path) -> None:
    """A write that cannot end before the loop has taken many turns."""
    database = Database(path)
    held = Held()
    writing = asyncio.create_task(database.write(held))
    await held.seen()
    for _ in range(100):
        await asyncio.sleep(0)
    assert not writing.done()
    held.let_go.set()
    assert await writing == "done"
    database.close()


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_a_cancelled_writer_finishes_its_write(path: Path, times: int) -> None:
    """However often it is cancelled; the cancellation comes through after that."""
    database = Database(path)
    held = Held()
    writing = asyncio.create_task(database.write(held))
    await held.seen()
    for _ in range(times):
        writing.cancel()
        await asyncio.sleep(0)
    assert not writing.done()
    held.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    database.close()
    assert query(path, "SELECT key FROM alias") == ["github.com/a/a", "github.com/b/b"]


async def test_a_cancelled_write_that_fails_is_rolled_back(path: Path) -> None:
    """The caller hears of the cancellation, and nobody of an error that was never asked for."""
    database = Database(path)
    held = Held()

    def fail(found: Connection) -> None:
        held(found)
        raise StoreError("no more")

    writing = asyncio.create_task(database.write(fail))
    await held.seen()
    writing.cancel()
    await asyncio.sleep(0)
    held.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    database.close()
    assert query(path, "SELECT key FROM alias") == ["github.com/a/a"]


async def test_a_write_that_waits_for_its_turn_is_not_lost(path: Path) -> None:
    """Cancelled before it has begun, behind another one, it is done all the same."""
    database = Database(path)
    first, second = Held(), Held()
    second.let_go.set()
    tasks = [asyncio.create_task(database.write(held)) for held in (first, second)]
    await first.seen()
    tasks[1].cancel()
    await asyncio.sleep(0)
    assert not second.begun.is_set()
    assert not tasks[1].done()

    def rename(found: Connection) -> None:
        found.execute("UPDATE alias SET key = 'github.com/c/c' WHERE key = 'github.com/b/b'")

    between = asyncio.create_task(database.write(rename))
    await asyncio.sleep(0)
    first.let_go.set()
    # The second adds the same name again, and fails on its own.
    results = await asyncio.gather(*tasks, between, return_exceptions=True)
    assert results[0] == "done"
    assert isinstance(results[1], asyncio.CancelledError)
    database.close()
    assert query(path, "SELECT key FROM alias") == ["github.com/a/a", "github.com/c/c"]


async def test_a_cancelled_reader_leaves_at_once(path: Path) -> None:
    """Nothing depends on what it would have read, and the store goes on after it."""
    database = Database(path)
    begun, let_go = threading.Event(), threading.Event()

    def read(_: Connection) -> None:
        begun.set()
        assert let_go.wait(30)

    reading = asyncio.create_task(database.read(read))
    assert await asyncio.to_thread(begun.wait, 30)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    let_go.set()
    assert await database.read(lambda found: found.execute("SELECT 1").fetchone()) == (1,)
    database.close()


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), OSError(32, "mine")])
async def test_an_error_of_the_work_undoes_it(path: Path, error: BaseException) -> None:
    """It comes through as it is, nothing of the work stays, and the store goes on."""
    database = Database(path)

    def fail(found: Connection) -> None:
        found.execute("DELETE FROM alias")
        raise error

    # An interrupt does not pass through a task; the thread's own future hands it over.
    future = database._submit("BEGIN IMMEDIATE", fail)
    assert await asyncio.to_thread(future.exception) is error
    assert await database.read(lambda found: found.execute("SELECT * FROM alias").fetchall())
    database.close()


async def test_an_error_of_the_import_is_not_the_store_s(path: Path) -> None:
    """A file that cannot be read on, or a reader that has gone, is no fault of the store."""
    with Store(path) as store:

        def rows() -> Iterator[tuple[int, str, int]]:
            yield TODAY, "b/b", 1
            raise OSError(5, "Input/output error")

        with pytest.raises(OSError, match="Input/output error"):
            await store.import_figures(rows())
        with pytest.raises(BrokenPipeError):
            await store.export(_leave)
        assert await store.load_history("b/b") is None


def _leave(_: object) -> None:
    raise BrokenPipeError(32, "Broken pipe")


async def test_close_waits_for_a_write(path: Path) -> None:
    """What was begun, and what stands behind it, is in the file when `close()` returns."""
    database = Database(path)
    held = Held()
    writing = asyncio.create_task(database.write(held))
    await held.seen()
    closing = asyncio.create_task(asyncio.to_thread(database.close))
    assert await asyncio.to_thread(database._closed.wait, 30)
    assert not closing.done()
    held.let_go.set()
    await closing
    assert await writing == "done"
    assert query(path, "SELECT key FROM alias") == ["github.com/a/a", "github.com/b/b"]


async def test_after_close(path: Path) -> None:
    """To close twice does no harm; to use it says that it is closed, and touches nothing."""
    store = Store(path)
    assert await known_facts(store, "a/a")
    store.close()
    store.close()
    for use in (save(store, {"b/b": facts("b/b", 1, 2)}), known_facts(store, "a/a")):
        with pytest.raises(StoreError, match=r"^the store .* is closed$"):
            await use
    assert [each.name for each in path.parent.iterdir()] == ["store.db"]


def store_threads() -> set[int | None]:
    """The threads of all stores that are open."""
    return {each.ident for each in threading.enumerate() if each.name.startswith("store")}


async def test_no_thread_is_left(path: Path) -> None:
    """Both kinds of `with` end the thread, an error within as well."""
    before = store_threads()
    with Store(path) as store:
        await known_facts(store, "a/a")
        assert len(store_threads() - before) == 1
    assert store_threads() == before
    async with Store(path) as store:
        await known_facts(store, "a/a")
    assert store_threads() == before
    with suppress(LookupError):
        async with Store(path) as store:
            await known_facts(store, "a/a")
            raise LookupError
    assert store_threads() == before


def test_one_store_serves_one_loop_after_another(path: Path) -> None:
    """The thread belongs to the store and not to a loop."""
    with Store(path) as store:
        for _ in range(2):
            assert asyncio.run(known_facts(store, "a/a")) == facts("a/a", 1, 1)
