"""HTML tags inside Markdown: how GFM recognises them, and which of them it disarms.

https://github.github.com/gfm/#raw-html
https://github.github.com/gfm/#disallowed-raw-html-extension-
"""

from __future__ import annotations

import re
from typing import Final

_SPACE: Final = r"[ \t\n\v\f\r]"
_ATTRIBUTE: Final = (
    rf"{_SPACE}++[a-zA-Z_:][a-zA-Z0-9:._-]*+"
    rf"(?:{_SPACE}*+={_SPACE}*+(?:[^ \t\n\v\f\r\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+"
)
OPEN_TAG: Final = rf"<[A-Za-z][A-Za-z0-9-]*+(?:{_ATTRIBUTE})*+{_SPACE}*+/?>"
CLOSE_TAG: Final = rf"</[A-Za-z][A-Za-z0-9-]*+{_SPACE}*+>"

_TAG: Final = re.compile(f"{OPEN_TAG}|{CLOSE_TAG}")
_SHORT_COMMENT: Final = re.compile(r"<!---?>")
_CLOSED: Final = (
    ("<!--", re.compile(r"<!--(?:[^-]++|-[^-]|--[^>])*+-->")),
    ("<?", re.compile(r"<\?(?:[^?>]++|\?[^>]|>)*+\?>")),
    ("<![CDATA[", re.compile(r"<!\[CDATA\[(?:[^\]]++|\][^\]]|\]\][^>])*+\]\]>")),
)
"""Comments and the like; where one does not end, no later one of its kind is looked for."""
_DECLARATION: Final = re.compile(rf"<![A-Z]++{_SPACE}++[^>]*+")

_DISALLOWED: Final = re.compile(
    r"<(?=/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)"
    r"(?:[ \t\n\v\f\r>]|/>))",
    re.I | re.A,
)


def without_disallowed(html: str, *, inline: bool = False) -> str:
    """`html` with the tags disarmed that would swallow what follows them.

    Of inline HTML, which is one tag, GFM looks at the beginning alone.
    """
    if inline:
        return f"&lt;{html[1:]}" if _DISALLOWED.match(html) else html
    return _DISALLOWED.sub("&lt;", html)


def scan_tag(source: str, start: int, unending: set[str]) -> int | None:
    """Where the tag, comment, declaration or the like at `start` ends; None if there is none.

    `unending` collects the kinds that were found not to end, so that no amount of openers
    makes the search for their closer start again.
    """
    if source[start + 1 : start + 2] not in ("!", "?"):
        found = _TAG.match(source, start)
        return found and found.end()
    if source[start + 1] == "!" and "<!--" in unending:
        return None
    if found := _SHORT_COMMENT.match(source, start):
        return found.end()
    for opener, pattern in _CLOSED:
        if source.startswith(opener, start):
            return _scan(opener, pattern, source, start, unending)
    if "<!" in unending or not (found := _DECLARATION.match(source, start)):
        return None
    if source.startswith(">", found.end()):
        return found.end() + 1
    unending.add("<!")
    return None


def _scan(
    opener: str, pattern: re.Pattern[str], source: str, start: int, unending: set[str]
) -> int | None:
    if opener in unending:
        return None
    found = pattern.match(source, start)
    if found is None:
        unending.add(opener)
        return None
    return found.end()
