"""A file system that maps no file into shared memory, as those of containers often are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builders import facts
from store.samples import known_facts, query, save

from crawler.store import Store
from crawler.store.database import Database

NOT_MAPPED = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>
typedef void *(*Map)(void *, size_t, int, int, int, off_t);
#define REFUSING(name) \\
    void *name(void *at, size_t size, int access, int flags, int file, off_t start) { \\
        if (file >= 0 && (flags & MAP_SHARED)) { errno = ENODEV; return MAP_FAILED; } \\
        return ((Map)dlsym(RTLD_NEXT, #name))(at, size, access, flags, file, start); \\
    }
REFUSING(mmap)
REFUSING(mmap64)
"""
"""Stands before the system's own calls, and refuses what such a file system refuses."""

USE = """
import asyncio, sys
from pathlib import Path
from builders import facts
from crawler.model.errors import StoreError
from store.samples import known_facts, save
from crawler.store import Store
from crawler.store.database import Database

async def use():
    with Store(Path(sys.argv[1])) as store:
        store.database = Database(store.path, lock_patience=0.01)
        before = await known_facts(store, "o/before")
        await save(store, {"o/after": facts("o/after", 5, 2)})
        print(before is not None, await known_facts(store, "o/after") is not None)

try:
    asyncio.run(use())
except StoreError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def not_mapped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that can map nothing."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("not-mapped")
    source, library = folder / "map.c", folder / "map.so"
    source.write_text(NOT_MAPPED)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    tests = Path(__file__).parents[1]
    return {"LD_PRELOAD": str(library), "PYTHONPATH": f"{tests}:{tests.parent}"}


def use(path: Path, environment: dict[str, str]) -> str:
    """What a process says that reads from the store and writes to it."""
    command = [sys.executable, "-c", USE, str(path)]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def test_a_new_store(not_mapped: dict[str, str], tmp_path: Path) -> None:
    """It has a rollback journal from the first, and is found again."""
    path = tmp_path / "store.db"
    assert use(path, not_mapped) == "False True"
    assert query(path, "PRAGMA journal_mode") == ["delete"]
    assert use(path, not_mapped) == "False True"
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]


async def test_a_store_from_elsewhere(not_mapped: dict[str, str], tmp_path: Path) -> None:
    """One with a write-ahead log is brought over, with what stands in the log alone."""
    origin, path = tmp_path / "origin.db", tmp_path / "store.db"
    with Store(origin) as store:
        await save(store, {"o/before": facts("o/before", 1, 1)})
        for suffix in ("", "-wal"):
            shutil.copy(f"{origin}{suffix}", f"{path}{suffix}")
    assert (tmp_path / "store.db-wal").stat().st_size > 0
    assert use(path, not_mapped) == "True True"
    assert query(path, "PRAGMA integrity_check") == ["ok"]


async def test_a_store_in_use_elsewhere(not_mapped: dict[str, str], tmp_path: Path) -> None:
    """While others use it with a write-ahead log, it is told as locked, and neither as full nor as
    read-only."""
    database = Database(tmp_path / "store.db")
    await database.read(lambda found: found.execute("SELECT 1").fetchone())
    assert "is locked by another program" in use(database.path, not_mapped)
    database.close()


async def test_where_memory_is_shared_again(not_mapped: dict[str, str], tmp_path: Path) -> None:
    """The store goes back to its write-ahead log by itself."""
    path = tmp_path / "store.db"
    use(path, not_mapped)
    with Store(path) as store:
        assert await known_facts(store, "o/after") == facts("o/after", 5, 2)
    assert query(path, "PRAGMA journal_mode") == ["wal"]
