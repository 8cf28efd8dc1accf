"""Mends of a list, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import named
from hypothesis import given
from hypothesis import strategies as st

from crawler.lists import parse_list
from crawler.lists.decoding import decode_exactly
from crawler.lists.edits import MOST_LOOKS
from crawler.lists.mending import Mended, mend
from crawler.model.errors import ListError, RunError
from crawler.model.values import Entry, ParsedList, RepositoryName


def mended(text: str, *moved: tuple[str, str], gone: Sequence[str] = ()) -> Mended:
    """A list, with those of its entries mended that are listed under these names."""
    new: dict[int, RepositoryName] = {}
    dropped: list[int] = []
    entries = parse_list(text).entries
    for place, entry in enumerate(entries):
        name = entry.repository.full_name.casefold()
        new.update([(place, named(now)) for old, now in moved if old == name])
        dropped += [place] if name in gone else []
    return mend(
        text,
        entries,
        moved=new,
        gone=dropped,
        parse=parse_list,
        domains=lambda _: ("github.com", "www.github.com"),
    )


MOVED = ("o/old", "n/new")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- [A](https://github.com/o/old) - X.", "- [A](https://github.com/n/new) - X."),
        ("* [A](http://www.github.com/O/Old/) \t", "* [A](http://www.github.com/n/new/) \t"),
        (
            "- [A](https://github.com/o/old/tree/main/x?y#z)",
            "- [A](https://github.com/n/new/tree/main/x?y#z)",
        ),
        ("- [A](https://github.com/o/old.git) x", "- [A](https://github.com/n/new.git) x"),
        ("- https://github.com/o/old - X", "- https://github.com/n/new - X"),
        (
            "- https://github.com/o/old<!--★--> ★ 39k<!--/★--> - X",
            "- https://github.com/n/new<!--★--> ★ 39k<!--/★--> - X",
        ),
        ("- <https://github.com/o/old>: X", "- <https://github.com/n/new>: X"),
        (
            "- [A][x]\n\n[x]: https://github.com/o/old 't'",
            "- [A][x]\n\n[x]: https://github.com/n/new 't'",
        ),
        (
            "- [A][x]\n\n[x]: <https://github.com/o/old.git>",
            "- [A][x]\n\n[x]: <https://github.com/n/new.git>",
        ),
        (
            "- [A][x], [B][y]\n\n[x]: https://github.com/o/old/tree/x\n[y]: https://github.com/o/b",
            "- [A][x], [B][y]\n\n[x]: https://github.com/n/new/tree/x\n[y]: https://github.com/o/b",
        ),
        (
            "- [A](https://github.com/o/old) ([i](https://github.com/o/old/issues))",
            "- [A](https://github.com/n/new) ([i](https://github.com/n/new/issues))",
        ),
        (
            "- [A](https://github.com/o/old) like https://github.com/o/older, o/old-er",
            "- [A](https://github.com/n/new) like https://github.com/o/older, o/old-er",
        ),
        (
            '<ul><li><a href="https://github.com/o/old">A</a> x</li></ul>',
            '<ul><li><a href="https://github.com/n/new">A</a> x</li></ul>',
        ),
        (
            "| Name |\n| --- |\n| [A](https://github.com/o/old) |",
            "| Name |\n| --- |\n| [A](https://github.com/n/new) |",
        ),
        (
            "- [A](https://github.com/o/old)\n- [A](https://github.com/o/old)",
            "- [A](https://github.com/n/new)\n- [A](https://github.com/n/new)",
        ),
    ],
)
def test_an_address_becomes_the_new_one(old: str, new: str) -> None:
    """What stands behind the name stays, and so does every other name."""
    found = mended(f"# L\n\n{old}\n", MOVED)
    assert found.text == f"# L\n\n{new}\n"
    assert [each.told for each in found.made] == [f"{'O/Old' if 'Old' in old else 'o/old'} → n/new"]
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("listed", "now", "expected"),
    [
        ("Foo/old", "foo/New", "Foo/New"),
        ("before/Bar", "after/bar", "after/Bar"),
        ("FOO/BAR", "foo/baz", "FOO/baz"),
    ],
)
def test_the_case_of_an_unchanged_name_stays(listed: str, now: str, expected: str) -> None:
    """An owner or a name that is the same is not spelt anew."""
    found = mended(f"- [A](https://github.com/{listed})\n", (listed.casefold(), now))
    assert found.text == f"- [A](https://github.com/{expected})\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("- [A](G)\n- [B](K)\n", "- [B](K)\n"),
        ("- [B](K)\n- [A](G)", "- [B](K)\n"),
        ("- [B](K)\r\n- [A](G) - X\r\n  goes on\r\n", "- [B](K)\r\n"),
        ("- [B](K)\n- [A](G)\nlazily\n\nText.\n", "- [B](K)\n\nText.\n"),
        ("- [A](G)\n  - more\n\n    of it\n- [B](K)\n", "- [B](K)\n"),
        ("- [C](K)\n\n- [A](G)\n\n- [B](K)\n", "- [C](K)\n\n- [B](K)\n"),
        ("## S\n\n- [A](G)\n\n## T\n\n- [B](K)\n", "## S\n\n## T\n\n- [B](K)\n"),
        ("1. [C](K)\n2. [A](G)\n3. [B](K)\n", "1. [C](K)\n3. [B](K)\n"),
        ("> - [A](G)\n>   x\n> - [B](K)\n", "> - [B](K)\n"),
        ("| N |\n|---|\n| [A](G) |\n| [B](K) |\n", "| N |\n|---|\n| [B](K) |\n"),
        (
            "<ul>\n<li><a href='G'>A</a>\n</li>\n<li><a href='K'>B</a></li>\n</ul>\n",
            "<ul>\n<li><a href='K'>B</a></li>\n</ul>\n",
        ),
        ("- [B](K)\n- [A](G)\n  - [site](https://example.org/x)\n", "- [B](K)\n"),
        ("- Group\n    - [A](G)\n      - x\n    - [B](K)\n", "- Group\n    - [B](K)\n"),
    ],
)
def test_an_entry_goes_whole(text: str, left: str) -> None:
    """With its further lines and what is nested in it, and without a second blank line."""
    text, left = (
        each.replace("G", "https://github.com/o/gone").replace("K", "https://github.com/o/kept")
        for each in (text, left)
    )
    found = mended(text, gone=["o/gone"])
    assert (found.text, found.left_out) == (left, ())


@pytest.mark.parametrize("text", ["- [A](G1), [B](G2)\n", "- [A](G1)\n  - [B](G2)\n"])
def test_entries_that_go_together(text: str) -> None:
    """Of entries that share lines, all go if all are gone."""
    rest = "- [C](https://github.com/o/kept)\n"
    text = text.replace("G", "https://github.com/o/gone")
    found = mended(f"{text}{rest}", gone=["o/gone1", "o/gone2"])
    assert (found.text, found.left_out) == (rest, ())
    found = mended(f"{text}{rest}", gone=["o/gone1"])
    assert found.text == f"{text}{rest}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- [A](G)\n  - [B](K)\n", "o/kept stands in the same lines"),
        ("<ul><li><a href='G'>A</a></li><li><a href='K'>B</a></li></ul>\n", "not plain"),
        ("# L\n\n## S\n\n### [A](G)\n\nText.\n\n- [B](K)\n", "not plain"),
        ("# L\n\n[A](G)\n---\n\n- [B](K)\n", "not plain"),
        ("- [C](K)\n- [A](G)\n\n  [x]: https://github.com/o/x\n\n- [D][x]\n", "read otherwise"),
    ],
)
def test_what_cannot_go_alone_is_named(text: str, why: str) -> None:
    """The list stays as it is."""
    text = text.replace("G", "https://github.com/o/gone").replace("K", "https://github.com/o/kept")
    found = mended(text, gone=["o/gone"])
    assert (found.text, found.made) == (text, ())
    ((left_out, cause),) = found.left_out
    assert left_out.told == "o/gone taken out"
    assert re.search(why, cause)


def test_an_address_in_another_spelling_is_named() -> None:
    """What is not found as it stands is not changed; other entries of the repository are."""
    text = "- [A](https://github.com/o/%6Fld)\n"
    plain = "- [B](https://github.com/o/old)\n"
    found = mended(plain + text, MOVED)
    assert found.text == plain.replace("o/old", "n/new") + text
    ((left_out, cause),) = found.left_out
    assert (left_out.places, left_out.told, cause) == (
        (1,),
        "o/old → n/new",
        "its address is spelt in another way",
    )


def test_those_that_break_something_are_found_among_many() -> None:
    """They are left out, all others are made, and it takes few readings of the list."""
    lines = [f"- [R{at}](https://github.com/o/r{at}) - X." for at in range(200)]
    text = "\n".join(["# L", "", *lines, ""])
    readings = 0

    def parse(each: str) -> ParsedList:
        """Reads an address of two of them as another repository's."""
        nonlocal readings
        readings += 1
        return parse_list(each.replace("n/r20)", "x/y)").replace("n/r150)", "x/z)"))

    moved = {at: named(f"n/r{at}") for at in range(200)}
    found = mend(
        text,
        parse_list(text).entries,
        moved=moved,
        gone=(),
        parse=parse,
        domains=lambda _: ("github.com",),
    )
    assert [each.places for each, _ in found.left_out] == [(20,), (150,)]
    assert all("read otherwise" in cause for _, cause in found.left_out)
    assert found.text.count("https://github.com/n/") == 198
    assert readings < 40


@given(
    st.lists(
        st.sampled_from(
            [
                "- [A](https://github.com/o/old) - X.",
                "* [B](https://github.com/o/gone) \t",
                "  - [C](https://github.com/o/kept)",
                "  more of it",
                "## Heading",
                "",
                "1. https://github.com/o/old.",
                "| [D](https://github.com/o/gone) | x |",
                "|---|---|",
                "[E][ref]",
                "[ref]: https://github.com/o/old",
                "<li><a href='https://github.com/o/gone'>F</a></li>",
                "    > quoted [G](https://github.com/o/gone)",
                "```",
            ]
        ),
        max_size=14,
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_the_list_nothing_else_changes(lines: list[str], end: str) -> None:
    """What is left is read as before, and each line stays, goes, or has the new name in it."""
    text = end.join(lines)
    found = mended(text, MOVED, gone=["o/gone"])
    before = [each.repository.full_name for each in parse_list(text).entries]
    after = [each.repository.full_name for each in parse_list(found.text).entries]
    out = {place for each in found.made if each.new is None for place in each.places}
    new = {place for each in found.made if each.new is not None for place in each.places}
    assert after == [
        "n/new" if place in new else name for place, name in enumerate(before) if place not in out
    ]
    known = {*lines, *(line.replace("o/old", "n/new") for line in lines)}
    assert set(found.text.split(end)) <= {*known, ""}


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("cp1251", b""),
    ],
)
def test_bytes_that_are_not_mended_stay(encoding: str, mark: bytes) -> None:
    """Line ends, trailing blanks, the mark and the encoding."""
    body = "Список лучших программ на каждый день и на все случаи жизни"
    text = f"# {body}\r\n\n- [Я](https://github.com/o/old)  \r- x — {body}\n\t".replace(
        "—", "-" if encoding == "cp1251" else "—"
    )
    content = mark + text.encode(encoding)
    exact = decode_exactly("x", content)
    assert exact.encode("x", mended(exact.text, MOVED).text) == (
        mark + text.replace("o/old", "n/new").encode(encoding)
    )


def test_stray_bytes_stay() -> None:
    """What is no UTF-8 stays what it was."""
    line = b"- [\xff\xfe A \xe2\x82](https://github.com/o/old) \xc3\xa9 \xef\xbf\xbd\n"
    content = b"# List of things that are there\n\n" + b"text of the list\n" * 200 + line + b"\xf0"
    exact = decode_exactly("x", content)
    assert exact.encode("x", mended(exact.text, MOVED).text) == content.replace(b"o/old", b"n/new")


@pytest.mark.parametrize("name", ["awesome-java", "the-book-of-secret-knowledge"])
def test_every_entry_of_a_real_list_can_move(shared: Path, name: str) -> None:
    """Each repository gets a new owner, and back again: the same bytes."""
    text = (shared / "lists" / f"{name}.md").read_text("utf-8")
    entries = parse_list(text).entries
    found = mended(
        text,
        *((each, f"n-{each}") for each in {e.repository.full_name.casefold() for e in entries}),
    )
    assert len(found.left_out) <= 0.01 * len(entries)
    assert len(found.text) > len(text)
    back = found.text.replace("github.com/n-", "github.com/")
    assert back.casefold() == text.casefold()


def test_a_list_that_has_changed_is_not_mended() -> None:
    """Its places are other entries' by now."""
    entries = parse_list("- [A](https://github.com/o/old)\n").entries
    with pytest.raises(RunError, match="has changed while it was checked"):
        mend(
            "\n- [A](https://github.com/o/old)\n",
            entries,
            moved={0: named("n/new")},
            gone=(),
            parse=parse_list,
            domains=lambda _: ("github.com",),
        )


def test_a_list_in_which_every_mend_breaks_something_is_read_a_bounded_number_of_times() -> None:
    """As one that somebody made for that."""
    text = "".join(f"- [R{at}](https://github.com/o/r{at})\n" for at in range(100))
    readings = 0

    def parse(each: str) -> ParsedList:
        nonlocal readings
        readings += 1
        if "n/r" in each and readings % 2:
            raise ListError("too costly")
        return parse_list(each.replace("n/r", "x/y"))

    entries = parse_list(text).entries
    found = mend(
        text,
        entries,
        moved={at: named(f"n/r{at}") for at in range(100)},
        gone=(),
        parse=parse,
        domains=lambda _: ("github.com",),
    )
    assert (found.text, len(found.left_out)) == (text, 100)
    assert readings <= MOST_LOOKS + 1


def test_names_of_other_hosts_have_more_segments() -> None:
    """A group may move into another."""
    text = (
        "- [A][x]\n- [B](https://gitlab.com/g/s/b)\n\n[x]: https://gitlab.com/g/s/a/-/tree/main\n"
    )
    entries = tuple(
        Entry(named(f"g/s/{name}", "gitlab.com"), name, "", (), (at, at + 1))
        for at, name in enumerate("ab")
    )
    new = {0: named("other/a", "gitlab.com"), 1: named("g/t/u/b", "gitlab.com")}

    def parse(each: str) -> ParsedList:
        """The two entries, under the names that they have by then."""
        is_new = "other/a" in each
        names = ("other/a", "g/t/u/b") if is_new else ("g/s/a", "g/s/b")
        return ParsedList(
            tuple(
                replace(entry, repository=named(name, "gitlab.com"))
                for entry, name in zip(entries, names, strict=True)
            )
        )

    found = mend(text, entries, moved=new, gone=(), parse=parse, domains=lambda _: ("gitlab.com",))
    assert found.left_out == ()
    assert found.text == (
        "- [A][x]\n- [B](https://gitlab.com/g/t/u/b)\n\n[x]: https://gitlab.com/other/a/-/tree/main\n"
    )


@pytest.mark.parametrize(
    "otherwise",
    [
        {"section": ("Other",)},
        {"lines": (1, 3)},
        {"title": "Other"},
        {"description": "Other."},
        {"repository": named("o/other")},
    ],
    ids=str,
)
def test_a_mend_changes_nothing_of_another_entry(otherwise: dict[str, Any]) -> None:
    """Not what it is, says, or stands below."""
    text = "- [A](https://github.com/o/old) - X.\n- [B](https://github.com/o/b) - Y.\n"

    def parse(each: str) -> ParsedList:
        """Reads the other entry otherwise once the first has its new address."""
        found = parse_list(each)
        first, second = found.entries
        return replace(
            found, entries=(first, replace(second, **otherwise) if "n/new" in each else second)
        )

    found = mend(
        text,
        parse_list(text).entries,
        moved={0: named("n/new")},
        gone=(),
        parse=parse,
        domains=lambda _: ("github.com",),
    )
    assert (found.text, len(found.left_out)) == (text, 1)
