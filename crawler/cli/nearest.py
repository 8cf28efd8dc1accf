"""The nearest word to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Such as `; did you mean --top?`; empty where no word is near."""
    import difflib  # only now: it takes as long as a tenth of the start

    found = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {found[0]}?" if found else ""
