BEGIN TRANSACTION;
CREATE TABLE absence (
    -- A name that is gone, as whoever asked last was told.
    key TEXT PRIMARY KEY,
    viewer TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE alias (
    -- A name in lower case, and which repository it leads to as far as is known.
    key TEXT PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository
) STRICT, WITHOUT ROWID;
INSERT INTO "alias" VALUES('team/tool',1);
CREATE TABLE event (
    -- What a run noticed: crawler.results.Event.
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    kind TEXT NOT NULL,
    repository TEXT NOT NULL,
    number INTEGER,
    detail TEXT
) STRICT;
CREATE TABLE facts (
    repository INTEGER NOT NULL REFERENCES repository,
    -- crawler.growth.Origin: the figures of GitHub and of deps.dev are never mixed.
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
INSERT INTO "facts" VALUES(1,1,'team/tool','https://ghe.example.com/team/tool',42,'graphql',1714996800000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE identity (
    -- Fingerprints of tokens are keyed by it, so that they mean nothing outside of this file.
    salt BLOB NOT NULL,
    -- Whose numbers these are: the host of GitHub's API; NULL until a crawl says it.
    server TEXT
) STRICT;
INSERT INTO "identity" VALUES(X'CA89549384C6121BA68718ACF1A02A786A8EBD7AC56F0F264D3630E8D3151A3D','ghe.example.com');
CREATE TABLE list (
    -- The text of each list as it was read last, compressed; the place never holds a key.
    place TEXT PRIMARY KEY,
    text BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reading (
    -- The figures of the last days by the microsecond, for comparisons over less than a day.
    repository INTEGER NOT NULL REFERENCES repository,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    PRIMARY KEY (repository, origin, at)
) STRICT, WITHOUT ROWID;
INSERT INTO "reading" VALUES(1,1,1714996800000000,42);
CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    -- GitHub's databaseId, which survives renames; NULL until a crawl learns it.
    number INTEGER UNIQUE,
    full_name TEXT NOT NULL
) STRICT;
INSERT INTO "repository" VALUES(1,7,'team/tool');
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
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    -- Which lists, and which of their links: runs of one scope are compared.
    scope TEXT NOT NULL,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The whole ranking, compressed JSON; NULL where a later run of the scope has taken its place.
    ranking BLOB
) STRICT;
CREATE TABLE series (
    -- The stars of one repository as one origin wrote them under one name.
    id INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository,
    spelling TEXT NOT NULL,
    origin INTEGER NOT NULL,
    UNIQUE (repository, spelling, origin)
) STRICT;
INSERT INTO "series" VALUES(1,1,'team/tool',1);
CREATE TABLE span (
    -- Successive days on which the stars were the same: crawler.spans.Span.
    series INTEGER NOT NULL REFERENCES series,
    first INTEGER NOT NULL,
    days INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    missing BLOB,
    PRIMARY KEY (series, first)
) STRICT, WITHOUT ROWID;
INSERT INTO "span" VALUES(1,19849,0,42,NULL);
CREATE INDEX alias_of_repository ON alias (repository);
CREATE INDEX series_of_spelling ON series (spelling);
CREATE INDEX reading_by_time ON reading (at);
CREATE INDEX run_of_scope ON run (scope, origin, at);
CREATE INDEX event_of_run ON event (run);
COMMIT;
