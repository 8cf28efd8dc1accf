"""Reports are written row by row, and a file that tells the same stays as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, overload

import pytest
from builders import ranking
from reports.samples import FULL, GONE, SINCE
from reports.samples_history import HISTORIC
from reports.writing import tells_the_same, write_all, written

from crawler.model.results import Ranking, Usage
from crawler.model.rows import Row
from crawler.reports.formats import FORMATS
from crawler.reports.stream import Rewrite, write_marked

ROWS = 2500
"""Some 25 times as many as are written together."""


class Made(Sequence[Row]):
    """Rows that are made one by one, each time they are asked for."""

    def __init__(self, stream: io.StringIO, count: int) -> None:
        self._stream = stream
        self._count = count
        self.sizes: list[int] = []
        """What had been written when the last row was made, for each time that all were."""

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[Row]: ...
    def __getitem__(self, key: int | slice) -> Row | Sequence[Row]:
        raise AssertionError("rows are taken one after the other")

    def __iter__(self) -> Iterator[Row]:
        for number in range(self._count):
            if number == self._count - 1:
                self.sizes.append(self._stream.tell())
            yield replace(FULL, rank=number + 1, repository=f"o/r{number}", stars=10**6 - number)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "html"])
def test_rows_are_written_as_they_come(form: str) -> None:
    """When the last row comes, all but a few of those before it have been written."""
    stream = io.StringIO()
    rows = Made(stream, ROWS)
    write_all(form, replace(ranking(), rows=rows), stream)
    assert rows.sizes[-1] > 0.95 * stream.tell()
    assert "o/r0" in stream.getvalue()


def later(known: Ranking) -> Ranking:
    """The same ranking, made again on another day at another cost."""
    day = timedelta(days=1, hours=3, minutes=17)
    rows = [
        replace(
            row,
            fetched_at=row.fetched_at if row.stale else row.fetched_at + day,
            age=row.age + 12345,
            baseline_on=row.baseline_on and row.baseline_on + day,
        )
        for row in known.rows
    ]
    changes = known.changes
    if changes is not None:
        baseline = changes.baseline_at and changes.baseline_at + day
        changes = replace(changes, since=changes.since + timedelta(days=1), baseline_at=baseline)
    return replace(
        known,
        rows=tuple(rows),
        changes=changes,
        gained_since=known.gained_since and known.gained_since + timedelta(days=1),
        generated_at=known.generated_at + day,
        usage=Usage(requests=1234, graphql_points=0, seconds=99.9, from_store=8),
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("known", [ranking(FULL, failures=(GONE,)), SINCE, HISTORIC])
def test_what_only_time_changes_tells_the_same(known: Ranking, form: str) -> None:
    """Times, ages and costs make no other report."""
    if form in ("svg", "table"):
        # A picture of a trend moves on with the days, and a table tells how old old figures are.
        rows = tuple(row for row in known.rows if not row.stale)
        known = replace(known, history={}, rows=rows)
    assert tells_the_same(form, known, known)
    assert tells_the_same(form, known, later(known))
    if form not in ("atom", "jsonl", "csv") and written(form, known):
        assert written(form, known) != written(form, later(known))


CHANGED: dict[str, Any] = {
    "stars": {"stars": 12346},
    "name": {"repository": "owner/second"},
    "description": {"description": "Draws unicode, quickly; and more."},
    "archived": {"archived": True},
    "stale": {"stale": True},
}


@pytest.mark.parametrize("change", CHANGED)
@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "markdown", "html"])
def test_what_tells_something_else_is_another(change: str, form: str) -> None:
    """In any place of any row."""
    known = ranking(replace(FULL, rank=1, stars=10**6), FULL)
    other = replace(known, rows=(known.rows[0], replace(FULL, **CHANGED[change])))
    assert not tells_the_same(form, known, other)
    assert not tells_the_same(form, known, replace(known, rows=known.rows[:1]))
    assert not tells_the_same(form, replace(known, rows=known.rows[:1]), known)


def compare(old: bytes, *parts: str) -> bool:
    """Whether the old file stays where these marked parts are written."""
    rewrite = Rewrite(io.BytesIO(), io.BytesIO(old))
    write_marked(parts, rewrite)
    return rewrite.is_same()


@pytest.mark.parametrize(
    ("old", "same"),
    [
        ("made at 7<b>", True),
        ("made at 2026-05-08<b>", True),
        ("made at <b>", True),
        ("made at 7<b> and more", False),
        ("made at 7<b", False),
        ("made at 7", False),
        ("made at <i>7</i><b>", False),
        ("Made at 7<b>", False),
        ("", False),
        (f"made at {'7' * 2**17}<b>", False),
        (f"made at {'7' * 2000}<b>", True),
    ],
)
def test_a_volatile_part_ends_where_the_next_begins(old: str, same: bool) -> None:
    """Nothing else is skipped, so that a stranger's old file is either ours or replaced."""
    assert compare(old.encode(), "made at \0", "8\0", "", "<b>") is same


@pytest.mark.parametrize("place", ["2026-05-08, 12:00 UTC", "+1,345", "</body>"])
def test_a_forged_page_is_replaced(place: str) -> None:
    """A page that holds more than it would be written with does not stay, wherever that is."""
    forged = written("html", HISTORIC).replace(place, f"<script>alert(1)</script>{place}")
    rewrite = Rewrite(io.BytesIO(), io.BytesIO(forged.encode()))
    write_all("html", HISTORIC, rewrite)
    assert not rewrite.is_same()


def test_after_the_first_difference_nothing_is_read() -> None:
    """However large an old file is, what does not begin like the new one costs nothing."""

    class Counting(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1, /) -> bytes:
            content = super().read(size)
            self.read_bytes += len(content)
            return content

    old = Counting(b"<time " * 100_000)
    rewrite = Rewrite(io.BytesIO(), old)
    write_all("html", HISTORIC, rewrite)
    assert not rewrite.is_same()
    assert old.read_bytes < 20_000


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_marks_may_be_cut_anywhere(size: int) -> None:
    """What is volatile is known however the parts of a report are cut."""
    text = "a\0bb\0ccc\0\0d\0e\0f"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    for old, same in ((b"aBBcccdEf", True), (b"abbcccdef", True), (b"abbCccdef", False)):
        new = io.BytesIO()
        rewrite = Rewrite(new, io.BytesIO(old))
        write_marked(parts, rewrite)
        assert (new.getvalue(), rewrite.is_same()) == (b"abbcccdef", same)
    plain = io.StringIO()
    write_marked(parts, plain)
    assert plain.getvalue() == "abbcccdef"
