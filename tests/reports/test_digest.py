"""The digest: only what changed, and nothing where nothing did."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from builders import NOON, ranking
from hypothesis import given
from reports.samples import BARE, FULL, SINCE, WEEK_AGO, grown
from reports.samples_history import HISTORIC
from reports.test_hostile import assert_harmless, hostile, poisoned
from reports.writing import written

from crawler.model.results import Changes, Ranking
from crawler.model.rows import EventKind
from crawler.model.values import Provider, note_on

render = partial(written, "digest")

NOTHING = Changes(
    since=WEEK_AGO, baseline_at=WEEK_AGO, new=(), dropped=(), archived=(), renamed=(), gone=()
)


def test_what_changed_is_told() -> None:
    """Each kind that there is, with names, and who moved most."""
    assert render(SINCE).splitlines() == [
        "# Changes in [a/list](https://github.com/a/list), b/list",
        "",
        "From the run of 2026-05-01 to that of 2026-05-08 12:00 UTC:",
        "",
        "- New: 3 (new/one, new/two, [somebody/bare](https://github.com/somebody/bare))",
        "- Dropped: 1 (once/listed)",
        "- Archived: 1 ([somebody/wide](https://github.com/somebody/wide))",
        "- Renamed: 1 (old-owner/first → [owner/first](https://github.com/owner/first))",
        "- Replaced: 1 ([somebody/bare](https://github.com/somebody/bare))",
        "- Gone: 1 (nobody/gone)",
        "",
        "+7 d counts from the figures of 2026-05-01, known of 3 of the 4 rows:",
        "",
        "- Most stars gained: [owner/first](https://github.com/owner/first) +1,234",
        "- Fastest for their size: [owner/first](https://github.com/owner/first) +1,234",
        "- Not comparable: [somebody/wide](https://github.com/somebody/wide) −20",
    ]


def test_what_a_reader_has_to_know_is_said() -> None:
    """Such as that deps.dev told the figures; where there is no news, it is none."""
    depsdev = replace(SINCE, provider=Provider.DEPSDEV)
    assert render(depsdev).splitlines()[-1] == f"Note: {note_on(Provider.DEPSDEV)}."
    assert render(replace(depsdev, changes=NOTHING, rows=())) == ""


def test_what_rows_tell_is_told_too() -> None:
    """What became of repositories beside the changes of the lists."""
    kinds = EventKind.UNARCHIVED, EventKind.BACK, EventKind.ENTERED_TOP, EventKind.MILESTONE
    row = replace(FULL, changed=kinds)
    assert render(ranking(row, changes=NOTHING)).splitlines()[4:] == [
        f"- {label}: 1 ([owner/first](https://github.com/owner/first))"
        for label in (
            *("No longer archived", "Back", "Now in the top ten", "Milestone of stars reached"),
        )
    ]


def test_nothing_is_written_of_nothing() -> None:
    """Neither where stars alone changed nor where there is nothing to compare with."""
    risen = grown(FULL, 1000, 3)
    assert render(ranking(risen, BARE, changes=NOTHING)) == ""
    assert render(ranking(risen)) == ""
    unknown = replace(NOTHING, baseline_at=None, new=None, dropped=None)
    assert render(ranking(risen, changes=unknown)) == ""


def test_many_changes_fit_an_issue() -> None:
    """GitHub takes 65,536 characters; what is left out is counted."""
    names = tuple(f"{'owner' * 7}/{'name' * 20}-{at}" for at in range(2000))
    every = replace(
        NOTHING,
        new=names,
        dropped=names,
        archived=names,
        gone=names,
        renamed=(),
    )
    known = ranking(*(replace(FULL, changed=tuple(EventKind)) for _ in names), changes=every)
    digest = render(known)
    assert len(digest.encode()) < 65_000
    assert "- New: 2,000 (" in digest
    assert " more)" in digest


@given(hostile)
def test_hostile_texts_are_only_texts(text: str) -> None:
    """Whatever a name holds."""
    known: Ranking = poisoned(text)
    assert_harmless(render(replace(known, changes=HISTORIC.changes, generated_at=NOON)))
