"""Export histories: files with rows of date, repository and stars."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.cli.history.imports import DATE, HOST, ID, REPOSITORY, STARS, Figure
from crawler.model.errors import UsageError
from crawler.model.values import RepositoryName
from crawler.reports.csv import text_cell
from crawler.reports.files import replacing
from crawler.reports.stream import Rewrite

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

ROWS_AT_ONCE: Final = 100_000
"""Rows to write together: one Parquet row group, which readers load at once."""

_EPOCH: Final = date(1970, 1, 1).toordinal()


def write_figures(figures: Iterable[Figure], stream: Stream) -> int:
    """Write a CSV file of `figures` with a header; returns their number."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((DATE, REPOSITORY, HOST, STARS, ID))
    count = 0
    for day, text, stars, number in figures:
        writer.writerow((date.fromordinal(_EPOCH + day), *_cells(text), stars, number))
        count += 1
    return count


@lru_cache(maxsize=1)
def _cells(text: str) -> tuple[str, str]:
    """The cells for a name; successive figures nearly always have the same one."""
    name = RepositoryName.parse(text)
    return text_cell(name.full_name), text_cell(name.host)


def save_figures(figures: Iterable[Figure], path: Path, rows_at_once: int = ROWS_AT_ONCE) -> int:
    """Write `figures` to a file in the format of its suffix, completely or not at all; returns
    their number.

    Raises: UsageError if the suffix is neither .csv nor .parquet, or pyarrow is missing;
        RunError if the file cannot be written.
    """
    match path.suffix.lower():
        case ".csv":
            with replacing(path) as file:
                return write_figures(figures, Rewrite(file, None))
        case ".parquet":
            return _save_parquet(figures, path, rows_at_once)
        case suffix:
            raise UsageError(f"{path}: a history is written as .csv or .parquet, not {suffix!r}")


def _save_parquet(figures: Iterable[Figure], path: Path, rows_at_once: int) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install pyarrow, or write .csv") from None
    schema = pyarrow.schema(
        [
            (DATE, pyarrow.date32()),
            (REPOSITORY, pyarrow.string()),
            (HOST, pyarrow.string()),
            (STARS, pyarrow.int64()),
            (ID, pyarrow.int64()),
        ]
    )
    count = 0
    remaining = iter(figures)
    with (
        replacing(path) as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        while part := list(islice(remaining, rows_at_once)):
            days, texts, stars, numbers = zip(*part, strict=True)
            names = [*map(RepositoryName.parse, texts)]
            columns = [
                pyarrow.array(days, pyarrow.int32()).cast(pyarrow.date32()),
                pyarrow.array([name.full_name for name in names], pyarrow.string()),
                pyarrow.array([name.host for name in names], pyarrow.string()),
                pyarrow.array(stars, pyarrow.int64()),
                pyarrow.array(numbers, pyarrow.int64()),
            ]
            writer.write_batch(pyarrow.record_batch(columns, schema=schema))
            count += len(part)
    return count
