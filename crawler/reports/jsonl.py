"""JSON Lines: one object a line and repository, the ranked ones first."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from crawler.model.rows import EventKind
from crawler.model.values import RepositoryName
from crawler.reports.json import chunks, encode_list, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.model.results import Ranking
    from crawler.reports.formats import View


__all__ = ["lines_of", "mark", "records_of", "write"]


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """Each repository with the same keys as in the JSON document, preceded by `status`."""
    for status, records in records_of(ranking):
        yield from lines_of(records, f'"status": "{status}", ')


def lines_of(records: Iterable[Any], first: str = "") -> Iterator[str]:
    """Objects with one first key, a line each, with what comes `first` in all of them."""
    for chunk in chunks(records):
        key, rest = encode_list(chunk)[2:-1].split(":", 1)
        opening = f"{{{first}{key}:"
        # In a string, a quote follows a backslash, so that only an object can begin like this.
        lines = rest.replace(f"}}, {{{key}:", f"}}\n{opening}")
        yield f"{opening}{lines}\n"


def records_of(ranking: Ranking) -> Iterator[tuple[str, Iterable[Any]]]:
    """The ranked repositories, the failed ones, and those dropped from the lists, each with its
    status: rows, and for the others objects with keys of the JSON document."""
    yield "ranked", ranking.rows
    yield "failed", (failure.to_dict() for failure in ranking.failures)
    since = ranking.changes and ranking.changes.baseline_at
    dropped = (ranking.changes.dropped if ranking.changes else None) or ()
    yield (
        "dropped",
        (
            {
                "repository": name.full_name,
                "host": name.host,
                "changed": [str(EventKind.DROPPED)],
                "changed_since": since and since.astimezone(UTC).date(),
            }
            for name in map(RepositoryName.parse, dropped)
        ),
    )
