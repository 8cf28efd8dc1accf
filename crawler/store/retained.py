"""Star histories from hosts: how many of the stars that still stand were given on each day."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from crawler.model.values import KnownDays, RepositoryName, StarHistory
from crawler.ranking.growth import Provenance
from crawler.ranking.spans import Span, last_seen
from crawler.store.damage import reading
from crawler.store.moments import decode_day, encode_day
from crawler.store.names import Names

_encode_days: Final = msgspec.msgpack.Encoder().encode
decode_days: Final = msgspec.msgpack.Decoder(list[int]).decode


def save_star_histories(connection: sqlite3.Connection, histories: Sequence[StarHistory]) -> None:
    """Store star histories. An older history is continued by the new one if the two overlap;
    otherwise it stays a separate stretch."""
    names = Names(
        connection,
        [each.name.key for each in histories],
        [(each.name.host, each.id) for each in histories if each.id is not None],
    )
    found = [
        names.find(each.name, each.id, (each.name.key,), encode_day(each.last))
        for each in histories
    ]
    names.write()
    for each, repository in zip(histories, map(names.current, found), strict=True):
        first, days, is_whole = encode_day(each.first), list(each.days), each.is_whole
        for begun, stored, was_whole in _overtaken(connection, repository, first):
            if begun < first:
                days = [*stored[: first - begun], *days]
                first, is_whole = begun, was_whole
            connection.execute(
                "DELETE FROM retained WHERE repository = ? AND first = ?", (repository, begun)
            )
        connection.execute(
            "INSERT INTO retained VALUES (?, ?, ?, ?, ?, ?)",
            (repository, first, encode_day(each.last), each.stars, _encode_days(days), is_whole),
        )


@reading()
def _overtaken(
    connection: sqlite3.Connection, repository: int, first: int
) -> list[tuple[int, list[int], bool]]:
    """The stretches up to a day or later, newest first. The last day of each was incomplete when it
    was fetched, so a stretch that ends on the day before would lack part of a day."""
    return [
        (begun, decode_days(days), bool(is_whole))
        for begun, days, is_whole in connection.execute(
            "SELECT first, days, is_whole FROM retained WHERE repository = ? AND last >= ? "
            "ORDER BY first DESC",
            (repository, first),
        )
    ]


@reading()
def load_known_days(
    connection: sqlite3.Connection, names: Iterable[RepositoryName], today: date
) -> dict[RepositoryName, KnownDays]:
    """The days for which the stars of each of `names` are known; unknown ones are missing."""
    wanted = {name.key: name for name in names}
    keys, until = json.dumps(list(wanted)), encode_day(today)
    observed: dict[str, int] = {}
    for key, *span in connection.execute(
        "SELECT wanted.value, first, days, stars, missing FROM json_each(?1) AS wanted "
        "CROSS JOIN alias ON alias.key = wanted.value "
        "CROSS JOIN series ON series.repository = alias.repository AND origin = ?3 "
        "CROSS JOIN span ON span.series = series.id AND first = "
        "(SELECT max(first) FROM span WHERE series = series.id AND first < ?2)",
        (keys, until, Provenance.GITHUB),
    ):
        first, days, stars, missing = span
        last = last_seen(Span(first, days, stars, missing or b""), until - 1)
        observed[key] = max(observed.get(key, first), first if last is None else last)
    return {
        wanted[key]: KnownDays(
            None if first is None else decode_day(first),
            None if last is None else decode_day(last),
            None if key not in observed else decode_day(observed[key]),
        )
        for key, first, last in connection.execute(
            "SELECT wanted.value, first, last FROM json_each(?1) AS wanted "
            "CROSS JOIN alias ON alias.key = wanted.value "
            "LEFT JOIN retained AS newest ON newest.repository = alias.repository AND first = "
            "(SELECT max(first) FROM retained WHERE repository = alias.repository)",
            (keys,),
        )
    }


@reading()
def load_star_histories(
    connection: sqlite3.Connection, keys: Iterable[str]
) -> dict[str, tuple[StarHistory, ...]]:
    """The star history of each of the keys, oldest first; repositories without one are missing."""
    rows = connection.execute(
        "SELECT wanted.value, full_name, host, number, stars, first, retained.days, is_whole "
        "FROM json_each(?) AS wanted CROSS JOIN alias ON alias.key = wanted.value "
        "CROSS JOIN retained ON retained.repository = alias.repository "
        "CROSS JOIN repository ON repository.id = alias.repository ORDER BY wanted.id, first",
        (json.dumps(list(keys)),),
    )
    return {
        key: tuple(
            StarHistory(
                RepositoryName(full_name, host),
                number,
                stars,
                decode_day(first),
                tuple(decode_days(days)),
                bool(is_whole),
            )
            for _, full_name, host, number, stars, first, days, is_whole in found
        )
        for key, found in groupby(rows, itemgetter(0))
    }


def history_since(history: StarHistory, start: date) -> StarHistory:
    """The part of a star history from a day on; all of it if it begins later."""
    skipped = min(max((start - history.first).days, 0), len(history.days) - 1)
    return replace(
        history,
        first=history.first + timedelta(skipped),
        days=history.days[skipped:],
        is_whole=history.is_whole and not skipped,
    )
