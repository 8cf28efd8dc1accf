"""The command: arguments in, exit status out.

Whatever a run does not need (httpx, the parser, rich) is imported where it is
used, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler import __version__
from crawler.errors import ConfigError, CrawlerError
from crawler.settings import API_URL, DEFAULT_LIST, DEFAULTS, TABLE_TOP, Settings

if TYPE_CHECKING:
    from crawler.exchange import Token
    from crawler.http import Transport
    from crawler.models import Ranking

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C: 128 + SIGINT, as shells say it."""

INCOMPLETE: Final = 3
"""Exit status of a report in which repositories are missing that a rerun may bring."""

DEMO: Final = "demo"

_EPILOG: Final = """\
Other jobs are verbs in the place of the lists; a local file of such a name is ./NAME:
  demo               the same, offline, on bundled real figures

A token is looked for in GH_TOKEN, GITHUB_TOKEN and `gh auth token`. Exit status: 0 complete,
1 ended without a report, 2 usage, 3 incomplete, 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's) and return its exit status."""
    from crawler.console import complain, print_out

    try:
        try:
            given = vars(build_parser().parse_intermixed_args(argv))
        except SystemExit:
            # What --help printed may have no reader any more.
            print_out("")
            raise
        return _start(given)
    except CrawlerError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser; its namespace holds only what was given, under the names of the settings."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler",
        description="Rank the GitHub repositories that awesome lists name by their stars.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "lists",
        nargs="*",
        metavar="LIST",
        help=f"owner/repo, URL, path, or - for standard input (default: {DEFAULT_LIST})",
    )
    _add_reports(parser)
    _add_crawl(parser)
    _add_origin(parser)
    parser.add_argument("--version", action="version", version=f"star-crawler {__version__}")
    return parser


def _add_reports(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("report")
    group.add_argument(
        "-f",
        "--format",
        choices=("table", "json", "jsonl", "csv"),
        help="what to print (default: table; nothing where -o is given)",
    )
    group.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="PATH",
        help="write a file in the format of its suffix: .json, .jsonl or .csv; repeatable",
    )
    group.add_argument(
        "-n",
        "--top",
        type=int,
        metavar="N",
        help=f"rows; 0 for all (default: {TABLE_TOP} in the table, all elsewhere)",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="errors only on stderr")
    group.add_argument(
        "-v", "--verbose", action="store_true", help="each request, retry and failure on stderr"
    )
    group.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="a progress bar, where stderr is a terminal (default: yes)",
    )


def _add_crawl(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("crawl")
    group.add_argument(
        "--links",
        choices=("entries", "all"),
        help="rank what the list lists, or every repository link in it "
        f"(default: {DEFAULTS.links})",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would be asked, and ask about no repository",
    )
    group.add_argument(
        "--provider",
        choices=("auto", "graphql", "rest"),
        help="auto: GraphQL with a token, REST without (default: auto)",
    )
    group.add_argument(
        "--include-private",
        action=argparse.BooleanOptionalAction,
        help="rank private repositories that the token sees (default: no)",
    )
    group.add_argument(
        "--concurrency",
        type=int,
        metavar="N",
        help=f"requests in flight (default: {DEFAULTS.concurrency})",
    )
    group.add_argument(
        "--batch-size",
        type=int,
        metavar="N",
        help=f"repositories a GraphQL query (default: {DEFAULTS.batch_size})",
    )
    group.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help=f"for one whole request (default: {DEFAULTS.timeout:g})",
    )
    group.add_argument(
        "--retries",
        type=int,
        metavar="N",
        help=f"further attempts after a failed one (default: {DEFAULTS.retries})",
    )


def _add_origin(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings and server")
    group.add_argument(
        "--config",
        metavar="PATH",
        help="config file (default: config.toml in the current folder, then in the user's)",
    )
    group.add_argument(
        "--token-env", metavar="NAME", help="the only environment variable to take the token from"
    )
    group.add_argument(
        "--api-url", metavar="URL", help="REST API (default: GITHUB_API_URL, else GitHub's)"
    )
    group.add_argument(
        "--graphql-url",
        metavar="URL",
        help="GraphQL API (default: GITHUB_GRAPHQL_URL, else the one of the REST API)",
    )


def _start(given: dict[str, Any]) -> int:
    import asyncio

    from crawler.console import set_up_log

    config = given.pop("config", None)
    dry_run = given.pop("dry_run", False)
    is_demo = given.get("lists", [])[:1] == [DEMO]
    if is_demo and given.pop("lists") != [DEMO]:
        raise ConfigError(f"{DEMO} has a list of its own and takes no other")
    settings = _settle(given, config)
    set_up_log(quiet=settings.quiet, verbose=settings.verbose)
    return asyncio.run(_run(settings, is_demo=is_demo, dry_run=dry_run))


def _settle(given: dict[str, Any], config: str | None) -> Settings:
    """Flags beat environment beats config file beats defaults."""
    from crawler.config import find_addresses, make_settings
    from crawler.config_files import load_config

    if given.get("verbose"):
        given.setdefault("quiet", False)
    values = {**load_config(config), **given}
    if not values.get("lists"):
        values.pop("lists", None)
    addresses = values.get("api_url"), values.get("graphql_url")
    if "api_url" not in given and os.environ.get("GITHUB_API_URL"):
        # The environment beats the file, and an address of the file does not fit another server.
        addresses = None, given.get("graphql_url")
    elif "graphql_url" not in given and os.environ.get("GITHUB_GRAPHQL_URL"):
        addresses = values.get("api_url"), None
    api_url, graphql_url = find_addresses(*addresses, environ=os.environ)
    return make_settings({**values, "api_url": api_url, "graphql_url": graphql_url})


async def _run(settings: Settings, *, is_demo: bool, dry_run: bool) -> int:
    """The one coroutine that `asyncio.run` runs."""
    from crawler.files import check_writable
    from crawler.reports import format_of

    for path in settings.output:
        format_of(path)
        check_writable(Path(path))
    token: Token | None
    transport: Transport | None = None
    if is_demo:
        settings, token, transport = _set_up_demo(settings)
    else:
        token = await _find_token(settings)
    if dry_run:
        return await _print_plan(settings, token, transport)
    return await _rank(settings, token, transport)


async def _find_token(settings: Settings) -> Token | None:
    import asyncio

    from crawler.credentials import find_token

    # gh is another process, and may ask the keyring.
    return await asyncio.to_thread(find_token, settings.token_env, api_url=settings.api_url)


def _set_up_demo(settings: Settings) -> tuple[Settings, Token, Transport]:
    """The same run, but for where its requests go."""
    from datetime import UTC, datetime

    from crawler.config import graphql_url_of
    from crawler.credentials import make_token
    from crawler.demo import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, DemoTransport
    from crawler.log import logger

    logger.info(
        "this is a demonstration: no network is used, and its star counts are of {}, {} days ago",
        DEMO_DATE,
        (datetime.now(UTC).date() - DEMO_DATE).days,
    )
    settings = replace(
        settings, lists=(DEMO_LIST,), api_url=API_URL, graphql_url=graphql_url_of(API_URL)
    )
    return settings, make_token(DEMO_TOKEN, "the demonstration"), DemoTransport()


async def _print_plan(settings: Settings, token: Token | None, transport: Transport | None) -> int:
    from crawler.console import print_out, terminal_width
    from crawler.files import save_text
    from crawler.pipeline import read_plan
    from crawler.reports import Format, format_of
    from crawler.reports.plan import render_plan

    plan = await read_plan(settings, token=token, transport=transport)
    for path in settings.output:
        await save_text(Path(path), render_plan(plan.sources, plan.listings, format_of(path)))
    if settings.format or not settings.output:
        form = Format(settings.format or Format.TABLE)
        print_out(render_plan(plan.sources, plan.listings, form, width=terminal_width()))
    return 0


async def _rank(settings: Settings, token: Token | None, transport: Transport | None) -> int:
    from crawler.console import print_out, progress_bar, terminal_width, wants_color
    from crawler.files import save_text
    from crawler.pipeline import crawl
    from crawler.reports import Format, format_of, render

    with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
        ranking = await crawl(settings, token=token, progress=progress, transport=transport)
    for path in settings.output:
        await save_text(Path(path), render(ranking.limited(settings.top), format_of(path)))
    if settings.format or not settings.output:
        form = Format(settings.format or Format.TABLE)
        top = TABLE_TOP if settings.top is None and form is Format.TABLE else settings.top
        print_out(render(ranking.limited(top), form, width=terminal_width(), color=wants_color()))
    _log_failures(ranking)
    return 0 if ranking.complete else INCOMPLETE


def _log_failures(ranking: Ranking) -> None:
    from crawler.log import logger

    for failure in ranking.failures:
        logger.debug("{} is {}: {}", failure.repository, failure.reason, failure.message)
    open_ends = sum(failure.retryable for failure in ranking.failures)
    if open_ends:
        logger.warning(
            "the report is incomplete: {} of {} repositories have no answer yet; run it again "
            "later (-v says why)",
            open_ends,
            ranking.sums.listed,
        )
