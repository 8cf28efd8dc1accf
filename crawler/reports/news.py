"""The parts of a report around the table: sums, movers, changes, failures and renames."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Final

from crawler.model.durations import time_since
from crawler.model.frozen import frozen
from crawler.model.values import FigureKind, RepositoryName
from crawler.ranking.bursts import Mark, mark_of
from crawler.reports.stream import volatile
from crawler.reports.words import (
    MOST_NAME,
    MOST_PROSE,
    Name,
    shortened,
    signed,
    spelled,
    told_by_host,
    web_address,
)

if TYPE_CHECKING:
    from datetime import date

    from crawler.model.results import Changes, Ranking
    from crawler.model.rows import Failure, Row
    from crawler.model.values import Source

_MOST_MOVERS: Final = 10
"""Repositories in each list of movers."""


Gain = tuple[Name, str]
"""A repository, and the stars that it gained or lost."""


@frozen
class Movers:
    """The largest gains and losses since the earlier figures."""

    since: str
    """The days from which gains count; empty if none is known."""
    known: str
    """For how many rows gains are known, as the end of a sentence; empty if for all."""
    gained: tuple[Gain, ...]
    """Most stars first."""
    fastest: tuple[Gain, ...]
    """Most stars for their size first."""
    lost: tuple[Gain, ...]
    """Most stars lost first."""
    suspicious: tuple[Gain, ...]
    """Changes so large that the figures may not be comparable; in none of the others."""
    distant: tuple[Gain, ...]
    """Gains that count from another day, which follows each; not in the other lists."""


@frozen
class Change:
    """One kind of change of the lists or their repositories."""

    label: str
    names: tuple[tuple[Name, str], ...] | None
    """Pairs of a name and its former name, which is empty except for renames; None if unknown."""


@frozen
class Loss:
    """A repository without figures."""

    name: str
    reason: str
    message: str
    retryable: bool


def title_of(sources: Sequence[Source]) -> str:
    """The name of the list, or of the first one and the number of others."""
    if not sources:
        return "Repositories"
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return shortened(sources[0].name, MOST_NAME) + more


def sources_of(sources: Sequence[Source]) -> tuple[tuple[Name, int], ...]:
    """Each list and how many repositories it names."""
    return tuple(
        (Name(shortened(source.name, MOST_NAME), web_address(source.url)), source.repositories)
        for source in sources
    )


def sums_of(ranking: Ranking) -> tuple[tuple[str, str], ...]:
    """Labels and figures of the whole run, without zeros."""
    sums = ranking.sums
    failed = sum(count for _, count in sums.failed)
    optional = (
        ("Archived", sums.archived),
        ("Renamed", sums.renamed),
        ("Duplicates", sums.duplicates),
        ("Failed", failed),
        ("With old figures", sums.stale),
        ("Left out by filters", sums.left_out),
    )
    return (
        ("Listed", f"{sums.listed:,}"),
        ("Ranked", f"{sums.ranked:,}"),
        *(
            (label, "unknown" if count is None else f"{count:,}")
            for label, count in optional
            if count != 0
        ),
        *([("Elsewhere", told_by_host(sums.elsewhere))] if sums.elsewhere else []),
    )


class Tally:
    """Collects the movers row by row; those with equal figures stay in the order of the rows."""

    def __init__(self, *, with_host: bool = False) -> None:
        self._with_host = with_host
        self._gained = _Best()
        self._fastest = _Best()
        self._lost = _Best()
        self._suspicious = _Best()
        self._distant = _Best()
        self._days: set[date | None] = set()
        self._kinds: set[FigureKind | None] = set()
        self._rows = 0
        self._known = 0

    def add(self, row: Row) -> None:
        """Add the next row."""
        self._rows += 1
        if row.gained is None:
            return
        self._known += 1
        if row.baseline_distant:
            self._distant.add(row, abs(row.gained))
            return
        self._days.add(row.baseline_on)
        self._kinds.add(row.baseline_kind)
        if row.suspicious:
            self._suspicious.add(row, abs(row.gained))
            return
        self._gained.add(row, row.gained)
        self._fastest.add(row, row.rate or 0)
        self._lost.add(row, -row.gained)

    def movers(self) -> Movers:
        """The movers among all rows so far."""
        return Movers(
            since=_span(self._days),
            known=_known(self._kinds, self._known, self._rows),
            gained=self._gains(self._gained),
            fastest=self._gains(self._fastest),
            lost=self._gains(self._lost),
            suspicious=self._gains(self._suspicious),
            distant=self._gains(self._distant),
        )

    def _gains(self, best: _Best) -> tuple[Gain, ...]:
        return tuple((name_of(row, with_host=self._with_host), gain_of(row)) for row in best.rows())


def gain_of(row: Row) -> str:
    """The gain of a row, followed by the day from which it counts if other rows have a different
    one; empty if unknown."""
    if row.gained is None:
        return ""
    return signed(row.gained) + (f" ({row.baseline_on})" if row.baseline_distant else "")


def burst_mark(row: Row) -> str:
    """A note on a row that gained most of its stars at once; empty for nearly all rows."""
    return _BURSTS[mark_of(row.burst)]


_BURSTS: Final = {
    Mark.NONE: "",
    Mark.NOTABLE: "burst",
    Mark.SUSPICIOUS: "burst, then silence",
}


def gains_head(ranking: Ranking) -> str:
    """The heading of the column of gains: their period, such as `+30 d`. It is a text for
    `write_marked`, since the period since a fixed day grows every day."""
    if ranking.gained_since is None:
        return "Gained"
    count, unit = time_since(ranking.gained_since, ranking.generated_at)
    return f"+{volatile(count)} {unit}"


def known_gains(rows: Sequence[Row]) -> str:
    """The end of a sentence about gains: how the earlier figures became known, unless all were
    observed, and for how many rows there are any, unless for all."""
    known = [row for row in rows if row.gained is not None]
    kinds = {row.baseline_kind for row in known if not row.baseline_distant}
    return _known(kinds, len(known), len(rows))


def _known(kinds: Collection[FigureKind | None], count: int, rows: int) -> str:
    words = " and ".join(word for kind, word in _KINDS.items() if kind in kinds)
    some = "some of them " if FigureKind.OBSERVED in kinds else ""
    told = f", {some}{words}" if words else ""
    return told + (f", known of {count:,} of the {rows:,} rows" if count < rows else "")


_KINDS: Final = {
    FigureKind.RETAINED: "retained by GitHub",
    FigureKind.IMPORTED: "imported",
}
"""Names of figures that no run observed."""


def baseline_days(rows: Iterable[Row]) -> str:
    """The days from which the gains of these rows count, except for rows that show their own day;
    empty if none is known."""
    return _span(
        {row.baseline_on for row in rows if row.gained is not None and not row.baseline_distant}
    )


def _span(days: Iterable[date | None]) -> str:
    known = sorted(day for day in days if day is not None)
    return " to ".join(dict.fromkeys(map(str, known[:1] + known[-1:])))


class _Best:
    """The rows with the largest figures above 0."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Row]] = []
        self._count = 0

    def add(self, row: Row, figure: float) -> None:
        if figure <= 0:
            return
        # Of rows with equal figures, the later one is smaller; no two places are equal.
        self._count -= 1
        if len(self._heap) < _MOST_MOVERS:
            heappush(self._heap, (figure, self._count, row))
        else:
            heappushpop(self._heap, (figure, self._count, row))

    def rows(self) -> list[Row]:
        """Largest figure first."""
        return [row for _, _, row in sorted(self._heap, reverse=True)]


class ChangedAddresses:
    """Collects, row by row, the addresses of the repositories that the changes name."""

    def __init__(self, changes: Changes | None) -> None:
        kinds = {} if changes is None else _named(changes)
        self._names = {name for names in kinds.values() for name, _ in names or ()}
        self.found: dict[str, str] = {}

    def add(self, row: Row) -> None:
        """Add the next row."""
        if self._names and row.name.qualified in self._names:
            self.found[row.name.qualified] = row.url


def changes_of(
    changes: Changes, links: Mapping[str, str], *, with_host: bool
) -> tuple[Change, ...]:
    """The changes by kind, with the current names as links."""

    def shown(text: str) -> str:
        return shortened(spelled(RepositoryName.parse(text), with_host=with_host), MOST_NAME)

    return tuple(
        Change(
            label,
            None
            if names is None
            else tuple(
                (Name(shown(name), web_address(links.get(name))), shown(former) if former else "")
                for name, former in names
            ),
        )
        for label, names in _named(changes).items()
    )


def _named(changes: Changes) -> dict[str, tuple[tuple[str, str], ...] | None]:
    """The current names for each kind of change, and for renames the former ones."""

    def alone(names: tuple[str, ...] | None) -> tuple[tuple[str, str], ...] | None:
        return None if names is None else tuple((name, "") for name in names)

    renamed = changes.renamed
    return {
        "New": alone(changes.new),
        "Dropped": alone(changes.dropped),
        "Archived": alone(changes.archived),
        "Renamed": None if renamed is None else tuple((now, then) for then, now in renamed),
        "Replaced": alone(changes.replaced),
        "Gone": alone(changes.gone),
    }


def failures_of(failures: Iterable[Failure], *, with_host: bool) -> Iterator[Loss]:
    """Repositories without figures, in the order of the lists."""
    for failure in failures:
        yield Loss(
            name=shortened(spelled(failure.name, with_host=with_host), MOST_NAME),
            reason=failure.reason.words,
            message=shortened(failure.message, MOST_PROSE),
            retryable=failure.retryable,
        )


def is_renamed(row: Row) -> bool:
    """Whether a listed name differs from the current one by more than case."""
    name = row.repository.casefold()
    return any(listed.casefold() != name for listed in row.listed_as)


def renames_of(rows: Iterable[Row], *, with_host: bool) -> Iterator[tuple[str, Name]]:
    """Listed names and current ones that differ by more than case."""
    for row in filter(is_renamed, rows):
        for listed in row.listed_as:
            if listed.casefold() != row.repository.casefold():
                former = spelled(RepositoryName(listed, row.host), with_host=with_host)
                yield shortened(former, MOST_NAME), name_of(row, with_host=with_host)


def name_of(row: Row, *, with_host: bool) -> Name:
    """The row's name as a link."""
    text = shortened(spelled(row.name, with_host=with_host), MOST_NAME)
    return Name(text, web_address(row.url))
