"""The output of a dry run: the repositories that would be fetched."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from crawler.model.errors import ConfigError
from crawler.model.results import SCHEMA_VERSION
from crawler.model.text import printable
from crawler.ranking.listings import count_by_host
from crawler.reports.columns import Column, lay_out
from crawler.reports.csv import write_records
from crawler.reports.formats import View
from crawler.reports.json import list_parts
from crawler.reports.jsonl import lines_of
from crawler.reports.stream import write_marked
from crawler.reports.table import section_texts
from crawler.reports.words import have_several_hosts, spelled, told_by_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model.values import Elsewhere, Listing, Source
    from crawler.reports.stream import Stream

_COLUMNS = ("repository", "host", "title", "description", "sections", "sources")
_LEAST_TITLE = 8
_LEAST_SECTION = 8


def write_plan(
    sources: Sequence[Source],
    listings: Sequence[Listing],
    format: str,
    stream: Stream,
    view: View | None = None,
    *,
    elsewhere: Sequence[Elsewhere] = (),
) -> None:
    """Write the repositories of the lists in order; the last character is a line feed.

    JSON includes each entry on other hosts, and the table counts them.

    Raises: ConfigError for a format that can only show rankings.
    """
    repositories = map(_repository, listings)
    match format:
        case "table":
            _write_table(sources, listings, elsewhere, stream, view or View())
        case "json":
            before = f'{{\n  "schema_version": {SCHEMA_VERSION},\n  '
            for key, records in (
                ("sources", map(_source, sources)),
                ("repositories", repositories),
                ("elsewhere", map(_elsewhere, elsewhere)),
            ):
                write_marked(chain([f'{before}"{key}": '], list_parts(records)), stream)
                before = ",\n  "
            stream.write("\n}\n")
        case "jsonl":
            write_marked(lines_of(repositories), stream)
        case "csv":
            write_records(_COLUMNS, repositories, stream)
        case _:
            raise ConfigError(
                f"what would be asked is told as table, json, jsonl or csv, not as {format}"
            )


def _source(source: Source) -> dict[str, Any]:
    return {"name": source.name, "url": source.url, "repositories": source.repositories}


def _repository(listing: Listing) -> dict[str, Any]:
    return {
        "repository": listing.repository.full_name,
        "host": listing.repository.host,
        "title": listing.title,
        "description": listing.description,
        "sections": [list(section) for section in listing.sections],
        "sources": list(listing.sources),
    }


def _elsewhere(each: Elsewhere) -> dict[str, Any]:
    return {
        "title": each.title,
        "url": each.url,
        "section": list(each.section),
        "line": each.line,
        **({"file": each.file} if each.file else {}),
    }


def _write_table(
    sources: Sequence[Source],
    listings: Sequence[Listing],
    elsewhere: Sequence[Elsewhere],
    stream: Stream,
    view: View,
) -> None:
    if listings:
        for line in lay_out(_columns(listings), width=view.width, color=view.color):
            stream.write(f"{line}\n")
        stream.write("\n")
    lists = "1 list" if len(sources) == 1 else f"{len(sources)} lists"
    hosts = told_by_host(count_by_host(elsewhere))
    stream.write(f"{len(listings)} listed in {lists}{f' · elsewhere: {hosts}' if hosts else ''}\n")


def _columns(listings: Sequence[Listing]) -> list[Column]:
    with_host = have_several_hosts(listing.repository for listing in listings)
    names = [printable(spelled(listing.repository, with_host=with_host)) for listing in listings]
    titles = [printable(listing.title or "") for listing in listings]
    sections = section_texts([listing.sections for listing in listings])
    return [
        Column("Repository", names, patience=2, least=max(map(cell_len, names))),
        Column("Title", titles, patience=1, least=_LEAST_TITLE),
        Column("Section", sections, patience=0, least=_LEAST_SECTION),
    ]
