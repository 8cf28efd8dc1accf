"""Answers that are not the requested data: pages of portals, proxies and failing servers."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from crawler.http.exchange import Response
from crawler.model.addresses import bare
from crawler.model.text import cut

READ_OF_A_PAGE: Final = 256 * 1024
"""Bytes of a page to search for text; GitHub's own pages begin with 2,000 bytes of style."""

LONGEST_QUOTE: Final = 80
"""Characters of a page to quote in a sentence."""

_LOGIN: Final = ": a proxy, or a network that requires a login, may have answered"
_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
_TITLE: Final = re.compile(r"<title[^>]{0,99}>([^<]*)", re.I)
_UNSEEN: Final = ("style", "script")
"""Elements whose text is not shown."""


def is_page(response: Response) -> bool:
    """Whether the body is an HTML page, according to its type or its first bytes."""
    start = response.body[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(_STARTS) or "html" in response.headers.get("content-type", "")


def words_of(response: Response) -> str:
    """The text of a body, shortened; without markup if it is a page."""
    text = response.body[:READ_OF_A_PAGE].decode("utf-8-sig", "replace")
    return " ".join((_without_markup(text) if is_page(response) else text).split())


def _without_markup(page: str) -> str:
    first, *rest = page.split("<")
    seen = [first]
    hidden = ""
    for each in rest:
        tag, _, text = each.partition(">")
        name = tag.lower()
        if name.startswith(_UNSEEN):
            hidden = f"/{name[:5]}"
        elif hidden and name.startswith(hidden):
            hidden = ""
        if not hidden:
            seen.append(text)
    return _unescaped(" ".join(seen))


def _unescaped(text: str) -> str:
    from html import unescape  # not at the top: answers in place of the server's are rare

    return unescape(text)


def describe(response: Response) -> str:
    """The body in a few words, such as: a web page ('Log in')."""
    if not response.body.strip():
        return "nothing"
    if not is_page(response):
        return f"the text {_quote(words_of(response))}"
    title = _TITLE.search(response.body[:READ_OF_A_PAGE].decode("utf-8-sig", "replace"))
    quote = _quote(_unescaped(title[1]) if title else words_of(response))
    return f"a web page ({quote})" if len(quote) > 2 else "a web page"


def leads_elsewhere(response: Response) -> str | None:
    """The other host that a redirect leads to; None for any other answer."""
    if response.status // 100 != 3 or "location" not in response.headers:
        return None
    try:
        here = urlsplit(response.url).hostname
        there = urlsplit(urljoin(response.url, response.headers["location"])).hostname
    except ValueError:
        return None
    return there if there != here else None


def explain(response: Response, wanted: str) -> str:
    """One sentence about an unexpected answer to a request for `wanted`."""
    answered = f"{urlsplit(bare(response.url)).netloc} answered with status {response.status}"
    if (host := leads_elsewhere(response)) is not None:
        return f"{answered}, which leads to {bare(host)}{_LOGIN}"
    return f"{answered} and {describe(response)} instead of {wanted}{_LOGIN}"


def _quote(text: str) -> str:
    return repr(cut(" ".join(text.split()), LONGEST_QUOTE))
