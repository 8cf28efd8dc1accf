"""Seven real lists: what holds of their entries, and what GitHub renders of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists.promises import check, reconcile
from lists.rendering import rendered

from crawler.lists import parse_list
from crawler.model.files import Markup
from crawler.model.values import Links

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


@pytest.mark.parametrize("name", LEAST)
def test_a_list(shared: Path, name: str) -> None:
    """Every repository that GitHub links is found, and no other. The entries are there, each with
    its lines, and none of the introduction's links; what leads with a link is told apart without a
    rest; and what GitHub renders of the list lists the same, read as HTML."""
    text = (shared / "lists" / f"{name}.md").read_text(encoding="utf-8")
    linked = {entry.repository.full_name.lower() for entry in parse_list(text, Links.ALL).entries}
    assert sorted(linked) == (shared / "lists" / "rendered" / f"{name}.txt").read_text().split()
    found = reconcile(text)
    check(text, found)
    names = {entry.repository.full_name.lower() for entry in found.entries}
    assert len(names) >= LEAST[name]
    assert "sindresorhus/awesome" not in names or name == "the-book-of-secret-knowledge"
    if name == "awesome-dotnet":
        # What the list was inspired by and what descriptions mention is not listed.
        assert "sharex/sharex" in names
        assert not names & {"vinta/awesome-python", "prettier/prettier"}
    page = parse_list(rendered(text), markup=Markup.HTML)
    for mine, its in zip(found.entries, page.entries, strict=True):
        assert (its.repository, its.title) == (mine.repository, mine.title)
