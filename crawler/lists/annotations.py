"""The annotations after the titles of a list: write them, find them, and remove them.

    - [Gin](https://github.com/gin-gonic/gin)<!--★--> ★ 88k · Go<!--/★--> - A web framework.

GitHub does not show the two comments. Everything between them is the annotation: it begins with a
blank, is on one line, and contains neither links nor tags.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from crawler.model.frozen import frozen
from crawler.model.settings import Extra

OPENING: Final = "<!--★-->"
CLOSING: Final = "<!--/★-->"

_WRITTEN: Final = re.compile(rf"{OPENING}( ★ [^<>\[\]/@\r\n]{{0,200}}){CLOSING}")
"""No part of it can be a link, so that removing it removes no link from the list."""
_FIGURE: Final = r"[0-9]{1,3}(?:\.[0-9])?[kM]?"
_SHOWN: Final = re.compile(
    rf" ★ ({_FIGURE})(?: · ([+−]{_FIGURE}))?(?: · pushed ([0-9]{{4}})-([0-9]{{2}}))?"
)
_TOLERANCE: Final = 0.05
"""A number that is off by no more than this stays unchanged. Rounding to two digits causes a
smaller error."""
_TOLERATED_MONTHS: Final = 3
_UNFIT: Final = re.compile(r"[^A-Za-z0-9 .+#'-]")
"""What a language may be called, and Markdown or a tag may take for its own."""


@frozen
class EntryFigures:
    """The known facts about a repository. None is unknown, and left out."""

    stars: int
    gained: int | None = None
    """Stars since an earlier time."""
    pushed: date | None = None
    archived: bool | None = None
    language: str | None = None


@frozen
class Annotation:
    """An annotation in a text."""

    place: int
    """Its place in the text without annotations."""
    said: str
    """The text between the two comments."""


def plain_text(text: str) -> str:
    """`text` without its annotations; all other characters stay."""
    return _WRITTEN.sub("", text) if OPENING in text else text


def find_annotations(text: str) -> Iterator[Annotation]:
    """The annotations in a text, in order."""
    removed = 0
    for found in _WRITTEN.finditer(text):
        yield Annotation(found.start() - removed, found[1])
        removed += len(found[0])


def find_broken_mark(text: str) -> int | None:
    """The line, from 1, of a comment without its counterpart; None if there is none."""
    plain = plain_text(text)
    places = [place for mark in (OPENING, CLOSING) if (place := plain.find(mark)) >= 0]
    if not places:
        return None
    return len(re.findall(r"\r\n|\r|\n", plain[: min(places)])) + 1


def wrapped(said: str) -> str:
    """What is put into the text."""
    return f"{OPENING}{said}{CLOSING}"


def say(figures: EntryFigures, extras: Collection[Extra] = (), before: str = "") -> str:
    """An annotation of these figures.

    `before` is the old annotation: a number in it that is off by no more than 5 % stays, and so
    does a month that is off by no more than three.
    """
    old = _SHOWN.match(before)
    stars, gained, year, month = old.groups() if old else (None, None, None, None)
    parts = [f"★ {_settled(figures.stars, stars)}"]
    if "gained" in extras and figures.gained is not None:
        sign = "−" if figures.gained < 0 else "+"
        kept = gained[1:] if gained and gained[0] == sign else None
        parts.append(f"{sign}{_settled(abs(figures.gained), kept)}")
    if "pushed" in extras and figures.pushed is not None:
        parts.append(f"pushed {_settled_month(figures.pushed, year, month)}")
    if "archived" in extras and figures.archived:
        parts.append("archived")
    if "language" in extras and figures.language:
        parts.append(_UNFIT.sub(lambda found: f"&#{ord(found[0])};", figures.language)[:60])
    return f" {' · '.join(parts)}"


def stars_said(said: str) -> float | None:
    """The stars that an annotation tells."""
    found = _SHOWN.match(said)
    return _value(found[1]) if found else None


def coarse(number: int) -> str:
    """A number with at most two significant digits: `7`, `340`, `1.2k`, `39k`, `120k`, `1.2M`."""
    if number < 100:
        return str(number)
    digits = len(str(number))
    unit = 10 ** (digits - 2)
    number = (number + unit // 2) // unit * unit
    for size, sign in ((1_000_000, "M"), (1000, "k")):
        if number >= size:
            whole, rest = divmod(number, size)
            return f"{whole}.{rest * 10 // size}{sign}" if whole < 10 else f"{whole}{sign}"
    return str(number)


def _settled(number: int, before: str | None) -> str:
    if before and abs(_value(before) - number) <= _TOLERANCE * number:
        return before
    return coarse(number)


def _value(written: str) -> float:
    size = {"k": 1000, "M": 1_000_000}.get(written[-1], 1)
    return float(written.rstrip("kM")) * size


def _settled_month(day: date, year: str | None, month: str | None) -> str:
    if year and month:
        off = (day.year - int(year)) * 12 + day.month - int(month)
        if abs(off) <= _TOLERATED_MONTHS:
            return f"{year}-{month}"
    return f"{day:%Y-%m}"
