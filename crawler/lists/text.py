"""Plain text as a reader sees it."""

from __future__ import annotations

import re
from typing import Final

_FILLERS: Final = "\u115f\u1160\u200b\u2800\u3164\uffa0"
"""Characters that a reader sees as nothing, though Unicode does not call them white space."""
_SPACES: Final = re.compile(rf"[\s{_FILLERS}]+")
_EMOJI_CODE: Final = re.compile(r":[a-z0-9_+-]+:", re.I | re.A)
"""GitHub shows `:star:` as a picture."""
_SIGNS: Final = re.compile(r"[^\w ]+|_")
_NO_LETTERS: Final = f"ℹⓂ{_FILLERS}"
"""Emoji and blanks that Unicode counts among the letters."""
_EDGES: Final = " \t-–—―:：·•|,;~→⇒>=*"
"""What separates a title from its description."""


def words(text: str) -> frozenset[str]:
    """The words of `text`, as a set of names."""
    return frozenset(text.split())


def collapse(text: str) -> str:
    """`text` on one line, its white space made single spaces."""
    return _SPACES.sub(" ", text).strip()


def has_word(text: str) -> bool:
    """Whether a reader meets a word in `text`: emoji, numbers and signs are none."""
    return any(
        character.isalpha() and character not in _NO_LETTERS
        for character in _EMOJI_CODE.sub("", text)
    )


def plain_words(text: str) -> str:
    """The words of `text` in lower case, without its emoji and signs."""
    return collapse(_SIGNS.sub(" ", _EMOJI_CODE.sub(" ", text))).lower()


def without_edges(text: str) -> str:
    """`text` without the dashes, colons and the like that set it off from its neighbours."""
    return text.lstrip(_EDGES).rstrip(_EDGES)
