"""The page over the reports of several lists."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from reports.samples import SINCE as RANKING
from reports.test_outputs import NIGHT, part, whole

from crawler import Ranking
from crawler.model.errors import ConfigError
from crawler.model.settings import CommandSettings, Report
from crawler.model.values import UnreadList
from crawler.reports.outputs import check_reports, save_reports

HREF = re.compile(r'<a href="([^"]*)"><bdi>([^<]*)')


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own."""
    monkeypatch.chdir(tmp_path)


def settings(*paths: str, index: str = "out/index.html", **options: Any) -> CommandSettings:
    """A run that writes these files and an index."""
    reports = tuple(Report(path=path) for path in paths)
    return CommandSettings(report=reports, index=index, **options)


def index_of(ranking: Ranking, *paths: str, index: str = "out/index.html") -> str:
    """The index beside these files."""
    assert asyncio.run(save_reports(settings(*paths, index=index), ranking)) == []
    return Path(index).read_text("utf-8")


def test_each_list_leads_to_its_reports() -> None:
    """The page first, wherever it stands; every address is a file that there is."""
    paths = ("out/{list}.json", "out/pages/{list}-{date}.html", "whole.md")
    text = index_of(whole(part("a/one", "x/y"), part("b c/two", "v/w")), *paths)
    assert HREF.findall(text) == [
        ("pages/a-one-2026-05-02.html", "a/one"),
        ("pages/b-c-two-2026-05-02.html", "b c/two"),
    ]
    links = re.findall(r'href="([^"]*)"', text)
    ours = [link for link in links if "://" not in link]
    assert "a-one.json" in ours
    assert all((Path("out") / link).is_file() for link in ours)
    assert not any("whole" in link for link in links)


def test_it_tells_sums_and_movers() -> None:
    """Of each list alone, as its own report does."""
    one = part("a/one", "x/y")
    grown = replace(one.rows[0], gained=1234, suspicious=False)
    one = replace(one, rows=(grown,))
    text = index_of(whole(one, part("b/two", "v/w")), "{list}.html", index="index.html")
    assert f"Listed {one.sums.listed:,} · Ranked {one.sums.ranked:,}" in text
    assert 'x/y</bdi></a> <span class="up">+1,234<' in text
    assert "2 lists" in text
    assert ("incomplete" in text) is not one.complete


def test_a_list_that_could_not_be_read_keeps_its_place() -> None:
    """With its cause, and the address of its last report."""
    ranking = whole(part("a/one", "x/y"), part("c/three", "v/w"))
    unread = UnreadList("b/two", 1, "b/two is <gone>")
    object.__setattr__(ranking, "unread", (unread,))
    text = index_of(ranking, "{list}.html", index="index.html")
    assert re.findall(r"<h2.*<bdi>(.*)</bdi>", text) == ["a/one", "b/two", "c/three"]
    assert [name for _, name in HREF.findall(text)] == ["a/one", "c/three"], "it has no report yet"
    Path("b-two.html").write_text("of last week", "utf-8")
    assert ("b-two.html", "b/two") in HREF.findall(index_of(ranking, "{list}.html", index="i.html"))
    assert "Could not be read: b/two is &lt;gone&gt;" in text


def test_a_hostile_name_is_text() -> None:
    """Of a list, in its own words and in its address."""
    name = '"><script>alert(1)</script>/../x%2f'
    text = index_of(whole(part(name, "x/y"), part("b/two", "v/w")), "{list}.html", index="i.html")
    assert "<script" not in text
    assert unescape(HREF.findall(text)[0][1]) == name
    assert Path(HREF.findall(text)[0][0]).is_file()


def test_an_index_that_would_not_change_stays() -> None:
    """As every report, whatever the time says."""
    ranking = whole(part("a/one", "x/y"), part("b/two", "v/w"))
    index_of(ranking, "{list}.html", index="index.html")
    before = Path("index.html").stat().st_mtime_ns
    index_of(ranking, "{list}.html", index="index.html")
    assert Path("index.html").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("paths", "index", "said"),
    [
        (("all.html",), "index.html", "no path has {list} in it"),
        (("{list}.html", "index.html"), "index.html", "one would be lost"),
    ],
)
def test_what_no_index_can_be(paths: tuple[str, ...], index: str, said: str) -> None:
    """It is found before anybody is asked."""
    with pytest.raises(ConfigError, match=re.escape(said)):
        check_reports(settings(*paths, index=index), NIGHT)


@pytest.mark.parametrize("index", ["{list}.html", "x/{date}.html", ".."])
def test_an_index_is_one_page(index: str) -> None:
    """Its path names one file."""
    with pytest.raises(ConfigError, match="index"):
        CommandSettings(output=("{list}.html",), index=index)


def test_an_index_of_a_stranger_stays_in_the_folder() -> None:
    """As the paths of its reports do."""
    outside = settings("{list}.html", index="../index.html", confined=frozenset({"index"}))
    with pytest.raises(ConfigError, match=re.escape("../index.html")):
        check_reports(outside, RANKING.generated_at)
