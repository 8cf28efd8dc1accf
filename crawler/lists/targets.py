"""Find the repositories that addresses belong to, by the rules of browsers and of the hosts.

https://url.spec.whatwg.org/#url-parsing
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from crawler.model.files import RepositoryPath
from crawler.model.hosts import Hosts, Target
from crawler.model.values import RepositoryName
from crawler.sources import KNOWN_HOSTS

_LEADING: Final = re.compile(
    r"(?i)(https?):[/\\]{2,}([^/\\?#]*)([^?#]*)(?:\?[^#]*)?(?:#(.*))?", re.S
)
_DEFAULT_PORTS: Final = {"http": ("", ":", ":80"), "https": ("", ":", ":443")}
_RAW: Final = re.compile(
    r"https?://raw\.githubusercontent\.com/+(?!wiki/)([^/?#]+)/+([^/?#]+)"
    r"/(refs/(?:heads|tags)/[^/?#]+|[^/?#]+)/+([^?#]+)",
    re.I,
)
_SSH: Final = re.compile(r"(?:(?:ssh|git)://)?(?:[^@/\s]+@)?([A-Za-z0-9.-]+)(?::\d+)?[:/]+(\S+)")
"""https://git-scm.com/docs/git-clone#_git_urls"""
_IGNORED: Final = dict.fromkeys(map(ord, "\t\n\r"))
"""Characters that browsers drop from an address."""
_CONTROLS: Final = "".join(map(chr, range(0x21)))
"""What browsers strip from both ends of an address."""


def repository_of(url: str, hosts: Hosts = KNOWN_HOSTS) -> RepositoryName | None:
    """The repository that an address belongs to; None for any other address."""
    target = target_of(url, hosts)
    return target.repository if target else None


def target_of(url: str, hosts: Hosts = KNOWN_HOSTS) -> Target | None:
    """The repository that an address belongs to, and the page of it; None for any other address."""
    url = url.strip(_CONTROLS)
    match = _LEADING.fullmatch(url if url.isprintable() else url.translate(_IGNORED))
    if match is None:
        return None
    scheme, authority, path, fragment = match.groups()
    domain = unquote(authority).rpartition("@")[2].lower()
    for port in _DEFAULT_PORTS[scheme.lower()]:
        host = hosts.get(domain.removesuffix(port)) if domain.endswith(port) else None
        if host is not None:
            break
    else:
        return None
    found = host.split_path(_segments(path))
    if found is None:
        return None
    full_name, page = found
    return Target(RepositoryName(full_name, host.name), page, unquote(fragment or ""))


def raw_place(url: str) -> RepositoryPath | None:
    """The file of a repository on github.com whose source an address leads to."""
    found = _RAW.match(url)
    repository = found and repository_of(f"https://github.com/{found[1]}/{found[2]}")
    return RepositoryPath(repository, unquote(found[4]), found[3]) if found and repository else None


def repository_of_remote(address: str, hosts: Hosts = KNOWN_HOSTS) -> RepositoryName | None:
    """The repository that git fetches from an address; None for any other address."""
    if re.match(r"https?://", address, re.I):
        return repository_of(address, hosts)
    ssh = _SSH.fullmatch(address)
    return repository_of(f"https://{ssh[1]}/{ssh[2]}", hosts) if ssh else None


def meant_part(address: str, hosts: Hosts = KNOWN_HOSTS) -> str:
    """A bare address in a text, without the text that directly follows it.

    GitHub's own renderer includes that text: `https://github.com/a/b，`. The name of a repository
    is always ASCII; the path of a page may contain any letters, but no other punctuation.
    """
    if address.isascii():
        return address
    ends_name = target_of(address, hosts) is None
    for index, character in enumerate(address):
        if character.isascii():
            continue
        is_sign = unicodedata.category(character)[0] in "PSZ"
        if is_sign or (ends_name and unicodedata.east_asian_width(character) in "WF"):
            return address[:index].rstrip(".,;:!?")
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
