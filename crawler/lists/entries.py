"""Which units of a list are entries, and which repository each of them lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from crawler.lists.sections import is_contents, is_credits
from crawler.lists.targets import Target
from crawler.lists.text import collapse, has_word, plain_words, without_edges
from crawler.lists.units import Kind, Link, Unit
from crawler.model.values import Entry

_SOURCE: Final = "source|sources|src|code|github|git hub|git|gh|repo|repos|repository"
_SOURCE_NAMES: Final = re.compile(
    r"(?:the |view |see |official |original )*"
    rf"(?:{_SOURCE})(?: (?:{_SOURCE}|link|page|here|project|on|at|of))*"
)
"""What a link is called that leads from an entry to its repository."""
_SIGNS: Final = re.compile(r"[\W_]+")
_MAX_NAME: Final = 40
"""Longest text that is looked at as such a name."""

_REST: Final = re.compile(r"^[.。)）\]]+(?=\s|$)")
"""The end of a sentence or bracket that a title's link stands in."""
_SEPARATOR: Final = re.compile(r"\s[-–—|]+\s|\s*[:：](?:\s|$)")
"""What stands between a title that is no link and its description."""

_LICENCE: Final = re.compile(r"(?:.*/)?(?:licen[cs]e|copying)(?:[-_.][^/]*)?", re.I)
_BADGED: Final = re.compile(
    rf"{_LICENCE.pattern}"
    r"|graphs/contributors|stargazers|network/members|commits(?:[./].*)?|actions(?:/.*)?",
    re.I,
)
"""Pages that a project's badges lead to."""
_ABOUT_THE_LIST: Final = re.compile(
    rf"{_BADGED.pattern}"
    r"|(?:.*/)?(?:contributing|contributors?|code[-_]of[-_]conduct)(?:[-_.][^/]*)?"
    r"|pulls|issues(?:/new.*)?|fork|edit/.*|discussions(?:/(?!\d).*)?",
    re.I,
)
"""Pages of a repository that speak of taking part in it, not of what it is."""
_THREAD: Final = re.compile(r"(?:issues|pull|discussions)/\d.*", re.I)
"""Pages that some people write articles on."""
_WAY_BACK: Final = re.compile(
    r"(?:go |jump )?(?:back|return) to (?:the )?(?:top|contents|table of contents|toc|index)"
    r"|返回(?:顶部|目录)|回到(?:顶部|目录)"
)


def entries_of(units: Sequence[Unit]) -> tuple[Entry, ...]:
    """What the units of a document list, in its order."""
    found: list[tuple[Unit, Entry]] = []
    heading: tuple[Unit, Entry] | None = None
    for unit in units:
        entry = _entry_of(unit)
        if entry is None or (heading and _repeats(entry, *heading)):
            continue
        found.append((unit, entry))
        if unit.kind is Kind.HEADING:
            heading = unit, entry
    return tuple(entry for _, entry in found[_introduction(found) :])


def _repeats(entry: Entry, heading: Unit, listed: Entry) -> bool:
    """Whether an entry only links the source of what a heading above it lists."""
    untitled = entry.title == entry.repository.name and not entry.description
    return (
        entry.repository.key == listed.repository.key
        and (untitled or is_source_name(entry.title))
        and entry.section[: len(heading.below)] == heading.below
    )


def _introduction(found: Sequence[tuple[Unit, Entry]]) -> int:
    """How many lines at the start only introduce the list.

    They do if at least as many entries, and most of the others, stand in sections below theirs.
    """
    if not found:
        return 0
    opening = found[0][1].section
    lines = 0
    for unit, entry in found:
        if unit.kind is not Kind.LINE or entry.section != opening:
            break
        lines += 1
    depth = len(opening)
    below = sum(
        len(entry.section) > depth and entry.section[:depth] == opening for _, entry in found
    )
    return lines if below >= lines and 2 * below >= len(found) - lines else 0


def _entry_of(unit: Unit) -> Entry | None:
    """What a unit lists; None if it is no entry."""
    if unit.kind is Kind.HEADING and not unit.section:
        return None
    if unit.kind in (Kind.LINE, Kind.HEADING) and not unit.leads_with_link:
        return None
    chosen = _choose(unit)
    if chosen is None or chosen.target is None:
        return None
    if _is_about_the_list(unit, chosen, chosen.target):
        return None
    title, description = _describe(unit, chosen)
    if unit.unfolds and not chosen.text and _may_title(unit.unfolds, chosen.target):
        title, description = _describe(unit.unfolds, chosen)
    if _is_address(description, chosen):
        description = ""
    if not description and is_source_name(title):
        title = chosen.target.repository.name
    return Entry(
        repository=chosen.target.repository,
        title=title,
        description=description,
        section=unit.section,
        lines=(unit.first_line, unit.last_line + 1),
    )


def _is_about_the_list(unit: Unit, chosen: Link, target: Target) -> bool:
    """Whether a unit serves the list: its contents, its makers, taking part in it."""
    if is_credits(unit.section) or (unit.kind is not Kind.ROW and is_contents(unit.section)):
        return True
    page = "/".join(target.page)
    if _THREAD.fullmatch(page):
        titled = unit.leads_with_link and chosen is unit.lead
        named = titled or _is_named(target.repository.name, _describe(unit, chosen)[0])
        return not named or unit.kind in (Kind.LINE, Kind.HEADING)
    if _ABOUT_THE_LIST.fullmatch(page):
        elsewhere = unit.leads_with_link and chosen is not unit.lead
        badge = not chosen.text and has_word(unit.text())
        if badge and _BADGED.fullmatch(page):
            return False
        return not (elsewhere and _LICENCE.fullmatch(page))
    return len(chosen.text) <= _MAX_NAME and bool(_WAY_BACK.fullmatch(plain_words(chosen.text)))


def _is_named(name: str, title: str) -> bool:
    """Whether a title is, or begins with, what a repository is called."""
    wanted, words = (_SIGNS.sub("", text.lower()) for text in (name, title))
    return bool(wanted and words) and (words.startswith(wanted) or wanted.startswith(words))


def _may_title(unit: Unit, target: Target) -> bool:
    """Whether a unit's title links this repository or none."""
    if not unit.leads_with_link or unit.lead is None:
        return False
    own = unit.lead.target
    return own is None or own.repository.key == target.repository.key


def _is_address(description: str, chosen: Link) -> bool:
    """Whether a description only repeats the address that the repository was found by."""
    address = description.strip("<([])>")
    return "/" in address and chosen.url.endswith(address)


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
        return lead.text or lead.alt, _without_rest(unit.text(lead.end))
    found = _SEPARATOR.search(before)
    if found is None:
        return without_edges(before.rstrip("([ ")), without_edges(unit.text(lead.start))
    title, rest = before[: found.start()], before[found.end() :]
    return without_edges(title), without_edges(f"{rest} {unit.text(lead.start)}")


def _without_rest(text: str) -> str:
    """What follows a title's link, without what belongs to the title's own sentence."""
    return without_edges(_REST.sub("", without_edges(text)))
