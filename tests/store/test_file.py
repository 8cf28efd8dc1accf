"""The file: made on first use for its owner alone, and no other file is taken for it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builders import facts
from store.samples import bytes_of, known_facts, query, save

from crawler.model.errors import StoreError
from crawler.store import Store
from crawler.store.database import Database
from crawler.store.migrations import MIGRATIONS
from crawler.store.records import Records
from crawler.store.schema import APPLICATION_ID


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every usual umask."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_nothing_is_touched_before_the_first_use(tmp_path: Path) -> None:
    """To make a store and to close it makes no file and no folder."""
    with Store(tmp_path / "new" / "store.db") as store:
        assert store.path == tmp_path / "new" / "store.db"
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("umask")
async def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """The file, what SQLite puts beside it and the folder that was made are the owner's."""
    path = tmp_path / "new" / "store.db"
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert not stat.S_IMODE(path.parent.stat().st_mode) & 0o077
    assert list(bytes_of(path)) == ["store.db"]


async def test_folders_are_made(tmp_path: Path) -> None:
    """However deep the file is to lie."""
    path = tmp_path / "a" / "b" / "c" / "store.db"
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    assert query(path, "SELECT stars FROM facts") == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_is_deleted_while_it_is_used(tmp_path: Path, replaced: bool) -> None:
    """SQLite would go on writing into what nobody finds any more; what is there is left alone."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        path.unlink()
        if replaced:
            path.write_bytes(b"another")
        with pytest.raises(StoreError, match=r"store\.db was moved or deleted while it was used"):
            await save(store, {"a/b": facts("a/b", 2, 1)})
    assert path.exists() is replaced
    assert not replaced or path.read_bytes() == b"another"


async def test_the_file_is_what_it_says(tmp_path: Path) -> None:
    """It names its program and its version, and readers and writers do not wait for each other."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    assert query(path, "PRAGMA application_id") == [APPLICATION_ID]
    assert query(path, "PRAGMA user_version") == [len(MIGRATIONS)]
    assert query(path, "PRAGMA journal_mode") == ["wal"]
    assert query(path, "SELECT name FROM pragma_table_list WHERE NOT strict AND schema = 'main' "
        "AND name NOT LIKE 'sqlite_%'") == []  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO alias (key, repository) VALUES ('github.com/a/a', 99)",
        "INSERT INTO span VALUES (99, 1, 0, 1, NULL)",
        "INSERT INTO identity (salt) VALUES ('text')",
    ],
)
async def test_the_tables_keep_their_rules(tmp_path: Path, statement: str) -> None:
    """A reference to nothing or a value of the wrong type is an error, and nothing of it stays."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        database = Database(store.path)
        with pytest.raises(StoreError):
            await database.write(lambda found: found.execute(statement) and None)
        database.close()
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)


@pytest.mark.parametrize("name", ["a b", "a?mode=ro", "a#b", "a%41", "ü", "a\u202eb", "\udcff"])
async def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """What means something in an address means nothing in a path."""
    path = tmp_path / name
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    assert list(bytes_of(path)) == [path.name]


async def test_an_empty_file_is_accepted(tmp_path: Path) -> None:
    """Such as one that was made in advance, to give it its place and rights."""
    path = tmp_path / "store.db"
    path.touch()
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"date,repository,stars\n",
        b"\x00" * 4096,
        bytes(range(256)) * 40,
        b"SQLite format 3\x00" + b"\x00" * 84,
    ],
    ids=["text", "zeros", "noise", "header"],
)
async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """It is refused with what to do, and not a byte of it changes."""
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with Store(path) as store, pytest.raises(StoreError, match=r"no store at all: move it away"):
        await save(store, {"a/a": facts("a/a", 1, 1)})
    assert bytes_of(path) == {"store.db": content}


FOREIGN = {
    "tables": "CREATE TABLE notes (text)",
    "only a name": "PRAGMA application_id = 77",
    "only a version": "PRAGMA user_version = 7",
    "a version and tables": "CREATE TABLE notes (text); PRAGMA user_version = 1",
}


@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
async def test_a_database_of_another_program_is_left_alone(tmp_path: Path, script: str) -> None:
    """It is refused for reading as for writing, and not a byte of it changes."""
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    before = bytes_of(path)
    with Store(path) as store:
        with pytest.raises(StoreError, match="database of another program"):
            await known_facts(store, "a/a")
        with pytest.raises(StoreError, match="database of another program"):
            await save(store, {"a/a": facts("a/a", 1, 1)})
    assert bytes_of(path) == before


LEAVE_LOG = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.executescript(sys.argv[2])
os._exit(0)
"""
"""Ends as a killed program does: what it committed is still in the log beside the file."""


def leave_log(path: Path, script: str) -> dict[str, bytes]:
    """What is there after a process ran `script` and died."""
    subprocess.run([sys.executable, "-c", LEAVE_LOG, str(path), script], check=True)
    return bytes_of(path)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("CREATE TABLE notes (text)", "database of another program"),
        (f"CREATE TABLE x (y); PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99",
         "newer version"),
    ],
    ids=["foreign", "newer"],
)  # fmt: skip
async def test_what_others_left_in_their_log_stays_there(
    tmp_path: Path, script: str, sentence: str
) -> None:
    """A refused file keeps its log: to write it back into the file is its program's business."""
    path = tmp_path / "notes.db"
    before = leave_log(path, script)
    assert before["notes.db-wal"]
    with Store(path) as store, pytest.raises(StoreError, match=sentence):
        await known_facts(store, "a/a")
    after = bytes_of(path)
    for name in ("notes.db", "notes.db-wal"):
        assert after[name] == before[name]


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """An older program says what it met and what to do, again and again, and changes no byte."""
    path = tmp_path / "store.db"
    newer = Database(path, migrations=(*MIGRATIONS, "CREATE TABLE later (id INTEGER) STRICT;\n"))
    await newer.write(lambda found: found.execute("INSERT INTO later VALUES (1)") and None)
    newer.close()
    before, known = path.read_bytes(), len(MIGRATIONS)
    said = rf"newer version .* format is {known + 1}, this one .* {known}\)"
    with Store(path) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match=said):
                await save(store, {"a/a": facts("a/a", 1, 1)})
    assert path.read_bytes() == before
    assert not bytes_of(path).get("store.db-wal")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (".", "cannot be opened"),
        ("file/store.db", "cannot be opened"),
        ("/proc/nowhere/store.db", "cannot be opened"),
        ("x" * 300, "cannot be opened"),
        ("dangling/link", "cannot be opened"),
    ],
)
async def test_a_place_that_cannot_be(tmp_path: Path, place: str, sentence: str) -> None:
    """A folder, a path through a file, a folder that cannot be made: one sentence with the path."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "file")
    with Store(tmp_path / place) as store, pytest.raises(StoreError, match=sentence) as caught:
        await known_facts(store, "a/a")
    assert "the store /" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


async def test_a_path_that_no_system_knows(tmp_path: Path) -> None:
    """A config file can hold a NUL, a path cannot."""
    with Store(f"{tmp_path}/a\0b") as store, pytest.raises(StoreError, match="cannot be opened"):
        await known_facts(store, "a/a")


async def test_a_path_is_shown_harmlessly(tmp_path: Path) -> None:
    """Control characters of a path do not reach the terminal."""
    path = tmp_path / "a\x1b[31m" / "store.db"
    path.parent.write_text("in the way")
    with Store(path) as store, pytest.raises(StoreError) as caught:
        await known_facts(store, "a/a")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "trap",
    [
        "CREATE VIEW trap AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT * FROM n",
        "DROP TABLE list; CREATE VIEW list AS SELECT 1 AS place, 2 AS text",
        "CREATE TRIGGER trap AFTER INSERT ON repository BEGIN "
        "INSERT INTO repository SELECT NULL, 1, 2, 3 FROM repository; END",
        "CREATE VIRTUAL TABLE trap USING fts5(text)",
    ],
)
async def test_a_store_that_was_made_to_hang_is_refused(tmp_path: Path, trap: str) -> None:
    """Before any of its own tables is read: it may have come with a cloned folder."""
    path = tmp_path / "store.db"
    async with Store(path) as store:
        await Records(store).save_list("a", "text")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(trap)
    async with Store(path) as store:
        with pytest.raises(StoreError, match="views, triggers or tables that no store has"):
            await Records(store).load_list("a")


async def test_a_compressed_bomb_is_damage(tmp_path: Path) -> None:
    """A kilobyte that would become a gigabyte is not unpacked."""
    path = tmp_path / "store.db"
    async with Store(path) as store:
        await Records(store).save_list("a", "text")
    with closing(sqlite3.connect(path)) as connection, connection:
        bomb = zlib.compress(bytes(65 * 2**20))
        connection.execute("UPDATE list SET text = ?", (bomb,))
    async with Store(path) as store:
        with pytest.raises(StoreError, match="is damaged"):
            await Records(store).load_list("a")


async def test_a_query_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    """Whatever the file holds, a signal ends the run: its thread is free again."""
    database = Database(tmp_path / "store.db")
    started = threading.Event()

    def count(connection: sqlite3.Connection) -> None:
        started.set()
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).fetchone()

    reading = asyncio.create_task(database.read(count))
    await asyncio.to_thread(started.wait, 20)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await database.read(lambda found: found.execute("SELECT 1").fetchone()) == (1,)
    await asyncio.to_thread(database.close)
