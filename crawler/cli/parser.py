"""What the verbs' parsers share: how they read and explain, and the flags of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import get_args

from crawler.model.filters import Sort
from crawler.model.settings import DEFAULTS, TABLE_TOP
from crawler.reports.formats import FORMATS


class Parser(argparse.ArgumentParser):
    """A parser whose namespace holds only what was given, and whose flags are not abbreviated."""

    def __init__(
        self, *, prog: str, description: str, epilog: Callable[[], str] | None = None
    ) -> None:
        """`epilog` is called when the help is asked for."""
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )
        self._epilog = epilog

    def format_help(self) -> str:
        """The help."""
        if self._epilog is not None:
            self.epilog = self._epilog()
        return super().format_help()


def add_reports(group: argparse._ArgumentGroup) -> None:
    """The flags that say what becomes of a ranking."""
    group.add_argument(
        "-f",
        "--format",
        choices=FORMATS,
        metavar="FORMAT",
        help=f"what to print: {', '.join(FORMATS)} (default: table; nothing where "
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


def add_crawl(group: argparse._ArgumentGroup) -> None:
    """The flags that say what is asked, of whom and how fast."""
    group.add_argument(
        "--links",
        choices=("entries", "all"),
        help="rank what the list lists, or every repository link in it "
        f"(default: {DEFAULTS.links})",
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


def add_storage(group: argparse._ArgumentGroup) -> None:
    """The flags that say what is remembered, and what is asked all the same."""
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


def add_server(group: argparse._ArgumentGroup) -> None:
    """The flags that say where settings and token come from, and who is asked."""
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
