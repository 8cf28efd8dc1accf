"""The arguments of the command: every flag, with its help."""

from __future__ import annotations

import argparse
from typing import Final

from crawler import __version__
from crawler.settings import DEFAULT_LIST, DEFAULTS, TABLE_TOP

DEMO: Final = "demo"
"""The verb of the demonstration."""

HISTORY: Final = "history"
"""The verb for the stars over time."""

_HISTORY_EPILOG: Final = """\
Two further verbs take the figures of others in, and give all figures out:
  history import FILE.csv ...  add rows of date,repository,stars; bad ones are named and left out
  history export [-o FILE]     every figure, as CSV or (with the extra parquet) as Parquet
"""

_EPILOG: Final = """\
Other jobs are verbs in the place of the lists; a local file of such a name is ./NAME:
  demo               the same, offline, on bundled real figures
  history            stars over time; takes figures in and gives them out (history --help)

A token is looked for in GH_TOKEN, GITHUB_TOKEN and `gh auth token`. Exit status: 0 complete,
1 ended without a report, 2 usage, 3 incomplete, 130 interrupted, 143 terminated.
"""


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
    _add_store(parser)
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
        choices=("auto", "graphql", "rest", "depsdev"),
        help="auto: GraphQL with a token, deps.dev without (default: auto)",
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

    group.add_argument(
        "--max-wait",
        metavar="TIME",
        help="for limits to end, in all, such as 90s or 1h (default: 15m)",
    )
    group.add_argument(
        "--budget", type=int, metavar="N", help="points of GitHub's quota to spend (default: all)"
    )
    group.add_argument(
        "--response-seconds",
        type=float,
        metavar="SECONDS",
        help="of response time for queries in any minute; GitHub allows 60 "
        f"(default: {DEFAULTS.response_seconds:g})",
    )


def _add_store(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("store")
    add_store(group)
    group.add_argument(
        "--max-age",
        metavar="TIME",
        help="younger figures are not asked for again, such as 90s, 12h or 7d (default: 12h)",
    )
    group.add_argument(
        "--gone-grace",
        metavar="TIME",
        help="what is gone for less is not asked for again (default: 7d)",
    )
    group.add_argument("--refresh", action="store_true", help="ask for all, however young")
    group.add_argument(
        "--offline", action="store_true", help="ask nothing; the table says how old each figure is"
    )
    group.add_argument(
        "--since",
        metavar="TIME",
        help="compare with then: a duration such as 7d, or a date (default: the last run)",
    )


def add_store(group: argparse._ArgumentGroup) -> None:
    """The flags that say where the store is."""
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--store",
        metavar="PATH",
        help="what was learned, as one file (default: store.db in the user's data folder)",
    )
    where.add_argument(
        "--no-store", dest="store", action="store_false", help="remember nothing, recall nothing"
    )


def _add_origin(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings and server")
    add_config(group)
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
    group.add_argument(
        "--depsdev-url",
        metavar="URL",
        help="deps.dev's API (default: DEPSDEV_API_URL, else deps.dev's)",
    )


def add_config(group: argparse._ArgumentGroup) -> None:
    """The flag that names the config file."""
    group.add_argument(
        "--config",
        metavar="PATH",
        help="config file (default: config.toml in the current folder, then in the user's)",
    )


def build_history_parser() -> argparse.ArgumentParser:
    """The parser of the verb `history`; its namespace holds only what was given."""
    parser = argparse.ArgumentParser(
        prog=f"python -m crawler {HISTORY}",
        description="Show how the stars of repositories developed, as far as the store knows.",
        epilog=_HISTORY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="OWNER/REPO",
        help="repositories (default: those that gained most)",
    )
    group = parser.add_argument_group("report")
    group.add_argument(
        "--since",
        metavar="TIME",
        help="only from then on: a duration such as 90d, or a date "
        "(default: all; 7d for what gained most)",
    )
    group.add_argument(
        "-n", "--top", type=int, metavar="N", help="how many that gained most (default: 10)"
    )
    group.add_argument(
        "-f", "--format", choices=("table", "json", "csv"), help="what to print (default: table)"
    )
    group.add_argument(
        "-o", "--output", metavar="PATH", help="file that export writes: .csv or .parquet"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="errors only on stderr")
    group = parser.add_argument_group("settings")
    add_store(group)
    add_config(group)
    return parser
