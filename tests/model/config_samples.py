"""A value for every setting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from crawler.model.checks import Checks, Exemption
from crawler.model.settings import Report

NOT_SETTINGS = {"help", "version", "config", "dry_run"}
"""Flags that say what to do once, and so have no place in a file."""

NOT_FLAGS = {
    "report",
    "check",
    "exempt",
    "batch_size",
    "response_seconds",
    "gone_grace",
    "always_write",
    "csv_bom",
    "graphql_url",
    "depsdev_url",
}
"""Settings that nobody types."""

SAMPLES: Mapping[str, tuple[Any, Any]] = {
    "sort": ("name", "name"),
    "min_stars": (9, 9),
    "language": (["C#", "Go"], ("C#", "Go")),
    "section": (["Games", "Web > *"], ("Games", "Web > *")),
    "exclude": (["*/awesome-*"], ("*/awesome-*",)),
    "archived": (False, False),
    "pushed_within": ("1y", "1y"),
    "created_within": ("2y", "2y"),
    "by_section": (True, True),
    "top": (5, 5),
    "lists": (["a/b", "./c.md"], ("a/b", "./c.md")),
    "links": ("all", "all"),
    "follow": (2, 2),
    "provider": ("rest", "rest"),
    "include_private": (True, True),
    "concurrency": (3, 3),
    "batch_size": (7, 7),
    "timeout": ("2s", "2s"),
    "retries": (0, 0),
    "max_wait": ("2m", "2m"),
    "budget": (9, 9),
    "response_seconds": (7.5, 7.5),
    "api_url": ("https://ghe.example/api/v3", "https://ghe.example/api/v3"),
    "graphql_url": ("https://ghe.example/api/graphql", "https://ghe.example/api/graphql"),
    "depsdev_url": ("https://mirror.example", "https://mirror.example"),
    "store": ("elsewhere.db", "elsewhere.db"),
    "max_age": ("90s", "90s"),
    "refresh": (True, True),
    "offline": (True, True),
    "gone_grace": ("2d", "2d"),
    "since": ("7d", "7d"),
    "token_env": ("OTHER_TOKEN", "OTHER_TOKEN"),
    "format": ("json", "json"),
    "output": (["a.json", "b.csv"], ("a.json", "b.csv")),
    "report": (
        [{"path": "x/{list}-{date}.html", "top": 3}],
        (Report(path="x/{list}-{date}.html", top=3),),
    ),
    "check": ({"min_stars": 3, "fail_on": "warn"}, Checks(min_stars=3, fail_on=("warn",))),
    "exempt": (
        [{"repository": "a/b", "rule": "archived", "reason": "x", "until": "2027-01-31"}],
        (Exemption(repository="a/b", rule="archived", reason="x", until=date(2027, 1, 31)),),
    ),
    "index": ("index.html", "index.html"),
    "always_write": (True, True),
    "csv_bom": (True, True),
    "fail_on": (["gone", "archived"], ("gone", "archived")),
    "lock": ("wait", "wait"),
    "history": ("all", "all"),
    "log_file": ("crawler.log", "crawler.log"),
    "quiet": (True, True),
    "verbose": (True, True),
    "progress": (False, False),
}
"""For each setting a value that is not its default: as the file says it, as the run sees it."""


def toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
        case str():
            return f'"{value}"'
        case _:
            return str(value)
