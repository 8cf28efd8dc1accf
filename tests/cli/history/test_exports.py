"""Files of figures: what is read from them, what is left out, and what is written."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.history.exports import save_figures, write_figures
from crawler.cli.history.imports import Figure, read_figures
from crawler.model.errors import UsageError
from crawler.model.settings import Settings
from crawler.sources import hosts_of

TODAY = date(2026, 5, 8)
DAY = (date(2026, 5, 1) - date(1970, 1, 1)).days

NAMES = st.from_regex(r"[A-Za-z0-9]{1,9}/[A-Za-z0-9_-]{1,9}", fullmatch=True)
ROWS = st.lists(
    st.tuples(
        st.integers(DAY - 999, DAY),
        NAMES,
        st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
    )
)


def as_csv(figures: Iterable[Figure]) -> str:
    """What is written of the figures."""
    stream = io.StringIO()
    write_figures(figures, stream)
    return stream.getvalue()


def read(text: str) -> tuple[list[Figure], list[tuple[int, str]]]:
    """The rows of a file, and (line, what is wrong) of those left out."""
    complaints: list[tuple[int, str]] = []
    lines = text.splitlines(keepends=True)
    rows = list(read_figures(lines, TODAY, lambda line, what: complaints.append((line, what))))
    return rows, complaints


@pytest.mark.parametrize(
    "text",
    [
        "date,repository,stars\n2026-05-01,a/b,5\n",
        "stars,date,repository\n5,2026-05-01,a/b\n",
        "\ufeffdate,repository,stars\r\n2026-05-01,a/b,5\r\n",
        "note,Date, repository ,stars,x\n1,2026-05-01,a/b, 5 ,\n",
        'date,repository,stars,note\n2026-05-01,"a/b",5,"two\nlines"\n',
        "date,repository,stars\n\n2026-05-01,a/b,5",
    ],
)
def test_columns_are_found_by_name(text: str) -> None:
    """In any order, beside others, with any line ending and with a byte order mark."""
    assert read(text) == ([(DAY, "a/b", 5, None)], [])


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2026-05-01,a/b", "it has 2 cells of 3"),
        ("2026-05-01,a/b,1,234", "it has 4 cells of 3"),
        ("05/01/2026,a/b,5", "'05/01/2026' is not a date such as 2026-05-01"),
        ("2026-02-30,a/b,5", "'2026-02-30' is not a date such as 2026-05-01"),
        ("2026-05-10,a/b,5", "2026-05-10 is before GitHub or in the future"),
        ("2007-10-18,a/b,5", "2007-10-18 is before GitHub or in the future"),
        ("2026-05-01,b,5", "'b' is not an owner/repo"),
        ("2026-05-01,a/b/c,5", "'a/b/c' is not an owner/repo"),
        ("2026-05-01,a/..,5", "'a/..' is not an owner/repo"),
        ("2026-05-01,-a/b,5", "'-a/b' is not an owner/repo"),
        ("2026-05-01,a/\x1b[2J,5", r"'a/\x1b[2J' is not an owner/repo"),
        ("2026-05-01,a/b,-5", "'-5' is not a number of stars"),
        ("2026-05-01,a/b,5.5", "'5.5' is not a number of stars"),
        ("2026-05-01,a/b,٥", "'٥' is not a number of stars"),
        ("2026-05-01,a/b,", "'' is not a number of stars"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_left_out(row: str, what: str) -> None:
    """One sentence with what is wrong; the rows around it are read."""
    rows, complaints = read(f"date,repository,stars\n2026-05-01,a/b,1\n{row}\n2026-05-02,a/b,2\n")
    assert rows == [(DAY, "a/b", 1, None), (DAY + 1, "a/b", 2, None)]
    assert complaints == [(3, what)]


def test_a_bad_row_of_several_lines_is_told_by_its_first() -> None:
    """An open quote swallows what follows: its line is the one to look at."""
    rows, complaints = read('date,repository,stars\n2026-05-01,"a/b,1\n2026-05-02,a/b,2\n')
    assert rows == []
    assert complaints == [(2, "it has 2 cells of 3")]


def test_a_row_that_is_too_large_is_left_out() -> None:
    """It costs none of the other rows."""
    long = "9" * 200_000
    rows, complaints = read(f"date,repository,stars\n2026-05-01,a/b,{long}\n2026-05-01,a/b,5\n")
    assert rows == [(DAY, "a/b", 5, None)]
    assert [line for line, _ in complaints] == [2]


def test_a_complaint_is_short() -> None:
    """However long the cell is that is wrong."""
    _, ((_, what),) = read(f"date,repository,stars\n2026-05-01,{'a' * 100_000},5\n")
    assert len(what) < 200
    assert what.endswith("is not an owner/repo")


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("", "date"),
        ("2026-05-01,a/b,5\n", "date"),
        ("date|repository|stars\n", "date"),
        ("date,repository\n", "stars"),
    ],
)
def test_a_file_without_the_header_is_refused(text: str, lacking: str) -> None:
    """Before any row is read, with the column that is missing."""
    with pytest.raises(UsageError, match=f"^its first line does not name the column '{lacking}'$"):
        read(text)


def test_tomorrow_is_read() -> None:
    """Somewhere it is tomorrow already."""
    assert read("date,repository,stars\n2026-05-09,a/b,5\n") == ([(DAY + 8, "a/b", 5, None)], [])


def test_text_that_is_not_utf8_is_no_bad_row() -> None:
    """What the file itself raises goes through: it is not the fault of one row."""

    def lines() -> Iterator[str]:
        yield "date,repository,stars\n"
        yield b"2026-05-01,a/\xff,5\n".decode()

    with pytest.raises(UnicodeDecodeError):
        list(read_figures(lines(), TODAY, lambda _line, _what: None))


@given(ROWS)
def test_what_is_written_is_read_again(rows: list[Figure]) -> None:
    """Every row comes back, in its order, even one that is there twice."""
    assert read(as_csv(rows)) == (rows, [])


def test_a_csv_file_has_a_header_once(tmp_path: Path) -> None:
    """However many pieces it is written in; the rows are counted."""
    path = tmp_path / "history.csv"
    assert save_figures(iter([(DAY + each, "a/b", each, 7) for each in range(3)]), path, 2) == 3
    assert path.read_bytes() == (
        b"date,repository,host,stars,id\n2026-05-01,a/b,github.com,0,7\n"
        b"2026-05-02,a/b,github.com,1,7\n2026-05-03,a/b,github.com,2,7\n"
    )


def test_parquet_holds_typed_columns(tmp_path: Path) -> None:
    """Days as days, in the order of the rows, compressed, in several row groups."""
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "history.parquet"
    assert save_figures(iter([(DAY + each, "a/b", each, 7) for each in range(3)]), path, 2) == 3

    file = parquet.ParquetFile(path)
    assert {field.name: str(field.type) for field in file.schema_arrow} == {
        "date": "date32[day]",
        "repository": "string",
        "host": "string",
        "stars": "int64",
        "id": "int64",
    }
    assert file.num_row_groups == 2
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.read().to_pylist() == [
        {
            "date": date(2026, 5, 1 + each),
            "repository": "a/b",
            "host": "github.com",
            "stars": each,
            "id": 7,
        }
        for each in range(3)
    ]


def test_a_file_may_name_the_hosts() -> None:
    """Of repositories that say none it is the host that is asked; one that is not known is told."""
    hosts = hosts_of(Settings(api_url="https://ghe.example.com/api/v3"))
    complaints: list[str] = []
    lines = [
        "host,date,repository,stars",
        "GitHub.com,2026-05-01,a/b,1",
        ",2026-05-01,a/b,2",
        "nowhere.example,2026-05-01,a/b,3",
    ]
    rows = read_figures(lines, date(2026, 5, 1), lambda _, what: complaints.append(what), hosts)
    assert [*rows] == [(DAY, "a/b", 1, None), (DAY, "ghe.example.com/a/b", 2, None)]
    assert complaints == ["'nowhere.example' is not a known host"]
    written = as_csv([(DAY, "ghe.example.com/a/b", 2, None)])
    assert written.splitlines()[1] == "2026-05-01,a/b,ghe.example.com,2,"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_history_without_rows_is_a_file(tmp_path: Path, suffix: str) -> None:
    """With its columns, so that readers find what they expect."""
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"history{suffix}"
    assert save_figures(iter(()), path) == 0
    assert path.stat().st_size > 0


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, suffix: str) -> None:
    """Where the rows end early the old content stays, and nothing else is left behind."""
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"history{suffix}"
    path.write_text("old", "utf-8")

    def rows() -> Iterator[Figure]:
        yield DAY, "a/b", 5, None
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        save_figures(rows(), path, 1)
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how to get it, and no file is begun."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install pyarrow"):
        save_figures(iter(()), tmp_path / "history.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["history.txt", "history"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match=r"written as \.csv or \.parquet"):
        save_figures(iter(()), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["awesome-selfhosted-weekly", "awesome-dotnet-daily"])
def test_real_files_have_no_bad_rows(shared: Path, name: str) -> None:
    """Every row of a real history is read, and is the one that stands there."""
    text = (shared / "facts" / f"{name}.csv").read_text("utf-8")
    rows, complaints = [], []
    for row in read_figures(
        text.splitlines(keepends=True), date(2026, 8, 21), lambda *what: complaints.append(what)
    ):
        rows.append(row)
    assert complaints == []
    written = as_csv(rows)
    assert (
        written.replace(",github.com,", ",")
        .replace(",host,", ",")
        .replace("stars,id\n", "stars\n")
        .replace(",\n", "\n")
        == text
    )


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a/\x1b]0;x\x07\r\nb", "a/]0;x b"),
        ("=cmd/x", "'=cmd/x"),
        ("\t=1/x", "'=1/x"),
        ("a/;=1", "a/;'=1"),
        ("＝1/x", "'＝1/x"),
    ],
)
def test_a_strangers_name_is_only_a_text(name: str, cell: str) -> None:
    """A store that came with a folder may hold any: no terminal and no spreadsheet obeys one."""
    _, (_, repository, *_) = csv.reader(io.StringIO(as_csv([(DAY, name, 1, None)]), newline=""))
    assert repository == cell
