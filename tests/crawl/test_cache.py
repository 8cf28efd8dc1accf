"""The store as a run uses it: it looks up first, writes in the background, and fails once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, entry, facts
from clocks import START, FakeClock
from loguru import logger
from store.samples import query, save
from store.tables import Stale, outcomes_of, workspace_of

from crawler.crawl.cache import TOGETHER, Cache
from crawler.http.exchange import CachedResponse, Request, Response, Token
from crawler.model.errors import StoreError
from crawler.model.results import Point
from crawler.model.settings import Settings
from crawler.model.values import (
    Answer,
    Facts,
    Provider,
    Reason,
    Refusal,
    RepositoryName,
    StarHistory,
)
from crawler.ranking.growth import Provenance
from crawler.sources.github.host import GITHUB, host_of_api
from crawler.store import Store
from crawler.store.records import Records
from crawler.store.responses import CacheKey
from crawler.store.workspace import Workspace

NAME = RepositoryName("a/a", "github.com")
OTHER = RepositoryName("b/b", "github.com")
GONE = Refusal(Reason.NOT_FOUND, "there is none")
TOKEN = Token("0123456789abcdefghij")
HOUR = timedelta(hours=1)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What is logged as an error."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(line.strip()), format="{message}", level="ERROR")
    logger.enable("crawler")
    yield lines
    logger.disable("crawler")
    logger.remove(sink)


def at(hours: float, name: str = "a/a", stars: int = 5) -> Facts:
    """Figures that were fetched so many hours before now."""
    return facts(name, stars, 99, fetched_at=START - hours * HOUR)


async def look_up(
    cache: Cache, *names: RepositoryName, provider: Provider = Provider.GRAPHQL
) -> Workspace:
    """The tables of a run over these names, once they have been looked up."""
    workspace = workspace_of(("a/list", [entry(name.full_name) for name in names]))
    count = await cache.lookup(workspace, "github.com", provider)
    assert count == len(outcomes_of(workspace))
    return workspace


async def looked_up(
    store: Store | None, provider: Provider = Provider.GRAPHQL, **settings: Any
) -> Answer | None:
    """What a run with these settings need not ask."""
    cache = Cache(None if store is None else Records(store), Settings(**settings), {}, FakeClock())
    answer = outcomes_of(await look_up(cache, NAME, provider=provider)).get("a/a")
    assert not isinstance(answer, Stale)
    return answer


@pytest.mark.parametrize(
    ("hours", "settings", "is_known"),
    [
        (11.9, {}, True),
        (12, {}, False),
        (12.1, {}, False),
        (1, {"max_age": 3599}, False),
        (1, {"max_age": 3601}, True),
        (0, {"max_age": 0}, False),
        (0, {"refresh": True}, False),
        (9999, {"offline": True}, True),
        (-0.05, {}, True),  # three minutes in the future: clocks differ
        (-0.1, {}, False),
        (-0.1, {"offline": True}, True),
    ],
)
async def test_figures_are_looked_up_while_they_are_young(
    tmp_path: Path, hours: float, settings: dict[str, Any], is_known: bool
) -> None:
    """By the age that was asked for; a figure from the future is not trusted."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": at(hours)}, viewer="")
        assert await looked_up(store, **settings) == (at(hours) if is_known else None)


@pytest.mark.parametrize(
    ("hours", "settings", "is_known"),
    [
        (11.9, {}, True),
        (12, {}, False),
        (2, {"max_age": 3600}, False),
        (2, {"gone_grace": 3600}, True),
        (99, {"offline": True}, True),
        (1, {"refresh": True}, False),
    ],
)
async def test_what_is_forbidden_is_known_like_a_figure(
    tmp_path: Path, hours: float, settings: dict[str, Any], is_known: bool
) -> None:
    """It may be allowed tomorrow: it lasts no longer than figures do, and they do not stand in for
    it."""
    told = START - hours * HOUR
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": at(hours + 1)}, viewer="")
        await save(store, {"a/a": Refusal(Reason.FORBIDDEN, "no entry")}, told, viewer="")
        answer = await looked_up(store, **settings)
    if is_known:
        assert answer == Refusal(Reason.FORBIDDEN, f"no entry (as of {told:%Y-%m-%d})")
    else:
        assert answer is None


@pytest.mark.parametrize(
    ("days", "settings", "is_known"),
    [
        (6.9, {}, True),
        (7, {}, False),
        (1, {"gone_grace": 3600}, False),
        (0, {"gone_grace": 0}, False),
        (1, {"refresh": True}, False),
        (99, {"offline": True}, True),
    ],
)
async def test_what_is_gone_is_known_for_a_while(
    tmp_path: Path, days: float, settings: dict[str, Any], is_known: bool
) -> None:
    """With the day that it was said on."""
    told = START - timedelta(days=days)
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": GONE}, told, viewer="")
        answer = await looked_up(store, **settings)
    if is_known:
        assert answer == Refusal(Reason.NOT_FOUND, f"there is none (as of {told:%Y-%m-%d})")
    else:
        assert answer is None


async def test_who_ranks_private_repositories_asks_again(tmp_path: Path) -> None:
    """What is gone for one who does not, may be private."""
    with Store(tmp_path / "store.db") as store:
        async with Cache(Records(store), Settings(), {GITHUB: TOKEN}, FakeClock()) as cache:
            await cache.put({NAME: GONE}.items())
        for private in (False, True):
            again = Cache(
                Records(store), Settings(include_private=private), {GITHUB: TOKEN}, FakeClock()
            )
            assert bool(outcomes_of(await look_up(again, NAME))) is not private


@pytest.mark.parametrize(
    ("answer", "is_stale"),
    [
        (Refusal(Reason.THROTTLED, ""), True),
        (Refusal(Reason.UNAVAILABLE, ""), True),
        (Refusal(Reason.MALFORMED, ""), True),
        (Refusal(Reason.INTERRUPTED, ""), True),
        (Refusal(Reason.FORBIDDEN, ""), False),
        (Refusal(Reason.BLOCKED, ""), False),
        (GONE, False),
        (at(0, stars=6), False),
    ],
)
async def test_a_passing_failure_keeps_the_last_figures(
    tmp_path: Path, answer: Answer, is_stale: bool
) -> None:
    """They stand in, and say why; a word about the repository itself counts."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": at(99)}, viewer="")
        cache = Cache(Records(store), Settings(), {}, FakeClock())
        workspace = await look_up(cache, NAME, OTHER)
    assert outcomes_of(workspace) == {}
    workspace.put_answers([(NAME, answer), (OTHER, answer)])
    if isinstance(answer, Refusal) and is_stale:
        assert outcomes_of(workspace) == {"a/a": Stale(at(99), answer), "b/b": answer}
    else:
        assert outcomes_of(workspace) == {"a/a": answer, "b/b": answer}


async def test_no_figures_stand_in_for_what_was_gone(tmp_path: Path) -> None:
    """What was refused last and then fails in passing, fails: its figures are of another time."""
    answer = Refusal(Reason.UNAVAILABLE, "")
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": at(999)}, viewer="")
        await save(store, {"a/a": GONE}, START - 998 * HOUR, viewer="")
        cache = Cache(Records(store), Settings(), {}, FakeClock())
        workspace = await look_up(cache, NAME)
    assert outcomes_of(workspace) == {}
    workspace.put_answers([(NAME, answer)])
    assert outcomes_of(workspace) == {"a/a": answer}


async def test_without_a_store_nothing_is_known() -> None:
    """And nothing that is noted does harm."""
    async with Cache(None, Settings(), {}, FakeClock()) as cache:
        assert outcomes_of(await look_up(cache, NAME)) == {}
        await cache.put({NAME: at(0)}.items())
        cache.put_list("a/list", "text")
        assert await cache.lookup_list("a/list") is None
        assert not cache.is_writable

        async def send(request: Request) -> Response:
            raise AssertionError(request)

        assert cache.conditional(send, None) is send


class Slow(Records):
    """Records whose writing can be held, and fails when it is told to."""

    def __init__(self, store: Store, error: Exception | None = None) -> None:
        super().__init__(store)
        self.error = error
        self.batches: list[int] = []
        """How many answers each transaction held."""
        self.histories: list[int] = []
        """How many star histories."""
        self.held = threading.Event()
        self.held.set()
        self.begun = asyncio.Event()

    async def save(
        self,
        answers: Mapping[RepositoryName, Answer],
        responses: Mapping[CacheKey, CachedResponse],
        now: datetime,
        viewer: str,
    ) -> None:
        """Count, wait, and do it or fail."""
        self.batches.append(len(answers))
        self.begun.set()
        await self._database.write(lambda _: self.held.wait(30))
        if self.error is not None:
            raise self.error
        await super().save(answers, responses, now, viewer)

    async def save_star_histories(self, histories: Iterable[StarHistory]) -> None:
        """Count, and do it."""
        self.histories.append(len(found := list(histories)))
        await super().save_star_histories(found)


def names(count: int) -> dict[RepositoryName, Answer]:
    """Answers for as many names."""
    return {
        RepositoryName(f"o/r{number}", "github.com"): facts(f"o/r{number}", number, number)
        for number in range(count)
    }


async def test_what_comes_together_is_written_together(tmp_path: Path) -> None:
    """While one transaction is written, the answers of the next one gather; none waits longer,
    and none is left behind."""
    with Store(tmp_path / "store.db") as store:
        records = Slow(store)
        records.held.clear()
        async with Cache(records, Settings(), {}, FakeClock()) as cache:
            cache.start_writing()
            noted = list(names(30).items())
            await cache.put(noted[:3])
            await records.begun.wait()
            for one in noted[3:]:
                await cache.put([one])
            records.held.set()
        assert records.batches == [3, 27]
    assert query(store.path, "SELECT count(*) FROM facts") == [30]


async def test_responses_and_star_histories_are_written_by_the_dozen(tmp_path: Path) -> None:
    """A transaction for each would take longer than fetching it; none is left behind."""
    count = 2 * TOGETHER + 1
    with Store(tmp_path / "store.db") as store:
        records = Slow(store)
        async with Cache(records, Settings(), {}, FakeClock()) as cache:
            await cache.flush()
            send = cache.conditional(Server().send, None)
            for number in range(count):
                await send(ask(url=f"https://x/{number}"))
                name = RepositoryName(f"o/r{number}", GITHUB)
                cache.put_history(StarHistory(name, number, 1, START.date(), (1,)))
                await asyncio.sleep(0)
        assert sum(records.histories) == count
        assert all(each >= TOGETHER for each in records.histories[:-1])
        assert len(records.batches) <= 3
    assert query(store.path, "SELECT count(*) FROM response") == [count]


async def test_noting_does_not_wait(tmp_path: Path) -> None:
    """Answers are written when the loop is free, and there when they are waited for."""
    with Store(tmp_path / "store.db") as store:
        records = Slow(store)
        cache = Cache(records, Settings(), {}, FakeClock())
        await cache.put(names(3).items())
        assert not records.batches
        await cache.flush()
        await cache.flush()
        assert query(store.path, "SELECT count(*) FROM facts") == [3]
        await cache.put({NAME: at(0)}.items())
        await cache.flush()
        assert records.batches == [3, 1]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancelled_run_writes_what_it_noted(tmp_path: Path, times: int) -> None:
    """However often it is cancelled: all that had been noted is in the file when it ends."""
    with Store(tmp_path / "store.db") as store:
        records = Slow(store)
        records.held.clear()
        noted = asyncio.Event()

        async def run() -> None:
            async with Cache(records, Settings(), {}, FakeClock()) as cache:
                cache.start_writing()
                await cache.put({NAME: at(0)}.items())
                await records.begun.wait()
                await cache.put(names(5).items())
                noted.set()

        task = asyncio.create_task(run())
        await noted.wait()
        for _ in range(times):
            await asyncio.sleep(0)
            task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not task.done()
        records.held.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert query(store.path, "SELECT count(*) FROM facts") == [6]
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_store_that_fails_is_complained_of_once(
    tmp_path: Path, complaints: list[str]
) -> None:
    """What cannot be written is read all the same; nothing more is tried to be written, and to end
    it is no error."""
    with Store(tmp_path / "store.db") as store:
        records = Slow(store, StoreError("the store x cannot grow"))
        await Records.save(records, {OTHER: at(0, "b/b")}, {}, START, "")
        await Records(store).save_list("a/list", "text")
        async with Cache(records, Settings(), {}, FakeClock()) as cache:
            await cache.put({NAME: at(0)}.items())
            await cache.flush()
            assert (cache.records, cache.is_writable) == (records, False)
            await cache.put(names(3).items())
            cache.put_list("a/list", "another")
            cache.stop_writing(StoreError("again"))
            assert outcomes_of(await look_up(cache, NAME, OTHER)) == {"b/b": at(0, "b/b")}
            assert await cache.lookup_list("a/list") == "text"
        assert records.batches == [1]
    assert complaints == ["the store x cannot grow; nothing more is stored in this run"]


async def test_a_list_that_cannot_be_kept(tmp_path: Path, complaints: list[str]) -> None:
    """It is complained of once, and nothing is tried to be written after that."""
    with Store(tmp_path / "store.db") as store:
        records = Slow(store)
        await Records(store).find_viewer(None)
        await store.database.read(lambda found: found.execute("PRAGMA query_only = ON").fetchall())
        async with Cache(records, Settings(), {}, FakeClock()) as cache:
            assert outcomes_of(await look_up(cache, NAME)) == {}
            for _ in range(2):
                cache.put_list("a/list", "text")
                await cache.flush()
            await cache.put({NAME: at(0)}.items())
            await cache.flush()
            assert (cache.records, cache.is_writable) == (records, False)
        assert records.batches == []
    assert len(complaints) == 1
    assert "read-only; nothing more is stored in this run" in complaints[0]


async def test_a_store_that_cannot_be_read(tmp_path: Path, complaints: list[str]) -> None:
    """Everything is asked for then; offline there is nothing else, and it is an error."""
    (tmp_path / "store.db").write_bytes(b"no store")
    with Store(tmp_path / "store.db") as store:
        with pytest.raises(StoreError, match="no store at all"):
            await looked_up(store, offline=True)
        assert not complaints
        async with Cache(Records(store), Settings(), {}, FakeClock()) as cache:
            assert outcomes_of(await look_up(cache, NAME)) == {}
            assert (cache.records, cache.is_writable) == (None, False)
            cache.give_up(StoreError("again"))
            await cache.put({NAME: at(0)}.items())
            cache.put_list("a/list", "text")
            assert await cache.lookup_list("a/list") is None
        assert len(complaints) == 1
        assert complaints[0].endswith("; the run goes on without it")


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("https://api.github.com", "https://API.github.com/", True),
        ("https://api.github.com", "http://127.0.0.1:8080", True),
        ("https://api.github.com", "https://git.example/api/v3", False),
        ("https://git.example/api/v3", "https://git.example:8443/api", True),
        ("https://git.example/api/v3", "http://localhost:8080", False),
    ],
)
async def test_a_store_keeps_the_repositories_of_several_servers_apart(
    tmp_path: Path, first: str, second: str, is_same: bool
) -> None:
    """The same name and number on two servers are two repositories, side by side in one file."""
    names = [RepositoryName("a/a", host_of_api(api_url)) for api_url in (first, second)]
    with Store(tmp_path / "store.db") as store:
        for stars, (name, api_url) in enumerate(zip(names, (first, second), strict=True)):
            async with Cache(Records(store), Settings(api_url=api_url), {}, FakeClock()) as cache:
                await cache.put(
                    {name: facts("a/a", stars, 42, host=name.host, fetched_at=NOON)}.items()
                )
        known = await Records(store).load_known(names, Provenance.GITHUB, None)
        for number, name in enumerate(names):
            stars = 1 if is_same else number  # of one repository, what was learned last
            assert known[name].facts == facts("a/a", stars, 42, host=name.host)
            assert await store.load_history(name.qualified) == (
                name.qualified,
                (Point(NOON.date(), stars),),
            )
    assert query(store.path, "SELECT count(*) FROM repository") == [1 if is_same else 2]


@dataclass
class Server:
    """Answers with an ETag, and with 304 to a request that has it."""

    etag: str = '"one"'
    body: bytes = b"body"
    asked: list[str | None] = field(default_factory=list)
    """The ETag of each request."""

    async def send(self, request: Request) -> Response:
        """Make the exchange."""
        known = request.headers.get("If-None-Match")
        self.asked.append(known)
        if known == self.etag:
            return Response(304, {}, b"", request.url)
        return Response(200, {"etag": self.etag}, self.body, request.url)


def keep(_: Response) -> bool:
    """Every answer may be remembered."""
    return True


def ask(url: str = "https://x/y", accept: str = "text/plain", **more: Any) -> Request:
    """A request that is made conditional where it can be."""
    return Request("GET", url, {"Accept": accept}, **{"keep": keep, **more})


async def bodies(
    store: Store, server: Server, *requests: Request, token: Token | None = TOKEN
) -> list[bytes]:
    """What one run gets for its requests."""
    async with Cache(Records(store), Settings(), {}, FakeClock()) as cache:
        send = cache.conditional(server.send, token)
        return [(await send(request)).body for request in requests]


async def test_the_second_run_asks_whether_it_has_changed(tmp_path: Path) -> None:
    """An unchanged answer is the one that was remembered, a changed one takes its place."""
    server = Server()
    with Store(tmp_path / "store.db") as store:
        assert await bodies(store, server, ask()) == [b"body"]
        assert await bodies(store, server, ask()) == [b"body"]
        server.etag, server.body = '"two"', b"new"
        assert await bodies(store, server, ask()) == [b"new"]
        assert await bodies(store, server, ask()) == [b"new"]
    assert server.asked == [None, '"one"', '"one"', '"two"']


@pytest.mark.parametrize(
    ("request_", "token"),
    [
        (ask(url="https://x/z"), TOKEN),
        (ask(accept="text/html"), TOKEN),
        (ask(), None),
        (ask(), Token("another token 0123456789")),
        (ask(keep=None), TOKEN),
    ],
    ids=["another address", "another type", "no token", "another token", "not to be kept"],
)
async def test_an_etag_belongs_to_its_request(
    tmp_path: Path, request_: Request, token: Token | None
) -> None:
    """Address, media type and viewer: GitHub's validators differ by each."""
    server = Server()
    with Store(tmp_path / "store.db") as store:
        await bodies(store, server, ask())
        await bodies(store, server, request_, token=token)
    assert server.asked == [None, None]


@pytest.mark.parametrize("status", [404, 500])
async def test_only_what_may_be_kept_is(tmp_path: Path, status: int) -> None:
    """Neither failures, nor what the request forbids, nor what has no ETag or one that cannot be
    sent."""
    seen: list[Mapping[str, str]] = []

    async def send(request: Request) -> Response:
        seen.append(request.headers)
        answers = (
            Response(status, {"etag": "x"}, b"", request.url),
            Response(200, {"etag": "x"}, b"private", request.url),
            Response(200, {}, b"", request.url),
            Response(200, {"etag": '"é"'}, b"", request.url),
        )
        return answers[len(seen) % 4]

    def is_public(response: Response) -> bool:
        return response.body != b"private"

    with Store(tmp_path / "store.db") as store:
        for _ in range(8):
            async with Cache(Records(store), Settings(), {}, FakeClock()) as cache:
                await cache.conditional(send, None)(ask(keep=is_public))
    assert not any("If-None-Match" in headers for headers in seen)


async def test_offline_nothing_is_written(tmp_path: Path) -> None:
    """An offline run only reads the store; lists that another viewer read count, too."""
    server = Server()
    with Store(tmp_path / "store.db") as store:
        async with Cache(Records(store), Settings(), {GITHUB: TOKEN}, FakeClock()) as cache:
            await look_up(cache, NAME)
            await cache.put({NAME: GONE}.items())
            cache.put_list("a/list", "text")
        before = store.path.with_name("store.db-wal").read_bytes()
        async with Cache(Records(store), Settings(offline=True), {}, FakeClock()) as cache:
            assert not cache.is_writable
            assert "a/a" in outcomes_of(await look_up(cache, NAME))
            assert await cache.lookup_list("a/list") == "text"
            await cache.put({OTHER: at(0, "b/b")}.items())
            cache.put_list("a/list", "another")
            await cache.conditional(server.send, None)(ask())
            assert await cache.lookup_list("a/list") == "text"
        assert store.path.with_name("store.db-wal").read_bytes() == before
