"""Addresses that are links without brackets, by GFM's rules as cmark-gfm applies them.

https://github.github.com/gfm/#autolinks
https://github.github.com/gfm/#autolinks-extension-
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from crawler.lists.markdown.references import resolve_entities

_POINTED: Final = re.compile(r"<([A-Za-z][A-Za-z0-9.+-]{1,31}:[^\x00-\x20<>]*+)>")
_MAIL: Final = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]++@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)
_SCHEMES: Final = frozenset({"http", "https", "ftp"})
_LONGEST_SCHEME: Final = 5
_END: Final = re.compile(r"[ \t\n\v\f\r<]")
_TRAILING: Final = "?!.,:*_~'\""
_FREE_SEGMENTS: Final = 10
"""Domains with more dots may hold underscores; cmark-gfm's own limit."""


def scan_pointed(source: str, start: int) -> tuple[str, int] | None:
    """The address in the `<>` that open at `start`, and where they end."""
    if found := _POINTED.match(source, start):
        return resolve_entities(found[1]), found.end()
    if found := _MAIL.match(source, start):
        return "mailto:" + found[1], found.end()
    return None


def scan_address(source: str, position: int) -> tuple[int, int] | None:
    """Begin and end of the bare address whose `://` or `www.` is at `position`."""
    if source[position] == ":":
        begin = position
        while begin > 0 and position - begin <= _LONGEST_SCHEME and _is_letter(source[begin - 1]):
            begin -= 1
        if source[begin:position].lower() not in _SCHEMES:
            return None
        host = position + 3
        if host >= len(source) or not _is_host_character(source[host]):
            return None
        stop = _domain_end(source, host)
    else:
        begin = host = position
        stop = _domain_end(source, host)
        if stop is not None and "." not in source[host + 1 : stop]:
            return None
    if stop is None:
        return None
    end = _END.search(source, stop)
    link_end = _trimmed(source, begin, end.start() if end else len(source))
    return (begin, link_end) if link_end > position else None


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _is_host_character(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or not (character.isprintable() or character in " \t\n\f\r")
    return unicodedata.category(character)[0] not in "PZ"


def _domain_end(source: str, begin: int) -> int | None:
    """Where the domain at `begin` ends; None if an underscore forbids it."""
    last_but_one = last = dots = 0
    position = begin + 1
    end = len(source)
    while position < end - 1:
        character = source[position]
        if character == "\\" and position < end - 2:
            position += 1
            character = source[position]
        if character == "_":
            last += 1
        elif character == ".":
            last_but_one, last = last, 0
            dots += 1
        elif not character.isascii() or not (character == "-" or _is_host_character(character)):
            break
        position += 1
    return None if (last_but_one or last) and dots <= _FREE_SEGMENTS else position


def _trimmed(source: str, begin: int, end: int) -> int:
    """Where the address ends once the punctuation that belongs to the sentence is off it."""
    excess = source.count(")", begin, end) - source.count("(", begin, end)
    while end > begin:
        character = source[end - 1]
        if character in _TRAILING:
            end -= 1
        elif character == ")" and excess > 0:
            end -= 1
            excess -= 1
        elif character == ";":
            name = end - 2
            while name > begin and _is_letter(source[name]):
                name -= 1
            end = name if name < end - 2 and source[name] == "&" else end - 1
        else:
            break
    return end
