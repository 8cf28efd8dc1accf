"""Items sorted by their stars: each whole, within its list, and none lost."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists.rendering import rendered

from crawler.lists import parse_list
from crawler.lists.annotate import annotate, said_before
from crawler.lists.annotations import EntryFigures, plain_text
from crawler.lists.titles import TitledList, locate_titles
from crawler.model.values import ParsedList

G = "https://github.com"
LISTS = Path(__file__).parents[3] / "shared" / "lists"


def figures_of(titled: TitledList) -> dict[str, EntryFigures | None]:
    """Made-up stars; one in ten is unknown."""
    keys = {
        entry.repository.key: crc32(entry.repository.key.encode())
        for entry in titled.parsed.entries
    }
    return {key: EntryFigures(number % 50_000) for key, number in keys.items() if number % 10}


def sorted_text(text: str) -> str:
    """`text` sorted by the numbers in the names of its repositories: `n12` has 12 stars, and `u1`
    none that are known. Without annotations."""
    titled = locate_titles(text)
    figures = {
        entry.repository.key: EntryFigures(int(entry.repository.name[1:]))
        for entry in titled.parsed.entries
        if entry.repository.name.startswith("n")
    }
    return plain_text(annotate(titled, figures, sort_sections=True).text)


def listed(parsed: ParsedList) -> Counter[object]:
    """What is listed, wherever it stands."""
    return Counter(replace(entry, lines=(0, 0)) for entry in parsed.entries)


def lines_of(text: str) -> Counter[str]:
    """How often each line stands there."""
    return Counter(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")))


def link(name: str) -> str:
    """An entry of that name."""
    return f"[{name}]({G}/o/{name})"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # What has no stars stays behind, in its order.
        ("- {u1}\n- {n1}\n- {u2}\n- {n2}", "- {n2}\n- {n1}\n- {u1}\n- {u2}"),
        # An item moves with its continuation lines and all that is nested in it.
        (
            "- {n1}\n  more\nlazy\n  - {n3}\n  - {n4}\n\n  words\n- {n2} - two",
            "- {n2} - two\n- {n1}\n  more\nlazy\n  - {n3}\n  - {n4}\n\n  words",
        ),
        # The blank lines between items stay where they are.
        ("- {n1}\n\n\n- {n2}\n- {n3}\n", "- {n3}\n\n\n- {n2}\n- {n1}\n"),
        # Nothing leaves its list: not over a heading, a paragraph, or another kind of bullet.
        ("- {n1}\n\n## B\n\n- {n2}\n", "- {n1}\n\n## B\n\n- {n2}\n"),
        ("- {n1}\n\nwords\n\n- {n2}\n", "- {n1}\n\nwords\n\n- {n2}\n"),
        ("- {n1}\n* {n2}\n* {n3}\n", "- {n1}\n* {n3}\n* {n2}\n"),
        # Categories stay, and what stands in them is sorted.
        (
            "- B\n  - {n1}\n  - {n2}\n- A\n  - {n3}\n  - {n4}\n",
            "- B\n  - {n2}\n  - {n1}\n- A\n  - {n4}\n  - {n3}\n",
        ),
        # Of titles side by side the first counts.
        ("- {n1} / {n5}\n- {n3}\n", "- {n3}\n- {n1} / {n5}\n"),
        # Numbered lists, what is nested in them, quotes and contents are left alone.
        ("1. {n1}\n2. {n2}\n", "1. {n1}\n2. {n2}\n"),
        ("1. A\n   - {n1}\n   - {n2}\n", "1. A\n   - {n1}\n   - {n2}\n"),
        ("> - {n1}\n> - {n2}\n", "> - {n1}\n> - {n2}\n"),
        (
            "- [B](#b)\n- [A](#a)\n\n## B\n\n- {n1}\n- {n2}\n\n## A\n\n- {n3}\n",
            "- [B](#b)\n- [A](#a)\n\n## B\n\n- {n2}\n- {n1}\n\n## A\n\n- {n3}\n",
        ),
        ("| t |\n|---|\n| {n1} |\n| {n2} |\n", "| t |\n|---|\n| {n1} |\n| {n2} |\n"),
        # Bullets that are not below each other, since the next item might become nested.
        ("- {n1}\n - {n2}\n  - {n3}\n", "- {n1}\n - {n2}\n  - {n3}\n"),
        ("- - {n1}\n  - {n2}\n", "- - {n1}\n  - {n2}\n"),
        # The words behind would become part of the paragraph that stands last.
        (
            "- {n1}\n- {n2}\n  ```\n  x\n  ```\nwords {n3}",
            "- {n1}\n- {n2}\n  ```\n  x\n  ```\nwords {n3}",
        ),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_moves(before: str, after: str, ends: str) -> None:
    """And what stays."""
    names = {f"{kind}{number}": link(f"{kind}{number}") for kind in "nu" for number in range(9)}
    texts = [f"\ufeff# L\n\n{each.format(**names)}".replace("\n", ends) for each in (before, after)]
    assert sorted_text(texts[0]) == texts[1]


def test_other_lists_are_sorted_beside_one_that_cannot_be() -> None:
    """The one that breaks is found."""
    fence = "- {}\n- {}\n  ```\n  x\n  ```\nwords {}\n\n".format(*map(link, ("n1", "n2", "n3")))
    parts = [f"## {n}\n\n- {link(f'n{n}')}\n- {link(f'n{n + 1}')}\n\n" for n in range(4, 9, 2)]
    text = f"# L\n\n{parts[0]}## F\n\n{fence}{''.join(parts[1:])}"
    moved = [f"## {n}\n\n- {link(f'n{n + 1}')}\n- {link(f'n{n}')}\n\n" for n in range(4, 9, 2)]
    assert sorted_text(text) == f"# L\n\n{moved[0]}## F\n\n{fence}{''.join(moved[1:])}"


def check(text: str) -> tuple[TitledList, str]:
    """All that is promised of annotations and of sorting; returns what came of it."""
    titled = locate_titles(text)
    figures = figures_of(titled)
    result = annotate(titled, figures).text
    moved = annotate(titled, figures, sort_sections=True).text
    assert plain_text(result) == text
    html = rendered(result)
    assert plain_text(html) == rendered(text)
    assert lines_of(moved) == lines_of(result)
    assert lines_of(rendered(moved)) == lines_of(html)
    return titled, moved


@pytest.mark.skipif(not LISTS.is_dir(), reason="the real lists are not here")
@pytest.mark.parametrize("path", sorted(LISTS.glob("[!R]*.md")), ids=lambda path: path.stem)
def test_real_lists(path: Path) -> None:
    """Every entry of the seven can be annotated, and nothing else changes."""
    titled, _ = check(path.read_bytes().decode())
    assert None not in titled.ends


NAMES = st.integers(0, 30).map(lambda number: f"{G}/o/n{number}")
TITLES = st.one_of(
    NAMES.map("[Tool]({})".format),
    NAMES.map("**[Tool]({})** ".format),
    NAMES.map("[`Tool` x](<{}> 'y')".format),
    NAMES.map("[![i](u.png)]({}) words".format),
    NAMES.map('<b><a href="{}">Tool</a></b>'.format),
    NAMES.map("Words ([source]({}))".format),
    NAMES.map("<{}>".format),
    NAMES,
    st.sampled_from(["words", "[Site](https://site.example)", "[r]", "[A](#a)", "`x", "*x", "<b>"]),
)
WORDS = st.sampled_from(["", " - Words.", ": *words* `code`", " | cell", "  ", " <!-- c -->", "\\"])
BULLETS = st.sampled_from(["- ", "* ", "+  ", "1. ", "> - ", "- - ", " - ", "- [x] "])
INDENTS = st.sampled_from(["", "", "", "  ", "    "])
ITEMS = st.tuples(INDENTS, BULLETS, TITLES, WORDS).map("".join)
OTHERS = st.one_of(
    st.tuples(INDENTS, TITLES, WORDS).map("".join),
    st.tuples(st.sampled_from(["# ", "### "]), TITLES).map("".join),
    st.tuples(TITLES, TITLES).map(lambda cells: "| {} | {} |".format(*cells)),
    st.sampled_from(
        [*("", "", "", "---", "| a | b |\n|---|---|", "  ```", "```", "<ul><li>", "</li></ul>")],
    ),
)
DOCUMENTS = st.tuples(
    st.sampled_from(["", "\ufeff", "# L\n\n", "---\na: b\n---\n"]),
    st.lists(st.one_of(ITEMS, ITEMS, OTHERS), min_size=1, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n[r]: https://github.com/o/r\n"]),
).map(lambda parts: (parts[0] + "\n".join(parts[1]) + parts[3]).replace("\n", parts[2]))


@given(DOCUMENTS)
def test_made_up_lists(text: str) -> None:
    """Whatever a list looks like, nothing of it is lost, doubled or broken, and a second time
    changes nothing."""
    titled, moved = check(text)
    figures = figures_of(titled)
    parsed = parse_list(text)
    assert titled.parsed == parsed == parse_list(annotate(titled, figures).text)
    assert listed(parse_list(moved)) == listed(parsed)
    again = locate_titles(moved)
    before = said_before(moved, again)
    assert annotate(again, figures, (), before, sort_sections=True).text == moved
