"""The bursts of repositories whose whole history is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import pairwise

from crawler.model.rows import Burst
from crawler.model.values import FigureKind
from crawler.ranking.bursts import find_burst
from crawler.ranking.growth import GAP_DAYS, Provenance
from crawler.store.baselines import Compared
from crawler.store.damage import reading
from crawler.store.moments import decode_day, encode_day
from crawler.store.retained import decode_days
from crawler.store.timelines import load_timelines


@reading()
def load_bursts(
    connection: sqlite3.Connection, figures: Iterable[Compared], provenance: Provenance
) -> dict[str, Burst]:
    """The largest burst of each repository with a star history from its creation on, by the key of
    its name. Figures after the end of that history come from runs."""
    if provenance is not Provenance.GITHUB:
        return {}
    wanted = {each.key: each for each in figures}
    lives = {
        key: (first, last, stars, decode_days(days))
        for key, first, last, stars, days in connection.execute(
            "SELECT wanted.value, first, last, stars, days FROM json_each(?) AS wanted "
            "CROSS JOIN alias ON alias.key = wanted.value "
            "CROSS JOIN retained ON retained.repository = alias.repository AND is_whole",
            (json.dumps(list(wanted)),),
        )
    }
    found = {}
    for key, (first, last, stars, days) in lives.items():
        figure = wanted[key]
        seen = [(last, stars)]
        if figure.day > last:
            seen += _observed(connection, key, last, figure.day)
            seen.append((figure.day, figure.stars))
        if any(day - earlier > GAP_DAYS for (earlier, _), (day, _) in pairwise(seen)):
            continue  # the stars may have come on any day in between
        for (earlier, before), (day, after) in pairwise(seen):
            days.extend([0] * (day - earlier - 1))
            days.append(max(after - before, 0))
        burst = find_burst(decode_day(first), days)
        if burst is not None:
            found[key] = burst
    return found


def _observed(
    connection: sqlite3.Connection, key: str, after: int, before: int
) -> list[tuple[int, int]]:
    """Days on which runs observed a repository, between two others, with its stars."""
    start, until = decode_day(after), decode_day(before)
    timelines = load_timelines(
        connection, [key], Provenance.GITHUB, start=start, day=start, until=until
    )
    points = ((point, encode_day(point.day)) for point in timelines.get(key, ()))
    return [
        (day, point.stars)
        for point, day in points
        if point.kind is FigureKind.OBSERVED and after < day < before
    ]
