"""A text that is read with what is known of another one lists what it lists by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standin import shared_folder

from crawler.lists import parse_list
from crawler.lists.deadline import Deadline
from crawler.lists.entries import read_entries
from crawler.lists.markdown.document import Document, block_tokens
from crawler.lists.parse import units_of
from crawler.lists.section_cache import SectionCache
from crawler.model.errors import ListError
from crawler.model.values import ParsedList

G = "https://github.com"
HEADINGS = [
    "# List",
    "## Tools",
    "### Tools",
    f"## [Saw]({G}/t/saw)",
    "## [Label]",
    "# a | b\n---|---",
    "<h2>Raw</h2>",
    "Setext\n---",
    "  ## Indented",
    "## Contents",
    "## Contributors",
]
LINES = [
    *(f"- [{name}]({G}/o/{name}) - Text." for name in "ab"),
    "- [c][label] - Text.",
    "- Tools",
    f"  - [d]({G}/o/d)",
    f"[e]({G}/o/e) introduces.",
    "Words of a paragraph",
    f"[Name] ({G}/o/n",
    f"| [f]({G}/o/f) | x |\n|---|---|\n| [g]({G}/o/g) | y |",
    f"[label]: {G}/o/label",
    f"  [label]: {G}/o/other",
    f"> - [h]({G}/o/h)",
    *("```", "~~~", "<!--", "-->", "<pre>", "</pre>", "<?", "?>", "<script>", "</script>"),
    *("- ```", "- <!--", "> ```", "    code", "\\", "[^1]: note", "***"),
    *("<details><summary>More</summary>", "</details>", "<div>", "</div>", "<ul><li>", "</ul>"),
    f'<a href="{G}/o/i">',
    f"Website: {G}/o/j",
    "(x)",
]
BLOCKS = st.one_of(
    st.sampled_from(LINES).map(lambda line: f"{line}\n"),
    st.sampled_from(HEADINGS).map(lambda line: f"\n{line}\n\n"),
    st.sampled_from(["\n", " \n", "\t\n"]),
)
DOCUMENTS = st.lists(BLOCKS, max_size=25)
EDITS = st.lists(st.tuples(st.integers(0, 30), st.booleans(), BLOCKS), min_size=1, max_size=4)


def edited(blocks: list[str], edits: list[tuple[int, bool, str]]) -> list[str]:
    """The blocks with some put in, and some taken out."""
    blocks = [*blocks]
    for place, is_new, block in edits:
        blocks[place : place + (not is_new)] = [block] if is_new else []
    return blocks


def both(text: str, known: str) -> tuple[ParsedList, ParsedList]:
    """What a text lists, read with what is known of another one, and by itself."""
    cache = SectionCache(least=0)
    parse_list(known, cache=cache)
    return parse_list(text, cache=cache), parse_list(text)


@settings(max_examples=100)
@given(DOCUMENTS, EDITS, st.sampled_from(["\n", "\r\n"]))
def test_what_is_known_changes_nothing(
    blocks: list[str], edits: list[tuple[int, bool, str]], line_end: str
) -> None:
    """Whatever an edit opens, closes, defines, moves or takes away."""
    text = "".join(edited(blocks, edits)).replace("\n", line_end)
    cached, alone = both(text, "".join(blocks))
    assert cached.entries == alone.entries
    assert cached.elsewhere == alone.elsewhere


@settings(max_examples=100)
@given(DOCUMENTS)
def test_sections_end_where_blocks_do(blocks: list[str]) -> None:
    """The blocks of all sections together are those of the whole document."""
    text = "".join(blocks)
    deadline = Deadline(len(text))
    apart = [
        (token.type, token.content, token.map and [line + section.line for line in token.map])
        for section in Document(text, deadline, known={}).sections
        for token in block_tokens(section.text, deadline)
    ]
    whole = block_tokens(text, deadline)
    assert apart == [(token.type, token.content, token.map) for token in whole]


@given(DOCUMENTS)
def test_sections_are_read_as_the_whole(blocks: list[str]) -> None:
    """What is read section by section is what is read at once."""
    text = "".join(blocks)
    assert parse_list(text) == read_entries(units_of(text))


SAW = f"### Sources\n\n- [Source]({G}/t/saw)\n\n"
AXES = "## A\n\n[Site](https://axe.org) - Axes.\n\n"


@pytest.mark.parametrize(
    ("known", "text"),
    [
        # Another definition of the links in a section that is the same.
        (
            f"## A\n\n- [a][x]\n\n## B\n\n[x]: {G}/o/one\n",
            f"## A\n\n- [a][x]\n\n## B\n\n[x]: {G}/o/two\n",
        ),
        # A section that completes the entry in the heading above it, and does not.
        (f"# L\n\n## Saw\n\n{SAW}", f"# L\n\n## [Saw](https://saw.org)\n\n{SAW}"),
        (f"# L\n\n## [Saw](https://saw.org)\n\n{SAW}", "# L\n\n## [Saw](https://saw.org)\n\n"),
        # A section that another one begins, since it leaves an element open.
        (
            f"## A\n\n<div>\n\n## B\n\n- [b]({G}/o/b)\n\n</div>\n\n## C\n",
            f"## A\n\n<div>\n\n## C\n\n- [c]({G}/o/c)\n\n</div>\n\n## C\n",
        ),
        # The same at the end of the document.
        (
            "## A\n\n<details><summary>More</summary>\n\n",
            f"## A\n\n<details><summary>More</summary>\n\n# B\n\n</details>\n\n- [b]({G}/o/b)\n",
        ),
        # A line that introduces the list where it stands above its first entry.
        (f"# L\n\n## A\n\n{AXES}", f"# L\n\n## A\n\na\n\nb\n\nc\n\n- [a]({G}/o/a)\n\n{AXES}"),
        # A block of entries that was a comment.
        (
            f"## A\n\n<!--\n\n## B\n\n- [b]({G}/o/b)\n\n-->\n\n## C\n",
            f"## A\n\n\n\n## B\n\n- [b]({G}/o/b)\n\n\n\n## C\n",
        ),
    ],
)
def test_what_goes_from_one_section_into_the_next(known: str, text: str) -> None:
    """It is not taken from where it was."""
    cached, alone = both(text, known)
    assert cached.entries == alone.entries
    assert cached.elsewhere == alone.elsewhere


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("\n## ", f"\n- [New]({G}/o/new) - New.\n\n## "),
        ("\n## ", "\n```\n\n## "),
        ("\n## ", "\n<!--\n\n## "),
        ("\n## ", "\n<div>\n\n## "),
        ("\n## ", f"\n[Saw]: {G}/o/saw\n\n## "),
        ("\n# ", "\n## "),
        ("\n## ", "\n# "),
    ],
)
def test_a_real_list(old: str, new: str) -> None:
    """An edit in the middle of a real list, and the same edit taken back."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("the real lists are not beside this checkout")
    text = (folder / "lists" / "awesome-dotnet.md").read_text("utf-8")
    middle = len(text) // 2
    other = text[:middle] + text[middle:].replace(old, new, 1 if new != "\r\n" else -1)
    assert other != text
    for first, second in ((text, other), (other, text)):
        cached, alone = both(second, first)
        assert cached.entries == alone.entries
        assert cached.elsewhere == alone.elsewhere


def test_only_what_changed_is_read_again() -> None:
    """Of a list of three sections, with an entry more in one of them."""
    sections = [f"## {name}\n\n- [{name}]({G}/o/{name})\n\n" for name in "abc"]
    cache = SectionCache(least=0)
    parse_list("# List\n\n" + "".join(sections), cache=cache)
    assert len(cache.sections) == 4
    sections[1] += f"- [d]({G}/o/d)\n\n"
    parsed = parse_list("# List\n\n" + "".join(sections), cache=cache)
    assert [entry.title for entry in parsed.entries] == ["a", "b", "d", "c"]
    assert len(cache.sections) == 5


def test_links_of_many_sections_expand_too_far() -> None:
    """Those of sections that are known count as well."""
    definition = f"[x]: {G}/o/{'x' * 5000}\n\n"
    section = "## T\n\n- [a][x]\n\n"
    cache = SectionCache(least=0)
    parse_list(definition + section, cache=cache)
    for known in (cache, None):
        with pytest.raises(ListError, match="expand too far"):
            parse_list(definition + section * 100, cache=known)


def test_short_sections_go_with_the_next() -> None:
    """An edit of one changes no section after the next."""
    texts = [
        f"# {name}\n\n{'x' * size}\n\n"
        for name, size in zip("abcdef", [9, 50, 9, 9, 50, 9], strict=True)
    ]

    def sections(texts: list[str]) -> list[str]:
        document = Document("".join(texts), Deadline(1000), known={}, least=40)
        return [section.text for section in document.sections]

    assert sections(texts) == ["".join(texts[:2]), "".join(texts[2:5]), texts[5]]
    texts[0] = texts[0].replace("x", "y" * 50)
    assert sections(texts) == [texts[0], texts[1], "".join(texts[2:5]), texts[5]]
