"""The bundled facts: the list, and what the stand-in knows of the repositories in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

DEMO_LIST: Final = "star-crawler/demonstration"
"""The repository whose README is the bundled list; it exists nowhere else."""

DEMO_DATE: Final = date(2026, 5, 8)
"""The last day of the figures."""

LIST_FILE: Final = "list.md"
LIST_CHANGES_FILE: Final = "list_changes.csv"
REPOSITORIES_FILE: Final = "repositories.csv"
"""The columns of both tables are described in the README.md beside them."""


@dataclass(frozen=True, slots=True)
class DemoRepository:
    """One repository on one day. None means that the data does not say."""

    full_name: str
    """As of that day."""
    number: int
    """Stands for GitHub's `databaseId`; made up."""
    formerly: tuple[str, ...]
    """Names that lead to it."""
    stars: int
    archived: bool | None
    language: str | None
    pushed_at: str | None
    """As GitHub writes it: ISO 8601, in UTC."""


@dataclass(frozen=True, slots=True)
class DemoData:
    """Everything that the stand-in knows on one day."""

    readme: bytes
    """The list, as Markdown."""
    by_name: dict[str, DemoRepository]
    """By every name, present and former, in lower case."""
    by_number: dict[int, DemoRepository]


def demo_days() -> tuple[date, ...]:
    """The days that have figures, oldest first; the last is `DEMO_DATE`. This blocks."""
    columns = _load_table(REPOSITORIES_FILE)[0]
    return tuple(date.fromisoformat(name) for name in columns if name[0].isdigit())


def load_demo_data(day: date = DEMO_DATE) -> DemoData:
    """Read the bundled files as of `day`; this blocks.

    A repository without stars on `day` is left out.

    Raises: ValueError where `day` is none of `demo_days()`.
    """
    if day not in demo_days():
        raise ValueError(f"the demonstration has no figures of {day}")
    known = [
        _repository(row, day) for row in _load_table(REPOSITORIES_FILE) if row[day.isoformat()]
    ]
    newest = (files(__package__) / LIST_FILE).read_text("utf-8")
    return DemoData(
        readme=_list_as_of(day, newest, _load_table(LIST_CHANGES_FILE)).encode(),
        by_name={
            name.lower(): repository
            for repository in known
            for name in (*repository.formerly, repository.full_name)
        },
        by_number={repository.number: repository for repository in known},
    )


def _load_table(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _list_as_of(day: date, newest: str, changes: Sequence[dict[str, str]]) -> str:
    """The list with every change undone that was made after `day`."""
    undone = {
        change["line"]: change["formerly"]
        for change in changes
        if day < date.fromisoformat(change["day"])
    }
    lines = [undone.get(line, line) for line in newest.split("\n") if undone.get(line) != ""]
    return "\n".join(lines)


def _repository(row: dict[str, str], day: date) -> DemoRepository:
    names = [*row["formerly"].split(), row["repository"]]
    if row["renamed_on"] and day < date.fromisoformat(row["renamed_on"]):
        names.pop()
    pushed = row["pushed_at"]
    return DemoRepository(
        full_name=names[-1],
        number=int(row["number"]),
        formerly=tuple(names[:-1]),
        stars=int(row[day.isoformat()]),
        archived=row["archived"] == "1" if row["archived"] else None,
        language=row["language"] or None,
        # What was seen of it later, nobody knew on that day.
        pushed_at=pushed
        if (pushed := row["pushed_at"]) and pushed[:10] <= day.isoformat()
        else None,
    )
