"""The reports: one module per format, each a pure function from a ranking to text.

A module is imported when its format is first asked for, so that knowing the formats costs
nothing. A new format is a module with `render`, a member of `Format`, and a suffix if files
can be written in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Final

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from crawler.results import Ranking


class Format(StrEnum):
    """What a report can be written as; each names the module that writes it."""

    TABLE = "table"
    """For people, on a terminal."""
    JSON = "json"
    """One document, in the schema of `Ranking.to_dict`."""
    JSONL = "jsonl"
    """One object a line and repository, failures included."""
    CSV = "csv"
    """One line a repository, failures included."""


SUFFIXES: Final = {".json": Format.JSON, ".jsonl": Format.JSONL, ".csv": Format.CSV}
"""What the name of a file says about its format."""


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that the suffix of `path` names, whatever its case.

    Raises:
        ConfigError: it names none.
    """
    name = os.fspath(path)
    for suffix, format in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return format
    *others, last = SUFFIXES
    raise ConfigError(f"the name of a report ends in {', '.join(others)} or {last}: {name}")


def render(
    ranking: Ranking,
    format: Format,
    *,
    width: int | None = None,
    color: bool = False,
    ages: bool = False,
) -> str:
    """`ranking` as text that ends with a newline.

    `width` (cells) and `color` are those of the terminal; without a width nothing is cut. `ages`
    says how old each figure is. All three concern the table alone: the data formats say it anyway.
    """
    write: Callable[..., str] = import_module(f"{__name__}.{format}").render
    if format is Format.TABLE:
        return write(ranking, width=width, color=color, ages=ages)
    return write(ranking)
