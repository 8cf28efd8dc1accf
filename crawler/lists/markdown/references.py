"""Destinations, titles and labels of links, scanned exactly as cmark-gfm scans them.

https://github.github.com/gfm/#link-reference-definitions
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from markdown_it.common.utils import replaceEntityPattern

PUNCTUATION: Final = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
_SPACE: Final = r"[ \t\n\v\f\r]"
MAX_LABEL: Final = 1000
"""Longest label of a reference, in bytes; GFM's own limit."""
MAX_PARENTHESES: Final = 32
"""Deepest nesting of parentheses in a bare destination; cmark's own limit."""
FREE_EXPANSION: Final = 100_000
"""Bytes of destinations that references may expand to, if the document is not larger."""

LABEL: Final = re.compile(rf"\[((?>[^\\\[\]]|\\{PUNCTUATION}|\\){{0,{MAX_LABEL + 1}}}+)\]")
SPACES: Final = re.compile(rf"{_SPACE}*+")
_LINE_SPACES: Final = re.compile(r"[ \t]*+")
_LINE_BREAK: Final = re.compile(r"[ \t]*+(?:\n[ \t]*+)?")
_POINTED: Final = re.compile(r"<((?>[^<>\n\\]|\\.)*+)>", re.S)
_BARE: Final = re.compile(rf"(?>[^\\() \t\n\v\f\r]|\\{PUNCTUATION}|\\)++")
_TITLE: Final = re.compile(
    rf'"(?:\\{PUNCTUATION}|[^"])*"'
    rf"|'(?:\\{PUNCTUATION}|[^'])*'"
    rf"|\((?:\\{PUNCTUATION}|[^()])*\)"
)
_ENTITY: Final = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED: Final = re.compile(rf"\\({PUNCTUATION})")
_ASCII_SPACES: Final = " \t\n\v\f\r"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link goes."""

    url: str
    title: str = ""


@dataclass(slots=True)
class References:
    """The definitions of a document, and how far they may still expand."""

    room: int
    """Bytes that references may still add to the document."""
    by_label: dict[str, Destination] = field(default_factory=dict)

    @classmethod
    def for_document(cls, text: str) -> References:
        """No definitions yet, with the room that cmark-gfm gives a document of this size."""
        return cls(max(FREE_EXPANSION, len(text.encode("utf-8", "replace"))))

    def define(self, label: str, destination: Destination) -> None:
        """Remember a definition; the first of a label counts."""
        if key := _key(label):
            self.by_label.setdefault(key, destination)

    def resolve(self, label: str) -> Destination | None:
        """What a label stands for, if it was defined and there is room left."""
        if not self.by_label or len(label) > MAX_LABEL or len(label.encode()) > MAX_LABEL:
            return None
        found = self.by_label.get(_key(label))
        if found is None:
            return None
        size = len(found.url.encode()) + len(found.title.encode())
        if size > self.room:
            return None
        self.room -= size
        return found


def _key(label: str) -> str:
    return re.sub(rf"{_SPACE}+", " ", label.strip(_ASCII_SPACES)).casefold()


def take_definitions(content: str, references: References) -> str:
    """What is left of a paragraph once the definitions at its start are taken off it."""
    start = 0
    source = content + "\n"
    while source.startswith("[", start):
        end = _take_definition(source, start, references)
        if end is None:
            break
        start = end
    return content[start:]


def _take_definition(source: str, start: int, references: References) -> int | None:
    """Where the definition at `start` ends, after it was remembered; None if there is none."""
    label = LABEL.match(source, start)
    if label is None or not label[1].strip(_ASCII_SPACES) or len(label[1].encode()) > MAX_LABEL:
        return None
    if not source.startswith(":", label.end()):
        return None
    scanned = scan_url(source, _after(_LINE_BREAK, source, label.end() + 1))
    if scanned is None:
        return None
    url, after_url = scanned
    title_start = _after(_LINE_BREAK, source, after_url)
    found = _TITLE.match(source, title_start) if title_start > after_url else None
    if found is not None:
        end = _after(_LINE_SPACES, source, found.end())
        if source.startswith("\n", end):
            references.define(label[1], Destination(url, unescape(found[0][1:-1])))
            return end + 1
    end = _after(_LINE_SPACES, source, after_url)
    if not source.startswith("\n", end):
        return None
    references.define(label[1], Destination(url))
    return end + 1


def scan_inline(source: str, start: int) -> tuple[Destination, int] | None:
    """The destination and title in the parentheses that open at `start`, and where they end."""
    scanned = scan_url(source, _after(SPACES, source, start + 1))
    if scanned is None:
        return None
    url, after_url = scanned
    end = _after(SPACES, source, after_url)
    title = ""
    if end > after_url and (found := _TITLE.match(source, end)):
        title = unescape(found[0][1:-1])
        end = _after(SPACES, source, found.end())
    if not source.startswith(")", end):
        return None
    return Destination(url, title), end + 1


def scan_url(source: str, start: int) -> tuple[str, int] | None:
    """The destination at `start`, unescaped, and where it ends."""
    if source.startswith("<", start):
        found = _POINTED.match(source, start)
        if found is None or found.end() >= len(source):
            return None
        return unescape(found[1].strip(_ASCII_SPACES)), found.end()
    depth, position = 0, start
    while position < len(source):
        if plain := _BARE.match(source, position):
            position = plain.end()
            continue
        character = source[position]
        if character == "(":
            depth += 1
            if depth > MAX_PARENTHESES:
                return None
        elif character == ")":
            if depth == 0:
                break
            depth -= 1
        else:
            if position == start:
                return None
            break
        position += 1
    if position >= len(source):
        return None
    return unescape(source[start:position]), position


def unescape(text: str) -> str:
    """`text` with its entities, and then its backslash escapes, resolved."""
    return _ESCAPED.sub(r"\1", resolve_entities(text)) if "\\" in text else resolve_entities(text)


def resolve_entities(text: str) -> str:
    """`text` with its entities resolved, as in an autolink."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: replaceEntityPattern(found[0], found[1]), text)


def _after(pattern: re.Pattern[str], source: str, position: int) -> int:
    found = pattern.match(source, position)
    return found.end() if found else position
