"""What a run found out, as it is written behind titles."""

from __future__ import annotations

from datetime import UTC, date, datetime

from builders import failure, ranking, row

from crawler.crawl.annotate import figures_of
from crawler.lists.annotations import EntryFigures
from crawler.model.values import Reason


def test_figures_are_found_by_every_name() -> None:
    """That of today and those that it is listed under."""
    pushed = datetime(2026, 11, 3, 23, 59, tzinfo=UTC)
    found = figures_of(
        ranking(
            row(
                "new/name",
                stars=7,
                gained=-2,
                pushed_at=pushed,
                archived=True,
                language="C",
                listed_as=("Old/Name", "older/name"),
            )
        )
    )
    assert found.keys() == {f"github.com/{n}" for n in ("new/name", "old/name", "older/name")}
    assert {*found.values()} == {EntryFigures(7, -2, date(2026, 11, 3), True, "C")}


def test_gone_is_told_from_what_could_not_be_asked_for() -> None:
    """Only an answer says that a repository is gone."""
    reasons = {str(reason): reason for reason in Reason}
    found = figures_of(
        ranking(failures=tuple(failure(f"o/{name}", each) for name, each in reasons.items()))
    )
    assert found == {"github.com/o/not_found": None, "github.com/o/blocked": None}
