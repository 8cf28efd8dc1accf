"""The tables of one run: a temporary database that is deleted with the process.

Entries are added and merged into listings, answers are added as they arrive, and both are turned
into the rows of rankings. All of it is in tables, so that no step holds every repository in memory.
Private repositories are stored nowhere else.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, TypeVar

from crawler.model.errors import RunError
from crawler.model.values import (
    Answer,
    Entry,
    Facts,
    Reason,
    Refusal,
    RepositoryName,
)
from crawler.store.figures import (
    Content,
    Figures,
    decode_content,
    encode_map,
    merge_contents,
    to_facts,
    to_figures,
)
from crawler.store.tables import connect

T = TypeVar("T")

WHOLE: Final = 0
"""The part for all lists together; the parts of single lists begin with 1."""

AT_ONCE: Final = 1000
"""Rows to read or write at a time."""

PASSING: Final = (Reason.THROTTLED, Reason.UNAVAILABLE, Reason.MALFORMED, Reason.INTERRUPTED)
"""Reasons that say nothing about the repository, so that its last known figures are kept."""

_COLUMNS: Final = {
    "ranked": "place, rank, host, full_name, key, number, listed, stars, archived, renamed, "
    "pushed_at, fetched_at, reason, figures, content",
    "failed": "place, host, full_name, key, reason, message, content",
}
READS: Final = tuple(
    f"SELECT ?, {columns} FROM {table} WHERE run = ? ORDER BY place"
    for table, columns in _COLUMNS.items()
)
WRITES: Final = tuple(
    f"INSERT INTO {table} VALUES (?{', ?' * len(columns.split(', '))})"
    for table, columns in _COLUMNS.items()
)
"""Queries and statements for rows and for failures: a query takes the number to give to the run,
and the one that it has."""

_FIGURES: Final = (
    "identity, canonical, canonical_key, number, stars, archived, pushed_at, fetched_at, figures"
)
_SET_FIGURES: Final = (
    f"({_FIGURES}) = (iif(?4 IS NULL, ?3, ?1 || '#' || ?4), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
)
"""Sets the fields of `Figures`, and the identity as `crawler.model.values.identity_of`."""


class Workspace:
    """The tables of a run. Every method blocks, but none for the whole of a long piece of work; all
    may be called from any thread.

    Raises: RunError if the temporary file cannot grow.
    """

    def __init__(self, *, on_disk: bool = True) -> None:
        """`on_disk` says whether to use a temporary file, if there can be one; otherwise all is in
        memory."""
        self.on_disk = on_disk
        self._connection = connect(on_disk=on_disk)
        self._lock = threading.RLock()
        self._close = weakref.finalize(self, self._connection.close)

    def close(self) -> None:
        """Delete everything. It may be called again, but no other method may."""
        with self._lock:
            self._close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Either all changes made with the connection take effect, or none."""
        with self._lock:
            try:
                self._connection.execute("BEGIN")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:  # also an interrupt: no transaction may stay open
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise RunError(f"the tables of the run cannot be kept: {error}") from error
                raise

    def read(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; for queries with few rows."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def iterate(self, query: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """The rows of a query, one by one. Its tables must not be written to until the last is
        read."""
        with self._lock:
            cursor = self._connection.execute(query, values)
        while chunk := self._fetch(cursor):
            yield from chunk

    def _fetch(self, cursor: sqlite3.Cursor) -> list[Any]:
        with self._lock:
            return cursor.fetchmany(AT_ONCE)

    # What the lists name

    def add_list(self, part: int, source: str, entries: Iterable[Entry]) -> int:
        """Add the entries of a list; returns how many different names it has."""
        numbered = enumerate(entries)
        while chunk := [*islice(numbered, AT_ONCE)]:
            rows = [_entry_row(part, place, source, entry) for place, entry in chunk]
            with self.transaction() as connection:
                connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)
        with self.transaction() as connection:
            _merge_entries(connection, part, "part = ?", part)
            connection.execute("DELETE FROM entry WHERE part = ?", (part,))
        return self.count_listings(part)

    def merge_lists(self) -> None:
        """Merge the listings of all lists, after each has been added."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO entry "
                "SELECT ?, row_number() OVER (ORDER BY part, place), host, full_name, key, content "
                "FROM listing JOIN name ON name.id = listing.name WHERE part <> ?",
                (WHOLE, WHOLE),
            )
            _merge_entries(connection, WHOLE, "part = ?", WHOLE)
            connection.execute("DELETE FROM entry")

    def count_listings(self, part: int = WHOLE) -> int:
        """How many different names a list has."""
        ((count,),) = self.read("SELECT count(*) FROM listing WHERE part = ?", (part,))
        return int(count)

    def read_listings(
        self, part: int, start: int, count: int
    ) -> list[tuple[RepositoryName, Content]]:
        """`count` listings of a list in order, after the first `start`."""
        return [
            (RepositoryName(full_name, host), decode_content(content))
            for full_name, host, content in self.read(
                "SELECT full_name, host, content FROM listing JOIN name ON name.id = listing.name "
                "WHERE part = ? ORDER BY place LIMIT ? OFFSET ?",
                (part, count, start),
            )
        ]

    # What is known of the names

    def count_names(self) -> int:
        """How many names there are."""
        ((count,),) = self.read("SELECT count(*) FROM name")
        return int(count)

    def count_unsettled(self, host: str) -> int:
        """How many names on a host are not settled."""
        ((count,),) = self.read(
            "SELECT count(*) FROM name WHERE NOT is_settled AND host = ?", (host,)
        )
        return int(count)

    def unsettled_names(self, host: str) -> Iterator[list[RepositoryName]]:
        """The unsettled names on a host, in chunks, in the order of the lists. Each chunk is read
        when the caller gets to it, without names that have been settled by then."""
        last = 0
        while found := self.read(
            "SELECT id, full_name FROM name WHERE id > ? AND host = ? AND NOT is_settled "
            "ORDER BY id LIMIT ?",
            (last, host, AT_ONCE),
        ):
            last = found[-1][0]
            yield [RepositoryName(full_name, host) for _, full_name in found]

    def put_known(self, known: Iterable[tuple[str, Figures]], *, is_settled: bool) -> None:
        """Add last known figures, by the key of the name; if `is_settled`, they are the answer."""
        with self.transaction() as connection:
            connection.executemany(
                f"UPDATE name SET {_SET_FIGURES}, is_settled = ?10 WHERE key = ?11",
                [(*figures, is_settled, key) for key, figures in known],
            )

    def put_answers(self, answers: Iterable[tuple[RepositoryName, Answer]]) -> None:
        """Add answers; each replaces an earlier one.

        If an answer says nothing about its repository, the last known figures are kept.
        """
        found, refused = [], []
        for name, answer in answers:
            match answer:
                case Facts():
                    found.append((*to_figures(answer), bool(answer.private), name.key))
                case Refusal(reason, message):
                    refused.append((str(reason), message, reason in PASSING, name.key))
        with self.transaction() as connection:
            connection.executemany(
                f"UPDATE name SET {_SET_FIGURES}, private = ?10, reason = NULL, message = NULL, "
                "is_settled = 1 WHERE key = ?11",
                found,
            )
            connection.executemany(
                "UPDATE name SET reason = ?, message = ?, is_settled = 1, "
                "figures = iif(?, figures, NULL) WHERE key = ?",
                refused,
            )

    def answers(self) -> Iterator[tuple[RepositoryName, Answer]]:
        """The answer for each settled name: its figures, or why it has none or only the last known
        ones."""
        for host, full_name, reason, message, figures in self.iterate(
            "SELECT host, full_name, reason, message, figures FROM name WHERE is_settled"
        ):
            answer = to_facts(figures) if reason is None else Refusal(Reason(reason), message)
            yield RepositoryName(full_name, host), answer

    def refuse_unsettled(
        self, why: Refusal, *, on: str | None = None, but_on: Collection[str] = ()
    ) -> int:
        """Settle the unsettled names: all of them, those on one host, or all but those on some
        hosts. Returns how many there were."""
        with self.transaction() as connection:
            return connection.execute(
                "UPDATE name SET reason = ?, message = ?, is_settled = 1 WHERE NOT is_settled "
                "AND host = coalesce(?, host) "
                f"AND host NOT IN ({', '.join('?' * len(but_on))})",
                (str(why.reason), why.message, on, *but_on),
            ).rowcount

    def forget(self, host: str) -> None:
        """Remove all answers for the names on a host, so that they are unsettled."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE name SET figures = NULL, reason = NULL, message = NULL, is_settled = 0 "
                "WHERE host = ?",
                (host,),
            )

    def count_outcomes(self) -> tuple[int, dict[Reason, int]]:
        """How many names have figures, even if only the last known ones; and how many have none, by
        reason."""
        counts = dict(
            self.read(
                "SELECT iif(figures IS NULL, reason, NULL), count(*) FROM name "
                "WHERE figures IS NOT NULL OR reason IS NOT NULL GROUP BY 1"
            )
        )
        ranked = counts.pop(None, 0)
        return ranked, {reason: counts[reason] for reason in Reason if reason in counts}

    def first_message(self) -> str:
        """Why the first name without figures has none."""
        found = self.read("SELECT message FROM name WHERE figures IS NULL ORDER BY id LIMIT 1")
        return found[0][0] if found else ""

    @property
    def has_private(self) -> bool:
        """Whether any of the repositories is private."""
        return bool(self.read("SELECT 1 FROM name WHERE private LIMIT 1"))

    def find_private(self) -> frozenset[str]:
        """The keys of private repositories, by their canonical names."""
        return frozenset(
            key for (key,) in self.read("SELECT canonical_key FROM name WHERE private")
        )

    # Rankings

    def put_rows(
        self, rows: Iterable[Sequence[object]], failures: Iterable[Sequence[object]]
    ) -> None:
        """Add the rows and failures of a finished ranking."""
        for write, found in zip(WRITES, (iter(rows), iter(failures)), strict=True):
            while chunk := [*islice(found, AT_ONCE)]:
                with self.transaction() as connection:
                    connection.executemany(write, chunk)

    def drop_rankings(self) -> None:
        """Delete the rows and failures of all rankings."""
        with self.transaction() as connection:
            for table in ("ranked", "failed", "growth"):
                connection.execute(f"DELETE FROM {table}")


def _entry_row(part: int, place: int, source: str, entry: Entry) -> tuple[object, ...]:
    name = entry.repository
    content = Content(
        entry.title or None,
        entry.description or None,
        (name.full_name,),
        (entry.section,) if entry.section else (),
        (source,),
    )
    return part, place, name.host, name.full_name, name.key, encode_map(content)


def _merge_entries(connection: sqlite3.Connection, part: int, where: str, value: object) -> None:
    """Merge all entries with the same key into one listing, at the place of the first."""
    connection.execute(
        "INSERT OR IGNORE INTO name (host, full_name, key) "
        f"SELECT host, full_name, key FROM entry WHERE {where} ORDER BY place",
        (value,),
    )
    # SQLite takes the other columns from the row with the least place.
    # https://www.sqlite.org/lang_select.html#bareagg
    connection.execute(
        "INSERT INTO listing SELECT part, min(place), name.id, content "
        f"FROM entry JOIN name USING (key) WHERE {where} GROUP BY part, key ORDER BY min(place)",
        (value,),
    )
    several = connection.execute(
        "SELECT first, content FROM entry JOIN ("
        f"SELECT key, min(place) AS first FROM entry WHERE {where} GROUP BY key HAVING count(*) > 1"
        f") USING (key) WHERE {where} ORDER BY first, place",
        (value, value),
    ).fetchall()
    for first, rows in groupby(several, itemgetter(0)):
        contents = [decode_content(content) for _, content in rows]
        merged = merge_contents(contents, contents[0].listed_as)
        connection.execute(
            "UPDATE listing SET content = ? WHERE part = ? AND place = ?",
            (encode_map(merged), part, first),
        )
