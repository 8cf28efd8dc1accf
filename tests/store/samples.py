"""What the tests of the store keep in it, and how they look into the file behind its back."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from builders import NOON, facts, ranking

from crawler.model.results import Sums, Usage
from crawler.model.values import Answer, Facts, Provider, Refusal, RepositoryName
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.figures import Figures, to_figures
from crawler.store.records import Records
from crawler.store.repositories import Known

TODAY = (NOON.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days

VIEWER = "somebody"

EMPTY_RANKING = ranking(sources=(), sums=Sums(0, 0, 0, 0, 0, ()), usage=Usage())


def figures(name: str, stars: int, number: int | None = None, **more: Any) -> Figures:
    """What the tables keep of what GitHub says."""
    return to_figures(facts(name, stars, number, **more))


def undated(name: str, stars: int, **more: Any) -> Facts:
    """What deps.dev says of a repository: it knows no number."""
    return facts(name, stars, provider=Provider.DEPSDEV, **more)


async def save(
    store: Store, answers: Mapping[str, Answer], now: datetime = NOON, viewer: str = VIEWER
) -> None:
    """Keep answers by the name that was asked for."""
    named = {RepositoryName(name, "github.com"): answer for name, answer in answers.items()}
    await Records(store).save(named, {}, now, viewer)


async def known(
    store: Store, name: str, origin: Provenance = Provenance.GITHUB, viewer: str | None = VIEWER
) -> Known | None:
    """What the store knows of one name."""
    found = await Records(store).load_known([RepositoryName(name, "github.com")], origin, viewer)
    return found.get(RepositoryName(name, "github.com"))


async def known_facts(
    store: Store, name: str, origin: Provenance = Provenance.GITHUB
) -> Facts | None:
    """The last figures of one name."""
    found = await known(store, name, origin)
    return None if found is None else found.facts


async def known_refusal(store: Store, name: str, viewer: str | None = VIEWER) -> Refusal | None:
    """What was said last of one name, if that was no figures."""
    found = await known(store, name, viewer=viewer)
    return None if found is None else found.refusal


async def history(store: Store, name: str) -> dict[int, int]:
    """The stars of a repository by the number of days from today."""
    found = await store.load_history(name)
    if found is None:
        return {}
    return {(point.day - NOON.date()).days: point.stars for point in found[1]}


async def exported(store: Store) -> list[tuple[int, str, int]]:
    """Every figure that the store gives back."""
    rows = await store.export(list)
    return [(day, name, stars) for day, name, stars, _ in rows]


def query(path: Path, sql: str) -> list[Any]:
    """The first column of what plain SQLite finds in the file."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql)]


def bytes_of(path: Path) -> dict[str, bytes]:
    """The file and what SQLite keeps beside it, by name."""
    return {each.name: each.read_bytes() for each in path.parent.glob(f"{path.name}*")}
