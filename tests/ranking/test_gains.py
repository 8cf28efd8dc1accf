"""What the rows of a ranking gained since an earlier time, in stars and in ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import NOON, events, failure, row

from crawler.model.results import Changes, Event
from crawler.model.rows import EventKind, Failure, Row
from crawler.ranking.changes import Happened
from crawler.ranking.gains import Comparison, Growth
from crawler.ranking.growth import Baseline

KNOWN = Changes(NOON, NOON, (), (), (), (), ())
UNKNOWN = Changes(NOON, None, None, None, None, None, None)
THEN = date(2026, 5, 1)


def grow(
    made: Sequence[Row | Failure],
    baselines: Mapping[str, Baseline],
    changes: Changes,
    events: Sequence[Event],
) -> list[Growth]:
    """The growth of each row, and then of each failure."""
    comparison, happened = Comparison(), Happened(events, changes.baseline_at)
    failed = []
    for item in made:
        keys = [name.key for name in item.names]
        if isinstance(item, Row):
            changed = happened.to(item.host, item.id, keys)
            is_new = EventKind.LISTED in (changed or ())
            baseline = baselines.get(item.repository)
            comparison.add(item.stars, baseline, is_new=is_new, changed=changed)
        else:
            failed.append(Growth(changed=happened.to(item.host, None, keys)))
    for name in [*(changes.dropped or ()), *(changes.gone or ())]:
        if name in baselines:
            comparison.add_lost(baselines[name])
    return [*comparison.growths(), *failed]


def ranked(*stars: tuple[str, int]) -> list[Row]:
    """Rows of these names and stars, with the ranks that follow; most stars first."""
    return [
        row(name, 1 + sum(other > count for _, other in stars), id=number, stars=count)
        for number, (name, count) in enumerate(stars, start=1)
    ]


def since_then(**stars: int) -> dict[str, Baseline]:
    """Baselines of a/a, b/b and so on, by their first letters."""
    return {f"{name}/{name}": Baseline(THEN, count) for name, count in stars.items()}


def test_growth_counts_from_the_baseline() -> None:
    """A row gains what it has more than then; without a baseline nothing is known of it."""
    grown, unknown = grow(
        ranked(("a/a", 700), ("b/b", 5)),
        {"a/a": Baseline(THEN, 900, suspicious=True)},
        KNOWN,
        (),
    )
    assert (grown.gained, grown.baseline_on, grown.suspicious) == (-200, THEN, True)
    assert grown.rate == pytest.approx(-200 / math.sqrt(2700))
    assert (unknown.gained, unknown.rate, unknown.moved) == (None, None, None)
    assert (unknown.baseline_on, unknown.suspicious) == (None, None)


def changed(grown: Sequence[Growth]) -> list[tuple[EventKind, ...] | None]:
    """What happened to each row, and then to each failure."""
    return [each.changed for each in grown]


def moves(grown: Sequence[Growth]) -> list[int | None]:
    """By how much each row moved."""
    return [each.moved for each in grown]


def test_moves_are_the_rank_then_less_the_rank_now() -> None:
    """Who was overtaken fell, equal stars shared a rank then as they do now."""
    now = ranked(("a/a", 50), ("b/b", 40), ("c/c", 40), ("d/d", 10))
    assert moves(grow(now, since_then(a=10, b=30, c=30, d=9), KNOWN, ())) == [2, -1, -1, 0]


def test_new_entries_push_down_and_did_not_move() -> None:
    """A new entry had no rank, though its stars of then are known."""
    now = ranked(("n/n", 99), ("a/a", 50), ("b/b", 40))
    grown = grow(
        now, since_then(n=98, a=49, b=39), replace(KNOWN, new=("n/n",)), events("listed n/n#1")
    )
    assert moves(grown) == [None, -1, -1]
    assert [each.gained for each in grown] == [1, 1, 1]


def test_dropped_entries_had_a_rank() -> None:
    """What made room by leaving the list let the others rise."""
    now = ranked(("a/a", 50), ("b/b", 40))
    dropped = replace(KNOWN, dropped=("x/x",))
    noticed = events("dropped x/x#9")
    assert moves(grow(now, since_then(x=45, a=50, b=40), dropped, noticed)) == [0, 1]
    assert moves(grow(now, since_then(a=50, b=40), dropped, noticed)) == [0, 0]


@pytest.mark.parametrize(
    ("known", "distant", "moved"),
    [(20, 0, True), (19, 0, True), (18, 0, False), (18, 2, False), (19, 1, True)],
)
def test_rows_moved_where_the_ranking_of_then_is_known(
    known: int, distant: int, moved: bool
) -> None:
    """All but a few have a figure of about that day; one of another day is none of that ranking."""
    comparison = Comparison()
    for number in range(20):
        at = number < known
        far = known <= number < known + distant
        baseline = Baseline(THEN, 20 - number, distant=far) if at or far else None
        comparison.add(100 - number, baseline)
    grown = list(comparison.growths())
    assert [each.moved for each in grown] == [0 if moved else None] * known + [None] * (20 - known)
    assert [each.baseline_distant for each in grown][:known] == [False] * known


def test_without_an_earlier_run_figures_still_move() -> None:
    """Imported figures tell of growth before the first run; what happened is unknown then."""
    now: list[Row | Failure] = [
        row("a/a", id=1, stars=50),
        row("b/b", id=2, stars=40, rank=2),
        failure("c/c"),
    ]
    grown = grow(now, since_then(a=5, b=9), UNKNOWN, events("archived a/a#1"))
    assert moves(grown) == [1, -1, None]
    assert changed(grown) == [None] * 3


def test_rows_and_failures_tell_what_happened() -> None:
    """By number, by any name that the list uses, and in the order of the kinds."""
    now: list[Row | Failure] = [
        row("a/new", id=1, listed_as=("a/old",)),
        row("b/b", id=None, listed_as=("b/b", "b/other")),
        row("c/c", id=3),
        row("d/d", id=4),
        failure("e/E"),
        failure("f/f"),
    ]
    grown = grow(
        now,
        {},
        KNOWN,
        events(
            "archived a/old#1",
            "listed a/old",
            "renamed a/new#1 a/old",
            "unarchived b/other#2",
            "gone c/c#3 not_found",
            "back c/c#3",
            "milestone c/c#3 1000",
            "archived d/d#5",
            "gone e/e#6 not_found",
        ),
    )
    kinds = EventKind
    assert changed(grown) == [
        (kinds.LISTED, kinds.ARCHIVED, kinds.RENAMED),
        (kinds.UNARCHIVED,),
        (kinds.MILESTONE,),
        (),
        (kinds.GONE,),
        (),
    ]


def test_events_up_to_the_baseline_are_no_change() -> None:
    """The same events count for the rows as for the summary."""
    changes = replace(KNOWN, baseline_at=NOON + timedelta(1))
    (only,) = grow([row("a/a", id=1)], {}, changes, events("archived a/a#1", "renamed a/a#1 a/x"))
    assert only.changed == (EventKind.RENAMED,)
