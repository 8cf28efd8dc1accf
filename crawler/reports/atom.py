"""Atom: a feed of the events of the lists' repositories.

The format is https://www.rfc-editor.org/rfc/rfc4287.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from crawler.model.rows import EventKind
from crawler.model.values import RepositoryName
from crawler.reports.news import title_of
from crawler.reports.words import MOST_NAME, MOST_PROSE, shortened, web_address
from crawler.reports.xml import spelled_out

if TYPE_CHECKING:
    from crawler.model.results import Event, Ranking
    from crawler.model.rows import Row
    from crawler.model.values import Source
    from crawler.reports.formats import View

ENTRIES: Final = 100
"""The newest events in a feed; a reader that checks weekly misses none."""

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_AUTHOR: Final = "star-crawler"
_AUTHORITY: Final = "star-crawler.invalid,2026"
"""The authority of the ids (https://www.rfc-editor.org/rfc/rfc4151): a name that nobody can own
(https://www.rfc-editor.org/rfc/rfc6761#section-6.4), so that nobody else creates the same ids."""

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The update time of a feed without entries: always the same."""


def write(ranking: Ranking, view: View) -> Iterator[str]:
    """A feed of the newest `ENTRIES` events, newest first; times are in UTC.

    An id is derived from the content: the lists, the day, the event and the repository. It is the
    same in every later feed. Equal events on one day become one entry, with the time of the first.
    Without events the feed never changes.
    """
    lists = _lists_id(ranking.sources)
    events = _first_by_id(ranking.events, lists)
    root = Element("feed", {"xmlns": NAMESPACE})
    _text(root, "id", lists)
    _text(root, "title", f"What changed in {title_of(ranking.sources)}")
    _text(root, "updated", _instant(max((each.at for each in events.values()), default=_NEVER)))
    _text(SubElement(root, "author"), "name", _AUTHOR)
    relation = "alternate"
    for address in filter(None, (web_address(source.url) for source in ranking.sources)):
        SubElement(root, "link", rel=relation, href=address)
        relation = "related"  # RFC 4287, section 4.1.1: no more than one alternate.
    if view.name is not None:
        # Relative, since it is not known where the feed will be published.
        SubElement(root, "link", rel="self", type="application/atom+xml", href=quote(view.name))
    told = dict(islice(events.items(), ENTRIES))
    rows = _rows_by_key(ranking.rows, told.values())
    where = title_of(ranking.sources) if len(ranking.sources) == 1 else "the lists"
    for identifier, event in told.items():
        row = rows.get(_key(event)) or rows.get(event.name.qualified.casefold())
        _add_entry(root, identifier, event, row, where)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield spelled_out(root)


def _add_entry(root: Element, identifier: str, event: Event, row: Row | None, where: str) -> None:
    entry = SubElement(root, "entry")
    _text(entry, "id", identifier)
    _text(entry, "title", _title(event, where))
    _text(entry, "updated", _instant(event.at))
    fallback = f"https://{event.host}/{quote(event.repository, errors='replace')}"
    SubElement(
        entry, "link", rel="alternate", href=(web_address(row.url) if row else None) or fallback
    )
    about = shortened((row.description or row.about) if row else None, MOST_PROSE)
    if about:
        _text(entry, "summary", about).set("type", "text")


def _title(event: Event, where: str) -> str:
    name = shortened(event.name.qualified, MOST_NAME)
    detail = shortened(event.detail, MOST_NAME)
    match event.kind:
        case EventKind.LISTED:
            return f"{name} was added to {detail or where}"
        case EventKind.DROPPED:
            return f"{name} was dropped from {detail or where}"
        case EventKind.ENTERED_TOP:
            return f"{name} entered the top {detail or 'ten'}"
        case EventKind.MILESTONE:
            return f"{name} reached {_grouped(detail)} stars"
        case EventKind.ARCHIVED:
            return f"{name} is archived"
        case EventKind.UNARCHIVED:
            return f"{name} is no longer archived"
        case EventKind.RENAMED:
            former = RepositoryName(event.detail or "", event.host).qualified
            return f"{shortened(former, MOST_NAME)} is now {name}"
        case EventKind.REPLACED:
            return f"{name} belongs to another repository now"
        case EventKind.GONE:
            return f"{name} is gone" + (f" ({detail.replace('_', ' ')})" if detail else "")
        case EventKind.BACK:
            return f"{name} is back"


def _grouped(number: str) -> str:
    return f"{int(number):,}" if number.isdecimal() else number or "many"


def _first_by_id(events: Iterable[Event], lists: str) -> dict[str, Event]:
    """The events by id, newest first. Of several with the same id, the oldest counts, since it does
    not change."""
    oldest = {_event_id(event, lists): event for event in events}
    return dict(sorted(oldest.items(), key=lambda item: item[1].at, reverse=True))


def _lists_id(sources: Iterable[Source]) -> str:
    """The same for the same lists in any order; a hash, since there may be a hundred lists."""
    names = sorted({(source.url or source.name).casefold() for source in sources})
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()
    return f"tag:{_AUTHORITY}:{digest[:32]}"


def _event_id(event: Event, lists: str) -> str:
    day = event.at.astimezone(UTC).date().isoformat()
    parts = (day, event.kind, _key(event), event.detail or "")
    return "/".join((lists, *(quote(part, safe="", errors="surrogatepass") for part in parts)))


def _key(each: Event | Row) -> str:
    """Identifies a repository: its number, which survives renames, or else its name."""
    known = each.repository.casefold() if each.id is None else str(each.id)
    return RepositoryName(known, each.host).qualified


def _rows_by_key(rows: Iterable[Row], events: Iterable[Event]) -> Mapping[str, Row]:
    """The rows that the events are about, by number and by name."""
    keys = {key for event in events for key in _keys(event)}
    return {key: row for row in rows if keys for key in _keys(row) if key in keys}


def _keys(each: Event | Row) -> tuple[str, str]:
    return _key(each), each.name.qualified.casefold()


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element


def _instant(time: datetime) -> str:
    """https://www.rfc-editor.org/rfc/rfc3339"""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
