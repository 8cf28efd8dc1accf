"""A process that is killed at any moment leaves a whole file with all that it had committed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from builders import facts
from store.samples import bytes_of, known_facts, query, save

from crawler.store import Store

ROOT = Path(__file__).parents[2]
ROUNDS = 8
BATCH = 20
"""Repositories that are written as one."""

WRITER = f"""
import asyncio, itertools, sys
from builders import facts
from store.samples import bytes_of, save
from crawler.store import Store

async def main(path, start):
    print("ready", flush=True)
    with Store(path) as store:
        for batch in itertools.count(start):
            await save(store, {{
                f"b{{batch}}/r{{n}}": facts(f"b{{batch}}/r{{n}}", batch, batch * {BATCH} + n)
                for n in range({BATCH})
            }})
            print(batch, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def run_and_kill(path: Path, start: int, moment: float, batches: int) -> list[int]:
    """Let a process write from batch `start` on, kill it `moment` seconds after it has committed
    `batches` (0: before it opens the file), and tell which it said to have committed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "ready\n"
            said = [int(process.stdout.readline()) for _ in range(batches)]
            time.sleep(moment)
        finally:
            process.kill()
        # What is cut off in the pipe was said before the end all the same, but for a torn line.
        said += [int(line) for line in process.stdout if line.endswith("\n")]
    return said


def test_every_batch_that_was_committed_is_there_whole(tmp_path: Path) -> None:
    """Killed again and again, at moments that differ: the file is sound, no batch is half there
    in any table, none that was reported is missing."""
    path = tmp_path / "store.db"
    moments = random.Random(4)
    committed: set[int] = set()
    for round_ in range(ROUNDS):
        start = max(committed, default=0) + 1000
        said = run_and_kill(path, start, moments.uniform(0, 0.03), batches=round_ % 4)
        committed |= set(said)
        if not path.exists() or not query(path, "SELECT 1 FROM sqlite_schema"):
            continue
        assert query(path, "PRAGMA integrity_check") == ["ok"]
        assert query(path, "PRAGMA foreign_key_check") == []
        for sql in (
            "SELECT stars FROM facts",
            "SELECT stars FROM span",
            "SELECT stars FROM reading",
            "SELECT number / 20 FROM repository",
            "SELECT number / 20 FROM alias JOIN repository ON id = repository",
        ):
            there = Counter(query(path, sql))
            assert set(there.values()) <= {BATCH}
            assert committed <= set(there)
    assert len(committed) >= ROUNDS


DIE_WHILE_MIGRATING = """
import os, sqlite3, sys
from crawler.store.migrations import MIGRATIONS, run_script
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.executescript(sys.argv[2])
connection.execute("PRAGMA cache_size = 1")  # so that what is not committed reaches the disk
connection.execute("BEGIN EXCLUSIVE")
run_script(connection, MIGRATIONS[0])
connection.executemany("INSERT INTO identity (salt) VALUES (?)", [[bytes(3000)]] * 50)
os._exit(1)
"""


def die_while_migrating(path: Path, script: str) -> dict[str, bytes]:
    """What a process leaves that ran `script` and then died in the middle of the first step."""
    subprocess.run(
        [sys.executable, "-c", DIE_WHILE_MIGRATING, str(path), script],
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )
    return bytes_of(path)


@pytest.mark.parametrize(
    "script", ["", "CREATE TABLE x (y); DROP TABLE x"], ids=["a new file", "one with pages"]
)
async def test_killed_while_it_makes_the_tables(tmp_path: Path, script: str) -> None:
    """Half-made tables and the journal to undo them are on the disk: the next run begins anew."""
    path = tmp_path / "store.db"
    left = die_while_migrating(path, script)
    assert left["store.db"]
    assert left["store.db-journal"]
    with Store(path) as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)
    assert query(path, "SELECT count(*) FROM identity") == [1]
    assert query(path, "PRAGMA integrity_check") == ["ok"]
