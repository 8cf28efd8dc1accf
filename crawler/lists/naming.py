"""Decide whether a title names a repository."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from crawler.lists.text import has_name
from crawler.lists.units import Link
from crawler.lists.vocabulary import is_source_name

_SIGNS: Final = re.compile(r"[\W_]+")
_TAIL: Final = re.compile(
    r"[-_. ](?:js|io|ai|app|dev|org|com|net|hq|lang|py|rs|go|project|team|labs?|app|repo)$"
)
"""Suffixes of a name that do not change its meaning."""
_GLUED_TAILS: Final = ("js", "io", "ai", "hq", "lang", "org")
_LEAST_GLUED: Final = 3
"""Letters that must remain before such a suffix."""
_MAX_TITLE: Final = 200
_MAX_URL: Final = 2000
"""Longest title and address to compare with names."""
_BRACKETED: Final = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*")
_SEPARATED: Final = re.compile(r"\s[-–—|·•]+\s|[:：,，/]")
_MAX_SITE_DEPTH: Final = 1
"""Most segments in the path of a project's own site. Deeper pages may be those of a shop or
registry, whose domain names the company."""


def is_named(title: str, owner: str, name: str) -> bool:
    """Whether a title is the name of a repository or of its owner."""
    if len(title) > _MAX_TITLE:
        return False
    wanted = {*_forms(name), *_forms(owner), *(_forms(f"{owner}-{name}") if owner else ())}
    return any(form in wanted for part in _parts(title) for form in _forms(part))


def occurs_in(text: str, name: str) -> bool:
    """Whether all words of `text` occur in a name."""
    there = _SIGNS.sub(" ", name.casefold()).split()
    named = _SIGNS.sub(" ", text.casefold()).split()
    return bool(named) and all(word in there for word in named)


def named_words(text: str, owner: str, name: str) -> int | None:
    """The end of the first words of `text` that name a repository; None if none do."""
    ends = [found.end() for found in islice(re.finditer(r"\S+", text[:_MAX_TITLE]), 6)]
    wanted = {*_forms(name), *_forms(owner)}
    return next(
        (end for end in reversed(ends) if any(form in wanted for form in _forms(text[:end]))), None
    )


def has_site(url: str, owner: str, name: str) -> bool:
    """Whether an address is the front page of a site with the name of a repository."""
    try:
        parts = urlsplit(url[:_MAX_URL])
        host = parts.hostname or ""
    except ValueError:
        return False
    if len([segment for segment in parts.path.split("/") if segment]) > _MAX_SITE_DEPTH:
        return False
    wanted = {*_forms(owner), *_forms(name)}
    labels = [label for label in host.split(".")[:-1] if label != "www"]
    return any(form in wanted for label in labels for form in _forms(label)) or any(
        form in wanted for form in _forms(host.removeprefix("www."))
    )


def own_link(links: Iterable[Link], title: str, url: str = "") -> Link | None:
    """The link to the repository of a thing with this `title` and address `url`.

    It is the icon or badge beside the title; else a link with a name such as Source; else a link to
    a repository that is named like the title or its site.
    """
    placed = [link for link in links if link.place]
    return (
        next((link for link in placed if not has_name(link.text)), None)
        or next((link for link in placed if is_source_name(link.text)), None)
        or next((link for link in placed if _has_name(link, title)), None)
        or next((link for link in placed if belongs(link, title, url)), None)
    )


def _has_name(link: Link, title: str) -> bool:
    return link.place is not None and is_named(title, "", link.place[2])


def belongs(link: Link, title: str, url: str = "") -> bool:
    """Whether a link's repository has the name of a title, or of the site that it leads to."""
    if link.place is None:
        return False
    _, owner, name = link.place
    return is_named(title, owner, name) or bool(url and has_site(url, owner, name))


def _parts(title: str) -> Sequence[str]:
    plain = _BRACKETED.sub(" ", title)
    inside = [found.strip(" ()（）[]") for found in _BRACKETED.findall(title)]
    return [title, plain, _SEPARATED.split(plain, maxsplit=1)[0], *inside]


def _forms(text: str) -> Iterator[str]:
    """The forms in which names are compared."""
    lower = unicodedata.normalize("NFKC", text).casefold().strip()
    shorter = _TAIL.sub("", lower)
    for form in (lower, shorter) if shorter != lower else (lower,):
        plain = _SIGNS.sub("", form)
        if not plain:
            continue
        yield plain
        for tail in _GLUED_TAILS:
            if plain.endswith(tail) and len(plain) >= len(tail) + _LEAST_GLUED:
                yield plain[: -len(tail)]
