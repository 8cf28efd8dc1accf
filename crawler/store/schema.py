"""The tables of the store, version by version.

Times are microseconds since 1970-01-01 UTC, days are days since then. A version, once published, is
never edited: what comes later is a further step.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x53544152
"""`STAR`, at a fixed place of the file, tells a store from any other SQLite database.
https://www.sqlite.org/pragma.html#pragma_application_id"""

_FIRST: Final = """
CREATE TABLE identity (
    -- Fingerprints of tokens are keyed by it, so that they mean nothing outside of this file.
    salt BLOB NOT NULL,
    -- Whose numbers these are: the host of GitHub's API; NULL until a crawl says it.
    server TEXT
) STRICT;

CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    -- GitHub's databaseId, which survives renames; NULL until a crawl learns it.
    number INTEGER UNIQUE,
    full_name TEXT NOT NULL
) STRICT;

CREATE TABLE alias (
    -- A name in lower case, and which repository it leads to as far as is known.
    key TEXT PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_of_repository ON alias (repository);

CREATE TABLE facts (
    repository INTEGER NOT NULL REFERENCES repository,
    -- crawler.ranking.growth.Origin: the figures of GitHub and of deps.dev are never mixed.
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
    -- A name that is gone, as whoever asked last was told.
    key TEXT PRIMARY KEY,
    viewer TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    -- The stars of one repository as one origin wrote them under one name.
    id INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository,
    spelling TEXT NOT NULL,
    origin INTEGER NOT NULL,
    UNIQUE (repository, spelling, origin)
) STRICT;

CREATE INDEX series_of_spelling ON series (spelling);

CREATE TABLE span (
    -- Successive days on which the stars were the same: crawler.ranking.spans.Span.
    series INTEGER NOT NULL REFERENCES series,
    first INTEGER NOT NULL,
    days INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    missing BLOB,
    PRIMARY KEY (series, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (
    -- The figures of the last days by the microsecond, for comparisons over less than a day.
    repository INTEGER NOT NULL REFERENCES repository,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    PRIMARY KEY (repository, origin, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX reading_by_time ON reading (at);

CREATE TABLE response (
    -- The last answer to each question, compressed, and who was told so: only the same viewer may
    -- ask whether it has changed.
    url TEXT NOT NULL,
    media_type TEXT NOT NULL,
    viewer TEXT NOT NULL,
    etag TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (url, media_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE list (
    -- The text of each list as it was read last, compressed; the place never holds a key.
    place TEXT PRIMARY KEY,
    text BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    -- Which lists, and which of their links: runs of one scope are compared.
    scope TEXT NOT NULL,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The whole ranking, compressed JSON; NULL where a later run of the scope has taken its place.
    ranking BLOB
) STRICT;

CREATE INDEX run_of_scope ON run (scope, origin, at);

CREATE TABLE event (
    -- What a run noticed: crawler.model.results.Event.
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    kind TEXT NOT NULL,
    repository TEXT NOT NULL,
    number INTEGER,
    detail TEXT
) STRICT;

CREATE INDEX event_of_run ON event (run);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST,)
"""Step n leads from version n to version n + 1; an empty file has version 0."""
