"""What holds of every list, tried on made ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lists.promises import check, reconcile

from crawler.lists import parse_list
from crawler.model.values import RepositoryName

ITSELF = RepositoryName("example/itself", "github.com")

NAMES = st.sampled_from(["Saw", "Big Drill", "plane.js", "Nail AI", "x", "钉子", "C++ [x]", "a:b"])
SIGNS = st.sampled_from(["", ":zap: ", "⚡ ", ":octocat: ", "1. ", "**", "[new] ", ":not-known: "])
REPOSITORIES = st.sampled_from(["t/saw", "t/big-drill", "plane/core", "n/nail", "Example/Itself"])
HOSTS = st.sampled_from(["https://gitlab.com/a/b", "https://site.example", "https://saw.dev/"])
PAGES = st.sampled_from(["", "/", "/tree/main/x", "/wiki", "#readme", "/issues?q=x", "/stargazers"])
GITHUB = st.builds("https://github.com/{}{}".format, REPOSITORIES, PAGES)
LINKS = st.one_of(
    st.builds("[{}{}]({})".format, SIGNS, NAMES, st.one_of(GITHUB, HOSTS)),
    st.builds("[![{}](b.svg)]({})".format, st.sampled_from(["Stars", "Saw", ""]), GITHUB),
    st.builds("[{}]({})".format, st.sampled_from(["Source", "here", "👆", "Docs"]), GITHUB),
    st.builds("{}".format, GITHUB),
    st.builds("[{}] ({})".format, NAMES, GITHUB),
)
WORDS = st.sampled_from(
    [
        *(" - cuts", ", ", " / ", " with ", ": ", " (", ")", "，", "[^1]", " :fire: ", ""),
        *("Tools: ", "  \n  "),
    ]
)
TEXTS = st.lists(st.one_of(LINKS, WORDS, SIGNS), min_size=1, max_size=6).map("".join)
ITEMS = st.builds("{}- {}".format, st.sampled_from(["", "  "]), TEXTS)
CELLS = st.lists(TEXTS.map(lambda text: text.replace("\n", " ")), min_size=2, max_size=4)
HEADERS = st.sampled_from(["|Name|About|Link|#|", "|||||", "|No|Project|GitHub|Instead of|"])
ROWS = st.builds(
    lambda header, rows: "\n".join(
        ["", header, "|-|-|-|-|", *(f"|{'|'.join(cells)}|" for cells in rows), ""]
    ),
    HEADERS,
    st.lists(CELLS, min_size=1, max_size=3),
)
LABELLED = st.builds("{}  \nAuthor: Ann  \nProject: {}  \n".format, NAMES, GITHUB)
HEADINGS = st.builds("\n## {}\n{}\n".format, TEXTS.map(lambda text: text.replace("\n", " ")), TEXTS)
FOOTNOTES = st.builds("\n[^1]: {}\n".format, LINKS)
DOCUMENTS = st.lists(
    st.one_of(ITEMS, ITEMS, ROWS, HEADINGS, LABELLED, TEXTS, FOOTNOTES), max_size=8
).map(lambda blocks: "# List\n" + "\n".join(blocks))


@given(DOCUMENTS)
def test_made_lists(text: str) -> None:
    """An entry's repository stands in its own lines, and its title is whole."""
    found = parse_list(text, itself=ITSELF)
    check(text, found)
    assert all(entry.repository.key != ITSELF.key for entry in found.entries)
    for entry in found.entries:
        assert "|" not in entry.title, entry
        assert not entry.description.endswith("|"), entry


@given(st.lists(st.tuples(SIGNS, NAMES, st.one_of(GITHUB, HOSTS)), max_size=9))
def test_all_that_leads_is_counted(items: list[tuple[str, str, str]]) -> None:
    """Each item that leads with a link is an entry or elsewhere, but for the list itself."""
    text = "# List\n" + "\n".join(f"- [{name}]({url}) - is {sign}here" for sign, name, url in items)
    found = parse_list(text, itself=ITSELF)
    others = [url for _, _, url in items if "/Example/Itself" not in url]
    assert len(found.entries) + len(found.elsewhere) == len(others)
    assert len(found.entries) == sum("/github.com/" in url for url in others)


@given(DOCUMENTS, st.sampled_from([ITSELF, None]))
def test_the_sums_reconcile(text: str, itself: RepositoryName | None) -> None:
    """Whatever begins with a link is an entry, is elsewhere, or is passed over for a reason that
    has a name."""
    reconcile(text, itself)


def test_why_something_is_passed_over() -> None:
    """Each reason has a name, and a table whose headers are unknown is none."""
    text = """[![a](b.svg)](https://github.com/o/intro)

# [List](https://github.com/o/list)
[Introduction](https://github.com/o/intro)
## Contents
- [One](#one)
## One
- [a](https://github.com/o/a)
  - [Source](https://github.com/o/a)
- [Rules](https://github.com/o/list/blob/main/CONTRIBUTING.md)
- [b](b.md)
- [Mail](mailto:a@b.c)

[👆](https://github.com/o/c)

|Twitter|Mood|
|-|-|
|[d](https://site.example)|good|
## Credits
- [e](https://github.com/o/e)
"""
    found = reconcile(text, RepositoryName("o/list", "github.com"))
    assert [entry.title for entry in found.entries] == ["a"]
    assert [each.title for each in found.elsewhere] == ["d"]
    assert {why.value: count for why, count in found.passed} == {
        "table of contents": 1,
        "credits": 1,
        "about the list": 2,
        "introduction": 1,
        "part of what stands above": 1,
        "another file of the list": 1,
        "no web address": 1,
        "a sign alone": 1,
    }
