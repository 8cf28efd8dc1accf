"""The HTML report without a browser: what is in it, and that nothing harmful is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from builders import NOON, ranking
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import BARE, EVERY_KIND, FULL, GONE, LATE, WIDE
from reports.test_hostile import assert_harmless, hostile, poisoned
from reports.writing import written
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.model.filters import Filters
from crawler.model.results import Changes, Point, Ranking
from crawler.model.rows import EventKind, Row
from crawler.model.values import Provider, note_on
from crawler.ranking.filters import apply_filters
from crawler.reports.news import Movers, Tally
from crawler.reports.render import render as finished
from crawler.reports.trends import HEIGHT, WIDTH, draw_trends
from crawler.reports.words import shortened, signed, web_address

render = partial(written, "html")

GOLDEN = Path(__file__).with_name("golden") / "ranking.html"

RISEN = replace(
    FULL, gained=1345, rate=11.2, moved=2, baseline_on=date(2026, 5, 1), changed=(EventKind.LISTED,)
)
FALLEN = replace(
    WIDE, gained=-3, rate=-0.1, moved=-1, baseline_on=date(2026, 5, 1), stale=True, suspicious=False
)
WITH_HISTORY = replace(
    ranking(RISEN, BARE, FALLEN, failures=(GONE, LATE), gained_since=NOON - timedelta(7)),
    history={
        "owner/first": (Point(date(2026, 5, 1), 11000), Point(date(2026, 5, 4), 11900)),
        "somebody/wide": (Point(date(2026, 5, 1), 10),),
    },
    changes=Changes(
        since=NOON - timedelta(days=7),
        baseline_at=NOON - timedelta(days=8),
        new=("owner/first",),
        dropped=(),
        archived=("somebody/wide",),
        renamed=(("old-owner/first", "owner/first"),),
        gone=None,
    ),
)


def page(ranking: Ranking) -> LexborHTMLParser:
    """The report as a browser's parser reads it."""
    return LexborHTMLParser(render(ranking))


def only(document: LexborHTMLParser, selector: str) -> LexborNode:
    """The first of what the selector finds."""
    node = document.css_first(selector)
    assert node is not None
    return node


def texts(document: LexborHTMLParser, selector: str) -> list[str]:
    """The texts of all that the selector finds, white space joined."""
    return [" ".join(node.text().split()) for node in document.css(selector)]


def test_report_is_the_golden_one() -> None:
    """The page is the one that was looked at, its style and script aside.

    After a wanted change: `PYTHONPATH=tests:. python tests/reports/test_html.py` writes it anew;
    read the difference before it is committed.
    """
    assert bare(WITH_HISTORY).encode() == GOLDEN.read_bytes()


def bare(known: Ranking) -> str:
    """The page without its style and script, and without their hashes in the policy."""
    return re.sub(
        r"(?s)(?<=<style>).*(?=</style>)|(?<=<script>).*(?=</script>)|sha256-[A-Za-z0-9+/]+",
        "",
        render(known),
    )


def test_rows_hold_what_is_known() -> None:
    """A cell for each column; what is unknown is empty."""
    cells = [
        [" ".join(cell.text().split()) for cell in row.css("td")]
        for row in page(WITH_HISTORY).css(".ranking tbody tr")
    ]
    assert cells == [
        [
            *("1", "owner/first Draws ünïcode, quickly; and more.", "12,345", "+1,345", "↑2"),
            *("+12.2%", "C#", "Tools › GUI (+1)", "2026-05-07", "new"),
        ],
        ["2", "somebody/bare", "7", "", "", "", "", "", "", ""],
        [
            *("2", "somebody/wide 絵文字 👩💻 ❤", "7", "−3", "↓1"),
            *("−30.0%", "日本語", "道具 › 絵 🎨", "2026-05-07", "archived figures of 2026-05-08"),
        ],
    ]


def test_what_sleeps_is_marked() -> None:
    """After two years without a push, unless it is archived, which says more."""
    pushes = (NOON - timedelta(days=729), NOON - timedelta(days=730), None)
    rows = [replace(FULL, pushed_at=pushed) for pushed in pushes]
    rows.append(replace(rows[1], archived=True))
    assert texts(page(ranking(*rows)), "td.state") == ["", "asleep", "", "archived"]


def test_columns_without_figures_are_left_out() -> None:
    """A first run has nothing to compare with, and shows no empty columns for it."""
    assert texts(page(ranking(FULL)), ".ranking th") == [
        *("#", "Repository", "Stars", "Language", "Section", "Last push"),
    ]
    assert texts(page(ranking(BARE)), ".ranking th") == ["#", "Repository", "Stars"]
    assert not page(ranking(replace(FULL, archived=None))).css("#archived")
    assert page(ranking(FULL)).css("#archived")


def test_sums_are_of_the_whole_run() -> None:
    """Also where the rows were limited; what is unknown is said, what did not happen is not."""
    assert texts(page(apply_filters(EVERY_KIND, Filters(top=1))), ".sums div") == [
        *("Listed6", "Ranked3", "Archived1", "Renamed1", "Duplicates1", "Failed2"),
    ]
    unknown = replace(EVERY_KIND.sums, archived=None, renamed=None, stale=2, left_out=5)
    shown = texts(page(replace(EVERY_KIND, sums=unknown)), ".sums div")
    assert "Archivedunknown" in shown
    assert "Renamedunknown" in shown
    assert "With old figures2" in shown
    assert "Left out by filters5" in shown
    elsewhere = replace(EVERY_KIND.sums, elsewhere=(("no repository link", 40), ("gitlab.com", 12)))
    shown = texts(page(replace(EVERY_KIND, sums=elsewhere)), ".sums div")
    assert "Elsewhereno repository link 40, gitlab.com 12" in shown


def test_head_tells_when_and_from_what() -> None:
    """The time in UTC, the lists with their sizes, and what a reader has to know."""
    zone = timezone(timedelta(hours=2))
    report = replace(EVERY_KIND, generated_at=datetime(2026, 5, 9, 1, tzinfo=zone))
    document = page(report)
    assert texts(document, ".made") == ["Made 2026-05-08, 23:00 UTC from a/list (5), b/list (3)"]
    assert only(document, "time").attributes["datetime"] == "2026-05-08T23:00:00Z"
    assert texts(document, "title") == ["a/list and 1 more by stars"]
    assert texts(document, ".note") == [
        "Not complete: some repositories gave no answer, and another run may tell more."
    ]
    assert not page(ranking(FULL, failures=(GONE,))).css(".note")
    depsdev = texts(page(replace(ranking(FULL), provider=Provider.DEPSDEV)), ".note")
    assert depsdev == [f"Note: {note_on(Provider.DEPSDEV)}."]


def test_failures_and_renames_are_listed() -> None:
    """Each failure with its reason, each former name with the one of today."""
    document = page(EVERY_KIND)
    assert texts(document, ".plain tbody tr") == [
        "nobody/gonenot foundGitHub knows no repository of this name.",
        "slow/lateunavailable; a rerun may helpThe server did not answer within 30 s.",
    ]
    assert texts(document, ".renames li") == ["old-owner/first → owner/first"]


def test_changes_are_told_and_the_unknown_too() -> None:
    """Names with links where they are ranked, 0 for none, and `unknown` where nobody knows."""
    document = page(WITH_HISTORY)
    changes = only(document, "section[aria-labelledby=changes]")
    assert [" ".join(node.text().split()) for node in changes.css("p, summary, li")] == [
        *("Since the run of 2026-04-30.", "New 1", "owner/first", "Dropped 0"),
        *("Archived 1", "somebody/wide", "Renamed 1", "old-owner/first → owner/first"),
        "Replaced unknown",
        "Gone unknown",
    ]
    links = [link.attributes["href"] for link in changes.css("a")]
    assert links == [FULL.url, WIDE.url, FULL.url]
    first = Changes(NOON, None, None, None, None, None, None)
    text = " ".join(texts(page(replace(WITH_HISTORY, changes=first)), "[aria-labelledby=changes]"))
    assert "No run over these lists as of 2026-05-08 is known." in text
    assert text.count("unknown") == 6
    assert not page(EVERY_KIND).css(".news")


def gaining(gains: Sequence[tuple[int | None, float | None, bool]]) -> list[Row]:
    """Rows `o/0`, `o/1` ... with the given gain, rate and doubt."""
    return [
        replace(FULL, repository=f"o/{at}", gained=gained, rate=rate, suspicious=doubt)
        for at, (gained, rate, doubt) in enumerate(gains)
    ]


def tallied(rows: Sequence[Row]) -> Movers:
    """Who moved most of the rows."""
    tally = Tally()
    for row in rows:
        tally.add(row)
    return tally.movers()


def test_movers_are_those_whose_figures_compare() -> None:
    """By gain, by rate, by loss; the unknown are left out and the doubtful stand apart."""
    movers = tallied(
        gaining(
            [
                *((5, 0.1, False), (None, None, False), (9000, 80.0, True), (7, 0.05, False)),
                *((0, 0.0, False), (-2, -0.1, False), (-9, -0.2, False), (-8000, -70.0, True)),
                (5, 0.3, False),
            ]
        )
    )
    names = [
        [name.text for name, _ in each]
        for each in (movers.gained, movers.fastest, movers.lost, movers.suspicious)
    ]
    assert names == [["o/3", "o/0", "o/8"], ["o/8", "o/0", "o/3"], ["o/6", "o/5"], ["o/2", "o/7"]]
    assert len(tallied(gaining([(1, 1.0, False)] * 30)).gained) == 10


def test_doubtful_gains_are_said_to_be() -> None:
    """Beside the movers, and in their rows."""
    document = page(ranking(replace(RISEN, suspicious=True)))
    assert "Not comparable" in texts(document, "h3")
    assert "Most stars gained" not in texts(document, "h3")
    assert "not comparable" in texts(document, "td.state")[0]


@pytest.mark.parametrize(
    ("past", "path", "growth"),
    [
        ([], None, None),
        ([(0, 100)], None, None),
        ([(-8, 50)], "M0 22l96 -20", "+100.0%"),
        ([(-8, 200), (-4, 100)], "M0 2l48 20l48 0", "−50.0%"),
        ([(-8, 100)], "M0 12l96 0", "0%"),
        ([(-8, 0), (-4, 0)], "M0 22l48 0l48 -20", "+100"),
        ([(-80, 0), (-79, 100)], "M0 22l1 -20l95 0", "+100"),
        ([(-200, 50)], None, None),
        ([(-200, 0), (-8, 50)], "M0 22l96 -20", "+100.0%"),
        ([(-200, 50), (-8, 50)], "M0 22l87 0l9 -20", "+100.0%"),
        ([(-8, 60), (0, 70), (3, 10)], "M0 22l96 -20", "+66.7%"),
    ],
)
def test_trend_is_drawn(past: list[tuple[int, int]], path: str | None, growth: str | None) -> None:
    """Days from left to right, stars upwards, up to the row's own figure, from 90 days ago on.

    The past is told in days from it.
    """
    row = replace(FULL, stars=100)
    points = tuple(Point(NOON.date() + timedelta(days=day), stars) for day, stars in past)
    (trend,) = draw_trends(replace(ranking(row), history={row.repository: points}))
    assert (trend and trend.path) == path
    assert (trend and trend.growth) == growth


def test_small_changes_look_small() -> None:
    """Ten stars more are much for a small repository, and nothing for a large one."""
    rows = [replace(FULL, repository=f"o/{stars}", stars=stars) for stars in (20, 100_010)]
    history = {row.repository: (Point(date(2026, 5, 1), row.stars - 10),) for row in rows}
    small, large = draw_trends(replace(ranking(*rows), history=history))
    assert small
    assert large
    assert (small.path, large.path) == ("M0 22l96 -20", "M0 12l96 0")


def test_trends_begin_on_the_day_that_was_asked_for() -> None:
    """A longer past or a shorter one than 90 days; what is older is cut off."""
    past = tuple(Point(NOON.date() - timedelta(days=day), 200 - day) for day in (100, 50, 10))
    known = replace(ranking(replace(FULL, stars=200)), history={"owner/first": past})
    growths = []
    for days in (100, 50, 10, 9):
        (trend,) = draw_trends(replace(known, since=NOON.date() - timedelta(days=days)))
        growths.append(trend and trend.growth)
    assert growths == ["+100.0%", "+33.3%", "+5.3%", None]


def test_trends_share_their_days() -> None:
    """A repository whose history is shorter begins further to the right."""
    rows = [replace(FULL, repository=name) for name in ("o/long", "o/short")]
    history = {
        "o/long": (Point(date(2026, 5, 4), 1),),
        "o/short": (Point(date(2026, 5, 6), 12345),),
    }
    long, short = draw_trends(replace(ranking(*rows), history=history))
    assert long
    assert short
    assert long.path.startswith("M0 ")
    assert short.path == "M48 12l48 0"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200), st.integers(0, 10**6))
def test_trends_stay_in_their_frame(past: list[int], stars: int) -> None:
    """However long and wild a history is, its line is short and within its box."""
    start = NOON.date() - timedelta(days=len(past))
    points = tuple(Point(start + timedelta(days=day), each) for day, each in enumerate(past))
    row = replace(FULL, stars=stars)
    (trend,) = draw_trends(replace(ranking(row), history={row.repository: points}))
    assert trend
    steps = [(int(x), int(y)) for x, y in re.findall(r"[Ml](-?\d+) (-?\d+)", trend.path)]
    assert len(steps) <= 26
    x = y = 0
    for step_x, step_y in steps:
        x, y = x + step_x, y + step_y
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert x == WIDTH


def test_sections_leave_out_what_they_share() -> None:
    """The list's own title is no choice; a section holds what is below it."""
    rows = [
        replace(FULL, sections=sections)
        for sections in (
            (("List", "Data", "ORM"), ("List", "Web")),
            (("List", "data", "Files"),),
            (("List", "Data"),),
            (),
        )
    ]
    document = page(ranking(*rows))
    options = {node.attributes["value"]: node.text() for node in document.css("#section option")}
    assert list(options.values()) == [
        "All", "Data", "data", "data › Files", "Data › ORM", "Web"
    ]  # fmt: skip
    listed = [
        {options[number] for number in (row.attributes["data-sections"] or "").split()}
        for row in document.css(".ranking tbody tr")
    ]
    assert listed == [{"Data", "Data › ORM", "Web"}, {"data", "data › Files"}, {"Data"}, set()]
    titles = [cell.attributes["title"] for cell in document.css("td.section")]
    assert titles == ["Data › ORM; Web", "data › Files", "Data", ""]


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host/x", "owner/x"),
        *("", "https://", "https:///x", "https://github.com@evil.example/x", "https://[::1"),
        *("https://host/a b", "https://host/\u202egpj", "https://host/\n", " https://host/"),
        *(
            "java\nscript:alert(1)",
            "https://host/" + "a" * 2000,
            "ftp://host/x",
            "https://host/\x00",
        ),
    ],
)
def test_only_plain_web_addresses_become_links(url: str) -> None:
    """Anything else stays a text."""
    assert web_address(url) is None
    document = page(replace(ranking(replace(FULL, url=url)), sources=()))
    assert [link.attributes["href"] for link in document.css("a")] == ["#ranking"]


@pytest.mark.parametrize("url", ["https://github.com/a/b", "http://host:8080/a?b=c&d#e"])
def test_web_addresses_become_links(url: str) -> None:
    """As they are, and they tell the target nothing."""
    link = only(page(ranking(replace(FULL, url=url))), "td a")
    assert link.attributes == {"href": url, "rel": "noopener noreferrer"}


@pytest.mark.parametrize(
    ("text", "short"),
    [(None, ""), ("", ""), ("12345", "12345"), ("123456", "1234…"), ("123 56", "123…")],
)
def test_long_texts_are_cut(text: str | None, short: str) -> None:
    """What is cut ends in an ellipsis, within the bound."""
    assert shortened(text, 5) == short


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (1234, "+1,234"), (-1234, "−1,234")])
def test_changes_have_a_sign(number: int, text: str) -> None:
    """The sign is as wide as a digit."""
    assert signed(number) == text


def test_policy_names_the_page_s_own_style_and_script() -> None:
    """By their hashes, as a browser computes them; nothing else may run, load or be sent."""
    document = page(EVERY_KIND)
    hashes = {
        f"{node.tag}-src": base64.b64encode(hashlib.sha256(node.text().encode()).digest()).decode()
        for node in document.css("style, script")
    }
    meta = only(document, "meta[http-equiv=Content-Security-Policy]")
    assert meta.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{hashes['style-src']}'; "
        f"script-src 'sha256-{hashes['script-src']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_style_and_script_are_those_of_any_ranking() -> None:
    """Nothing that a stranger wrote gets into either."""
    assert [node.text() for node in page(poisoned("</script>")).css("style, script")] == [
        node.text() for node in page(ranking()).css("style, script")
    ]


@given(hostile)
def test_hostile_texts_are_only_texts(text: str) -> None:
    """Whatever a name or a description holds, the page has the elements of a harmless one."""
    report = render(poisoned(text))
    assert_harmless(report)
    assert "\u200d" not in report
    document, plain = LexborHTMLParser(report), page(poisoned("plain text"))
    for selector in ("script", "style", "img", "meta", "link", "tr", "td", "svg", "form"):
        assert len(document.css(selector)) == len(plain.css(selector)), selector
    attributes = {name for node in document.css("*") for name in node.attributes}
    assert attributes <= {name for node in plain.css("*") for name in node.attributes}
    for link in document.css("a[rel]"):
        assert (link.attributes["href"] or "").startswith("https://github.com/")


@pytest.mark.parametrize("attack", ["漢", "\u0300", "<script>", "\x1b]", "& "])
def test_a_text_without_end_is_cut(attack: str) -> None:
    """A text without end does not make a page without end."""
    report = render(poisoned(attack * (2**15 // len(attack))))
    assert_harmless(report)
    assert len(report) < len(render(poisoned("x"))) + 50_000


def test_nothing_ranked_is_said() -> None:
    """Without rows there is neither a table nor filters."""
    document = page(ranking(failures=(GONE, LATE)))
    assert not document.css(".ranking, .filters")
    assert "No repository has figures." in texts(document, "main p")
    assert len(document.css(".plain tbody tr")) == 2


def test_a_report_says_how_much_it_shows() -> None:
    """The first rows of all, and of each section; nothing where all are there."""
    rows = [replace(FULL, rank=at, repository=f"o/{at}") for at in range(1, 6)]
    run = ranking(*rows, BARE)

    def shown(**filters: object) -> LexborHTMLParser:
        return LexborHTMLParser(finished(run, "html", Filters(**filters)))  # type: ignore[arg-type] # by name

    sentence = "The report shows {} of 6 ranked repositories."
    assert sentence.format(2) in texts(shown(top=2), "p.quiet")
    assert not [each for each in texts(shown(), "p.quiet") if "The report shows" in each]
    by_section = shown(top=2, by_section=True)
    assert sentence.format(3) in texts(by_section, "p.quiet")
    assert texts(by_section, ".block summary") == [
        *("Without a section", "Games 2 of 5", "Tools › GUI 2 of 5"),
    ]
    assert texts(by_section, ".contents li") == [
        *("Without a section 1", "Games 2 of 5", "Tools › GUI 2 of 5"),
    ]
    assert [len(table.css("tbody tr")) for table in by_section.css(".ranking")] == [1, 2, 2]
    assert "Section" not in texts(by_section, ".ranking th")
    assert not shown().css(".block, .contents")


def test_bars_compare_with_the_most_stars() -> None:
    """The longest is full, a star is seen, and none draws nothing."""
    rows = [replace(FULL, stars=stars) for stars in (1000, 500, 1, 0)]
    classes = [cell.attributes["class"] for cell in page(ranking(*rows)).css("td.stars")]
    assert classes == ["stars b100", "stars b50", "stars b1", "stars b0"]
    assert [cell.attributes["class"] for cell in page(ranking(rows[3])).css("td.stars")] == [
        "stars b0"
    ]


if __name__ == "__main__":
    GOLDEN.write_bytes(bare(WITH_HISTORY).encode())
