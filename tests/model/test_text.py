"""Text of strangers comes out as one harmless line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.text import hidden, printable

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates included, which hypothesis leaves out by default."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain text", "plain text", id="as it is"),
        pytest.param("ünïcode 漢字 🎨 עברית", "ünïcode 漢字 🎨 עברית", id="any script"),
        pytest.param("  a \t\r\n b\u2028c\u00a0d\x85e ", "a b c d e", id="one kind of space"),
        pytest.param("\x1b]0;title\x07a\x1b[31mb\x9b0m", "]0;titlea[31mb0m", id="escapes"),
        pytest.param("a\x00\x08\x7fb", "ab", id="controls"),
        pytest.param("a\u202egpj.exe\u2066\u200f", "agpj.exe", id="direction overrides"),
        pytest.param("a\u200b\ufeff\u00ad\u2060b", "ab", id="no width"),
        pytest.param("a \u200b b", "a b", id="space around what was dropped"),
        pytest.param("a\ud800b", "a\ufffdb", id="lone surrogate"),
        pytest.param("❤\ufe0f 👩\u200d💻", "❤ 👩💻", id="variants and joiners"),
        pytest.param("a\U000e0041\U000e0100b", "ab", id="tags"),
        pytest.param("a\u3164\u115fb", "ab", id="fillers"),
        pytest.param("e\u0301" + "\u0300" * 99, "e\u0301\u0300\u0300\u0300", id="piled marks"),
        pytest.param("क्षि ệ", "क्षि ệ", id="marks that are spelling"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    """White space is evened out, the hidden is dropped, everything else stands."""
    assert printable(text) == shown


@given(ANY_TEXT)
def test_any_text_becomes_one_line_without_controls(text: str) -> None:
    """No control, format, surrogate or separator is left, and a second pass changes nothing."""
    shown = printable(text)
    shown.encode()
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown == shown.strip()
    assert "  " not in shown
    assert printable(shown) == shown


def test_joiners_are_not_hidden() -> None:
    """What Persian and emoji are spelt with may stand in a document; overrides may not."""
    assert hidden("می\u200cخواهم 👩\u200d💻 \u202e\x1b\ud800") == {"\u202e", "\x1b", "\ud800"}
