"""Plain text as a reader sees it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_FILLERS: Final = "\u115f\u1160\u200b\u2800\u3164\uffa0"
"""Invisible characters that Unicode does not count as white space."""
_SPACES: Final = re.compile(rf"[\s{_FILLERS}]+")
_EMOJI_CODE: Final = re.compile(r":[a-z0-9_+-]+:", re.I | re.A)
_UNKNOWN_CODE: Final = re.compile(
    r"(?<![\w:/])(?::(?=[0-9_+-]*[a-z])[a-z0-9_+-]+:)+(?![\w:/])", re.I
)
"""What looks like an emoji code and is a word of its own, unlike parts of `10:30:00` or `a::b`."""
_FOOTNOTE_MARK: Final = re.compile(r"\[\^[^\s\[\]]{1,100}\]")
_SIGNS: Final = re.compile(r"[^\w ]+|_")
_DIGIT: Final = re.compile("[0-9]")
_NO_LETTERS: Final = f"ℹⓂ{_FILLERS}"
"""Emoji and blanks that Unicode counts as letters."""
_MAX_CACHED: Final = 100
"""Length up to which the words of a text are cached, since they are used more than once."""
EDGES: Final = " \t-–—―:：·•|,，、;；~→⇒>=*"
"""Separators between a title and its description."""


def words(text: str) -> frozenset[str]:
    """The words of `text`, as a set of names."""
    return frozenset(text.split())


def collapse(text: str) -> str:
    """`text` on one line in NFC, with white space collapsed to single spaces."""
    line = " ".join(text.split())
    return line if line.isascii() else unicodedata.normalize("NFC", _SPACES.sub(" ", line)).strip()


def with_emoji(text: str) -> str:
    """`text` with codes such as `:zap:` replaced by GitHub's emoji; unknown codes are removed."""
    if not _EMOJI_CODE.search(text):
        return text
    # Imported here because it takes 90 ms, and few lists need it.
    from emoji import emojize

    return _UNKNOWN_CODE.sub("", emojize(text, language="alias"))


def without_marks(text: str) -> str:
    """`text` without footnote marks."""
    return _FOOTNOTE_MARK.sub("", text) if "[^" in text else text


def has_word(text: str) -> bool:
    """Whether `text` contains a word: emoji, numbers and signs are not words."""
    if text.isascii():
        return text.lower() != text.upper()
    return any(character.isalpha() and character not in _NO_LETTERS for character in text)


def has_name(text: str) -> bool:
    """Whether `text` may name a thing: it has a letter or a digit."""
    return has_word(text) or _DIGIT.search(text) is not None


def plain_words(text: str) -> str:
    """The words of `text` in lower case, without its emoji and signs."""
    return _plain_words(text) if len(text) <= _MAX_CACHED else _plain_words.__wrapped__(text)


@lru_cache(1024)
def _plain_words(text: str) -> str:
    return collapse(_SIGNS.sub(" ", text)).lower()


def without_edges(text: str) -> str:
    """`text` without the dashes, colons and the like that set it off from its neighbours."""
    return text.lstrip(EDGES).rstrip(EDGES)
