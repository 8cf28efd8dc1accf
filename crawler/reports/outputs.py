"""The files that a run writes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.model.errors import ConfigError
from crawler.model.log import logger
from crawler.reports.files import check_writable, expanded, save, save_in_thread
from crawler.reports.formats import Format, find_format, format_of
from crawler.reports.render import write

if TYPE_CHECKING:
    from crawler.model.filters import Filters
    from crawler.model.results import Ranking
    from crawler.model.settings import Report, Settings
    from crawler.reports.stream import Stream

LONGEST_NAME: Final = 100
"""Characters of a list's name in a file's; most systems take 255 bytes in all."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
"""What a name of a list may hold, and a name of a file should not."""


def check_reports(settings: Settings, now: datetime) -> None:
    """Find out whether the files can be written, and leave everything as it was.

    Raises: ConfigError where one cannot.
    """
    if settings.format is not None:
        find_format(settings.format)
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

    A cancellation waits until the file is written.

    Raises: RunError where one cannot be written; those before it are.
    """
    for report in settings.files:
        for path, part in _expand(report, ranking):
            write_part = partial(_write, part, _format_of(report).name, report)
            written = await save_in_thread(
                path, write_part, confined=report.confined, always=settings.always_write
            )
            if not written:
                logger.debug("{} would not change, and stays as it is", path)


def _write(ranking: Ranking, format: str, filters: Filters, stream: Stream) -> None:
    write(ranking, stream, format, filters)


def write_report(
    ranking: Ranking,
    target: str | os.PathLike[str] | Stream,
    format: str | None = None,
    filters: Filters | None = None,
) -> None:
    """Write what `filters` take of a ranking to a file, or to an open text stream.

    `format` is a key of `FORMATS`; None: the one that the file's suffix names, for a stream the
    table. A file is written whole or not at all, missing folders are made, and one that tells the
    same already stays as it is.

    Raises: ConfigError where there is no such format; RunError where the file cannot be written.
    """
    if not isinstance(target, str | os.PathLike):
        write(ranking, target, format or "table", filters)
        return
    form = find_format(format) if format else format_of(target)
    save(Path(target), lambda stream: write(ranking, stream, form.name, filters))


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
    return find_format(report.format) if report.format else format_of(report.path)
