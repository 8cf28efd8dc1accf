"""The files that a run writes."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from crawler.model.errors import ConfigError, RunError
from crawler.model.filters import Filters
from crawler.model.log import logger
from crawler.model.settings import Report
from crawler.model.shielded import in_thread
from crawler.model.values import UnreadList
from crawler.reports.files import check_writable, expanded, save, saving
from crawler.reports.formats import Format, View, find_format, format_of

if TYPE_CHECKING:
    from crawler.model.results import Ranking
    from crawler.model.settings import CommandSettings
    from crawler.reports.stream import Stream

STDOUT: Final = "-"
"""The path of a report that is printed."""

LONGEST_NAME: Final = 100
"""Characters of a list's name in a file name; most systems allow 255 bytes in total."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
"""Characters that a list's name may have and a file name should not."""


def check_reports(settings: CommandSettings, now: datetime) -> None:
    """Check that the files can be written, without changing anything.

    Raises: ConfigError if one cannot, or if two would replace each other.
    """
    taken: set[Path | str] = set()
    for report in printed(settings):
        _claim(STDOUT, taken)
        find_format(report.format or "table")
    for report in saved(settings):
        _format_of(report)
        check_writable(path_of(report, now, "list"), confined=report.confined)
        for name in _unique(settings.lists) if "{list}" in report.path else [""]:
            _claim(path_of(report, now, name).resolve(), taken)
    if settings.index is not None:
        if not any("{list}" in report.path for report in saved(settings)):
            raise ConfigError(
                "index leads to the reports of each list, and no path has {list} in it: add one, "
                "such as -o 'reports/{list}.html'"
            )
        place = path_of(_index_report(settings), now, "")
        check_writable(place, confined="index" in settings.confined)
        _claim(place.resolve(), taken)


def _claim(place: Path | str, taken: set[Path | str]) -> None:
    if place in taken:
        where = "standard output" if place == STDOUT else place
        raise ConfigError(f"two reports would be written to {where}: one would be lost")
    taken.add(place)


def saved(settings: CommandSettings) -> list[Report]:
    """The reports for files."""
    return [report for report in settings.files if report.path != STDOUT]


def for_people(settings: CommandSettings) -> list[Report]:
    """The reports whose formats are for people."""
    forms = [(each, find_format(each.format or "table")) for each in printed(settings)]
    forms += [(each, _format_of(each)) for each in saved(settings)]
    return [report for report, form in forms if form.is_for_people]


def reported(filters: Filters) -> Report:
    """A report for standard output with some filters."""
    shared = {field.name: getattr(filters, field.name) for field in fields(Filters)}
    return Report(path=STDOUT, **shared)


def printed(settings: CommandSettings, *, ended: bool = False) -> list[Report]:
    """The reports for standard output: those written to `-`; without any, one if a format is given,
    no file is to be written, or the run was `ended` and so writes no files."""
    asked = [report for report in settings.files if report.path == STDOUT]
    if not asked and (settings.format or ended or not settings.files):
        asked = [reported(settings)]
    return [replace(report, format=report.format or settings.format) for report in asked]


async def save_reports(settings: CommandSettings, ranking: Ranking) -> list[str]:
    """Write every file, as `save_all` does, each with the rows that its filters select."""
    jobs: list[Job] = [
        (report, path, partial(_write, part, _format_of(report), report, view))
        for report in saved(settings)
        for path, part in _expand(report, ranking)
        for view in [View(csv_bom=settings.csv_bom, name=path.name)]
    ]
    failed = await save_all(jobs, always=settings.always_write)
    if settings.index is not None:
        failed += await save_all([_index_job(settings, ranking)], always=settings.always_write)
    return failed


def _index_job(settings: CommandSettings, ranking: Ranking) -> Job:
    """The page that links to the reports of each list."""
    from crawler.reports.index import IndexedList, indexed, write_index

    index = _index_report(settings)
    place = path_of(index, ranking.generated_at, "")
    reports = [report for report in saved(settings) if "{list}" in report.path]
    reports.sort(key=lambda report: _format_of(report).name != "html")

    def links(name: str) -> tuple[tuple[str, str], ...]:
        # A digest without news is missing or empty.
        paths = [(each, path_of(each, ranking.generated_at, name)) for each in reports]
        return tuple(
            (_format_of(report).name, _relative(path, place))
            for report, path in paths
            if path.exists() and path.stat().st_size
        )

    lists = [
        IndexedList(name=part.name, links=links(name), unread=part.message)
        if isinstance(part, UnreadList)
        else indexed(part, links(name))
        for name, part in _lists_of(ranking)
    ]
    return index, place, partial(write_index, lists, ranking.generated_at)


def _index_report(settings: CommandSettings) -> Report:
    return Report(path=settings.index or "", format="html", confined="index" in settings.confined)


def _relative(path: Path, index: Path) -> str:
    """The address of a file as seen from the index."""
    relative = os.path.relpath(path.absolute(), index.absolute().parent)
    return quote(Path(relative).as_posix())


Job = tuple[Report, Path, Callable[["Stream"], object]]
"""A report, its file, and a function that writes it: at once, or in steps, if it returns an
iterator."""

SIDE_BY_SIDE: Final = 8
"""Number of files that are written in turns, each open together with its old content."""


async def save_all(jobs: Iterable[Job], *, always: bool = False) -> list[str]:
    """Write every file, each completely or not at all. A file in which only volatile parts would
    change is left alone, unless `always` is set.

    A file that cannot be written does not stop the others; returns a sentence for each of these. A
    cancellation waits until the files that were begun are written.
    """
    failed: list[str] = []
    remaining = iter(jobs)
    while together := [*islice(remaining, SIDE_BY_SIDE)]:
        failed += await in_thread(partial(_save_side_by_side, together, always=always))
    return failed


def _save_side_by_side(jobs: Sequence[Job], *, always: bool) -> list[str]:
    """Write files part by part in turns, so that the rows are read only once for all."""
    failed: dict[int, str] = {}
    with contextlib.ExitStack() as stack:
        steps = {
            number: stack.enter_context(
                contextlib.closing(saving(path, write, confined=report.confined, always=always))
            )
            for number, (report, path, write) in enumerate(jobs)
        }
        while steps:
            for number, each in [*steps.items()]:
                try:
                    next(each)
                    continue
                except StopIteration as end:
                    if not end.value:
                        logger.debug("{} would not change, and stays as it is", jobs[number][1])
                except RunError as error:
                    failed[number] = str(error)
                del steps[number]
    return [failed[number] for number in sorted(failed)]


def _write(
    ranking: Ranking, form: Format, filters: Filters | None, view: View, stream: Stream
) -> Iterator[None]:
    from crawler.reports.render import in_parts

    return in_parts(ranking, stream, form.name, filters, view)


def write_report(
    ranking: Ranking,
    target: str | os.PathLike[str] | Stream,
    format: str | None = None,
    filters: Filters | None = None,
    *,
    csv_bom: bool = False,
) -> None:
    """Write the rows of a ranking that `filters` select to a file, or to an open text stream.

    `format` is a key of `FORMATS`; None: the format of the file's suffix, or for a stream the
    table. With `csv_bom`, CSV begins with a byte order mark. A file is written completely or not at
    all, and is left alone if only volatile parts would change. Missing folders are created.

    Raises: ConfigError if there is no such format; RunError if the file cannot be written.
    """
    if not isinstance(target, str | os.PathLike):
        found = find_format(format or "table")
        for _ in _write(ranking, found, filters, View(csv_bom=csv_bom), target):
            pass
        return
    form, path = find_format(format) if format else format_of(target), Path(target)
    save(path, partial(_write, ranking, form, filters, View(csv_bom=csv_bom, name=path.name)))


def _expand(report: Report, ranking: Ranking) -> Iterator[tuple[Path, Ranking]]:
    """The file with the whole ranking, or one for each list."""
    if "{list}" not in report.path:
        yield path_of(report, ranking.generated_at, ""), ranking
        return
    # The file of a list that could not be read stays unchanged, and no other takes its name.
    for name, part in _lists_of(ranking):
        if not isinstance(part, UnreadList):
            yield path_of(report, ranking.generated_at, name), part


def _lists_of(ranking: Ranking) -> Iterator[tuple[str, Ranking | UnreadList]]:
    """Each list: its name for files, and its ranking or the reason why there is none."""
    every: list[Ranking | UnreadList] = list(ranking.parts or (ranking,))
    for unread in ranking.unread:
        every.insert(unread.place, unread)
    names = _unique(
        each.name if isinstance(each, UnreadList) else each.sources[0].name for each in every
    )
    return zip(names, every, strict=True)


def _unique(lists: Iterable[str]) -> Iterator[str]:
    """A unique name for the file of each list."""
    taken: set[str] = set()
    for each in lists:
        base = name = _slug(each)
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name.casefold())
        yield name


def path_of(report: Report, now: datetime, name: str) -> Path:
    """The file of a report on that day, for a list of that name."""
    day = now.astimezone(UTC).date().isoformat()
    return expanded(report.path.replace("{date}", day).replace("{list}", name))


def _slug(name: str) -> str:
    """A name for a file of the list, such as `quozd-awesome-dotnet`."""
    bare = name.partition("://")[2] or name
    return _UNFIT.sub("-", bare).strip("-.")[:LONGEST_NAME] or "list"


def _format_of(report: Report) -> Format:
    return find_format(report.format) if report.format else format_of(report.path)
