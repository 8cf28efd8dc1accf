"""A store belongs to one server: the numbers of two are not those of the same repositories."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from builders import facts
from store.samples import known_facts, query, save

from crawler.model.errors import StoreError
from crawler.store import Store
from crawler.store.database import Database
from crawler.store.repositories import claim, load_server

SERVER = "SELECT server FROM identity"


async def test_a_store_belongs_to_whoever_claims_it_first(tmp_path: Path) -> None:
    """The same server may come again, also later; another is told whose it is and what to do."""
    for _ in range(2):
        with Store(tmp_path / "store.db") as store:
            for _ in range(2):
                await store.claim("github.com")
            with pytest.raises(
                StoreError,
                match=r"^the store /.*/store\.db is that of github\.com, and not of git\.example: "
                r"name another with --store$",
            ):
                await store.claim("git.example")
    assert query(store.path, SERVER) == ["github.com"]


async def test_a_refused_claim_leaves_the_store_of_use(tmp_path: Path) -> None:
    """Its owner goes on with all that it holds."""
    with Store(tmp_path / "store.db") as store:
        await store.claim("git.example")
        await save(store, {"a/a": facts("a/a", 1, 1)})
        with pytest.raises(StoreError):
            await store.claim("github.com")
        await store.claim("git.example")
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)


async def test_what_was_imported_before_is_no_claim(tmp_path: Path) -> None:
    """Whoever crawls first has it."""
    with Store(tmp_path / "store.db") as store:
        await store.import_figures([(20_000, "a/a", 1)])
        assert query(store.path, SERVER) == [None]
        await store.claim("git.example")
    assert query(store.path, SERVER) == ["git.example"]


async def test_of_two_claims_at_once_one_counts(tmp_path: Path) -> None:
    """Two programs that both find it free: one has it, the other is refused."""
    path = tmp_path / "store.db"
    with Store(path) as one, Store(path) as two:
        ends = await asyncio.gather(
            one.claim("github.com"), two.claim("git.example"), return_exceptions=True
        )
    assert [type(end) for end in ends].count(StoreError) == 1
    (server,) = query(path, SERVER)
    assert server == ("github.com" if ends[0] is None else "git.example")


async def test_a_claim_that_comes_too_late(tmp_path: Path) -> None:
    """Between looking and claiming another had it: that one is told, and keeps it."""
    database = Database(tmp_path / "store.db")
    assert await database.read(load_server) is None
    assert await database.write(lambda found: claim(found, "github.com")) == "github.com"
    assert await database.write(lambda found: claim(found, "git.example")) == "github.com"
    assert await database.read(load_server) == "github.com"
    database.close()


async def test_to_claim_what_one_has_writes_nothing(tmp_path: Path) -> None:
    """A file that cannot be written can be used by its owner."""
    with Store(tmp_path / "store.db") as store:
        await store.claim("github.com")
        await store._database.read(lambda found: found.execute("PRAGMA query_only = ON").fetchall())
        await store.claim("github.com")
        with pytest.raises(StoreError, match="is that of github"):
            await store.claim("git.example")
