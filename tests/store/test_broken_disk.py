"""A disk that is full, a file that may not be written, a file that is damaged: one sentence each,
nothing is overwritten, and what can still be read is read."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, facts, failure, row
from store.samples import EMPTY_RANKING, VIEWER, bytes_of, known_facts, query, save
from store.tables import load_run, save_run

from crawler.http.exchange import CachedResponse, Token
from crawler.model.errors import RunError, StoreError
from crawler.model.values import RepositoryName
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.database import Database
from crawler.store.records import Records
from crawler.store.responses import CacheKey

FEW = {f"o/r{n}": facts(f"o/r{n}", n, n) for n in range(40)}
MANY = {f"o/r{n}": facts(f"o/r{n}", n + 1, n, about="x" * 500) for n in range(3000)}
TODAY = NOON.date()
RANKING = replace(EMPTY_RANKING, rows=(row("a/a"),), failures=(failure("c/c"),))
LATER = {f"o/r{n}": facts(f"o/r{n}", 7, n, fetched_at=NOON + timedelta(days=1)) for n in range(40)}


def mount(*arguments: str) -> None:
    """Mount something, where one may."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount")
    try:
        subprocess.run(["mount", *arguments], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here: {error}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=512k", "none", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
async def read_only(tmp_path: Path) -> Path:
    """A folder that nobody may write to, with a store and an empty file."""
    origin, folder = tmp_path / "origin", tmp_path / "read-only"
    folder.mkdir()
    with Store(origin / "store.db") as store:
        await save(store, FEW)
    (origin / "empty.db").touch()
    return folder


@pytest.fixture
def sealed(read_only: Path) -> Iterator[Path]:
    """The same, mounted."""
    mount("--bind", str(read_only.parent / "origin"), str(read_only))
    try:
        mount("-o", "remount,ro,bind", str(read_only))
        yield read_only
    finally:
        subprocess.run(["umount", "-l", str(read_only)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on its disk."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


async def test_a_full_disk(small_disk: Path) -> None:
    """A batch that does not fit is left out whole; what was there can be read, now and later,
    and with room again the store goes on."""
    with Store(small_disk / "store.db") as store:
        await save(store, FEW)
        ballast = fill(small_disk)
        with pytest.raises(StoreError, match="cannot grow: the disk is full"):
            await save(store, MANY)
        assert await known_facts(store, "o/r1") == FEW["o/r1"]
        assert await known_facts(store, "o/r99") is None
        ballast.unlink()
        await save(store, {"a/a": facts("a/a", 5, 99)})
    assert query(store.path, "PRAGMA integrity_check") == ["ok"]
    assert query(store.path, "SELECT count(*) FROM facts") == [len(FEW) + 1]


async def test_a_disk_that_was_full_before(small_disk: Path) -> None:
    """There is no room for what SQLite puts beside the file: it can be read all the same."""
    with Store(small_disk / "store.db") as store:
        await save(store, FEW)
    before = bytes_of(store.path)["store.db"]
    fill(small_disk)
    with Store(store.path) as again:
        assert await known_facts(again, "o/r1") == FEW["o/r1"]
        with pytest.raises(StoreError, match=r"full|read-only"):
            await save(again, MANY)
        assert await known_facts(again, "o/r1") == FEW["o/r1"]
    assert bytes_of(store.path)["store.db"] == before


async def test_a_new_store_on_a_full_disk(small_disk: Path) -> None:
    """One sentence, the same for every caller."""
    fill(small_disk)
    with Store(small_disk / "store.db") as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="the disk is full"):
                await save(store, FEW)


async def test_no_more_pages(tmp_path: Path) -> None:
    """The same without a disk of one's own: SQLite is told that there is room for no more."""
    with Store(tmp_path / "store.db") as store:
        await save(store, FEW)
    database = Database(store.path)
    await database.read(lambda found: found.execute("PRAGMA max_page_count = 1").fetchall())
    with pytest.raises(StoreError, match=r"^the store .* cannot grow: the disk is full$"):
        await database.write(
            lambda found: (
                found.execute("INSERT INTO identity (salt) VALUES (?)", [bytes(100_000)]) and None
            )
        )
    assert await database.read(lambda found: found.execute("SELECT 1").fetchone()) == (1,)
    database.close()
    assert query(store.path, "SELECT count(*) FROM identity") == [1]


async def test_a_read_only_folder(sealed: Path) -> None:
    """What the store holds is known, nothing can be added, and it says why."""
    with Store(sealed / "store.db") as store:
        assert await known_facts(store, "o/r1") == FEW["o/r1"]
        with pytest.raises(StoreError, match="cannot be written: it is read-only"):
            await save(store, MANY)
        assert await known_facts(store, "o/r1") == FEW["o/r1"]
    assert list(bytes_of(store.path)) == ["store.db"]


@pytest.mark.parametrize("name", ["empty.db", "new.db"])
async def test_no_store_can_be_made_in_a_read_only_folder(sealed: Path, name: str) -> None:
    """An empty file or none: it says so at the first reading."""
    with Store(sealed / name) as store, pytest.raises(StoreError, match=r"(?i)read-only"):
        await known_facts(store, "o/r1")


async def test_a_read_only_connection(tmp_path: Path) -> None:
    """The sentence where no mount can be made."""
    with Store(tmp_path / "store.db") as store:
        await save(store, FEW)
    database = Database(store.path)
    await database.read(lambda found: found.execute("PRAGMA query_only = ON").fetchall())
    with pytest.raises(StoreError, match=r"^the store .* cannot be written: it is read-only$"):
        await database.write(lambda found: found.execute("DELETE FROM facts") and None)
    database.close()
    assert query(store.path, "SELECT count(*) FROM facts") == [len(FEW)]


@pytest.fixture
async def rich(tmp_path: Path) -> Path:
    """A store with something in every table."""
    with Store(tmp_path / "store.db") as store:
        await save(store, FEW)
        await store.import_figures(
            (20_000 + day, name, day * 7 % 5) for name in FEW for day in range(30)
        )
        response = {CacheKey("url", VIEWER, "type"): CachedResponse("etag", bytes(3000))}
        await Records(store).save({}, response, NOON, VIEWER)
        await Records(store).save_list("place", "text " * 1000)
        for rows in ((), (row("a/a"), row("b/b"))):
            await save_run(store, "scope", replace(RANKING, rows=rows))
    return store.path


def overwrite(path: Path, place: int, content: bytes) -> None:
    """Put other bytes into a file."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


async def test_a_damaged_page_in_the_middle(rich: Path) -> None:
    """It is told as damage with what to do, and what is whole is neither changed nor hidden."""
    with Store(rich) as store:
        assert await known_facts(store, "o/r1") is not None
    root = query(rich, "SELECT rootpage FROM sqlite_schema WHERE name = 'facts'")[0]
    overwrite(rich, (root - 1) * 4096, bytes(range(256)) * 16)
    before = bytes_of(rich)
    with Store(rich) as store:
        with pytest.raises(StoreError, match="is damaged, or no store at all: move it away"):
            await known_facts(store, "o/r1")
        with pytest.raises(StoreError, match="is damaged"):
            await save(store, FEW)
        assert await store.load_history("o/r1") is not None
    assert bytes_of(rich) == before


def uses(store: Store) -> list[Callable[[], Awaitable[object]]]:
    """Everything that can be done with a store."""
    names = [RepositoryName(name, "github.com") for name in FEW]
    return [
        lambda: Records(store).load_known(names, Provenance.GITHUB, VIEWER),
        lambda: store.load_history("o/r1"),
        lambda: Records(store).load_timelines(
            None, Provenance.GITHUB, day=NOON.date(), until=NOON.date()
        ),
        lambda: Records(store).load_readings(FEW, Provenance.GITHUB, NOON),
        lambda: store.export(list),
        lambda: load_run(store),
        lambda: load_run(store, "scope", Provenance.GITHUB),
        lambda: Records(store).load_run_time("scope", Provenance.GITHUB, NOON),
        lambda: Records(store).load_events("scope", Provenance.GITHUB, until=NOON),
        lambda: Records(store).load_response(CacheKey("url", VIEWER, "type")),
        lambda: Records(store).find_viewer(Token("0123456789abcdefghij")),
        lambda: Records(store).load_list("place"),
        lambda: save(store, LATER),
        lambda: Records(store).save_list("place", "another text"),
        lambda: save_run(store, "scope", RANKING),
    ]


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_is_damaged(rich: Path, seed: int) -> None:
    """Bytes changed anywhere lead to an answer or to one sentence, never to anything else."""
    noise = random.Random(seed)
    size = len(bytes_of(rich)["store.db"])
    for _ in range(noise.choice((1, 10, 100))):
        overwrite(rich, noise.randrange(size), noise.randbytes(1))
    with Store(rich) as store:
        for use in uses(store):
            with suppress(StoreError, RunError):
                await use()
