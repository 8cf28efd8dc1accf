"""The verb `demo`: a real run, but with a simulated network, clock and store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.cli.commands import rank
from crawler.cli.parser import Parser
from crawler.model.errors import ConfigError
from crawler.model.settings import DEFAULTS

if TYPE_CHECKING:
    from crawler.cli.session import Scene
    from crawler.http.exchange import Token
    from crawler.model.settings import CommandSettings
    from crawler.store import Store

SUMMARY: Final = "try it offline, on a bundled list with real star counts of 2026"

_OWN: Final[dict[str, Any]] = {
    **{
        "output": [],
        "report": [],
        "index": None,
        "since": None,
        "refresh": False,
        "offline": False,
    },
    **{"store": True, "max_age": DEFAULTS.max_age, "gone_grace": DEFAULTS.gone_grace},
}
"""Settings that only concern real lists and reports and are ignored in a config file."""


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: CrawlerError.
    """
    given = build_parser().read(arguments)
    if given.pop("lists", []):
        raise ConfigError("demo has a list of its own and takes no other")
    if isinstance(given.get("store"), str):
        raise ConfigError("demo has a store of its own")
    return rank.rank({**_OWN, **given}, _open_demo)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "demo",
        usage="[flags]",
        description="Rank a bundled list with real star counts of 2026, without a network.",
        examples={
            "": "the ranking, and what a week changed",
            "-o page.html": "a page to open in a browser",
            "--sort gained": "who is rising",
        },
        common=rank.COMMON,
    )
    rank.add_flags(parser)
    return parser


@asynccontextmanager
async def _open_demo(settings: CommandSettings) -> AsyncIterator[Scene]:
    """The bundled list on the last day of the bundled figures, with a store of its own that
    contains runs of the days before."""
    from datetime import UTC, datetime
    from tempfile import TemporaryDirectory

    from crawler.cli.demo import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, DemoClock, DemoTransport
    from crawler.cli.session import Scene
    from crawler.model.log import logger
    from crawler.sources.addresses import find_addresses
    from crawler.sources.github.credentials import make_token

    logger.info(
        "a demonstration, without network: star counts of {}, {} days ago",
        DEMO_DATE,
        (datetime.now(UTC).date() - DEMO_DATE).days,
    )
    addresses = find_addresses({}, environ={})
    token = make_token(DEMO_TOKEN, "the demonstration")
    with TemporaryDirectory(prefix="star-crawler-", ignore_cleanup_errors=True) as folder:
        settings = replace(
            settings,
            lists=(DEMO_LIST,),
            provider="auto" if settings.provider == "depsdev" else settings.provider,
            store=settings.store and str(Path(folder) / "store.db"),
            api_url=addresses["api_url"],
            graphql_url=addresses["graphql_url"],
            depsdev_url=addresses["depsdev_url"],
        )
        if settings.store:
            from crawler.store import Store

            async with Store(str(settings.store)) as store:
                await _live_through_past(settings, token, store)
        yield Scene(settings, token, transport=DemoTransport(), clock=DemoClock(DEMO_DATE))


async def _live_through_past(settings: CommandSettings, token: Token, store: Store) -> None:
    from crawler.cli.demo import DemoClock, DemoTransport, demo_days
    from crawler.crawl.context import Context
    from crawler.crawl.run import crawl
    from crawler.model.log import logger

    # Without log messages: the user did not ask for these runs.
    settings = replace(settings, offline=False, since=None, budget=None)
    logger.disable("crawler")
    try:
        for day in demo_days()[:-1]:
            context = Context(
                token=token, transport=DemoTransport(day), clock=DemoClock(day), store=store
            )
            await crawl(settings, context)
    finally:
        logger.enable("crawler")
