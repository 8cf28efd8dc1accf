"""Which addresses are repositories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from crawler.lists import parse_list, repository_of
from crawler.lists.targets import target_of
from crawler.model.files import RepositoryPath
from crawler.model.hosts import Hosts, Target
from crawler.model.settings import Settings
from crawler.model.values import RepositoryName
from crawler.sources import HOSTS, hosts_of


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/owner/name",
        "http://github.com/owner/name",
        "https://www.github.com/owner/name",
        "HTTPS://WWW.GitHub.COM/owner/name",
        "https://github.com/owner/name/",
        "https://github.com/owner/name//",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name.git/",
        "https://github.com/owner/name?tab=readme-ov-file",
        "https://github.com/owner/name#usage",
        "https://github.com/owner/name?a=b#c/d",
        "https://github.com/owner/name/tree/main/x",
        "https://github.com/owner/name/releases",
        "https://github.com/owner/name/wiki",
        "https://github.com:443/owner/name",
        "http://github.com:80/owner/name",
        "https://someone@github.com/owner/name",
        "  https://github.com/owner/name\n",
        "https://git\nhub.com/owner/na\tme",
        "https:\\\\github.com\\owner\\name",
        "https:///github.com/owner/name",
        "https://github.com/owner/%6eame",
        "https://git%68ub.com/owner/name",
        "https://github.com/x/../owner/./name",
    ],
)
def test_addresses_of_one_repository(url: str) -> None:
    """However an address is written, it is the repository that a browser ends up at."""
    found = repository_of(url)
    assert found is not None
    assert found.full_name == "owner/name"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/owner/name",
        "www.github.com/owner/name",
        "//github.com/owner/name",
        "/owner/name",
        "ftp://github.com/owner/name",
        "mailto:owner@github.com/name",
        "https:github.com/owner/name",
        "https://github.com",
        "https://github.com/",
        "https://github.com/owner",
        "https://github.com/owner/",
        "https://github.com//owner",
        "https://github.com/owner//name",
        "https://github.com/owner/.git",
        "https://github.com/owner/..",
        "https://github.com/owner/%2e%2E",
        "https://github.com/owner/.",
        "https://gist.github.com/owner/0123456789abcdef",
        "https://raw.githubusercontent.com/owner/name/main/x",
        "https://owner.github.io/name",
        "https://github.com.example.org/owner/name",
        "https://example.org/https://github.com/owner/name",
        "https://github.com@example.org/owner/name",
        "https://notgithub.com/owner/name",
        "https://github.com:8443/owner/name",
        "https://github.com/-owner/name",
        "https://github.com/own_er/name",
        "https://github.com/own.er/name",
        f"https://github.com/{'o' * 40}/name",
        f"https://github.com/owner/{'n' * 101}",
        "https://github.com/owner/na me",
        "https://github.com/owner/na%20me",
        "https://github.com/owner/name,",
        "https://github.com/owner/näme",
        "https://github.com/topics/name",
        "https://github.com/Topics/name",
        "https://github.com/sponsors/owner",
        "https://github.com/orgs/owner/repositories",
        "https://github.com/marketplace/actions/name",
        "https://github.com/features/actions",
        "https://github.com/settings/profile",
        "https://github.com/apps/name",
        "https://github.com/collections/name",
        "https://github.com/users/owner/projects",
        "https://github.com/user-attachments/assets/1",
        "https://github.com/stars/owner/lists/name",
    ],
)
def test_addresses_of_no_repository(url: str) -> None:
    """Other hosts, GitHub's own pages and names that GitHub does not allow are none."""
    assert repository_of(url) is None


@pytest.mark.parametrize(
    "name",
    ["a/b", "legacy-/x", "0/1", "a-b/.github", "a/c.js", "a/_", f"{'o' * 39}/{'n' * 100}"],
)
def test_unusual_names(name: str) -> None:
    """Every name that GitHub allows, or once did, is accepted as it is written."""
    found = repository_of(f"https://github.com/{name}")
    assert found is not None
    assert found.full_name == name


SERVER = hosts_of(Settings(api_url="https://ghe.example.com:8443/api/v3"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://ghe.example.com/dev/tool/wiki", "ghe.example.com/dev/tool"),
        ("https://GHE.example.com:8443/dev/tool.git", "ghe.example.com/dev/tool"),
        ("https://github.com/dev/tool", "dev/tool"),
    ],
)
def test_the_links_of_a_server_are_its_own(url: str, name: str) -> None:
    """Beside those of github.com they are recognised, and told apart from them."""
    found = repository_of(url, SERVER)
    assert found is not None
    assert found.qualified == name
    assert RepositoryName.parse(name) == found


def test_a_server_that_is_not_asked_is_not_known() -> None:
    """Its links are those of any web site."""
    assert repository_of("https://ghe.example.com/dev/tool") is None
    assert repository_of("https://www.ghe.example.com/dev/tool", SERVER) is None


@dataclass(frozen=True, slots=True)
class Nested:
    """A host whose repositories lie in groups of groups."""

    name: str = "lab.example"
    domains: tuple[str, ...] = ("lab.example",)
    source: str = "lab"
    token_variables: tuple[str, ...] = ()

    def split_path(self, segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """Up to a lone hyphen, all is the name."""
        end = segments.index("-") if "-" in segments else len(segments)
        return ("/".join(segments[:end]), tuple(segments[end + 1 :])) if end > 1 else None

    def is_name(self, text: str) -> bool:
        """Any two segments."""
        return "/" in text

    def file_url(self, target: Target) -> str | None:
        """It shows none."""

    def file_of(self, target: Target) -> RepositoryPath | None:
        """It shows none."""

    def folder_of(self, target: Target) -> RepositoryPath:
        """Nor folders."""
        return RepositoryPath(target.repository)

    def instead_of(self, target: Target) -> str | None:
        """Any page may be a list."""


def test_another_host_has_names_of_its_own() -> None:
    """More segments, another end of the name, and the same text for people and files."""
    hosts = Hosts(*HOSTS, Nested())
    target = target_of("https://lab.example/group/sub/tool/-/tree/main", hosts)
    assert target is not None
    assert target.repository == RepositoryName("group/sub/tool", "lab.example")
    assert target.page == ("tree", "main")
    assert target.repository.qualified == "lab.example/group/sub/tool"
    assert RepositoryName.parse(target.repository.qualified) == target.repository
    (entry,) = parse_list("* [tool](https://lab.example/group/sub/tool)", hosts=hosts).entries
    assert entry.repository == target.repository


def test_spelling_is_kept_and_does_not_count() -> None:
    """The spelling stays as it was found; two names differing by case alone are equal keys."""
    one, other = (
        repository_of("https://github.com/Own/NAME"),
        repository_of("http://github.com/own/name"),
    )
    assert one is not None
    assert other is not None
    assert one.full_name == "Own/NAME"
    assert one.key == other.key


def test_page_and_fragment() -> None:
    """The page below the repository and the fragment are told apart from its name."""
    target = target_of("https://github.com/o/n/blob/main/A%20B.md?x#c%20d")
    assert target is not None
    assert target.page == ("blob", "main", "A B.md")
    assert target.fragment == "c d"
