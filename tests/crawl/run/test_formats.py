"""Lists in other formats than Markdown, from the host that renders them to the ranking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crawl.run.days import Calendar, Days
from standin import TOKEN, Repository, StandIn, World

from crawler import ListError

ORG = b"* Tools\n** Editors\n- [[https://github.com/o/one][One]] - the first\n"
HTML = b"""<div id="file"><article><h1>Tools</h1><h2>Editors</h2><ul>
<li><a href="https://github.com/o/one">One</a> - the first</li></ul></article></div>"""


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    """A README in Org on a Monday, and another one at a branch."""
    found = Days(StandIn(World(tokens=[TOKEN])), Calendar(), tmp_path)
    found.publish("b/list", one=1000, two=500)
    found.github.world.add(
        Repository(
            "a/list",
            1,
            readme=ORG,
            readme_name="README.org",
            files={"more.rst": b"x", "list.html": HTML},
            refs={"new/one": {"docs/readme.md": b"- [two](https://github.com/o/two) - second\n"}},
            rendered={"README.org": HTML, "more.rst": HTML},
        )
    )
    yield found
    assert not found.github.log.problems


async def test_a_readme_in_org(days: Days) -> None:
    """It takes two requests, which are free the next time, and none offline."""
    asked = []
    for offline in (False, False, True):
        ranking = await days.rank("a/list", offline=offline)
        (row,) = ranking.rows
        assert (row.repository, row.title, row.description) == ("o/one", "One", "the first")
        assert row.sections == (("Tools", "Editors"),)
        asked.append([each.status for each in days.github.log.of("readme")])
    assert asked == [[200, 200], [304, 304], []]


@pytest.mark.parametrize(
    "page", ["blob/main/more.rst", "blame/main/list.html", "edit/main/README.org"]
)
async def test_a_file_takes_one_request(days: Days, page: str) -> None:
    """Its name says whether it is to be rendered."""
    ranking = await days.rank(f"https://github.com/a/list/{page}")
    assert [row.title for row in ranking.rows] == ["One"]
    assert [each.status for each in days.github.log.of("contents")] == [200]


@pytest.mark.parametrize("page", ["tree/new/one/docs", "blob/new%2Fone/docs/readme.md"])
async def test_a_branch(days: Days, page: str) -> None:
    """A list is read at the branch that its address names, and again for nothing."""
    for status in (200, 304):
        ranking = await days.rank(f"https://github.com/a/list/{page}")
        assert [row.title for row in ranking.rows] == ["two"]
        statuses = [each.status for each in days.github.log.of("readme", "contents")]
        assert statuses == [404] * (len(statuses) - 1) + [status]
    with pytest.raises(ListError, match=r"with a README at old$"):
        await days.rank("https://github.com/a/list/tree/old")
