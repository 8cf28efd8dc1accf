"""JSON Lines: one object a line and repository, the ranked ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crawler.model.results import EventKind
from crawler.reports import json
from crawler.reports.json import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.results import Ranking

TIMES: Final = json.TIMES


def render(ranking: Ranking) -> str:
    """Each repository with the keys it has in the JSON document, `status` before them."""
    return encode_lines(to_records(ranking))


def to_records(ranking: Ranking) -> list[dict[str, Any]]:
    """The ranked repositories, those that failed, and those that the lists name no more.

    `status` tells which; the other keys are those of the JSON document.
    """
    document = ranking.to_dict()
    dropped = (ranking.changes.dropped if ranking.changes else None) or ()
    return [
        *({"status": "ranked"} | row for row in document["ranking"]),
        *({"status": "failed"} | failure for failure in document["failures"]),
        *(
            {"status": "dropped", "repository": name, "changed": [str(EventKind.DROPPED)]}
            for name in dropped
        ),
    ]


def encode_lines(objects: Iterable[dict[str, Any]]) -> str:
    """One line of JSON for each of `objects`."""
    return "".join(f"{encode(each)}\n" for each in objects)
