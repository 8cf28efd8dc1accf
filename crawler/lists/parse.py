"""Parse the text of a list into its entries."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from markdown_it.token import Token
from selectolax.lexbor import LexborNode

from crawler.lists.annotations import plain_text
from crawler.lists.deadline import Deadline
from crawler.lists.entries import LONGEST_TITLE, EntryReader, read_entries
from crawler.lists.markdown.document import Document, block_tokens, parse_document
from crawler.lists.section_cache import CachedSection, SectionCache
from crawler.lists.sections import Heading
from crawler.lists.unit_reader import UnitReader, read_units
from crawler.lists.units import Unit
from crawler.model.errors import ListError
from crawler.model.files import Home, Markup
from crawler.model.hosts import Hosts
from crawler.model.text import cut
from crawler.model.values import Entry, Links, ParsedList, RepositoryName
from crawler.sources import KNOWN_HOSTS

_BOM: Final = "\ufeff"
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")
"""NUL, which CommonMark replaces, and lone surrogates, which UTF-8 cannot encode."""

_KEY: Final = re.compile(r"^[\w \"'./-]+:(?:[ \t]|$)", re.M)
_FRONT_MATTER: Final = re.compile(
    r"---[ \t]*\n((?:(?:[ \t]*(?:#.*)?|[ \t]*-[ \t].*|[ \t]+\S.*|[\w \"'./-]+:(?:[ \t].*)?)\n)*?)"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)",
)


def parse_list(
    text: str,
    links: Links = Links.ENTRIES,
    *,
    hosts: Hosts = KNOWN_HOSTS,
    itself: RepositoryName | None = None,
    check: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.thread_time,
    markup: Markup = Markup.MARKDOWN,
    home: Home | None = None,
    cache: SectionCache | None = None,
) -> ParsedList:
    """The places where a list names repositories, in the order of the document.

    The same repository may occur many times. Links to `hosts` are recognised. `itself` is the
    repository that contains the list, and is not an entry. With `Links.ALL`, `elsewhere` is empty.
    `check` is called many times a second, and may raise to end the parse. `clock` returns the
    seconds by which the time for parsing is measured. `home` is the place of the list among the
    files that may continue it. Text that `annotate` wrote is ignored.

    `cache` is that of texts that were parsed before with the same `links`, `hosts` and `itself`;
    the sections of this one are added. With one that is not empty, `files` and `passed` are left
    out of the result.

    Raises:
        ListError: the document is nested too deep or takes too long to parse.
    """
    if links is Links.ALL:
        units = units_of(plain_text(text), hosts, check, clock, markup)
        mentions = tuple(_mentions(units))
        return ParsedList(mentions, files=read_entries(units, itself, home).files if home else ())
    source = _normalized(plain_text(text))
    deadline = Deadline(len(source), check, clock)
    entries = EntryReader(itself, home)
    with _depth_told():
        if markup is Markup.MARKDOWN:
            source = _without_front_matter(source)
            return _read_document(source, deadline, hosts, entries, cache)
        units = [*read_units(_roots(source, markup, deadline), deadline, hosts)]
    entries.read(units)
    return entries.finish(units)


def _read_document(
    text: str,
    deadline: Deadline,
    hosts: Hosts,
    entries: EntryReader,
    cache: SectionCache | None = None,
) -> ParsedList:
    """What `entries` read in a document; its sections are added to the cache. Where that is not
    empty, `files` and `passed` are left out.

    Raises: ListError, as `crawler.lists.markdown.document.parse_document`.
    """
    cached = cache.sections if cache is not None else {}
    is_first = not cached
    document = Document(
        text,
        deadline,
        known=None if cache is None else cache.definitions,
        least=0 if cache is None else cache.least,
    )
    path: tuple[Heading, ...] = ()
    begun = 0
    units: list[Unit] = []
    while document.sections:
        section, left = document.sections[0], len(document.sections)
        key = (section.text, document.definitions, path) if entries.is_between else None
        if key and not is_first and (found := cached.get(key)) is not None:
            document.skip(found.expansion)
            further, later = section.line - found.line, begun - found.begun
            entries.listed += [each.moved(further, later) for each in found.listed]
            path, begun = found.path, begun + found.units
            continue
        expansion, count = document.expansion, len(entries.listed)
        reader = UnitReader(deadline, hosts, path, begun)
        new = [unit for root in document.roots() for unit in reader.read(root)]
        entries.read(new)
        is_alone = left - len(document.sections) == 1
        if key and cache is not None and is_alone and document.is_between and entries.is_between:
            cached[key] = CachedSection(
                line=section.line,
                begun=begun,
                units=reader.begun - begun,
                expansion=document.expansion - expansion,
                path=reader.path,
                listed=tuple(entries.listed[count:]),
            )
        path, begun = reader.path, reader.begun
        units += new
    return entries.finish(units if is_first else None)


def units_of(
    text: str,
    hosts: Hosts = KNOWN_HOSTS,
    check: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.thread_time,
    markup: Markup = Markup.MARKDOWN,
) -> list[Unit]:
    """The items, rows, headings and lines of a list that contain a link, as for `parse_list`.

    Raises: as `parse_list`.
    """
    source = _normalized(text)
    deadline = Deadline(len(source), check, clock)
    with _depth_told():
        return [*read_units(_roots(source, markup, deadline), deadline, hosts)]


@contextlib.contextmanager
def _depth_told() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ListError("The list cannot be parsed: it is nested too deep.") from None


def _roots(source: str, markup: Markup, deadline: Deadline) -> Iterator[LexborNode]:
    match markup:
        case Markup.HTML:
            from crawler.lists.html import parse_html

            return parse_html(source, deadline)
        case Markup.RST:
            from crawler.lists.rst import parse_rst

            return parse_rst(source, deadline)
        case _:
            return parse_document(_without_front_matter(source), deadline)


def blocks_of(text: str, check: Callable[[], None] | None = None) -> list[Token]:
    """The blocks of a list in Markdown, with the same line numbers as in `units_of`.

    Raises: as `parse_list`.
    """
    source = _without_front_matter(_normalized(text))
    return block_tokens(source, Deadline(len(source), check))


def _normalized(text: str) -> str:
    source = _UNUSABLE.sub("\ufffd", text.removeprefix(_BOM))
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _without_front_matter(source: str) -> str:
    """`source` with the YAML front matter, if any, replaced by empty lines."""
    found = _FRONT_MATTER.match(source)
    if found is None or (found[1].strip() and not _KEY.search(found[1])):
        return source
    return "\n" * found[0].count("\n") + source[found.end() :]


def _mentions(units: Iterable[Unit]) -> Iterator[Entry]:
    for unit in units:
        for link in unit.links:
            if link.target is not None:
                yield Entry(
                    repository=link.target.repository,
                    title=cut(link.text or link.alt, LONGEST_TITLE),
                    description="",
                    section=unit.section,
                    lines=(link.line, link.line + 1),
                )
