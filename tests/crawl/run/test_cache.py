"""`rank_repos()` with a store: what is asked again and when, whose the store is, what is kept."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import pytest
from crawl.run.days import MONDAY, Days, row_of
from remembering import is_sound
from standin import TOKEN, Fault, File, Gate, faults
from store.tables import load_run

from crawler import ListError, Reason, RunError, StoreError, UsageError, rank_repos
from crawler.model.durations import Duration
from crawler.model.errors import ConfigError
from crawler.store import Store
from crawler.store.database import Connection, Database

T = TypeVar("T")

ALL = {"o/one": 1, "o/two": 1, "o/three": 1, "o/four": 1}
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("max_age", ["12h", timedelta(hours=12)])
async def test_younger_than_that_is_not_asked(days: Days, max_age: Duration) -> None:
    """Up to the age exclusively a figure counts, with its age; from then on it is asked anew."""
    await days.rank()
    days.star(one=1001)
    days.at(seconds=43199)
    ranking = await days.rank(max_age=max_age)
    assert (days.asked, ranking.usage.from_store, ranking.usage.requests) == ({}, 4, 1)
    assert (row_of(ranking, "one").stars, row_of(ranking, "one").age) == (1000, 43199)
    assert row_of(ranking, "one").fetched_at == MONDAY
    days.at(seconds=43200)
    ranking = await days.rank(max_age=max_age)
    assert (days.asked, ranking.usage.from_store) == (ALL, 0)
    assert (row_of(ranking, "one").stars, row_of(ranking, "one").age) == (1001, 0)


@pytest.mark.parametrize("token", [TOKEN, "other"])
async def test_what_is_asked_by_its_tag(days: Days, token: str) -> None:
    """A list anywhere, and each repository by REST; a tag belongs to the token that it came for."""
    days.github.world.tokens.add("other")
    days.github.files["list.md"] = File(b"* [x](https://github.com/o/one)\n", {"etag": '"1"'})
    lists = ("https://lists.example/files/list.md", "a/list")
    await days.rank(*lists, provider="rest")
    await days.rank(*lists, provider="rest", token=token)
    found = {(each.kind, "if-none-match" in each.headers) for each in days.github.log.exchanges}
    assert found >= {("file", True), ("repository", token == TOKEN)}
    assert ("repository", token != TOKEN) not in found


@pytest.mark.parametrize(
    "action",
    [
        faults.respond(200, "<html><title>Log in</title>", {"content-type": "text/html"}),
        faults.respond(200, "<script>leave()</script>", {"content-type": "text/html"}),
        faults.respond(200, "Log in first."),
        faults.respond(200),
        faults.respond(404, "<html><title>Log in</title>", {"content-type": "text/html"}),
    ],
    ids=["page", "part of a page", "text", "nothing", "missing"],
)
@pytest.mark.parametrize("kind", ["readme", "file"])
async def test_no_list_takes_the_place_of_one(
    days: Days, action: faults.Action, kind: Literal["readme", "file"]
) -> None:
    """What a portal sends to everybody gives no entries, and is not what --offline ranks later."""
    readme = days.github.world.named("a/list")
    assert readme is not None
    assert readme.readme is not None
    days.github.files["list.md"] = File(readme.readme, {"etag": '"one"'})
    name = "a/list" if kind == "readme" else "https://lists.example/files/list.md"
    await days.rank(name)
    days.github.faults.append(Fault(action, kind=kind, times=None))
    with pytest.raises((ListError, RunError)):
        await days.rank(name, retries=0)
    assert [row.repository for row in await days.rank(name, offline=True)] == list(ALL)


@pytest.mark.parametrize(
    "action",
    [
        faults.respond(404, "<html><title>Log in</title>", {"content-type": "text/html"}),
        faults.respond(403, "<html><p>You have exceeded a secondary rate limit.</p></html>"),
        faults.respond(403, {"message": "Forbidden"}),
        faults.respond(451),
        faults.respond(302, "", {"location": "http://login.portal.test/"}),
    ],
    ids=["portal", "limit", "gateway", "nothing", "redirect"],
)
async def test_what_is_no_verdict_is_not_kept(days: Days, action: faults.Action) -> None:
    """What somebody else said, or a limit, is asked for again in the next run."""
    days.github.faults.append(Fault(action, kind="repository", repository="o/two", times=2))
    ranking = await days.rank(provider="rest", max_wait=0.0, retries=0, concurrency=1)
    assert not ranking.complete
    assert {failure.reason for failure in ranking.failures} <= {
        Reason.UNAVAILABLE,
        Reason.THROTTLED,
    }
    days.github.faults.clear()
    ranking = await days.rank(provider="rest")
    assert ranking.complete
    assert [row.repository for row in ranking] == list(ALL)


async def test_each_figure_has_its_own_age(days: Days) -> None:
    """What was learned in a later run over another list counts as of then."""
    await days.rank()
    days.publish("b/list", one=1000, five=5)
    days.at(hours=10)
    await days.rank("b/list")
    days.at(hours=13)
    await days.rank("a/list", max_age="12h")
    assert days.asked == {"o/two": 1, "o/three": 1, "o/four": 1}


async def test_offline_takes_what_there_is(days: Days) -> None:
    """However old; what was never asked for is `never_asked`, and the report incomplete."""
    await days.rank()
    readme = days.folder / "mine.md"
    readme.write_text("* [1](https://github.com/o/one)\n* [9](https://github.com/o/nine)\n")
    days.at(days=4000)
    ranking = await days.rank(str(readme), offline=True, token=None)
    assert (days.asked, ranking.usage.requests, ranking.complete) == ({}, 0, False)
    assert row_of(ranking, "one").age == 4000 * 86400
    assert [(each.repository, each.reason) for each in ranking.failures] == [
        ("o/nine", Reason.NEVER_ASKED)
    ]
    with pytest.raises(ListError, match="b/list"):
        await days.rank("b/list", offline=True)


@pytest.mark.parametrize(
    "options",
    [
        {"offline": True, "store": None},
        {"offline": True, "refresh": True},
        {"max_age": "soon"},
        {"max_age": -1},
        {"gone_grace": "1 fortnight"},
        {"since": "yesterday"},
        {"since": "2999-01-01"},
        {"since": timedelta(days=-1)},
        {"since": "7d", "store": None},
    ],
    ids=str,
)
async def test_what_makes_no_sense(days: Days, options: dict[str, Any]) -> None:
    """A usage error before anything is asked or made."""
    with pytest.raises(UsageError):
        await days.rank(**options)
    assert (days.github.log.exchanges, days.store.exists()) == ([], False)
    with pytest.raises(ConfigError):
        await days.rank(**options)


async def test_a_stale_figure(days: Days) -> None:
    """A passing failure leaves the last known figure, told apart; the next run asks for it."""
    await days.rank()
    days.at(days=1)
    days.github.faults.append(Fault(faults.nullify("o/two"), kind="graphql", times=None))
    ranking = await days.rank(retries=0)
    row = row_of(ranking, "two")
    assert (row.stars, row.stale, row.reason, row.age) == (500, True, Reason.MALFORMED, 86400)
    assert (ranking.complete, ranking.sums.stale, ranking.failures) == (False, 1, ())
    days.github.faults.clear()
    days.at(days=1, hours=1)
    ranking = await days.rank(max_age="12h")
    assert days.asked == {"o/two": 1}
    assert ranking.complete


async def test_the_caller_keeps_its_store(days: Days) -> None:
    """A Store that is handed in stays open; one that was made of a path is closed."""
    store = Store(days.store)
    for _ in range(2):
        await days.rank(store=store)
    assert await store.load_history("o/one") is not None
    store.close()
    with pytest.raises(StoreError):
        await store.load_history("o/one")
    ranking = await days.rank(store=store)
    assert len(ranking) == 4
    github = days.github
    for path in (days.store, str(days.store)):
        ranking = await rank_repos("a/list", token=TOKEN, store=path, transport=github.local)
        assert len(ranking) == 4
    # Nobody holds it any more: what SQLite keeps beside an open file is gone.
    assert [path.name for path in days.folder.glob("store.db*")] == ["store.db"]


async def test_two_runs_share_a_store(days: Days) -> None:
    """Side by side over one Store: both whole, and all is kept."""
    days.publish("b/list", five=5, one=1000, six=6)
    async with Store(days.store) as store:
        both = await asyncio.gather(
            *(days.rank(name, store=store) for name in ("a/list", "b/list", "a/list"))
        )
        assert [len(ranking) for ranking in both] == [4, 3, 4]
        assert all(ranking.complete for ranking in both)
        await days.rank("a/list", "b/list", store=store, max_age="12h")
        assert days.asked == {}
    assert is_sound(days.store)


@pytest.mark.parametrize("own", [True, False], ids=["path", "store"])
async def test_cancelled_half_way(days: Days, own: bool) -> None:
    """What had been answered is kept; no task and no connection is left."""
    gate = Gate()
    days.github.faults.append(Fault(faults.hold(gate), kind="graphql", skip=1))
    store: Store | Path = days.store if own else Store(days.store)
    run = asyncio.create_task(days.rank(store=store, batch_size=2, concurrency=1))
    await asyncio.to_thread(days.github.log.wait_for, lambda log: len(log.of("graphql")) == 2)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert asyncio.all_tasks() == {asyncio.current_task()}
    gate.open()
    if isinstance(store, Store):
        await asyncio.to_thread(store.close)
    await days.rank(max_age="12h")
    assert days.asked == {"o/three": 1, "o/four": 1}
    assert is_sound(days.store)


class Burning(Database):
    """Fails as soon as something is to be kept."""

    tried = 0

    async def write(self, _: object) -> NoReturn:
        """Count it, and fail."""
        self.tried += 1
        raise StoreError("the store is on fire")


class Slow(Burning):
    """Has others wait for what it looks up, and fails meanwhile."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Give the others several turns of the loop."""
        found = await super().read(work)
        for _ in range(100):
            await asyncio.sleep(0)
        return found


@pytest.mark.parametrize("kind", [Burning, Slow])
@pytest.mark.parametrize("provider", ["graphql", "rest"])
async def test_a_store_that_fails_on_the_way(
    days: Days, kind: type[Burning], provider: str
) -> None:
    """A write that fails costs one sentence, not the ranking; nothing more is tried, whatever the
    store is being asked for at that moment."""
    database = kind(days.store)
    async with Store(days.store) as store:
        store.database = database
        ranking = await days.rank(store=store, provider=provider, batch_size=1)
    assert (len(ranking), ranking.complete, ranking.changes) == (4, True, None)
    assert database.tried == 1


async def test_offline_without_a_usable_store(days: Days) -> None:
    """Offline there is nothing to fall back on."""
    days.store.write_text("no database at all")
    readme = days.folder / "mine.md"
    readme.write_text("* [1](https://github.com/o/one)\n")
    for name in (str(readme), "a/list"):
        with pytest.raises(StoreError):
            await days.rank(name, offline=True)


async def test_a_network_that_is_lost(days: Days) -> None:
    """The answers until then are kept, and the next run asks for the others alone."""
    fault = Fault(faults.reset(), kind="graphql", skip=1, times=None)
    days.github.faults.append(fault)
    ranking = await days.rank(retries=0, batch_size=2, concurrency=1)
    assert [(row.repository, row.stale) for row in ranking] == [("o/one", False), ("o/two", False)]
    assert {each.reason for each in ranking.failures} == {Reason.UNAVAILABLE}
    days.github.faults.clear()
    days.at(minutes=10)
    ranking = await days.rank(max_age="12h")
    assert (days.asked, len(ranking)) == ({"o/three": 1, "o/four": 1}, 4)
    # Those had not been listed newly, only never been answered.
    assert ranking.changes is not None
    assert ranking.changes.new == ()


async def test_all_known_and_a_dead_server(days: Days) -> None:
    """The last known figures are a report, and nothing of it is from the store alone."""
    await days.rank()
    days.github.faults.append(Fault(faults.reset(), kind="graphql", times=None))
    ranking = await days.rank(retries=0)
    assert [(row.stale, row.reason) for row in ranking] == [(True, Reason.UNAVAILABLE)] * 4
    assert (ranking.complete, ranking.usage.from_store) == (False, 0)


async def test_nothing_known_and_a_dead_server(days: Days) -> None:
    """A run without any answer is none: it is not kept, and nothing is compared with it."""
    days.github.faults.append(Fault(faults.reset(), kind="graphql", times=None))
    with pytest.raises(RunError):
        await days.rank(retries=0)
    days.github.faults.clear()
    ranking = await days.rank()
    assert ranking.changes is None


async def test_private_repositories_leave_no_figure(days: Days) -> None:
    """With include_private they are ranked, and not kept: not in facts, history, runs or events."""
    days.github.world.change("o/two", private=True, stars=77701, description="hush hush")
    for passed in (0, 1):
        days.at(days=passed)
        days.github.world.change("o/two", stars=77701 + 5000 * passed, archived=bool(passed))
        ranking = await days.rank(include_private=True)
        assert row_of(ranking, "two").stars == 77701 + 5000 * passed
    async with Store(days.store) as store:
        found = await load_run(store)
        assert found is not None
        kept = found[1]
        assert [row.repository for row in kept] == ["o/one", "o/three", "o/four"]
        assert [(each.repository, each.reason) for each in kept.failures] == [
            ("o/two", Reason.NOT_FOUND)
        ]
        assert await store.load_history("o/two") is None
        assert "hush" not in repr(kept)
    ranking = await days.rank(include_private=False)
    assert [each.reason for each in ranking.failures] == [Reason.NOT_FOUND]
    assert ranking.changes is not None
    assert "o/two" not in (*(ranking.changes.gone or ()), *(ranking.changes.archived or ()))


WATCHED = """
import asyncio, sys
touched = []
folder = sys.argv[1]
def hook(event, args):
    if event == "sqlite3.connect" and args != (":memory:",):
        touched.append((event, args))
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        touched.append((event, args))
    if event in ("os.mkdir", "os.rename", "os.remove"):
        touched.append((event, args))
sys.dont_write_bytecode = True
sys.addaudithook(hook)
from crawler import rank_repos
ranking = asyncio.run(rank_repos("a/list", token=sys.argv[2], api_url=sys.argv[1]))
print(len(ranking), touched)
"""


def test_without_a_store_no_disk_is_touched(days: Days) -> None:
    """`store=None` writes no file and makes no folder: the tables of the run are in memory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(days.folder)}
    with days.github as github:
        run = subprocess.run(
            [sys.executable, "-c", WATCHED, github.url, TOKEN],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (run.stdout, run.stderr) == ("4 []\n", "")
