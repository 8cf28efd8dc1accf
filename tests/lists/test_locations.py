"""What kind of list a name names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from lists.web import MARKDOWN

from crawler.lists.locations import (
    BlobLocation,
    FileLocation,
    Location,
    ReadmeLocation,
    StdinLocation,
    UrlLocation,
    locate,
)
from crawler.model.errors import ListError
from crawler.model.files import RepositoryPath
from crawler.model.settings import Settings
from crawler.model.values import RepositoryName
from crawler.sources import hosts_of

pytestmark = pytest.mark.usefixtures("own_folder")

NAME = RepositoryName("o/r", "github.com")


def readme(name: str, folder: str = "", ref: str = "") -> ReadmeLocation:
    """The README of a repository's folder."""
    return ReadmeLocation(RepositoryPath(RepositoryName(name, "github.com"), folder, ref))


def blob(path: str, ref: str, url: str) -> BlobLocation:
    """A file of o/r."""
    return BlobLocation(
        RepositoryPath(NAME, path, ref), f"https://raw.githubusercontent.com/o/r/{url}"
    )


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("-", StdinLocation()),
        ("quozd/awesome-dotnet", readme("quozd/awesome-dotnet")),
        ("a-b/c.d_e", readme("a-b/c.d_e")),
        ("https://github.com/o/r", readme("o/r")),
        ("http://www.github.com/o/r/", readme("o/r")),
        ("HTTPS://GitHub.com/O/R", readme("O/R")),
        ("https://github.com/o/r.git", readme("o/r")),
        ("https://github.com/o/r?tab=readme-ov-file#readme", readme("o/r")),
        ("https://github.com/o/r/issues", readme("o/r")),
        ("https://github.com/o/r/tree/main", readme("o/r", "", "main")),
        ("https://github.com/o/r/tree/main/docs/lists", readme("o/r", "docs/lists", "main")),
        ("https://github.com/o/r/tree/main/a%20b/", readme("o/r", "a b", "main")),
        ("https://github.com/o/r/tree/a%2Fb/c", readme("o/r", "c", "a/b")),
        ("https://github.com/o/r/tree/refs/tags/v1/c", readme("o/r", "c", "refs/tags/v1")),
        ("https://github.com/o/r/blob/main", readme("o/r")),
        ("github.com/o/r", readme("o/r")),
        ("o/r/", readme("o/r")),
        ("git@github.com:o/r.git", readme("o/r")),
        ("github.com:o/r", readme("o/r")),
        ("ssh://git@github.com/o/r.git", readme("o/r")),
        ("ssh://git@github.com:22/o/r", readme("o/r")),
        ("git://github.com/o/r.git/", readme("o/r")),
        (
            "https://github.com/o/r/blob/main/docs/a%20list.md?plain=1#top",
            blob("docs/a list.md", "main", "main/docs/a%20list.md"),
        ),
        (
            "https://github.com/o/r/raw/HEAD/x.md",
            blob("x.md", "HEAD", "HEAD/x.md"),
        ),
        ("https://github.com/o/r/edit/main/x.md", blob("x.md", "main", "main/x.md")),
        ("https://github.com/o/r/blame/main/x.org#L1", blob("x.org", "main", "main/x.org")),
        ("https://gist.github.com/u/1/raw", UrlLocation("https://gist.github.com/u/1/raw")),
        ("https://lists.example/best.md", UrlLocation("https://lists.example/best.md")),
        ("http://127.0.0.1:80/x.md?a=b", UrlLocation("http://127.0.0.1:80/x.md?a=b")),
        (
            "https://raw.githubusercontent.com/o/r/main/README.md",
            UrlLocation("https://raw.githubusercontent.com/o/r/main/README.md"),
        ),
        ("https://github.com/topics/dotnet", UrlLocation("https://github.com/topics/dotnet")),
    ],
)
def test_the_kinds_of_origin(name: str, location: Location) -> None:
    """Each way of naming a list is understood."""
    assert locate(name) == location


THERE = RepositoryName("o/r", "ghe.example.com")
SERVER = hosts_of(Settings(api_url="https://ghe.example.com/api/v3"))


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("o/r", ReadmeLocation(RepositoryPath(THERE))),
        (
            "ghe.example.com/o/r/tree/main/a",
            ReadmeLocation(RepositoryPath(THERE, "a", "main")),
        ),
        (
            "https://ghe.example.com/o/r/blob/main/a%20b.md",
            BlobLocation(
                RepositoryPath(THERE, "a b.md", "main"),
                "https://ghe.example.com/o/r/raw/main/a%20b.md",
            ),
        ),
        (
            "https://github.com/o/r/blob/main/a.md",
            UrlLocation("https://raw.githubusercontent.com/o/r/main/a.md"),
        ),
        ("https://github.com/o/r", readme("o/r")),
    ],
)
def test_the_lists_of_a_server(name: str, location: Location) -> None:
    """A bare name is one of the server that is asked; an address says whose it is."""
    assert locate(name, SERVER) == location


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        "missing.md",
        "./missing/list.md",
        "a/b/c",
        "-a/b",
        "a b/c",
        "topics/dotnet",
        "ftp://host/list.md",
        "file:///etc/passwd",
        "https://",
        "https:///x.md",
        "https://host:port/x.md",
        "https://[::1/x.md",
        "https://host/a b.md",
        "https://host/a\nb.md",
        "https://github.com/o/r/tree/main/a%0ab",
        "a\0b",
        "x" * 5000,
        "git@example.com:o/r.git",
        "git@github.com:o",
    ],
)
def test_what_names_no_list(name: str) -> None:
    """What can be no list is refused in one sentence, before anything is asked."""
    with pytest.raises(ListError) as caught:
        locate(name)
    assert caught.value.exit_status == 2
    assert "\n" not in str(caught.value)


CLIMBING = [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "%25252e.",
    "x%2f..",
    "..%2f..%2f",
    "%2e%2e%5c%2e%2e",
    "..\\..",
    "%%32%65%2e",
    f"%{'25' * 40}2e",
]
"""Ways to write a path that leads upwards, or that too deep an encoding hides."""


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r/tree/main/{}/user/repos",
        "https://github.com/o/r/tree/main/docs/{}",
        "https://github.com/o/r/tree/{}/docs",
        "https://github.com/o/r/{}/tree/main/docs",
        "https://github.com/{}/o/r/tree/main/docs",
        "https://github.com/o/r/blob/main/{}/x.md",
        "https://www.github.com/o/{}/r",
        "https://git%68ub.com/o/r/tree/main/{}",
        "https:\\\\github.com\\o\\r\\tree\\main\\{}",
        "github.com/o/r/tree/main/{}",
        "o/{}",
        "{}/r",
        "o/r/{}/r",
    ],
)
def test_dot_segments_are_refused(url: str) -> None:
    """They would lead a request, and the token with it, to any path of the API."""
    for climb in CLIMBING:
        with pytest.raises(ListError) as caught:
            locate(url.format(climb))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["a..b", "...", "..a/.b", "v1.0", "%2e.%2ex", "a%2fb", "100%25"])
def test_dots_in_a_name_are_no_dot_segments(path: str) -> None:
    """A folder may have any number of dots in its name."""
    assert locate(f"https://github.com/o/r/tree/main/{path}") == readme(
        "o/r", unquote(path), "main"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@host/x.md",
        "https://secret@host/x.md",
        "https://:secret@host/x.md",
        "https://secret@github.com/o/r",
        "https://user:secret@host:port/x.md",
        "https://user:secret@[::1/x.md",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    """A password would end up in the report; the refusal does not show it either."""
    with pytest.raises(ListError) as caught:
        locate(url)
    assert "secret" not in str(caught.value)


def test_a_local_file_wins_and_says_so(log: list[str]) -> None:
    """An existing file named like a repository is read, and a line of the log tells."""
    assert locate("owner/list") == readme("owner/list")
    assert log == []
    Path("owner").mkdir()
    Path("owner/list").write_text(MARKDOWN, "utf-8")
    assert locate("owner/list") == FileLocation(Path("owner/list"))
    (line,) = log
    assert "owner/list" in line
    assert "local file" in line


def test_other_files_need_no_line(log: list[str]) -> None:
    """A path that can be nothing else is read without a word."""
    Path("list.md").write_text(MARKDOWN, "utf-8")
    assert locate("list.md") == FileLocation(Path("list.md"))
    assert locate("./list.md") == FileLocation(Path("./list.md"))
    assert log == []


def test_a_folder_does_not_win(log: list[str]) -> None:
    """A folder named like a repository is no list, so the repository is meant."""
    Path("owner/list").mkdir(parents=True)
    assert locate("owner/list") == readme("owner/list")
    with pytest.raises(ListError):
        locate("owner")


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("https://github.com/o/r/wiki", "https://raw.githubusercontent.com/wiki/o/r/Home.md"),
        ("github.com/o/r/wiki/A-B", "https://raw.githubusercontent.com/wiki/o/r/A-B.md"),
        ("https://gist.github.com/u/1f", "https://gist.githubusercontent.com/u/1f/raw"),
        ("https://gist.github.com/u/1f/#file-a-md", "https://gist.githubusercontent.com/u/1f/raw"),
    ],
)
def test_wikis_and_gists(url: str, instead: str) -> None:
    """They are refused with what to give instead."""
    with pytest.raises(ListError, match=f"such as {instead}$"):
        locate(url)


def test_a_trailing_slash_is_that_of_a_folder_that_is_there() -> None:
    """A shell adds it to the name of one."""
    Path("o/r").mkdir(parents=True)
    with pytest.raises(ListError, match="'o/r/' is a folder"):
        locate("o/r/")
