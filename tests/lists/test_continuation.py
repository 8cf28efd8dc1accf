"""Which links of a list lead to files that it goes on in."""

from __future__ import annotations

import pytest

from crawler.lists import parse_list
from crawler.model.files import Home
from crawler.model.values import Links, RepositoryName

LIST = RepositoryName("o/list", "github.com")
OWN = "https://github.com/o/list"


def files(
    text: str, path: str = "README.md", repository: RepositoryName | None = LIST
) -> list[str]:
    """The paths of the files that a list goes on in."""
    home = Home(path, repository)
    found = parse_list(text, itself=repository, home=home)
    every = parse_list(text, Links.ALL, itself=repository, home=home)
    assert every.files == found.files
    assert not any(each.url.startswith(OWN) for each in found.elsewhere)
    return [file.path for file in found.files]


@pytest.mark.parametrize(
    "text",
    [
        "- [Go](lists/go.md)",
        "- [Go](lists/go.md) - for gophers",
        "* [Go](./lists/../lists/go.md#web?x)",
        "1. **[Go](/lists/go.md)**",
        "## [Go](lists/go.md)",
        "[Go](lists/go.md)",
        f"- [Go]({OWN}/blob/main/lists/go.md)",
        f"- [Go]({OWN.upper()}/blob/v1/lists/go.md?plain=1)",
        "- [Go](/o/list/blob/main/lists/go.md)",
        "## Contents\n- [Go](lists/go.md)",
        "| a |\n|---|\n| [Go](lists/go.md) |",
        "- Languages: [Go](lists/go.md)",
        '<p><a href="lists/go.md">Go</a></p>',
        "- [![Go](go.png)](lists/go.md)",
        "- [Go](lists%2Fgo.md)",
        "- :star: [Go](lists/go.md), see [C](https://github.com/c/c)",
    ],
)
def test_where_entries_would_stand(text: str) -> None:
    """Relative links and those to the own repository's files, in all spellings."""
    assert files(f"# List\n{text}\n") == ["lists/go.md"]


@pytest.mark.parametrize(
    "text",
    [
        "See [the full list](lists/go.md).",
        "- For books, go [here](books.md).",
        "- [a](https://github.com/a/a) - and [notes](notes.md)",
        "- [a](https://site.example) - and [notes](notes.md)",
        "- [Contribute](CONTRIBUTING.md)",
        "- [Licence](docs/LICENSE.md)",
        "- [How](.github/how.md)",
        "- [Report](SECURITY.md)",
        "- [中文](README-zh.md)",
        "[English](docs/README.md) | [日本語](docs/list.ja.md)",
        "- [This](README.md)",
        "- [Top](#top)",
        "- [Script](build.py)",
        "- [Picture](a.png)",
        "- [Folder](lists/)",
        "- [Out](../x.md)",
        "- [Out](lists/../../x.md)",
        "- [Out](/../x.md)",
        "- [Out](lists/%2e%2e/%2e%2e/x.md)",
        "- [Out](lists\\..\\..\\x.md)",
        "- [Encoded](%252e%252e/x.md)",
        "- [Other](https://github.com/o/other/blob/main/x.md)",
        "- [Other](//site.example/x.md)",
        "- [Other](mailto:x@y.md)",
        "- [Folder](https://github.com/o/list/tree/main/x.md)",
        "## Contributing\n- [Rules](rules.md)",
        "- a[^1]\n\n[^1]: [Note](note.md)",
    ],
)
def test_other_links(text: str) -> None:
    """Prose, what speaks of the list, translations, and what leads out of its files."""
    assert files(f"# List\n{text}\n") == []


def test_relative_to_the_list() -> None:
    """A link is read from where the list is; each file counts once, in the list's order."""
    text = "- [a](a.md)\n- [b](../b.md)\n- [c](/c.md)\n- [a](./A.md)\n- [d](d.org)\n"
    assert files(text, "docs/README.md") == ["docs/a.md", "b.md", "c.md", "docs/d.org"]
    assert files(text) == ["a.md", "c.md", "d.org"]


def test_several_in_a_line() -> None:
    """Members of a group, titles side by side, and the cells of a row."""
    assert files("- Go: [a](a.md), [b](b.md) and [c](c.md)\n") == ["a.md", "b.md", "c.md"]
    assert files("- [a](a.md) / [b](b.md) - from [c](c.md)\n") == ["a.md", "b.md"]
    assert files("|x|y|\n|-|-|\n|[a](a.md)|[b](b.md)|\n") == ["a.md", "b.md"]


def test_topics_that_are_called_as_files_of_projects() -> None:
    """In small letters they are topics."""
    assert files(
        "- [Security](security.md)\n- [Sponsors](SPONSORS.md)\n- [C](contributing.md)\n"
    ) == ["security.md"]


def test_without_a_repository() -> None:
    """Of a local list, only relative links are known to be its own."""
    assert files(f"- [a](a.md)\n- [b]({OWN}/blob/main/b.md)\n", repository=None) == ["a.md"]
    assert parse_list("- [a](a.md)\n").files == ()


def test_what_is_kept_of_a_link() -> None:
    """Its text, else that of its picture, else the name of the file; section and line."""
    text = "# List\n## Web\n- [Go *on*](a.md)\n- [![alt](x.png)](b.md)\n- [](c.md) x\n"
    found = parse_list(text, home=Home("README.md")).files
    assert [(file.title, file.section, file.line) for file in found] == [
        ("Go on", ("List", "Web"), 3),
        ("alt", ("List", "Web"), 4),
        ("c", ("List", "Web"), 5),
    ]
