"""One repository under several names, and one name of several repositories after each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import NOON, facts, full_facts
from store.samples import TODAY, exported, history, known, known_facts, query, save, undated

from crawler.model.results import Point
from crawler.model.values import RepositoryName
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.records import Records

DAY = NOON.date()
YESTERDAY = NOON - timedelta(days=1)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store(tmp_path / "store.db") as new:
        yield new


async def repositories(store: Store) -> int:
    """How many different ones it knows."""
    store.close()
    count: int = query(store.path, "SELECT count(*) FROM repository")[0]
    assert query(store.path, "PRAGMA foreign_key_check") == []
    for table in ("facts", "series", "reading", "alias"):
        lost = f"SELECT count(*) FROM {table} WHERE repository NOT IN (SELECT id FROM repository)"
        assert query(store.path, lost) == [0]
    assert query(store.path, "SELECT count(*) FROM span WHERE series NOT IN (SELECT id "
        "FROM series)") == [0]  # fmt: skip
    return count


async def test_a_rename_keeps_the_history(store: Store) -> None:
    """The old name leads to what has the new one, and the new one to what the old one had."""
    await save(store, {"old/name": facts("old/name", 10, 7)})
    await save(store, {"old/name": facts("new/name", 12, 7, fetched_at=TOMORROW)})
    for name in ("old/name", "new/name"):
        assert await known_facts(store, name) == facts("new/name", 12, 7, fetched_at=TOMORROW)
        assert await history(store, name) == {0: 10, 1: 12}
    found = await store.load_history("old/name")
    assert found
    assert found[0] == "new/name"
    assert await repositories(store) == 1


async def test_a_rename_that_only_the_new_name_shows(store: Store) -> None:
    """The list follows the rename: the number tells that it is the same."""
    await save(store, {"old/name": facts("old/name", 10, 7)})
    await save(store, {"new/name": facts("new/name", 12, 7, fetched_at=TOMORROW)})
    assert await history(store, "new/name") == {0: 10, 1: 12}
    assert await history(store, "old/name") == {0: 10, 1: 12}
    assert await repositories(store) == 1


async def test_renamed_again_and_back(store: Store) -> None:
    """Three names in turn, the first one again at the end."""
    for day, name in enumerate(["a/a", "b/b", "c/c", "a/a"]):
        now = NOON + timedelta(days=day)
        await save(store, {name: facts(name, 10 + day, 7, fetched_at=now)})
    for name in ("a/a", "b/b", "c/c"):
        assert await history(store, name) == {0: 10, 1: 11, 2: 12, 3: 13}
        found = await known_facts(store, name)
        assert found
        assert found.full_name == "a/a"
    assert await repositories(store) == 1


async def test_two_names_in_one_batch(store: Store) -> None:
    """A list that names a repository twice brings in one."""
    both = facts("new/name", 10, 7)
    await save(store, {"old/name": both, "new/name": both})
    assert await known_facts(store, "old/name") == both
    assert await repositories(store) == 1


async def test_letter_case_does_not_count(store: Store) -> None:
    """A name leads to its repository in whatever spelling; the canonical one is told."""
    await save(store, {"OWNER/repo": facts("Owner/Repo", 10, 7)})
    for name in ("owner/repo", "OWNER/REPO", "Owner/Repo"):
        assert await known_facts(store, name) == facts("Owner/Repo", 10, 7)
        assert await history(store, name) == {0: 10}
    timelines = await Records(store).load_timelines(
        ["OWNER/Repo"], Provenance.GITHUB, day=DAY, until=DAY
    )
    assert list(timelines) == ["OWNER/Repo"]
    timelines = await Records(store).load_timelines(None, Provenance.GITHUB, day=DAY, until=DAY)
    assert list(timelines) == ["Owner/Repo"]
    readings = await Records(store).load_readings(["OWNER/Repo"], Provenance.GITHUB, NOON)
    assert list(readings) == ["OWNER/Repo"]
    await save(store, {"owner/repo": facts("owner/repo", 11, 7, fetched_at=TOMORROW)})
    assert await history(store, "Owner/Repo") == {0: 10, 1: 11}
    assert await repositories(store) == 1


async def test_a_name_that_is_taken_over(store: Store) -> None:
    """The new repository has no past, and what the name led to keeps its own under its number."""
    await save(store, {"a/a": facts("a/a", 1000, 7, fetched_at=YESTERDAY)})
    await save(store, {"a/a": facts("a/a", 3, 8)})
    assert await history(store, "a/a") == {0: 3}
    assert await known_facts(store, "a/a") == facts("a/a", 3, 8)
    timelines = await Records(store).load_timelines(
        None, Provenance.GITHUB, day=YESTERDAY.date(), until=NOON.date()
    )
    assert [point.stars for point in timelines["a/a"]] == [3]
    moved = facts("moved/away", 1001, 7, fetched_at=TOMORROW)
    await save(store, {"moved/away": moved})
    assert await history(store, "moved/away") == {-1: 1000, 1: 1001}
    assert await history(store, "a/a") == {0: 3}
    assert await repositories(store) == 2


async def test_two_repositories_swap_their_names(store: Store) -> None:
    """In one batch; each past goes along with its number."""
    await save(store, {"a/a": facts("a/a", 1, 7), "b/b": facts("b/b", 2, 8)})
    swapped = {
        "a/a": facts("a/a", 20, 8, fetched_at=TOMORROW),
        "b/b": facts("b/b", 10, 7, fetched_at=TOMORROW),
    }
    await save(store, swapped)
    assert await history(store, "a/a") == {0: 2, 1: 20}
    assert await history(store, "b/b") == {0: 1, 1: 10}
    assert await known_facts(store, "a/a") == swapped["a/a"]
    assert await repositories(store) == 2


async def test_an_imported_name_is_joined(store: Store) -> None:
    """It has a history before any crawl, and a crawl goes on with it."""
    await store.import_figures([(TODAY - 2, "Owner/Repo", 8), (TODAY - 1, "Owner/Repo", 9)])
    assert await known(store, "owner/repo") is None
    assert await history(store, "owner/repo") == {-2: 8, -1: 9}
    await save(store, {"owner/repo": facts("owner/repo", 10, 7)})
    assert await history(store, "owner/repo") == {-2: 8, -1: 9, 0: 10}
    assert await known_facts(store, "Owner/Repo") == facts("owner/repo", 10, 7)
    assert await repositories(store) == 1


async def test_an_import_joins_what_a_crawl_knows(store: Store) -> None:
    """The other way round."""
    await save(store, {"owner/repo": facts("owner/repo", 10, 7)})
    await store.import_figures([(TODAY - 1, "OWNER/repo", 9), (TODAY, "OWNER/repo", 99)])
    assert await history(store, "owner/repo") == {-1: 9, 0: 10}
    assert await repositories(store) == 1


@pytest.mark.parametrize("numbered_first", [False, True])
@pytest.mark.parametrize(
    "imported",
    [
        {"old/name": {-2: 8, -1: 9}},
        {"new/name": {-2: 8, -1: 9}},
        {"old/name": {-2: 8}, "new/name": {-1: 9}},
        {"old/name": {-3: 8, -2: 8, -1: 8}, "new/name": {-2: 8, -1: 9}},
        {"old/name": {-2: 8}, "New/Name": {-1: 9}, "new/NAME": {-2: 8}},
    ],
    ids=["asked", "canonical", "both", "both overlapping", "three spellings"],
)
async def test_unnumbered_names_are_joined(
    store: Store, imported: dict[str, dict[int, int]], numbered_first: bool
) -> None:
    """When a crawl learns that the asked name and the canonical one are one repository, what
    stood under either belongs to it; figures of the canonical name count before the other's."""
    rows = [
        (TODAY + day, name, stars) for name, days in imported.items() for day, stars in days.items()
    ]
    if numbered_first:
        long_ago = NOON - timedelta(days=10)
        await save(store, {"third/name": facts("third/name", 7, 7, fetched_at=long_ago)})
    await store.import_figures(rows)
    await save(store, {"old/name": facts("new/name", 10, 7)})
    wanted = {-10: 7} if numbered_first else {}
    for days in imported.values():
        wanted |= days
    for name in ("old/name", "new/name"):
        assert await history(store, name) == wanted | {0: 10}
    given_back = await exported(store)
    assert set(rows) <= set(given_back)
    assert await repositories(store) == 1


async def test_undated_figures_are_joined_too(store: Store) -> None:
    """A name that deps.dev was asked for: its figures stay its own, the repository is one."""
    await save(store, {"a/a": undated("a/a", 50)})
    await save(store, {"a/a": facts("a/a", 100, 7, fetched_at=TOMORROW)})
    assert await known_facts(store, "a/a", Provenance.DEPSDEV) == undated("a/a", 50)
    assert await known_facts(store, "a/a") == facts("a/a", 100, 7, fetched_at=TOMORROW)
    assert await repositories(store) == 1


async def test_figures_of_two_sources_are_never_mixed(store: Store) -> None:
    """Whoever asks for those of one gets nothing of the other: no facts, number nor timeline."""
    await save(store, {"a/a": facts("a/a", 100, 7, forks=5, about="it", archived=True)})
    await save(store, {"a/a": undated("a/a", 50), "b/b": undated("b/b", 60)})
    assert await known_facts(store, "a/a", Provenance.DEPSDEV) == undated("a/a", 50)
    assert (await known_facts(store, "a/a")) == facts(
        "a/a", 100, 7, forks=5, about="it", archived=True
    )
    assert await known(store, "b/b") is None
    for origin, stars in (
        (Provenance.GITHUB, {"a/a": 100}),
        (Provenance.DEPSDEV, {"a/a": 50, "b/b": 60}),
    ):
        points = {name: Point(NOON.date(), count) for name, count in stars.items()}
        timelines = await Records(store).load_timelines(["a/a", "b/b"], origin, day=DAY, until=DAY)
        assert {name: set(found) for name, found in timelines.items()} == {
            name: {point} for name, point in points.items()
        }
        assert await Records(store).load_readings(["a/a", "b/b"], origin, NOON) == points


async def test_undated_figures_under_two_names(store: Store) -> None:
    """deps.dev answers with another name: both lead to what it said."""
    await save(store, {"old/name": undated("old/name", 1), "new/name": undated("new/name", 2)})
    await save(store, {"old/name": undated("new/name", 3, fetched_at=TOMORROW)})
    await save(store, {"old/name": facts("new/name", 10, 7, fetched_at=TOMORROW)})
    found = await known_facts(store, "new/name", Provenance.DEPSDEV)
    assert found
    assert found.fetched_at == TOMORROW
    assert await known_facts(store, "new/name") == await known_facts(store, "old/name")
    assert await repositories(store) == 1


async def test_every_field_comes_back(store: Store) -> None:
    """What a provider said is what is known, nothing more and nothing less."""
    full = full_facts(
        "a/a",
        1,
        7,
        pushed_at=NOON.replace(microsecond=123456),
        about="ünïcode \x00 '\"; DROP TABLE facts",
        fetched_at=NOON.replace(microsecond=999999),
    )
    await save(store, {"a/a": full, "b/b": facts("b/b", 0, 8)})
    assert await known_facts(store, "a/a") == full
    assert await known_facts(store, "b/b") == facts("b/b", 0, 8)


async def test_many_names_at_once(store: Store) -> None:
    """Thousands of names are asked for in one call; unknown ones are absent."""
    names = {f"o/r{number}": facts(f"o/r{number}", number, number) for number in range(3000)}
    await save(store, names)
    asked = [*map(RepositoryName.parse, names), RepositoryName("no/body", "github.com")]
    found = await Records(store).load_known(asked, Provenance.GITHUB, "")
    assert {name.full_name: each.facts for name, each in found.items()} == names
    assert await Records(store).load_known([], Provenance.GITHUB, "") == {}
    assert await Records(store).load_timelines([], Provenance.GITHUB, day=date.min, until=DAY) == {}


@pytest.mark.parametrize("name", ["\udcff/x", "\ud800/\x00", "", "/", "a" * 100_000])
async def test_a_name_that_nobody_has(store: Store, name: str) -> None:
    """What a command line can hold and GitHub cannot is simply not known."""
    assert await store.load_history(name) is None
    assert await Records(store).load_timelines([name], Provenance.GITHUB, day=DAY, until=DAY) == {}
    assert await known(store, name) is None
