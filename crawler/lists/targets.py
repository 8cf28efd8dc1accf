"""Which addresses are repositories on GitHub, by the rules of browsers and of GitHub.

https://url.spec.whatwg.org/#url-parsing
https://docs.github.com/en/get-started/using-github/github-flavored-markdown
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from crawler.lists.text import words
from crawler.model.values import RepositoryName

RESERVED_OWNERS: Final = words(
    """
    about account advisories apps articles blog business careers codespaces collections
    contact copilot customer-stories customers dashboard developer discussions edu
    enterprise enterprises events explore features git-guides github-copilot gist gists
    home images integrations issues join login logout marketplace mcp mobile
    new newsroom nonprofit notifications open-source organizations orgs partners
    password_reset personal premium-support pricing pulls readme redeem resources search
    security sessions settings showcases signup site site-map solutions spark sponsors stars
    stories team terms token topics trending user-attachments users watching why-github
    """
)
"""First segments that are GitHub's own pages, so that no account can bear them."""

_LEADING: Final = re.compile(
    r"(?i)(https?):[/\\]{2,}([^/\\?#]*)([^?#]*)(?:\?[^#]*)?(?:#(.*))?", re.S
)
_AUTHORITY: Final = re.compile(r"(?:.*@)?(?:www\.)?github\.com(?::(\d*))?", re.I | re.S | re.A)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_OWNER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
"""Up to 39 letters, digits and hyphens; some old accounts end with a hyphen."""
_NAME: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_IGNORED: Final = dict.fromkeys(map(ord, "\t\n\r"))
"""What browsers take out of an address before they read it."""
_CONTROLS: Final = "".join(map(chr, range(0x21)))
"""What browsers strip from both ends of an address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page of a repository."""

    repository: RepositoryName
    page: tuple[str, ...]
    """The path's segments below the repository, decoded."""
    fragment: str
    """What follows the `#`, decoded; empty where nothing does."""


def repository_of(url: str) -> RepositoryName | None:
    """The repository that an address on github.com lies in; None for any other address."""
    target = target_of(url)
    return target.repository if target else None


def target_of(url: str) -> Target | None:
    """The repository that an address lies in, and the page of it; None for any other address."""
    match = _LEADING.fullmatch(url.strip(_CONTROLS).translate(_IGNORED))
    if match is None:
        return None
    scheme, authority, path, fragment = match.groups()
    where = _AUTHORITY.fullmatch(unquote(authority))
    if where is None or where[1] not in (None, "", _DEFAULT_PORTS[scheme.lower()]):
        return None
    segments = _segments(path)
    if len(segments) < 2:
        return None
    owner, name = segments[:2]
    if name[-4:].lower() == ".git":
        name = name[:-4]
    if owner.lower() in RESERVED_OWNERS or not (_OWNER.fullmatch(owner) and _NAME.fullmatch(name)):
        return None
    page = tuple(segment for segment in segments[2:] if segment)
    return Target(RepositoryName(f"{owner}/{name}"), page, unquote(fragment or ""))


def meant_part(address: str) -> str:
    """An address that stands in a text as it is, without what follows it there without a blank.

    GitHub's own renderer takes it in: `https://github.com/a/b，`. A name can only be ASCII,
    while a page of a repository may be called anything but for punctuation.
    """
    if address.isascii():
        return address
    ends_name = target_of(address) is None
    for index, character in enumerate(address):
        if character.isascii():
            continue
        is_sign = unicodedata.category(character)[0] in "PSZ"
        if is_sign or (ends_name and unicodedata.east_asian_width(character) in "WF"):
            return address[:index]
    return address


def _segments(path: str) -> list[str]:
    """The path's segments, decoded, with `.` and `..` resolved as a browser does."""
    segments: list[str] = []
    for segment in map(unquote, re.split(r"[/\\]", path)[1:]):
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return segments
