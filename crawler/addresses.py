"""Addresses of strangers, made safe to send."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from crawler.errors import UsageError

_DEEPEST: Final = 8
"""How often an address may be percent-encoded; a browser never does it twice."""

_IGNORED: Final = re.compile(r"[\t\r\n]")
"""What browsers and urllib take out of an address: https://url.spec.whatwg.org/#url-parsing"""


def climbs(path: str) -> bool:
    """Whether `path` has a segment `.` or `..` in any spelling: percent-encoded, also more than
    once, or behind a backslash or an encoded slash. Servers and proxies resolve such segments."""
    for _ in range(_DEEPEST):
        decoded = _IGNORED.sub("", unquote(path))
        if decoded == path:
            return not {".", ".."}.isdisjoint(re.split(r"[/\\]", path))
        path = decoded
    return True


def encode_path(*segments: str) -> str:
    """A path below an API's address: each segment percent-encoded, behind a slash of its own.

    Raises: UsageError where it would climb out of where it belongs.
    """
    if any(climbs(segment) for segment in segments):
        raise UsageError(f"{'/'.join(segments)!r} has dot segments, and so is no path of an API")
    return "".join("/" + quote(segment, safe="") for segment in segments)
