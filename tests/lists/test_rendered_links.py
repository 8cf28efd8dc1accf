"""What is a link: what GitHub would render as one, and nothing else."""

from __future__ import annotations

import pytest

from crawler.lists import parse_list
from crawler.model.values import Links


def names(text: str) -> list[str]:
    """Every repository that `text` links, in order, without repetitions."""
    return list(
        dict.fromkeys(entry.repository.full_name for entry in parse_list(text, Links.ALL).entries)
    )


U = "https://github.com/o/n"


@pytest.mark.parametrize(
    "text",
    [
        f"[x]({U})",
        f"[x](<{U}>)",
        f'[x]({U} "title")',
        f"[x]({U} 'title')",
        f"[x](\n{U}\n(title))",
        "[x](https&#58;//github.com/o/n)",
        "[x](https\\://github.com/o/n)",
        f"[x [y] z]({U})",
        f"[![badge](https://example.org/b.svg)]({U})",
        f"[x]({U}?a=(b)(c))",
        f"[x][r]\n\n[r]: {U}",
        f"[r][]\n\n[ R ]: <{U}> 'title'",
        f"[r]\n\n[r]:\n  {U}\n  'title\n  goes on'",
        f"[r]\n\n[r]: {U}\n[r]: https://github.com/later/one",
        f"> [r]: {U}\n\n[r]",
        f"<{U}>",
        U,
        f"see {U}.",
        f"({U})",
        f"**{U}**",
        f"{U}&copy;",
        f"wo-{U}",
        "www.github.com/o/n",
        "*www.github.com/o/n*",
        f'<a href="{U}">x</a>',
        f"text <A HREF='{U}'>x</A> text",
        f"text <a\nhref={U}>x</a>",
        f'<div>\n<a class="c" href="{U}">x</a>\n</div>',
        f"<p align=center><a href={U}><img src=x></a></p>",
        f'<pre><a href="{U}">x</a></pre>',
        f"<details><summary>s</summary>\n\n[x]({U})\n\n</details>",
        f"| a | b |\n|---|---|\n| [x]({U}) | y |",
        f"a\n:-:\n[x]({U})",
        f"text\na | b\n- | -\n\\| [x]({U}) | y",
        f"> > [x]({U})",
        f"1. a\n   - b\n\n     > [x]({U})",
        f"# [x]({U})",
        f"[x]({U})\n===",
        f"- [x] [y]({U})",
        f"a <style> b [x]({U})",
        f"a <title> [x]({U})",
        f"<textarea>\n[x]({U})\n</textarea>\n\n[x]({U})",
        f"a <!-- c --> [x]({U})",
        f"a <!--> [x]({U})",
        f"a <!-- unclosed [x]({U})",
        f"`a [x]({U})",
        f"\ufeff[x]({U})",
        f"a\0b [x]({U})",
        f"a\r\n\r\n[x]({U})\r\n",
        f"a\r\r[x]({U})",
        f"a\ud800b [x]({U})",
    ],
)
def test_links_of_every_kind(text: str) -> None:
    """Whatever way of writing a link GitHub knows, the repository is found."""
    assert names(text) == ["o/n"]


@pytest.mark.parametrize(
    "text",
    [
        "github.com/o/n",
        f"x{U}",
        f"`{U}`",
        f"`` a ` [x]({U}) ``",
        f"    [x]({U})",
        f"```\n[x]({U})\n```",
        f"~~~ md\n[x]({U})",
        f"<!-- [x]({U}) -->",
        f"<!--\n\n[x]({U})\n\n-->",
        f"a <!-- [x]({U}) --> b",
        f"[x][{U}]",
        f"![x]({U})",
        f"![[x]({U})](https://example.org)",
        f"[r]\n\n    [r]: {U}",
        f"[r]: {U}",
        f"[{U}",
        f"<a href={U[:-4]}>x</a>",
        f"<div title='<a href={U}>'></div>",
        f"<?php <a href={U}> ?>",
        f"a <![CDATA[ <a href={U}> ]]>",
        "https://_github.com/o/n",
        "http://",
        "www.",
        f"| a |\n|---|\n| b | [x]({U}) |",
        "[x](mailto:o@github.com)",
    ],
)
def test_what_only_looks_like_a_link(text: str) -> None:
    """Code, comments, images, broken syntax and bare hosts link nothing."""
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{U}_", "o/n"),
        (f"{U}~", "o/n"),
        (f"{U}?!.,:*_~'\"", "o/n"),
        (f"({U}))", "o/n"),
        (f"{U}&quot;", "o/n"),
        (f"{U};", "o/n"),
        ("https://github.com/o/n_m", "o/n_m"),
        ("https://github.com/o/n<br>x", "o/n"),
        ("www.github.com/o/n.js.", "o/n.js"),
    ],
)
def test_where_bare_addresses_end(text: str, name: str) -> None:
    """Punctuation that belongs to the sentence belongs to no address."""
    assert names(text) == [name]


def test_parentheses_that_belong_to_an_address() -> None:
    """A closing parenthesis is part of an address if it has an opening one in it."""
    (entry,) = parse_list(f"({U}?a=(b)(c))", Links.ALL).entries
    assert entry.title == f"{U}?a=(b)(c)"


def test_a_link_in_a_link() -> None:
    """Of nested brackets the inner ones are the link, as on GitHub."""
    assert names(f"[a [b]({U}) c](d)") == ["o/n"]


def test_definitions_before_an_underline() -> None:
    """Definitions alone make no heading."""
    (entry,) = parse_list(f"[r]: {U}\n===\n\n[r]", Links.ALL).entries
    assert (entry.repository.full_name, entry.section) == ("o/n", ())


def test_no_bare_address_between_brackets() -> None:
    """`[Name][https://…]`, a common slip, links nothing; nor does any in an open bracket."""
    assert names(f"- [Saw][{U}] and [see {U}") == []
    assert names(f"- [Saw](x) and {U} - [Drill]") == ["o/n"]


def test_nested_lists_forty_deep() -> None:
    """Each item of a list nested forty deep is found."""
    text = "".join(f"{'  ' * depth}- [x](https://github.com/o/n{depth})\n" for depth in range(40))
    assert names(text) == [f"o/n{depth}" for depth in range(40)]
    assert len(parse_list(text).entries) == 40


def test_all_links_keep_their_place() -> None:
    """Of every link the text, the section and the line are kept."""
    first, second = parse_list(
        f"# H\n\na\n[x *y*]({U}) and\n![i](u) [![alt]( u)]({U})", Links.ALL
    ).entries
    assert (first.title, first.section, first.lines) == ("x y", ("H",), (3, 4))
    assert (second.title, second.section, second.lines) == ("alt", ("H",), (4, 5))
