"""What a hostile server may cost: no more memory than its body, and no more text than is shown."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from loopback import answer, answering, server

from crawler.http.client import Http
from crawler.http.exchange import MAX_ANSWER_BYTES, Request, Response
from crawler.model.aside import LARGE, aside
from crawler.model.errors import BrokenAnswer, TooLarge
from crawler.model.values import Facts, Reason, Refusal, RepositoryName
from crawler.sources import LONGEST_ABOUT, LONGEST_MESSAGE
from crawler.sources.depsdev import protocol as depsdev
from crawler.sources.github import graphql
from crawler.sources.github.rest import decode_repository
from crawler.sources.limits import read_limit, read_message

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAMES = [RepositoryName(f"o/r{number}", "github.com") for number in range(50)]
LARGEST = MAX_ANSWER_BYTES


def peak(work: Callable[[], object]) -> int:
    """The most bytes that are held at one time while `work` goes on."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def filled(head: bytes, part: bytes, tail: bytes) -> bytes:
    """As many parts as an answer has room for."""
    return head + part * ((LARGEST - len(head + tail)) // len(part)) + tail


TINY = {
    "errors": filled(b'{"data":{"r0":null},"errors":[', b"{},", b"{}]}"),
    "numbers for errors": filled(b'{"errors":[', b"0,", b"0]}"),
    "limits for errors": filled(b'{"errors":[{"type":"RATE_LIMITED"},', b"[],", b"0]}"),
    "keys of an error": filled(b'{"errors":[{"rate limit":0,', b'"a":1,', b'"b":1}]}'),
    "aliases": filled(b'{"data":{', b'"":0,', b'"r0":null}}'),
    "paths": filled(b'{"data":{},"errors":[{"path":[', b'"",', b'""]}]}'),
    "a message": filled(b'{"message":[', b"0,", b'"rate limit"]}'),
}


@pytest.mark.parametrize("body", TINY.values(), ids=list(TINY))
def test_millions_of_tiny_values(body: bytes) -> None:
    """An answer to a query is refused before its values are made, and so is a refusal."""

    def decode() -> None:
        with pytest.raises(BrokenAnswer):
            graphql.decode_batch(body, NAMES, NOW)
        for status in (200, 403, 502):
            response = Response(status, {}, body, "https://api.github.test/x")
            read_limit(response, NOW)
            read_message(response)
            if status == 403:
                with pytest.raises(BrokenAnswer):
                    decode_repository(response, "github.com", NOW)

    assert peak(decode) < 3 * LARGEST


def test_millions_of_tiny_projects() -> None:
    """The same from deps.dev, whose answers are larger."""
    body = b'{"responses":[' + b"0," * (depsdev.MAX_ANSWER_BYTES // 2 - 10) + b"0]}"

    def decode() -> None:
        with pytest.raises(BrokenAnswer, match="parts"):
            depsdev.decode_batch(body, NOW)

    assert peak(decode) < len(body)


async def test_what_is_larger_is_not_read() -> None:
    """However small it is compressed."""
    raw = answer(gzip.compress(TINY["errors"] * 8), "Content-Encoding: gzip")
    assert len(raw) < 100_000
    async with server(answering(raw)) as port, Http() as http:
        with pytest.raises(TooLarge, match="over 4 MiB"):
            await http.send(Request("POST", f"http://127.0.0.1:{port}/graphql"))


def test_the_longest_honest_answers_are_read() -> None:
    """Descriptions and errors as long as GitHub allows, full of commas."""
    found = {
        "nameWithOwner": f"{'o' * 39}/{'r' * 100}",
        "url": "https://github.com/o/r",
        "stargazerCount": 1,
        "description": "," * 350,
    }
    error = {"type": "FORBIDDEN", "path": ["r1"], "message": "," * 400, "locations": [{}] * 5}
    data = {f"r{number}": found if number else None for number in range(50)}
    body = json.dumps({"data": data, "errors": [error] * 50}).encode()
    first, *others = graphql.decode_batch(body, NAMES, NOW).answers
    assert isinstance(first, Refusal)
    assert {type(each) for each in others} == {Facts}


LONG = "x" * 100_000


def long_facts(**fields: Any) -> list[Facts | Refusal]:
    """What a repository with these fields comes to, by each API of GitHub."""
    query = {"nameWithOwner": "o/r", "url": "https://github.com/o/r", "stargazerCount": 1}
    rest = {"full_name": "o/r", "html_url": "https://github.com/o/r", "stargazers_count": 1}
    body = json.dumps({"data": {"r0": {**query, **fields}}}).encode()
    (by_query,) = graphql.decode_batch(body, NAMES[:1], NOW).answers
    response = Response(200, {}, json.dumps({**rest, **fields}).encode(), "https://x.test/")
    return [by_query, decode_repository(response, "github.com", NOW)]


def test_long_descriptions_are_cut() -> None:
    """An ellipsis says so."""
    for found in long_facts(description=LONG):
        assert isinstance(found, Facts)
        assert found.about == LONG[:LONGEST_ABOUT] + "…"


@pytest.mark.parametrize(
    "fields",
    [
        {"nameWithOwner": f"o/{LONG}", "full_name": f"o/{LONG}"},
        {"url": f"https://x/{LONG}", "html_url": f"https://x/{LONG}"},
        {"primaryLanguage": {"name": LONG}, "language": LONG},
        {"licenseInfo": {"spdxId": LONG}, "license": {"spdx_id": LONG}},
    ],
    ids=["name", "address", "language", "licence"],
)
def test_what_cannot_be_so_long_is_malformed(fields: dict[str, Any]) -> None:
    """A name or an address that is cut would be another one."""
    for found in long_facts(**fields):
        assert isinstance(found, Refusal)
        assert found.reason is Reason.MALFORMED
        assert len(found.message) < 1000


def test_long_sentences_are_cut() -> None:
    """Each would be repeated for every repository."""
    error = {"message": LONG, "path": ["r0"], "type": "NOT_FOUND"}
    body = json.dumps({"data": {"r0": None}, "errors": [error]}).encode()
    (by_query,) = graphql.decode_batch(body, NAMES[:1], NOW).answers
    own = {"message": LONG, "documentation_url": "https://docs.github.com/rest"}
    response = Response(404, {}, json.dumps(own).encode(), "https://x.test/")
    for refusal in (by_query, decode_repository(response, "github.com", NOW)):
        assert isinstance(refusal, Refusal)
        assert refusal.message == LONG[:LONGEST_MESSAGE] + "…"
    assert read_message(response) == LONG[:LONGEST_MESSAGE] + "…"
    limit = read_limit(Response(429, {}, json.dumps(own).encode(), "https://x.test/"), NOW)
    assert limit is not None
    assert len(limit.message) <= LONGEST_MESSAGE + 1


async def test_large_bodies_are_looked_through_aside() -> None:
    """The event loop goes on meanwhile; for small ones a thread would cost more than it saves."""
    here = threading.get_ident()
    assert await aside(LARGE - 1, threading.get_ident) == here
    going_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> int:
        loop.call_soon_threadsafe(going_on.set)
        asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result()
        return threading.get_ident()

    assert await aside(LARGE, work) != here
