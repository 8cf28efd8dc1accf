"""Make addresses safe: remove secrets before showing or storing one, refuse dot segments."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from crawler.model.errors import UsageError

_DEEPEST: Final = 8
"""How often an address may be percent-encoded; a browser never does it twice."""

_IGNORED: Final = re.compile(r"[\t\r\n]")
"""Characters that browsers and urllib drop: https://url.spec.whatwg.org/#url-parsing"""

_ADDRESS: Final = re.compile(
    r"((?:[A-Za-z][A-Za-z0-9+.-]*:)?[/\\]{2,}|)([^/\\?#]*)([^?#]*)(.*)", re.S
)
"""Scheme, authority, path, and what follows the path; a scheme may be missing."""

_USER: Final = re.compile(r".*(?:@|%40)", re.S | re.I)

_ODD_PORT: Final = re.compile(r":(?!\d*$)[^\]]*$")
"""The beginning of a password, before an `@`; it may contain an unescaped `/`, `?` or `#`."""


def bare(address: str, gap: str = "") -> str:
    """`address` without user information, query and fragment, any of which may hold a secret.

    `gap` replaces what is removed, so that a sentence can show that something was there.
    """
    match = _ADDRESS.fullmatch(address)
    assert match is not None  # every part may be empty, and the last matches anything
    scheme, authority, path, rest = match.groups()
    if _ODD_PORT.search(authority) and "@" in path + rest:
        host = (path + rest).rpartition("@")[2]
        return bare(f"{scheme}{gap}@{host}" if gap else scheme + host, gap)
    authority = _USER.sub(f"{gap}@" if gap else "", authority)
    return scheme + authority + path + (rest[0] + gap if gap and len(rest) > 1 else "")


def climbs(path: str) -> bool:
    """Whether `path` has a segment `.` or `..` in any spelling: percent-encoded (even repeatedly),
    or after a backslash or an encoded slash. Servers and proxies resolve such segments."""
    for _ in range(_DEEPEST):
        decoded = _IGNORED.sub("", unquote(path))
        if decoded == path:
            return not {".", ".."}.isdisjoint(re.split(r"[/\\]", path))
        path = decoded
    return True


def encode_path(*segments: str) -> str:
    """A path below an API's address: each segment percent-encoded, with a slash before it.

    Raises: UsageError if a segment would lead out of that address.
    """
    if any(climbs(segment) for segment in segments):
        raise UsageError(
            f"{'/'.join(segments)!r} has dot segments, which an API's path cannot have"
        )
    return "".join("/" + quote(segment, safe="") for segment in segments)
