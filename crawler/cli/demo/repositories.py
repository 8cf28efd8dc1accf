"""The bundled facts: the list, and GitHub's answers about its repositories."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Final

from crawler.cli.demo.clock import RUN_AT
from crawler.cli.demo.world import Repository, World

DEMO_LIST: Final = "star-crawler/demonstration"
"""The repository whose README is the bundled list; it does not exist on GitHub."""

DEMO_TOKEN: Final = "not-a-token-but-a-demonstration"
"""The only token that is accepted, so that using a real one by mistake is noticed."""

DEMO_DATE: Final = date(2026, 5, 8)
"""The last day of the figures."""

LIST_FILE: Final = "list.md"
LIST_CHANGES_FILE: Final = "list_changes.csv"
REPOSITORIES_FILE: Final = "repositories.csv"
"""The columns of both tables are described in the README.md beside them."""


def demo_days() -> tuple[date, ...]:
    """The days with figures, oldest first; the last is `DEMO_DATE`. This blocks."""
    columns = _load_table(REPOSITORIES_FILE)[0]
    return tuple(date.fromisoformat(name) for name in columns if name[0].isdigit())


def load_demo_world(day: date = DEMO_DATE) -> World:
    """GitHub as of noon on `day`, according to the bundled files; this blocks.

    It contains `DEMO_LIST` and the repositories that had stars on `day`, and accepts only
    `DEMO_TOKEN`.

    Raises: ValueError if `day` is not one of `demo_days()`.
    """
    if day not in demo_days():
        raise ValueError(f"the demonstration has no figures of {day}")
    newest = (files(__package__) / LIST_FILE).read_text("utf-8")
    readme = _list_as_of(day, newest, _load_table(LIST_CHANGES_FILE)).encode()
    noon = datetime.combine(day, RUN_AT).timestamp()
    return World(
        [
            Repository(DEMO_LIST, number=1, readme=readme),
            *(
                _repository(row, day)
                for row in _load_table(REPOSITORIES_FILE)
                if row[day.isoformat()]
            ),
        ],
        [DEMO_TOKEN],
        now=lambda: noon,
    )


def _load_table(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _list_as_of(day: date, newest: str, changes: Sequence[dict[str, str]]) -> str:
    """The list without the changes that were made after `day`."""
    undone = {
        change["line"]: change["formerly"]
        for change in changes
        if day < date.fromisoformat(change["day"])
    }
    lines = [undone.get(line, line) for line in newest.split("\n") if undone.get(line) != ""]
    return "\n".join(lines)


def _repository(row: dict[str, str], day: date) -> Repository:
    *old_names, name = [*row["formerly"].split(), row["repository"]]
    if row["renamed_on"] and day < date.fromisoformat(row["renamed_on"]):
        name = old_names.pop()
    pushed = row["pushed_at"]
    return Repository(
        name,
        int(row[day.isoformat()]),
        int(row["number"]),
        forks=None,
        language=row["language"] or None,
        archived=row["archived"] == "1" if row["archived"] else None,
        fork=None,
        # What was seen of it later was not known on that day.
        pushed_at=pushed if pushed[:10] <= day.isoformat() else None,
        old_names=tuple(old_names),
        starred=_starred(row, day),
        starred_since=_days(row, day)[0],
    )


def _days(row: dict[str, str], until: date) -> list[date]:
    """The days with a figure of a repository, oldest first."""
    days = (date.fromisoformat(name) for name in row if name[0].isdigit() and row[name])
    return [day for day in days if day <= until]


def _starred(row: dict[str, str], until: date) -> dict[date, int]:
    """The figures of a repository in the form of a star history: stars gained between two days are
    spread over all days between. If a figure is lower than an earlier one, the withdrawn stars are
    left out of that."""
    days = _days(row, until)
    figures = [int(row[day.isoformat()]) for day in days]
    standing = [*accumulate(reversed(figures), min)][::-1]
    starred: dict[date, int] = {}
    for (start, before), (end, after) in pairwise(zip(days, standing, strict=True)):
        span = (end - start).days
        for n in range(span):
            parts = [(after - before) * each // span for each in (n, n + 1)]
            starred[start + timedelta(n + 1)] = parts[1] - parts[0]
    return starred
