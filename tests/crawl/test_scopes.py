"""Which lists a run is over, however they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.crawl.scopes import Scope, place_of
from crawler.lists.locations import Location, StdinLocation, UrlLocation, locate
from crawler.model.values import Links


def scope(*names: str, links: Links = Links.ENTRIES) -> Scope:
    """That of runs over lists with these names."""
    return Scope.of(map(locate, names), links)


def test_the_same_lists_are_one_scope() -> None:
    """In any order, any case and any number of times, but for what counts as a link."""
    one = scope("a/list", "b/list")
    assert one == scope("b/list", "A/List", "https://github.com/b/list")
    assert one != scope("a/list")
    assert one != scope("a/list", "b/list", links=Links.ALL)
    assert one != scope("a/list", "https://github.com/b/list/tree/main/docs")
    deep, shallow = (Scope.of([locate("a/list")], Links.ENTRIES, depth) for depth in (2, 0))
    assert len({deep, shallow, scope("a/list")}) == 3


def test_a_scope_is_one_text_and_back() -> None:
    """As the store keeps it."""
    one = scope("b/list", "a/list", "https://example.org/list.md")
    assert Scope.parse(str(one)) == one
    assert str(scope("a/list")) in str(one).split("\n")


def test_scopes_together_are_that_of_all_their_lists() -> None:
    """Each list counts once."""
    assert Scope.over([scope("b/list"), scope("a/list", "b/list")]) == scope("a/list", "b/list")


def test_standard_input_is_another_list_each_time() -> None:
    """And so is whatever it is a part of."""
    assert scope("a/list").is_lasting
    assert not Scope.of([StdinLocation()], Links.ENTRIES).is_lasting
    assert not Scope.of([locate("a/list"), StdinLocation()], Links.ENTRIES).is_lasting


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Owner/Repo", "https://github.com/owner/repo/"),
        ("https://github.com/Owner/Repo/tree/Main/Docs", "Main"),
        ("https://example.org/list.md", "https://example.org/list.md"),
    ],
)
def test_places_are_addresses(name: str, place: str) -> None:
    """Of a repository in small letters, of what is in it as it is spelt."""
    found = place_of(locate(name))
    assert found == place or (found.startswith("https://github.com/owner/repo/") and place in found)


def test_a_file_is_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From whatever folder it is named."""
    (tmp_path / "list.md").write_text("# List")
    monkeypatch.chdir(tmp_path)
    assert scope("list.md") == scope(str(tmp_path / "list.md"))


@pytest.mark.parametrize("query", ["key=secret", "key=other", ""])
def test_a_query_tells_lists_apart_and_is_not_kept(query: str) -> None:
    """It may hold a key."""
    url = "https://example.org/list.md"
    place = place_of(UrlLocation(f"{url}?{query}"))
    others: list[Location] = [UrlLocation(url), UrlLocation(f"{url}?another")]
    assert query == "" or "secret" not in place
    assert place.startswith(url)
    assert query == "" or place not in map(place_of, others)
