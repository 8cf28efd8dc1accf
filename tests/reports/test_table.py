"""The table: what is in it, and how it fits a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from builders import NOON, ranking
from reports.samples import (
    BARE,
    CHANGES,
    EVERY_KIND,
    FULL,
    GONE,
    LATE,
    SINCE,
    STALE,
    WIDE,
    grown,
    since,
)
from reports.writing import written
from rich.cells import cell_len

from crawler.model.filters import Filters
from crawler.model.results import Changes, Point, Ranking, Usage
from crawler.model.values import FigureKind
from crawler.ranking.filters import apply_filters
from crawler.reports.columns import Column, lay_out
from crawler.reports.table import section_texts


def lines(ranking: Ranking, width: int | None = None) -> list[str]:
    """The lines of the table."""
    return written("table", ranking, width=width).splitlines()


def test_columns_are_aligned_by_cells() -> None:
    """Numbers end in one column and texts start in one, double-width characters counted."""
    head, *rows = lines(EVERY_KIND)[:4]
    starts = {title: head.index(title) for title in ("Repository", "Language", "Last push")}
    for row, sample in zip(rows, EVERY_KIND, strict=True):
        number = f"{sample.stars:,}"
        stars = row.index(f" {number}") + 1 + len(number)
        assert stars == head.index("Stars") + len("Stars")
        assert row.index(sample.repository) == starts["Repository"]
    wide = rows[2]
    assert cell_len(wide[: wide.index("日本語")]) == starts["Language"]
    assert cell_len(wide[: wide.index("2026-05-07")]) == starts["Last push"]


def test_last_push_is_the_day_in_utc() -> None:
    """Another zone's evening is the day that it is in UTC."""
    late = datetime(2026, 1, 1, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert "2026-01-02" in lines(ranking(replace(FULL, pushed_at=late)))[1]
    assert late.astimezone(UTC).day == 2


def test_archived_is_marked() -> None:
    """Only what is known to be archived is marked."""
    marked = [line for line in lines(EVERY_KIND)[1:4] if "(archived)" in line]
    assert len(marked) == 1
    assert "somebody/wide" in marked[0]


def test_sums_are_one_line() -> None:
    """The last line tells how every listed repository ended and what it cost."""
    assert lines(EVERY_KIND)[-1] == (
        "6 listed: 3 ranked (1 renamed, 1 archived), 1 duplicate, "
        "2 failed (1 not found, 1 unavailable) · 3 requests, 1 point, 1.2 s"
    )


def test_sums_tell_what_is_elsewhere() -> None:
    """What the lists list without a repository that can be asked for is told by host."""
    hosts = (("no repository link", 1040), ("gitlab.com", 12), ("codeberg.org", 3), ("a.b", 2))
    run = replace(EVERY_KIND, sums=replace(EVERY_KIND.sums, elsewhere=hosts))
    told = "elsewhere: no repository link 1,040, gitlab.com 12, other hosts 5"
    assert told in lines(run)[-2:]


def test_sums_are_of_the_whole_run() -> None:
    """A table of the first rows still sums up all of them, and says how many it shows."""
    sums = lines(apply_filters(EVERY_KIND, Filters(top=1)))[-1]
    assert "1 of 3 ranked" in sums
    assert sums.replace("1 of 3 ranked", "3 ranked") == lines(EVERY_KIND)[-1]
    assert len(lines(apply_filters(EVERY_KIND, Filters(top=1)))) == len(lines(EVERY_KIND)) - 2


def test_nothing_ranked_leaves_the_sums() -> None:
    """Without rows there are no headers."""
    (only,) = lines(ranking(failures=(GONE, LATE)))
    assert only.startswith("3 listed: 0 ranked (0 renamed, 0 archived), 1 duplicate, 2 failed")


def test_nothing_failed_is_said() -> None:
    """Zero failures are a figure too."""
    assert ", 0 failed · " in lines(ranking(FULL))[-1]


def test_without_a_width_nothing_is_cut() -> None:
    """In a file or a mail every text is whole, on one line."""
    section = "a section with a name " * 50
    assert section.strip() in lines(ranking(replace(FULL, sections=((section,),))))[1]


def test_every_line_fits_the_terminal() -> None:
    """Each row is one line, with all columns too; the sums are broken between words, and lose
    none."""
    for width in range(3, 140):
        table = lines(EVERY_KIND, width)
        assert table.index("") == 1 + len(EVERY_KIND)
        rows, sums = table[: table.index("")], table[table.index("") + 1 :]
        assert max(map(cell_len, rows)) <= width
        assert all(cell_len(line) <= width or " " not in line for line in sums)
        assert " ".join(sums) == lines(EVERY_KIND)[-1]
        table = lines(SINCE, width)
        assert table.index("") == 1 + len(SINCE)
        assert max(map(cell_len, table[: table.index("")])) <= width


def test_what_gives_way_and_when() -> None:
    """First the section is cut, then the language; columns go before a name is cut."""
    row = replace(
        FULL,
        repository="an-owner/a-repository",
        language="Common Lisp and C",
        sections=(("A long section name",),),
    )
    natural = max(map(cell_len, lines(ranking(row))[:2]))
    cut = {width: lines(ranking(row), width)[1] for width in range(12, natural + 1)}
    assert cut[natural] == lines(ranking(row))[1]
    assert cut[natural - 1].endswith("…long section name")
    assert "Common Lisp and C" in cut[natural - 11]
    assert cut[natural - 12].endswith("Common Lisp and…  2026-05-07  …on name")
    assert cut[natural - 20].endswith("Common …  2026-05-07  …on name")
    assert cut[natural - 21].endswith("Common Lisp and C  2026-05-07")
    assert cut[natural - 22].endswith("Common Lisp and…  2026-05-07")
    assert cut[natural - 31].endswith("12,345  2026-05-07")
    names = {width for width, line in cut.items() if "an-owner/a-repository" in line}
    assert names == set(range(min(names), natural + 1))
    assert min(names) == cell_len("an-owner/a-repository  12,345")
    assert all("12,345" in line for line in cut.values())


SECTIONS = (("List",), ("List", "Tools"), ("List", "Tools", "Deep down"), ("List", "Games"))


@pytest.mark.parametrize("shown", [1, 2, 3])
def test_a_section_reads_the_same_beside_any_others(shown: int) -> None:
    """What all sections of the lists share is left out, whichever of them are shown."""
    places = [(each,) for each in SECTIONS[1 : 1 + shown]]
    assert section_texts(places, SECTIONS) == ["Tools", "Tools > Deep down", "Games"][:shown]
    assert section_texts([(SECTIONS[0],), ()], SECTIONS) == ["", ""]


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ("Awesome Go > Web", {16: "Awesome Go > Web", 15: "…esome Go > Web", 5: "…Web", 4: "…Web"}),
        ("道具 > 絵", {8: "…具 > 絵", 7: "…> 絵", 3: "…絵", 2: "…"}),
        ("e\u0301e\u0301 a", {3: "…a", 2: "…a", 1: "…"}),
    ],
)
def test_a_long_section_keeps_its_end(text: str, cuts: dict[int, str]) -> None:
    """The heading right above an entry tells more than the title of its list."""
    for width, cut in cuts.items():
        column = Column("", [text], patience=0, least=0, keeps_end=True)
        assert lay_out([column], width=width, color=False) == ["", cut]


def test_archived_mark_gives_way_before_the_name() -> None:
    """The mark of a long name is cut, its name is not."""
    table = lines(ranking(WIDE, replace(BARE, repository="somebody/with-a-longer-name")), 44)
    assert "somebody/wide (archived)" in table[1]
    tight = lines(ranking(WIDE), 40)
    assert "somebody/wide (" in tight[1]
    assert "…" in tight[1]


def test_colors_only_where_asked() -> None:
    """Colours change nothing but the looks."""
    colored = written("table", EVERY_KIND, width=80, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == written("table", EVERY_KIND, width=80)


def test_links_change_nothing_but_the_name() -> None:
    """Where the terminal knows links, the name leads to the repository; the layout is as before."""
    linked = written("table", EVERY_KIND, width=80, links=True)
    assert re.sub(r"\x1b]8;;[^\x1b]*\x1b\\", "", linked) == written("table", EVERY_KIND, width=80)
    targets = re.findall(r"\x1b]8;;([^\x1b]+)\x1b\\(\S+)", linked)
    assert [url for url, _ in targets] == [row.url for row in EVERY_KIND]


def test_a_wide_terminal_says_what_each_repository_is() -> None:
    """From 140 columns on: the list's words, else the host's; they are cut to the width."""
    row = replace(FULL, description="what the list says of it " * 9, about="what the host says")
    other = replace(FULL, description=None, about="what the host says")
    table = lines(ranking(row, other), 140)
    assert table[0].endswith("Description")
    assert "  what the list says of it w" in table[1]
    assert max(map(cell_len, table)) <= 140
    assert "  what the host says" in table[2]
    assert not any("Description" in line for line in lines(ranking(row, other), 139))
    assert "Description" not in lines(ranking(row, other))[0]


@pytest.mark.parametrize("count", [0, 1, 2, 8, 40])
def test_ten_rows_take_at_most_eighteen_lines(count: int) -> None:
    """Whatever changed: in 80 columns the names of a kind become fewer, and its count stays."""
    names = tuple(f"an-owner-{number}/a-long-repository-name" for number in range(count))
    moved = tuple((f"old/{name.replace('/', '-')}", name) for name in names)
    changes = replace(
        CHANGES, new=names, dropped=names, archived=names, renamed=moved, gone=names, replaced=names
    )
    table = lines(since(*[FULL] * 10, changes=changes), 80)
    assert len(table) <= 18
    assert not count or f"{count} new" in " ".join(table)


def test_markup_is_text() -> None:
    """Square brackets in a section are no instructions to the table's library."""
    row = replace(FULL, sections=(("[red]danger[/red] [link=x]",),))
    assert "[red]danger[/red] [link=x]" in lines(ranking(row))[1]


def column(table: list[str], header: str) -> list[str]:
    """The cells under a header that is aligned to the right, by where the header ends."""
    end = cell_len(table[0][: table[0].index(header)]) + len(header)
    cells = []
    for line in table[1 : table.index("")]:
        cut = next(
            n for n in range(len(line) + 1) if cell_len(line[:n]) >= min(end, cell_len(line))
        )
        cells.append(re.split(r"\s{2,}", f"  {line[:cut]}")[-1].strip())
    return cells


def test_gains_stand_under_their_header() -> None:
    """A gain has its sign; none known is blank; a suspicious one is marked, digits in line."""
    table = lines(since(grown(FULL, 1234, 1), BARE, grown(WIDE, -20, 0, suspicious=True)))
    first, bare, wide = table[1:4]
    end = table[0].index("+7 d") + len("+7 d")
    assert first[:end].endswith("+1,234 ")
    assert bare[end - len("+7 d") : end].strip() == ""
    assert wide[:end].endswith("  -20?")
    assert lines(since(grown(FULL, 0, 0), grown(WIDE, -20, 0)))[1].split()[3:5] == ["0", "·"]


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ("oo", ""),
        ("rr", ", retained by GitHub"),
        ("ro", ", some of them retained by GitHub"),
        ("ri", ", retained by GitHub and imported"),
        ("r", ", retained by GitHub, known of 1 of the 2 rows"),
    ],
)
def test_the_kinds_of_figures_are_told(kinds: str, told: str) -> None:
    """Where a run observed them all there is nothing to say."""
    found = {str(kind)[0]: kind for kind in FigureKind}
    rows = [replace(grown(FULL, 1, 0), baseline_kind=found[kind]) for kind in kinds]
    run = replace(since(*rows, *[BARE] * (2 - len(rows))), changes=None)
    assert lines(run)[-1] == f"+7 d counts from the figures of 2026-05-01{told}"


def test_a_gain_from_another_day_says_so() -> None:
    """The others leave that room free; no day is named for all where each says its own."""
    distant = replace(grown(FULL, 12, 0), baseline_distant=True, baseline_on=date(2026, 1, 2))
    table = lines(since(distant, grown(BARE, 3, 0)))
    assert "+12 (2026-01-02)" in table[1]
    assert "  +3             " in table[2]
    assert "2026-01-02" not in lines(since(distant))[-1]


@pytest.mark.parametrize(
    ("ago", "head"),
    [
        (timedelta(days=30), "+30 d"),
        (timedelta(days=1), "+1 d"),
        (timedelta(hours=12), "+12 h"),
        (timedelta(minutes=20), "+20 min"),
    ],
)
def test_the_head_says_over_how_long_gains_are(ago: timedelta, head: str) -> None:
    """In days, or in hours where that is less than one."""
    moment = NOON - ago
    if ago.days:
        moment = datetime.combine(moment, time.max, UTC)
    run = replace(since(grown(FULL, 1, 0)), gained_since=moment)
    assert head in lines(run)[0]


@pytest.mark.parametrize(("moved", "cell"), [(3, "▲3"), (-12, "▼12"), (0, "·"), (None, "")])
def test_moves_are_arrows(moved: int | None, cell: str) -> None:
    """Up is a rise, down a fall, a dot neither; unknown is blank."""
    row, other = replace(grown(FULL, 1, 0), moved=moved), grown(BARE, 1, 7)
    assert column(lines(since(row, other)), "Moved") == [cell, "▲7"]


def test_gains_and_moves_are_shown_where_they_are_known() -> None:
    """Of some row at least."""
    assert "+7 d" not in lines(since(FULL))[0]
    head = lines(replace(since(replace(grown(FULL, 1, 0), moved=None)), changes=None))[0]
    assert "+7 d" in head
    assert "Moved" not in head


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    """They would only take room from the others."""
    assert lines(ranking(BARE))[0].split() == ["#", "Repository", "Stars"]
    known = replace(BARE, language="C#", sections=(("Tools",),))
    assert lines(ranking(known))[0].split()[3:] == ["Language", "Section"]


def test_trend_is_shown_where_there_is_history() -> None:
    """A row with history has its sparkline, one without an empty cell."""
    table = lines(SINCE)
    start = table[0].index("Trend")
    assert table[1][start] in "▁▂▃▄▅▆▇█"
    assert table[2][start:].split(maxsplit=1)[:1] != ["▁"]
    # All of them are drawn over the same days: what is known for a week begins further right.
    assert table[3][start : start + 12] == "         ██▁"
    # One day is no trend.
    today = {"slow/stale": (Point(NOON.date(), 6),)}
    assert lines(replace(SINCE, history={**SINCE.history, **today})) == table
    assert "Trend" not in lines(replace(SINCE, history={"not/listed": ()}))[0]
    assert "Trend" not in lines(replace(SINCE, since=NOON.date()))[0]


@pytest.mark.parametrize(
    ("age", "cell"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (86400, "1d"),
        (400 * 86400, "400d"),
    ],
)
def test_age_is_in_its_largest_unit(age: int, cell: str) -> None:
    """The age is rounded down, and has one unit."""
    table = written("table", ranking(replace(FULL, age=age)), ages=True).splitlines()
    assert column(table, "Age") == [cell]


def test_ages_are_shown_where_one_is_stale_or_where_asked() -> None:
    """Fresh figures need no age, unless the caller wants them."""
    assert "  Age  " not in lines(EVERY_KIND)[0]
    assert "  Age  " in lines(ranking(FULL, STALE))[0]
    assert "  Age  " in written("table", EVERY_KIND, ages=True).splitlines()[0]


def test_stale_is_marked() -> None:
    """A row of last known figures says so, after what else is to be said of it."""
    assert "slow/stale (archived) (stale)  " in lines(ranking(FULL, STALE))[2]
    assert "(stale)" not in lines(ranking(FULL, STALE))[1]


def test_sums_count_what_is_stale_left_out_and_stored() -> None:
    """What a run without a store and filters has none of is only told where there is some."""
    run = ranking(FULL, STALE)
    run = replace(
        run,
        sums=replace(run.sums, stale=1, left_out=4),
        usage=Usage(requests=0, seconds=0.1, from_store=570),
    )
    assert lines(run)[-2] == (
        "3 listed: 2 ranked (1 renamed, 1 archived, 1 stale), 1 duplicate, "
        "0 failed, 4 of these filtered out · 0 requests, 0 points, 570 from the store, 0.1 s"
    )


def test_changes_are_one_line_below_the_sums() -> None:
    """Each kind that there is has its number and its names."""
    assert lines(SINCE)[-2] == (
        "7 listed: 4 ranked (1 renamed, 2 archived, 1 stale), 1 duplicate, 2 failed "
        "(1 not found, 1 unavailable) · 3 requests, 1 point, 570 from the store, 1.2 s"
    )
    assert lines(SINCE)[-1] == (
        "since the run of 2026-05-01: 3 new (new/one, new/two, somebody/bare), "
        "1 dropped (once/listed), 1 archived (somebody/wide), "
        "1 renamed (old-owner/first → owner/first), 1 replaced (somebody/bare), "
        "1 gone (nobody/gone)"
    )


@pytest.mark.parametrize(
    ("count", "end"),
    [(8, "a/7)"), (9, "a/8)"), (10, "a/7 and 2 more)"), (1000, "a/7 and 992 more)")],
)
def test_many_names_are_cut(count: int, end: str) -> None:
    """Of many names the first ones stand for all; a single one more is named."""
    changes = replace(NOTHING, new=tuple(f"a/{n}" for n in range(count)))
    last = lines(since(FULL, changes=changes))[-1]
    assert last.startswith(f"since the run of 2026-05-01: {count} new (a/0, a/1, ")
    assert last.endswith(end)


NOTHING = Changes(CHANGES.since, CHANGES.baseline_at, (), (), (), (), ())


def test_a_time_within_a_day_is_told_to_the_minute() -> None:
    """Whoever compares with this morning reads more than the day, in UTC."""
    morning = datetime(2026, 5, 8, 9, 30, 59, tzinfo=timezone(timedelta(hours=2)))
    last = lines(since(FULL, changes=replace(NOTHING, baseline_at=morning)))[-1]
    assert last.startswith("since the run of 2026-05-08 07:30 UTC: nothing new")


def test_gains_say_since_when_they_count() -> None:
    """Where that is not the day of the run that is compared with."""
    gained = "+7 d counts from the figures of"
    run = since(grown(FULL, 1, 0), grown(BARE, 2, 0), changes=NOTHING)
    assert gained not in "\n".join(lines(run))
    first, second = run.rows
    earlier = replace(first, baseline_on=date(2026, 4, 28))
    assert lines(replace(run, rows=(earlier,)))[-1] == f"{gained} 2026-04-28"
    assert lines(replace(run, rows=(earlier, second)))[-1] == f"{gained} 2026-04-28 to 2026-05-01"
    assert lines(replace(run, changes=None))[-1] == f"{gained} 2026-05-01"


def test_no_change_is_said() -> None:
    """That nothing changed is an answer too, and not the same as not knowing."""
    assert lines(since(FULL, changes=NOTHING))[-1] == (
        "since the run of 2026-05-01: nothing new, dropped, archived, renamed, replaced or gone"
    )
    unknown = Changes(CHANGES.since, None, None, None, None, None, None)
    assert lines(since(FULL, changes=unknown))[-1] == (
        "no run over these lists is known as of 2026-05-01"
    )


def test_what_gives_way_with_gains() -> None:
    """Section, language and push go first; a gain stays longest beside the name and its stars."""
    headers = ["Section", "Language", "Last push", "Moved", "Trend", "Age", "#", "+7 d"]
    shown = [lines(SINCE, width)[0].split("  ") for width in range(110, 24, -1)]
    heads = [{head.strip() for head in each} for each in shown]
    gone = [next(n for n, head in enumerate(heads) if header not in head) for header in headers]
    assert gone == sorted(gone)
    assert all({"Repository", "Stars"} <= head for head in heads)
