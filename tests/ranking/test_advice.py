"""A filter that nothing passes says what there is."""

from __future__ import annotations

from typing import Any

import pytest
from builders import failure, ranking, row

from crawler.model.filters import Filters
from crawler.ranking.advice import unmatched

KNOWN = ranking(
    row("a/a", language="C#", sections=(("List", "API"),)),
    row("b/b", language="C#", sections=(("List", "Web", "Web servers"),)),
    row("c/c", language="Go"),
    failures=(failure("d/d", sections=(("List", "Games"),)),),
)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({}, []),
        ({"language": ("c#", "GO")}, []),
        ({"section": ("web", "game?", "List > API")}, []),
        ({"language": ("F#",)}, ["no repository is in the language 'F#': there are C# and Go"]),
        (
            {"language": ("Go", "Rust", "C")},
            [
                "no repository is in the language 'Rust': there are C# and Go",
                "no repository is in the language 'C'; did you mean C#?",
            ],
        ),
        ({"section": ("Gmes", "API")}, ["no section matches 'Gmes'; did you mean Games?"]),
        (
            {"section": ("Databases",)},
            ["no section matches 'Databases': there are API, Web servers and Games"],
        ),
    ],
)
def test_what_nothing_has_is_said(filters: dict[str, Any], said: list[str]) -> None:
    """With the nearest of what there is, or with all, if that is not too much."""
    assert list(unmatched(KNOWN, Filters(**filters))) == said


def test_of_many_the_first_are_named() -> None:
    """The most frequent languages, and how many more there are."""
    rows = [row(f"a/{n}", language=f"{chr(65 + m)}") for m in range(20) for n in range(20 - m)]
    (sentence,) = unmatched(ranking(*rows), Filters(language=("zz",)))
    assert sentence.endswith(": there are A, B, C, D, E, F, G, H, I, J, K, L, M, N, O and 5 more")
    (sentence,) = unmatched(ranking(row("a/a")), Filters(language=("zz",)))
    assert sentence.endswith("'zz': there is none")
