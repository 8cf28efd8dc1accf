"""Find the files in which a list continues: links to its own files in place of entries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from crawler.lists.reading import JOINS
from crawler.lists.sections import is_credits
from crawler.lists.text import has_word
from crawler.lists.units import Kind, Link, Unit
from crawler.lists.vocabulary import is_language
from crawler.model.addresses import climbs
from crawler.model.files import Home, known_markup
from crawler.model.hosts import Target
from crawler.model.values import OwnFile

_PAGES: Final = frozenset({"blob", "raw", "edit", "blame"})
_FOREIGN: Final = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\Z", re.I)
_ABOUT_THE_LIST: Final = re.compile(
    r"(?:contribut|collaborat|code[-_ ]?of[-_ ]?conduct|licen[cs]e|copying|changelog|pull_request"
    r"|issue_template|style[-_]?guide)[^/]*"
    r"|readme[-_.][a-z]{2,3}(?:[-_][a-z]+)?\.[a-z]+",
    re.I,
)
"""Names of files about the list or about contributing, and of its translations."""
_OF_THE_PROJECT: Final = re.compile(
    r"(?:SECURITY|SUPPORT|HISTORY|CHANGES|GOVERNANCE|MAINTAINERS|AUTHORS|SPONSOR|FUNDING|BACKERS"
    r"|ROADMAP|TODO|GUIDELINES|CURATION)[A-Z_-]*\.[^/]+"
)
"""More of them, which in small letters may be what a list is about."""
_GROUP: Final = re.compile(r"[:：]\s*\Z")
_LONGEST_PATH: Final = 1000


def own_files(units: Iterable[Unit], home: Home) -> list[tuple[int, OwnFile]]:
    """The files that are linked in place of entries, each with the order of its unit."""
    found = []
    for unit in units:
        own = [
            (link, path)
            for link in unit.links
            if (path := path_of(link.url, link.target, home)) and not link.in_footnote
        ]
        if own and not is_credits(unit.section):
            leading = set(_leading(unit, [link for link, _ in own]))
            for link, path in own:
                if link in leading and not _serves(link, path):
                    title = link.text or link.alt or PurePosixPath(path).stem
                    found.append((unit.order, OwnFile(path, title, unit.section, link.line + 1)))
    return found


def continuing(
    found: Iterable[tuple[int, OwnFile]], listing: Collection[int], home: Home
) -> Iterator[OwnFile]:
    """The files that continue the list, each once: those of units that list nothing else.

    `listing` are the orders of units that list something.
    """
    seen = {home.path.casefold()}
    for order, file in found:
        if order not in listing and file.path.casefold() not in seen:
            seen.add(file.path.casefold())
            yield file


def _leading(unit: Unit, own: list[Link]) -> list[Link]:
    """The links of a unit to own files in place of entries."""
    if unit.kind is Kind.ROW:
        return own
    part = unit.whole()
    before = part.text(None, own[0].start)
    if has_word(before) and not _GROUP.search(before):
        return []
    listed = own[:1]
    for link in own[1:]:
        if not JOINS.fullmatch("".join(unit.pieces[listed[-1].end : link.start])):
            break
        listed.append(link)
    return listed


def _serves(link: Link, path: str) -> bool:
    name = path.rpartition("/")[2]
    is_about = _ABOUT_THE_LIST.fullmatch(name) or _OF_THE_PROJECT.fullmatch(name)
    return bool(is_about) or is_language(link.text)


def path_of(url: str, target: Target | None, home: Home) -> str | None:
    """The path of the list's own text file that an address leads to; None for any other."""
    if target is not None:
        if home.repository is None or target.repository.key != home.repository.key:
            return None
        return _tidy("/".join(_below_ref(target.page)))
    if _FOREIGN.match(url):
        return None
    path = unquote(re.split("[?#]", url, maxsplit=1)[0])
    if not path.startswith("/"):
        return _tidy(f"{home.path.rpartition('/')[0]}/{path}")
    owner_and_name = f"/{home.repository.full_name}/" if home.repository else "//"
    if path.casefold().startswith(owner_and_name.casefold()):
        # GitHub renders a relative link in a file like this.
        return _tidy("/".join(_below_ref(path[len(owner_and_name) :].split("/"))))
    return _tidy(path)


def _below_ref(page: Iterable[str]) -> list[str]:
    match [*page]:
        case [kind, _, *path] if kind in _PAGES:
            return path
    return []


def _tidy(path: str) -> str | None:
    """`path` without dot segments; None if it leads outside, or not to a text file."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if not segments:
                return None
            segments.pop()
        elif segment not in ("", "."):
            segments.append(segment)
    tidy = "/".join(segments)
    is_open = not any(segment.startswith(".") for segment in segments)
    if not is_open or not tidy.isprintable() or len(tidy) > _LONGEST_PATH or climbs(tidy):
        return None
    return tidy if known_markup(tidy) and "\\" not in tidy else None
