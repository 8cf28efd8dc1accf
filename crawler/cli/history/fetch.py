"""Fetch the whole star histories of some repositories into the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from crawler.cli.history.show import named
from crawler.cli.session import OpenScene, Scene, run_job, store_of
from crawler.cli.statuses import INCOMPLETE
from crawler.crawl.lives import fetch_lives
from crawler.model.errors import RunError, UsageError
from crawler.model.log import logger
from crawler.model.values import RepositoryName, StarHistory
from crawler.sources import hosts_of

if TYPE_CHECKING:
    from crawler.cli.signals import Signals
    from crawler.model.settings import CommandSettings


def fetch(settings: CommandSettings, names: Sequence[str], open_scene: OpenScene) -> int:
    """Fetch the whole star histories of some repositories into the store."""
    # A config file names the files of rankings, not of this verb.
    return run_job(
        replace(settings, output=(), report=()), partial(_fetch_lives, names), open_scene
    )


async def _fetch_lives(names: Sequence[str], scene: Scene, signals: Signals) -> int:
    settings = scene.settings
    hosts = hosts_of(settings)
    wanted: dict[str, RepositoryName] = {}
    for text in names:
        name = RepositoryName.parse(named(text, settings))
        host = hosts.get(name.host)
        if host is None or not host.is_name(name.full_name):
            raise UsageError(
                f"{text!r} is not an owner/repo on {' or '.join(h.name for h in hosts)}"
            )
        # In two spellings it is one repository.
        wanted.setdefault(name.key, name)
    async with store_of(settings) as store:
        told = await fetch_lives(settings, scene.context(signals, store), [*wanted.values()])
    known = [each for each in told if isinstance(each, StarHistory)]
    for each in told:
        if isinstance(each, StarHistory):
            logger.info("{}: {:,} stars, by day since {}", each.name, each.stars, each.first)
        elif known:
            logger.error("{}", each)
    if not known:
        raise RunError("; ".join(dict.fromkeys(map(str, told))))
    return INCOMPLETE if len(known) < len(told) else 0
