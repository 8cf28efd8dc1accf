"""Plain text as a reader sees it."""

from __future__ import annotations

import re
from typing import Final

_SPACES: Final = re.compile(r"\s+")
_EMOJI_CODE: Final = re.compile(r":[a-z0-9_+-]+:", re.I | re.A)
"""GitHub shows `:star:` as a picture."""
_LETTERLIKE_SYMBOLS: Final = "ℹⓂ"
"""Emoji that Unicode counts among the letters."""
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
        character.isalpha() and character not in _LETTERLIKE_SYMBOLS
        for character in _EMOJI_CODE.sub("", text)
    )


def without_edges(text: str) -> str:
    """`text` without the dashes, colons and the like that set it off from its neighbours."""
    return text.lstrip(_EDGES).rstrip(_EDGES)
