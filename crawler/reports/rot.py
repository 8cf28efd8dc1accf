"""Gone, moved and archived entries of a list: the first few names of each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from crawler.model.frozen import frozen
from crawler.model.values import GONE
from crawler.reports.words import spelled

if TYPE_CHECKING:
    from crawler.model.results import Ranking

MOST_NAMES: Final = 3
"""Names of each kind."""

_FIRST: Final = 100
_LOOKED_AT: Final = 1000
"""Rows to search for names: those with the most stars. The first usually have enough of them, and
the others need not be read."""

COMMAND: Final = "python -m crawler check"
"""The command that shows all of them."""


@frozen
class Rot:
    """Entries of one kind."""

    word: str
    """Such as `gone`."""
    count: int
    names: tuple[str, ...]
    """At most the first `MOST_NAMES`; `old → new` for those that moved."""


def find_rot(ranking: Ranking, *, with_host: bool = False) -> tuple[Rot, ...]:
    """Gone, moved and archived entries of an unfiltered ranking; only the kinds that occur."""
    sums = ranking.sums
    counts = {
        "gone": sum(count for reason, count in sums.failed if reason in GONE),
        "moved": sums.renamed or 0,
        "archived": sums.archived or 0,
    }
    found: dict[str, list[str]] = {word: [] for word in counts}
    for failure in ranking.failures if counts["gone"] else ():
        if failure.reason in GONE:
            found["gone"].append(spelled(failure.name, with_host=with_host))
            if len(found["gone"]) == MOST_NAMES:
                break
    wanted = {word: min(counts[word], MOST_NAMES) for word in ("moved", "archived")}
    rows = chain(ranking.rows[:_FIRST], ranking.rows[_FIRST:_LOOKED_AT])
    for row in rows if any(wanted.values()) else ():
        if row.renamed and len(found["moved"]) < MOST_NAMES:
            old = next((name for name in row.names[1:] if name.key != row.name.key), row.name)
            names = (spelled(each, with_host=with_host) for each in (old, row.name))
            found["moved"].append(" → ".join(names))
        if row.archived and len(found["archived"]) < MOST_NAMES:
            found["archived"].append(spelled(row.name, with_host=with_host))
        if all(len(found[word]) == count for word, count in wanted.items()):
            break
    return tuple(Rot(word, count, tuple(found[word])) for word, count in counts.items() if count)


def told(rot: Sequence[Rot], name: str = "") -> Iterator[str]:
    """Sentences with the entries, and the command that names all of the list `name`: the first
    sentence has all names, and each further one has fewer."""
    command = f"{COMMAND} {shlex.quote(name)}".rstrip() if name else COMMAND
    for kinds, most in (
        *((rot, most) for most in (MOST_NAMES, 2, 1)),
        *((rot[:1], most) for most in (2, 1)),
    ):
        yield "; ".join([*(_named(each, most) for each in kinds if each.names), f"all: {command}"])
    yield f"which ones: {command}"


def _named(rot: Rot, most: int) -> str:
    names = rot.names[:most]
    more = rot.count - len(names)
    return f"{rot.word}: {', '.join(names)}" + (f" and {more} more" if more else "")
