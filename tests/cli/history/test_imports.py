"""Histories as other tools write them: whatever the form, the same rows."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.history.exports import save_figures
from crawler.cli.history.imports import LONGEST_LINE, Figure, read_figures, read_file
from crawler.model.errors import UsageError

TODAY = date(2026, 5, 8)
DAY = (date(2026, 1, 3) - date(1970, 1, 1)).days
ROW: Figure = DAY, "a/b", 1234, None


def read(content: bytes, path: Path, name: str = "figures") -> tuple[list[Figure], list[str]]:
    """The rows of a file, and what is wrong with those left out."""
    complaints: list[str] = []
    (path / name).write_bytes(content)
    found = [*read_file(path / name, TODAY, lambda _, what: complaints.append(what))]
    return found, complaints


def read_row(day: str, stars: str = "1234", header: str = "date\trepository\tstars") -> int:
    """The day of a row, in days from the third of January."""
    complaints: list[str] = []
    lines = [f"{header}\n", f"{day}\ta/b\t{stars}\n"]
    rows = [*read_figures(lines, TODAY, lambda _, what: complaints.append(what))]
    if complaints:
        raise ValueError(complaints[0])
    assert rows[0][2] == 1234
    return rows[0][0] - DAY


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01-03", 0),
        ("2026/01/03", 0),
        ("2026-1-3", 0),
        ("2026.01.03", 0),
        ("2026/1/3 9:05", 0),
        ("20260103", 0),
        ("1767484799", 0),
        ("1767484800000", 1),
        ("2026-01-03T12:00:00Z", 0),
        ("2026-01-03T12:00", 0),
        ("2026-01-03T23:30:00.123456-02:00", 1),
        ("2026-01-03 00:30:00+0100", -1),
        ("2026-01-03 00:30:00+01", -1),
        ("2026-01-03 00:00:00 UTC", 0),
        ("2026-01-03 23:59:59,999", 0),
        ("Sat Jan 03 2026 00:30:00 GMT+0100 (Central European Standard Time)", -1),
        ("Sat Jan 03 2026 12:00:00 GMT+0000 (Coordinated Universal Time)", 0),
        ("Sat Jan 03 2026 22:00:00 GMT-0800 (PST)", 1),
        ("Sat Jan 03 2026", 0),
        ("Sat, 03 Jan 2026 12:00:00 GMT", 0),
        ("3 January 2026", 0),
        ("January 3, 2026", 0),
        ("Saturday, January 3, 2026", 0),
        ("Jan 4, 2026", 1),
        ("04-Jan-2026", 1),
        ("January 4th, 2026", 1),
        ("Jan 3, 2026, 10:00:00 PM", 0),
        ("Jan 4, 2026, 12:30 AM GMT+0100", 0),
        ("3 Jan 2026 12:30\u202fPM -1200", 1),
    ],
)
def test_dates_are_read_where_they_can_be_no_other(text: str, days: int) -> None:
    """Written with the year first, with the month in letters or as Unix time; times are brought to
    UTC."""
    assert read_row(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "03/01/2026",
        "01.03.2026",
        "26-01-03",
        "03-01-2026",
        "2026-1/3",
        "2026-13-1",
        "Jan 3, 2026, 13:00 PM",
        "2026013",
        "2026-0103",
        "177",
        "Foo 3, 2026",
        "2026-01-03T25:00",
        "2026-01",
        "Jan 2026",
    ],
)
def test_dates_that_may_be_others_are_not(text: str) -> None:
    """Nobody guesses which number is the month."""
    with pytest.raises(ValueError, match="is not a date such as"):
        read_row(text)


@pytest.mark.parametrize("stars", ["1,234", "1 234", "1'234", "1_234", "1\u202f234", "1234.0"])
def test_thousands_may_be_parted(stars: str) -> None:
    """By what parts nothing else."""
    assert read_row("2026-01-03", stars) == 0


@pytest.mark.parametrize("stars", ["1.234", "12,34", "1,2345", "1.2k", "1,234.5", "1 23", "-1,234"])
def test_numbers_that_may_be_others_are_not(stars: str) -> None:
    """A dot may stand before decimals."""
    with pytest.raises(ValueError, match="is not a number of stars"):
        read_row("2026-01-03", stars)


def test_between_semicolons_the_dot_parts_thousands(tmp_path: Path) -> None:
    """There the comma is for decimals; two groups are no decimals anywhere."""
    rows, wrong = read(
        b"date;repository;stars\n2026-01-03;a/b;1.234\n2026-01-03;a/b;1,234\n"
        b"2026-01-03;a/b;1,234,567\n",
        tmp_path,
    )
    assert [stars for _, _, stars, _ in rows] == [1234, 1234567]
    assert wrong == ["'1,234' is not a number of stars"]


TEXT = "Repository,Date,Stars\na/b,Sat Jan 03 2026 12:00:00 GMT+0100 (CET),1234\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        gzip.compress(TEXT.encode()),
        gzip.compress(TEXT.encode("utf-16")),
        b"sep=,\r\n" + TEXT.encode(),
        b'"sep=;"\r\nday;repo;stargazers\r\n2026-01-03;a/b;1234\r\n',
        "\ufeffsep=\t\nstar_count\tfull_name\ttimestamp\n1234\ta/b\t2026-01-03\n".encode(),
        b'"Stars Count","Date (UTC)","Repo Name"\n"1,234",2026-01-03,https://github.com/a/b\n',
        b"id,nameWithOwner,stargazerCount,as of\n99,a/b,1234,2026-01-03\n",
        b"\n\n" + TEXT.replace("a/b", "github.com/a/b").encode(),
        b"owner,name,date,stars\na,b,2026-01-03,1234\n",
    ],
    ids=[
        *("star-history.com", "BOM", "UTF-16", "UTF-16-LE", "UTF-16-BE", "gzip", "gzip of UTF-16"),
        *("sep", "semicolons", "tabs", "quoted", "an id"),
        *("blank lines, no scheme", "owner and name"),
    ],
)
def test_files_of_other_tools_are_read(tmp_path: Path, content: bytes) -> None:
    """By what they hold, whatever they are called; an `id` of who knows what is passed over."""
    assert read(content, tmp_path) == ([ROW], [])


def test_the_number_of_a_repository_is_read(tmp_path: Path) -> None:
    """From columns that can be no other number."""
    for header in ("date,repository,stars,github_id", "date,repository,stars,id,host"):
        end = ",github.com" if header.endswith("host") else ""
        rows, wrong = read(
            f"{header}\n2026-01-03,a/b,1234,42{end}\n2026-01-03,a/b,1234,{end}\n"
            f"2026-01-03,a/b,1234,x{end}\n".encode(),
            tmp_path,
        )
        assert rows == [(DAY, "a/b", 1234, 42), ROW]
        assert wrong == ["'x' is no number of a repository"]


def test_lines_are_counted_from_the_first(tmp_path: Path) -> None:
    """With the one that says what separates the cells."""
    lines: list[int] = []
    (tmp_path / "x").write_bytes(b"sep=,\ndate,repository,stars\nnever,a/b,1\n")
    assert not [*read_file(tmp_path / "x", TODAY, lambda line, _: lines.append(line))]
    assert lines == [3]


@pytest.mark.parametrize("cut", [5, 40])
def test_a_damaged_compression_is_told(tmp_path: Path, cut: int) -> None:
    """Cut off or broken, in a sentence."""
    content = gzip.compress(TEXT.encode())[:cut]
    with pytest.raises(UsageError, match="it is no gzip file that can be read"):
        read(content, tmp_path)


@pytest.mark.parametrize("text", ["a,", "date,repository,stars\n"])
def test_an_endless_line_is_told(tmp_path: Path, text: str) -> None:
    """A small file does not become a line that fills the memory."""
    content = gzip.compress(text.encode() + b"a," * LONGEST_LINE)
    with pytest.raises(UsageError, match="one of its lines has over 1,048,576 characters"):
        read(content, tmp_path)


@pytest.mark.parametrize("name", ["history.csv", "history.parquet"])
def test_its_own_exports_are_read(tmp_path: Path, name: str) -> None:
    """With numbers and hosts, as they were written."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    rows: list[Figure] = [(DAY, "a/b", 5, 42), (DAY + 1, "a/c", 6, None)]
    save_figures(iter(rows), tmp_path / name)
    assert read((tmp_path / name).read_bytes(), tmp_path) == (rows, [])


def test_parquet_of_others_is_read(tmp_path: Path) -> None:
    """Times with and without zones, texts, and what is null."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def written(**columns: Any) -> bytes:
        stream = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), stream)
        return stream.getvalue()

    east = timezone(timedelta(hours=2))
    assert read(
        written(
            Time=[datetime(2026, 1, 4, 1, tzinfo=east), datetime(2026, 1, 4, tzinfo=UTC)],
            Repo=["a/b", "a/c"],
            Stargazers=[1234, None],
        ),
        tmp_path,
    ) == ([ROW], ["'' is not a number of stars"])
    assert read(written(date=["2026-01-03"], repo=["a/b"], stars=[1234.0]), tmp_path) == ([ROW], [])
    with pytest.raises(UsageError, match="does not name the column 'stars'"):
        read(written(date=["2026-01-03"], repo=["a/b"]), tmp_path)
    with pytest.raises(UsageError, match="it is no Parquet file that can be read"):
        read(b"PAR1 and no more", tmp_path)
