"""Documents that were built to hold the parser or to break it, and large honest ones."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lists import parse_list
from crawler.lists.deadline import STRIDE, Deadline
from crawler.lists.dom import HEADINGS, INLINE
from crawler.lists.entries import LONGEST_ADDRESS, LONGEST_DESCRIPTION, LONGEST_TITLE
from crawler.lists.markdown.document import parse_document
from crawler.lists.raw_html import MAX_ATTRIBUTES
from crawler.lists.sections import DEEPEST_PATH, LONGEST_HEADING
from crawler.model.errors import ListError
from crawler.model.values import Entry, Links

UNENDING = frozenset({"`", "~", "<!--", "<?", "<!A "})
"""What is code, or a comment, to the end of the document, where it begins a line."""
ELEMENTS = {
    *INLINE,
    *HEADINGS,
    *("html", "head", "body", "div", "p", "br", "hr", "pre", "blockquote", "details", "summary"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "-comment"),
}
LINK = "\n\n[x](https://github.com/o/n)\n"


def found(text: str) -> set[str]:
    """The names of all repositories that `text` links."""
    return {entry.repository.full_name for entry in parse_list(text, Links.ALL).entries}


def elements(text: str) -> int:
    """How many elements the document becomes."""
    roots = parse_document(text, Deadline(len(text)))
    return sum(1 for root in roots for _ in root.traverse())


@pytest.mark.parametrize(
    "piece",
    [
        *("<a ", "*", "_", "`", "<!--", "<", "&", "]", "(", "[a](", "[a](<", "*a", "**a_", "`a``"),
        *(
            *("<?", "<!A ", "\\", "|", "~", "www.", "://", "\0", "a\t", '[a](b "', "[]"),
            *("<a b='", "&#"),
        ),
        *("a@", "\u2028", "</div>", "<br>", "<p>", "<li>", "https://a_b.", "https://a/(", ";"),
        *("![a](b)", "<sup></sup>", "<a href=x>", "https://a/;", "https://a/)", "<a/b", "<path/>"),
        *("# h\n", "a\n", "a\n\n", "- a\n", "|a|b|\n|-|-|\n", "a\n===\n", "> a\nb\n", "[a]: b\n"),
        *("---\n", '[a]: b "\n', "<div>\n\n</div>\n\n", "> # h\nfoo\n"),
    ],
)
def test_repetition_loses_nothing(piece: str) -> None:
    """Openers and blocks by the hundred are parsed, and what follows them is found."""
    assert "o/n" in found(f"x {piece * 300}{LINK}")
    assert "o/n" in found(f"x\n\n{piece * 300}{LINK}") or piece in UNENDING


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("> " * 10_000, r"line 1 is nested deeper than 100 lists\.$"),
        ("- " * 10_000 + "a", r"line 1 is nested deeper than 100 lists\.$"),
        ("> 1. " * 10_000, r"line 1 is nested deeper than 100 lists\.$"),
        ("".join(f"{'  ' * depth}- a\n" for depth in range(1000)), r"line 101 is nested deeper"),
        ("[" * 10_000, "brackets are nested too deep"),
        ("![" * 10_000, "brackets are nested too deep"),
        ("[a][" * 10_000, "brackets are nested too deep"),
        ("x" + "<![CDATA[" * 10_000, "brackets are nested too deep"),
        ("<div>" * 10_000, "nested deeper than 512 elements"),
        ("<div>\n" + "<b><div></b>" * 10_000, "nested deeper than 512 elements"),
        ("<b>" * 10_000, "nested deeper than 512 elements"),
        ("<table><tr><td>" * 10_000, "nested deeper than 512 elements"),
        ("- <ul>\n" * 10_000, "nested deeper than 512 elements"),
        ("<ul><li>" * 10_000, "nested deeper than 512 elements"),
        ("x" + "*a" * 60_000, "one of its paragraphs is too long"),
        ("[a] " * 200 + f"\n\n[a]: {'b' * 100_000}", "references expand too far"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    """What is nested too deep, or would need memory without end, is refused with a sentence."""
    with pytest.raises(ListError, match=f"^The list cannot be parsed: .*{reason}"):
        parse_list(text)


@pytest.mark.parametrize(
    "text",
    [
        "- a\n" * 100,
        "[a] " * 100,
        f"<div>\n{'<a>' * 100}",
        "|a|\n|-|\n" + "|b|\n" * 100,
        '[a]: b "\n' + "c\n" * 100,
        "- [a](b)\n" * 5000,
    ],
    ids=["blocks", "inlines", "raw html", "cells", "definition", "elements"],
)
def test_the_deadline_refuses(text: str) -> None:
    """Whatever takes the time, all is refused when it is over, and none of it is left out."""
    hours = itertools.count(step=3600)
    with pytest.raises(ListError, match="too costly to read, as if it were built to be"):
        parse_list(text, clock=lambda: float(next(hours)))


def test_time_grows_with_the_document() -> None:
    """A long list has more time than a short one."""

    def look(characters: int) -> None:
        times = itertools.chain([0.0], itertools.repeat(20.0))
        deadline = Deadline(characters, clock=lambda: next(times))
        for _ in range(STRIDE):
            deadline.look()

    look(10_000_000)
    with pytest.raises(ListError):
        look(1)


@pytest.mark.parametrize(
    "text",
    [
        "<font color=red>a\n\n" * 500,
        '<a name="a">\n\n- [x](y)\n\n' * 500,
        "".join(f"<b id={number}>" for number in range(400)) + "\n\nx" * 500,
        "<div>\n" + "".join(f"<i id={number}>" for number in range(400)) + "<p>x" * 500,
        f"{'**a ' * 300}{'<p>x' * 500}",
    ],
    ids=["fonts", "anchors", "unclosed", "unclosed in html", "emphasis"],
)
def test_what_is_left_open_does_not_multiply(text: str) -> None:
    """HTML parsers open formatting elements again in each block: but one here, where at all."""
    assert elements(text) < 5_000


def test_tags_of_countless_attributes_are_text() -> None:
    """The HTML parser would compare each with all others."""
    many = " ".join(f"a{number}" for number in range(MAX_ATTRIBUTES + 1))
    assert found(f"<div {many}>{LINK}") == {"o/n"}
    assert elements(f"<div {many}>") < elements("<div a>")


PIECES = (
    *(
        *("<", ">", "/", '"', "'", "=", "!", "--", "?", "-", " ", "\n", "\n\n", "\u00a0", "\v"),
        *("a", "`"),
    ),
    *("<b", "<i x=", "<style>", "</title", "<svg", "<select>", "<!--", "-->", "<![CDATA[", "<!x"),
    *(
        *("<div>", "<p a='", '<td b="', "<frameset>", "<template", "<math", "</", "[x](<b>)"),
        *("&", "b="),
    ),
)


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_the_html_parser_meets_no_other_elements(text: str) -> None:
    """However tags and comments are mangled, none comes through as it was written."""
    for document in (text, f"<div>\n{text}", f"x {text}\n\n{text}"):
        for root in parse_document(document, Deadline(1000)):
            assert {node.tag for node in root.traverse()} <= ELEMENTS


@pytest.mark.parametrize(
    "text",
    [
        "- <sub>a [x](https://github.com/o/n)<sub>\n" * 700,
        "- a <li>[x](https://github.com/o/n)\n" * 700,
        "<ul>" + '<li><a href="https://github.com/o/n">Name</a> - <b>text</b>' * 700 + "</ul>",
        "<table>" + '<tr><td><a href="https://github.com/o/n">Name</a><td><b>text' * 700,
        "<p><a href=https://github.com/o/n>x</a>\n\n" * 700,
        "see [a](https://github.com/o/n) and **b** or `c`, " * 700,
        "[x](https://github.com/o/n) " + "*" * 100_000,
        "[x](https://github.com/o/n) " + "[y](/名) " * 9_000,
        "<svg>" + '<path d="M0"/>' * 700 + "</svg> [x](https://github.com/o/n)",
    ],
    ids=["sub", "items", "html items", "rows", "paragraphs", "long", "stars", "addresses", "svg"],
)
def test_sloppy_lists_are_read(text: str) -> None:
    """What honest lists leave open, or draw, is no reason to refuse them."""
    assert found(text) == {"o/n"}


def test_lists_in_a_thread_with_a_deep_stack_above() -> None:
    """Neither a thread's small stack nor a caller deep in recursion lets the parser crash."""
    text = "".join(f"{'  ' * depth}- [x](https://github.com/o/n)\n" for depth in range(60))
    results: list[tuple[Entry, ...]] = []

    def below(depth: int, call: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        return below(depth - 1, call) if depth else call()

    depth = sys.getrecursionlimit() // 3
    thread = threading.Thread(
        target=lambda: results.append(below(depth, lambda: parse_list(text).entries))
    )
    thread.start()
    thread.join()
    assert len(results[0]) == 60


def test_running_out_of_stack_is_a_refusal() -> None:
    """Where the caller left too little stack, the list is refused with a sentence."""
    text = "".join(f"{'  ' * depth}- a\n" for depth in range(60))

    def below(depth: int) -> tuple[Entry, ...]:
        return below(depth - 1) if depth else parse_list(text).entries

    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1  # type: ignore[assignment]
    with pytest.raises(ListError, match="nested too deep"):
        below(sys.getrecursionlimit() - used - 100)


def test_check_is_called_and_may_stop() -> None:
    """The caller's check is called often, and what it raises ends the parse."""
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parse_list("- [x](https://github.com/o/n)\n" * 4_000, check=check)


def test_long_texts_are_cut() -> None:
    """What a report repeats for every entry is bounded, and an ellipsis says that it is."""
    long = "word " * 40_000
    text = (
        f"# {long}\n\n"
        + f"- [{long}](https://github.com/o/n) - {long}\n" * 3
        + f"- [Elsewhere](https://elsewhere.test/{'x' * 100_000})\n"
    )
    found = parse_list(text)
    assert len(found.entries) == 3
    for entry in (*found.entries, *parse_list(text, Links.ALL).entries):
        assert entry.title.endswith("word…")
        assert len(entry.title) <= LONGEST_TITLE + 1
        assert len(entry.description) <= LONGEST_DESCRIPTION + 1
        assert [len(heading) for heading in entry.section] == [LONGEST_HEADING]
    assert {entry.description[-5:] for entry in found.entries} == {"word…"}
    (elsewhere,) = found.elsewhere
    assert elsewhere.url == f"https://elsewhere.test/{'x' * 100_000}"[:LONGEST_ADDRESS] + "…"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<details><summary>Part {n}</summary>\n\n" for n in range(90)) + LINK,
        "".join(f"{'  ' * n}- Part {n}\n" for n in range(60)) + f"{'  ' * 60}- {LINK.strip()}\n",
    ],
    ids=["folds", "items"],
)
def test_deep_paths_are_cut(text: str) -> None:
    """Of headings in headings, or items in items, the outermost are told."""
    (entry,) = parse_list(text).entries
    assert len(entry.section) <= DEEPEST_PATH
    assert entry.section[:1] in [("Part 0",), ()]


def test_a_path_of_headings_is_kept_once() -> None:
    """However often it comes back, and however many entries stand below it."""
    text = "# A\n\n## B\n\n- [x](https://github.com/o/n)\n- [y](https://github.com/o/m)\n\n" * 50
    sections = [entry.section for entry in parse_list(text).entries]
    assert len(sections) == 100
    assert {id(section) for section in sections} == {id(sections[0])}
