"""The HTML report in a real browser: what its reader can do with it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Opener, watch
from browser.rankings import made_up
from builders import NOON, ranking
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from reports.samples import BARE, FULL, GONE, LATE
from reports.test_hostile import ATTACKS, poisoned

from crawler.model.filters import Filters
from crawler.model.results import Changes, Point, Ranking
from crawler.model.rows import Row
from crawler.model.values import FigureKind
from crawler.reports.render import render
from crawler.reports.trends import draw_trends
from crawler.reports.words import signed

SAMPLE = made_up(90)
GROWTH = {
    row.repository: float(trend.growth.replace("−", "-").rstrip("%"))
    for row, trend in zip(SAMPLE.rows, draw_trends(SAMPLE), strict=True)
    if trend
}
NAMES = [row.repository for row in SAMPLE.rows]

PHONE = {"viewport": {"width": 390, "height": 844}}
"""Pixels, as an ordinary telephone has them."""
NARROWEST = {"viewport": {"width": 360, "height": 740}}

SHOWN = """() => Array.from(document.querySelectorAll(".ranking tbody tr"))
  .filter((row) => row.checkVisibility()).map((row) => row.querySelector("a").textContent)"""


def shown(page: Page) -> list[str]:
    """The repositories in the table, from top to bottom."""
    names: list[str] = page.evaluate(SHOWN)
    return names


def state(row: Row) -> str | None:
    """The tags of a made-up row."""
    tags = [
        *(["archived"] if row.archived else []),
        *(["figures of 2026-05-08"] if row.stale else []),
        *(["not comparable"] if row.suspicious else []),
    ]
    if not row.archived and row.pushed_at and NOON - row.pushed_at >= timedelta(days=730):
        tags.insert(0, "asleep")
    return " ".join(tags) or None


@dataclass(frozen=True, slots=True)
class Sorting:
    """One column."""

    key: str
    figure: Callable[[Row], Any]
    """What is compared; None if it is unknown."""
    falls: bool
    """Whether the first click sorts from the largest down."""


SORTINGS = [
    Sorting("repository", lambda row: row.repository, falls=False),
    Sorting("stars", lambda row: row.stars, falls=True),
    Sorting("gained", lambda row: row.gained, falls=True),
    Sorting("moved", lambda row: row.moved, falls=True),
    Sorting("trend", lambda row: GROWTH.get(row.repository), falls=True),
    Sorting("language", lambda row: (row.language or "").lower() or None, falls=False),
    Sorting(
        "section",
        lambda row: " › ".join(row.sections[0][1:]).lower() if row.sections else None,
        falls=False,
    ),
    Sorting("pushed", lambda row: row.pushed_at and row.pushed_at.date(), falls=True),
    Sorting("state", state, falls=False),
    Sorting("rank", lambda row: row.rank, falls=False),
]


def in_order(sorting: Sorting, falling: bool) -> list[str]:
    """The names by the figure, equals by rank; behind them gains from another day, and the unknown
    ones last."""
    known = [row for row in SAMPLE.rows if sorting.figure(row) is not None]
    unknown = [row for row in SAMPLE.rows if sorting.figure(row) is None]
    ordered = sorted(known, key=sorting.figure, reverse=falling)
    ordered.sort(key=lambda row: sorting.key == "gained" and bool(row.baseline_distant))
    return [row.repository for row in (*ordered, *unknown)]


def test_every_column_sorts_in_both_directions(open_report: Opener) -> None:
    """A head sorts by its column, then the other way; only the active one says so."""
    page = open_report(SAMPLE).page
    assert {each.key for each in SORTINGS} == set(
        page.eval_on_selector_all(".ranking th", "all => all.map((each) => each.className)")
    )
    for sorting in SORTINGS:
        for falling in (sorting.falls, not sorting.falls):
            page.eval_on_selector(f"th.{sorting.key} button", "each => each.click()")
            assert shown(page) == in_order(sorting, falling), (sorting.key, falling)
            assert page.eval_on_selector_all(
                "[aria-sort]", "all => all.map((each) => [each.className, each.ariaSort])"
            ) == [[sorting.key, "descending" if falling else "ascending"]]


def fill(page: Page, fields: dict[str, str]) -> None:
    """Put a value into each field, as a reader would."""
    for name, value in fields.items():
        field = page.locator(f"#{name}")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


FILTERS: list[tuple[dict[str, str], Callable[[Row], bool]]] = [
    ({"text": "REPOSITORY-3"}, lambda row: "repository-3" in row.repository),
    ({"text": "kind 2"}, lambda row: "2" in text_of(row)),
    ({"text": "rust part"}, lambda row: row.language == "Rust" and bool(row.sections)),
    ({"text": "no such thing"}, lambda row: False),
    ({"language": "C#"}, lambda row: row.language == "C#"),
    ({"language": "Unknown"}, lambda row: row.language is None),
    ({"section": "Part 1"}, lambda row: ("List", "Part 1") in {each[:2] for each in row.sections}),
    (
        {"section": "Part 1 › Chapter 2"},
        lambda row: ("List", "Part 1", "Chapter 2") in row.sections,
    ),
    ({"stars": "1200"}, lambda row: row.stars >= 1200),
    (
        {"active": "6 months"},
        lambda row: row.pushed_at is not None and NOON - row.pushed_at <= timedelta(days=182),
    ),
    ({"archived": "Only active"}, lambda row: row.archived is False),
    ({"archived": "Only archived"}, lambda row: row.archived is True),
    (
        {"language": "Go", "stars": "900", "archived": "Only active", "text": "owner"},
        lambda row: row.language == "Go" and row.stars >= 900 and row.archived is False,
    ),
]


def text_of(row: Row) -> str:
    """All that the text filter looks at."""
    headings = [heading for section in row.sections for heading in section[1:]]
    return " ".join(filter(None, (row.repository, row.description, row.language, *headings)))


def test_filters_keep_what_they_say(open_report: Opener) -> None:
    """Each filter, and several at once; the count tells, and clearing brings all back."""
    page = open_report(SAMPLE).page
    assert page.locator(".filters").is_visible()
    assert (
        page.evaluate(
            "Array.from(document.querySelectorAll('input, select'), (each) => each.labels.length)"
        )
        == [1] * 6
    )
    for fields, kept in FILTERS:
        fill(page, fields)
        expected = [row.repository for row in SAMPLE.rows if kept(row)]
        assert shown(page) == expected, fields
        assert page.inner_text(".count") == f"{len(expected)} of 90 repositories"
        page.eval_on_selector("button[type=reset]", "each => each.click()")
        expect(page.locator(".count")).to_have_text("90 of 90 repositories")
        assert shown(page) == NAMES
    assert page.get_attribute(".count", "aria-live") == "polite"


def test_sorting_and_filtering_go_together(open_report: Opener) -> None:
    """Sorting leaves the filter as it is, and the filter the order."""
    page = open_report(SAMPLE).page
    fill(page, {"language": "Rust"})
    page.click("th.gained button")
    ordered = in_order(SORTINGS[2], falling=True)
    rust = {row.repository for row in SAMPLE.rows if row.language == "Rust"}
    assert shown(page) == [name for name in ordered if name in rust]
    fill(page, {"language": "All"})
    assert shown(page) == ordered


def test_the_address_keeps_what_is_shown(open_report: Opener) -> None:
    """Filters and sorting: the address shows the same to everybody, in another browser too."""
    page = open_report(SAMPLE).page
    fields = {"text": "thing 1", "section": "Part 1 › Chapter 2", "active": "2 years"}
    fill(page, fields)
    page.click("th.gained button")
    page.click("th.gained button")
    names = shown(page)
    assert 0 < len(names) < 90
    _, _, view = page.url.partition("#")
    assert view == "text=thing+1&section=Part+1+%E2%80%BA+Chapter+2&active=730&sort=gained"
    other = open_report(SAMPLE).page
    other.evaluate("view => { location.hash = view; }", view)
    expect(other.locator(".count")).to_have_text(f"{len(names)} of 90 repositories")
    assert shown(other) == names
    assert other.input_value("#text") == "thing 1"
    other.reload()
    assert shown(other) == names
    other.click("button[type=reset]")
    expect(other.locator(".count")).to_have_text("90 of 90 repositories")
    assert other.url.endswith("#sort=gained")
    # An address that names what is not there shows everything.
    other.evaluate("location.hash = 'section=Nowhere&language=%3DCobol&sort=price&x=1'")
    expect(other.locator(".count")).to_have_text("90 of 90 repositories")


BY_SECTION = Filters(by_section=True, top=3)

BLOCKS = """() => Array.from(document.querySelectorAll(".block")).filter((each) => !each.hidden)
  .map((each) => [each.querySelector("h3").textContent, Array.from(
    each.querySelectorAll("tbody tr:not([hidden]) a"), (link) => link.textContent)])"""


def test_sections_have_tables_of_their_own(open_report: Opener) -> None:
    """Each with its top, to fold away; sorting and filters take all of them, and the contents lead
    to each."""
    page = open_report(SAMPLE, filters=BY_SECTION).page
    blocks: list[list[Any]] = page.evaluate(BLOCKS)
    assert [title for title, _ in blocks][:2] == ["Without a section", "Part 0 › Chapter 0"]
    expected = [row for row in SAMPLE.rows if ("List", "Part 0", "Chapter 0") in row.sections]
    assert blocks[1][1] == [row.repository for row in expected[:3]]
    assert page.inner_text("#s1 summary").split() == [
        *("Part", "0", "›", "Chapter", "0", "3", "of", str(len(expected)))
    ]
    assert "The report shows" in page.inner_text("section[aria-labelledby=ranking]")
    page.click("#s2 th.stars button")
    page.click("#s2 th.stars button")
    assert dict(page.evaluate(BLOCKS))["Part 0 › Chapter 0"] == blocks[1][1][::-1]
    assert page.locator("[aria-sort=ascending]").count() == len(blocks)
    fill(page, {"section": "Part 0 › Chapter 0"})
    assert [title for title, _ in page.evaluate(BLOCKS)] == ["Part 0 › Chapter 0"]
    assert page.inner_text(".count").startswith("3 of ")
    page.click("button[type=reset]")
    fill(page, {"text": "chapter"})
    assert [title for title, _ in page.evaluate(BLOCKS)] == [title for title, _ in blocks[1:]]
    page.click("button[type=reset]")
    expect(page.locator("#s2")).to_be_visible()
    page.click("#s1 summary")
    assert page.locator("#s1 table").is_hidden()
    page.click(".contents summary")
    page.click(".contents a >> nth=2")
    assert page.url.endswith("#s2")
    assert page.evaluate("Math.abs(document.querySelector('#s2').getBoundingClientRect().top)") < 50


def test_a_keyboard_is_enough(open_report: Opener) -> None:
    """Tab reaches all controls in their order, each visibly; keys sort, choose and clear."""
    page = open_report(SAMPLE).page
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "(() => { const each = document.activeElement; return ["
            "each.id || each.parentNode.className || each.className,"
            "getComputedStyle(each).outlineStyle]; })()"
        )
        assert outline != "none", name
        reached.append(name)
        if name == "text":
            page.keyboard.type("repository-1")
            page.keyboard.press("Enter")
        elif name == "gained":
            break
    assert reached[reached.index("text") :] == [
        *("text", "language", "section", "stars", "active", "archived", "", "rank"),
        *("repository", "stars", "gained"),
    ]
    kept = {name for name in NAMES if "repository-1" in name}
    page.keyboard.press("Enter")
    assert shown(page) == [name for name in in_order(SORTINGS[2], falling=True) if name in kept]
    page.keyboard.press("Space")
    assert shown(page) == [name for name in in_order(SORTINGS[2], falling=False) if name in kept]
    assert page.evaluate("document.activeElement.textContent") == "Gained"


def read_chart(page: Page) -> tuple[str, list[str]]:
    """The day that the chart tells of, and what stands at the ends of its lines."""
    ends = page.eval_on_selector_all(
        ".end", "all => all.map((each) => each.textContent.replace(/\\s+/g, ' ').trim())"
    )
    return page.locator(".plot .now").text_content() or "", ends


def test_the_chart_tells_the_figures_of_a_day(open_report: Opener) -> None:
    """Stars gained since the first day: of the one that is pointed at, and by keys of any; else it
    tells the last figures."""
    page = open_report(SAMPLE).page
    charted = [row for row in SAMPLE.rows[:10] if row.repository in SAMPLE.history]
    past = {row.repository: SAMPLE.history[row.repository] for row in charted}

    def gained(row: Row, stars: int) -> str:
        return f"{row.repository} {signed(stars - past[row.repository][0].stars)}"

    last = [gained(row, row.stars) for row in charted]
    days = [[gained(row, past[row.repository][at].stars) for row in charted] for at in range(29)]
    assert read_chart(page) == ("", last)
    plot = page.locator(".plot")
    box = plot.bounding_box()
    assert box is not None
    # From 2026-02-08 to 2026-05-08 there are 89 days; the history has every third.
    page.mouse.move(box["x"] + box["width"] * 30.8 / 89, box["y"] + 40)
    assert read_chart(page) == ("2026-03-10", days[10])
    assert page.locator(".plot .dot[d^=M]").count() == len(charted)
    page.mouse.move(5, 5)
    assert read_chart(page) == ("", last)

    plot.focus()
    assert read_chart(page) == ("2026-05-08", last)
    for key, at in (("Home", 0), ("ArrowRight", 1), ("PageUp", 11), ("ArrowLeft", 10)):
        page.keyboard.press(key)
        assert read_chart(page)[1] == days[at], key
    assert plot.get_attribute("role") == "slider"
    assert plot.get_attribute("aria-valuetext") == f"2026-03-10: {', '.join(days[10])}"
    page.keyboard.press("Tab")
    assert read_chart(page) == ("", last)


def test_the_chart_says_how_a_figure_is_known(open_report: Opener) -> None:
    """A figure that no run observed has its kind beside it, and one of an earlier day is set
    apart; its line is dashed or dotted."""
    (one, other), day = SAMPLE.rows[1:3], NOON.date()
    history = {
        one.repository: (
            Point(day - timedelta(8), 1, FigureKind.IMPORTED),
            Point(day - timedelta(6), 2, FigureKind.RETAINED),
        ),
        other.repository: (Point(day - timedelta(7), 3),),
    }
    page = open_report(replace(SAMPLE, rows=(one, other), history=history)).page
    page.focus(".plot")
    told = []
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        told.append([end.removeprefix(f"{row.repository} ") for end, row in zip(
            read_chart(page)[1], (one, other), strict=True)])  # fmt: skip
    assert told == [["0 imported", "unknown"], ["0 imported", "0"], ["+1 retained", "0"]]
    assert page.locator(".end.late b").all_text_contents() == ["0"]
    dashes = "getComputedStyle(each).strokeDasharray"
    drawn = page.eval_on_selector_all(
        ".lines path[class]:is(.observed, .retained, .imported)",
        f"all => Object.fromEntries(all.map((each) => [each.classList[1], {dashes}]))",
    )
    assert drawn == {"imported": "1.5px, 4px", "retained": "6px, 4px", "observed": "none"}
    assert page.locator("figcaption .kind").count() == 3


def test_without_script_it_is_complete(open_report: Opener) -> None:
    """All rows are there, and nothing is offered that would not work."""
    page = open_report(SAMPLE, java_script_enabled=False).page
    assert page.locator(".ranking tbody tr").count() == len(SAMPLE)
    assert page.locator(".ranking td.rank").last.text_content() == "90"
    assert page.locator(".filters").is_hidden()
    assert page.locator("th button:enabled").count() == 0
    assert page.get_attribute(".plot", "role") == "img"
    assert page.locator("figcaption .how").is_hidden()


@pytest.mark.parametrize(
    ("options", "scheme"),
    [({}, "dark"), (PHONE, "light"), ({"filters": BY_SECTION}, "light")],
    ids=["desktop", "phone", "sections"],
)
def test_axe_finds_nothing(open_report: Opener, options: dict[str, Any], scheme: str) -> None:
    """In a page in which all is opened and sorted: names, roles, contrast.

    https://github.com/dequelabs/axe-core
    """
    page = open_report(
        replace(everything(), rows=everything().rows[:6]), color_scheme=scheme, **options
    ).page
    page.eval_on_selector_all("details", "all => all.forEach((each) => { each.open = true; })")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    page.evaluate("document.querySelector('th.gained button').click()")
    found = page.evaluate("axe.run().then(({violations, passes}) => [violations, passes])")
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found[0]] == []
    assert {"color-contrast", "label", "select-name", "button-name"} <= {
        each["id"] for each in found[1]
    }


def everything() -> Ranking:
    """A report in which no part is missing."""
    names = tuple(row.repository for row in SAMPLE.rows)
    rows = (
        replace(SAMPLE.rows[0], renamed=True, listed_as=("old/name",), suspicious=True),
        *SAMPLE.rows[1:],
    )
    return replace(
        SAMPLE,
        rows=rows,
        failures=(GONE, LATE),
        changes=Changes(
            since=NOON,
            baseline_at=NOON,
            new=names[3:6],
            dropped=("dropped/one",),
            archived=names[5:6],
            renamed=(("old/name", names[0]),),
            gone=(),
        ),
    )


LONG = "a-very-long-name-without-any-break-" * 4


@pytest.mark.parametrize(
    "report",
    [
        everything(),
        ranking(
            replace(FULL, repository=f"{LONG}/{LONG}", language=LONG, sections=((LONG, LONG),)),
            BARE,
            failures=(replace(GONE, repository=LONG, message=LONG * 3),),
        ),
    ],
    ids=["ordinary", "long names"],
)
def test_a_phone_need_not_scroll_sideways(open_report: Opener, report: Ranking) -> None:
    """Nothing is wider than the narrowest telephone, and all that a row tells can be read."""
    page = open_report(report, **NARROWEST).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert (
        page.evaluate(
            "Array.from(document.querySelectorAll('.ranking tr:first-child td'), "
            "(each) => [each.className, each.getBoundingClientRect().right])"
            ".filter(([_, right]) => right > 360)"
        )
        == []
    )
    for key in ("rank", "repository", "stars", "language", "section"):
        assert page.locator(f".ranking td.{key}:not(:has(bdi:empty))").first.is_visible()


def test_a_section_is_shown_at_every_width(open_report: Opener) -> None:
    """One that is too long loses its beginning, and nothing is wider than the window."""
    rows = (replace(SAMPLE.rows[1], sections=(("List", f"{'Long ' * 30}beginning", "End"),)), BARE)
    page = open_report(replace(SAMPLE, rows=rows)).page
    for width in (1440, 1280, 1100, 700, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        left, right, start, end = page.evaluate("""(() => {
          const cell = document.querySelector("td.section").getBoundingClientRect();
          const text = document.querySelector("td.section bdi").getBoundingClientRect();
          return [cell.left, cell.right, text.left, text.right];
        })()""")
        assert right - left > 60
        assert start <= left
        assert end <= right + 1


def test_the_ranking_of_a_phone_begins_on_its_second_screen(open_report: Opener) -> None:
    """At the latest, with chart, movers and changes above it."""
    page = open_report(everything(), **PHONE).page
    assert page.evaluate("document.querySelector('tbody').getBoundingClientRect().top") < 2 * 844


def test_paper_is_not_wasted(open_report: Opener) -> None:
    """Each page has the heads; a column that is empty in what is shown is left out; 272 rows with
    three lines of text take at most 10 pages."""
    text = "A library with many words about it that says what it does, and for whom it does so. "
    many = made_up(272)
    rows = tuple(
        replace(row, description=text[: 30 + at * 37 % 100]) for at, row in enumerate(many)
    )
    page = open_report(replace(many, rows=rows)).page
    for landscape in (False, True):
        paper = page.pdf(format="A4", landscape=landscape)
        assert 5 < len(re.findall(rb"/Type\s*/Page\b", paper)) <= 10
    page.emulate_media(media="print")
    assert page.eval_on_selector("thead", "each => getComputedStyle(each).display") == (
        "table-header-group"
    )
    assert page.locator("th.language").is_visible()
    page.emulate_media(media="screen")
    fill(page, {"language": "Unknown"})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("th.language").is_hidden()
    assert page.locator("th.section").is_visible()


def test_paper_holds_the_rows_and_no_controls(open_report: Opener) -> None:
    """What is printed is the table as it is shown: all rows, or those that the filters leave."""
    page = open_report(everything()).page
    page.emulate_media(media="print")
    assert page.locator(".filters").is_hidden()
    assert shown(page) == [row.repository for row in everything()]
    assert page.eval_on_selector_all(
        ".ranking tbody tr",
        "all => all.every((each) => getComputedStyle(each).contentVisibility === 'visible')",
    )
    assert page.locator(".card li", has_text="dropped/one").is_visible()
    page.emulate_media(media="screen")
    fill(page, {"language": "Go"})
    page.emulate_media(media="print")
    go = [row.repository for row in SAMPLE.rows if row.language == "Go"]
    assert shown(page) == go
    assert page.inner_text(".count") == f"{len(go)} of 90 repositories"


HARM = [
    *ATTACKS,
    "</script><script>alert(2)</script>",
    "</style><img src=x onerror=alert(3)>",
    '"onmouseover="alert(4)',
    "'><svg onload=alert(5)>",
    "javascript:alert(6)",
    "{{ 7 * 7 }}",
    "data:text/html,<script>alert(8)</script>",
]


def test_hostile_texts_are_only_texts(open_report: Opener) -> None:
    """They add no script, no handler, no image and no link but http(s) ones."""
    page = open_report(poisoned("".join(HARM))).page
    for text in HARM:
        page.set_content(render(poisoned(text), "html"))
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, object, embed, base").count() == 0
        assert page.evaluate(
            "Array.from(document.querySelectorAll('*')).every((each) => Array.from("
            "each.attributes).every(({name}) => !name.startsWith('on') && name !== 'style'))"
        )
        assert page.evaluate(
            "Array.from(document.links).every((each) => "
            "/^https?:$/.test(each.protocol) && each.rel === 'noopener noreferrer' "
            "|| each.getAttribute('href') === '#ranking')"
        )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a server of `tmp_path`, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


TRIES: Sequence[tuple[str, str]] = (
    ("img-src", "document.body.append(Object.assign(new Image(), {src: '/image'}))"),
    ("connect-src", "fetch('/fetched').catch(() => {})"),
    (
        "script-src-elem",
        "document.body.append(Object.assign(document.createElement('script'), "
        "{textContent: 'document.title = 1'}))",
    ),
    ("style-src-attr", "document.body.setAttribute('style', 'color: red')"),
    (
        "form-action",
        "(() => { const form = document.createElement('form'); form.action = '/sent';"
        "document.body.append(form); form.submit(); })()",
    ),
)


def tells_of(directive: str, message: ConsoleMessage) -> bool:
    """Whether the message is about a violation of the directive."""
    return message.text.startswith(f"violated {directive} ")


def test_the_policy_lets_nothing_out(
    browser: Browser, tmp_path: Path, served: tuple[str, list[str]]
) -> None:
    """From a server the report is one request, and whatever were smuggled in would ask in vain."""
    address, asked = served
    (tmp_path / "report.html").write_bytes(render(SAMPLE, "html").encode())
    watched = watch(browser, f"{address}/report.html")
    watched.page.click("th.stars button")
    assert watched.problems == []
    for directive, attempt in TRIES:
        with watched.page.expect_console_message(partial(tells_of, directive)):
            watched.page.evaluate(attempt)
    watched.page.context.close()
    assert asked == ["/report.html"]
