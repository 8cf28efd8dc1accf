"""JSON Lines: one object a line and repository, the ranked ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.model.results import EventKind
from crawler.model.values import RepositoryName
from crawler.reports.json import row_record, write_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.results import Ranking
    from crawler.reports.formats import View
    from crawler.reports.stream import Stream


def write(ranking: Ranking, stream: Stream, view: View) -> None:
    """Each repository with the keys it has in the JSON document, `status` before them."""
    for record in records(ranking):
        write_object(record, stream)
        stream.write("\n")


def records(ranking: Ranking) -> Iterator[dict[str, Any]]:
    """The ranked repositories, those that failed, and those that the lists name no more.

    `status` tells which; the other keys are those of the JSON document, with values as the
    ranking has them.
    """
    for row in ranking.rows:
        yield {"status": "ranked", **row_record(row)}
    for failure in ranking.failures:
        yield {"status": "failed", **failure.to_dict()}
    for text in (ranking.changes.dropped if ranking.changes else None) or ():
        name = RepositoryName.parse(text)
        yield {
            "status": "dropped",
            "repository": name.full_name,
            "host": name.host,
            "changed": [str(EventKind.DROPPED)],
        }
