"""Update the first rows without a token: deps.dev gives the order, GitHub the current figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from crawler.crawl.cache import Cache
from crawler.crawl.services import Services
from crawler.model.errors import RunError
from crawler.model.log import logger
from crawler.model.settings import Settings
from crawler.model.values import GONE, Answer, Facts, Provider, Refusal, RepositoryName
from crawler.sources.github.host import GITHUB

if TYPE_CHECKING:
    from crawler.model.rows import Row
    from crawler.store.workspace import Workspace

ROWS: Final = 15
"""Rows to fetch again: more than are shown, since their order may have changed."""


async def recheck(
    settings: Settings,
    services: Services,
    cache: Cache,
    workspace: Workspace,
    rows: Sequence[Row],
) -> bool:
    """Put GitHub's current figures for some rows into the tables; returns whether there were any.

    Rows that are fresh in the store are not fetched. If GitHub does not answer, deps.dev's figures
    stay, and one sentence says so.
    """
    names = [row.name for row in rows]
    answers = await cache.recall(names, GITHUB, Provider.REST)
    asked = [] if settings.offline else [name for name in names if name not in answers]
    told = await _ask(services, asked)
    listed = {row.name: [RepositoryName(name, row.host) for name in row.listed_as] for row in rows}
    workspace.put_answers(
        (each, answer) for name, answer in (answers | told).items() for each in listed[name]
    )
    await cache.put((each, answer) for name, answer in told.items() for each in listed[name])
    return bool(answers or told)


async def _ask(services: Services, names: Sequence[RepositoryName]) -> dict[RepositoryName, Answer]:
    """GitHub's answers without a token for those of `names` that it answers."""
    peek = services.api(GITHUB, Provider.REST).peek
    assert peek is not None  # GitHub supports it
    results = await asyncio.gather(*(peek([name]) for name in names), return_exceptions=True)
    told: dict[RepositoryName, Answer] = {}
    failures = []
    for name, result in zip(names, results, strict=True):
        match result:
            case [Facts() as answer]:
                told[name] = answer
            case [Refusal() as answer] if answer.reason in GONE:
                told[name] = answer
            case [Refusal(message=message)]:
                failures.append(message)
            case RunError():
                failures.append(str(result))
            case BaseException():
                raise result
    if failures:
        logger.warning(
            "GitHub does not tell {} of the first {} repositories without a token: {}",
            len(failures),
            len(names),
            failures[0],
        )
    return told
