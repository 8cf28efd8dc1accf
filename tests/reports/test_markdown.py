"""The Markdown report, as the library that GitHub reads Markdown with reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from builders import NOON, ranking
from cmarkgfm import cmark
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import BARE, EVERY_KIND, FULL, GONE
from reports.samples_history import CHANGES, HISTORIC
from reports.test_hostile import assert_harmless, poisoned
from reports.writing import tells_the_same, written
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.model.filters import Filters
from crawler.model.results import Ranking
from crawler.model.values import Provider, Source
from crawler.ranking.filters import apply_filters, filter_by_section
from crawler.reports import gfm
from crawler.reports.markdown import LIMIT
from crawler.reports.words import MOST_HEADING, MOST_PROSE, shortened

render = partial(written, "markdown")

ATTACKS = [
    "<script>alert(1)</script>",
    "</td></tr></table>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x")',
    "\x1b]0;x\x07",
    "|",
    "\\|",
    "\\\\|",
    "\\",
    "](javascript:alert(1))",
    "[a](javascript:alert(1))",
    "![a](http://evil/x.png)",
    "\u202eevil",
    "\u2066x",
    "a\r\n\r\n# b",
    "a\u2028b",
    "`",
    "``` x",
    "`|`",
    "~~~",
    "<!--",
    "-->",
    "<!-- -->",
    "&lt;",
    "&#64;torvalds",
    "&amp;amp;",
    "[x]: http://evil",
    "[^1]",
    "- [ ] task",
    "- item",
    "+",
    "1. one",
    "> quote",
    "---",
    "===",
    "# head #",
    "*a* **b** _c_ __d__ ~~e~~ ~f~",
    "@torvalds",
    "\\@torvalds",
    "@github/team",
    "a@b.com",
    "mailto:a@b.com",
    "xmpp:a@b.com/x",
    "#1",
    "owner/repo#12",
    "owner/repo@0123456",
    "GH-12",
    "www.evil.com",
    "WWW.evil.com",
    "https://evil.com/a?b=c&d",
    "http://www.evil.com",
    "ftp://evil.com",
    "<https://evil.com>",
    "https://github.com/owner/repo/issues/1",
    "$x$ and $$y$$",
    "$`x`$",
    "C#",
    "\ud800",
    "\x00",
    "漢字",
    "\uffff",
]
"""What somebody who means harm may write, and what only looks like it."""

hostile = st.lists(
    st.sampled_from(ATTACKS)
    | st.text("@#$`|\\[]()<>!&;*_~-=+.:/ \t\nw1a", max_size=8)
    | st.text(st.characters(exclude_categories=()), max_size=4),
    max_size=6,
).map("".join)

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
FINE_LINKS = {"https://github.com/owner/first", "https://github.com/a/list"}


def sectioned(known: Ranking, top: int | None = None, section: tuple[str, ...] = ()) -> str:
    """The report by section."""
    filters = Filters(by_section=True, top=top, section=section)
    return render(known, groups=filter_by_section(known, filters)[1])


def shown(report: str) -> LexborHTMLParser:
    """The report as GitHub's own library makes HTML of it, before anything is filtered."""
    html = cmark.github_flavored_markdown_to_html(report, cmark.Options.CMARK_OPT_UNSAFE)
    return LexborHTMLParser(f"<body>{html}</body>")


def text_nodes(node: LexborNode) -> Iterator[LexborNode]:
    """Every text below `node`; an empty comment stands between two of them."""
    for each in node.traverse(include_text=True):
        if each.tag == "-text":
            yield each


def cells(document: LexborHTMLParser, table: int = 0) -> list[list[str]]:
    """The texts of the cells of a table, its head included."""
    rows = document.css("table")[table].css("tr")
    return [[cell.text() for cell in row.css("th, td")] for row in rows]


def assert_only_text(document: LexborHTMLParser, links: set[str] = FINE_LINKS) -> None:
    """No markup, link, mention, reference or mathematics came of what strangers wrote."""
    assert document.body is not None
    tags = {each.tag for each in document.body.traverse()} - {"-comment"}
    assert tags <= {"body", "h1", "h2", "h3", "h4", "p", "a", "ul", "li", "span"} | TABLE
    assert {link.attributes["href"] for link in document.css("a")} <= links
    for node in text_nodes(document.body):
        text = node.text() or ""
        # What https://github.com/gjtorikian/html-pipeline and GitHub's documents look for.
        assert not re.search(r"@[^\s]|#[0-9]|\bgh-[0-9]|://|\bwww\.", text, re.IGNORECASE)
        assert "$" not in text or (node.parent and node.parent.tag == "span" and text == "$")


def described(text: str) -> Ranking:
    """A ranking of which `text` is the description."""
    return ranking(replace(FULL, description=text, language=text))


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_shown_as_it_stands(text: str) -> None:
    """In a cell, a reader sees the very characters that somebody wrote, and nothing of markup."""
    document = shown(render(described(text)))
    assert_only_text(document)
    head, row = cells(document)
    texts = dict(zip(head, row, strict=True))
    assert texts.get("Description", "") == shortened(text, MOST_PROSE)


@given(hostile)
def test_every_text_is_shown_as_it_stands(text: str) -> None:
    """The same for any mixture, in a description, a language and a list's heading."""
    row = replace(FULL, description=text, about=None, language="C", sections=((text, "b"),))
    report = sectioned(ranking(row, replace(FULL, rank=2)))
    document = shown(report)
    assert_only_text(document)
    expected = shortened(text, MOST_PROSE)
    tables = [cells(document, n) for n in range(len(document.css("table")))]
    columns = [dict(zip(table[0], line, strict=True)) for table in tables for line in table[1:]]
    assert columns
    assert expected in [row.get("Description", "") for row in columns]
    headings = [each.text() for each in document.css("h2")]
    assert shortened(text, MOST_HEADING) in headings


@given(hostile)
def test_a_poisoned_ranking_is_harmless(text: str) -> None:
    """Wherever a stranger can write, links lead to where the text of an address says at most."""
    for report in (render(poisoned(text)), sectioned(poisoned(text))):
        assert_harmless(report)
        document = shown(report)
        links = {link.attributes["href"] or "" for link in document.css("a")}
        assert all(link.startswith(("https://", "http://")) for link in links)
        assert_only_text(document, links)
        widths = {len({len(row) for row in cells(document, n)}) for n in range(2)}
        assert widths == {1}


@pytest.mark.parametrize("attack", ["漢", "=|](\u202e<", "@", "\\|"])
def test_a_text_without_end_is_only_long(attack: str) -> None:
    """A text without end is cut."""
    report = render(described(attack * (2**15 // len(attack))))
    assert_harmless(report)
    assert_only_text(shown(report))
    assert len(report.encode()) < 10_000


def test_columns_are_those_that_are_known() -> None:
    """Gains are told where there are any, and numbers stand at the right."""
    assert cells(shown(render(HISTORIC))) == [
        ["#", "Repository", "Stars", "+7 d", "Moved", "Language", "Last push", "Description"],
        [
            "1",
            "owner/first",
            "12,345",
            "+1,345",
            "↑2",
            "C#",
            "2026-05-07",
            "Draws ünïcode, quickly; and more.",
        ],
        ["2", "somebody/bare (figures of 2026-05-05)", "7", "", "", "", "", ""],
        ["2", "somebody/wide (archived)", "7", "−3", "↓1", "日本語", "2026-05-07", "絵文字 👩💻 ❤"],
    ]
    assert cells(shown(render(ranking(BARE))))[0] == ["#", "Repository", "Stars"]
    right = [cell.attributes.get("align") for cell in shown(render(HISTORIC)).css("th")][:8]
    assert right == ["right", None, "right", "right", "right", None, None, None]


def test_a_doubtful_gain_is_marked() -> None:
    """A gain that may compare what cannot be compared is not told as if it were sound."""
    row = replace(FULL, gained=0, moved=0, suspicious=True)
    assert cells(shown(render(ranking(row))))[1][3:5] == ["0 (not comparable)", "0"]


def test_the_title_links_the_lists() -> None:
    """A list with an address is a link, another one is its name."""
    document = shown(render(EVERY_KIND))
    assert document.css("h1")[0].text() == "Repositories of a/list, b/list"
    assert [each.attributes["href"] for each in document.css("h1 a")] == [
        "https://github.com/a/list"
    ]


def test_the_sums_and_the_time_are_told() -> None:
    """When it was made, how many ended how, and that a rerun may tell more."""
    assert shown(render(EVERY_KIND)).css("p")[0].text() == (
        "Made on 2026-05-08 12:00 UTC. Repositories: listed 6, ranked 3, archived 1, renamed 1, "
        "duplicates 1, failed 2. It is not complete: a later run may tell more."
    )
    note = render(replace(ranking(FULL), provider=Provider.DEPSDEV))
    assert "Note: the figures are those of deps.dev" in note
    assert "not complete" not in render(ranking(FULL, failures=(GONE,)))


def test_only_its_time_differs() -> None:
    """Two documents that tell the same are one, but for when they were made."""
    later = replace(HISTORIC, generated_at=NOON + timedelta(days=1, minutes=1))
    assert render(later) != render(HISTORIC)
    assert tells_the_same("markdown", HISTORIC, later)


def test_what_changed_is_told() -> None:
    """Each kind with its count and names; what nobody knows is called unknown."""
    document = shown(render(HISTORIC))
    assert [item.text() for item in document.css("li")] == [
        "Most stars gained: owner/first +1,345",
        "Fastest for their size: owner/first +1,345",
        "Stars lost: somebody/wide −3",
        "New: 1 (owner/first)",
        "Dropped: 0",
        "Archived: 1 (somebody/wide)",
        "Renamed: 1 (old-owner/first → owner/first)",
        "Replaced: unknown",
        "Gone: unknown",
    ]
    assert "Since the run of 2026-05-01:" in render(HISTORIC)
    headings = [heading.text() for heading in document.css("h2")]
    assert headings == ["Growth", "What changed", "Ranking", "Without figures"]
    plain = shown(render(EVERY_KIND))
    assert [heading.text() for heading in plain.css("h2")] == ["Without figures"]
    unknown = replace(HISTORIC, changes=replace(CHANGES, baseline_at=None))
    assert "no run over these lists is known as of 2026-05-01." in render(unknown)


def test_failures_stand_with_their_reasons() -> None:
    """Each repository without figures, why, and the message; no table where there are none."""
    assert cells(shown(render(EVERY_KIND)), 1)[1:] == [
        ["nobody/gone", "not found", "GitHub knows no repository of this name."],
        ["slow/late", "unavailable", "The server did not answer within 30 s."],
    ]
    assert "Without figures" not in render(ranking(FULL))


def test_sections_nest_as_the_headings_do() -> None:
    """A heading stands once, above those below it; a repository is in each of its sections."""
    other = replace(FULL, rank=2, repository="x/y", sections=(("Tools", "CLI"), ("tools",)))
    document = shown(sectioned(ranking(FULL, other)))
    heads = [(each.tag, each.text()) for each in document.css("h2, h3")]
    assert heads == [
        ("h2", "Games"),
        ("h2", "tools"),
        ("h2", "Tools"),
        ("h3", "CLI"),
        ("h3", "GUI"),
    ]
    tables = [[line[1] for line in cells(document, n)[1:]] for n in range(4)]
    assert tables == [["owner/first"], ["x/y"], ["x/y"], ["owner/first"]]


def test_sections_are_as_deep_as_html_has_headings() -> None:
    """Below the sixth level all headings are of the sixth."""
    row = replace(FULL, sections=(tuple("abcdefgh"),))
    heads = [each.tag for each in shown(sectioned(ranking(row))).css("h2,h3,h4,h5,h6")]
    assert heads == ["h2", "h3", "h4", "h5", "h6", "h6", "h6", "h6"]


def test_each_section_holds_its_top() -> None:
    """`section_top` counts within each section; `section` leaves others out."""
    rows = [
        replace(FULL, rank=n, repository=f"o/r{n}", sections=((f"S{n % 2}",), ("All",)))
        for n in range(1, 7)
    ]
    document = shown(sectioned(ranking(*rows), top=2))
    tables = [[line[1] for line in cells(document, n)[1:]] for n in range(3)]
    assert tables == [["o/r1", "o/r2"], ["o/r2", "o/r4"], ["o/r1", "o/r3"]]
    chosen = shown(sectioned(ranking(*rows), section=("s1",)))
    assert [each.text() for each in chosen.css("h2")] == ["S1"]


def test_what_is_beyond_the_top_is_counted() -> None:
    """In the whole, and in each section."""
    rows = [replace(FULL, rank=n, repository=f"o/r{n}", sections=(("All",),)) for n in range(1, 7)]
    filters = Filters(top=2)
    assert "Here are 2 of 6 rows." in render(apply_filters(ranking(*rows), filters))
    assert "Here are" not in render(ranking(*rows))
    assert "\n2 of 6 repositories:\n" in sectioned(ranking(*rows), top=2)


def test_a_repository_without_a_section_has_a_place() -> None:
    """It stands first, under a heading that says so."""
    document = shown(sectioned(ranking(FULL, BARE)))
    assert document.css("h2")[0].text() == "Without a section"
    assert cells(document)[1][1] == "somebody/bare"


def test_an_empty_ranking_has_no_table() -> None:
    """Without rows the sums are all there is."""
    for report in (render(ranking()), sectioned(ranking())):
        assert "|" not in report
        assert report.endswith("may tell more.\n") or report.endswith(".\n")


def many(count: int, description: str) -> Ranking:
    """A ranking of `count` rows."""
    rows = [
        replace(FULL, rank=n, repository=f"owner/repository-{n}", description=description)
        for n in range(1, count + 1)
    ]
    return ranking(*rows)


@pytest.mark.parametrize(("count", "description"), [(3000, "d" * 200), (1500, "漢" * 100)])
def test_descriptions_go_first(count: int, description: str) -> None:
    """A document of too many bytes has no descriptions, all rows, and says so."""
    report = render(many(count, description))
    assert len(report.encode()) <= LIMIT
    assert "Descriptions are left out: GitHub shows 500 KiB of a document." in report
    head, *rows = cells(shown(report))
    assert head[-1] == "Last push"
    assert len(rows) == count


@pytest.mark.parametrize(("count", "by_section"), [(6000, False), (3000, True), (6000, True)])
def test_rows_go_next_from_the_end(count: int, by_section: bool) -> None:
    """As many rows as there is room for; how many are left out is told."""
    report = (sectioned if by_section else render)(many(count, "漢" * 100))
    size = len(report.encode())
    assert LIMIT - 300 < size <= LIMIT
    document = shown(report)
    numbers = [
        [line[0] for line in cells(document, n)[1:]] for n in range(len(document.css("table")))
    ]
    kept = sum(map(len, numbers))
    total = 2 * count if by_section else count
    assert f"Descriptions and the last {total - kept:,} of {total:,} rows are left out: " in report
    assert numbers[0] == [str(n) for n in range(1, len(numbers[0]) + 1)]


def test_a_document_at_the_limit_is_whole() -> None:
    """One byte decides."""
    rows = list(many(2500, "d" * 100).rows)
    room = LIMIT - len(render(ranking(*rows)).encode())
    for position in range(room // 150 + 1):
        more = min(150, room - 150 * position)
        rows[position] = replace(rows[position], description="d" * (100 + more))
    assert len(render(ranking(*rows)).encode()) == LIMIT
    rows[0] = replace(rows[0], description=f"{rows[0].description}d")
    assert "Descriptions are left out" in render(ranking(*rows))


def test_everything_at_once_stays_below_the_limit() -> None:
    """Lists, failures and changes without end leave room for rows, and say how many more."""
    name = "@" * 140
    lots = (name,) * 2000
    known = replace(
        many(8000, "x"),
        sources=(Source("s" * 140, None, 1),) * 500,
        failures=(replace(GONE, repository=name, message="|" * 280),) * 1000,
        changes=replace(
            CHANGES,
            since=NOON - timedelta(days=1),
            new=lots,
            dropped=lots,
            archived=lots,
            renamed=((name, name),) * 2000,
            gone=lots,
        ),
    )
    report = render(known)
    assert len(report.encode()) <= LIMIT
    document = shown(report)
    rows, failures = len(cells(document)), len(cells(document, 1))
    assert rows > 1500
    assert failures > 20
    assert f"And {1000 - failures + 1:,} more." in report
    assert len(re.findall(r"more\)", report)) == 5


def test_an_address_that_is_none_is_no_link() -> None:
    """A link leads to http or https, in every character where it says."""
    assert gfm.link("a", "javascript:alert(1)") == "a"
    assert gfm.link("a", None) == "a"
    assert gfm.link("a", "https://x.org/a)b|c<d>_e&amp;") == (
        "[a](https://x.org/a%29b%7Cc%3Cd%3E_e&amp;amp;)"
    )
