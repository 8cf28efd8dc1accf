"""Every setting, defined once for flags, config file, library and documentation.

Filters              what a report shows                   (`crawler.model.filters`)
├── Report           a file that a run writes, with filters of its own
└── Settings         what a run is asked to do             (the library)
    └── CommandSettings   and what to do with the ranking  (the command)
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, Literal

from crawler.model.checks import Checks, Exemption
from crawler.model.definitions import setting
from crawler.model.durations import Duration, LookBack, parse_since
from crawler.model.errors import ConfigError
from crawler.model.filters import Filters
from crawler.model.frozen import frozen

DEFAULT_LIST: Final = "quozd/awesome-dotnet"
"""The list to rank if neither the command line nor the config names one."""

API_URL: Final = "https://api.github.com"

DEPSDEV_URL: Final = "https://api.deps.dev"

MAX_BATCH_SIZE: Final = 100
"""Repositories a query: 120 aliases are reported to pass, 227 to fail."""

MAX_CONCURRENCY: Final = 100
"""Requests that GitHub allows at the same time, REST and GraphQL together.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

LONGEST_PATH: Final = 1000
"""Bytes, including the folders; macOS allows 1,024 and Linux 4,096."""

LONGEST_NAME: Final = 240
"""Bytes of each part of a path; most systems allow 255, and files beside a store have longer
names than the store itself."""

_NEEDS: Final = "leave out --no-store, or give rank_repos() a store"
"""What to do if a setting needs a store and there is none."""

FailOn = Literal["gone", "gone:new", "archived", "archived:new", "incomplete"]

Extra = Literal["gained", "pushed", "archived", "language"]
"""What an annotation may show besides the stars, in this order."""

HistoryName = Literal["top", "all", "none"]

LinksName = Literal["entries", "all"]

ProviderName = Literal["auto", "graphql", "rest", "depsdev"]


@frozen(kw_only=True)
class Report(Filters):
    """A file that a run writes."""

    path: str = setting(
        "", "report", "the file; {date} and {list} in it are filled in", flag=False, harmless=True
    )
    format: str | None = setting(
        None, "report", "its format", unset="the one that its suffix names", flag=False
    )
    confined: bool = False
    """Whether to refuse the path if it leads out of the current folder."""

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is out of range or the path has other fields in braces."""
        Filters.__post_init__(self)
        _check_path("path", self.path)
        rest = self.path.replace("{date}", "").replace("{list}", "")
        if "{" in rest or "}" in rest:
            raise ConfigError(
                f"path {self.path!r} may hold {{date}} and {{list}}, but no other braces"
            )


@frozen(kw_only=True)
class Settings(Filters):
    """What a run is asked to do. `rank_repos()`, the flags and the config file use the same
    names."""

    lists: tuple[str, ...] = setting(
        (DEFAULT_LIST,),
        "crawl",
        "lists to rank: owner/repo, URL, path, or - for standard input",
        flag=False,
        harmless=True,
    )
    links: LinksName = setting(
        "entries",
        "crawl",
        "rank the entries of the lists, or all repository links in them",
        harmless=True,
    )
    follow: Literal["auto"] | int = setting(
        "auto",
        "crawl",
        "follow a list into this many levels of its own files; auto follows one level if those "
        "files have more entries than the list itself",
        low=0,
        high=5,
        harmless=True,
    )
    provider: ProviderName = setting(
        "auto",
        "crawl",
        "source of the figures; auto is graphql with a token, and depsdev without",
    )
    include_private: bool = setting(
        False,
        "crawl",
        "rank private repositories that the token can read",
    )
    concurrency: int = setting(
        16,
        "crawl",
        "send at most this many requests at a time",
        low=1,
        high=MAX_CONCURRENCY,
        harmless=True,
    )
    batch_size: Literal["auto"] | int = setting(
        "auto",
        "crawl",
        "ask for this many repositories in a GraphQL query; auto takes 20 to 50, so that all "
        "concurrent requests are used",
        low=1,
        high=MAX_BATCH_SIZE,
        flag=False,
        harmless=True,
    )
    timeout: Duration = setting(
        "30s",
        "crawl",
        "give up on a request after this time",
        low="0.001s",
        high="1h",
        harmless=True,
    )
    retries: int = setting(
        3,
        "crawl",
        "repeat a failed request at most this many times",
        low=0,
        high=100,
        harmless=True,
    )
    max_wait: Duration = setting(
        "15m",
        "crawl",
        "wait at most this long in total for rate limits to end",
        high="31d",
        harmless=True,
    )
    budget: int | None = setting(
        None,
        "crawl",
        "spend at most this many points of GitHub's quota; a query or a REST request costs one",
        unset="no limit",
        example=500,
        low=1,
        harmless=True,
    )
    response_seconds: float = setting(
        55.0,
        "crawl",
        "let queries take at most this many seconds of response time in any minute; GitHub allows "
        "60",
        low=1,
        high=60,
        flag=False,
        harmless=True,
    )
    history: HistoryName | None = setting(
        None,
        "crawl",
        "fetch star histories: of the first ten rows (top), of all rows (one request each, at most "
        "half of the quota), or of none",
        unset="top for the table, svg, html and markdown, all if sorted by gained or rate, else "
        "none",
        example="top",
    )
    max_age: Duration = setting(
        "12h",
        "store",
        "reuse figures in the store that are younger than this",
        high="100y",
        harmless=True,
    )
    gone_grace: Duration = setting(
        "7d",
        "store",
        "do not re-check a repository found missing within this time",
        high="100y",
        flag=False,
        harmless=True,
    )
    refresh: bool = setting(False, "store", "fetch every figure again, even if it is fresh")
    offline: bool = setting(
        False, "store", "make no requests; the table shows the age of each figure in the store"
    )
    since: LookBack | None = setting(
        None,
        "store",
        "compare with this time, such as 7d or 2026-05-01",
        unset="30 days ago for stars gained, the last run for what changed",
        example="7d",
        harmless=True,
    )
    api_url: str | None = setting(
        None,
        "server",
        "address of GitHub's REST API",
        unset=f"GITHUB_API_URL, or {API_URL}",
        example=API_URL,
        metavar="URL",
    )
    graphql_url: str | None = setting(
        None,
        "server",
        "address of GitHub's GraphQL API",
        unset="GITHUB_GRAPHQL_URL, or derived from api_url",
        example=f"{API_URL}/graphql",
        flag=False,
    )
    depsdev_url: str | None = setting(
        None,
        "server",
        "address of deps.dev's API",
        unset=f"DEPSDEV_API_URL, or {DEPSDEV_URL}",
        example=DEPSDEV_URL,
        flag=False,
    )
    confined: frozenset[str] = frozenset()
    """The values of `lists`, `output` and `report` from a config file that a stranger may have
    written: each is refused if it leads out of the current folder."""

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is of a wrong type or out of its range, or if two cannot
        be together."""
        Filters.__post_init__(self)
        if self.refresh and self.offline:
            raise ConfigError("refresh fetches everything and offline nothing: give only one")
        if self.since is not None:
            parse_since(self.since, datetime.now(UTC))

    def check_store(self, *, is_there: bool) -> None:
        """Refuse settings that need a store if there is none.

        Raises: ConfigError.
        """
        if self.offline and not is_there:
            raise ConfigError(f"offline ranks the figures in the store: {_NEEDS}")
        if self.since is not None and not is_there:
            raise ConfigError(f"since compares with earlier runs in the store: {_NEEDS}")


@frozen(kw_only=True)
class CommandSettings(Settings):
    """What the command is asked to do: a run, and what to do with its ranking."""

    format: str | None = setting(
        None,
        "report",
        "print the report in this format",
        unset="table; none if -o is given",
        example="table",
        short="-f",
        metavar="FORMAT",
        harmless=True,
    )
    output: tuple[str, ...] = setting(
        (),
        "report",
        "write a file in the format of its suffix; - is standard output; {date} in the path "
        "becomes the day (UTC), and {list} makes one file for each list",
        short="-o",
        metavar="PATH",
        harmless=True,
    )
    report: tuple[Report, ...] = setting(
        (),
        "report",
        "files with filters of their own; a filter that a table does not name is as above",
        example=[{"path": "reports/{list}-{date}.html", "top": 100, "archived": False}],
        flag=False,
        harmless=True,
    )
    index: str | None = setting(
        None,
        "report",
        "write a page that links to the report of each list; needs paths with {list}",
        unset="none",
        example="reports/index.html",
        metavar="PATH",
        harmless=True,
    )
    always_write: bool = setting(
        False,
        "report",
        "write a file even if only its times would change",
        flag=False,
    )
    csv_bom: bool = setting(
        False,
        "report",
        "begin CSV with a byte order mark, so that spreadsheets recognise UTF-8",
        flag=False,
        harmless=True,
    )
    fail_on: tuple[FailOn, ...] = setting(
        (),
        "report",
        "exit with status 4 if any is gone, archived or unanswered",
        metavar="WHAT",
    )
    quiet: bool = setting(False, "report", "print only errors to standard error", short="-q")
    verbose: bool = setting(
        False, "report", "print each request, retry and failure to standard error", short="-v"
    )
    log_file: str | None = setting(
        None,
        "report",
        "also write the log to this file; it is rotated at 10 MB, and five old files are kept",
        example="crawler.log",
        metavar="PATH",
    )
    progress: bool = setting(
        True, "report", "show a progress bar where standard error is a terminal"
    )
    store: str | bool = setting(
        True,
        "store",
        "file that keeps the figures of all runs",
        unset="store.db in the user's data folder",
        off="keep nothing and reuse nothing",
        metavar="PATH",
    )
    """True: the one in the user's data folder; False: none."""
    lock: Literal["wait", "skip"] | None = setting(
        None,
        "store",
        "if another run with --lock uses the store, wait for it or skip this run; a skipped run "
        "exits with status 0",
        unset="run at the same time",
        example="wait",
    )
    token_env: str | None = setting(
        None,
        "server",
        "take the token only from this environment variable",
        unset="GH_TOKEN, GITHUB_TOKEN, or `gh auth token`",
        example="GH_TOKEN",
        metavar="NAME",
    )

    check: Checks | None = setting(
        None,
        "check",
        "rules of the verb check",
        unset="only those that are always checked",
        example={"min_stars": 20, "fail_on": ["archived"]},
        flag=False,
        harmless=True,
    )
    exempt: tuple[Exemption, ...] = setting(
        (),
        "check",
        "findings of the verb check to ignore; repository may be a glob, and until, the last day "
        "on which the exemption holds, is optional",
        example=[
            {
                "repository": "owner/finished",
                "rule": "archived",
                "reason": "complete, not dead",
                "until": "2027-12-31",
            }
        ],
        flag=False,
        harmless=True,
    )

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is of a wrong type or out of its range, or if two cannot
        be together."""
        Settings.__post_init__(self)
        self.check_store(is_there=self.store is not False)
        if self.lock is not None and self.store is False:
            raise ConfigError(f"lock keeps two runs from using one store: {_NEEDS}")
        for name in ("store", "log_file"):
            if isinstance(getattr(self, name), str):
                _check_path(name, getattr(self, name))
        for path in self.output:
            Report(path=path)
        if self.index is not None:
            _check_path("index", self.index)
            if "{" in self.index or "}" in self.index:
                raise ConfigError(f"index {self.index!r} is one page, without {{list}} or {{date}}")

    @property
    def files(self) -> tuple[Report, ...]:
        """Every file to write."""
        shared = {field.name: getattr(self, field.name) for field in fields(Filters)}
        shared["confined"] = "output" in self.confined
        reports = (replace(each, confined="report" in self.confined) for each in self.report)
        return (*(Report(path=path, **shared) for path in self.output), *reports)


def _check_path(name: str, path: str) -> None:
    """Refuse a path that cannot name a file.

    Raises: ConfigError.
    """
    pure = PurePath(path)
    if pure.name in ("", ".."):
        raise ConfigError(f"{name} must name a file, and {path!r} does not")
    if "\0" in path:
        raise ConfigError(f"{name} {path!r} holds a NUL, which no file name can")
    sizes = [len(part.encode("utf-8", "replace")) for part in (path, *pure.parts)]
    if sizes[0] > LONGEST_PATH or max(sizes[1:]) > LONGEST_NAME:
        raise ConfigError(
            f"{name} is too long: a path may have {LONGEST_PATH} bytes, and each name in it "
            f"{LONGEST_NAME}"
        )


DEFAULTS: Final = CommandSettings()
"""Every setting at its default."""
