"""No token, and nothing that a token could be found from, is ever in the file."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from traceback import format_exception

import pytest
from standin import TOKEN, Fault, StandIn, faults
from standin.log import Kind
from store.samples import bytes_of
from store.tables import load_run

from crawler import Reason, RunError, rank_repos
from crawler.http.exchange import Token
from crawler.model.errors import StoreError
from crawler.model.settings import ProviderName
from crawler.store import Store
from crawler.store.records import Records

PART = 10
"""Characters of a token that are too many to be found anywhere."""


def traces(secret: str) -> Iterator[bytes]:
    """What would reveal the secret, or confirm a guess of it."""
    for start in range(len(secret) - PART + 1):
        yield secret[start : start + PART].encode()
    for kind in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s"):
        digest = hashlib.new(kind, secret.encode()).digest()
        for form in (digest, digest.hex().encode()):
            yield form[:16]
    yield hashlib.blake2b(secret.encode(), digest_size=16).hexdigest().encode()


def contents(path: Path) -> bytes:
    """Everything that the file and its companions hold, also what is compressed in it."""
    whole = b"".join(bytes_of(path).values())
    with closing(sqlite3.connect(path)) as connection:
        for sql in (
            "SELECT body FROM response",
            "SELECT text FROM list",
        ):
            for (blob,) in connection.execute(sql):
                whole += zlib.decompress(blob)
    return whole


@pytest.mark.parametrize("provider", ["graphql", "rest"])
@pytest.mark.parametrize("include_private", [False, True])
async def test_the_token_is_not_in_the_file(
    github: StandIn, tmp_path: Path, provider: ProviderName, include_private: bool
) -> None:
    """After crawls that asked conditionally, met failures and were run again, no part of the
    token is there, nor a fingerprint that could be computed without the file."""
    path = tmp_path / "store.db"
    kind: Kind = "graphql" if provider == "graphql" else "repository"
    async with Store(path) as store:

        async def crawl() -> None:
            await rank_repos(
                "small/list",
                token=TOKEN,
                provider=provider,
                include_private=include_private,
                batch_size=4,
                retries=0,
                refresh=True,
                store=store,
                api_url=github.url,
                graphql_url=github.graphql_url,
            )

        for _ in range(2):
            github.faults.append(Fault(faults.respond(502, {"message": "Bad gateway"}), kind=kind))
            await crawl()
        assert [each.status for each in github.log.of("readme")] == [200, 304]
        github.faults.append(Fault(faults.respond(401, {"message": "Bad credentials"}), times=None))
        with suppress(RunError):
            await crawl()
        whole = contents(path)
    assert b"alpha/tool" in whole
    for trace in traces(TOKEN):
        assert trace not in whole


async def test_private_repositories_are_not_in_the_file(github: StandIn, tmp_path: Path) -> None:
    """Also where they are ranked, and asked for one by one: what is there of one is what the list
    says of it, and in the run what others are told: that it is not found."""
    path = tmp_path / "store.db"
    providers: tuple[ProviderName, ...] = ("graphql", "rest")
    for provider in providers:
        ranking = await rank_repos(
            "small/list",
            token=TOKEN,
            provider=provider,
            include_private=True,
            store=path,
            api_url=github.url,
            graphql_url=github.graphql_url,
        )
        (row,) = [row for row in ranking if row.repository == "lambda/secret"]
        async with Store(path) as store:
            kept = await load_run(store)
        assert kept is not None
        assert "lambda/secret" not in [row.repository for row in kept[1]]
        (failure,) = [each for each in kept[1].failures if each.repository in row.listed_as]
        assert (failure.reason, failure.message) == (Reason.NOT_FOUND, "Not Found")
        assert len(kept[1].rows) == len(ranking.rows) - 1
    with closing(sqlite3.connect(path)) as connection:
        for table, column in (
            ("repository", "full_name"),
            ("alias", "key"),
            ("facts", "full_name"),
            ("series", "spelling"),
            ("response", "url"),
            ("event", "repository"),
        ):
            found = connection.execute(
                f"SELECT count(*) FROM {table} WHERE {column} LIKE '%lambda/secret%'"
            ).fetchone()
            assert (table, found) == (table, (0,))
        for table in ("ranked", "facts"):
            query = f"SELECT count(*) FROM {table} WHERE instr(figures, ?)"
            query = query if table == "ranked" else query.replace("figures", "value")
            assert connection.execute(query, [row.url.encode()]).fetchone() == (0,)


async def test_a_key_in_an_address_is_not_in_the_file(tmp_path: Path, github: StandIn) -> None:
    """A list whose address holds a key in its query."""
    path = tmp_path / "store.db"
    address = f"{github.url}/repos/small/list/readme?key=0123456789secret"
    with suppress(Exception):  # whatever becomes of such a list
        await rank_repos(address, store=path, provider="rest", token=TOKEN, api_url=github.url)
    github.log.problems.clear()
    if path.exists():
        assert b"0123456789secret" not in contents(path)


async def test_a_viewer_is_told_apart_by_the_file_alone(tmp_path: Path) -> None:
    """One token is the same viewer whenever the file is opened, and another one in another file;
    another token is another viewer, and none is none."""
    found: dict[str, list[str]] = {}
    for name in ("one", "one", "two"):
        with Store(tmp_path / name) as store:
            found.setdefault(name, []).append(await Records(store).find_viewer(Token(TOKEN)))
            assert await Records(store).find_viewer(Token(TOKEN + "x")) != found[name][0]
            assert await Records(store).find_viewer(None) == ""
    (first, again), (other,) = found.values()
    assert first == again != other
    for viewer in (first, other):
        assert not any(trace in viewer.encode() for trace in traces(TOKEN))


async def test_an_error_says_nothing_of_the_token(tmp_path: Path) -> None:
    """The sentence of a store that fails while it is asked about one."""
    (tmp_path / "store.db").write_bytes(b"no store")
    with Store(tmp_path / "store.db") as store:
        with pytest.raises(StoreError) as caught:
            await Records(store).find_viewer(Token(TOKEN))
        assert TOKEN not in "".join(format_exception(caught.value))
