"""What happens between runs: events, and their net since an earlier time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from builders import NOON, events, failure, row
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.results import Changes, Event
from crawler.model.rows import EventKind, Failure, Row
from crawler.model.values import Reason, identity_of
from crawler.ranking.changes import Seen, compare, summarize

DAY = timedelta(days=1)

Told = tuple[str, str, str | None]
"""Kind, repository and detail of an event."""

Run = tuple[Row | Failure, ...]


def run(*items: Row | Failure) -> Run:
    """A run that ended with these rows and failures."""
    return items


def seen(made: Run) -> list[Seen]:
    """What a comparison has to know of a run, in its order."""
    found = []
    for item in made:
        number = item.id if isinstance(item, Row) else None
        key = item.name.key
        row = item if isinstance(item, Row) else None
        found.append(
            Seen(
                identity=identity_of(item.host, number, key),
                host=item.host,
                full_name=item.repository,
                key=key,
                number=number,
                listed=tuple(name.key for name in item.names[1:] or item.names),
                rank=None if row is None else row.rank,
                stars=row.stars if row else 0,
                archived=None if row is None else row.archived,
                reason=(Reason.THROTTLED if row.stale else None) if row else item.reason,
                content="\n".join(item.sources).encode(),
            )
        )
    return sorted(found, key=lambda each: (each.identity, each.rank is None))


def told_events(then: Run, now: Run, at: datetime = NOON) -> list[Event]:
    """The events between two runs."""
    return compare(
        lambda: seen(then), lambda: seen(now), at, lists_of=lambda text: text.decode().split("\n")
    )


def happened(then: Run, now: Run) -> list[Told]:
    """Kind, repository and detail of each event between two runs."""
    return [(str(each.kind), each.repository, each.detail) for each in told_events(then, now)]


A, B = row("a/a", id=1), row("b/b", id=2)


def test_an_event_knows_when_and_which() -> None:
    """It has the time of the run that noticed it, the name of then, and GitHub's number."""
    assert told_events(run(A), run(A, B)) == [
        Event(EventKind.LISTED, NOON, "b/b", "github.com", 2, "a/list"),
        Event(EventKind.ENTERED_TOP, NOON, "b/b", "github.com", 2, "10"),
    ]


LISTS: dict[str, tuple[list[Row | Failure], list[Row | Failure], list[Told]]] = {
    "a failure is an entry too": (
        [failure("b/b", Reason.THROTTLED)],
        [failure("a/a", Reason.THROTTLED)],
        [("listed", "a/a", "a/list"), ("dropped", "b/b", "a/list")],
    ),
    "case is no difference": ([failure("A/a")], [failure("a/A")], []),
    "an entry that fails is still listed": ([A], [failure("A/A", Reason.UNAVAILABLE)], []),
    "a name that is answered for the first time": ([failure("a/a", Reason.THROTTLED)], [A], []),
    "the list took over the new name of a renamed one": (
        [row("a/new", id=1, listed_as=("a/old",))],
        [row("a/new", id=1, listed_as=("a/new",))],
        [],
    ),
    "the list took it over before a run saw the renaming": (
        [row("a/old", id=1)],
        [row("a/new", id=1)],
        [("renamed", "a/new", "a/old")],
    ),
    "the list took it over, and it fails now": (
        [row("a/new", id=1, listed_as=("a/old",))],
        [failure("a/new", Reason.THROTTLED)],
        [],
    ),
    "two names became one repository": (
        [A, B],
        [row("b/b", id=2, listed_as=("a/a", "b/b"))],
        [("replaced", "a/a", "1")],
    ),
    "one of two names of a repository was taken off": (
        [row("a/a", id=1, listed_as=("a/a", "a/old"))],
        [A],
        [],
    ),
    "a repository was made anew under the name": (
        [row("a/a", id=1)],
        [row("a/a", id=9)],
        [("replaced", "a/a", "1")],
    ),
    "without numbers the names tell": (
        [row("a/new", id=None, listed_as=("a/old",))],
        [row("a/new", id=1), row("c/c", id=None, rank=11)],
        [("listed", "c/c", "a/list")],
    ),
}


@pytest.mark.parametrize("case", LISTS)
def test_entries_are_compared_by_repository(case: str) -> None:
    """Listed and dropped is what the lists name, under whatever name, answered or not."""
    then, now, told = LISTS[case]
    fresh = [each for each in happened(run(*then), run(*now)) if each[0] != "entered_top"]
    assert fresh == told


FIGURES: dict[str, tuple[Row | Failure, Row | Failure, list[Told]]] = {
    "archived": (A, replace(A, archived=True), [("archived", "a/a", None)]),
    "unarchived": (replace(A, archived=True), A, [("unarchived", "a/a", None)]),
    "archived was unknown": (replace(A, archived=None), replace(A, archived=True), []),
    "archived is unknown": (replace(A, archived=True), replace(A, archived=None), []),
    "renamed": (
        A,
        row("a/new", id=1, listed_as=("a/a",)),
        [("renamed", "a/new", "a/a")],
    ),
    "renamed in case alone": (A, row("A/A", id=1, listed_as=("a/a",)), []),
    "renamed, perhaps": (row("a/a"), row("a/new", listed_as=("a/a",)), []),
    "another number is another repository": (
        row("a/a", id=1, stars=900),
        row("a/a", id=9, stars=1100, archived=True, rank=11),
        [("replaced", "a/a", "1")],
    ),
    "not found": (A, failure("a/a"), [("gone", "a/a", "not_found")]),
    "blocked": (A, failure("a/A", Reason.BLOCKED), [("gone", "a/A", "blocked")]),
    "gone under its old name": (
        row("a/new", id=1, listed_as=("a/old",)),
        failure("a/old"),
        [("gone", "a/old", "not_found")],
    ),
    "stale and then gone": (replace(A, stale=True), failure("a/a"), [("gone", "a/a", "not_found")]),
    "never there": (failure("a/a"), failure("a/a"), []),
    "a passing failure": (A, failure("a/a", Reason.UNAVAILABLE), []),
    "not allowed": (A, failure("a/a", Reason.FORBIDDEN), []),
    "back": (failure("a/a"), A, [("back", "a/a", None)]),
    "unblocked under a new name": (
        failure("a/old", Reason.BLOCKED),
        row("a/new", id=1, listed_as=("a/old",)),
        [("back", "a/new", None)],
    ),
    "back from a passing failure": (failure("a/a", Reason.THROTTLED), A, []),
    "stale is not back": (failure("a/a"), replace(A, stale=True), []),
    "stale is no news": (
        row("a/a", id=1, stars=900, rank=11),
        row("a/new", id=1, stars=1100, archived=True, stale=True, listed_as=("a/a",)),
        [],
    ),
    "news after stale": (
        row("a/a", id=1, stars=900, stale=True),
        row("a/a", id=1, stars=1100),
        [("milestone", "a/a", "1000")],
    ),
}


@pytest.mark.parametrize("case", FIGURES)
def test_figures_are_compared(case: str) -> None:
    """What became of a repository is an event, unless one of the runs does not know."""
    then, now, told = FIGURES[case]
    assert happened(run(then), run(now)) == told


@pytest.mark.parametrize(
    ("then", "now", "reached"),
    [
        (999, 1000, ["1000"]),
        (1000, 1001, []),
        (999, 999, []),
        (1000, 999, []),
        (900, 12_000, ["1000", "5000", "10000"]),
        (49_999, 100_000, ["50000", "100000"]),
        (0, 999, []),
    ],
)
def test_each_milestone_is_reached_once(then: int, now: int, reached: list[str]) -> None:
    """Each one that lies between the two figures is an event; a fall reaches none."""
    assert happened(run(row("a/a", id=1, stars=then)), run(row("a/a", id=1, stars=now))) == [
        ("milestone", "a/a", stars) for stars in reached
    ]


@pytest.mark.parametrize(
    ("then", "now", "entered"),
    [(11, 10, True), (10, 1, False), (11, 11, False), (10, 10, False), (None, 10, True)],
)
def test_the_top_is_entered_from_below(then: int | None, now: int, entered: bool) -> None:
    """A rise into the top ten is an event, and so is a new entry that starts there."""
    before = run(B, *([] if then is None else [replace(A, rank=then)]))
    told = [each for each in happened(before, run(replace(A, rank=now), B)) if each[0] != "listed"]
    assert told == ([("entered_top", "a/a", "10")] if entered else [])


def test_a_first_answer_is_no_rise() -> None:
    """What was listed and had no rank did not rise."""
    assert happened(run(failure("a/a", Reason.THROTTLED)), run(A)) == []


@pytest.mark.parametrize(
    ("number", "lost", "kept"), [(1, "a/old", "a/new"), (None, "a/new", "a/old")]
)
def test_what_has_another_name_is_neither_gone_nor_back(
    number: int | None, lost: str, kept: str
) -> None:
    """A repository of which one name leads nowhere is there under its other one."""
    both = row("a/new", id=number, listed_as=("a/old", "a/new"))
    one = run(row(kept, id=number), failure(lost))
    assert happened(run(both), one) == []
    assert happened(one, run(both)) == []


def test_two_names_are_gone_once() -> None:
    """A repository that was listed twice is one event, under the first of its names from A to Z."""
    then = run(row("a/new", id=1, listed_as=("a/old", "a/new")), B)
    now = run(failure("a/old"), failure("a/new"), failure("b/b"))
    assert happened(then, now) == [("gone", "a/new", "not_found"), ("gone", "b/b", "not_found")]
    assert [each.id for each in told_events(then, now)] == [1, 2]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("a/list",), "a/list"),
        (("a/list", "b/list", "c/list"), "a/list, b/list, c/list"),
        (("a/list", "b/list", "c/list", "d/list", "e/list"), "a/list, b/list, c/list and 2 more"),
    ],
)
def test_an_entry_is_new_in_its_lists(sources: tuple[str, ...], said: str) -> None:
    """An event names the lists that an entry was added to, or that it was dropped from."""
    entry = replace(B, sources=sources)
    assert happened(run(A), run(A, entry))[0] == ("listed", "b/b", said)
    assert happened(run(A, entry), run(A)) == [("dropped", "b/b", said)]


def test_events_go_by_kind_and_name() -> None:
    """The order does not depend on that of the rows."""
    then = run(
        row("d/d", id=4, stars=900), row("C/c", id=3, stars=900), row("b/b", id=2), row("a/a", id=1)
    )
    now = run(
        row("d/d", id=4, stars=1000),
        row("C/c", id=3, stars=6000, archived=True),
        failure("a/a"),
        failure("e/e"),
    )
    assert happened(then, now) == [
        ("listed", "e/e", "a/list"),
        ("dropped", "b/b", "a/list"),
        ("milestone", "C/c", "1000"),
        ("milestone", "C/c", "5000"),
        ("milestone", "d/d", "1000"),
        ("archived", "C/c", None),
        ("gone", "a/a", "not_found"),
    ]


def net(*told: str) -> dict[str, Any]:
    """What `summarize` makes of such events, without what is empty."""
    # The store hands them out newest first.
    changes = summarize(reversed(events(*told)), NOON, NOON)
    fields = ("new", "dropped", "archived", "renamed", "gone")
    found = {field: getattr(changes, field) for field in fields}
    return {field: names for field, names in found.items() if names != ()}


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ([], {}),
        (["listed a/a#1"], {"new": ("a/a",)}),
        (["listed a/a#1", "dropped a/a#1"], {}),
        (["dropped a/a#1", "listed a/a#1"], {}),
        (["listed a/a", "dropped a/a#1"], {}),
        (["dropped A/a", "listed a/A"], {}),
        (["listed a/a", "dropped a/a", "listed a/a"], {"new": ("a/a",)}),
        (["archived a/a#1", "unarchived a/a#1"], {}),
        (["unarchived a/a#1", "archived a/a#1"], {}),
        (["unarchived a/a#1"], {}),
        (
            ["archived a/a#1", "unarchived a/a#1", "archived a/a#1"],
            {"archived": ("a/a",)},
        ),
        (["gone a/a#1 not_found", "back a/a#1"], {}),
        (["gone a/old#1 not_found", "back a/new#1"], {}),
        (["gone a/a#1 not_found"], {"gone": ("a/a",)}),
        (["back a/a#1"], {}),
        (["renamed b/b#1 a/a", "renamed c/c#1 b/b"], {"renamed": (("a/a", "c/c"),)}),
        (["renamed b/b#1 a/a", "renamed A/a#1 b/b"], {}),
        (
            ["archived a/a#1", "renamed b/b#1 a/a"],
            {"archived": ("b/b",), "renamed": (("a/a", "b/b"),)},
        ),
        (
            ["renamed b/b#1 a/a", "dropped a/a"],
            {"dropped": ("b/b",), "renamed": (("a/a", "b/b"),)},
        ),
        (
            ["gone a/old#1 not_found", "back a/new#1", "archived a/new#1"],
            {"archived": ("a/new",)},
        ),
        (["listed a/a#1", "archived a/a#1"], {"new": ("a/a",), "archived": ("a/a",)}),
        (["listed a/a#1", "archived a/a#1", "dropped a/a#1"], {}),
        (
            ["renamed b/b#1 a/a", "listed a/a#2"],
            {"new": ("a/a",), "renamed": (("a/a", "b/b"),)},
        ),
        (
            ["listed a/a#2", "renamed b/b#1 a/a", "dropped a/a"],
            {"renamed": (("a/a", "b/b"),)},
        ),
        (["milestone a/a#1 1000", "entered_top a/a#1 10"], {}),
        (["listed B/b", "listed a/a", "listed c/c"], {"new": ("a/a", "B/b", "c/c")}),
    ],
)
def test_only_the_net_is_told(told: list[str], changes: dict[str, Any]) -> None:
    """What was undone did not happen, and a renamed repository has one name throughout."""
    assert net(*told) == changes


def test_only_later_events_count() -> None:
    """What the run of the baseline noticed had happened by then."""
    first, second = events("listed a/a", "listed b/b")
    assert summarize([first, second], NOON, first.at).new == ("b/b",)


def test_without_a_baseline_nothing_is_known() -> None:
    """No earlier run is not the same as no change."""
    assert summarize(events("listed a/a"), NOON, None) == Changes(
        NOON, None, None, None, None, None, None
    )


RUNS = st.lists(
    st.dictionaries(
        st.integers(1, 4),
        st.tuples(st.booleans(), st.sampled_from(["row", "gone", "late"])),
        max_size=4,
    ),
    min_size=2,
    max_size=5,
)


@given(RUNS)
def test_the_net_is_the_difference_of_the_ends(
    made: list[dict[int, tuple[bool, str]]],
) -> None:
    """Over any number of runs, new and dropped are those of the first against the last one."""
    runs = [
        run(
            *(
                row(f"a/r{number}", id=number, archived=archived)
                if state == "row"
                else failure(
                    f"a/r{number}", Reason.NOT_FOUND if state == "gone" else Reason.THROTTLED
                )
                for number, (archived, state) in repositories.items()
            )
        )
        for repositories in made
    ]
    noticed = [
        event
        for days, (then, now) in enumerate(pairwise(runs), start=1)
        for event in told_events(then, now, NOON + days * DAY)
    ]
    changes = summarize(noticed, NOON, NOON)
    first, last = ({f"a/r{number}" for number in each} for each in (made[0], made[-1]))
    assert changes.new == tuple(sorted(last - first))
    assert changes.dropped == tuple(sorted(first - last))
    assert told_events(runs[0], runs[0]) == []


def test_a_name_that_belongs_to_another_repository_is_told() -> None:
    """Whether somebody else took it or it leads elsewhere; by number alone, and once."""
    then = run(
        row("a/taken", id=1),
        row("b/b", id=2),
        row("c/c", id=3, listed_as=("c/old",)),
        row("d/d", id=None),
        row("e/kept", id=5),
    )
    now = run(
        row("a/taken", id=7),
        row("a/moved", id=1),
        row("c/c", id=3, listed_as=("c/old", "b/b")),
        row("d/d", id=8),
        row("e/Kept", id=5),
    )
    told = [each for each in happened(then, now) if each[0] == "replaced"]
    assert told == [("replaced", "a/taken", "1"), ("replaced", "b/b", "2")]
    changes = summarize(told_events(then, now, NOON + DAY), NOON, NOON)
    assert changes.replaced == ("a/taken", "b/b")
    assert "a/taken" not in (changes.new or ())
    assert happened(now, now) == []
