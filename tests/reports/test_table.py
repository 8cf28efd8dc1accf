"""The table: what is in it, and how it fits a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from reports.samples import BARE, EVERY_KIND, FULL, GONE, LATE, WIDE, ranking
from rich.cells import cell_len

from crawler.reports import Format, render
from crawler.results import Ranking


def lines(ranking: Ranking, width: int | None = None) -> list[str]:
    """The lines of the table."""
    return render(ranking, Format.TABLE, width=width).splitlines()


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
        "2 failed (1 not_found, 1 unavailable) · 3 requests, 1 point, 1.2 s"
    )


def test_sums_are_of_the_whole_run() -> None:
    """A table of the first rows still sums up all of them."""
    assert lines(EVERY_KIND.limited(1))[-1] == lines(EVERY_KIND)[-1]
    assert len(lines(EVERY_KIND.limited(1))) == len(lines(EVERY_KIND)) - 2


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


@pytest.mark.parametrize("width", range(3, 140))
def test_every_line_fits_the_terminal(width: int) -> None:
    """No row is wider than the terminal, and each is one line; so are the sums, whatever width."""
    table = lines(EVERY_KIND, width)
    assert max(map(cell_len, table[:-1]), default=0) <= width
    assert table.index("") == 1 + len(EVERY_KIND)


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
    assert cut[natural - 1].endswith("A long section na…")
    assert "Common Lisp and C" in cut[natural - 11]
    assert cut[natural - 12].endswith("Common Lisp and…  2026-05-07  A long …")
    assert cut[natural - 20].endswith("Common …  2026-05-07  A long …")
    assert cut[natural - 21].endswith("Common Lisp and C  2026-05-07")
    assert cut[natural - 22].endswith("Common Lisp and…  2026-05-07")
    assert cut[natural - 31].endswith("12,345  2026-05-07")
    names = {width for width, line in cut.items() if "an-owner/a-repository" in line}
    assert names == set(range(min(names), natural + 1))
    assert min(names) == cell_len("an-owner/a-repository  12,345")
    assert all("12,345" in line for line in cut.values())


def test_archived_mark_gives_way_before_the_name() -> None:
    """The mark of a long name is cut, its name is not."""
    table = lines(ranking(WIDE, replace(BARE, repository="somebody/with-a-longer-name")), 44)
    assert "somebody/wide (archived)" in table[1]
    tight = lines(ranking(WIDE), 40)
    assert "somebody/wide (" in tight[1]
    assert "…" in tight[1]


def test_colors_only_where_asked() -> None:
    """Colours change nothing but the looks."""
    colored = render(EVERY_KIND, Format.TABLE, width=80, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == render(EVERY_KIND, Format.TABLE, width=80)


def test_markup_is_text() -> None:
    """Square brackets in a section are no instructions to the table's library."""
    row = replace(FULL, sections=(("[red]danger[/red] [link=x]",),))
    assert "[red]danger[/red] [link=x]" in lines(ranking(row))[1]
