"""Read what one item, cell or line lists: titles, descriptions and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crawler.lists.naming import belongs, is_named, named_words, occurs_in, own_link
from crawler.lists.text import collapse, has_name, has_word, without_edges
from crawler.lists.units import Kind, Link, Part
from crawler.lists.vocabulary import (
    Role,
    is_place_name,
    is_pointer,
    is_source_name,
    names_other,
    role_of,
)

_REST: Final = re.compile(r"^[.。)）\]】」』”’\"]+(?=[\s:：,，;-]|$)")
"""The end of a sentence or bracket around a title's link."""
_SEPARATOR: Final = re.compile(r"\s[-–—―|·•]+\s|\s?——\s?|\s*[:：](?:\s|$)|：")
"""Separators between a title that is not a link and its description."""
_GROUP: Final = re.compile(
    r"(?:[:：]\s*(?:see(?: also)?|siehe|voir|vedi|ver|cf\.?|参见|参考|见)?|\s[-–—―]+)\Z", re.I
)
"""Separators between the name of a group and its members."""
JOINS: Final = re.compile(
    r"\s*(?:(?:[/|,&+;·•、，；／｜]|(?<!\w)(?:and|or|und|oder|et|ou|y|e|и|和|与|及|と)(?!\w))\s*)+"
)
"""Separators between titles in one line."""
_JOINS_OF_LINES: Final = re.compile(r"\s*[/|&+／｜]\s*")
"""The same for lines that may be prose."""
_TAGS: Final = re.compile(r"[(（\[【{][^()（）\[\]【】{}]{0,40}[)）\]】}]")
"""Remarks in brackets before a title."""
_FIGURES: Final = re.compile(r"[(（][^()（）]*[)）]\s+[-–—:：]\s+")
"""Figures in brackets between a title and its description."""
WORD: Final = re.compile(r"[^\W\d_]{2}")
"""Figures such as `1.2k` must not be followed by these."""
_PIECES_BEHIND: Final = 4
"""Pieces to examine to see how a text continues."""
_OPENED: Final = tuple("(（[【,，、/|")
_CLOSED: Final = tuple(")）]】,，、/|")
"""Separators between links that only say where they lead."""
_OPENING: Final = re.compile(r"[(（\[【<「『“\s:：-]+$")
_IN_BRACKETS: Final = re.compile(r"[(（]([^()（）]*)[)）]")
_SIGNS_ALONE: Final = re.compile(r"[\s!-/:-@\[-`{-~‐-›、-〟！-／：-＠［-｀｛-･]*")
_NUMBER: Final = re.compile(r"^(?:[(（\[]?\d{1,4}[)）\].、]\s*|#\d{1,4}\s+|[①-⑳]\s*)+(?=\D)")
_LABEL: Final = re.compile(r"([^:：]{1,40}?)\s*[:：]\s*")
_BRACKETS: Final = frozenset({"[]", "【】", "()", "（）", "「」"})
_MAX_TITLE: Final = 200
_WORDS_OF_TITLE: Final = 4
"""Most words of a title that no separator ends."""
_LEAST_PHRASE: Final = 3
"""Fewest words before an address that are a description."""


@dataclass(slots=True)
class Found:
    """A listed thing."""

    title: str
    description: str
    link: Link
    """To its repository, or to itself if it has none on a known host."""
    is_untitled: bool = False
    """Whether its title is only the repository's name because there is no other."""


def read_part(part: Part, beside: Sequence[Link] = (), *, must_lead: bool = False) -> list[Found]:
    """The things that an item, a cell or a line lists.

    `beside` are further links that may lead to the repository of its title. With `must_lead`, a
    part with words before its first link is prose and lists nothing.
    """
    named = [link for link in part.links if has_name(link.text)]
    lead = named[0] if named else None
    before = part.text(None, lead.start if lead else None)
    links = [*part.links, *beside]
    if lead and not has_word(_TAGS.sub(" ", before)):
        found = _read_led(part, lead, links)
        if found[0].is_untitled and lead.is_address and has_word(before):
            found[0].title, found[0].is_untitled = plain_title(before), False
        return found
    if must_lead or not links:
        return []
    return _read_worded(part, lead, before, links)


def read_lines(part: Part, beside: Sequence[Link] = ()) -> list[Found]:
    """The things that an item or a cell lists; each of its lines may list something."""
    lines = part.visible_lines()
    if len(lines) > 1:
        titles = [link for line in lines if (link := title_link(line))]
        keys = {link.target.repository.key for link in titles if link.target}
        others = [line for line in lines if not title_link(line)]
        # A first line without a link is their label.
        if keys and len(titles) > 1 and not (others and (others != lines[:1] or others[0].links)):
            listed = [link.target.repository.key if link.target else link.url for link in titles]
            if len({*listed}) == len(titles) and (others or len(keys) > 1):
                return [found for line in lines for found in read_part(line, must_lead=True)]
    return read_part(part, beside)


def title_link(part: Part) -> Link | None:
    """The link at the start of a part, if it names a thing that may be listed."""
    first = next((link for link in part.links if has_name(link.text)), None)
    if first is None or is_place_name(first.text) or has_word(part.text(None, first.start)):
        return None
    return first if first.target or first.url.startswith("http") else None


def own_repository(links: Sequence[Link], title: str, url: str = "") -> Link | None:
    """The link to the repository of the thing with this `title` and `url`, preferably on a
    supported host."""
    asked = [link for link in links if link.target]
    others = [link for link in links if not link.target]
    return own_link(asked, title, url) or own_link(others, title, url)


def _read_led(part: Part, lead: Link, links: Sequence[Link]) -> list[Found]:
    """The things in a part that begins with a link as its title."""
    lead = _behind_owner(part, lead)
    titles = _side_by_side(part, lead)
    description = describe(part, titles[-1].end)
    found = []
    listed = set(titles)
    others = [link for link in links if link not in listed]
    for link in titles:
        chosen = link if link.target else own_repository(others, link.text, link.url)
        title, untitled = title_of(link)
        found.append(Found(title, description, chosen or link, untitled))
    return found


def _behind_owner(part: Part, lead: Link) -> Link:
    """The link to a repository after one to its owner, as in `owner/name`; else the first link."""
    following = next((link for link in part.links if link.start >= lead.end), None)
    if lead.target or following is None or following.target is None:
        return lead
    owner = following.target.repository.owner.casefold()
    is_owner = lead.url.casefold().rstrip("/").endswith(f"/{owner}")
    return following if is_owner and part.text(lead.end, following.start) == "/" else lead


def title_of(link: Link) -> tuple[str, bool]:
    """The title that a link gives its target, and whether its text is not a title."""
    text = plain_title(link.text)
    if link.target is None:
        return text, is_place_name(text) or link.is_address
    name = link.target.repository.name
    points = is_source_name(text) or is_pointer(text)
    if link.is_address or (points and not occurs_in(text, name)):
        return name, True
    return text, False


def plain_title(text: str) -> str:
    """A title without its number and the brackets and colons around it."""
    text = _NUMBER.sub("", text).rstrip(" :：-–—|,，").lstrip(" :：–—|,，")
    if len(text) > 2 and text[0] + text[-1] in _BRACKETS and has_name(inner := text[1:-1]):
        return text if any(sign in inner for sign in "[]【】()（）「」") else inner.strip()
    return text


def _side_by_side(part: Part, lead: Link) -> list[Link]:
    """The titles of a part: the first, and others beside it that lead to other repositories."""
    titles = [lead]
    keys = {lead.target.repository.key} if lead.target else set()
    is_line = part.unit.kind in (Kind.LINE, Kind.HEADING)
    for link in part.links:
        if link.start < titles[-1].end or not has_name(link.text):
            continue
        between = "".join(part.unit.pieces[titles[-1].end : link.start])
        if not (_JOINS_OF_LINES if is_line else JOINS).fullmatch(between):
            break
        if (
            link.target is None
            or _says_where(link)
            or link.target.repository.key in keys
            or (lead.target is None and belongs(link, lead.text, lead.url))
        ):
            break
        keys.add(link.target.repository.key)
        titles.append(link)
    return titles


def _says_where(link: Link) -> bool:
    """Whether a link's text only says where it leads, not what it is."""
    name = link.target.repository.name if link.target else ""
    return is_place_name(link.text) and not occurs_in(link.text, name)


def describe(part: Part, start: int) -> str:
    """The description of a thing after the piece `start`.

    Links to the source are not part of it if they directly follow the title.
    """
    for link in part.links:
        if link.start < start or not link.text:
            continue
        between = part.text(start, link.start)
        following = part.text(link.end, min(link.end + _PIECES_BEHIND, part.end))
        is_icon = link.target is not None and not has_name(link.text)
        is_source = is_source_name(link.text) or link.is_address or is_icon
        in_brackets = (between[-1:] in _OPENED and following[:1] in _CLOSED) or (
            plain_title(link.text) != link.text
        )
        if has_name(between) or not (is_source or (in_brackets and is_place_name(link.text))):
            break
        if has_name(following[:1]) and not is_icon:
            break
        start = link.end
    lines = part.visible_lines()
    if len(lines) > 1:
        later = [line for line in lines if line.end > start]
        kept = [line.text(start) for line in later if line.start <= start or not is_fact(line)]
        text = without_edges(collapse(" ".join(kept)))
    else:
        text = without_edges(part.text(start))
    text = without_edges(_REST.sub("", text))
    if _SIGNS_ALONE.fullmatch(text):
        return ""
    if (figures := _FIGURES.match(text)) and not WORD.search(figures[0]):
        text = text[figures.end() :]
    found = _IN_BRACKETS.fullmatch(text)
    return without_edges(found[1]) if found else text


def is_fact(line: Part) -> bool:
    """Whether a line only has an address, a picture or another plain fact after a label."""
    label = label_of(line)
    if label is None:
        return False
    if names_other(label) or any(link.is_address for link in line.links):
        return True
    return not has_name(line.text()[len(label) :])


def label_of(line: Part) -> str | None:
    """The text of a line before its first colon, if that precedes all links."""
    found = _LABEL.match(line.text(None, line.links[0].start if line.links else None))
    return found[1] if found and has_word(found[1]) else None


def _read_worded(part: Part, lead: Link | None, before: str, links: Sequence[Link]) -> list[Found]:
    """The things in a part that begins with words."""
    title, rest = split_title(part, before)
    icon = next((link for link in links if link.target and not has_name(link.text)), None)
    if icon is not None:
        return [_found_by_icon(part, icon)]
    source = next(
        (link for link in _asked_first(links) if link.place and is_source_name(link.text)), None
    )
    if source and (belongs(source, title) or _is_set_apart(part, source)):
        return [_found(part, title, rest, lead or source, source)]
    if lead is None:
        return []
    group = _members(part, lead, before)
    if len(group) > 1:
        return group
    own = next((link for link in _asked_first(links) if belongs(link, title)), None)
    if own and own.place and (rest or own is lead):
        return [_found(part, title, rest, lead, own)]
    address = next(
        (link for link in links if link.target and (link.is_address or _is_full_name(link))), None
    )
    if address:
        return [_found_by_address(part, address, title, rest)]
    if lead.place and named_words(before, *lead.place[1:]) == len(before):
        return [_found(part, before, "", lead, lead)]
    if group or not lead.target:
        return group
    is_last = not has_name(part.text(lead.end))
    if is_last and occurs_in(title, lead.target.repository.name):
        return [Found(title_of(lead)[0], "", lead)]
    if is_last and before[-1] in ".!?。！？" and not is_place_name(lead.text):
        return [Found(title_of(lead)[0], before, lead)]
    only = len([link for link in links if link.target]) == 1
    if only and is_place_name(lead.text) and _is_set_apart(part, lead):
        return [_found(part, title, rest, lead, lead)]
    return []


def _asked_first(links: Sequence[Link]) -> list[Link]:
    return sorted(links, key=lambda link: link.target is None)


def _is_set_apart(part: Part, link: Link) -> bool:
    """Whether no sentence continues into a link."""
    before = part.text(None, link.start) if part.start <= link.start < part.end else ""
    return not before or not (before[-1].isalnum() or before[-1] in "'\"’”")


def _is_full_name(link: Link) -> bool:
    target = link.target
    return target is not None and link.text.casefold() == target.repository.full_name.casefold()


def split_title(part: Part, before: str) -> tuple[str, str]:
    """The words before the first link of a part, as its title and as its description."""
    for start, end in part.unit.bold[:1]:
        if start >= part.start and not has_word(part.text(None, start)):
            bold = part.text(start, end)
            if before.startswith(bold) and has_name(bold):
                return plain_title(bold), before[len(bold) :].strip()
    text = _NUMBER.sub("", before)
    found = _SEPARATOR.search(text)
    if found is None or not has_name(text[: found.start()]):
        return plain_title(without_edges(text.rstrip("(（[【 "))), ""
    return plain_title(without_edges(text[: found.start()])), text[found.end() :].strip()


def _found(part: Part, title: str, rest: str, lead: Link, chosen: Link) -> Found:
    """A thing whose title consists of the words before its first link."""
    description = describe(part, lead.start)
    if has_name(rest):
        whole = part.text()
        if chosen.is_address and part.start <= chosen.start < part.end:
            whole = collapse(f"{part.text(None, chosen.start)} {part.text(chosen.end)}")
        description = without_edges(_OPENING.sub("", whole[whole.find(rest) :]))
    if len(title) > _MAX_TITLE and chosen.place:
        return Found(chosen.place[2], without_edges(part.text()), chosen, is_untitled=True)
    return Found(title, description, chosen, is_untitled=is_place_name(title))


def _found_by_icon(part: Part, icon: Link) -> Found:
    """A thing whose repository is the target of an icon or a badge."""
    assert icon.place is not None
    _, owner, name = icon.place
    text = collapse(f"{part.text(None, icon.start)} {part.text(icon.end)}")
    if icon.start < part.start or icon.end > part.end:
        text = part.text()
    title, rest = split_title(part, text)
    if has_name(rest):
        return Found(title, without_edges(rest), icon)
    if has_word(icon.alt) and (is_named(icon.alt, owner, name) or not icon.is_badge):
        return Found(icon.alt, without_edges(text), icon)
    if has_name(title) and len(title.split()) <= _WORDS_OF_TITLE:
        return Found(title, "", icon)
    if end := named_words(text, owner, name):
        return Found(plain_title(text[:end]), without_edges(text[end:]), icon)
    return Found(name, without_edges(text), icon, is_untitled=True)


def _found_by_address(part: Part, link: Link, title: str, rest: str) -> Found:
    """A thing whose repository is given as an address or as its full name."""
    assert link.place is not None
    _, owner, name = link.place
    before, after = part.text(None, link.start), describe(part, link.end)
    if rest or (_is_set_apart(part, link) and len(title) <= _MAX_TITLE):
        rest = _OPENING.sub("", rest)
        return Found(title, collapse(f"{without_edges(rest)} {after}"), link)
    if end := named_words(before, owner, name):
        words = without_edges(before[end:].rstrip("(（[【<「『“ "))
        return Found(plain_title(before[:end]), collapse(f"{words} {after}"), link)
    said = before if len(before.split()) >= _LEAST_PHRASE else ""
    return Found(name, without_edges(collapse(f"{said} {after}")), link, is_untitled=True)


def _members(part: Part, lead: Link, before: str) -> list[Found]:
    """The members of a group named by the words before them; empty if the words are prose."""
    found = _GROUP.search(before)
    if found is None or role_of(before[: found.start()]) is Role.MENTION:
        return []
    members = [lead]
    for link in part.links:
        between = "".join(part.unit.pieces[members[-1].end : link.start])
        if link.start >= members[-1].end and has_name(link.text):
            if not JOINS.fullmatch(between):
                break
            members.append(link)
    following = part.text(members[-1].end)
    if has_word(following[:1]) or not any(member.target for member in members):
        return []
    description = describe(part, members[-1].end)
    if len(members) == 1 and (is_pointer(lead.text.split()[0]) or has_word(before[-1])):
        return [Found(split_title(part, before)[0], description, lead)]
    listed = [member for member in members if member.target or not is_place_name(member.text)]
    return [Found(title_of(member)[0], description, member) for member in listed]
