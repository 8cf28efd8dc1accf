"""Rankings for the browser: a real one with its history, and made-up ones of any size."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import sqrt

from builders import NOON, ranking
from reports.samples import FULL, GONE, LATE

from crawler.model.results import Point, Ranking
from crawler.model.rows import Row

LANGUAGES = ("C#", "Go", "Rust", "Python", "TypeScript", None)


def made_up(count: int) -> Ranking:
    """`count` rows in which each column has known and unknown figures, and no two ways of sorting
    are the same."""
    rows = [_made_up_row(at, count) for at in range(count)]
    history = {
        row.repository: tuple(
            Point(
                date(2026, 2, 8) + timedelta(days=3 * day), row.stars - (at % 13 - 4) * (30 - day)
            )
            for day in range(29)
        )
        for at, row in enumerate(rows)
        if at % 9
    }
    return replace(ranking(*rows, failures=(GONE, LATE)), history=history)


def _made_up_row(at: int, count: int) -> Row:
    name = f"owner-{at * 7919 % count}/repository-{at}"
    return replace(
        FULL,
        rank=at + 1,
        repository=name,
        url=f"https://github.com/{name}",
        stars=(count - at) * 11 + 700,
        language=LANGUAGES[at % len(LANGUAGES)],
        archived=None if at % 17 == 0 else at % 5 == 0,
        pushed_at=None if at % 11 == 0 else NOON - timedelta(days=at * 131 % 3000),
        description=f"Does thing {at * 31 % 97} for programs of kind {at % 7}, and does it well.",
        listed_as=(name,),
        renamed=False,
        sections=((("List"), f"Part {at % 4}", f"Chapter {at % 3}"),) if at % 8 else (),
        gained=None if at % 6 == 0 else at * 37 % 401 - 120,
        rate=None if at % 6 == 0 else (at * 37 % 401 - 120) / sqrt((count - at) * 11 + 2700),
        moved=None if at % 6 == 0 else at * 53 % 41 - 20,
        baseline_on=None if at % 6 == 0 else date(2026, 5, 1),
        baseline_distant=None if at % 6 == 0 else at % 7 == 3,
        suspicious=at % 50 == 49,
        stale=at % 40 == 39,
    )
