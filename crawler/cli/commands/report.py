"""The verb `report`: render the last run in the store in any format."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from crawler.cli.parser import SETTINGS, Parser
from crawler.model.errors import ConfigError

if TYPE_CHECKING:
    from crawler.cli.session import Scene
    from crawler.cli.signals import Signals
    from crawler.model.results import Ranking
    from crawler.model.settings import CommandSettings

NAMES: Final = {"links", "follow", "store", "since"} | {
    name
    for name, known in SETTINGS.items()
    if known.group in ("report", "filters") and name != "progress"
}
"""The settings that it has flags for."""

SUMMARY: Final = "render the last run again in any format, without sending requests"


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: CrawlerError.
    """
    given = build_parser().read(arguments)
    from crawler.cli.config import load_config, load_settings
    from crawler.cli.session import run_job

    config = given.pop("config", None)
    named = tuple(given.get("lists", ()))
    if not named and config is not None:
        named = tuple(load_config(config).get("lists", ()))
    if not given.pop("write", False):
        # Viewing a run must not publish it: the files of the config are only written with --write.
        given = {"output": [], "report": [], "index": None, **given}
    settings = load_settings(given, config, environ=os.environ)
    return run_job(settings, partial(_render, named=named), _open_nothing)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "report",
        description="Render the last run in the store again, without sending any request.",
        examples={
            "": "as a table",
            "-o stars.md -n 50": "as a file",
            "avelino/awesome-go --since 30d": "what a month changed",
        },
        common=("format", "output", "top", "sort", "section", "since", "write"),
    )
    parser.add_lists("the last run over these lists (default: the last run of all)")
    parser.add_config()
    parser.add_argument(
        "--write",
        action="store_true",
        help="also write the files that the config file names (default: only those of -o)",
    )
    parser.add_settings(NAMES)
    return parser


@asynccontextmanager
async def _open_nothing(settings: CommandSettings) -> AsyncIterator[Scene]:
    """No token, since no requests are sent."""
    from crawler.cli.session import Scene

    yield Scene(settings, None)


async def _render(scene: Scene, signals: Signals, *, named: tuple[str, ...]) -> int:
    from crawler.cli.session import open_store
    from crawler.crawl.comparison import load_last
    from crawler.store.records import Records

    if scene.settings.store is False:
        raise ConfigError("the last run is kept in the store: leave out --no-store")
    async with open_store(scene.settings, is_needed=True) as store:
        assert store is not None  # by the check above, since it is needed
        store.check_exists()
        ranking = await load_last(Records(store), scene.settings, named)
        return await _deliver(ranking, scene, signals)


async def _deliver(ranking: Ranking, scene: Scene, signals: Signals) -> int:
    from crawler.cli.delivery import deliver
    from crawler.model.log import logger

    logger.info(
        "the run of {:%Y-%m-%d %H:%M %Z} over {}",
        ranking.generated_at.astimezone(),
        ", ".join(source.name for source in ranking.sources),
    )
    return await deliver(ranking, scene.settings, signals)
