"""The results of a run: the ranking, its sums and cost, what changed, and past stars.

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from crawler.model.frozen import frozen
from crawler.model.rows import EventKind, Failure, Row, as_dict, to_plain
from crawler.model.text import printable
from crawler.model.values import (
    FigureKind,
    Reason,
    RepositoryName,
    Source,
    UnreadFile,
    UnreadList,
    note_on,
)

SCHEMA_VERSION: Final = 1
"""Version of the JSON of `Ranking.to_dict`; it is raised when the meaning of a key changes."""

TREND_DAYS: Final = 90
"""Days that a trend shows unless the user gave a day to compare with."""

LIVES_HELD: Final = 10
"""Rows of which a ranking in memory holds the whole past: as many as a chart draws."""


@frozen
class Usage:
    """The cost of a run."""

    requests: int = 0
    """HTTP requests of every kind, including retries."""
    graphql_points: int = 0
    rest_requests: int = 0
    """The requests that went to GitHub's REST API."""
    seconds: float = 0.0
    """From the start of the run to its last answer."""
    from_store: int = 0
    """Names that were not requested, because the store had a fresh answer."""


@frozen
class Sums:
    """Counts of repositories: listed = ranked + duplicates + all failed."""

    listed: int
    """Different names in the lists."""
    ranked: int
    """Rows of the whole ranking."""
    duplicates: int
    """Names of a repository that is already listed under another name."""
    renamed: int | None
    """None if the provider does not tell."""
    archived: int | None
    """None if the provider does not tell."""
    failed: tuple[tuple[Reason, int], ...]
    """In the order of `Reason`, without zeros."""
    stale: int = 0
    """Rows of `ranked` whose figures are the last known ones."""
    left_out: int = 0
    """Rows and failures that a filter hides from the report."""
    cut: int = 0
    """Rows that pass the filters but are beyond the top that the report shows."""
    elsewhere: tuple[tuple[str, int], ...] = ()
    """Entries without a repository on a supported host, not counted in `listed`: their number by
    host (`no repository link` if there is none), largest first."""


@frozen
class Point:
    """The stars of a repository on one day."""

    day: date
    """UTC."""
    stars: int
    kind: FigureKind = FigureKind.OBSERVED
    """How it became known."""


@frozen
class Event:
    """Something that happened to a repository, noticed by a run."""

    kind: EventKind
    at: datetime
    """When the run that noticed it made its report."""
    repository: str
    """`owner/repo` at that time."""
    host: str
    """Its host, such as `github.com`."""
    id: int | None
    """Its number on the host."""
    detail: str | None = None
    """listed, dropped: the lists that name or named it; renamed: the former name, on the same host;
    milestone: the stars reached, such as `1000`; entered_top: the size of the top; gone: the
    reason; replaced: the number of the repository that had the name before."""

    @property
    def name(self) -> RepositoryName:
        """Its name at that time."""
        return RepositoryName(self.repository, self.host)


@frozen
class Changes:
    """What happened to the lists' repositories since an earlier time.

    Names are `RepositoryName.qualified`, and sorted.

    None means that no run over these lists at or before that time is known.
    """

    since: datetime
    """The requested time."""
    baseline_at: datetime | None
    """When the last run over these lists at or before `since` was made."""
    new: tuple[str, ...] | None
    """Entries that the lists did not have at that time."""
    dropped: tuple[str, ...] | None
    archived: tuple[str, ...] | None
    renamed: tuple[tuple[str, str], ...] | None
    """Pairs of the name then and the name now."""
    gone: tuple[str, ...] | None
    replaced: tuple[str, ...] | None = None
    """Listed names that now belong to another repository, according to its number."""


class History(Mapping[str, tuple[Point, ...]]):
    """Past stars of the repositories of some rows, read on demand."""

    def __init__(
        self,
        load: Callable[[Sequence[str]], Mapping[str, tuple[Point, ...]]],
        rows: Sequence[Row],
        load_lives: Callable[[Sequence[str]], Mapping[str, tuple[Point, ...]]] | None = None,
    ) -> None:
        """`load` reads the stars of some names (`RepositoryName.qualified`) since the start of
        trends, `load_lives` everything known about them; None: same as `load`."""
        self.load = load
        self.load_lives = load_lives or load
        self._rows = rows

    def __getitem__(self, name: str) -> tuple[Point, ...]:
        return self.load([name])[name]

    def __iter__(self) -> Iterator[str]:
        return (row.name.qualified for row, points in with_history(self._rows, self) if points)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def with_history(
    rows: Iterable[Row], history: Mapping[str, tuple[Point, ...]]
) -> Iterator[tuple[Row, tuple[Point, ...]]]:
    """Each of `rows` with its past stars, oldest first."""
    remaining = iter(rows)
    while chunk := [*islice(remaining, _AT_ONCE)]:
        found = history
        if isinstance(history, History):
            found = history.load([row.name.qualified for row in chunk])
        for row in chunk:
            yield row, found.get(row.name.qualified, ())


_AT_ONCE: Final = 500
"""Rows whose past is read in one query."""


MOST_NAMED: Final = 5
"""Files of a list that a sentence names individually."""


@frozen
class Ranking:
    """The results of a run: the repositories by stars, and those without figures."""

    sources: tuple[Source, ...]
    rows: Sequence[Row]
    """Most stars first; ties by name without case."""
    failures: Sequence[Failure]
    """In the order of the lists."""
    sums: Sums
    """Counts of the whole run, even if `rows` were limited."""
    usage: Usage
    provider: str
    """Where the figures of GitHub's repositories come from."""
    generated_at: datetime
    gained_since: datetime | None = None
    """The last moment of the day, or of the time, from which gains count; None if nothing was
    compared."""
    changes: Changes | None = None
    """Since the requested time, or else since the last run."""
    history: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    """Past stars by `Row.name.qualified`, oldest first, for rows that have any; not in the JSON."""
    since: date | None = None
    """The UTC day to compare with, if the user gave one; not in the JSON."""
    sections: tuple[tuple[str, ...], ...] = ()
    """The sections of the lists in order; not in the JSON."""
    parts: tuple[Ranking, ...] = ()
    """The sections of each list, if there are several lists; not in the JSON."""
    events: tuple[Event, ...] = ()
    """Events noticed by this run and earlier ones, newest first, for feeds; not in the JSON."""
    ungained: int = 0
    """How many rows come last because their gain is not known, if the rows are sorted by gains and
    some of them are not shown."""
    rechecked: int = 0
    """How many rows have figures from GitHub, if `provider` is deps.dev."""
    unread: tuple[UnreadList, ...] = ()
    """Lists that could not be read; the ranking lacks their entries."""
    unread_files: tuple[UnreadFile, ...] = ()
    """Files that continue a list and were not read."""

    @property
    def complete(self) -> bool:
        """Whether every list was read and every repository is settled, so that running again would
        add nothing."""
        is_open = any(reason.retryable for reason, _ in self.sums.failed)
        return not (self.unread or self.unread_files or self.sums.stale or is_open)

    @property
    def trend_start(self) -> date:
        """The UTC day on which trends begin: the requested one, or else `TREND_DAYS` ago."""
        return self.since or self.generated_at.astimezone(UTC).date() - timedelta(TREND_DAYS)

    @property
    def note(self) -> str | None:
        """What a reader of the figures has to know."""
        lists = (each.name for each in self.unread)
        names = ", ".join(printable(name) for name in (*lists, *self._told_files()))
        unread = f"the ranking lacks what could not be read: {names}" if names else None
        figures = note_on(self.provider, self.rechecked, self.sums.ranked)
        return "; ".join(filter(None, [unread, figures, self._told_order()])) or None

    def _told_order(self) -> str | None:
        total = len(self.rows) + self.sums.cut
        if not self.ungained:
            return None
        if self.ungained == total:
            return "no gains are known, so the rows are in the order of their stars"
        return f"{self.ungained:,} of the {total:,} rows come last, since their gains are not known"

    def _told_files(self) -> Iterator[str]:
        """The files that were not read, for a sentence: by name, or only their number."""
        by_list: dict[str, list[str]] = {}
        for each in self.unread_files:
            by_list.setdefault(each.list, []).append(each.path)
        for name, paths in by_list.items():
            if len(paths) > MOST_NAMED:
                yield f"{len(paths)} files of {name}"
            else:
                yield from (f"{path} of {name}" for path in paths)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def top(self, n: int | None) -> list[Row]:
        """The first `n` rows; all of them for 0 and None, as with --top."""
        return list(self.rows[: n or None])

    def with_history(self) -> Iterator[tuple[Row, tuple[Point, ...]]]:
        """Each row with its past stars, oldest first."""
        return with_history(self.rows, self.history)

    def lives(self, rows: Sequence[Row]) -> Iterator[tuple[Row, tuple[Point, ...]]]:
        """Each of these few rows with its whole known past, oldest first."""
        history = self.history
        if isinstance(history, History):
            history = history.load_lives([row.name.qualified for row in rows])
        return with_history(rows, history)

    def held(self) -> Ranking:
        """The same ranking, held in memory, with the whole past of the first `LIVES_HELD` rows."""
        pasts = chain(self.with_history(), self.lives(self.rows[:LIVES_HELD]))
        return replace(
            self,
            rows=tuple(self.rows),
            failures=tuple(self.failures),
            history={row.name.qualified: points for row, points in pasts if points},
            parts=tuple(part.held() for part in self.parts),
        )

    def __repr__(self) -> str:
        return f"<Ranking of {self.summary}>"

    def _repr_html_(self) -> str:
        """The first rows as a table, which notebooks show."""
        from crawler.model.notebook import make_table

        return make_table(self)

    @property
    def summary(self) -> str:
        """Its lists, size and time, in one line."""
        first, *others = [source.name for source in self.sources] or ["no list"]
        more = f" and {len(others)} more" if others else ""
        return (
            f"{first}{more}: {len(self.rows)} ranked, {len(self.failures)} failed, "
            f"{self.generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )

    def to_dict(self) -> dict[str, Any]:
        """The ranking as plain JSON values, in the documented schema; times are ISO 8601."""
        note = self.note
        return {
            "schema_version": SCHEMA_VERSION,
            "generated_at": to_plain(self.generated_at),
            "complete": self.complete,
            "provider": str(self.provider),
            **({"note": note} if note else {}),
            "sources": [as_dict(source) for source in self.sources],
            **({"unread": [as_dict(each) for each in self.unread]} if self.unread else {}),
            **({"unread_files": [*map(as_dict, self.unread_files)]} if self.unread_files else {}),
            "ranking": [row.to_dict() for row in self.rows],
            "failures": [failure.to_dict() for failure in self.failures],
            "usage": as_dict(self.usage),
            "sums": as_dict(self.sums)
            | {
                "failed": {str(reason): count for reason, count in self.sums.failed},
                "elsewhere": dict(self.sums.elsewhere),
            },
            "gained_since": to_plain(self.gained_since),
            "changes": None if self.changes is None else as_dict(self.changes),
        }
