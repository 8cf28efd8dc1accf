"""Lists in HTML and reStructuredText: the same rules on the same document."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists.web import MARKDOWN, Web, put

from crawler.lists import parse_list
from crawler.lists.deadline import Deadline
from crawler.lists.html import parse_html
from crawler.lists.loading import RENDERED
from crawler.model.errors import ListError
from crawler.model.files import Markup
from crawler.model.values import Entry, Links

pytestmark = pytest.mark.usefixtures("own_folder")

RENDERED_ORG = """\
<div id="file" class="org" data-path="README.org"><article class="markdown-body" itemprop="text">
<div class="markdown-heading"><h1 class="heading-element">Tools</h1><a id="tools" class="anchor"
 href="#tools"><svg viewBox="0 0 16 16"><path d="m7"></path></svg></a></div>
<p>A <a href="https://github.com/x/list">list</a> of tools.</p>
<h2>Editors</h2>
<ul>
  <li><a href="https://github.com/o/pen">Pen</a> - Writes what
you say.
    <ul><li><a href="https://github.com/o/ink">ink</a> - For it.</li></ul>
  </li>
  <li><a href="https://site.example"><b>Slate</b></a> - Stone.
    <a href="https://github.com/o/slate">GitHub</a></li>
</ul>
<h2>Others</h2>
<table><tr><th>Name</th><th>What</th></tr>
<tr><td><a href="https://github.com/o/cup">Cup</a></td><td>Holds.</td></tr></table>
<dl><dt><a href="https://github.com/o/dish">Dish</a></dt><dd>Is flat.</dd></dl>
</article></div>
"""

RST = """\
=====
Tools
=====

A `list <https://github.com/x/list>`_ of tools, with a |badge|.

.. |badge| image:: https://img.example/badge.svg

.. contents::

Editors
-------

* `Pen <https://github.com/o/pen>`_ - Writes what
  you say.

  - `ink`__ - For it.

* **Slate** - Stone. `GitHub <https://github.com/o/slate>`__

__ https://github.com/o/ink

Others
------

==================================  ======
Name                                What
==================================  ======
`Cup <https://github.com/o/cup>`__  Holds.
==================================  ======

`Dish <https://github.com/o/dish>`__
  Is flat.

.. comment: `no <https://github.com/o/comment>`_
"""


def listed(entries: tuple[Entry, ...]) -> list[tuple[str, str, str, str]]:
    """Repository, title, description and last section of each."""
    return [(e.repository.name, e.title, e.description, e.section[-1]) for e in entries]


FOUND = [
    ("pen", "Pen", "Writes what you say.", "Editors"),
    ("ink", "ink", "For it.", "Editors"),
    ("slate", "Slate", "Stone. GitHub", "Editors"),
    ("cup", "Cup", "Holds.", "Others"),
    ("dish", "Dish", "Is flat.", "Others"),
]


def test_html() -> None:
    """What a host renders is read by the rules for Markdown; a line break is a blank."""
    found = parse_list(RENDERED_ORG, markup=Markup.HTML).entries
    assert listed(found) == FOUND
    lines = RENDERED_ORG.split("\n")
    for entry in found:
        assert any(entry.repository.name in line for line in lines[slice(*entry.lines)])


def test_rst() -> None:
    """So is reStructuredText, with the lines of its own source."""
    found = parse_list(RST, markup=Markup.RST).entries
    assert listed(found) == FOUND
    lines = RST.split("\n")
    titles = {entry.title: "\n".join(lines[slice(*entry.lines)]) for entry in found}
    assert all(title in text for title, text in titles.items()), titles


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>'{}'</script>",
        "<SCRIPT src=x>\n<!-- {} </script >",
        "<style>{}</style>",
        "<template>{}</template>",
        "<!-- {} -->",
        "<!-- <script> -->{0}<!-- {0} -->".replace("{0}<!--", "<!--"),
        "<title>{}</title>",
        "<svg><a href=x>{}</a></svg>",
        "<textarea>{}</textarea>",
    ],
)
def test_what_nobody_sees_lists_nothing(unseen: str) -> None:
    """Scripts, styles, templates and comments are no text, and swallow nothing behind them."""
    link = '<a href="https://github.com/o/{}">x</a>'
    page = f"<ul><li>{unseen.format(link.format('bad'))}<li>{link.format('good')}</ul>"
    found = parse_list(page, Links.ALL, markup=Markup.HTML).entries
    assert [entry.repository.name for entry in found] == ["good"]


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 50_000,
        "<section><article>" * 20_000,
        "</div>" * 50_000,
        "<svg>" * 20_000 + "</svg>",
        "&lt;&amp;&#x41;" * 20_000,
        "<a " * 20_000 + ">",
        "<b>" * 400,
        "<p>" * 20_000,
        "<br>" * 20_000,
        "<li>" * 20_000,
    ],
)
def test_repetition_loses_nothing(text: str) -> None:
    """Pages are read in little time, whatever is in them by the thousand."""
    page = f'{text}\n<p><a href="https://github.com/o/n">n</a> - x</p>'
    found = parse_list(page, Links.ALL, markup=Markup.HTML).entries
    assert [entry.repository.name for entry in found] == ["n"]


@pytest.mark.parametrize("text", ["<ul><li>" * 10_000, "<table><tr><td>" * 10_000, "<b>" * 10_000])
def test_what_is_nested_too_deep_is_refused(text: str) -> None:
    """As in Markdown."""
    with pytest.raises(ListError, match="nested deeper than 512 elements"):
        parse_list(text, markup=Markup.HTML)


PIECES = st.lists(
    st.sampled_from(
        ["<ul>", "</ul>", "<li>", "</li>", "<p>", "</p>", "<h2>H</h2>", "<div>", "</div>", "text\n"]
        + ["<table>", "<tr>", "<td>", "</table>", "<pre>", "</pre>", "<br>", "<ol>", "</ol>"]
        + [f'<a href="https://github.com/o/{name}">{name}</a>' for name in "abc"]
    ),
    max_size=60,
).map("".join)


@given(PIECES, st.integers(0, 5))
def test_pieces_are_one_document(page: str, parts: int) -> None:
    """Where a large page is cut, nobody sees."""

    def elements(at_once: int) -> list[tuple[str, str]]:
        roots = parse_html(page, Deadline(len(page)), at_once)
        nodes = (node for root in roots for node in root.traverse(include_text=True))
        kept = ("a", "li", "tr", "td", "h2", "pre")
        return [(node.tag or "", node.text()) for node in nodes if node.tag in kept]

    assert [tag for tag, _ in elements(parts)] == [tag for tag, _ in elements(10**6)]


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: /etc/passwd\n",
        ".. include:: secret.rst\n",
        ".. raw:: html\n   :file: secret.rst\n",
        ".. csv-table::\n   :file: secret.rst\n",
        ".. raw:: html\n\n   <a href='https://github.com/o/bad'>x</a>\n",
        ".. unknown:: x\n",
        "`broken <https://github.com/o/bad\n",
        "Title\n==\n\nTitle\n-----\n\nTitle\n~~\n",
    ],
)
def test_rst_reads_no_other_file(text: str) -> None:
    """Whatever directives say, and however wrong they are; the rest is a list."""
    put("secret.rst", "`secret <https://github.com/o/secret>`__")
    found = parse_list(f"{text}\n\n* `n <https://github.com/o/n>`__\n", markup=Markup.RST).entries
    assert [entry.repository.name for entry in found] == ["n"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x\n" * 600_000, "over 1 MiB"),
        ("".join(f"{'  ' * depth}- a\n\n" for depth in range(200)), "nested"),
    ],
)
def test_rst_that_is_refused(text: str, reason: str) -> None:
    """What would take docutils too long is refused with a sentence."""
    with pytest.raises(ListError, match=reason):
        parse_list(text, markup=Markup.RST)


@pytest.mark.parametrize("text", [RST * 9, "`a " * 100])
def test_rst_has_a_deadline(text: str) -> None:
    """The clock is looked at with its lines, and with each inline of one."""
    hours = iter(range(0, 10**9, 3600))
    with pytest.raises(ListError, match="too costly"):
        parse_list(text, markup=Markup.RST, clock=lambda: float(next(hours)))


def test_rst_has_a_bound_on_substitutions() -> None:
    """A short text does not become a long one; that of a badge may be used as often as it is."""
    once, often = "\n\n|a| x", "\n\n|a| x" * 400
    text = f".. |a| replace:: {'x' * 3000}\n\n* `n <https://github.com/o/n>`__"
    assert parse_list(text + once, markup=Markup.RST).entries
    with pytest.raises(ListError, match="too costly to read"):
        parse_list(text + often, markup=Markup.RST)
    assert parse_list(
        f".. |a| replace:: badge\n\n* `n <https://github.com/o/n>`__{often}", markup=Markup.RST
    ).entries


def test_rst_without_docutils(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what is missing, and what to do."""
    for name in [name for name in sys.modules if name.split(".")[0] == "docutils"]:
        monkeypatch.delitem(sys.modules, name)
    load = builtins.__import__

    def refuse(name: str, *more: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "docutils":
            raise ImportError
        return load(name, *more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ListError, match=r"install star-crawler\[rst\], or give owner/repo$"):
        parse_list(RST, markup=Markup.RST)


@pytest.mark.parametrize("name", ["list.html", "list.HTM", "https://lists.example/a/list.html"])
async def test_html_files_and_urls(web: Web, name: str) -> None:
    """They are read as what their name says; an address may answer with a whole page then."""
    page = f"<!DOCTYPE html><html><body>{RENDERED_ORG}</body></html>"
    if name.startswith("http"):
        web.serve(name, page, content_type="text/html")
    else:
        put(name, page)
    found = await web.load(name)
    assert (found.markup, found.text) == (Markup.HTML, page)


async def test_a_portal_in_the_place_of_an_html_file(web: Web) -> None:
    """Where an address leads to some other page, that is refused as before."""
    web.serve("https://lists.example/list.html", status=302, location="https://login.example/")
    web.serve("https://login.example/", "<html><title>Log in</title>", content_type="text/html")
    with pytest.raises(ListError, match="a network that wants a login"):
        await web.load("https://lists.example/list.html")


async def test_a_page_from_a_pipe(web: Web) -> None:
    """What begins as a page is one, whatever it is called."""
    put("list.md", "<!-- saved -->\n<html><ul><li><a href=https://github.com/a/a>A</a></ul>")
    assert (await web.load("list.md")).markup is Markup.HTML


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("list.org", "Org"),
        ("a.adoc", "AsciiDoc"),
        ("a.textile", "Textile"),
        ("a.wiki", "MediaWiki"),
    ],
)
async def test_other_local_formats(web: Web, name: str, markup: str) -> None:
    """They are refused in a sentence that names the format, and the way."""
    put(name, "* x")
    with pytest.raises(ListError, match=rf"^{name} is {markup}, which .*: give owner/repo"):
        await web.load(name)


async def test_a_local_rst_is_read(web: Web) -> None:
    """By docutils."""
    put("list.rst", RST)
    found = await web.load("list.rst")
    assert (found.markup, found.text) == (Markup.RST, RST)


async def test_a_readme_that_is_rendered(web: Web) -> None:
    """Its text says that it is HTML, also where it is kept for a time without a network."""
    web.serve("readme:o/r:", RENDERED_ORG, path="README.org", rendered="yes")
    found = await web.load("o/r")
    assert (found.markup, found.text) == (Markup.HTML, RENDERED + RENDERED_ORG)
    assert listed(parse_list(found.text, markup=Markup.HTML).entries) == FOUND


async def test_a_host_that_renders_nothing(web: Web) -> None:
    """One sentence says so."""
    web.serve("readme:o/r:", MARKDOWN, path="README.org")
    with pytest.raises(ListError, match=r"^o/r: README\.org is Org, which .* does not offer that$"):
        await web.load("o/r")
