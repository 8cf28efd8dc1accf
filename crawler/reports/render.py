"""Write the filtered rows of a ranking in any format."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.model.filters import TABLE_TOP, Filters
from crawler.ranking.filters import apply_filters, filter_by_section
from crawler.reports.formats import View, find_format
from crawler.reports.rot import find_rot
from crawler.reports.stream import writing
from crawler.reports.words import have_several_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.results import Ranking
    from crawler.reports.stream import Stream


def write(
    ranking: Ranking,
    stream: Stream,
    format: str,
    filters: Filters | None = None,
    view: View | None = None,
) -> None:
    """Write the rows of `ranking` that `filters` selects; the last character is a line feed.

    Raises: ConfigError if there is no such format.
    """
    for _ in in_parts(ranking, stream, format, filters, view):
        pass


def in_parts(
    ranking: Ranking,
    stream: Stream,
    format: str,
    filters: Filters | None = None,
    view: View | None = None,
) -> Iterator[None]:
    """Like `write`, but in parts; other reports may be written between two of them."""
    form = find_format(format)
    filters = filters or Filters()
    if not form.has_sections:
        filters = replace(filters, by_section=False)
    if filters.top is None and form.short:
        filters = replace(filters, top=TABLE_TOP)
    view = view or View()
    whole = ranking
    if filters.by_section:
        ranking, groups = filter_by_section(ranking, filters)
        view = replace(view, groups=groups)
    else:
        ranking = apply_filters(ranking, filters)
    if form.is_for_people:
        names = (each.name for items in (ranking.rows, ranking.failures) for each in items)
        view = replace(view, with_host=have_several_hosts(names))
    if form.name == "table":
        view = replace(view, rot=find_rot(whole, with_host=view.with_host))
    yield from writing(form.write(ranking, view), stream, form.mark)


def render(
    ranking: Ranking, format: str, filters: Filters | None = None, view: View | None = None
) -> str:
    """The output of `write` as one text, for short reports.

    Raises: as `write`.
    """
    stream = io.StringIO()
    write(ranking, stream, format, filters, view)
    return stream.getvalue()
