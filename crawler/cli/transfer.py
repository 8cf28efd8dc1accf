"""Histories from and for elsewhere: files with rows of date, repository and stars."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.model.errors import UsageError
from crawler.model.hosts import Hosts
from crawler.model.values import RepositoryName
from crawler.reports.csv import text_cell
from crawler.reports.files import replacing
from crawler.reports.stream import Rewrite
from crawler.sources import KNOWN_HOSTS

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

COLUMNS: Final = ("date", "repository", "stars")
"""What a row says at least."""

HOST: Final = "host"
"""The column that says whose repository it is; where there is none, the usual host's."""

FIRST_DAY: Final = date(2007, 10, 19)
"""When the first commit of GitHub was made: before it there was nothing to star.
https://en.wikipedia.org/wiki/GitHub"""

ROWS_AT_ONCE: Final = 100_000
"""Rows that are written together: a row group, which readers of Parquet take at once."""

MOST_QUOTED: Final = 60
"""Characters of a wrong cell that are told."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STARS: Final = re.compile(r"[0-9]{1,12}")

_EPOCH: Final = date(1970, 1, 1).toordinal()

Figure = tuple[int, str, int]
"""Days since 1970-01-01, `RepositoryName.qualified` and stars."""


def read_figures(
    lines: Iterable[str],
    today: date,
    complain: Callable[[int, str], object],
    hosts: Hosts = KNOWN_HOSTS,
) -> Iterator[Figure]:
    """The rows of a CSV file whose header names `COLUMNS` and perhaps `HOST`, in any order, beside
    others.

    A row that cannot be one is left out, and `complain` is called with its first line (from 1)
    and what is wrong with it. `today` is in UTC; nothing was seen after it.

    Raises: UsageError where the header lacks a column, or is no CSV.
    """
    reader = csv.reader(lines)
    try:
        header = [name.strip().lower().removeprefix("\ufeff") for name in next(reader, [])]
    except csv.Error as error:
        raise UsageError(f"its first line is no CSV: {error}") from None
    if lacking := [name for name in COLUMNS if name not in header]:
        raise UsageError(f"its first line does not name the column {lacking[0]!r}")
    places = [header.index(name) for name in COLUMNS]
    host_place = header.index(HOST) if HOST in header else None
    days = _Days(today)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            complain(line, f"it is no CSV: {error}")
            continue
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) != len(header):
            # One too many may be the rest of a number such as 1,234: it is not guessed at.
            complain(line, f"it has {len(cells)} cells of {len(header)}")
            continue
        try:
            day, name, stars = (cells[place].strip() for place in places)
            host = "" if host_place is None else cells[host_place].strip()
            row = days[day], _name(name, host, hosts), _stars(stars)
        except ValueError as error:
            complain(line, str(error))
            continue
        yield row


class _Days(dict[str, int]):
    """Days by their text, each read once."""

    def __init__(self, today: date) -> None:
        super().__init__()
        # Somewhere it is tomorrow already.
        self._last = today + timedelta(days=1)

    def __missing__(self, text: str) -> int:
        try:
            # fromisoformat takes other spellings too, in which files of two tools would differ.
            day = date.fromisoformat(text if _DATE.fullmatch(text) else "")
        except ValueError:
            raise ValueError(f"{_quoted(text)} is no date such as 2026-05-01") from None
        if not FIRST_DAY <= day <= self._last:
            raise ValueError(f"on {day} nobody can have counted stars on GitHub")
        self[text] = day.toordinal() - _EPOCH
        return self[text]


def _name(text: str, domain: str, hosts: Hosts) -> str:
    host = hosts.get(domain.lower()) if domain else hosts.home
    if host is None:
        raise ValueError(f"{_quoted(domain)} is no host that is known")
    if not host.is_name(text):
        raise ValueError(f"{_quoted(text)} is no owner/repo")
    return RepositoryName(text, host.name).qualified


def _stars(text: str) -> int:
    if _STARS.fullmatch(text) is None:
        raise ValueError(f"{_quoted(text)} is no number of stars")
    return int(text)


def _quoted(text: str) -> str:
    """A cell as a sentence can hold it: a broken file may have any length of it."""
    return repr(text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…")


def write_figures(figures: Iterable[Figure], stream: Stream) -> int:
    """Write a CSV file of `figures` under a header; how many there were."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("date", "repository", HOST, "stars"))
    count = 0
    for day, text, stars in figures:
        writer.writerow((date.fromordinal(_EPOCH + day), *_cells(text), stars))
        count += 1
    return count


@lru_cache(maxsize=1)
def _cells(text: str) -> tuple[str, str]:
    """A name as the file has it; that of the figure before is nearly always that of the next."""
    name = RepositoryName.parse(text)
    return text_cell(name.full_name), text_cell(name.host)


def save_figures(figures: Iterable[Figure], path: Path, rows_at_once: int = ROWS_AT_ONCE) -> int:
    """Write `figures` to a file in the format of its suffix, whole or not at all; how many there
    were.

    Raises: UsageError where the suffix is neither .csv nor .parquet, or pyarrow is missing;
        RunError where the file cannot be written.
    """
    match path.suffix.lower():
        case ".csv":
            with replacing(path) as file:
                return write_figures(figures, Rewrite(file, None))
        case ".parquet":
            return _save_parquet(figures, path, rows_at_once)
        case suffix:
            raise UsageError(f"{path}: a history is written as .csv or .parquet, not {suffix!r}")


def _save_parquet(figures: Iterable[Figure], path: Path, rows_at_once: int) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install pyarrow, or write .csv") from None
    schema = pyarrow.schema(
        [
            ("date", pyarrow.date32()),
            ("repository", pyarrow.string()),
            (HOST, pyarrow.string()),
            ("stars", pyarrow.int64()),
        ]
    )
    count = 0
    remaining = iter(figures)
    with (
        replacing(path) as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        while part := list(islice(remaining, rows_at_once)):
            days, texts, stars = zip(*part, strict=True)
            names = [*map(RepositoryName.parse, texts)]
            columns = [
                pyarrow.array(days, pyarrow.int32()).cast(pyarrow.date32()),
                pyarrow.array([name.full_name for name in names], pyarrow.string()),
                pyarrow.array([name.host for name in names], pyarrow.string()),
                pyarrow.array(stars, pyarrow.int64()),
            ]
            writer.write_batch(pyarrow.record_batch(columns, schema=schema))
            count += len(part)
    return count
