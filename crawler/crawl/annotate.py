"""Annotate a list: run over it and write the results after the titles."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from crawler.crawl.context import Context
from crawler.crawl.reading import Lists, ReadList
from crawler.crawl.run import crawl
from crawler.crawl.scopes import Scope
from crawler.lists.annotate import Annotated, annotate, said_before
from crawler.lists.annotations import EntryFigures, find_broken_mark
from crawler.lists.itself import repository_around
from crawler.lists.loading import named
from crawler.lists.locations import FileLocation
from crawler.lists.titles import TitledList, locate_titles
from crawler.model.errors import ListError
from crawler.model.frozen import frozen
from crawler.model.results import Ranking
from crawler.model.settings import Extra, Settings
from crawler.model.shielded import in_thread
from crawler.model.values import GONE, Links
from crawler.sources import hosts_of


@frozen
class AnnotatedList:
    """The result for a list."""

    annotated: Annotated
    entries: int
    """Number of its entries."""
    unknown: int
    """Entries whose repository could not be requested."""


async def annotate_list(
    settings: Settings,
    context: Context,
    path: Path,
    text: str,
    *,
    earlier: str = "",
    extras: Collection[Extra] = (),
    sort_sections: bool = False,
) -> AnnotatedList:
    """Fetch the repositories of `text`, the content of the file `path`, and annotate it.

    `earlier` is the result of an earlier annotation: numbers in it that are still nearly right are
    kept.

    Raises: ListError if it lists nothing, or a mark in it is broken; RunError as in `crawl()`.
    """
    for each in (text, earlier):
        if line := find_broken_mark(each):
            raise ListError(f"{path}: the annotation in line {line} is broken: take its rest out")
    location, hosts = FileLocation(path), hosts_of(settings)
    itself = repository_around(location, hosts)
    markup = named(str(path), location, text).markup
    is_mdx = path.suffix.lower() == ".mdx"
    if is_mdx or not markup.is_source:
        kind = "MDX" if is_mdx else markup
        raise ListError(f"{path} is {kind}, which has no comments to find an annotation by")
    titled = await in_thread(
        partial(locate_titles, text, hosts=hosts, itself=itself, markup=markup)
    )
    if not titled.parsed.entries:
        names = " or ".join(host.name for host in hosts)
        raise ListError(f"{path} lists no repository on {names}")
    before = await in_thread(partial(said_before, earlier, titled))
    ranking = await crawl(settings, context, lists=_lists_of(location, titled))
    figures = figures_of(ranking)
    entries = titled.parsed.entries
    job = partial(annotate, sort_sections=sort_sections)
    return AnnotatedList(
        await in_thread(partial(job, titled, figures, extras, before)),
        len(entries),
        sum(entry.repository.key not in figures for entry in entries),
    )


def figures_of(ranking: Ranking) -> dict[str, EntryFigures | None]:
    """The results of a run by `RepositoryName.key`: None for repositories that are gone; those that
    could not be requested are missing."""
    found: dict[str, EntryFigures | None] = {
        failure.name.key: None for failure in ranking.failures if failure.reason in GONE
    }
    for row in ranking.rows:
        figures = EntryFigures(
            row.stars,
            row.gained,
            None if row.pushed_at is None else row.pushed_at.date(),
            row.archived,
            row.language,
        )
        found |= {name.key: figures for name in row.names}
    return found


def _lists_of(location: FileLocation, titled: TitledList) -> Lists:
    scope = Scope.of([location], Links.ENTRIES)
    name, parsed = str(location.path), titled.parsed
    read = ReadList(scope, name, None, parsed.entries, parsed.elsewhere, titled.text)
    return Lists((read,), scope)
