"""JSON Lines: one object a line and repository, the ranked ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.reports.json import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.results import Ranking


def render(ranking: Ranking) -> str:
    """Each repository with the keys it has in the JSON document, `status` before them."""
    document = ranking.to_dict()
    return encode_lines(
        [
            *({"status": "ranked"} | row for row in document["ranking"]),
            *({"status": "failed"} | failure for failure in document["failures"]),
        ]
    )


def encode_lines(objects: Iterable[dict[str, Any]]) -> str:
    """One line of JSON for each of `objects`."""
    return "".join(f"{encode(each)}\n" for each in objects)
