"""Rankings for the browser: a real one with its history, and made-up ones of any size."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path

from builders import NOON, facts, ranking
from reports.samples import FULL, GONE, LATE

from crawler.lists import parse_list
from crawler.model.results import Changes, EventKind, Point, Ranking, Row, Usage
from crawler.model.values import Answer, Reason, Refusal, Source
from crawler.ranking.listings import merge_entries
from crawler.ranking.rank import rank

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
        suspicious=at % 50 == 49,
        stale=at % 40 == 39,
    )


def real(shared: Path) -> Ranking:
    """awesome-dotnet as of 2026-05-08 with the stars of the 90 days before, and what changed."""
    text = (shared / "lists" / "awesome-dotnet.md").read_text("utf-8")
    listings = merge_entries([("quozd/awesome-dotnet", parse_list(text).entries)])
    past = _history(shared / "facts" / "awesome-dotnet-daily.csv")
    known = _facts(shared / "facts" / "stars.csv")
    answers = [
        _answer(known.get(key), past.get(key, ()))
        for key in (listing.repository.full_name.casefold() for listing in listings)
    ]
    rows, failures, sums = rank(listings, answers, NOON)
    history = {
        row.repository: past[key] for row in rows if (key := row.repository.casefold()) in past
    }
    rows = _with_gains(rows, history)
    names = [row.repository for row in rows]
    return ranking(
        *rows,
        sources=(
            Source(
                "quozd/awesome-dotnet", "https://github.com/quozd/awesome-dotnet", len(listings)
            ),
        ),
        failures=failures,
        sums=replace(sums, stale=sum(row.stale for row in rows)),
        usage=Usage(requests=13, graphql_points=12, seconds=4.2),
        changes=Changes(
            since=NOON - timedelta(days=89),
            baseline_at=NOON - timedelta(days=89),
            new=tuple(sorted(names[40:49], key=str.casefold)),
            dropped=("an-owner/taken-off-the-list",),
            archived=tuple(row.repository for row in rows if row.archived)[:4],
            renamed=(("an-owner/former-name", names[60]), ("another/older-name", names[80])),
            gone=(),
        ),
        history=history,
    )


def _facts(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["repository"].casefold(): row for row in csv.DictReader(file)}


def _history(path: Path) -> dict[str, tuple[Point, ...]]:
    points = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            points[row["repository"].casefold()].append(Point(day, int(row["stars"])))
    return {name: tuple(found) for name, found in points.items()}


def _answer(known: dict[str, str] | None, past: Sequence[Point]) -> Answer:
    if known is None:
        return Refusal(Reason.NOT_FOUND, "GitHub knows no repository of this name.")
    pushed = known["pushed_at"]
    return facts(
        known["repository"],
        past[-1].stars if past else int(known["stars"]),
        language=known["language"] or None,
        archived=known["archived"] == "1",
        pushed_at=min(datetime.fromisoformat(pushed), NOON) if pushed else None,
    )


def _with_gains(rows: Sequence[Row], history: dict[str, tuple[Point, ...]]) -> tuple[Row, ...]:
    first = {name: points[0] for name, points in history.items()}
    known = [row for row in rows if row.repository in first]
    before = sorted(known, key=lambda row: -first[row.repository].stars)
    places = {row.repository: place for place, row in enumerate(before)}
    gains = {}
    for place, row in enumerate(known):
        start = first[row.repository]
        gained = row.stars - start.stars
        gains[row.repository] = replace(
            row,
            gained=gained,
            rate=gained / sqrt(row.stars + 2000),
            moved=places[row.repository] - place,
            baseline_on=start.day,
            suspicious=abs(gained) > max(1000, row.stars // 3),
        )
    changed = {45: (EventKind.LISTED,), 46: (EventKind.LISTED,), 60: (EventKind.RENAMED,)}
    return tuple(
        replace(
            gains.get(row.repository, row),
            stale=at == 70,
            renamed=at in (60, 80),
            listed_as=("an-owner/former-name",) if at in (60, 80) else row.listed_as,
            changed=changed.get(at, ()),
        )
        for at, row in enumerate(rows)
    )
