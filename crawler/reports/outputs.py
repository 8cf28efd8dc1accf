"""The files that a run writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.model.errors import ConfigError
from crawler.model.log import logger
from crawler.reports import Format, essence, format_of, render
from crawler.reports.files import check_writable, expanded, load_text, save_text

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.settings import Report, Settings

LONGEST_NAME: Final = 100
"""Characters of a list's name in a file's; most systems take 255 bytes in all."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
"""What a name of a list may hold, and a name of a file should not."""


def check_reports(settings: Settings, now: datetime) -> None:
    """Find out whether the files can be written, and leave everything as it was.

    Raises: ConfigError where one cannot.
    """
    taken = set()
    for report in settings.files:
        _format_of(report)
        path = path_of(report, now, "list")
        check_writable(path, confined=report.confined)
        if path.resolve() in taken:
            raise ConfigError(f"two reports would be written to {path}: one would be lost")
        taken.add(path.resolve())


async def save_reports(settings: Settings, ranking: Ranking) -> None:
    """Write every file, each whole or not at all; one that would tell the same stays as it is.

    Raises: RunError where one cannot be written; those before it are.
    """
    for report in settings.files:
        form = _format_of(report)
        for path, part in _expand(report, ranking):
            text = render(part, form, report)
            old = None if settings.always_write else await load_text(path, confined=report.confined)
            if old is not None and essence(old, form) == essence(text, form):
                logger.debug("{} would not change, and stays as it is", path)
            else:
                await save_text(path, text, confined=report.confined)


def _expand(report: Report, ranking: Ranking) -> Iterator[tuple[Path, Ranking]]:
    """The file with the whole ranking, or one for each list."""
    if "{list}" not in report.path:
        yield path_of(report, ranking.generated_at, ""), ranking
        return
    taken: set[str] = set()
    for part in ranking.parts or (ranking,):
        base = name = _slug(part.sources[0].name)
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name.casefold())
        yield path_of(report, ranking.generated_at, name), part


def path_of(report: Report, now: datetime, name: str) -> Path:
    """The file that a report is written to on that day, for a list of that name."""
    day = now.astimezone(UTC).date().isoformat()
    return expanded(report.path.replace("{date}", day).replace("{list}", name))


def _slug(name: str) -> str:
    """A name for a file of the list, such as `quozd-awesome-dotnet`."""
    bare = name.partition("://")[2] or name
    return _UNFIT.sub("-", bare).strip("-.")[:LONGEST_NAME] or "list"


def _format_of(report: Report) -> Format:
    return Format(report.format) if report.format else format_of(report.path)
