"""The gains of a ranking's rows since an earlier time, in stars and in ranks."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.rows import Burst, EventKind
from crawler.model.values import FigureKind
from crawler.ranking.growth import rate_of

if TYPE_CHECKING:
    from crawler.ranking.growth import Baseline


@frozen
class Growth:
    """What a comparison with an earlier time adds to a row, by the row's keys."""

    gained: int | None = None
    rate: float | None = None
    moved: int | None = None
    baseline_on: date | None = None
    baseline_kind: FigureKind | None = None
    baseline_distant: bool | None = None
    suspicious: bool | None = None
    changed: tuple[EventKind, ...] | None = None
    changed_since: date | None = None
    burst: Burst | None = None


class Comparison:
    """The growth of every row, and the ranks that it gained, since an earlier time.

    First every row is added, then the results are read, since each change of rank depends on all
    rows. Only a few numbers are held for each row.
    """

    def __init__(self, since: date | None = None) -> None:
        """`since` is the day of the run to compare with."""
        self._since = since
        self._bursts: dict[int, Burst] = {}
        self._rows: list[tuple[EventKind, ...] | None] = []
        self._stars = array("q")
        self._then = array("q")
        self._days = array("i")
        self._kinds: list[FigureKind | None] = []
        self._flags = array("b")
        self._lost = array("q")

    def add(
        self,
        stars: int,
        baseline: Baseline | None,
        *,
        is_new: bool = False,
        changed: tuple[EventKind, ...] | None = None,
        burst: Burst | None = None,
    ) -> None:
        """Add the next row. `is_new` says that the lists did not name it then, and `changed` what
        happened to it since that run."""
        if burst is not None:
            self._bursts[len(self._rows)] = burst
        self._rows.append(changed)
        self._stars.append(stars)
        if baseline is None:
            self._then.append(_UNKNOWN)
            self._days.append(0)
            self._kinds.append(None)
            self._flags.append(_NEW * is_new)
        else:
            self._then.append(baseline.stars)
            self._days.append(baseline.day.toordinal())
            self._kinds.append(baseline.kind)
            self._flags.append(
                _NEW * is_new + _DISTANT * baseline.distant + _SUSPICIOUS * baseline.suspicious
            )

    def add_lost(self, baseline: Baseline) -> None:
        """Add a repository that had a rank then and has no row now."""
        if not baseline.distant:
            self._lost.append(-baseline.stars)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say about any row."""
        return self._since is None and not self._bursts and not any(self._kinds)

    def growths(self) -> Iterator[Growth]:
        """The growth of each row, in order.

        Ranks are compared only if the earlier ranks are known: nearly all of the rows that existed
        then must have a figure of about that day.
        """
        rows = [*zip(self._stars, self._then, self._flags, strict=True)]
        old = [each for each in rows if not each[2] & _NEW]
        ranked = [each for each in old if each[1] != _UNKNOWN and not each[2] & _DISTANT]
        knows_ranks = bool(ranked) and len(ranked) >= _NEARLY_ALL * len(old)
        # A repository that existed then without a figure is left out of both rankings.
        ranked_now = sorted(
            [-stars for stars, _, _ in ranked] + [-each[0] for each in rows if each[2] & _NEW]
        )
        ranked_then = sorted([*self._lost, *(-then for _, then, _ in ranked)])
        for place, ((stars, then, flags), day, kind, changed) in enumerate(
            zip(rows, self._days, self._kinds, self._rows, strict=True)
        ):
            burst = self._bursts.get(place)
            if then == _UNKNOWN:
                yield Growth(changed=changed, changed_since=self._since, burst=burst)
                continue
            moved = None
            if knows_ranks and not flags & (_NEW | _DISTANT):
                moved = bisect_left(ranked_then, -then) - bisect_left(ranked_now, -stars)
            yield Growth(
                stars - then,
                rate_of(stars - then, stars),
                moved,
                date.fromordinal(day),
                kind,
                bool(flags & _DISTANT),
                bool(flags & _SUSPICIOUS),
                changed,
                self._since,
                burst,
            )


_UNKNOWN: Final = -1
"""Stands for an unknown number of stars."""

_NEW: Final = 1
_DISTANT: Final = 2
_SUSPICIOUS: Final = 4
"""Bits of the flags that are kept for each row."""

_NEARLY_ALL: Final = 0.95
"""The share of rows that need an earlier figure for the earlier ranks to be known."""
