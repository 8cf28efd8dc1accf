"""Which repositories a report shows, and in what order."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from builders import NOON, event, failure, ranking, row
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.errors import ConfigError
from crawler.model.filters import LONGEST_GLOB, Filters, Sort
from crawler.model.results import Changes, Ranking
from crawler.model.rows import EventKind
from crawler.ranking.filters import apply_filters, filter_by_section

DAY = 86400.0


def names(filtered: Ranking) -> list[str]:
    """The repositories of the rows, in order."""
    return [each.repository for each in filtered.rows]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("stars", "B/1 a/2 C/3 d/4"),
        ("gained", "C/3 B/1 a/2 d/4"),
        ("rate", "a/2 B/1 d/4 C/3"),
        ("pushed", "d/4 B/1 a/2 C/3"),
        ("name", "a/2 B/1 C/3 d/4"),
    ],
)
def test_rows_are_sorted(sort: Any, order: str) -> None:
    """Most, newest or A first; what is not known comes last, behind losses; ties go by rank."""
    past = NOON - timedelta(days=1)
    rows = [
        row("B/1", 1, gained=-5, rate=0.5, pushed_at=past),
        row("a/2", 2, gained=-5, rate=1.5, pushed_at=past),
        row("C/3", 3, gained=0, rate=None, pushed_at=None),
        row("d/4", 4, gained=None, rate=0.25, pushed_at=NOON),
    ]
    assert names(apply_filters(ranking(*rows), Filters(sort=sort))) == order.split()


@pytest.mark.parametrize(
    ("sort", "gains", "top", "note"),
    [
        (
            "gained",
            (5, None, None),
            1,
            "2 of the 3 rows come last, since their gains are not known",
        ),
        (
            "rate",
            (None, None),
            1,
            "no gains are known, so the rows are in the order of their stars",
        ),
        ("gained", (5, None), 2, None),
        ("gained", (5, 4), 1, None),
        ("stars", (5, None), 1, None),
    ],
)
def test_it_is_told_whose_gains_are_not_known(
    sort: Sort, gains: tuple[int | None, ...], top: int, note: str | None
) -> None:
    """They come last: where rows are cut, nobody sees them."""
    rows = [row(f"o/{place}", place, gained=gain) for place, gain in enumerate(gains, 1)]
    found = apply_filters(ranking(*rows), Filters(sort=sort, top=top))
    assert found.note == note
    assert apply_filters(found, Filters(sort="stars")).note is None


def test_ties_go_by_rank_then_name_then_address() -> None:
    """Case does not count, and two servers may have repositories of one name."""
    rows = [
        row("c/c", 1),
        row("B/b", 2, url="https://example.org/B/b"),
        row("B/b", 2),
        row("a/a", 2),
        row("a/0", 5),
    ]
    for order in (rows, rows[::-1]):
        filtered = apply_filters(ranking(*order), Filters(sort="pushed"))
        assert [each.url for each in filtered] == [
            "https://github.com/c/c",
            "https://github.com/a/a",
            "https://example.org/B/b",
            "https://github.com/B/b",
            "https://github.com/a/0",
        ]


@pytest.mark.parametrize("sort", ["gained", "rate"])
def test_a_gain_from_another_day_comes_behind(sort: Sort) -> None:
    """However large it is: it is of another time; before those of which nothing is known."""
    rows = [
        row("a/unknown", 1),
        row("b/year", 2, gained=900, rate=9.0, baseline_distant=True),
        row("c/loss", 3, gained=-5, rate=-0.1, baseline_distant=False),
        row("d/month", 4, gained=9, rate=0.2, baseline_distant=False),
    ]
    for order in (rows, rows[::-1]):
        filtered = apply_filters(ranking(*order), Filters(sort=sort))
        assert names(filtered) == ["d/month", "c/loss", "b/year", "a/unknown"]


def test_a_suspicious_gain_stands_where_it_belongs() -> None:
    """It is marked, not dropped: a `top` would drop what is put behind all others."""
    filtered = apply_filters(
        ranking(row("a/calm", 1, gained=9), row("a/jump", 2, gained=900, suspicious=True)),
        Filters(sort="gained", top=1),
    )
    assert names(filtered) == ["a/jump"]


def test_ranks_stay_those_of_the_whole_run() -> None:
    """Neither filters nor another order number the rows anew."""
    rows = [row("c/c", 1), row("b/b", 2), row("a/a", 3)]
    filtered = apply_filters(ranking(*rows), Filters(sort="name", exclude=("b/*",)))
    assert [(each.repository, each.rank) for each in filtered] == [("a/a", 3), ("c/c", 1)]


CASES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"min_stars": 10}, {"stars": 10}, True),
    ({"min_stars": 10}, {"stars": 9}, False),
    ({"min_stars": 0}, {"stars": 0}, True),
    ({"language": ("c#",)}, {"language": "C#"}, True),
    ({"language": ("Go", "RUST")}, {"language": "Rust"}, True),
    ({"language": ("C",)}, {"language": "C#"}, False),
    ({"language": ("Go",)}, {"language": None}, False),
    ({}, {"archived": True}, True),
    ({"archived": False}, {"archived": True}, False),
    ({"archived": False}, {"archived": False}, True),
    ({"archived": False}, {"archived": None}, True),
    ({"pushed_within": DAY}, {"pushed_at": NOON - timedelta(days=1)}, True),
    ({"pushed_within": DAY}, {"pushed_at": NOON - timedelta(days=1, seconds=1)}, False),
    ({"pushed_within": DAY}, {"pushed_at": NOON + timedelta(seconds=9)}, True),
    ({"pushed_within": DAY}, {"pushed_at": None}, False),
    ({"pushed_within": sys.float_info.max}, {"pushed_at": NOON}, True),
    ({"created_within": DAY}, {"created_at": NOON - timedelta(days=1)}, True),
    ({"created_within": DAY}, {"created_at": NOON - timedelta(days=1, seconds=1)}, False),
    ({"created_within": DAY}, {"created_at": None}, False),
    ({"exclude": ("*/awesome-*",)}, {}, True),
    ({"exclude": ("*/AWESOME-*",)}, {"repository": "X/Awesome-y"}, False),
    ({"exclude": ("old/*",)}, {"listed_as": ("new/name", "Old/Name")}, False),
    ({"exclude": ("no", "o/*")}, {"repository": "o/r"}, False),
    ({"exclude": ("R",)}, {"repository": "o/r"}, False),
    ({"exclude": ("O",)}, {"repository": "o/r"}, False),
    ({"exclude": ("o*r",)}, {"repository": "o/r"}, False),
    ({"exclude": ("o",)}, {"repository": "oo/r-o", "listed_as": ("oo/r-o",)}, True),
    ({"min_stars": 10, "language": ("go",)}, {"stars": 10, "language": "C#"}, False),
]


@pytest.mark.parametrize(("filters", "fields", "shown"), CASES)
def test_filters(filters: dict[str, Any], fields: dict[str, Any], shown: bool) -> None:
    """All filters have to be passed; one of several languages is enough; case does not count."""
    filtered = apply_filters(ranking(replace(row("o/it"), **fields)), Filters(**filters))
    assert len(filtered) == shown
    assert filtered.sums.left_out == (not shown)


PATH = ("Awesome X", "Web [new]", "Servers", "HTTP > 1")


@pytest.mark.parametrize(
    ("glob", "shown"),
    [
        ("Servers", True),
        ("servers", True),
        ("server", False),
        ("*erve*", True),
        ("Awesome X", True),
        ("web [[]new]", True),
        ("web [new]", False),
        ("Servers > *", True),
        ("Servers > HTTP*", True),
        ("Web * > Servers", True),
        ("Awesome X > * > Servers", True),
        ("Servers > Web*", False),
        ("HTTP > 1 > *", False),
        ("X", False),
        ("Servers > ", False),
        ("*", True),
        ("[", False),
        ("[!", False),
        ("[]", False),
    ],
)
def test_a_section_glob_matches_headings_below_each_other(glob: str, shown: bool) -> None:
    """One heading or some in a row, and takes what stands below; any of a row's sections will
    do, and any of the globs; a row without a section is in none."""
    rows = [row("o/in", sections=(("Other",), PATH)), row("o/none", sections=())]
    filtered = apply_filters(ranking(*rows), Filters(section=("nothing", glob)))
    assert names(filtered) == (["o/in"] if shown else [])


def test_a_section_glob_matches_however_it_is_composed() -> None:
    """A keyboard and a list may write an accent as a letter of its own or as a mark."""
    rows = [row("o/in", sections=(("Caf\u00e9",),)), row("o/too", sections=(("Cafe\u0301",),))]
    for glob in ("Caf\u00e9", "Cafe\u0301"):
        filtered = apply_filters(ranking(*rows), Filters(section=(glob,)))
        assert names(filtered) == ["o/in", "o/too"]


def test_failures_outside_the_sections_and_excluded_ones_are_kept_out() -> None:
    """They are noise to who asked for a section; other filters know nothing of them. The sums
    count all of the run's failures, and how many of them are left out."""
    failures = (
        failure("a/games", sections=(("List", "Games", "Old"),)),
        failure("a/web", sections=(("List", "Web"),)),
        failure("a/nowhere"),
    )
    run = ranking(row("b/b"), failures=failures)

    def kept(**filters: Any) -> list[str]:
        filtered = apply_filters(run, Filters(**filters))
        sums = filtered.sums
        assert sums == replace(run.sums, left_out=4 - len(filtered) - len(filtered.failures))
        assert sums.listed == sums.ranked + sums.duplicates + sum(n for _, n in sums.failed)
        return [each.repository for each in filtered.failures]

    assert kept(section=("games",)) == ["a/games"]
    assert kept(exclude=("*/WEB", "*/games")) == ["a/nowhere"]
    assert kept(
        min_stars=10**6, language=("Go",), archived=False, pushed_within=0.0, top=1, sort="name"
    ) == ["a/games", "a/web", "a/nowhere"]


def test_top_cuts_after_the_filters_and_is_not_counted_as_left_out() -> None:
    """Two of the three that pass are shown; only the one that a filter kept out is counted."""
    rows = [row(f"o/{n}", n) for n in range(1, 5)]
    filtered = apply_filters(ranking(*rows), Filters(exclude=("o/1",), top=2))
    assert names(filtered) == ["o/2", "o/3"]
    assert filtered.sums.left_out == 1
    assert len(apply_filters(ranking(*rows), Filters(top=0))) == 4


def test_news_of_what_is_kept_out_goes_with_it() -> None:
    """A feed of a section tells nothing of the others. A number beats a name that others had
    before; of what nobody knows any more, only `exclude` can tell."""
    rows = [
        row("o/shown", 1, id=1, sections=(("Games",),)),
        row("o/hidden", 2, id=2, listed_as=("o/alias",)),
        row("o/cut", 3, sections=(("Games",),)),
    ]
    events = (
        event("o/shown", 1),
        event("o/former", 2),
        event("o/Hidden", 1),
        event("O/ALIAS"),
        event("o/cut", 3),
        event("o/failed"),
        event("o/lost", 9),
        event("o/awesome-lost", 10),
    )
    changes = Changes(
        since=NOON,
        baseline_at=None,
        new=("o/ALIAS", "o/cut", "o/shown"),
        dropped=("o/awesome-lost", "o/lost"),
        archived=None,
        renamed=(("o/former", "o/hidden"), ("o/alias", "o/x"), ("o/y", "o/shown")),
        gone=("o/failed", "o/gone"),
    )
    failures = (
        failure("o/failed", sections=(("Web",),)),
        failure("o/gone", sections=(("Games",),)),
    )
    filters = Filters(section=("games",), exclude=("*/awesome-*",), top=1)
    run = ranking(*rows, failures=failures, events=events, changes=changes)
    filtered = apply_filters(run, filters)
    assert names(filtered) == ["o/shown"]
    assert [each.repository for each in filtered.events] == [
        "o/shown",
        "o/Hidden",
        "o/cut",
        "o/lost",
    ]
    assert filtered.changes == replace(
        changes,
        new=("o/cut", "o/shown"),
        dropped=("o/lost",),
        renamed=(("o/y", "o/shown"),),
        gone=("o/gone",),
    )


def test_that_a_repository_was_archived_is_news_to_who_hides_archived_ones() -> None:
    """It says why the row is no longer there; what another filter keeps out stays hidden."""
    news = (
        event("o/a", kind=EventKind.ARCHIVED),
        event("o/small", kind=EventKind.ARCHIVED),
    )
    rows = [row("o/a", archived=True), row("o/small", archived=True, stars=1)]
    filtered = apply_filters(ranking(*rows, events=news), Filters(archived=False, min_stars=5))
    assert not filtered.rows
    assert filtered.events == news[:1]


ENGINES, GAMES, WEB = ("List", "games", "Engines"), ("List", "games"), ("List", "Web")
SECTIONED = (
    row("o/1", 1, sections=(WEB, GAMES)),
    row("o/2", 2, sections=(WEB,)),
    row("o/3", 3, sections=()),
    row("o/4", 4, sections=(ENGINES, WEB)),
    row("o/5", 5, sections=(GAMES,)),
)


def grouped(rows: Any, filters: Filters, order: Any = ()) -> list[tuple[Any, str]]:
    """The sections with the numbers of their rows."""
    known = replace(ranking(*rows), sections=tuple(order))
    return [
        (section, "".join(each.repository[2:] for each in group))
        for section, group, _ in filter_by_section(known, replace(filters, by_section=True))[1]
    ]


def test_rows_are_grouped_by_section() -> None:
    """A row stands in each of its sections, in the order of the rows; those of none stand first;
    a section stands before those below it."""
    assert grouped(SECTIONED, Filters()) == [
        ((), "3"),
        (GAMES, "15"),
        (ENGINES, "4"),
        (WEB, "124"),
    ]


def test_sections_come_in_the_order_of_the_list() -> None:
    """Those that it does not name come after it, and empty ones not at all."""
    order = (("Empty",), WEB, ENGINES)
    assert grouped(SECTIONED, Filters(), order) == [
        ((), "3"),
        (WEB, "124"),
        (ENGINES, "4"),
        (GAMES, "15"),
    ]


def test_only_wanted_sections_are_shown() -> None:
    """A row that is wanted for one of its sections does not bring the others along."""
    filters = Filters(section=("Games",))
    assert grouped(apply_filters(ranking(*SECTIONED), filters).rows, filters) == [
        (GAMES, "15"),
        (ENGINES, "4"),
    ]


def test_top_counts_within_each_section() -> None:
    """The rows are those of the groups, so that every format has the same repositories."""
    filters = Filters(by_section=True, top=1)
    filtered = apply_filters(ranking(*SECTIONED), filters)
    assert names(filtered) == ["o/1", "o/3", "o/4"]
    assert filtered.sums.left_out == 0
    groups = [((), "3"), (GAMES, "1"), (ENGINES, "4"), (WEB, "1")]
    assert grouped(filtered.rows, filters) == grouped(SECTIONED, filters) == groups
    assert len(apply_filters(ranking(*SECTIONED), Filters(by_section=True))) == 5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"min_stars": -1}, "min_stars must be a whole number of at least 0, not -1"),
        ({"top": -1}, "top must be a whole number of at least 0, not -1"),
        (
            {"pushed_within": -0.5},
            'pushed_within must be a duration such as "1y", of at least 0s, not -0.5',
        ),
        ({"section": ("Games", "")}, "section must not be empty"),
        ({"exclude": (" ",)}, "exclude must not be empty"),
        ({"language": ("",)}, "language must not be empty"),
        ({"exclude": ("x" * 501,)}, "exclude must have at most 500 characters, not 501"),
    ],
)
def test_what_cannot_be_chosen_is_refused(fields: dict[str, Any], message: str) -> None:
    """Numbers below 0; texts that are empty, as an unset variable leaves them, or very long."""
    with pytest.raises(ConfigError) as caught:
        Filters(**fields)
    assert str(caught.value) == message


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "glob", ["*a" * 249 + "*c", "[" * 500, "[!" * 250, "?*" * 249 + "c", "[[a--b&&c~~" * 40 + "c"]
)
def test_no_glob_takes_long(glob: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and headings that nearly match cost no time that grows with the ways to match, and
    a heading as long as a list may be is looked at once for all of its rows."""
    assert len(glob) <= LONGEST_GLOB
    looked_at: list[str] = []

    def look(name: str, pattern: str) -> bool:
        looked_at.append(name)
        return fnmatchcase(name, pattern)

    monkeypatch.setattr("crawler.ranking.filters.fnmatchcase", look)
    heading = ("a" * 200 + "b") * 2000
    rows = [row("a" * 200 + "b", n, sections=((heading,),)) for n in range(1, 201)]
    assert not apply_filters(ranking(*rows), Filters(section=(glob,))).rows
    assert looked_at == [f" > {heading} > "]
    assert len(apply_filters(ranking(*rows), Filters(exclude=(glob,)))) == 200


texts = st.text("aAbß*?[]!-^&~|.\\> é\n", max_size=8)
globs = texts.filter(str.strip) | st.sampled_from(["*", "*a*", "*/b", "a > *", "[!a]*"])
sections = st.lists(st.lists(texts.filter(bool), max_size=3).filter(bool).map(tuple), max_size=3)
times = st.datetimes(datetime(2020, 1, 1), datetime(2026, 5, 9), timezones=st.just(UTC))


@st.composite
def rankings(draw: st.DrawFn) -> Ranking:
    """Runs with rows of any figures, as the ranking orders them, failures, and events."""
    stars = sorted(draw(st.lists(st.integers(0, 20), max_size=8)), reverse=True)
    rows = [
        row(
            f"{draw(st.sampled_from('aAbBc'))}/{number}",
            1 + stars.index(count),
            url=f"https://github.com/{number}",
            id=draw(st.none() | st.just(number)),
            stars=count,
            language=draw(st.sampled_from([None, "C#", "Go", "go"])),
            archived=draw(st.sampled_from([None, True, False])),
            pushed_at=draw(st.none() | times),
            gained=draw(st.none() | st.integers(-3, 3)),
            rate=draw(st.none() | st.floats(-1, 1)),
            sections=tuple(dict.fromkeys(draw(sections))),
        )
        for number, count in enumerate(stars)
    ]
    failures = [
        failure(f"f/{number}", sections=tuple(found))
        for number, found in enumerate(draw(st.lists(sections, max_size=3)))
    ]
    events = [event(each.repository, each.id) for each in rows * 2 if draw(st.booleans())]
    found = (*(each.repository for each in rows), *(each.repository for each in failures))
    changes = Changes(NOON, None, found, None, found, None, found)
    return ranking(*rows, failures=tuple(failures), events=tuple(events), changes=changes)


any_filters = st.builds(
    Filters,
    sort=st.sampled_from(["stars", "gained", "rate", "pushed", "name"]),
    min_stars=st.none() | st.integers(0, 20),
    language=st.lists(st.sampled_from(["GO", "c#"]), max_size=1).map(tuple),
    section=st.lists(globs, max_size=2).map(tuple),
    exclude=st.lists(globs, max_size=1).map(tuple),
    archived=st.booleans(),
    pushed_within=st.none() | st.floats(0, 1e9),
    created_within=st.none() | st.floats(0, 1e9),
    by_section=st.booleans(),
    top=st.none() | st.integers(0, 3),
)


@given(rankings(), any_filters)
def test_filtering_again_changes_nothing(run: Ranking, filters: Filters) -> None:
    """What was shown passes the filters and stands in order."""
    once = apply_filters(run, filters)
    assert apply_filters(once, filters) == once


@given(rankings(), any_filters)
def test_every_row_is_shown_left_out_or_beyond_the_top(run: Ranking, filters: Filters) -> None:
    """No row is made up, shown twice or lost without being counted."""
    passed = apply_filters(run, replace(filters, top=None))
    shown_in_all = len(passed) + len(passed.failures)
    assert shown_in_all + passed.sums.left_out == len(run) + len(run.failures)
    shown = apply_filters(run, filters)
    assert passed.sums.cut == 0
    assert shown.sums == replace(passed.sums, cut=len(passed) - len(shown))
    remaining = iter(passed.rows)
    assert all(each in remaining for each in shown.rows)
    assert set(passed.rows) <= set(run.rows)
    assert set(shown.failures) <= set(run.failures)
    assert set(shown.events) <= set(run.events)
    if not filters.by_section:
        assert shown.rows == passed.rows[: filters.top or None]


@given(rankings(), any_filters, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_before(
    run: Ranking, filters: Filters, chance: random.Random
) -> None:
    """The same rows come out in the same order, however they went in."""
    shuffled = list(run.rows)
    chance.shuffle(shuffled)
    in_another_order = replace(run, rows=tuple(shuffled))
    assert apply_filters(in_another_order, filters).rows == apply_filters(run, filters).rows


@given(rankings(), any_filters)
def test_the_groups_hold_the_rows(run: Ranking, filters: Filters) -> None:
    """Each row that is shown by section is in a group, which keeps its order and its top."""
    filters = replace(filters, by_section=True)
    shown, groups = filter_by_section(run, filters)
    rows = shown.rows
    assert shown == apply_filters(run, filters)
    assert {each.url for group in groups for each in group.rows} == {each.url for each in rows}
    everything = apply_filters(run, replace(filters, top=None)).rows
    assert shown.sums.cut == len(everything) - len(rows)
    for section, group, total in groups:
        assert list(group) == sorted(group, key=rows.index)
        assert all(section in (each.sections or ((),)) for each in group)
        assert total == sum(section in (each.sections or ((),)) for each in everything)
        assert len(group) == min(filters.top or total, total)
