"""The tables of the store, as one script for each version; `crawler.store.migrations` runs them.

Times are microseconds since 1970-01-01 UTC, days are days since then. Never change the statements
of a published version: add a script.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x53544152
"""`STAR`, at a fixed place in the file: tells a store from other SQLite databases.
https://www.sqlite.org/pragma.html#pragma_application_id"""

FIRST: Final = """
CREATE TABLE identity (
    -- Key of the fingerprints of tokens, so that they are useless outside this file.
    salt BLOB NOT NULL,
    -- The host whose numbers these are; NULL before the first crawl. (No comma may stand in this
    -- comment: DROP COLUMN below cuts the text of the table at the last one before the column.)
    server TEXT
) STRICT;

CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    -- GitHub's databaseId, which survives renames; NULL until a crawl reads it.
    number INTEGER UNIQUE,
    full_name TEXT NOT NULL
) STRICT;

CREATE TABLE alias (
    -- A name in lower case, and the repository that it leads to.
    key TEXT PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_of_repository ON alias (repository);

CREATE TABLE facts (
    repository INTEGER NOT NULL REFERENCES repository,
    -- crawler.ranking.growth.Provenance: figures of GitHub and of deps.dev are kept apart.
    origin INTEGER NOT NULL,
    full_name TEXT NOT NULL,
    url TEXT NOT NULL,
    stars INTEGER NOT NULL,
    provider TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    forks INTEGER,
    language TEXT,
    license TEXT,
    archived INTEGER,
    fork INTEGER,
    pushed_at INTEGER,
    about TEXT,
    PRIMARY KEY (repository, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE absence (
    -- A name that is gone, and the viewer who asked for it last.
    key TEXT PRIMARY KEY,
    viewer TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    -- The stars of one repository under one name from one origin.
    id INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository,
    spelling TEXT NOT NULL,
    origin INTEGER NOT NULL,
    UNIQUE (repository, spelling, origin)
) STRICT;

CREATE INDEX series_of_spelling ON series (spelling);

CREATE TABLE span (
    -- Successive days with the same number of stars: crawler.ranking.spans.Span.
    series INTEGER NOT NULL REFERENCES series,
    first INTEGER NOT NULL,
    days INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    missing BLOB,
    PRIMARY KEY (series, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (
    -- Figures of the last days with their exact times, for comparisons over less than a day.
    repository INTEGER NOT NULL REFERENCES repository,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    PRIMARY KEY (repository, origin, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX reading_by_time ON reading (at);

CREATE TABLE response (
    -- The last response for each URL, compressed, and the viewer who got it: only that viewer may
    -- ask whether it has changed.
    url TEXT NOT NULL,
    media_type TEXT NOT NULL,
    viewer TEXT NOT NULL,
    etag TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (url, media_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE list (
    -- The text of each list as it was last read, compressed; the place never contains a secret.
    place TEXT PRIMARY KEY,
    text BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    -- The lists, and which of their links are ranked: only runs of the same scope are compared.
    scope TEXT NOT NULL,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The whole ranking as compressed JSON; NULL if a later run of the scope replaced it.
    ranking BLOB
) STRICT;

CREATE INDEX run_of_scope ON run (scope, origin, at);

CREATE TABLE event (
    -- A change that a run noticed: crawler.model.results.Event.
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    kind TEXT NOT NULL,
    repository TEXT NOT NULL,
    number INTEGER,
    detail TEXT
) STRICT;

CREATE INDEX event_of_run ON event (run);
"""

ROW_TABLES: Final = """
CREATE TABLE ranked (
    -- The rows of a ranking, in the order of their rank.
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    -- Of that name, such as github.com/owner/repo.
    key TEXT NOT NULL,
    number INTEGER,
    -- The keys of its listed names, one a line; NULL if that is only its own name.
    listed TEXT,
    stars INTEGER NOT NULL,
    archived INTEGER,
    renamed INTEGER,
    pushed_at INTEGER,
    fetched_at INTEGER NOT NULL,
    -- Why the figures could not be fetched again; NULL if they are fresh.
    reason TEXT,
    -- What the answer and what the lists say about it: crawler.store.figures.
    figures BLOB NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE failed (
    -- The listed names without figures, in the order of the lists.
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
"""

HOSTS: Final = """
-- Repositories of several hosts in one file. The first version had those of one server, and kept
-- its lists as if they were on github.com.
CREATE TABLE repository_of_host (
    id INTEGER PRIMARY KEY,
    -- crawler.model.hosts.Host.name
    host TEXT NOT NULL,
    -- Its number on the host, which survives renames; NULL until a crawl reads it.
    number INTEGER,
    full_name TEXT NOT NULL,
    UNIQUE (host, number)
) STRICT;

INSERT INTO repository_of_host
SELECT id, coalesce((SELECT server FROM identity), 'github.com'), number, full_name
FROM repository;

DROP TABLE repository;
ALTER TABLE repository_of_host RENAME TO repository;

-- Keys of names begin with the host: github.com/owner/repo. first_seen and last_seen are the first
-- and the last day on which a name led to its repository; NULL if unknown.
UPDATE alias SET key = (SELECT host FROM repository WHERE id = repository) || '/' || key;
ALTER TABLE alias ADD COLUMN first_seen INTEGER;
ALTER TABLE alias ADD COLUMN last_seen INTEGER;
UPDATE alias SET (first_seen, last_seen) = (
    SELECT min(first), max(first + days)
    FROM series JOIN span ON span.series = series.id
    WHERE series.repository = alias.repository
    AND key = (SELECT host FROM repository WHERE id = alias.repository) || '/' || lower(spelling)
);

UPDATE absence SET key = coalesce((SELECT server FROM identity), 'github.com') || '/' || key;

CREATE TABLE facts_as_values (
    -- crawler.store.figures.Figures
    repository INTEGER NOT NULL REFERENCES repository,
    -- crawler.ranking.growth.Provenance: figures of GitHub and of deps.dev are kept apart.
    origin INTEGER NOT NULL,
    host TEXT NOT NULL,
    full_name TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER,
    stars INTEGER NOT NULL,
    archived INTEGER,
    pushed_at INTEGER,
    fetched_at INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (repository, origin)
) STRICT, WITHOUT ROWID;

ALTER TABLE event ADD COLUMN host TEXT NOT NULL DEFAULT 'github.com';
UPDATE event SET host = (SELECT server FROM identity)
WHERE (SELECT server FROM identity) IS NOT NULL;

UPDATE run
SET scope = replace(
    scope, ' https://github.com/', ' https://' || (SELECT server FROM identity) || '/'
)
WHERE (SELECT server FROM identity) IS NOT NULL;
UPDATE list
SET place = 'https://' || (SELECT server FROM identity) || substr(place, 19)
WHERE place LIKE 'https://github.com/%' AND (SELECT server FROM identity) IS NOT NULL;

ALTER TABLE identity DROP COLUMN server;

-- All about a run but its rows: crawler.store.runs.Header; NULL if the rows are not kept.
ALTER TABLE run ADD COLUMN header BLOB;

CREATE TABLE part (
    -- The runs over single lists that belong to a run over several, in order.
    whole INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (whole, position)
) STRICT, WITHOUT ROWID;
"""

RETAINED: Final = """
CREATE TABLE retained (
    -- How many of a repository's stars at the time of the request were given on each day. Each
    -- row is a stretch of successive days.
    repository INTEGER NOT NULL REFERENCES repository,
    first INTEGER NOT NULL,
    -- The day of the request, which is incomplete.
    last INTEGER NOT NULL,
    -- All stars at that time.
    stars INTEGER NOT NULL,
    -- The number for each day from first to last: a list as MessagePack.
    days BLOB NOT NULL,
    -- Whether the repository had no stars before first.
    is_whole INTEGER NOT NULL,
    PRIMARY KEY (repository, first)
) STRICT, WITHOUT ROWID;
"""

SHARED: Final = """
-- The earlier run that has the same rows and failures; NULL if this run has its own.
ALTER TABLE run ADD COLUMN same_as INTEGER REFERENCES run;
"""

FORMER: Final = """
-- The number of the first repository that had the name, if another one has it now.
ALTER TABLE alias ADD COLUMN former INTEGER;
WITH earlier AS (
    -- With min() alone, the number is that of the same row.
    SELECT host || '/' || lower(full_name) AS key, min(id) AS id, number
    FROM repository WHERE number IS NOT NULL GROUP BY 1
)
UPDATE alias SET former = earlier.number FROM earlier
WHERE earlier.key = alias.key AND earlier.id < alias.repository;
"""


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements of a script one by one: `executescript` would end the transaction."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            connection.execute(pending)
            pending = ""
