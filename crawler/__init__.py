"""Rank the repositories of awesome lists by their GitHub stars.

    from crawler import rank_repos
    ranking = await rank_repos("quozd/awesome-dotnet", token=find_token())

Importing this package loads nothing else of it: each name is fetched when it
is first used, so that a tool pays for httpx and the parser only if it ranks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.3.0"

if TYPE_CHECKING:
    from crawler.api import rank_repos, rank_repos_sync, write_report
    from crawler.http.client import Transport
    from crawler.http.exchange import CachedResponse, Token
    from crawler.model.durations import Duration, LookBack
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
    from crawler.model.filters import Filters, Sort
    from crawler.model.results import Changes, Event, Point, Ranking, Sums, Usage
    from crawler.model.rows import Burst, EventKind, Failure, Row
    from crawler.model.settings import HistoryName, LinksName, ProviderName, Settings
    from crawler.model.values import (
        Answer,
        Details,
        Facts,
        FigureKind,
        Links,
        Pace,
        Pause,
        Progress,
        Provider,
        Reason,
        Refusal,
        RepositoryName,
        Source,
        UnreadFile,
        UnreadList,
    )
    from crawler.ranking.growth import Provenance
    from crawler.reports.stream import Stream
    from crawler.sources.github.credentials import find_token
    from crawler.store import Store
    from crawler.store.repositories import ImportedFigure

_HOMES = {
    "crawler.api": ("rank_repos", "rank_repos_sync", "write_report"),
    "crawler.http.client": ("Transport",),
    "crawler.http.exchange": (
        "CachedResponse",
        "Token",
    ),
    "crawler.model.durations": (
        "Duration",
        "LookBack",
    ),
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
    "crawler.model.filters": (
        "Filters",
        "Sort",
    ),
    "crawler.model.results": (
        "Changes",
        "Event",
        "Point",
        "Ranking",
        "Sums",
        "Usage",
    ),
    "crawler.model.rows": (
        "Burst",
        "EventKind",
        "Failure",
        "Row",
    ),
    "crawler.model.settings": (
        "HistoryName",
        "LinksName",
        "ProviderName",
        "Settings",
    ),
    "crawler.model.values": (
        "Answer",
        "Details",
        "Facts",
        "FigureKind",
        "Links",
        "Pace",
        "Pause",
        "Progress",
        "Provider",
        "Reason",
        "Refusal",
        "RepositoryName",
        "Source",
        "UnreadFile",
        "UnreadList",
    ),
    "crawler.ranking.growth": ("Provenance",),
    "crawler.reports.stream": ("Stream",),
    "crawler.sources.github.credentials": ("find_token",),
    "crawler.store": ("Store",),
    "crawler.store.repositories": ("ImportedFigure",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "AttemptError",
    "BrokenAnswer",
    "Burst",
    "CachedResponse",
    "Changes",
    "ConfigError",
    "CrawlerError",
    "CredentialsError",
    "Details",
    "Duration",
    "Event",
    "EventKind",
    "Facts",
    "Failure",
    "FigureKind",
    "Filters",
    "ForeignAnswer",
    "HistoryName",
    "ImportedFigure",
    "Interrupted",
    "Links",
    "LinksName",
    "ListError",
    "LookBack",
    "Pace",
    "Pause",
    "Point",
    "Progress",
    "Provenance",
    "Provider",
    "ProviderName",
    "Ranking",
    "Reason",
    "Refusal",
    "RepositoryName",
    "Row",
    "RunError",
    "Settings",
    "Sort",
    "Source",
    "Store",
    "StoreError",
    "Stream",
    "Sums",
    "Throttled",
    "Token",
    "TokenRefused",
    "TooLarge",
    "TooMuch",
    "Transport",
    "Unreachable",
    "UnreadFile",
    "UnreadList",
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
