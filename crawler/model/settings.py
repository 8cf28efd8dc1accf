"""Every setting with its default: the one place that flags, config file and library share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, Literal

from crawler.model.durations import parse_since
from crawler.model.errors import ConfigError
from crawler.model.filters import Filters
from crawler.model.values import Links

DEFAULT_LIST: Final = "quozd/awesome-dotnet"
"""The list that is ranked where neither the command line nor the config names one."""

API_URL: Final = "https://api.github.com"

DEPSDEV_URL: Final = "https://api.deps.dev"

USER_FOLDER: Final = "star-crawler"
"""Of the config and of the store, in the user's folders for such."""

TABLE_TOP: Final = 10
"""Rows of the table where no number is given; the data formats hold every repository."""

MAX_BATCH_SIZE: Final = 100
"""Repositories a query: 120 aliases are reported to pass, 227 to fail."""

MAX_CONCURRENCY: Final = 100
"""Requests in flight that GitHub allows, REST and GraphQL together.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

LONGEST_WAIT: Final = 31 * 86400
"""Seconds; no limit of GitHub lasts longer than an hour, and times have to stay computable."""

LONGEST_AGE: Final = 100 * 365 * 86400
"""Seconds; times have to stay computable."""


LONGEST_PATH: Final = 1000
"""Bytes; macOS takes 1,024 and Linux 4,096, with the folders before it."""

LONGEST_NAME: Final = 240
"""Bytes of each part of a path; most systems take 255, and files are made beside a store that
have its name and more."""


FailOn = Literal["gone", "archived", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Filters):
    """A file that a run writes."""

    path: str
    """`{date}` in it is the day of the report (UTC), `{list}` makes it one file for each list."""
    format: str | None = None
    """None: the one that the suffix names."""
    confined: bool = False
    """Whether the path is refused if it leads out of the current folder."""

    def __post_init__(self) -> None:
        """Raises: ConfigError where a value is out of its range, or the path says what it may
        not."""
        Filters.__post_init__(self)
        _check_path("path", self.path)
        rest = self.path.replace("{date}", "").replace("{list}", "")
        if "{" in rest or "}" in rest:
            raise ConfigError(
                f"path {self.path!r} may hold {{date}} and {{list}}, and no other braces"
            )


def _check_path(name: str, path: str) -> None:
    """Refuse what no file can be called.

    Raises: ConfigError.
    """
    pure = PurePath(path)
    if pure.name in ("", ".."):
        raise ConfigError(f"{name} must name a file, and {path!r} does not")
    if "\0" in path:
        raise ConfigError(f"{name} {path!r} holds a NUL, which no name of a file can")
    sizes = [len(part.encode("utf-8", "replace")) for part in (path, *pure.parts)]
    if sizes[0] > LONGEST_PATH or max(sizes[1:]) > LONGEST_NAME:
        raise ConfigError(
            f"{name} is too long: a path may have {LONGEST_PATH} bytes, and each name in it "
            f"{LONGEST_NAME}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Filters):
    """What a run is asked to do. The names are those of the flags and of the config file."""

    lists: tuple[str, ...] = (DEFAULT_LIST,)
    """`owner/repo`, URLs, paths or `-`."""
    links: Links = Links.ENTRIES
    provider: Literal["auto", "graphql", "rest", "depsdev"] = "auto"
    """auto: GraphQL with a token, deps.dev without."""
    include_private: bool = False
    """Whether private repositories that the token sees are ranked."""
    concurrency: int = 16
    """Requests in flight."""
    batch_size: int | Literal["auto"] = "auto"
    """Repositories a GraphQL query. auto: 20 to 50, so that all requests in flight have work."""
    timeout: float = 30.0
    """Seconds for one whole request."""
    retries: int = 3
    """Further attempts after a failed one."""
    max_wait: float = 900.0
    """Seconds to wait for limits to end, in all."""
    budget: int | None = None
    """Points that the run may spend on GitHub: a query or a REST request is one. None: no cap."""
    response_seconds: float = 55.0
    """Seconds of response time that queries may take in any minute; GitHub allows 60."""
    api_url: str = API_URL
    """Base of the REST API; `crawler.model.config.find_addresses` says where else it comes from."""
    graphql_url: str | None = None
    """None: the one that belongs to `api_url`."""
    depsdev_url: str = DEPSDEV_URL
    """Base of deps.dev's API."""
    store: str | bool = True
    """The file that keeps what was learned. True: the one in the user's data folder; False:
    none."""
    max_age: float = 43200.0
    """Seconds; a figure that is younger is not asked for again."""
    refresh: bool = False
    """Whether everything is asked for, however young."""
    offline: bool = False
    """Whether nothing is asked for, however old."""
    gone_grace: float = 604800.0
    """Seconds; what is gone for less is not asked for again."""
    since: str | None = None
    """What the report compares with: a duration back from now, or a date."""
    token_env: str | None = None
    """The only environment variable to take the token from; None: the usual places."""
    format: str | None = None
    """Of the report on standard output. None: table, or nothing where files are written."""
    output: tuple[str, ...] = ()
    """Paths of files to write, each in the format of its suffix."""
    report: tuple[Report, ...] = ()
    """Further files, each with filters of its own."""
    always_write: bool = False
    """Whether a file is written anew that would change in nothing but its times."""
    fail_on: tuple[FailOn, ...] = ()
    """What makes a run fail that has a report."""
    lock: Literal["wait", "skip"] | None = None
    """What a run does while another uses the store. None: run beside it."""
    log_file: str | None = None
    """The log goes there, too."""
    quiet: bool = False
    """Errors only."""
    verbose: bool = False
    """Each request, retry and failure."""
    progress: bool = True
    """A progress bar, where standard error is a terminal."""
    confined: frozenset[str] = frozenset()
    """Which of `output`, `report` and `store` a config file said that merely lies in the current
    folder, and may be a stranger's: what they name is refused if it leads out of the folder."""

    def __post_init__(self) -> None:
        """Raises: ConfigError where a value is out of its range, or two cannot be together."""
        Filters.__post_init__(self)
        for name, low, high in (
            ("concurrency", 1, MAX_CONCURRENCY),
            ("batch_size", 1, MAX_BATCH_SIZE),
            ("retries", 0, 100),
            ("budget", 1, None),
            ("max_wait", 0, LONGEST_WAIT),
            ("response_seconds", 1, 60),
            ("max_age", 0, LONGEST_AGE),
            ("gone_grace", 0, LONGEST_AGE),
        ):
            value = getattr(self, name)
            # Not the other way round: nan is below nothing and above nothing.
            is_number = value is not None and value != "auto"
            if is_number and not (low <= value and (high is None or value <= high)):
                bounds = f"at least {low}" if high is None else f"from {low} to {high}"
                raise ConfigError(f"{name} must be {bounds}, not {value}")
        for name in ("store", "log_file"):
            if isinstance(getattr(self, name), str):
                _check_path(name, getattr(self, name))
        for path in self.output:
            Report(path=path)
        if self.refresh and self.offline:
            raise ConfigError("refresh asks for everything and offline for nothing: give one")
        if self.offline and self.store is False:
            raise ConfigError("offline ranks what the store knows, and there is to be none")
        if self.lock is not None and self.store is False:
            raise ConfigError("lock keeps two runs from using one store, and there is to be none")
        if self.since is not None and self.store is False:
            raise ConfigError("since compares with what the store knows, and there is to be none")
        if self.since is not None:
            parse_since(self.since, datetime.now(UTC))
        if not 0 < self.timeout <= 3600:
            raise ConfigError(f"timeout must be from 0 to 3600 seconds, not {self.timeout:g}")

    @property
    def files(self) -> tuple[Report, ...]:
        """Every file to write."""
        shared = {field.name: getattr(self, field.name) for field in fields(Filters)}
        shared["confined"] = "output" in self.confined
        reports = (replace(each, confined="report" in self.confined) for each in self.report)
        return (*(Report(path=path, **shared) for path in self.output), *reports)


DEFAULTS: Final = Settings()
"""For whatever needs one default by its name."""
