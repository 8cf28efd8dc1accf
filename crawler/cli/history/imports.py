"""Import histories: files with rows of date, repository and stars, as other tools write them.

CSV and similar formats are recognised by their content: comma, semicolon or tab, UTF-8 or UTF-16,
gzipped or not, with the usual column names. Parquet is read with pyarrow.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from crawler.lists.targets import repository_of
from crawler.model.errors import UsageError
from crawler.model.hosts import Hosts
from crawler.model.values import RepositoryName
from crawler.sources import KNOWN_HOSTS

DATE: Final = "date"
REPOSITORY: Final = "repository"
STARS: Final = "stars"
HOST: Final = "host"
"""The column with the host of the repository; without it, the usual host."""
OWNER: Final = "owner"
"""The column with the owner, where the one of the repository may lack it."""
ID: Final = "id"
"""The column with the repository's number on its host, which survives renames."""

COLUMNS: Final = (DATE, REPOSITORY, STARS)
"""The columns that every file needs."""

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    DATE: (
        *("date", "day", "time", "datetime", "date_time", "timestamp", "date_utc", "as_of"),
        *("snapshot_date", "recorded_at", "collected_at", "observed_at", "fetched_at", "when"),
    ),
    REPOSITORY: (
        *("repository", "repo", "full_name", "repository_name", "repo_name", "namewithowner"),
        *("name_with_owner", "project", "slug", "name", "repository_url", "repo_url", "url"),
    ),
    STARS: (
        *("stars", "star_count", "stars_count", "stargazers", "stargazers_count"),
        *("stargazer_count", "stargazercount", "total_stars", "star", "count"),
    ),
    HOST: ("host", "server"),
    OWNER: ("owner", "repo_owner", "owner_login", "organization", "organisation", "org"),
    ID: ("github_id", "database_id", "databaseid"),
}
"""Column names of other tools, the best one first; case and white space do not matter."""

FIRST_DAY: Final = date(2007, 10, 19)
"""The time of GitHub's first commit: before it there were no stars.
https://en.wikipedia.org/wiki/GitHub"""

MOST_QUOTED: Final = 60
"""Characters of a wrong cell to show."""

_AT_ONCE: Final = 10_000
"""Rows of a Parquet file to read together."""

LONGEST_LINE: Final = 2**20
"""Characters of a line; a small file with gzip could hold one that fills the memory."""

_HELD: Final = 10_000
"""Texts whose meaning is kept."""

_SEPARATORS: Final = ",;\t"
_SEPARATOR_LINE: Final = re.compile(r"""\ufeff?"?sep=(.)"?\s*\Z""", re.I)
"""The first line by which some spreadsheets are told the separator."""

_ISO: Final = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))"
    r"(?:[T ](\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)? ?(?:Z|UTC|GMT)?([+-]\d{2}:?(?:\d{2})?)?)?",
    re.A,
)
_UNIX: Final = re.compile(r"\d{10}(?:\d{3})?", re.A)
"""Seconds or milliseconds since 1970."""
_WRITTEN_OUT: Final = re.compile(
    r"(?:[A-Z][a-z]+,? )?"
    r"(?:(?P<month>[A-Z][a-z]{2,8})[ -](?P<day>\d{1,2})(?:st|nd|rd|th)?,?"
    r"|(?P<first>\d{1,2})(?:st|nd|rd|th)?[ -](?P<second>[A-Z][a-z]{2,8}),?)[ -](?P<year>\d{4})"
    r"(?:,? (?:at )?(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[ \u202f]?(?P<half>[AP])M)?"
    r"(?: (?:UTC|GMT|Z)?(?P<zone>[+-]\d{2}:?\d{2})?)?(?: \(.*\))?)?",
    re.A,
)
"""The formats of JavaScript, e-mails and spreadsheets: `Sat Jan 03 2026 01:00:00 GMT+0100 (CET)`,
`03-Jan-2026`, `Jan 3, 2026, 1:00:00 AM`."""

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)

_STARS: Final = re.compile(r"[0-9]{1,12}(?:\.0)?")
_GROUPED: Final = re.compile(
    r"[0-9]{1,3}([ '_\u2019\xa0\u2009\u202f,.])[0-9]{3}(?:\1[0-9]{3}){0,3}"
)

_EPOCH: Final = date(1970, 1, 1).toordinal()

Figure = tuple[int, str, int, int | None]
"""Days since 1970-01-01, `RepositoryName.qualified`, stars, and the number on the host."""

Complain = Callable[[int, str], object]
"""Called with the number of a line or row, from 1, and what is wrong with it."""


def read_file(
    path: Path, today: date, complain: Complain, hosts: Hosts = KNOWN_HOSTS
) -> Iterator[Figure]:
    """The rows of a file in any supported format. `today` is in UTC; later dates are invalid.

    Invalid rows are skipped, and `complain` is called.

    Raises: UsageError if it lacks a column, is damaged, or needs pyarrow; OSError.
    """
    with path.open("rb") as file:
        if file.peek(2)[:2] != b"\x1f\x8b":
            yield from _read(file, today, complain, hosts)
            return
        try:
            with gzip.open(file) as unpacked:
                yield from _read(io.BufferedReader(unpacked), today, complain, hosts)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UsageError(f"it is no gzip file that can be read: {error}") from None


def _read(
    file: io.BufferedReader, today: date, complain: Complain, hosts: Hosts
) -> Iterator[Figure]:
    start = file.peek(4)[:4]
    if start == b"PAR1":
        yield from _read_parquet(file, today, complain, hosts)
        return
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding, errors = "utf-16", "replace"
    elif start[1::2] == b"\0\0":
        encoding, errors = "utf-16-le", "replace"
    elif start[::2] == b"\0\0":
        encoding, errors = "utf-16-be", "replace"
    else:
        # Undecodable text makes one row invalid, not the whole file.
        encoding, errors = "utf-8-sig", "surrogateescape"
    with io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="") as lines:
        yield from read_figures(_bounded(lines), today, complain, hosts)


def _bounded(lines: io.TextIOWrapper) -> Iterator[str]:
    """Raises: UsageError if a line is too long."""
    while line := lines.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise UsageError(f"one of its lines has over {LONGEST_LINE:,} characters")
        yield line


def read_figures(
    lines: Iterable[str], today: date, complain: Complain, hosts: Hosts = KNOWN_HOSTS
) -> Iterator[Figure]:
    """The rows of a CSV file, separated by comma, semicolon or tab, whose header contains
    `COLUMNS`, and perhaps `HOST`, `OWNER` and `ID`, in any order among other columns.

    Raises: UsageError if the header lacks a column, or is not CSV.
    """
    remaining = iter(lines)
    skipped = 0
    while (first := next(remaining, "")) and not first.strip():
        skipped += 1
    separators = _SEPARATORS
    if declared := _SEPARATOR_LINE.match(first):
        separators = declared[1]
        first, skipped = next(remaining, ""), skipped + 1
    separator = max(separators, key=lambda each: _count_known(first, each))
    reader = csv.reader(chain([first], remaining), delimiter=separator)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise UsageError(f"its first line is not CSV: {error}") from None
    columns = _Columns(header, today, hosts, separator)
    while True:
        line = reader.line_num + skipped + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            complain(line, f"it is not CSV: {error}")
            continue
        if cells is None:
            return
        if not cells:
            continue
        try:
            if len(cells) != len(header):
                # An extra cell may be part of a number such as 1,234: do not guess.
                raise ValueError(f"it has {len(cells)} cells of {len(header)}")
            yield columns.figure(cells)
        except ValueError as error:
            complain(line, str(error))


def _count_known(header: str, separator: str) -> int:
    """How many of the columns a header names, assuming this separator."""
    try:
        cells = next(csv.reader([header], delimiter=separator), [])
    except csv.Error:
        return 0
    return sum(_find(names, cells) is not None for names in _NAMES.values())


def _find(names: Sequence[str], header: Sequence[str]) -> int | None:
    """The index of the column with the first of these names that exists."""
    found = [re.sub(r"[^a-z]+", "_", cell.lower()).strip("_") for cell in header]
    return next((found.index(name) for name in names if name in found), None)


class _Columns:
    """The columns of a file and how to read them."""

    def __init__(self, header: Sequence[str], today: date, hosts: Hosts, separator: str) -> None:
        """Raises: UsageError if a column is missing."""
        places = {column: _find(names, header) for column, names in _NAMES.items()}
        if places[HOST] is not None and places[ID] is None:
            # Without a host, a column of this name may just number the rows.
            places[ID] = _find((ID,), header)
        if lacking := [column for column in COLUMNS if places[column] is None]:
            raise UsageError(f"its first line does not name the column {lacking[0]!r}")
        self._date, self._name, self._stars = (places[column] or 0 for column in COLUMNS)
        self._host, self._owner, self._id = places[HOST], places[OWNER], places[ID]
        self._days = _Days(today)
        self._names: dict[tuple[str, str], str] = {}
        self._hosts = hosts
        # If the comma is the decimal sign, the dot separates thousands.
        self._thousands = "." if separator == ";" else ","

    def figure(self, cells: Sequence[Any]) -> Figure:
        """The figure in a row.

        Raises: ValueError if the row is invalid.
        """
        host = "" if self._host is None else _text(cells[self._host])
        number = "" if self._id is None else _text(cells[self._id])
        name = _text(cells[self._name])
        if self._owner is not None and "/" not in name:
            name = f"{_text(cells[self._owner])}/{name}"
        return (
            self._days[_text(cells[self._date])],
            self._qualified(name, host),
            _count(_text(cells[self._stars]), self._thousands),
            _number(number),
        )

    def _qualified(self, text: str, host: str) -> str:
        known = self._names.get((text, host))
        if known is None:
            known = _name(text, host, self._hosts)
            if len(self._names) >= _HELD:
                self._names.clear()
            self._names[text, host] = known
        return known


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


class _Days(dict[str, int]):
    """A cache of parsed days by their text."""

    def __init__(self, today: date) -> None:
        super().__init__()
        # In some time zones it is already tomorrow.
        self._last = today + timedelta(days=1)

    def __missing__(self, text: str) -> int:
        try:
            day = _day(text)
        except (ValueError, OverflowError):
            day = None
        if day is None:
            raise ValueError(f"{_quoted(text)} is not a date such as 2026-05-01")
        if not FIRST_DAY <= day <= self._last:
            raise ValueError(f"{day} is before GitHub or in the future")
        if len(self) >= _HELD:
            self.clear()
        self[text] = day.toordinal() - _EPOCH
        return self[text]


def _day(text: str) -> date | None:
    """The UTC day that a text names unambiguously; None for any other text, such as
    03/01/2026.

    Raises: ValueError, OverflowError if there is no such day.
    """
    if iso := _ISO.fullmatch(text):
        year, _, month, day, packed_month, packed_day, time, zone = iso.groups()
        found_day = date(int(year), int(month or packed_month), int(day or packed_day))
        return _in_utc(found_day, time, zone)
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC).date()
    if found := _WRITTEN_OUT.fullmatch(text):
        name = (found["month"] or found["second"]).lower()
        # `Jan`, `Sept` and `January`: all months differ in their first three letters.
        month = next((n for n, each in enumerate(_MONTHS, 1) if each.startswith(name)), None)
        if month is not None:
            day = date(int(found["year"]), month, int(found["day"] or found["first"]))
            return _in_utc(day, found["time"], found["zone"], found["half"])
    return None


def _in_utc(day: date, time: str | None, zone: str | None, half: str | None = None) -> date:
    """The UTC day of a time. `half` is A before noon, P after it, None if hours count to 24.

    Raises: ValueError if there is no such time.
    """
    if not time:
        return day
    hour, _, rest = time.partition(":")
    if half is None:
        moment = datetime.fromisoformat(f"{day}T{hour:>02}:{rest}")
    else:
        # Python reads AM and PM in English, since nobody sets the locale of the process.
        moment = datetime.strptime(f"{day} {hour}:{rest[:2]} {half}M", "%Y-%m-%d %I:%M %p")
    if zone:
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment -= -offset if zone[0] == "-" else offset
    return moment.date()


def _name(text: str, domain: str, hosts: Hosts) -> str:
    if not domain and ("://" in text or hosts.get(text.partition("/")[0].lower())):
        found = repository_of(text if "://" in text else f"https://{text}", hosts)
        if found is None:
            raise ValueError(f"{_quoted(text)} leads to no repository")
        return found.qualified
    host = hosts.get(domain.lower()) if domain else hosts.home
    if host is None:
        raise ValueError(f"{_quoted(domain)} is not a known host")
    if not host.is_name(text):
        raise ValueError(f"{_quoted(text)} is not an owner/repo")
    return RepositoryName(text, host.name).qualified


def _count(text: str, thousands: str) -> int:
    if _STARS.fullmatch(text):
        return int(text.removesuffix(".0"))
    grouped = _GROUPED.fullmatch(text)
    # A single group after a dot or comma may be decimals, unless that is the thousands separator.
    if grouped is None or (grouped[1] in ",." and grouped[1] != thousands and len(text) < 8):
        raise ValueError(f"{_quoted(text)} is not a number of stars")
    return int(text.replace(grouped[1], ""))


def _number(text: str) -> int | None:
    if not text:
        return None
    if not _STARS.fullmatch(text):
        raise ValueError(f"{_quoted(text)} is no number of a repository")
    return int(text.removesuffix(".0"))


def _quoted(text: str) -> str:
    """A cell, shortened for a message: a broken file may have very long ones."""
    return repr(text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…")


def _read_parquet(
    file: IO[bytes], today: date, complain: Complain, hosts: Hosts
) -> Iterator[Figure]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install pyarrow, or take .csv") from None
    row = 0
    try:
        table = parquet.ParquetFile(file)
        names: list[str] = table.schema_arrow.names
        columns = _Columns(names, today, hosts, ",")
        for batch in table.iter_batches(_AT_ONCE):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                row += 1
                try:
                    yield columns.figure([_plain(cell) for cell in cells])
                except ValueError as error:
                    complain(row, str(error))
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"it is no Parquet file that can be read: {error}") from None


def _plain(cell: object) -> object:
    """A time in the form that text files have."""
    if isinstance(cell, datetime):
        moment = cell.astimezone(UTC) if cell.tzinfo else cell
        return moment.date()
    return cell
