"""Where the parser takes a short way, it comes out where the long one does."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.lists.deadline import Deadline
from crawler.lists.markdown.document import parse_document
from crawler.lists.markdown.inlines import simple_html
from crawler.lists.unit_reader import read_units
from crawler.sources import KNOWN_HOSTS

G = "https://github.com"


def any_of(pieces: str) -> st.SearchStrategy[str]:
    """One of the pieces between the bars."""
    return st.sampled_from(pieces.split("|"))


WORDS = any_of(
    'a|foo b|é—|x_y|_x y_|_|*|**b**|&|&amp;|!|! |[|]|(x)|`c`|`|` d  |"q"|w|:|//|~|\\|<b>|>|[]|[[|1.'
)
LINKS = any_of(
    '[a](b)|[a_b c](d_e_f)|![i](u)|![i"j](u)|[![i](u)](v)|[x ![i](u) y](v)|[[a](b)]|[a](b (c))'
    '|[a](b(c)d)|[a](<b>)|[a](b "t")|[`c`](d)|[a]( b )|[a & b](c)|[a](b&c)|[a!](b)|![a|](b)'
    "|[*a*](b*c*)|[a](b`c)"
)
LINES = st.lists(WORDS | LINKS, min_size=1, max_size=6).map("".join)
MARKERS = st.sampled_from(
    ["", "- ", "* ", "  - ", "    - ", "1. ", "> ", "> - ", ">   - ", "#### "]
)
DOCUMENTS = st.lists(st.tuples(MARKERS, LINES | st.just("")).map("".join), max_size=8).map(
    "\n".join
)


def shape(root: LexborNode | None) -> list[str]:
    """Words, links, images and the elements that hold them, as they follow each other."""
    assert root is not None
    found: list[str] = []
    for node in root.traverse(include_text=True):
        if node.tag == "-text":
            found += re.findall(r"\S", node.text_content or "")
        elif node.tag in {"a", "img", "li", "ul", "ol", "blockquote", "h4", "pre"}:
            attributes = filter(None, map(node.attributes.get, ("href", "alt", "src")))
            found += [node.tag, *unquote("\n".join(attributes)).split()]
    return found


def plain(text: str) -> list[str]:
    """What markdown-it makes of `text`, with none of our rules."""
    parser = MarkdownIt("js-default", {"html": True})
    return shape(LexborHTMLParser(f"<body><br>{parser.render(text)}").root)


def ours(text: str) -> list[str]:
    """What we make of it."""
    return [part for root in parse_document(text, Deadline(len(text))) for part in shape(root)]


@settings(max_examples=150)
@given(LINES)
def test_simple_lines(line: str) -> None:
    """What is simple enough is written as markdown-it would write it."""
    html = simple_html(line)
    if html is not None:
        assert shape(LexborHTMLParser(f"<p>{html}").root) == plain(f"# {line}")


@pytest.mark.parametrize(
    "line",
    [
        f"[Saw]({G}/t/saw) - Cuts `wood`, e.g. the wood_work of A & B (see [Axe]({G}/t/axe))!",
        f"[saw]({G}/t/saw) [[saw](https://x.org)] - Cuts [![build](b.svg)]({G}/t/saw/actions)",
    ],
)
def test_lines_of_real_lists_are_simple(line: str) -> None:
    """The lines that most lists consist of take the short way."""
    assert simple_html(line)


@settings(max_examples=150)
@given(DOCUMENTS)
def test_paragraphs_of_one_line(text: str) -> None:
    """They end where markdown-it would end them."""
    assert ours(text) == plain(text)


RAW = any_of(
    "<a href=x>|</a>|<ul>|</ul>|<li>y|<div>|</div>|<p>|<h2>z</h2>|<details><summary>s</summary>"
    "|</details>|<table><tr><td>|</table>|<a name=b>"
)
PARTS = st.one_of(
    st.integers(0, 3).map(lambda depth: f"{'  ' * depth}- [x]({G}/o/n) y"),
    RAW,
    st.tuples(RAW, RAW).map(lambda pair: f"- {pair[0]} [x]({G}/o/n) {pair[1]}"),
    st.sampled_from(
        [f"## [h]({G}/o/h)", "# t", f"[x]({G}/o/n)\n[y]({G}/o/m)", "> - q", "Words.", ""]
    ),
)


def units(text: str, parts: int) -> list[tuple[object, ...]]:
    """What is read of a document that is parsed in pieces of so many parts."""
    deadline = Deadline(len(text))
    found = [*read_units(parse_document(text, deadline, parts), deadline, KNOWN_HOSTS)]
    return [
        (
            unit.order,
            unit.kind,
            unit.section,
            unit.first_line,
            unit.last_line,
            unit.paragraph,
            unit.above,
        )
        for unit in found
    ] + [
        (unit.pieces, repr(unit.links), unit.cells, unit.headers, len(unit.block)) for unit in found
    ]


@settings(max_examples=150)
@given(st.lists(PARTS, max_size=12).map("\n\n".join))
def test_pieces_are_read_as_the_whole(text: str) -> None:
    """A document that is parsed in many pieces holds the same units as one that is not."""
    assert units(text, parts=0) == units(text, parts=10**9)


def test_long_lists_are_parsed_in_pieces() -> None:
    """A list of many items is cut between its items, one in a `<div>` is not."""
    items = f"- [x]({G}/o/n)\n" * 100
    deadline = Deadline(len(items))
    assert sum(1 for _ in parse_document(items, deadline, parts=30)) > 5
    assert sum(1 for _ in parse_document(f"<div>\n\n{items}", deadline, parts=30)) == 1
