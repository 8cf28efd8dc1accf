"""What a list lists, and what it only mentions."""

from __future__ import annotations

import pytest

from crawler.lists import parse_list
from crawler.lists.vocabulary import is_source_name
from crawler.model.values import Entry, Links, RepositoryName

G = "https://github.com"


def names(text: str) -> list[str]:
    """The repositories of the entries of `text`, in order."""
    return [entry.repository.full_name for entry in parse_list(text).entries]


def only(text: str) -> Entry:
    """The one entry of `text`."""
    (entry,) = parse_list(text).entries
    return entry


def test_items_and_what_they_mention() -> None:
    """An item lists the repository of its title; others in its description are mentions."""
    text = f"""
- [Saw]({G}/t/saw) - Cuts wood, inspired by [Axe]({G}/t/axe).
- **[Drill]({G}/t/drill)** [![CI](b.svg)]({G}/x/ci/actions) makes holes for [Saw]({G}/t/saw2).
1. [Plane]({G}/t/plane): smooth.
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane"]


def test_a_comment_ends_no_line() -> None:
    """Readers see nothing of it, wherever it stands."""
    text = f"- [Saw]({G}/t/saw)<!-- x --> <!-- y -->- Cuts <!-- z -->wood.\n"
    assert only(text).description == "Cuts wood."
    line = f"# T\n\nWords <!-- x -->[Saw]({G}/t/saw).\n\n- [Axe]({G}/t/axe)\n"
    assert names(line) == ["t/axe"]


def test_a_title_that_goes_elsewhere() -> None:
    """Then the link named Source, Code or GitHub counts, or else a namesake."""
    text = f"""
- [Saw](https://saw.example) - Like [Axe]({G}/t/axe). ([Demo](d), [Source Code]({G}/t/saw))
- [Drill](https://drill.example) - Holes. [GitHub]({G}/t/drill), [Docs]({G}/t/docs)
- [Plane](https://plane.example) - Smooth, with [helper]({G}/t/plane).
- [File]({G}/t/file) - Has another [source]({G}/t/file-source).
"""
    assert names(text) == ["t/saw", "t/drill", "t/plane", "t/file"]


def test_a_title_that_is_no_link() -> None:
    """Where words stand before the first link of an item, the named one or the members count."""
    text = f"""
- Saw - like [Axe]({G}/t/axe); [code]({G}/t/saw)
- Drill: {G}/t/drill
- Other lists: [Tools]({G}/t/tools), [More]({G}/t/more)
"""
    assert names(text) == ["t/saw", "t/drill", "t/tools", "t/more"]


@pytest.mark.parametrize(
    "text",
    [
        *("Source", "Source Code", "source code", "Code", "GitHub", "Github Repo", "[Code]", "gh"),
        *("the repository", "💻 Code", "View source on GitHub"),
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
  - [Bits]({G}/t/bits)
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


def test_a_section_called_content() -> None:
    """What leads to other repositories below such a heading is listed there."""
    text = f"# List\n## Content\n- [Film]({G}/t/film)\n- [Saws]({G}/l/list#saws)\n- [Up](#list)"
    (entry,) = parse_list(text, itself=RepositoryName("l/list", "github.com")).entries
    assert entry.title == "Film"


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


@pytest.mark.parametrize(
    "heading",
    [
        *("Contributing", "How to contribute?", ":heart: Contributors", "License"),
        *("Credits & Licence", "Special Thanks", "Acknowledgments", "Our **Sponsors** 💖", "致谢"),
    ],
)
def test_sections_about_the_list(heading: str) -> None:
    """Who made the list, and how it may be used, is no part of what it lists."""
    text = f"""# List
## {heading}
- Taken from [Other]({G}/o/other)

[Maker]({G}/m/maker)

| Who |
|-----|
| [Helper]({G}/h/helper) |

## [Saw]({G}/t/saw)
### Saws
- [Blade]({G}/t/blade)
"""
    assert names(text) == ["t/saw", "t/blade"]


@pytest.mark.parametrize(
    "heading", ["Authorization", "Licenses", "Credit cards", "Sponsor matching", "Thanksgiving"]
)
def test_sections_that_resemble_them(heading: str) -> None:
    """A heading must be such a name as a whole."""
    assert names(f"## {heading}\n- [Saw]({G}/t/saw)") == ["t/saw"]


def test_subsections_of_such_sections() -> None:
    """A list may stand below such a heading as a whole."""
    assert names(f"# Contributing\n...\n## Tools\n- [Saw]({G}/t/saw)") == ["t/saw"]


def test_a_line_before_the_first_subsection_is_an_entry() -> None:
    """Only what stands above the first section, or below the list's title, introduces the list."""
    text = f"# List\n\n## Tools\n\n**[Elm]({G}/e/elm)** - An elm\n\n### Small\n\n"
    assert names(f"{text}* [p]({G}/o/p) - x\n* [q]({G}/o/q) - y\n") == ["e/elm", "o/p", "o/q"]


def test_lines_of_the_introduction() -> None:
    """A line that leads with a link is none of a list whose entries stand below headings."""
    for title in ("# List\n", ""):
        text = f"{title}[Wood]({G}/w/wood) grows.\n\n## Tools\n- [Saw]({G}/t/saw)\n"
        assert names(text) == ["t/saw"]
        assert names(f"{text}\n# Nails\n[Nail]({G}/t/nail)") == ["t/saw", "t/nail"]


def test_lists_without_sections() -> None:
    """Where most stands above the second heading, it is the list; items and rows always are."""
    lines = f"[Saw]({G}/t/saw)\n[Drill]({G}/t/drill)\n"
    for title in ("# List\n", ""):
        assert names(title + lines) == ["t/saw", "t/drill"]
        assert names(f"{title}{lines}\n## More\n- [Nail]({G}/t/nail)")[:2] == ["t/saw", "t/drill"]
        text = f"{title}- [Saw]({G}/t/saw)\n\n## More\n- [A]({G}/t/a)\n- [B]({G}/t/b)"
        assert names(text) == ["t/saw", "t/a", "t/b"]


def test_first_sections_of_lines() -> None:
    """A first section of lines is no introduction where others stand beside it."""
    text = f"""## Saws
[Saw]({G}/t/saw)
### Small
- [Blade]({G}/t/blade)
## Drills
- [Drill]({G}/t/drill)
- [Bit]({G}/t/bit)
"""
    assert names(text) == ["t/saw", "t/blade", "t/drill", "t/bit"]


@pytest.mark.parametrize("page", ["commits.atom", "discussions", "discussions/new", "actions"])
def test_pages_of_a_repositorys_life(page: str) -> None:
    """What happens in a repository is not what it is."""
    assert names(f"[Subscribe]({G}/l/list/{page})") == []


def test_ways_back() -> None:
    """A link to the top of the list is no entry."""
    text = f"- [⬆ Back to the Top]({G}/l/list/blob/main/README.md#x)\n- [top]({G}/t/top)"
    assert names(text) == ["t/top"]


def test_issues_by_number() -> None:
    """They are articles where an item's title links them, and mentions elsewhere."""
    text = f"""
- [On saws]({G}/b/blog/issues/4) - an article
- [On drills]({G}/b/blog2/pull/4)
- [Plane](https://plane.example) - smooth, see [this]({G}/l/list/issues/5)
- File - is missing, see [this]({G}/l/list/issues/6)
- [Nail](https://nail.example) - see [its plans]({G}/n/nail/issues/7)

[Maintainers wanted]({G}/l/list/issues/8)

### [Help]({G}/l/list/issues/9)
"""
    assert names(text) == ["b/blog", "b/blog2", "n/nail"]


@pytest.mark.parametrize("page", ["pulls", "issues", "issues/new", "blob/main/CONTRIBUTING.md"])
def test_taking_part_beside_a_title(page: str) -> None:
    """A title that goes elsewhere does not make a call to take part an entry."""
    assert names(f"- [Saw](https://saw.example) - [add one]({G}/l/list/{page})") == []
    assert names(f"- [Saw](https://saw.example) [![add](b)]({G}/l/list/{page})") == []


@pytest.mark.parametrize("page", ["stargazers", "actions", "commits/main", "LICENSE"])
def test_badges_beside_a_title(page: str) -> None:
    """The badges of an item are its project's."""
    assert names(f"- [Saw](https://saw.example) - cuts [![x](b)]({G}/t/saw/{page})") == ["t/saw"]
    assert names(f"- Saw - cuts [![x](b)]({G}/t/saw/{page})") == ["t/saw"]


def test_sources_below_a_heading_that_is_an_entry() -> None:
    """They add nothing to it, but what has a title of its own or is another repository does."""
    text = f"""# List
## [Saw]({G}/t/saw)
### Links
- [GitHub]({G}/T/Saw)
- [Source]({G}/t/saw) (12 stars)
- [Blade]({G}/t/saw/tree/main/blade)
- [Code]({G}/t/drill)

<details><summary><a href="{G}/t/nail">Nail</a> holds</summary>

- [Repo]({G}/t/nail)

</details>

## Other
- [GitHub]({G}/t/saw) of Saw
"""
    entries = [(entry.title, entry.section) for entry in parse_list(text).entries]
    assert entries == [
        ("Saw", ("List",)),
        ("Blade", ("List", "Saw", "Links")),
        ("drill", ("List", "Saw", "Links")),
        ("Nail", ("List", "Saw", "Links")),
        ("saw", ("List", "Other")),
    ]


def test_headings_right_after_contents_or_credits() -> None:
    """A heading stands in the section around it, not in the one it ends."""
    text = f"# List\n## Contents\n- [Saw](#saw)\n## [Saw]({G}/t/saw)\n## Thanks\n## [File]({G}/t/f)"
    assert names(text) == ["t/saw", "t/f"]


def test_links_that_tables_pull_apart() -> None:
    """A link that begins in another, as HTML parsers nest them around tables, ends it."""
    text = f'<a href="{G}/t/outer">Outer <table><a href="{G}/t/inner">Inner</a></table>'
    found = [entry.repository.full_name for entry in parse_list(text, Links.ALL).entries]
    assert found == ["t/outer", "t/inner"]


def test_characters_that_show_nothing() -> None:
    """A line leads with its link though a blank that Unicode calls a letter stands before it."""
    assert names(f"\u3164 [Saw]({G}/t/saw)\n\u3164 [Drill]({G}/t/drill)") == ["t/saw", "t/drill"]
