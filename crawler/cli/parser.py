"""The arguments of the command: every flag, with its help."""

from __future__ import annotations

import argparse
from typing import Final, get_args

from crawler import __version__
from crawler.model.filters import Sort
from crawler.model.settings import DEFAULT_LIST, DEFAULTS, TABLE_TOP, FormatName

DEMO: Final = "demo"
"""The verb of the demonstration."""

REPORT: Final = "report"
"""The verb that renders the last run again."""

HISTORY: Final = "history"
"""The verb for the stars over time."""

_EPILOG: Final = """\
Other jobs are verbs in the place of the lists; a local file of such a name is ./NAME:
  demo               the same, offline: a made-up list with real star counts of 2026
  report             the last run again, as any report, without asking anybody (report --help)
  history            stars over time; takes figures in and gives them out (history --help)

A token is looked for in GH_TOKEN, GITHUB_TOKEN and `gh auth token`. Exit status: 0 complete,
1 ended without a report, 2 usage, 3 incomplete, 4 --fail-on, 130 interrupted, 143 terminated.
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
    reports = parser.add_argument_group("report")
    add_reports(reports)
    reports.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="a progress bar, where stderr is a terminal (default: yes)",
    )
    add_filters(parser.add_argument_group("choose"))
    _add_crawl(parser)
    _add_store(parser)
    _add_origin(parser)
    parser.add_argument("--version", action="version", version=f"star-crawler {__version__}")
    return parser


def add_reports(group: argparse._ArgumentGroup) -> None:
    """The flags that say what becomes of a ranking."""
    group.add_argument(
        "-f",
        "--format",
        choices=get_args(FormatName),
        metavar="FORMAT",
        help=f"what to print: {', '.join(get_args(FormatName))} (default: table; nothing where "
        "files are written)",
    )
    group.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="PATH",
        help="write a file in the format of its suffix: .json, .jsonl, .csv, .md, .html, .atom or "
        ".svg; {date} and {list} in it are filled in; repeatable",
    )
    group.add_argument(
        "--always-write",
        action="store_true",
        help="also write files that would change in nothing but their times",
    )
    group.add_argument(
        "--fail-on",
        action="append",
        metavar="WHAT",
        help="exit with status 4 if any of these is so: gone,archived,incomplete; repeatable",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="errors only on stderr")
    group.add_argument(
        "-v", "--verbose", action="store_true", help="each request, retry and failure on stderr"
    )
    group.add_argument(
        "--log-file", metavar="PATH", help="keep the log there, too; a new file every 10 MB"
    )
    group.add_argument(
        "--since",
        metavar="TIME",
        help="compare with then: a duration such as 7d, or a date (default: the last run)",
    )


def add_filters(group: argparse._ArgumentGroup) -> None:
    """The flags that say which rows are shown, and in what order."""
    group.add_argument(
        "-n",
        "--top",
        type=int,
        metavar="N",
        help=f"rows; 0 for all (default: {TABLE_TOP} in the table and the picture, all elsewhere)",
    )
    group.add_argument(
        "--sort",
        choices=get_args(Sort),
        help="order of the rows; gained and rate are since then (default: stars)",
    )
    group.add_argument("--min-stars", type=int, metavar="N", help="leave out what has fewer")
    group.add_argument(
        "--language",
        action="append",
        metavar="NAME",
        help="only this language, without case; repeatable",
    )
    group.add_argument(
        "--section",
        action="append",
        metavar="GLOB",
        help="only sections with a heading such as 'Games', '*network*' or 'Web > *', and what is "
        "below; repeatable",
    )
    group.add_argument(
        "--exclude",
        action="append",
        metavar="GLOB",
        help="leave out names such as '*/awesome-*'; repeatable",
    )
    group.add_argument(
        "--archived",
        action=argparse.BooleanOptionalAction,
        help="show archived repositories (default: yes)",
    )
    group.add_argument(
        "--pushed-within",
        metavar="TIME",
        help="only what is known to be pushed to within 90d or 1y",
    )
    group.add_argument(
        "--by-section",
        action=argparse.BooleanOptionalAction,
        help="the --top of each of the lists' headings; table and Markdown group by them "
        "(default: no)",
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
        help="print what is listed, and ask about no repository",
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
        "--lock",
        choices=("wait", "skip"),
        help="while another run with --lock uses the store: wait, or leave with status 0 (default: "
        "run beside it)",
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


def build_report_parser() -> argparse.ArgumentParser:
    """The parser of the verb `report`; its namespace holds only what was given."""
    parser = argparse.ArgumentParser(
        prog=f"python -m crawler {REPORT}",
        description="Render the last run that the store knows, without asking anybody.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "lists",
        nargs="*",
        metavar="LIST",
        help="the last run over these lists (default: the last run of all)",
    )
    parser.add_argument(
        "--links", choices=("entries", "all"), help="of runs with these links (default: entries)"
    )
    add_reports(parser.add_argument_group("report"))
    add_filters(parser.add_argument_group("choose"))
    group = parser.add_argument_group("settings")
    add_store(group)
    add_config(group)
    return parser
