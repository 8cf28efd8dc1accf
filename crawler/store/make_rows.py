"""Make the rows, failures and sums of a ranking from the answers in the tables of its run."""

from __future__ import annotations

import sqlite3
from itertools import groupby
from operator import itemgetter
from typing import Final

from crawler.model.results import Sums
from crawler.model.values import Reason
from crawler.store.figures import decode_content, encode_map, merge_contents
from crawler.store.workspace import Workspace

_CHOSEN: Final = """
    FROM listing JOIN name ON name.id = listing.name
    WHERE part = :part AND figures IS NOT NULL AND NOT (:public AND private)
"""

_MERGED: Final = f"SELECT identity {_CHOSEN} GROUP BY identity HAVING count(*) > 1"
"""The identities of several names."""

_RANK: Final = f"""
INSERT INTO ranked
SELECT :run, row_number() OVER best - 1, rank() OVER (ORDER BY name.stars DESC),
    host, canonical, canonical_key, number, iif(name.key = canonical_key, NULL, name.key),
    name.stars, archived,
    iif(:follows OR number IS NOT NULL, name.key <> canonical_key, NULL),
    pushed_at, fetched_at, reason, figures, content
{_CHOSEN} AND name.id NOT IN (
    SELECT id FROM (
        SELECT name.id, row_number() OVER (
            PARTITION BY identity ORDER BY reason IS NOT NULL, fetched_at DESC, listing.place
        ) AS choice
        {_CHOSEN} AND identity IN ({_MERGED})
    ) WHERE choice > 1
)
WINDOW best AS (
    ORDER BY name.stars DESC, substr(canonical_key, instr(canonical_key, '/')), canonical_key
)
"""

_SEVERAL: Final = f"""
WITH merged AS ({_MERGED})
SELECT ranked.place, name.key, ranked.key, listing.content
FROM merged
CROSS JOIN name USING (identity)
CROSS JOIN listing ON part = :part AND listing.name = name.id
CROSS JOIN ranked ON run = :run
    AND merged.identity =
        iif(ranked.number IS NULL, ranked.key, ranked.host || '#' || ranked.number)
ORDER BY ranked.place, listing.place
"""

_FAIL: Final = """
INSERT INTO failed
SELECT :run, row_number() OVER (ORDER BY place) - 1, host, full_name, key,
    iif(figures IS NULL, reason, 'not_found'), iif(figures IS NULL, message, 'Not Found'), content
FROM listing JOIN name ON name.id = listing.name
WHERE part = :part AND (figures IS NULL OR (:public AND private))
"""


def make_rows(
    workspace: Workspace, run: int, part: int, *, follows: bool, public: bool = False
) -> Sums:
    """Make the rows and failures of a ranking from a list's names and their answers; count them.

    Names with one identity become one row with the newest of the fresh figures, or the newest of
    all if none is fresh. Most stars come first; ties are ordered by name without case and share a
    rank. `follows` says whether the provider follows renames; `public` treats private
    repositories as missing. An answer with a number comes from the repository's own host.
    """
    with workspace.transaction() as connection:
        values = {"run": run, "part": part, "follows": follows, "public": public}
        connection.execute(_RANK, values)
        _merge_rows(connection, run, part, public=public)
        connection.execute(_FAIL, values)
    return _sums(workspace, run, part, follows=follows)


def _sums(workspace: Workspace, run: int, part: int, *, follows: bool) -> Sums:
    ((ranked, renamed, followed, archived, known, stale),) = workspace.read(
        "SELECT count(*), sum(renamed), count(renamed), sum(archived), count(archived), "
        "count(reason) "
        "FROM ranked WHERE run = ?",
        (run,),
    )
    reasons = dict(
        workspace.read("SELECT reason, count(*) FROM failed WHERE run = ? GROUP BY 1", (run,))
    )
    listed = workspace.count_listings(part)
    return Sums(
        listed=listed,
        ranked=ranked,
        duplicates=listed - ranked - sum(reasons.values()),
        renamed=(renamed or 0) if followed == ranked else None,
        # Of a host that follows repositories, a few may lack it, but not all.
        archived=(archived or 0) if (known and follows) or known == ranked else None,
        failed=tuple((reason, reasons[reason]) for reason in Reason if reason in reasons),
        stale=stale,
    )


def _merge_rows(connection: sqlite3.Connection, run: int, part: int, *, public: bool) -> None:
    """Combine the names, sections and sources of rows of the same repository."""
    several = connection.execute(_SEVERAL, {"run": run, "part": part, "public": public}).fetchall()
    for place, rows in groupby(several, itemgetter(0)):
        keys, canonical, contents = zip(*(row[1:] for row in rows), strict=True)
        found = [decode_content(content) for content in contents]
        merged = merge_contents(found, tuple(name for each in found for name in each.listed_as))
        connection.execute(
            "UPDATE ranked SET content = ?, listed = ?, renamed = iif(renamed IS NULL, NULL, ?) "
            "WHERE run = ? AND place = ?",
            (encode_map(merged), "\n".join(keys), set(keys) != {canonical[0]}, run, place),
        )
