"""Several processes share the file: they wait for each other a little, and lose nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from builders import facts
from store.samples import known_facts, query, save

from crawler.model.errors import StoreError
from crawler.store import Store
from crawler.store.database import Connection, Database

ADD_ALIAS = "INSERT INTO alias (key, repository) SELECT 'github.com/b/b', id FROM repository"


@contextmanager
def locked(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    """Another program in the middle of a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        yield other


def count_aliases(found: Connection) -> int:
    """How many names there are."""
    count: int = found.execute("SELECT count(*) FROM alias").fetchone()[0]
    return count


def add_alias(found: Connection) -> None:
    """One more name for the one repository."""
    found.execute(ADD_ALIAS)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store with one repository."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    return store.path


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
async def test_a_writer_gives_up_on_a_lock(path: Path, how: str) -> None:
    """It says that the store is locked, nothing is lost, and later it goes on."""
    database = Database(path, lock_patience=0.01)
    assert await database.read(count_aliases) == 1
    with locked(path, how), pytest.raises(StoreError, match="is locked by another program"):
        await database.write(add_alias)
    assert await database.read(count_aliases) == 1
    await database.write(add_alias)
    assert await database.read(count_aliases) == 2
    database.close()


async def test_a_new_file_that_another_program_has_locked(tmp_path: Path) -> None:
    """Creating the tables locks the file; the error says that another program has it."""
    path = tmp_path / "store.db"
    path.touch(0o600)
    database = Database(path, lock_patience=0.01)
    with locked(path, "EXCLUSIVE"), pytest.raises(StoreError, match="locked by another program"):
        await database.write(add_alias)
    database.close()
    assert path.read_bytes() == b""


async def test_a_reader_does_not_wait_for_a_writer(path: Path) -> None:
    """It sees what was there before, at once."""
    database = Database(path, lock_patience=0)
    with locked(path, "IMMEDIATE") as other:
        other.execute(ADD_ALIAS)
        assert await database.read(count_aliases) == 1
        other.execute("COMMIT")
    assert await database.read(count_aliases) == 2
    database.close()


async def test_a_writer_does_not_wait_for_a_reader(path: Path) -> None:
    """And the reader goes on seeing what was there when it began."""
    database = Database(path, lock_patience=0)
    with locked(path, "DEFERRED") as other:
        before = other.execute("SELECT count(*) FROM alias").fetchone()
        await database.write(add_alias)
        assert other.execute("SELECT count(*) FROM alias").fetchone() == before
    assert await database.read(count_aliases) == 2
    database.close()


async def test_a_writer_waits_for_another(path: Path) -> None:
    """As long as that takes less than its patience."""
    database = Database(path, lock_patience=30)
    assert await database.read(count_aliases) == 1
    begun = threading.Event()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        def release() -> None:
            begun.wait()
            other.execute("ROLLBACK")

        thread = threading.Thread(target=release)
        thread.start()
        begun.set()
        await database.write(add_alias)
        thread.join()
    assert await database.read(count_aliases) == 2
    database.close()


async def test_stores_of_one_process_share_the_file(path: Path) -> None:
    """What one writes the other reads."""
    with Store(path) as first, Store(path) as second:
        await save(first, {"b/b": facts("b/b", 2, 2)})
        await save(second, {"c/c": facts("c/c", 3, 3)})
        assert await known_facts(second, "b/b") == facts("b/b", 2, 2)
        assert await known_facts(first, "c/c") == facts("c/c", 3, 3)


WRITER = """
import asyncio, sys
from builders import facts
from store.samples import known_facts, save
from crawler.store import Store

async def main(path, who):
    print("ready", flush=True)
    sys.stdin.readline()
    with Store(path) as store:
        for batch in range(5):
            names = [f"{who}/{batch}-{number}" for number in range(10)]
            await save(store, {
                name: facts(name, 1, who * 1000 + batch * 100 + number)
                for number, name in enumerate(names)
            } | {"both/both": facts("both/both", batch, 1)})
            assert await known_facts(store, names[0]) is not None

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_processes_that_begin_together_lose_nothing(tmp_path: Path) -> None:
    """They make one new file between them, write at once, and find all of it there."""
    path = tmp_path / "new" / "store.db"
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(who)],
            env={"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in (1, 2, 3)
    ]
    try:
        for writer in writers:
            assert writer.stdout
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin
            writer.stdin.write("go\n")
            writer.stdin.flush()
        ends = [writer.communicate() for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert [(writer.returncode, end[1]) for writer, end in zip(writers, ends, strict=True)] == [
        (0, "")
    ] * 3
    assert query(path, "SELECT count(*) FROM facts") == [151]
    assert query(path, "SELECT count(*) FROM identity") == [1]
    assert query(path, "PRAGMA integrity_check") == ["ok"]
    assert query(path, "PRAGMA foreign_key_check") == []
