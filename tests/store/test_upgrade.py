"""Stores of older versions go on: what they hold was written by the last commit that had each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import facts, named
from store.samples import query

from crawler.model.results import Event, Point
from crawler.model.rows import EventKind
from crawler.model.values import FigureKind, Provider, Reason, RepositoryName, StarHistory
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.records import Records
from crawler.store.schema import APPLICATION_ID
from crawler.store.workspace import Workspace

BOTH = "entries https://github.com/a/list/\nentries https://github.com/b/list/"
ONE = "entries https://github.com/a/list/"
LAST = datetime(2024, 5, 17, 12, tzinfo=UTC)

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a store of an older version."""

    def store(name: str, version: int = 1) -> Path:
        path = tmp_path / "store.db"
        script = Path(__file__).with_name(f"v{version}") / f"{name}.sql"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script.read_text("utf-8"))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version}")
        return path

    return store


async def test_figures_and_history_go_on(make: Make) -> None:
    """Figures, what is gone, histories under all names, imports, and the exact figures of late."""
    with Store(make("github")) as store:
        names = [named(name) for name in ("o/ONE", "o/renamed", "o/old", "o/dies", "o/nothing")]
        known = await Records(store).load_known(names, Provenance.GITHUB, None)
        one = known[names[0]].facts
        assert one == facts(
            "o/one",
            1105,
            1001,
            forks=7,
            language="C#",
            license="MIT",
            archived=False,
            fork=False,
            fetched_at=LAST,
            pushed_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
            about="What GitHub says of one.",
        )
        assert known[names[1]].facts == known[names[2]].facts
        gone = known[names[3]].refusal
        assert gone is not None
        assert gone.reason is Reason.NOT_FOUND
        assert names[4] not in known
        assert await store.load_history("o/old") == (
            "o/renamed",
            tuple(Point(date(2024, 5, day), 70) for day in (6, 7, 9, 16, 17)),
        )
        assert await store.load_history("o/unknown") == (
            "o/unknown",
            (Point(date(2024, 1, 1), 12, FigureKind.IMPORTED),),
        )
        history = await store.load_history("o/one")
        assert history is not None
        assert [point.stars for point in history[1]] == [600, 700, 990, 995, 1010, 1100, 1105]
        readings = await Records(store).load_readings(["o/one"], Provenance.GITHUB, LAST)
        assert readings == {"o/one": Point(LAST.date(), 1105)}
        undated = await Records(store).load_known(names[:1], Provenance.DEPSDEV, None)
        assert undated[names[0]].facts is not None


async def test_runs_and_feeds_go_on(make: Make) -> None:
    """The last run over each of the lists and over both, and all that runs noticed."""
    with Store(make("github")) as store:
        for scope, rows, gone in ((BOTH, 7, 1), (ONE, 6, 1)):
            (_, ranking), *parts = await Records(store).load_run(
                Workspace(on_disk=False), scope, Provenance.GITHUB
            )
            assert ranking.generated_at == LAST
            assert [row.name for row in ranking][:2] == [named("o/one"), named("o/two")]
            assert len(ranking.rows) == rows
            assert [each.name for each in ranking.failures] == [named("o/dies")] * gone
            assert len(parts) == (2 if scope == BOTH else 0)
        events = await Records(store).load_events(BOTH, Provenance.GITHUB, until=LAST)
        at = datetime(2024, 5, 9, 12, tzinfo=UTC)
        assert Event(EventKind.RENAMED, at, "o/renamed", "github.com", 1005, "o/old") in events
        assert len(events) == 7
        text = await Records(store).load_list("https://github.com/a/list/")
        assert text is not None
        assert "About three" in text


async def test_names_know_when_they_were_seen(make: Make) -> None:
    """As far as figures were kept under them."""
    path = make("github")
    with Store(path) as store:
        await Records(store).find_viewer(None)
    seen = "SELECT first_seen || '-' || last_seen FROM alias WHERE key = 'github.com/o/{}'"
    assert query(path, seen.format("one")) == ["19723-19860"]
    assert query(path, seen.format("old")) == ["19849-19850"]
    assert query(path, seen.format("renamed")) == ["19852-19860"]
    assert query(path, "PRAGMA foreign_key_check") == []
    assert query(path, "PRAGMA integrity_check") == ["ok"]


async def test_the_repositories_of_a_server_stay_its_own(make: Make) -> None:
    """A store of an Enterprise Server goes on as that, and takes in those of others."""
    name = RepositoryName("team/tool", "ghe.example.com")
    path = make("enterprise")
    with Store(path) as store:
        known = (await Records(store).load_known([name], Provenance.GITHUB, None))[name].facts
        assert known is not None
        assert (known.name, known.id, known.provider) == (name, 7, Provider.GRAPHQL)
        assert await Records(store).load_known([named("team/tool")], Provenance.GITHUB, None) == {}
        assert await store.load_history("team/tool") is None
        assert await store.load_history("ghe.example.com/team/tool") == (
            "ghe.example.com/team/tool",
            (Point(date(2024, 5, 6), 42),),
        )
        other = facts("team/tool", 1, 7, fetched_at=LAST)
        await Records(store).save({other.name: other}, {}, LAST, "")
    assert query(path, "SELECT host FROM repository WHERE number = 7") == [
        "ghe.example.com",
        "github.com",
    ]


async def test_version_2_goes_on(make: Make) -> None:
    """Figures, histories, the last run and its events; star histories find their place."""
    path = make("github", 2)
    with Store(path) as store:
        records = Records(store)
        known = await records.load_known([named("o/three")], Provenance.GITHUB, None)
        assert known[named("o/three")].facts is not None
        assert await store.load_history("o/one") == (
            "o/one",
            (
                Point(date(2024, 1, 1), 600, FigureKind.IMPORTED),
                Point(date(2024, 5, 6), 1000),
                Point(date(2024, 5, 13), 1010),
            ),
        )
        (_, ranking), *parts = await records.load_run(
            Workspace(on_disk=False), BOTH, Provenance.GITHUB
        )
        assert [row.repository for row in ranking] == [
            "o/one",
            "o/two",
            "o/drei",
            "o/six",
            "o/five",
        ]
        assert len(parts) == 2
        at = datetime(2024, 5, 13, 12, tzinfo=UTC)
        events = await records.load_events(BOTH, Provenance.GITHUB, until=at)
        assert Event(EventKind.RENAMED, at, "o/drei", "github.com", 1003, "o/three") in events
        told = StarHistory(named("o/drei"), 1003, 100, date(2024, 5, 1), (1,) * 13)
        await records.save_star_histories([told])
        days = await records.load_known_days([named("o/three")], date(2024, 5, 14))
        assert days[named("o/three")].first == date(2024, 5, 1)
    assert query(path, "PRAGMA foreign_key_check") == []
    assert query(path, "PRAGMA integrity_check") == ["ok"]
