"""Make text safe to show: names, titles and descriptions come from strangers."""

from __future__ import annotations

import unicodedata
from typing import Final

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls (including escape), formats (including bidi overrides), lone surrogates and the line
and paragraph separators: https://www.unicode.org/reports/tr44/#General_Category_Values"""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Formats that Persian, Indic scripts and emoji need; alone they do nothing."""

_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks without a glyph (Default_Ignorable_Code_Point in UAX 44)."""

_MOST_MARKS: Final = 4
"""Combining marks to keep on one letter: as many as living scripts use. A terminal would draw
hundreds of them over the lines above and below."""


def cut(text: str, most: int) -> str:
    """`text`, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def hidden(text: str) -> set[str]:
    """The characters of `text` that are invisible and change how the rest is read or shown."""
    return {
        character
        for character in set(text)
        if unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _JOINERS
    }


def is_simple(text: str) -> bool:
    """Whether `text` has only letters, signs and spaces of Latin-1, each drawn by itself."""
    return text.isprintable() and len(text.encode("latin-1", "ignore")) == len(text)


def printable(text: str) -> str:
    """`text` as one line that a terminal shows unchanged, in the width that is computed for it.

    White space of any kind and length becomes one space; lone surrogates become U+FFFD; hidden
    characters, joiners, fillers and variation selectors (whose width terminals disagree on) are
    dropped.
    """
    # A fast path: nearly all texts are simple, and each is checked several times.
    if is_simple(text) and "  " not in text and text == text.strip():
        return text
    text = " ".join(text.split())
    drops: dict[int, str | None] = {
        ord(character): "\ufffd" if "\ud800" <= character <= "\udfff" else None
        for character in hidden(text) | {each for each in set(text) if _is_invisible(each)}
    }
    text = _with_few_marks(text.translate(drops))
    return " ".join(text.split())


def _is_invisible(character: str) -> bool:
    return (
        character in _JOINERS
        or character in _FILLERS
        or "\u180b" <= character <= "\u180f"  # Mongolian variation selectors
        or "\ufe00" <= character <= "\ufe0f"  # variation selectors
        or "\U000e0000" <= character <= "\U000e0fff"  # tags and more variation selectors
    )


def _with_few_marks(text: str) -> str:
    marks = {each for each in set(text) if unicodedata.category(each) in ("Mn", "Me")}
    if not marks:
        return text
    kept = []
    run = 0
    for character in text:
        run = run + 1 if character in marks else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
