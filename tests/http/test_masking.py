"""A token that a server sends back is masked, however it is spelt."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from html import unescape
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.masking import mask

TOKEN = "ghp_0123456789abcdef"

SPELLINGS: dict[str, Callable[[int], str]] = {
    "plain": chr,
    "upper": lambda code: chr(code).upper(),
    "json": lambda code: f"\\u{code:04x}",
    "json upper": lambda code: f"\\u{code:04X}",
    "json in json": lambda code: f"\\\\u{code:04x}",
    "url": lambda code: f"%{code:02X}",
    "url lower": lambda code: f"%{code:02x}",
    "url in url": lambda code: f"%25{code:02X}",
    "html": lambda code: f"&#{code};",
    "html hex": lambda code: f"&#x{code:x};",
    "html padded": lambda code: f"&#0{code};",
    "html in html": lambda code: f"&amp;#{code};",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_masked(spelling: str) -> None:
    """The whole of it, and some characters alone."""
    spell = SPELLINGS[spelling]
    for token in (
        "".join(spell(ord(each)) for each in TOKEN),
        TOKEN[:7] + "".join(spell(ord(each)) for each in TOKEN[7:9]) + TOKEN[9:],
    ):
        assert mask(f"before {token} behind".encode(), {TOKEN}) == b"before *** behind"


@given(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=len(TOKEN), max_size=len(TOKEN)))
def test_mixed_spellings_are_masked(spellings: list[str]) -> None:
    """Each character in another way."""
    mixed = "".join(
        SPELLINGS[spelling](ord(each)) for spelling, each in zip(spellings, TOKEN, strict=True)
    )
    assert mask(f"{mixed} {mixed}".encode(), {TOKEN}) == b"*** ***"


@given(st.text())
def test_nothing_else_is_changed(text: str) -> None:
    """What does not hold the token stays as it is, escapes and all."""
    for data in (text.encode(errors="replace"), json.dumps(text).encode()):
        shown = unescape(unquote(data.decode()))
        assert TOKEN in shown.lower() or mask(data, {TOKEN}) == data


def test_json_stays_json() -> None:
    """An error that repeats the token in its path can be read."""
    body = json.dumps({"errors": [{"path": [TOKEN], "message": f"no {TOKEN}"}]})
    spelt = body.replace("_", "\\u005f").encode()
    assert json.loads(mask(spelt, {TOKEN})) == {"errors": [{"path": ["***"], "message": "no ***"}]}


@pytest.mark.parametrize(
    "piece", ["\\", "%", "%25", "25", "&", "&amp;", "&#", "0", "\\u006", "&#0"]
)
def test_bodies_that_are_built_to_hold_it_up(piece: str) -> None:
    """The time grows with the size of the body alone."""

    def seconds(size: int) -> float:
        body = (piece * size)[:size].encode() + TOKEN.encode()
        started = time.process_time()
        assert mask(body, {TOKEN}).endswith(b"***")
        return time.process_time() - started

    seconds(1000)
    assert seconds(400_000) < 2.0
