"""The bundled facts: the list, and what the stand-in knows of the repositories in it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

DEMO_LIST: Final = "star-crawler/demonstration"
"""The repository whose README is the bundled list; it exists nowhere else."""

DEMO_DATE: Final = date(2026, 5, 8)
"""The day of the figures."""

LIST_FILE: Final = "list.md"
REPOSITORIES_FILE: Final = "repositories.csv"
"""Its columns are described in the README.md beside it."""


@dataclass(frozen=True, slots=True)
class DemoRepository:
    """One repository on `DEMO_DATE`. None means that the data does not say."""

    full_name: str
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
    """Everything that the stand-in knows."""

    readme: bytes
    """The list, as Markdown."""
    by_name: dict[str, DemoRepository]
    """By every name, present and former, in lower case."""
    by_number: dict[int, DemoRepository]


def load_demo_data() -> DemoData:
    """Read the bundled files; this blocks. What has no stars on `DEMO_DATE` is left out."""
    folder = files(__package__)
    text = (folder / REPOSITORIES_FILE).read_text("utf-8")
    day = DEMO_DATE.isoformat()
    known = [_repository(row, day) for row in csv.DictReader(text.splitlines()) if row[day]]
    return DemoData(
        readme=(folder / LIST_FILE).read_bytes(),
        by_name={
            name.lower(): repository
            for repository in known
            for name in (*repository.formerly, repository.full_name)
        },
        by_number={repository.number: repository for repository in known},
    )


def _repository(row: dict[str, str], day: str) -> DemoRepository:
    return DemoRepository(
        full_name=row["repository"],
        number=int(row["number"]),
        formerly=tuple(row["formerly"].split()),
        stars=int(row[day]),
        archived=row["archived"] == "1" if row["archived"] else None,
        language=row["language"] or None,
        pushed_at=row["pushed_at"] or None,
    )
