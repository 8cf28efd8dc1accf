"""Remove secrets from what servers send back, in whatever spelling."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

MASK: Final = b"***"

_ESCAPED: Final = re.compile(
    rb"(?<!\\)\\+u00([2-7][0-9a-f])|%(?:25)*([2-7][0-9a-f])|&(?:amp;)*#(?:x0*([2-7][0-9a-f])|0*(\d{2,3}));?",
    re.I,
)
"""Visible ASCII as JSON, URLs and HTML may escape it, even repeatedly."""

_SIGNS: Final = (*(b"\\u00%d" % digit for digit in range(2, 8)), b"%", b"&#", b";#")
"""Every match of `_ESCAPED` contains one of these, and searching for them is far cheaper."""


def mask(data: bytes, secrets: Collection[str]) -> bytes:
    """`data` without `secrets`, which are visible ASCII: in any case, and with any of their
    characters escaped as in JSON (`\\u0067`), URLs (`%67`) or HTML (`&#103;`)."""
    if not secrets:
        return data
    has_escapes = any(sign in data for sign in _SIGNS)
    plain = (_ESCAPED.sub(_unescape, data) if has_escapes else data).lower()
    for secret in secrets:
        if secret.lower().encode() in plain:
            data = _spellings(secret).sub(MASK, data)
    return data


def _unescape(escape: re.Match[bytes]) -> bytes:
    *hexadecimal, decimal = escape.groups()
    code = int(decimal) if decimal else int(next(filter(None, hexadecimal)), 16)
    return bytes([code]) if code < 128 else escape[0]


@lru_cache(8)
def _spellings(secret: str) -> re.Pattern[bytes]:
    return re.compile("".join(map(_spell, secret)).encode(), re.I)


def _spell(character: str) -> str:
    # In either case, since the escapes of the two differ.
    codes = {ord(character.lower()), ord(character.upper())}
    hexadecimal = "|".join(f"{code:02x}" for code in codes)
    decimal = "|".join(str(code) for code in codes)
    escapes = (
        rf"(?<!\\)\\+u00(?:{hexadecimal})",
        rf"%(?:25)*(?:{hexadecimal})",
        rf"&(?:amp;)*#(?:x0*(?:{hexadecimal})|0*(?:{decimal}));?",
    )
    return f"(?:{'|'.join((re.escape(character), *escapes))})"
