"""What a dry run prints: the repositories that would be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from crawler.model.errors import ConfigError
from crawler.model.results import SCHEMA_VERSION
from crawler.model.text import printable
from crawler.reports import Format
from crawler.reports.columns import Column, lay_out
from crawler.reports.csv import encode_records
from crawler.reports.json import encode
from crawler.reports.jsonl import encode_lines
from crawler.reports.table import section_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model.values import Listing, Source

_COLUMNS = ("repository", "title", "description", "sections", "sources")
_LEAST_TITLE = 8
_LEAST_SECTION = 8


def render_plan(
    sources: Sequence[Source],
    listings: Sequence[Listing],
    format: Format,
    *,
    width: int | None = None,
    color: bool = False,
) -> str:
    """What the lists list, in their order, as text that ends with a newline.

    Raises: ConfigError for the formats that have only rankings.

    `width` and `color` concern the table alone, as in `crawler.reports.render`.
    """
    match format:
        case Format.TABLE:
            return _table(sources, listings, width=width, color=color)
        case Format.JSON:
            document = {
                "schema_version": SCHEMA_VERSION,
                "sources": [_source(source) for source in sources],
                "repositories": [_repository(listing) for listing in listings],
            }
            return encode(document, indent=2) + "\n"
        case Format.JSONL:
            return encode_lines(_repository(listing) for listing in listings)
        case Format.CSV:
            return encode_records(_COLUMNS, [_repository(listing) for listing in listings])
        case _:
            raise ConfigError(
                f"what would be asked is told as table, json, jsonl or csv, not as {format}"
            )


def _source(source: Source) -> dict[str, Any]:
    return {"name": source.name, "url": source.url, "repositories": source.repositories}


def _repository(listing: Listing) -> dict[str, Any]:
    return {
        "repository": listing.repository.full_name,
        "title": listing.title,
        "description": listing.description,
        "sections": [list(section) for section in listing.sections],
        "sources": list(listing.sources),
    }


def _table(
    sources: Sequence[Source], listings: Sequence[Listing], *, width: int | None, color: bool
) -> str:
    count = f"{len(listings)} listed in {len(sources)} list{'' if len(sources) == 1 else 's'}"
    lines = [*lay_out(_columns(listings), width=width, color=color), ""] if listings else []
    return "\n".join([*lines, count]) + "\n"


def _columns(listings: Sequence[Listing]) -> list[Column]:
    names = [printable(listing.repository.full_name) for listing in listings]
    titles = [printable(listing.title or "") for listing in listings]
    sections = section_texts([listing.sections for listing in listings])
    return [
        Column("Repository", names, patience=2, least=max(map(cell_len, names))),
        Column("Title", titles, patience=1, least=_LEAST_TITLE),
        Column("Section", sections, patience=0, least=_LEAST_SECTION),
    ]
