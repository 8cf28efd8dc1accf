"""`rank_repos()` with a store, over days: what changed since then, by whatever name."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from math import sqrt

import pytest
from crawl.run.days import MONDAY, Days, gains, row_of
from standin import Fault, Repository, faults

from crawler import EventKind
from crawler.cli.history.imports import read_figures
from crawler.store import Store


async def test_the_first_run_has_nothing_to_compare_with(days: Days) -> None:
    """Without an earlier run nothing is gained, and nothing is said to be new."""
    ranking = await days.rank()
    assert ranking.changes is None
    assert ranking.trend_start == MONDAY.date() - timedelta(days=90)
    assert gains(ranking) == dict.fromkeys(("one", "two", "three", "four"))
    assert all((row.moved, row.rate, row.changed) == (None, None, None) for row in ranking)


async def test_an_hour_later_nothing_has_changed(days: Days) -> None:
    """Before there is any past, each row and failure says so, and since when; gains are unknown."""
    days.publish("a/list", one=1000, two=500, absent=1)
    days.github.world.remove("o/absent")
    await days.rank()
    days.at(hours=1)
    ranking = await days.rank()
    assert gains(ranking) == dict.fromkeys(("one", "two"))
    found = [(each.changed, each.changed_since) for each in (*ranking, *ranking.failures)]
    assert found == [((), MONDAY.date())] * 3


@pytest.mark.parametrize("since", ["7d", timedelta(days=7), "2024-05-06", date(2024, 5, 6), "1w"])
async def test_a_week_later(days: Days, since: str | date | timedelta) -> None:
    """Gains, rates and ranks are counted from the figure of then, however that is said."""
    await days.rank()
    days.at(days=3)
    days.star(one=1500, two=2)
    await days.rank()
    days.at(days=7)
    days.star(one=1010, two=500, three=700, four=10)
    ranking = await days.rank(since=since)
    assert gains(ranking) == {"one": 10, "three": 600, "two": 0, "four": 0}
    assert {row.repository: row.moved for row in ranking} == {
        "o/one": 0,
        "o/three": 1,
        "o/two": -1,
        "o/four": 0,
    }
    assert row_of(ranking, "three").rate == pytest.approx(600 / sqrt(2700))
    assert {row.baseline_on for row in ranking} == {MONDAY.date()}
    assert ranking.trend_start == MONDAY.date()
    assert ranking.changes is not None
    assert ranking.changes.baseline_at == MONDAY


async def test_a_stopped_run_is_nothing_to_compare_with(days: Days) -> None:
    """The next run tells what happened since the last one that was let to its end."""
    await days.rank()
    days.at(days=1)
    days.publish("a/list", one=1000, two=500, three=100, four=10, five=1)
    stop = asyncio.Event()
    days.github.faults = [Fault(faults.noting(stop.set, faults.stall()), kind="repository", skip=3)]
    stopped = await days.rank(provider="rest", stop=stop)
    assert not stopped.complete
    days.at(days=2)
    ranking = await days.rank()
    assert ranking.changes is not None
    assert (ranking.changes.baseline_at, ranking.changes.new) == (MONDAY, ("o/five",))


@pytest.mark.parametrize(
    ("hours", "since", "found", "gained"),
    [
        (7 * 24 - 1 / 60, "7d", True, 5),
        (7 * 24 + 11, "7d", True, 5),
        (7 * 24 - 13, "7d", False, 5),
        (24 - 1 / 60, "1d", True, 5),
        (24 - 1 / 60, "24h", True, 5),
        (12, "12h", True, 5),
        (11, "12h", False, None),
        (13, "12h", True, 5),
        (23, "2024-05-06T12:00", True, 5),
        (23, "2024-05-06T11:59", False, 5),
        (30, "2024-05-05", False, 5),
    ],
)
async def test_which_figure_is_the_baseline(
    days: Days, hours: float, since: str, found: bool, gained: int | None
) -> None:
    """From a day on UTC days are compared, so that a weekly job that starts a minute early finds
    its week; below it the minute counts. A run is compared with where it was by then, a figure
    also where it is about as old."""
    await days.rank()
    days.at(hours=hours)
    days.star(one=1005)
    ranking = await days.rank(since=since)
    assert row_of(ranking, "one").gained == gained
    assert not row_of(ranking, "one").baseline_distant
    assert ranking.changes is not None
    assert ranking.changes.baseline_at == (MONDAY if found else None)
    assert (ranking.changes.new is None) is not found


async def test_what_happened_to_the_list(days: Days) -> None:
    """New, dropped, archived, renamed and gone, each told once, over two runs and a rename."""
    await days.rank()
    world = days.github.world
    days.at(days=1)
    world.change("o/two", archived=True)
    world.change("o/three", full_name="o/drei")
    days.publish("a/list", one=1000, two=500, three=100, five=20)
    world.change("o/drei", stars=100)
    second = await days.rank()
    assert second.changes is not None
    assert (second.changes.new, second.changes.dropped) == (("o/five",), ("o/four",))
    assert second.changes.renamed == (("o/three", "o/drei"),)
    days.at(days=8)
    world.remove("o/one")
    third = await days.rank(since="8d")
    changes = third.changes
    assert changes is not None
    assert (changes.new, changes.dropped, changes.archived, changes.renamed, changes.gone) == (
        ("o/five",),
        ("o/four",),
        ("o/two",),
        (("o/three", "o/drei"),),
        ("o/one",),
    )
    assert row_of(third, "two").changed == (EventKind.ARCHIVED,)
    assert row_of(third, "drei").changed == (EventKind.RENAMED,)
    assert [failure.changed for failure in third.failures] == [(EventKind.GONE,)]
    # It was new a day later, which is about that day.
    assert (row_of(third, "five").gained, row_of(third, "five").moved) == (0, None)
    days.at(days=9)
    last = await days.rank()
    assert last.changes is not None
    assert (last.changes.new, last.changes.gone, last.changes.renamed) == ((), (), ())


async def test_gone_and_back(days: Days) -> None:
    """One that goes is told as gone, not with its last figure; one that comes back has figures."""
    await days.rank()
    lost = days.github.world.named("o/two")
    assert lost is not None
    days.github.world.remove("o/two")
    days.at(days=1)
    ranking = await days.rank()
    assert [(each.repository, each.changed) for each in ranking.failures] == [
        ("o/two", (EventKind.GONE,))
    ]
    days.github.world.add(lost)
    days.at(days=2)
    ranking = await days.rank(refresh=True)
    assert (row_of(ranking, "two").changed, ranking.failures) == ((EventKind.BACK,), ())


async def test_a_rename_is_no_jump(days: Days) -> None:
    """A renamed repository goes on from where it was, under the old name and the new."""
    await days.rank()
    days.at(days=7)
    days.github.world.change("o/one", full_name="o/uno", stars=1003)
    ranking = await days.rank(since="7d")
    assert gains(ranking)["uno"] == 3
    days.at(days=14)
    days.publish("a/list", uno=1010, two=500)
    ranking = await days.rank(since="14d")
    assert (gains(ranking)["uno"], row_of(ranking, "uno").suspicious) == (10, False)
    assert ranking.changes is not None
    # The list calls it by another name, which is no news of the repository.
    assert (ranking.changes.new, ranking.changes.dropped) == ((), ("o/four", "o/three"))


async def test_a_merge_is_no_jump(days: Days) -> None:
    """Where a name leads to another repository now, that one goes on from where it was."""
    await days.rank()
    days.at(days=7)
    days.github.world.merge("o/four", "o/one")
    days.github.world.change("o/one", stars=1002)
    ranking = await days.rank(since="7d")
    assert row_of(ranking, "one").listed_as == ("o/one", "o/four")
    assert gains(ranking) == {"one": 2, "two": 0, "three": 0}
    assert not any(row.suspicious for row in ranking)


async def test_a_name_that_somebody_else_took(days: Days) -> None:
    """A new repository under an old name has no past, and the old one keeps its own."""
    await days.rank()
    days.at(days=7)
    world = days.github.world
    world.change("o/one", full_name="p/one")
    world.add(Repository("o/one", 3, number=987))
    days.publish("a/list", two=500)
    readme = b"* [a](https://github.com/o/one)\n* [b](https://github.com/p/one)\n"
    world.add(Repository("a/list", 1, readme=readme))
    ranking = await days.rank(since="7d")
    assert gains(ranking) == {"p/one": 0, "one": None}
    assert ranking.changes is not None
    assert ranking.changes.replaced == ("o/one",)
    assert EventKind.REPLACED in (row_of(ranking, "one").changed or ())


async def test_a_name_that_somebody_took_after_it_was_gone(days: Days) -> None:
    """It is not back: another repository has it."""
    await days.rank()
    days.at(days=1)
    days.github.world.remove("o/one")
    await days.rank()
    days.at(days=9)
    days.github.world.add(Repository("o/one", 3, number=987))
    ranking = await days.rank(refresh=True)
    assert ranking.changes is not None
    assert ranking.changes.replaced == ("o/one",)
    (event,) = [each for each in ranking.events if each.kind is EventKind.REPLACED]
    assert (event.id, event.repository) == (987, "o/one")


@pytest.mark.parametrize(
    ("before", "after", "suspicious"),
    [
        (1000, 1501, True),
        (1000, 1500, False),
        (100, 200, False),
        (100, 201, True),
        (900, 300, True),
    ],
)
async def test_a_suspicious_change(days: Days, before: int, after: int, suspicious: bool) -> None:
    """More than half and a hundred stars at once: marked and counted all the same, but where the
    number of the repository vouches for it."""
    days.star(one=before, two=before)
    await days.rank(token=None)
    await days.rank()
    days.at(days=7)
    days.star(one=after, two=after)
    undated = row_of(await days.rank(since="7d", token=None), "one")
    assert (undated.gained, undated.suspicious) == (after - before, suspicious)
    row = row_of(await days.rank(since="7d"), "two")
    assert (row.gained, row.suspicious) == (after - before, False)


async def test_lists_are_compared_with_themselves(days: Days) -> None:
    """Two lists in any order are one scope, each alone another; figures are shared by all."""
    days.publish("b/list", five=50, one=1000)
    await days.rank("a/list", "b/list")
    days.at(days=7)
    days.publish("b/list", five=50, six=6)
    days.star(one=1001)
    both = await days.rank("b/list", "a/list", since="7d")
    assert both.changes is not None
    assert both.changes.new == ("o/six",)
    # `a/list` lists it still.
    assert both.changes.dropped == ()
    alone = await days.rank("b/list", since="7d")
    assert alone.changes is not None
    assert (alone.changes.new, alone.changes.dropped) == (("o/six",), ("o/one",))
    third = await days.rank("a/list", since="7d")
    assert third.changes is not None
    assert (third.changes.new, gains(third)["one"]) == ((), 1)


async def test_one_list_by_any_address(days: Days) -> None:
    """`owner/repo`, its address and another case are one scope; other links of it are not."""
    await days.rank("a/list")
    days.at(days=1)
    for name in ("https://github.com/a/list", "A/List", "github.com/a/list"):
        ranking = await days.rank(name, since="1d")
        assert ranking.changes is not None
        assert ranking.changes.baseline_at == MONDAY, name
    ranking = await days.rank("a/list", links="all", since="1d")
    assert ranking.changes is not None
    assert ranking.changes.baseline_at is None


async def test_an_unfinished_answer_is_no_news(days: Days) -> None:
    """One that failed for a passing reason in the run between is neither gone nor back nor new."""
    await days.rank()
    days.at(days=1)
    fault = Fault(faults.nullify("o/two"), kind="graphql", times=None)
    days.github.faults.append(fault)
    stale = await days.rank(retries=0)
    assert (row_of(stale, "two").stale, row_of(stale, "two").age) == (True, 86400)
    # Nothing is known of it later than of then.
    assert (gains(stale)["two"], stale.complete) == (None, False)
    days.github.faults.clear()
    days.at(days=2)
    days.star(two=505)
    ranking = await days.rank(since="2d")
    assert (gains(ranking)["two"], row_of(ranking, "two").changed) == (5, ())
    assert row_of(ranking, "two").baseline_on == MONDAY.date()


async def test_imported_figures_are_a_past(days: Days) -> None:
    """What was imported under a name is its repository's past once a crawl has learnt it."""
    lines = [
        "date,repository,stars\n",
        "2024-04-29,O/One,900\n",
        "2024-04-29,o/zwei,480\n",
        "2024-05-06,o/zwei,500\n",
    ]
    days.github.world.change("o/two", full_name="o/zwei")
    with Store(days.store) as store:
        await store.import_figures(read_figures(lines, MONDAY.date(), print))
    ranking = await days.rank(since="7d")
    assert gains(ranking) == {"one": 100, "zwei": 20, "three": None, "four": None}
    assert ranking.changes is not None
    assert ranking.changes.baseline_at is None, "no run is known of then"


async def test_figures_of_both_sides_are_not_mixed(days: Days) -> None:
    """A gain is never the difference of deps.dev's figure and GitHub's; each has its past."""
    await days.rank(token=None)
    days.at(days=7)
    days.star(one=1040)
    with_token = await days.rank(since="7d")
    assert gains(with_token)["one"] is None
    days.at(days=8)
    without = await days.rank(token=None, since="8d")
    assert (str(without.provider), gains(without)["one"]) == ("depsdev", 40)
    days.at(days=14)
    days.star(one=1050)
    both = await days.rank(since="7d")
    assert gains(both)["one"] == 10
    assert both.changes is not None
    assert (both.changes.new, both.changes.dropped, both.changes.gone) == ((), (), ())


async def test_offline_compares_too(days: Days) -> None:
    """Offline tells the ages and what had changed by then; it leaves no run of its own."""
    await days.rank()
    days.at(days=7)
    days.star(one=1007)
    await days.rank()
    days.at(days=9)
    for _ in range(2):
        ranking = await days.rank(offline=True, since="9d")
        assert (days.asked, row_of(ranking, "one").age) == ({}, 2 * 86400)
        assert gains(ranking)["one"] == 7
    days.at(days=10)
    ranking = await days.rank()
    assert ranking.changes is not None
    assert ranking.changes.since.date() == date(2024, 5, 13)


async def test_a_run_without_a_token_between_loses_nothing(days: Days) -> None:
    """What happens while somebody once asks deps.dev, is told by the next run that asks GitHub."""
    await days.rank()
    days.at(days=7)
    await days.rank(token=None)
    world = days.github.world
    world.change("o/one", archived=True)
    world.remove("o/two")
    world.change("o/three", full_name="o/drei")
    days.at(days=14)
    ranking = await days.rank(since="14d")
    changes = ranking.changes
    assert changes is not None
    assert (changes.archived, changes.gone) == (("o/one",), ("o/two",))
    assert changes.renamed == (("o/three", "o/drei"),)


async def test_what_depsdev_cannot_tell(days: Days) -> None:
    """Whether something was archived, renamed or is gone, deps.dev does not know: null."""
    await days.rank(token=None)
    days.at(days=7)
    days.publish("a/list", one=1000, five=5)
    days.github.world.change("o/one", archived=True)
    changes = (await days.rank(token=None, since="7d")).changes
    assert changes is not None
    assert (changes.new, changes.dropped) == (("o/five",), ("o/four", "o/three", "o/two"))
    assert (changes.archived, changes.renamed, changes.gone) == (None, None, None)


async def test_offline_takes_the_side_that_knows_more(days: Days) -> None:
    """One figure of GitHub's does not hide all those that deps.dev gave."""
    days.publish("b/list", one=1000, five=50)
    await days.rank("b/list")
    await days.rank("a/list", token=None)
    ranking = await days.rank("a/list", offline=True)
    assert (str(ranking.provider), len(ranking), ranking.failures) == ("depsdev", 4, ())
    ranking = await days.rank("b/list", offline=True, token=None)
    assert (str(ranking.provider), len(ranking), ranking.failures) == ("graphql", 2, ())


async def test_the_past_of_rows_is_read_from_a_store_that_was_closed(days: Days) -> None:
    """A long ranking is read when it is gone through, by whoever has it by then; a store that was
    deleted meanwhile is not made anew."""
    await days.rank()
    days.at(days=1)
    days.star(one=1001)
    ranking = await days.rank()
    assert [point.stars for point in ranking.history["o/one"]] == [1000, 1001]
    assert [len(past) for _, past in ranking.with_history()] == [2, 2, 2, 2]
    days.store.unlink()
    assert [*ranking.history] == []
    assert not days.store.exists()
