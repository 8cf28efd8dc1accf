"""Which units of a list are entries, and which repository each of them lists."""

from __future__ import annotations

import re
from typing import Final

from crawler.models import Entry
from crawler.parser.text import collapse, has_word, without_edges
from crawler.parser.units import Kind, Link, Unit

_SOURCE: Final = "source|sources|src|code|github|git hub|git|gh|repo|repos|repository"
_SOURCE_NAMES: Final = re.compile(
    r"(?:the |view |see |official |original )*"
    rf"(?:{_SOURCE})(?: (?:{_SOURCE}|link|page|here|project|on|at|of))*"
)
"""What a link is called that leads from an entry to its repository."""
_MAX_NAME: Final = 40
"""Longest text that is looked at as such a name."""

_SEPARATOR: Final = re.compile(r"\s[-–—|]+\s|\s*[:：](?:\s|$)")
"""What stands between a title that is no link and its description."""

_ABOUT_THE_LIST: Final = re.compile(
    r"(?:.*/)?(?:contributing|contributors?|code[-_]of[-_]conduct|licen[cs]e|copying)(?:[-_.][^/]*)?"
    r"|graphs/contributors|stargazers|network/members|pulls|issues(?:/new.*)?|fork|edit/.*",
    re.I,
)
"""Pages of a repository that speak of taking part in it, not of what it is."""


def entry_of(unit: Unit) -> Entry | None:
    """What a unit lists; None if it is no entry."""
    if unit.kind is Kind.HEADING and not unit.section:
        return None
    if unit.kind is not Kind.ROW and unit.in_contents:
        return None
    if unit.kind in (Kind.LINE, Kind.HEADING) and not unit.leads_with_link:
        return None
    chosen = _choose(unit)
    if chosen is None or chosen.target is None:
        return None
    titled_elsewhere = unit.leads_with_link and chosen is not unit.lead
    if not titled_elsewhere and _ABOUT_THE_LIST.fullmatch("/".join(chosen.target.page)):
        return None
    title, description = _describe(unit, chosen)
    return Entry(
        repository=chosen.target.repository,
        title=title,
        description=description,
        section=unit.section,
        lines=(unit.first_line, unit.last_line + 1),
    )


def _choose(unit: Unit) -> Link | None:
    """The link to the unit's repository: its title's, the one named Source or so, or the first."""
    with_text = [link for link in unit.links if link.text]
    candidates = [link for link in with_text if link.target]
    if not candidates:
        if unit.kind in (Kind.LINE, Kind.HEADING):
            return None
        return next((link for link in unit.links if link.target), None)
    if unit.leads_with_link and with_text[0].target:
        return with_text[0]
    return next((link for link in candidates if is_source_name(link.text)), candidates[0])


def is_source_name(text: str) -> bool:
    """Whether a link of this text leads to the source of what it stands beside."""
    if len(text) > _MAX_NAME:
        return False
    words = collapse(re.sub(r"[^a-z]+", " ", text.lower()))
    return bool(words) and _SOURCE_NAMES.fullmatch(words) is not None


def _describe(unit: Unit, chosen: Link) -> tuple[str, str]:
    """The title of an entry and what is said about it."""
    lead = unit.lead or chosen
    before = unit.text(0, lead.start)
    if not has_word(before):
        return lead.text or lead.alt, without_edges(unit.text(lead.end))
    found = _SEPARATOR.search(before)
    if found is None:
        return without_edges(before), without_edges(unit.text(lead.start))
    title, rest = before[: found.start()], before[found.end() :]
    return without_edges(title), without_edges(f"{rest} {unit.text(lead.start)}")
