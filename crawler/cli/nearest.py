"""The nearest word to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Such as `; did you mean --top?`; empty if no word is similar."""
    import difflib  # not at the top: it takes a tenth of the start-up time

    found = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {found[0]}?" if found else ""
