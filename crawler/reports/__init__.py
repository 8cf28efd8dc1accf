"""The reports: one module per format, each a pure function from a ranking to text.

A module is imported when its format is first asked for, so that knowing the formats costs
nothing. A new format is a module with `render`, a member of `Format`, and a suffix if files
can be written in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Final

from crawler.model.errors import ConfigError
from crawler.model.filters import Filters
from crawler.model.settings import TABLE_TOP
from crawler.ranking.filters import apply_filters, group_by_section

if TYPE_CHECKING:
    from crawler.model.results import Ranking


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
    MARKDOWN = "markdown"
    """A document for GitHub, and kept within what GitHub shows."""
    HTML = "html"
    """One page to sort, filter and print, for a browser."""
    ATOM = "atom"
    """A feed of what changed."""
    SVG = "svg"
    """A picture of the top for a README."""


SUFFIXES: Final = {
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".csv": Format.CSV,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".atom": Format.ATOM,
    ".svg": Format.SVG,
}
"""What the name of a file says about its format."""

SHORT: Final = frozenset({Format.TABLE, Format.SVG})
"""Formats that hold `TABLE_TOP` rows unless another number is given."""


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
    filters: Filters | None = None,
    *,
    width: int | None = None,
    color: bool = False,
    ages: bool = False,
) -> str:
    """What `filters` takes of `ranking`, as text that ends with a newline.

    `width` (cells) and `color` are those of the terminal; without a width nothing is cut. `ages`
    says how old each figure is. All three concern the table alone: the data formats say it anyway.
    """
    filters = filters or Filters()
    if format is Format.SVG:
        filters = replace(filters, by_section=False)  # one picture has room for one top
    if filters.top is None and format in SHORT:
        filters = replace(filters, top=TABLE_TOP)
    ranking = apply_filters(ranking, filters)
    write: Callable[..., str] = import_module(f"{__name__}.{format}").render
    groups = (
        group_by_section(ranking.rows, filters, ranking.sections) if filters.by_section else None
    )
    match format:
        case Format.TABLE:
            return write(ranking, groups, width=width, color=color, ages=ages)
        case Format.MARKDOWN:
            return write(ranking, groups)
    return write(ranking)


def essence(text: str, format: Format) -> str:
    """A report without what every run changes: its times and what it cost. Two reports that have
    the same tell the same."""
    pattern: re.Pattern[str] = import_module(f"{__name__}.{format}").TIMES
    return pattern.sub("", text)
