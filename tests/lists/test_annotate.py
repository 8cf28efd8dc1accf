"""Stars behind the titles of a list, and out again."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from lists.rendering import rendered

from crawler.lists import parse_list
from crawler.lists.annotate import annotate, said_before
from crawler.lists.annotations import (
    EntryFigures,
    coarse,
    find_broken_mark,
    plain_text,
    say,
    wrapped,
)
from crawler.lists.titles import locate_titles
from crawler.model.files import Markup
from crawler.model.settings import Extra

EXTRAS: tuple[Extra, ...] = get_args(Extra)
G = "https://github.com"
MARK = wrapped(" ★ 39k")


def annotated(text: str, stars: int = 39_000) -> str:
    """`text` with the same stars behind every title."""
    titled = locate_titles(text)
    figures = {entry.repository.key: EntryFigures(stars) for entry in titled.parsed.entries}
    return annotate(titled, figures).text


@pytest.mark.parametrize(
    "text",
    [
        f"- [Saw]({G}/t/saw)^ - Cuts.",
        f"* **[Saw]({G}/t/saw)^** Cuts.",
        f"* ***[Saw]({G}/t/saw)^***: cuts.",
        f"- [**Saw**]({G}/t/saw)^: cuts.",
        f"- [`Saw`](<{G}/t/saw> 'A saw')^ cuts.",
        f"- [Saw]({G}/t/saw)^ / [Axe]({G}/t/axe)^ - Both cut.",
        f"- [Saw](https://saw.example)^ - Cuts. ([Source]({G}/t/saw))",
        f"- Saw - cuts. ([Source]({G}/t/saw)^)",
        f"- [Saw][s]^ - Cuts.\n- [axe]^ hews.\n\n[s]: {G}/t/saw\n[axe]: {G}/t/axe",
        f"- [Saw] [Saw][s]^ - Cuts.\n\n[s]: {G}/t/saw",
        f"- {G}/t/saw^ - Cuts.",
        f"- <{G}/t/saw>^ cuts.",
        f"- [![Saw](saw.png)]({G}/t/saw)^ cuts.",
        f"- [![CI](ci.svg)]({G}/t/saw/actions) [Saw]({G}/t/saw)^ cuts.",
        f"- [![Logo](saw.png)]({G}/t/saw) [Saw]({G}/t/saw)^ cuts.",
        f"- ⚡ <!-- > [Saw]({G}/t/saw) --> [Saw]({G}/t/saw)^ cuts.",
        f"- [x] [Saw]({G}/t/saw)^ cuts.",
        f"- [ Saw\n  and more ]({G}/t/saw)^\n  cuts.",
        f"| tool | does |\n|---|---|\n| [Saw]({G}/t/saw)^ | cuts |\n| [Axe]({G}/t/axe)^ | hews |",
        f"# L\n\n### [Saw]({G}/t/saw)^\n\nCuts.\n\n### [Axe]({G}/t/axe)^\n\nHews.",
        f'<ul>\n<li><a href="{G}/t/saw">Saw</a>^ cuts</li>\n</ul>',
        f'<table><tr><td><b><a\nhref="{G}/t/saw">Saw</a>^</b></td><td>cuts</td></tr></table>',
        f"> - [Saw]({G}/t/saw)^ - Cuts.\n>   Well.",
        f"- Tools\n  - [Saw]({G}/t/saw)^ - Cuts.\n\n    More.\n  - [Axe]({G}/t/axe)^",
        f"[Saw]({G}/t/saw)^ - Cuts.\n\n[Axe]({G}/t/axe)^ - Hews.",
        f"1. [Saw]({G}/t/saw)^\\\n   `[Saw]({G}/t/saw)` <!-- [Saw]({G}/t/saw) -->",
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_one_place_an_entry(text: str, ends: str) -> None:
    """It stands behind the title, changes nothing else, and goes again."""
    text = f"{text}\n".replace("\n", ends)
    plain = text.replace("^", "")
    result = annotated(plain)
    assert result == text.replace("^", MARK)
    assert plain_text(result) == plain
    assert annotated(result) == result
    assert parse_list(result) == parse_list(plain)
    assert plain_text(rendered(result)) == rendered(plain)


def test_a_page() -> None:
    """A list in HTML alone is annotated as well."""
    text = f'<!doctype html>\n<ul>\n<li><a href="{G}/t/saw">Saw</a>^ cuts</ul>\n'
    titled = locate_titles(text.replace("^", ""), markup=Markup.HTML)
    assert annotate(titled, {"github.com/t/saw": EntryFigures(39_000)}).text == text.replace(
        "^", MARK
    )


def test_where_nothing_can_stand() -> None:
    """A blank keeps this from being a link, which the parser reads as meant: it is left."""
    text = f"- [Saw] ({G}/t/saw) cuts.\n- [Axe]({G}/t/axe)\n"
    result = annotate(
        locate_titles(text), {f"github.com/t/{n}": EntryFigures(1) for n in ("saw", "axe")}
    )
    assert [entry.title for entry in result.left] == ["Saw"]
    assert result.text == text.replace("axe)", f"axe){wrapped(' ★ 1')}")


def test_beside_what_is_left() -> None:
    """What stands in one line with it is annotated all the same."""
    row = f"| [Saw] ({G}/t/saw) | [Axe]({G}/t/axe)^ | [File]({G}/t/file)^ |"
    text = f"| a | b | c |\n|---|---|---|\n{row}\n\n- [Plane]({G}/t/plane)^\n"
    assert annotated(text.replace("^", "")) == text.replace("^", MARK)


@pytest.mark.parametrize(
    ("heading", "address"),
    [
        *[("The Saw!", address) for address in ("the-saw", "the-saw-1", "The-Saw", "%74he-saw")],
        ("Saw 2", "saw-2"),
    ],
)
def test_a_heading_that_is_linked_to(heading: str, address: str) -> None:
    """Its address is made of its words, and stays; the entry is told."""
    text = f"# L\n\n- [Saw](#{address})\n\n## [{heading}]({G}/t/saw)\n\n## [Axe]({G}/t/axe)\n"
    titled = locate_titles(text)
    known = {f"github.com/t/{name}": EntryFigures(1) for name in ("saw", "axe")}
    result = annotate(titled, known)
    assert [entry.title for entry in result.left] == [heading]
    assert result.text == text.replace("axe)", f"axe){wrapped(' ★ 1')}")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        *[(0, "0"), (7, "7"), (99, "99"), (104, "100"), (345, "350"), (999, "1.0k")],
        *[(1049, "1.0k"), (1050, "1.1k"), (9949, "9.9k"), (9950, "10k"), (39_499, "39k")],
        *[(123_456, "120k"), (995_000, "1.0M"), (1_240_000, "1.2M")],
    ],
)
def test_two_digits_count(number: int, written: str) -> None:
    """What is written is near what is meant."""
    assert coarse(number) == written


def test_a_rounded_number_is_never_off_by_over_5_percent() -> None:
    """So a number that was just written is not changed by the next look."""
    for number in [*range(20_000), *range(20_000, 2_000_000, 977)]:
        once = say(EntryFigures(number))
        assert say(EntryFigures(number), (), once) == once


@pytest.mark.parametrize(
    ("stars", "said"),
    [(39_000, "39k"), (37_200, "39k"), (41_000, "39k"), (37_100, "37k"), (41_100, "41k")],
)
def test_a_number_stays_until_it_is_off_by_over_5_percent(stars: int, said: str) -> None:
    """A weekly refresh touches few lines."""
    assert say(EntryFigures(stars), (), " ★ 39k") == f" ★ {said}"


def test_what_else_may_be_said() -> None:
    """In one order, whatever the order that it is asked for in; what is unknown is left out."""
    known = EntryFigures(88_123, -310, date(2026, 8, 30), True, "C++")
    said = say(known, EXTRAS)
    assert said == " ★ 88k · −310 · pushed 2026-08 · archived · C++"
    assert say(known, EXTRAS[::-1]) == said
    assert say(EntryFigures(5, 0), EXTRAS) == " ★ 5 · +0"
    assert say(EntryFigures(5, archived=False), EXTRAS) == " ★ 5"
    later = EntryFigures(88_900, -320, date(2026, 11, 2), False, "Go")
    assert say(later, EXTRAS, said) == " ★ 88k · −310 · pushed 2026-08 · Go"
    assert say(later, ["pushed"], " ★ 88k · pushed 2026-07") == " ★ 88k · pushed 2026-11"


def test_a_language_is_no_markup() -> None:
    """Its signs are written as references."""
    said = say(EntryFigures(1, language="F*<b>[x](y)"), ["language"])
    assert said == " ★ 1 · F&#42;&#60;b&#62;&#91;x&#93;&#40;y&#41;"


def test_unknown_and_gone() -> None:
    """What could not be asked for stays as it was; what is gone has no stars."""
    text = "".join(f"- [{name}]({G}/t/{name})\n" for name in "abc")
    titled = locate_titles(text)
    keys = [entry.repository.key for entry in titled.parsed.entries]
    first = annotate(titled, {key: EntryFigures(1000) for key in keys[:2]}).text
    assert first.count(wrapped(" ★ 1.0k")) == 2
    assert "c)\n" in first
    before = said_before(first, titled)
    second = annotate(titled, {keys[0]: None}, (), before).text
    assert second == text.replace("/t/b)", f"/t/b){wrapped(' ★ 1.0k')}")


def test_numbers_of_another_state_of_the_list() -> None:
    """They are found by their entries, wherever those stand now."""
    old = annotated(f"- [a]({G}/t/a)\n- [b]({G}/t/b)\n")
    new = locate_titles(f"# New\n\n* {G}/t/b\n* [A]({G}/T/a) - Words.\n")
    said = dict.fromkeys(("github.com/t/a", "github.com/t/b"), " ★ 39k")
    assert said_before(old, new) == said


def test_half_a_mark() -> None:
    """Somebody's edit that cut one in two is found, and its line told."""
    result = annotated(f"# A\n\n- [a]({G}/t/a)\n")
    assert find_broken_mark(result) is None
    assert find_broken_mark(result.replace("<!--★-->", "")) == 3
    assert find_broken_mark(result.replace("<!--/★-->", "")) == 3
    assert find_broken_mark(result.replace(" ★", "")) == 3


@pytest.mark.parametrize("said", [f" ★ [x]({G}/o/x)", f" ★ <a href={G}/o/x>x", f" ★ {G}/o/x", "x"])
def test_nothing_is_hidden(said: str) -> None:
    """Only what was written here is taken out before a list is read: no link can be."""
    text = f"- [a]({G}/t/a){wrapped(said)}\n"
    assert plain_text(text) == text
