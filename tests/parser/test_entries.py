"""What a list lists, and what it only mentions."""

from __future__ import annotations

import pytest

from crawler.models import Entry
from crawler.parser import parse_list
from crawler.parser.entries import is_source_name

G = "https://github.com"


def names(text: str) -> list[str]:
    """The repositories of the entries of `text`, in order."""
    return [entry.repository.full_name for entry in parse_list(text)]


def only(text: str) -> Entry:
    """The one entry of `text`."""
    (entry,) = parse_list(text)
    return entry


def test_items_and_what_they_mention() -> None:
    """An item lists the repository of its title; others in its description are mentions."""
    text = f"""
- [Saw]({G}/t/saw) - Cuts wood, inspired by [Axe]({G}/t/axe).
- **[Drill]({G}/t/drill)** [![CI](b.svg)]({G}/x/ci/actions) makes holes for [Saw]({G}/t/saw2).
1. [Plane]({G}/t/plane): smooth.
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane"]


def test_a_title_that_goes_elsewhere() -> None:
    """Then the link named Source, Code or GitHub counts, or else the first repository."""
    text = f"""
- [Saw](https://saw.example) - Like [Axe]({G}/t/axe). ([Demo](d), [Source Code]({G}/t/saw))
- [Drill](https://drill.example) - Holes. [GitHub]({G}/t/drill), [Docs]({G}/t/docs)
- [Plane](https://plane.example) - Smooth, with [helper]({G}/t/plane).
- [File]({G}/t/file) - Has another [source]({G}/t/file-source).
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane", "t/file"]


def test_a_title_that_is_no_link() -> None:
    """Where words stand before the first link of an item, the named or first one counts."""
    text = f"""
- Saw - like [Axe]({G}/t/axe); [code]({G}/t/saw)
- Drill: {G}/t/drill
- Other lists: [Tools]({G}/t/tools), [More]({G}/t/more)
"""
    assert names(text) == ["t/saw", "t/drill", "t/tools"]


@pytest.mark.parametrize(
    "text",
    [
        "Source",
        "Source Code",
        "source code",
        "Code",
        "GitHub",
        "Github Repo",
        "[Code]",
        "gh",
        "the repository",
        "💻 Code",
        "View source on GitHub",
    ],
)
def test_names_of_source_links(text: str) -> None:
    """What people call the link to a repository."""
    assert is_source_name(text)


@pytest.mark.parametrize(
    "text", ["", "Codec", "Open source alternatives", "Docs", "Unicode", "x" * 99]
)
def test_names_of_other_links(text: str) -> None:
    """What merely resembles such a name is none."""
    assert not is_source_name(text)


def test_nested_items_are_entries_of_their_own() -> None:
    """An item's links are those outside of the items nested in it."""
    text = f"""
- Cutting
  - [Saw]({G}/t/saw)
    - [Blade]({G}/t/blade)
- [Drill]({G}/t/drill)
  - with [Bits]({G}/t/bits)
  and more
"""
    assert names(text) == ["t/saw", "t/blade", "t/drill", "t/bits"]


def test_badges_in_items() -> None:
    """A badge counts only where an item has no text link to a repository."""
    text = f"""
- [![stars](b)]({G}/x/badge) [Saw]({G}/t/saw) - cuts
- [Drill](https://drill.example) [![stars](b)]({G}/t/drill)
- [![Plane](b)]({G}/t/plane)
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane"]


def test_table_rows() -> None:
    """A row lists one repository, whichever cell it is in."""
    text = f"""
| Name | Source | Note |
|------|--------|------|
| [Saw]({G}/t/saw) | | like [Axe]({G}/t/axe) |
| Drill | [GitHub]({G}/t/drill) | |
| [Plane](https://plane.example) | {G}/t/plane | [![b](b)]({G}/x/b) |
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane"]


def test_lines_of_paragraphs_and_quotes() -> None:
    """Each line that leads with a link is an entry; badges, emoji and numbers lead nothing."""
    text = f"""
[Saw]({G}/t/saw) cuts
[Drill]({G}/t/drill) makes holes, unlike [Axe]({G}/t/axe)

> **[Plane]({G}/t/plane)**<br>smooths, see [Wood]({G}/t/wood)<br>[File]({G}/t/file)

:star: 🔨 1. [Hammer]({G}/t/hammer)\\
[Nail]({G}/t/nail)
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane", "t/file", "t/hammer", "t/nail"]


def test_wrapped_prose_is_no_list() -> None:
    """A line break in prose does not make the next line an entry."""
    text = f"""
This list was inspired by
[Other]({G}/o/other) and
[Another]({G}/o/another).

See also [More]({G}/o/more).
[![badge](b)]({G}/x/badge)
"""
    assert names(text) == []


def test_lines_of_html() -> None:
    """HTML paragraphs, items and rows are lists like those of Markdown."""
    text = f"""
<p>
&nbsp;&nbsp;<a href="{G}/t/saw"><b>Saw</b></a> - cuts<br>
&nbsp;&nbsp;<a href="https://drill.example">Drill</a> - holes, <a href="{G}/t/drill">code</a><br/>
Inspired by <a href="{G}/t/axe">Axe</a>
</p>
<ul><li><a href={G}/t/plane>Plane</a><li><a href={G}/t/file>File</a></ul>
<table><tr><td><a href={G}/t/nail>Nail</a></td></tr></table>
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane", "t/file", "t/nail"]


def test_headings_that_lead_with_a_link() -> None:
    """Headings below others may be entries; a document's own title is none."""
    text = (
        f"# [List]({G}/l/list)\n\n## Tools\n\n### [Saw]({G}/t/saw)\n\nCuts, like [Axe]({G}/t/axe)."
    )
    entry = only(text)
    assert entry.repository.full_name == "t/saw"
    assert entry.section == ("List", "Tools")


def test_contents_speak_for_themselves_alone() -> None:
    """Under a table of contents stand no entries, but under its subsections they do."""
    text = f"""
# Table of Contents
- [Tools]({G}/l/list#tools)
[Tools]({G}/l/list#tools)

## Tools
- [Saw]({G}/t/saw)
# Inspired by
- [Other]({G}/o/other)
"""
    assert names(text) == ["t/saw", "o/other"]


@pytest.mark.parametrize(
    "page",
    [
        "blob/main/CONTRIBUTING.md",
        "blob/main/.github/contributing.md",
        "blob/main/LICENSE",
        "blob/main/LICENCE.txt",
        "blob/main/code-of-conduct.md",
        "graphs/contributors",
        "stargazers",
        "pulls",
        "issues/new",
        "edit/main/README.md",
    ],
)
def test_pages_about_the_list(page: str) -> None:
    """Lines and items that lead to contributing, licences and the like are no entries."""
    assert names(f"- [x]({G}/l/list/{page})\n\n[x]({G}/l/list/{page})") == []


def test_a_licence_badge_beside_a_title() -> None:
    """An item whose title goes elsewhere is the project's, though a badge names its licence."""
    text = f"- [Saw](https://saw.example) - cuts [![MIT](b)]({G}/t/saw/blob/main/LICENSE)"
    assert names(text) == ["t/saw"]


def test_order_is_the_documents() -> None:
    """An item that nests others comes before them, as in the document."""
    text = f"- [A]({G}/t/a)\n  - [B]({G}/t/b)\n- [C]({G}/t/c)\n\n[A]({G}/t/a)"
    assert names(text) == ["t/a", "t/b", "t/c", "t/a"]
