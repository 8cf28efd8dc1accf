"""A ranking in the tables of a run: its rows and failures, read on demand."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar, overload

import msgspec

from crawler.model.errors import RunError
from crawler.model.filters import Sort
from crawler.model.frozen import frozen
from crawler.model.rows import EventKind, Failure, LazyRows, Row
from crawler.model.values import Reason, RepositoryName
from crawler.ranking.changes import Seen
from crawler.ranking.gains import Growth
from crawler.store.damage import Damaged, reading
from crawler.store.figures import (
    Standing,
    decode_content,
    encode_map,
    to_row,
)
from crawler.store.moments import encode_time
from crawler.store.workspace import AT_ONCE, READS, Workspace

T = TypeVar("T", Row, Failure)

_ORDERS: Final[dict[Sort, str]] = {
    "stars": "place",
    "gained": "gained IS NULL, distant, gained DESC, place",
    "rate": "rate IS NULL, distant, rate DESC, place",
    "pushed": "pushed_at IS NULL, pushed_at DESC, place",
    "name": "substr(key, instr(key, '/')), place",
}
"""The order of rows: unknown last, largest first, ties by rank and name."""

SEEN: Final = """
SELECT iif(number IS NULL, key, host || '#' || number) AS identity, host, full_name, key, number,
    listed, rank, stars, archived, reason, content, 0 AS is_failure
FROM ranked WHERE run = ?1
UNION ALL
SELECT key, host, full_name, key, NULL, NULL, NULL, 0, NULL, reason, content, 1
FROM failed WHERE run = ?1
ORDER BY identity, is_failure
"""
"""The columns that `to_seen` needs, in the order of identities."""

_decode_growth = msgspec.msgpack.Decoder(Growth).decode


class Place(NamedTuple):
    """The keys by which a comparison looks up a row or failure."""

    host: str
    full_name: str
    key: str
    """The host of that name."""
    number: int | None
    listed: str | None
    """The keys of its other listed names, one a line; None if there are none."""
    stars: int
    fetched_at: int
    """The time of its figures; 0 for a failure."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all its known names, the canonical one first."""
        return (self.key,) if self.listed is None else (self.key, *self.listed.split("\n"))


@frozen
class StoredRun:
    """A ranking in a workspace, identified by a number."""

    workspace: Workspace
    number: int
    now: datetime
    """The time of the report, from which ages count."""
    growth: Growth = Growth()
    """That of the rows and failures that have none of their own."""

    @property
    def rows(self) -> StoredRows:
        """Its rows, most stars first."""
        return StoredRows(self, range(self._count("ranked")))

    @property
    def failures(self) -> StoredFailures:
        """Its failures, in the order of the lists."""
        return StoredFailures(self, range(self._count("failed")))

    def _count(self, table: str) -> int:
        ((count,),) = self.workspace.read(
            f"SELECT count(*) FROM {table} WHERE run = ?", (self.number,)
        )
        return int(count)

    def seen(self) -> Iterator[Seen]:
        """The parts that a comparison with another run needs."""
        return map(to_seen, self.workspace.iterate(SEEN, (self.number,)))

    def columns(self, number: int) -> Iterator[Iterator[Any]]:
        """The columns of the tables for each row, and for each failure, as those of the run of that
        number."""
        return (self.workspace.iterate(query, (number, self.number)) for query in READS)

    def find_numbered(self) -> frozenset[str]:
        """The names (`RepositoryName.qualified`) of rows whose answers came from their own
        hosts."""
        found = self.workspace.read(
            "SELECT full_name, host FROM ranked WHERE run = ? AND number IS NOT NULL",
            (self.number,),
        )
        return frozenset(RepositoryName(*columns).qualified for columns in found)

    def places(self) -> Iterator[list[Place]]:
        """The places of all rows in order, in parts."""
        return self._places("host, full_name, key, number, listed, stars, fetched_at", "ranked")

    def failed_places(self) -> Iterator[list[Place]]:
        """The places of all failures, likewise."""
        return self._places("host, full_name, key, NULL, NULL, 0, 0", "failed")

    def _places(self, columns: str, table: str) -> Iterator[list[Place]]:
        last = -1
        while found := self.workspace.read(
            f"SELECT place, {columns} FROM {table} WHERE run = ? AND place > ? "
            "ORDER BY place LIMIT ?",
            (self.number, last, AT_ONCE),
        ):
            last = found[-1][0]
            yield [Place(*each) for _, *each in found]

    def put_growths(self, rows: Iterable[Growth], failures: Iterable[Growth]) -> None:
        """Store the growth of each row and failure, in their order."""
        # Failures have negative places.
        found = (
            (
                self.number,
                place,
                growth.gained,
                growth.rate,
                growth.baseline_distant,
                encode_map(growth),
            )
            for growths, places in ((rows, range(0, 2**62)), (failures, range(-1, -(2**62), -1)))
            for place, growth in zip(places, growths)  # noqa: B905 - places never run out
        )
        while chunk := [*islice(found, AT_ONCE)]:
            with self.workspace.transaction() as connection:
                connection.executemany("INSERT INTO growth VALUES (?, ?, ?, ?, ?, ?)", chunk)


def to_seen(columns: Sequence[Any]) -> Seen:
    """The parts of a row or failure that a comparison needs."""
    *known, listed, rank, stars, archived, reason, content, _ = columns
    identity, host, full_name, key, number = known
    return Seen(
        identity,
        host,
        full_name,
        key,
        number,
        (key,) if listed is None else tuple(listed.split("\n")),
        rank,
        stars,
        archived,
        reason and Reason(reason),
        content,
    )


class _Stored(Sequence[T]):
    """Some of the rows or failures of a run, at their places in its table."""

    _kind: str

    def __init__(self, run: StoredRun, places: Sequence[int]) -> None:
        self.run = run
        self._places = places
        self._held: tuple[int, Sequence[T]] = 0, ()
        """The rows that were read last, and their first index: several reports read the same
        rows."""

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self), AT_ONCE):
            held = self._held
            if held[0] != start or not held[1]:
                held = start, tuple(self._load(self._places[start : start + AT_ONCE]))
                self._held = held
            yield from held[1]

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if len(self._held[1]) == len(self):
            return self._held[1][index]
        if isinstance(index, slice):
            return self._like(self._places[index])
        place = self._places[index]
        return next(iter(self._load(range(place, place + 1))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Stored | tuple):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash((self._kind, len(self)))

    def __repr__(self) -> str:
        return f"<{len(self):,} {self._kind}>"

    def at(self, places: Iterable[int]) -> Sequence[T]:
        """The items at `places` in this sequence, in that order."""
        return self._like(array("q", [self._places[place] for place in places]))

    def _like(self, places: Sequence[int]) -> Sequence[T]:
        return type(self)(self.run, places)

    def _load(self, places: Sequence[int]) -> Iterable[T]:
        raise NotImplementedError


class StoredRows(_Stored[Row], LazyRows):
    """Rows of a run."""

    _kind = "rows"

    def in_order(self, sort: Sort) -> Sequence[Row]:
        """As `LazyRows.in_order`."""
        found = self.run.workspace.read(
            "SELECT place FROM ranked LEFT JOIN growth USING (run, place) "
            f"WHERE run = ? ORDER BY {_ORDERS[sort]}",
            (self.run.number,),
        )
        wanted = self._places if isinstance(self._places, range) else frozenset(self._places)
        return self._like(array("q", [place for (place,) in found if place in wanted]))

    def _load(self, places: Sequence[int]) -> list[Row]:
        now = encode_time(self.run.now)
        common = _encode_known(self.run.growth)
        columns = "rank, renamed, fetched_at, reason, figures, content, growth.value"
        found = _select(self.run, columns, "ranked", places)
        with _readable():
            return [
                to_row(
                    figures,
                    content,
                    encode_map(
                        Standing(
                            rank,
                            None if renamed is None else bool(renamed),
                            # Even if the clock was set back since, old figures do not become fresh.
                            max((now - fetched_at) // 1_000_000, 0),
                            reason is not None,
                            reason,
                        )
                    ),
                    common if growth is None else growth,
                )
                for rank, renamed, fetched_at, reason, figures, content, growth in found
            ]


class StoredFailures(_Stored[Failure]):
    """Failures of a run."""

    _kind = "failures"

    def _load(self, places: Sequence[int]) -> list[Failure]:
        columns = "full_name, host, reason, message, content, growth.value"
        found = _select(self.run, columns, "failed", places)
        with _readable():
            return [
                Failure(
                    full_name,
                    host,
                    Reason(reason),
                    message,
                    (said := decode_content(content)).sections,
                    said.sources,
                    *self._changed(growth),
                )
                for full_name, host, reason, message, content, growth in found
            ]

    def _changed(self, stored: bytes | None) -> tuple[tuple[EventKind, ...] | None, date | None]:
        growth = self.run.growth if stored is None else _decode_growth(stored)
        return growth.changed, growth.changed_since


def _encode_known(growth: Growth) -> bytes:
    """Without what is unknown, as it is in a row by default."""
    values = msgspec.to_builtins(growth)
    return encode_map({key: value for key, value in values.items() if value is not None})


@contextmanager
def _readable() -> Iterator[None]:
    try:
        with reading():
            yield
    except Damaged as error:
        raise RunError(f"the run has a row that cannot be read: {error}") from error


def _select(run: StoredRun, columns: str, table: str, places: Sequence[int]) -> list[Any]:
    """The rows of a table at some places, in the order of those, with their growth."""
    grown = f"{table}.place" if table == "ranked" else f"-1 - {table}.place"
    joined = f"LEFT JOIN growth ON growth.run = {table}.run AND growth.place = {grown}"
    if isinstance(places, range) and places.step == 1:
        return run.workspace.read(
            f"SELECT {columns} FROM {table} {joined} WHERE {table}.run = ? "
            f"AND {table}.place >= ? AND {table}.place < ? ORDER BY {table}.place",
            (run.number, places.start, places.stop),
        )
    return run.workspace.read(
        f"SELECT {columns} FROM json_each(?) AS wanted "
        f"CROSS JOIN {table} ON {table}.run = ? AND {table}.place = wanted.value {joined} "
        "ORDER BY wanted.id",
        (json.dumps(list(places)), run.number),
    )
