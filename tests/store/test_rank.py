"""From entries to listings, and from answers to ranks, failures and sums, in tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import builders
import pytest
from builders import NOON, entry, facts, full_facts
from hypothesis import given
from hypothesis import strategies as st
from store.tables import Outcome, Stale, listings_of, ranked, workspace_of

from crawler.model.values import Entry, Listing, Provider, Reason, Refusal, RepositoryName
from crawler.store.workspace import PASSING

TOLD = ("forks", "language", "license", "archived", "fork", "created_at", "pushed_at", "about")
"""What a row takes over from the facts as it is."""


def ranks(*outcomes: Outcome) -> list[tuple[int, str]]:
    """Rank and repository of each row for outcomes of as many names."""
    rows, _, _ = ranked([entry(f"name/{n}") for n in range(len(outcomes))], outcomes, NOON)
    return [(row.rank, row.repository) for row in rows]


def test_most_stars_come_first_and_ties_share_a_ranked() -> None:
    """Equal stars share a rank, the next rank counts all before it, ties go by name."""
    assert ranks(
        facts("d/d", 1, 4), facts("b/b", 5, 2), facts("a/a", 9, 1), facts("C/c", 5, 3)
    ) == [(1, "a/a"), (2, "b/b"), (2, "C/c"), (4, "d/d")]


def test_ties_go_by_name_without_case() -> None:
    """`B/b` stands between `a/a` and `c/c`, though capitals sort before small letters."""
    assert [name for _, name in ranks(*(facts(n, 0) for n in ("c/c", "B/b", "a/a")))] == [
        "a/a",
        "B/b",
        "c/c",
    ]


def test_a_repository_without_stars_is_ranked() -> None:
    """Zero stars are a figure: the repository is a row, not a failure."""
    assert ranks(facts("a/a", 0)) == [(1, "a/a")]


def test_two_names_of_one_repository_are_one_row() -> None:
    """Names with the same number become one row that names both, and do not count twice."""
    rows, failures, sums = ranked(
        [
            entry("old/name", "Old", "", "X"),
            entry("other/repo"),
            entry("new/name", "New", "d", "X"),
            entry("new/name", "", "", "Y"),
        ],
        [facts("new/name", 5, 7), facts("other/repo", 5, 8), *[facts("new/name", 5, 7)] * 2],
        NOON,
    )
    first, second = rows
    assert (first.repository, first.listed_as) == ("new/name", ("old/name", "new/name"))
    assert (first.title, first.description) == ("Old", "d")
    assert first.sections == (("X",), ("Y",))
    assert first.renamed
    assert (first.rank, second.rank) == (1, 1)
    assert failures == ()
    assert (sums.listed, sums.ranked, sums.duplicates, sums.renamed) == (3, 2, 1, 1)


def test_a_rename_during_the_run_is_still_one_row() -> None:
    """The number tells that two answers are one repository, whatever each calls it; what was
    heard first is shown."""
    (row,), _, sums = ranked(
        [entry("a/old"), entry("a/new")], [facts("a/old", 5, 7), facts("a/new", 6, 7)], NOON
    )
    assert (row.repository, row.stars, row.listed_as) == ("a/old", 5, ("a/old", "a/new"))
    assert sums.duplicates == 1


def test_the_same_name_with_another_number_is_another_repository() -> None:
    """A name that was given to a new repository between two answers does not merge the two."""
    rows, _, _ = ranked(
        [entry("a/x"), entry("a/y")], [facts("a/new", 5, 7), facts("a/new", 6, 8)], NOON
    )
    assert [row.id for row in rows] == [8, 7]


def test_without_numbers_the_canonical_name_tells_repositories_apart() -> None:
    """A server that gives no numbers still merges what has one canonical name."""
    rows, _, sums = ranked(
        [entry("old/name"), entry("new/name"), entry("a/b")],
        [facts("new/name", 5), facts("New/Name", 5), facts("a/b", 5)],
        NOON,
    )
    assert [row.listed_as for row in rows] == [("a/b",), ("old/name", "new/name")]
    assert sums.duplicates == 1


@pytest.mark.parametrize(
    ("listed", "answered", "renamed"),
    [
        ("ShareX/ShareX", "ShareX/ShareX", False),
        ("sharex/SHAREX", "ShareX/ShareX", False),
        ("old/ShareX", "ShareX/ShareX", True),
        ("ShareX/old", "ShareX/ShareX", True),
    ],
)
def test_a_change_of_case_is_no_rename(listed: str, answered: str, renamed: bool) -> None:
    """A name that differs by more than case was renamed; the listed name is kept either way."""
    (row,), _, sums = ranked([entry(listed)], [facts(answered, 1, 1)], NOON)
    assert (row.repository, row.listed_as) == (answered, (listed,))
    assert row.renamed is renamed
    assert sums.renamed == renamed


def test_failures_keep_the_order_of_the_lists() -> None:
    """A refusal becomes a failure under the listed name, never a row of 0 stars."""
    names = ["z/z", "a/a", "m/m"]
    rows, failures, sums = ranked(
        [entry(name, "", "", "S") for name in names],
        [
            Refusal(Reason.THROTTLED, "later"),
            facts("a/a", 3, archived=True),
            Refusal(Reason.NOT_FOUND, "gone"),
        ],
        NOON,
    )
    assert [row.repository for row in rows] == ["a/a"]
    assert [(each.repository, each.reason, each.message) for each in failures] == [
        ("z/z", Reason.THROTTLED, "later"),
        ("m/m", Reason.NOT_FOUND, "gone"),
    ]
    assert (failures[0].sections, failures[0].sources) == ((("S",),), ("a/list",))
    assert sums.failed == ((Reason.NOT_FOUND, 1), (Reason.THROTTLED, 1))
    assert sums.archived == 1


def test_a_row_tells_what_the_list_and_github_say() -> None:
    """Title and description are the list's, `about` and the figures are GitHub's."""
    answer = full_facts("a/a", 3, 9)
    (row,), _, _ = ranked([entry("a/a", "T", "the list's")], [answer], NOON)
    assert row == builders.row(
        "a/a",
        stars=3,
        id=9,
        title="T",
        description="the list's",
        **{field: getattr(answer, field) for field in TOLD},
    )


def test_entries_merge_into_listings_by_name_without_case() -> None:
    """One repository in several places and lists is one listing that names them all."""
    workspace = workspace_of(
        ("one", [entry("A/a", "", "", "X"), entry("b/b", "B"), entry("a/A", "T", "", "X")]),
        ("two", [entry("a/a", "later", "D", "Y", "Z")]),
    )
    first, second = listings_of(workspace)
    assert first == Listing(
        repository=RepositoryName("A/a", "github.com"),
        title="T",
        description="D",
        sections=(("X",), ("Y", "Z")),
        sources=("one", "two"),
    )
    assert (second.repository.full_name, second.title, second.description) == ("b/b", "B", None)
    assert second.sections == ()
    (alone,) = listings_of(workspace, 2)
    assert (alone.title, alone.sections, alone.sources) == ("later", (("Y", "Z"),), ("two",))


def test_hosts_keep_repositories_apart() -> None:
    """The same name on two hosts is two repositories."""
    other = Entry(RepositoryName("a/a", host="gitlab.com"), "", "", (), (0, 1))
    assert len(listings_of(workspace_of(("one", [entry("a/a"), other])))) == 2


def test_no_lists_give_no_listings() -> None:
    """Nothing comes of nothing."""
    assert listings_of(workspace_of(("one", []))) == []
    assert ranked([], [], NOON)[:2] == ((), ())


NAMES = st.sampled_from(["a/a", "A/a", "b/b", "c/C", "d/d", "e/e", "f/f"])
FACTS = st.builds(
    facts,
    NAMES,
    st.integers(0, 3),
    st.none() | st.integers(1, 5),
    archived=st.none() | st.booleans(),
)
REFUSALS = st.builds(Refusal, st.sampled_from(Reason), st.just("no"))
STALE = st.builds(Stale, FACTS, st.builds(Refusal, st.sampled_from(PASSING), st.just("no")))


@given(st.lists(FACTS | STALE | REFUSALS, max_size=12))
def test_the_sums_reconcile(outcomes: list[Outcome]) -> None:
    """Every listed name ends in exactly one row or failure, and ranks follow from the stars."""
    entries = [entry(f"name/{n}") for n in range(len(outcomes))]
    rows, failures, sums = ranked(entries, outcomes, NOON)
    ended = [name for row in rows for name in row.listed_as]
    ended += [failure.repository for failure in failures]
    assert Counter(ended) == Counter(each.repository.full_name for each in entries)
    assert sums.listed == sums.ranked + sums.duplicates + sum(n for _, n in sums.failed)
    assert (sums.listed, sums.ranked) == (len(outcomes), len(rows))
    assert dict(sums.failed) == Counter(failure.reason for failure in failures)
    for told, flags in (
        (sums.renamed, [row.renamed for row in rows]),
        (sums.archived, [row.archived for row in rows]),
    ):
        is_unknown = bool(flags) and set(flags) == {None}
        assert told == (None if is_unknown else sum(flag is True for flag in flags))
    assert sums.stale == sum(row.stale for row in rows)
    assert all(row.stale == (row.reason is not None) for row in rows)
    keys = [(-row.stars, row.repository.casefold()) for row in rows]
    assert keys == sorted(keys)
    assert [row.rank for row in rows] == [
        1 + sum(other.stars > row.stars for other in rows) for row in rows
    ]


@given(st.lists(st.lists(st.builds(entry, NAMES, st.sampled_from(["", "T"])), max_size=8)))
def test_no_entry_is_lost_in_merging(lists: list[list[Entry]]) -> None:
    """Every entry's repository is one listing, in the order and spelling of first mention."""
    listings = listings_of(
        workspace_of(*((f"list {n}", entries) for n, entries in enumerate(lists)))
    )
    every = [each for entries in lists for each in entries]
    firsts = {each.repository.key: each.repository for each in reversed(every)}
    assert {each.repository.key: each.repository for each in listings} == firsts
    order = list(dict.fromkeys(each.repository.key for each in every))
    assert [each.repository.key for each in listings] == order
    for each in listings:
        naming = [
            f"list {n}"
            for n, entries in enumerate(lists)
            if any(e.repository.key == each.repository.key for e in entries)
        ]
        assert list(each.sources) == naming


def test_a_source_that_follows_no_renames_tells_of_none() -> None:
    """deps.dev answers by the name asked for: whether that was renamed is not known."""
    found = facts("a/b", provider=Provider.DEPSDEV)
    (row,), _, sums = ranked([entry("a/b")], [found], NOON, follows=False)
    assert (row.renamed, sums.renamed) == (None, None)


LATER = Refusal(Reason.THROTTLED, "later")


@pytest.mark.parametrize(
    ("since_fetched", "age"),
    [
        (timedelta(), 0),
        (timedelta(seconds=59, milliseconds=999), 59),
        (timedelta(days=2, seconds=3), 172803),
        (timedelta(seconds=-1), 0),
        (timedelta(hours=-2), 0),
    ],
)
def test_the_age_is_in_whole_seconds(since_fetched: timedelta, age: int) -> None:
    """A figure is as old as the time from its answer to the report, and never younger than new."""
    (row,), _, _ = ranked([entry("a/a")], [facts("a/a", 1)], NOON + since_fetched)
    assert row.age == age


def test_last_known_figures_are_ranked_and_marked() -> None:
    """A repository that could not be asked about has a row, with why, and is no failure."""
    rows, failures, sums = ranked(
        [entry("a/a"), entry("b/b")],
        [facts("a/a", 5), Stale(facts("b/b", 9), LATER)],
        NOON + timedelta(hours=1),
    )
    assert [(row.rank, row.repository, row.stale, row.reason, row.age) for row in rows] == [
        (1, "b/b", True, Reason.THROTTLED, 3600),
        (2, "a/a", False, None, 3600),
    ]
    assert failures == ()
    assert (sums.listed, sums.ranked, sums.stale, sums.failed) == (2, 2, 1, ())


@pytest.mark.parametrize("fresh_first", [True, False])
def test_of_two_names_the_fresh_answer_counts(fresh_first: bool) -> None:
    """One fresh answer makes the row fresh, whichever name of the repository brought it."""
    found: list[tuple[Entry, Outcome]] = [
        (entry("a/new"), facts("a/new", 6, 7)),
        (entry("a/old"), Stale(facts("a/old", 90, 7), LATER)),
    ]
    names, outcomes = zip(*(found if fresh_first else found[::-1]), strict=True)
    (row,), _, sums = ranked(names, outcomes, NOON)
    assert (row.repository, row.stars, row.stale, row.reason) == ("a/new", 6, False, None)
    assert row.listed_as == tuple(each.repository.full_name for each in names)
    assert (sums.ranked, sums.duplicates, sums.stale) == (1, 1, 0)


@pytest.mark.parametrize("stale", [True, False])
def test_of_two_alike_the_newer_one_counts(stale: bool) -> None:
    """Where both names brought fresh figures, or both old ones, the youngest stand."""
    found = [replace(facts("a/old", 5, 7), fetched_at=NOON - timedelta(1)), facts("a/new", 6, 7)]
    outcomes = [Stale(each, LATER) if stale else each for each in found]
    (row,), _, sums = ranked([entry("a/old"), entry("a/new")], outcomes, NOON)
    assert (row.repository, row.stars, row.age) == ("a/new", 6, 0)
    assert (sums.stale, sums.duplicates) == (stale, 1)
