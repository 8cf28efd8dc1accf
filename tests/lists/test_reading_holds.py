"""What holds of every list: made ones by hypothesis, and the real ones that are here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lists import parse_list
from crawler.lists.parse import units_of
from crawler.lists.reading import title_link
from crawler.model.values import ParsedList, RepositoryName

LISTS = Path(__file__).parents[3] / "shared" / "lists"
ITSELF = RepositoryName("example/itself", "github.com")
HALF_A_CODE = re.compile(r"(?:^|\s):[a-z0-9_+-]+$|^[a-z0-9_+-]+:(?=\s|$)")

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
        " - cuts",
        ", ",
        " / ",
        " with ",
        ": ",
        " (",
        ")",
        "，",
        "[^1]",
        " :fire: ",
        "",
        "Tools: ",
        "  \n  ",
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


def real_lists() -> list[Path]:
    """The lists that are here."""
    return sorted(LISTS.glob("*[!E].md")) if LISTS.is_dir() else []


def check(text: str, found: ParsedList) -> None:
    """What is promised of each entry."""
    lines = text.split("\n")
    for entry in found.entries:
        own = "\n".join(lines[slice(*entry.lines)]).casefold()
        name = entry.repository.full_name.casefold()
        assert name in own or "][" in own, entry
        assert entry.title, entry
        assert HALF_A_CODE.search(entry.title) is None or entry.title in text, entry
    for each in found.elsewhere:
        assert each.title, each
        assert 1 <= each.line <= len(lines), each


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


@pytest.mark.parametrize("path", real_lists(), ids=lambda path: path.stem)
def test_real_lists(path: Path) -> None:
    """The same of real lists; what leads with a link in them is told apart without a rest."""
    text = path.read_text(encoding="utf-8")
    found = parse_list(text)
    check(text, found)
    leading = {unit.first_line for unit in units_of(text) if title_link(unit.whole())}
    told = {line for entry in found.entries for line in range(*entry.lines)}
    told |= {each.line - 1 for each in found.elsewhere}
    # The rest speaks of the list: its contents and credits, its introduction, its sponsors.
    assert len(leading - told) <= 0.05 * len(leading)
