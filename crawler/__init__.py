"""Rank the repositories of awesome lists by their GitHub stars.

    from crawler import rank_repos
    ranking = await rank_repos("quozd/awesome-dotnet", token=find_token())

Importing this package loads nothing else of it: each name is fetched when it
is first used, so that a tool pays for httpx and the parser only if it ranks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from crawler.api import rank_repos, rank_repos_sync, write_report
    from crawler.model.errors import (
        AttemptError,
        BrokenAnswer,
        ConfigError,
        CrawlerError,
        CredentialsError,
        ForeignAnswer,
        Interrupted,
        ListError,
        RunError,
        StoreError,
        Throttled,
        TokenRefused,
        TooLarge,
        TooMuch,
        Unreachable,
        UsageError,
    )
    from crawler.model.results import (
        Changes,
        Event,
        EventKind,
        Failure,
        Point,
        Ranking,
        Row,
        Sums,
        Usage,
    )
    from crawler.model.values import Links, Pause, Progress, Provider, Reason, Source
    from crawler.sources.github.credentials import find_token
    from crawler.store import Store

_HOMES = {
    "crawler.sources.github.credentials": ("find_token",),
    "crawler.model.errors": (
        "AttemptError",
        "BrokenAnswer",
        "ConfigError",
        "CrawlerError",
        "CredentialsError",
        "ForeignAnswer",
        "Interrupted",
        "ListError",
        "RunError",
        "StoreError",
        "Throttled",
        "TokenRefused",
        "TooLarge",
        "TooMuch",
        "Unreachable",
        "UsageError",
    ),
    "crawler.model.values": ("Links", "Pause", "Progress", "Provider", "Reason", "Source"),
    "crawler.model.results": (
        "Changes",
        "Event",
        "EventKind",
        "Failure",
        "Point",
        "Ranking",
        "Row",
        "Sums",
        "Usage",
    ),
    "crawler.store": ("Store",),
    "crawler.api": ("rank_repos", "rank_repos_sync", "write_report"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AttemptError",
    "BrokenAnswer",
    "Changes",
    "ConfigError",
    "CrawlerError",
    "CredentialsError",
    "Event",
    "EventKind",
    "Failure",
    "ForeignAnswer",
    "Interrupted",
    "Links",
    "ListError",
    "Pause",
    "Point",
    "Progress",
    "Provider",
    "Ranking",
    "Reason",
    "Row",
    "RunError",
    "Source",
    "Store",
    "StoreError",
    "Sums",
    "Throttled",
    "TokenRefused",
    "TooLarge",
    "TooMuch",
    "Unreachable",
    "Usage",
    "UsageError",
    "__version__",
    "find_token",
    "rank_repos",
    "rank_repos_sync",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
