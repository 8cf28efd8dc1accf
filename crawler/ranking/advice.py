"""Explain filters that match nothing, and suggest values that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from crawler.ranking.filters import is_below

if TYPE_CHECKING:
    from crawler.model.filters import Filters
    from crawler.model.results import Ranking

_MOST_NAMED: Final = 15
"""Languages or headings to name in a sentence."""


def unmatched(ranking: Ranking, filters: Filters) -> Iterator[str]:
    """One sentence for each requested language or section that matches nothing."""
    if filters.language:
        languages = Counter(row.language for row in ranking.rows if row.language is not None)
        known = {language.casefold() for language in languages}
        for language in filters.language:
            if language.casefold() not in known:
                there = [name for name, _ in languages.most_common()]
                yield f"no repository is in the language {language!r}{_instead(language, there)}"
    if filters.section:
        items = [each for items in (ranking.rows, ranking.failures) for each in items]
        sections = dict.fromkeys(section for each in items for section in each.sections)
        for glob in filters.section:
            if not any(is_below(section, glob) for section in sections):
                headings = list(dict.fromkeys(section[-1] for section in sections))
                yield f"no section matches {glob!r}{_instead(glob, headings)}"


def _instead(wanted: str, there: Sequence[str]) -> str:
    """The most similar existing values, or the first ones."""
    if not there:
        return ": there is none"
    import difflib  # not at the top: most rankings need no advice, and it takes a while to load

    by_case = {name.casefold(): name for name in there}
    near = [by_case[each] for each in difflib.get_close_matches(wanted.casefold(), by_case)]
    return f"; did you mean {_listed(near, 'or')}?" if near else f": there are {_some(there)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return _listed([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])], "and")


def _listed(names: Iterable[str], word: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
