"""The parser's links are those that cmark-gfm, GitHub's own renderer, makes."""

from __future__ import annotations

import pytest
from cmarkgfm import cmark
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.lists import parse_list, repository_of
from crawler.model.errors import ListError
from crawler.model.values import Links

EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]


def rendered(text: str) -> set[str]:
    """The repositories that GitHub's renderer links."""
    html = cmark.markdown_to_html_with_extensions(
        text, options=cmark.Options.CMARK_OPT_UNSAFE, extensions=EXTENSIONS
    )
    found = (
        repository_of(link.attributes.get("href") or "")
        for link in LexborHTMLParser(f"<body><br>{html}").css("a")
    )
    return {repository.full_name for repository in found if repository}


def parsed(text: str) -> set[str]:
    """The repositories that the parser finds."""
    return {entry.repository.full_name for entry in parse_list(text, Links.ALL).entries}


NAMES = st.integers(0, 9).map(lambda number: f"https://github.com/o/n{number}")
WORDS = st.sampled_from(
    ["a", "foo bar", "é—", "x_y", "1.", "&amp;", "\\*", ":star:", "~", "\u00a0"]
)
TAILS = st.sampled_from(
    [*".,:;!?_~*'\")(", "&amp;", "&copy;", "**", "/", "?a=(b)", "#c", "<br>", ""]
)
LINKS = st.one_of(
    NAMES.map("[x]({})".format),
    NAMES.map("[x [y] `z`](<{}> 'title')".format),
    NAMES.map("[![i](u)]({})".format),
    NAMES.map("![[x]({})](v)".format),
    NAMES.map("<{}>".format),
    NAMES.map('<a href="{}">x</a>'.format),
    NAMES.map("<b><a\nhref={}>x</a></b>".format),
    NAMES.map("`{}`".format),
    NAMES.map("<!-- {} -->".format),
    NAMES.map("[x][{}]".format),
    st.tuples(NAMES, TAILS).map("".join),
    st.tuples(NAMES, TAILS).map(lambda pair: f"({pair[0][8:]}{pair[1]})"),
    st.tuples(NAMES, TAILS).map(lambda pair: f"www.{pair[0][8:]}{pair[1]}"),
    st.sampled_from(
        ["[r]", "[x][R]", "[s][]", "[t] [", "![r]", "[r] (", "\\[r]", "<style>", "*", "`"]
    ),
)
RUNS = st.lists(st.one_of(WORDS, LINKS), min_size=1, max_size=5).map(" ".join)
DEFINITIONS = st.tuples(st.sampled_from("rst"), NAMES).map(lambda pair: f"[{pair[0]}]: {pair[1]}")
LEAVES = st.one_of(
    RUNS,
    st.lists(RUNS, min_size=2, max_size=3).map("\n".join),
    RUNS.map("# {} #".format),
    RUNS.map("{}\n---".format),
    RUNS.map("    {}".format),
    RUNS.map("```\n{}\n```".format),
    RUNS.map("<div>\n{}\n</div>".format),
    RUNS.map("<details><summary>{}</summary>\n\nx\n\n</details>".format),
    RUNS.map("<ul><li>{}<li>x</ul>".format),
    st.tuples(RUNS, RUNS).map(lambda cells: f"| a | b |\n|---|:-:|\n| {cells[0]} | {cells[1]} |"),
)


def indented(text: str, first: str, others: str) -> str:
    """`text` with `first` before its first line and `others` before the rest."""
    return first + text.replace("\n", "\n" + others)


def nested(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists and quotes of `blocks`, some with lines that continue lazily."""
    marker = st.sampled_from([("- ", "  "), ("* ", ""), ("1. ", "   "), ("> ", "> "), ("> ", "")])
    return st.tuples(
        marker, st.lists(blocks, min_size=1, max_size=3), st.sampled_from(["\n", "\n\n"])
    ).map(lambda parts: parts[2].join(indented(block, *parts[0]) for block in parts[1]))


BLOCKS = st.recursive(LEAVES, nested, max_leaves=6)
DOCUMENTS = st.lists(BLOCKS | DEFINITIONS, min_size=1, max_size=5).map("\n\n".join)


@given(DOCUMENTS)
def test_generated_documents(text: str) -> None:
    """Documents of building blocks link the same repositories."""
    assert parsed(text) == rendered(text)


@given(st.text(alphabet="ab[]()<>!`*_~\\|-:.# \n\t/&;\"'=1^") | st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever the text, the parser answers or refuses it as a list."""
    for links in Links:
        try:
            parse_list(text, links)
        except ListError:
            assert len(text) > 100


U = "https://github.com/o/n"


@pytest.mark.parametrize(
    "text",
    [
        f"- c\n<a>\n{U}",
        f"- [ ] \n  <A>\n  {U}",
        f")<!--{U}--->",
        f"a <? b ??> <a href={U}> ?>",
        f"a|b\n-|-|-\n[x]({U})|d\n-|-",
        f"| a \\\\| [x]({U}) |\n|-|-|\n",
        f'[r]: {U} "a\\"\n\n[r]',
        f"[r]: {U} 'a\nb\n\n[r]",
        f"[r]\n\n[r]: <{U}>x",
        f"[r]: {U}\n---\n[r]",
        f"x\n1) [y]({U})\n2) z",
        f"x\n2) {U}",
        f"<source>\n{U}\n\n<search>\n{U}",
        f"[x](\\<{U})",
        f"[x]({U}\\))",
        f"[x]({U}&amp;amp;)",
        f"<{U}&amp;x>",
        f"{U}&a;&b;)",
        f"[a [b]({U}) [c]({U}2)](d)",
        f"[r]: {'(' * 33}{U}\n[s]: {'(' * 32}\n[r] [s]",
        f"www.{'a_b.' * 12}com {U}",
        f"- [x] [r]: {U}\n\n[r]",
        f")<!--<![CDATA[[]]>{U}",
        f"` a `` {U} `` b ` {U}2 `",
        f"<o@example.org> {U} <o@example.org",
        f"www.localhost http://a\\_b.c {U}",
        f"> a\n    <div>{U}\n<p>\n\n- <div>\n  {U}\nb {U}2",
        f"- <div>\n{U}",
        f"> - a\n    - [b]({U})\n\n- > a\n- [b]({U}2)\n\n1. a\n- b\n  [c]({U}3)",
        f"[x](<{U}\n>) [y](<{U}2",
        f"a <!X {U} <!Y b> {U}2",
        f"[t] [ [r] {U}",
        f"https://x.y/a地址：{U} ，{U}2 c",
        "[a [b](c) d](https&#58;//github.com/o/n)",
        "<https:\\\\github.com\\o\\n>",
    ],
)
def test_corners(text: str) -> None:
    """Corners in which Markdown parsers differ go GitHub's way."""
    assert parsed(text) == rendered(text)


ODDITIES = {
    "an escape before a bare address": f"\\{U}",
    "a backslash at the end of a label": f"[a\\]: {U}\n\n[a\\]",
    "a reference before a bracket that ends nothing": f"[r](\n\n[r]: {U}",
    "references that add more than the document's size": (
        f"[r] [r] [s]\n\n[r]: {U}?{'x' * 60_000}\n[s]: {U}2?{'x' * 60_000}"
    ),
    "a definition in front of a table": "[r]: www.github.com/o/n\na|b\n-|-\n",
    "a definition in front of an indented line": f"[r]: x\n    {U}",
    "a delimiter row behind one row of a table": f"a|b\n-|-|-\nc|d\n-|-\n1|2|[x]({U})",
    "a tag that is a row of a table": f"a|b\n-|-\n<x>\n[y]({U})",
    "an indented tag behind an empty quoted line": f">>)\n    <p>[x]({U})",
    "a tag behind a tab in an item": f"   * |\n\t<li>{U}",
    "a declaration over a blank line": f"<!x {U}\n\n>{U}",
    "a processing instruction of no letters": f")<?><style ?>{U}",
    "runs of backticks that cmark forgets": f"`` `>`b`<{U}>`",
    "runs of more than 80 backticks": f"{'`' * 91} {U} {'`' * 91}",
}
"""All ways known in which links differ from GitHub's. A fuzzer wrote them, no list does."""


@pytest.mark.parametrize("text", ODDITIES.values(), ids=ODDITIES)
def test_oddities(text: str) -> None:
    """What is listed as different is."""
    assert parsed(text) != rendered(text)
