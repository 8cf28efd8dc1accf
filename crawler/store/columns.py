"""Convert rows and failures from elsewhere to columns of the tables."""

from __future__ import annotations

from crawler.model.rows import Failure, Row
from crawler.model.values import Facts
from crawler.store.figures import Content, encode_map, to_figures


def row_columns(number: int, place: int, row: Row) -> tuple[object, ...]:
    """The columns of the tables for a row from elsewhere."""
    figures = to_figures(
        Facts(
            full_name=row.repository,
            host=row.host,
            url=row.url,
            stars=row.stars,
            provider=row.provider,
            fetched_at=row.fetched_at,
            id=row.id,
            forks=row.forks,
            language=row.language,
            license=row.license,
            archived=row.archived,
            fork=row.fork,
            created_at=row.created_at,
            pushed_at=row.pushed_at,
            about=row.about,
        )
    )
    keys = [name.key for name in row.names[1:]]
    content = Content(row.title, row.description, row.listed_as, row.sections, row.sources)
    return (
        number,
        place,
        row.rank,
        *figures[:4],
        None if keys == [figures.key] else "\n".join(keys),
        row.stars,
        row.archived,
        row.renamed,
        figures.pushed_at,
        figures.fetched_at,
        row.reason and str(row.reason),
        figures.value,
        encode_map(content),
    )


def failure_columns(number: int, place: int, failure: Failure) -> tuple[object, ...]:
    """The columns of the tables for a failure from elsewhere."""
    content = Content(None, None, (failure.repository,), failure.sections, failure.sources)
    return (
        number,
        place,
        failure.host,
        failure.repository,
        failure.name.key,
        str(failure.reason),
        failure.message,
        encode_map(content),
    )
