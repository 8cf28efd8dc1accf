"""Forward migrations: what an older version wrote is brought up to date, all steps or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from builders import facts, named
from store.samples import bytes_of, known_facts, query, save

from crawler.model.errors import StoreError
from crawler.store import Store
from crawler.store.database import Connection, Database
from crawler.store.migrations import MIGRATIONS, Step
from crawler.store.records import Records

BASE = len(MIGRATIONS)

NEXT = """
-- A note of one's own; with a semicolon.
CREATE TABLE note (text TEXT NOT NULL) STRICT;
INSERT INTO note SELECT full_name FROM repository;
"""
LATER = "ALTER TABLE note ADD COLUMN day INTEGER;\n"


async def use(path: Path, migrations: Sequence[Step]) -> None:
    """Open the file as a program of that version does."""
    database = Database(path, migrations=migrations)
    try:
        await database.read(lambda found: found.execute("SELECT 1").fetchone())
    finally:
        database.close()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store of the newest version with one repository."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
    return store.path


async def test_a_step_is_taken_once(path: Path) -> None:
    """A second version finds what the first one kept, and its own file later as it left it."""
    for _ in range(2):
        await use(path, (*MIGRATIONS, NEXT))
    assert query(path, "SELECT text FROM note") == ["a/a"]
    assert query(path, "PRAGMA user_version") == [BASE + 1]


async def test_several_steps_are_taken_in_order(path: Path) -> None:
    """A version may be left out."""
    await use(path, (*MIGRATIONS, NEXT, LATER))
    assert query(path, "SELECT name FROM pragma_table_info('note')") == ["text", "day"]
    assert query(path, "PRAGMA user_version") == [BASE + 2]


async def test_a_new_file_takes_all_steps(tmp_path: Path) -> None:
    """It is of the newest version from the start."""
    await use(tmp_path / "new.db", (*MIGRATIONS, NEXT, LATER))
    assert query(tmp_path / "new.db", "PRAGMA user_version") == [BASE + 2]


@pytest.mark.parametrize("broken", ["INSERT INTO nowhere VALUES (1);\n", "nonsense;\n"])
async def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, broken: str) -> None:
    """Nor does the step before it stay; the version that wrote the file can go on with it."""
    before = query(path, "SELECT sql FROM sqlite_schema")
    with pytest.raises(StoreError, match="cannot be used"):
        await use(path, (*MIGRATIONS, NEXT, "DELETE FROM facts;\n" + broken))
    assert query(path, "SELECT sql FROM sqlite_schema") == before
    assert query(path, "PRAGMA user_version") == [BASE]
    with Store(path) as store:
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)


async def test_a_new_file_whose_steps_fail_is_empty(tmp_path: Path) -> None:
    """It can be used by a program whose steps do not."""
    path = tmp_path / "new.db"
    with pytest.raises(StoreError):
        await use(path, (*MIGRATIONS, "nonsense;\n"))
    assert bytes_of(path) in ({"new.db": b""}, {"new.db": b"", "new.db-journal": b""})
    await use(path, MIGRATIONS)
    assert query(path, "PRAGMA user_version") == [BASE]


async def test_a_step_that_another_process_took_is_not_taken_again(path: Path) -> None:
    """Of two that open an old file, the second finds it done."""
    migrations = (*MIGRATIONS, NEXT)
    first, second = (Database(path, migrations=migrations) for _ in range(2))

    def count(found: Connection) -> int:
        notes: int = found.execute("SELECT count(*) FROM note").fetchone()[0]
        return notes

    assert await first.read(count) == 1
    assert await second.read(count) == 1
    first.close()
    second.close()


async def test_the_salt_survives(path: Path) -> None:
    """A migration makes no new one, or nobody would be known again."""
    before = query(path, "SELECT hex(salt) FROM identity")
    await use(path, (*MIGRATIONS, NEXT))
    assert query(path, "SELECT hex(salt) FROM identity") == before


async def test_who_had_a_name_first(tmp_path: Path) -> None:
    """A file of version 4 tells it by the repositories that are still called so."""
    path = tmp_path / "store.db"
    await use(path, MIGRATIONS[:4])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "INSERT INTO repository VALUES (1, 'github.com', 7, 'A/a'), "
            "(2, 'github.com', 8, 'a/a'), (3, 'github.com', 9, 'b/b'); "
            "INSERT INTO alias (key, repository) "
            "VALUES ('github.com/a/a', 2), ('github.com/b/b', 3)"
        )
    with Store(path) as store:
        found = await Records(store).load_identities([named("a/a"), named("b/b")])
    assert {key: (each.number, each.first) for key, each in found.items()} == {
        "github.com/a/a": (8, 7),
        "github.com/b/b": (9, 9),
    }
