"""Seven real lists, compared with what GitHub renders of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lists import parse_list
from crawler.model.values import Links

LISTS = Path(__file__).parents[3] / "shared" / "lists"
LEAST = {
    "awesome-dotnet": 550,
    "awesome-go": 2750,
    "awesome-ios": 1630,
    "awesome-java": 770,
    "awesome-rust": 1540,
    "awesome-selfhosted": 1080,
    "the-book-of-secret-knowledge": 335,
}
"""The entries that each list has at least."""

pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="the real lists are not here")


@pytest.mark.parametrize("name", LEAST)
def test_all_links(name: str) -> None:
    """Every repository that GitHub links is found, and no other."""
    text = (LISTS / f"{name}.md").read_text(encoding="utf-8")
    found = {entry.repository.full_name.lower() for entry in parse_list(text, Links.ALL).entries}
    assert sorted(found) == (LISTS / "rendered" / f"{name}.txt").read_text().split()


@pytest.mark.parametrize(("name", "least"), LEAST.items())
def test_entries(name: str, least: int) -> None:
    """The entries are there, each with its lines, and none of the introduction's links."""
    text = (LISTS / f"{name}.md").read_text(encoding="utf-8")
    entries = parse_list(text).entries
    found = {entry.repository.full_name.lower() for entry in entries}
    assert len(found) >= least
    assert "sindresorhus/awesome" not in found or name == "the-book-of-secret-knowledge"
    lines = text.split("\n")
    for entry in entries:
        first, end = entry.lines
        place = "\n".join(lines[first:end]).lower()
        assert entry.repository.name.lower().rstrip("-") in place or "][" in place, entry


def test_dotnet_mentions() -> None:
    """What the list was inspired by and what descriptions mention is not listed."""
    text = (LISTS / "awesome-dotnet.md").read_text(encoding="utf-8")
    found = {entry.repository.full_name.lower() for entry in parse_list(text).entries}
    assert "sharex/sharex" in found
    assert not found & {"sindresorhus/awesome", "vinta/awesome-python", "prettier/prettier"}
