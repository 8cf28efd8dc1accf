"""Answers as bytes on a socket: compressed, too large, cut off, odd."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from functools import partial

import pytest
from loopback import answer, answering, server

from crawler.http.client import Http
from crawler.http.exchange import Request, Response
from crawler.model.errors import BrokenAnswer, TooLarge

# Without the time, which would be in the names of tests.
compress = partial(gzip.compress, mtime=0)


async def get(raw: bytes, max_bytes: int = 1000) -> Response:
    """What is made of a server that answers `raw`."""
    async with server(answering(raw)) as port, Http() as http:
        return await http.send(Request("GET", f"http://127.0.0.1:{port}/", max_bytes=max_bytes))


async def test_gzip_is_read_and_measured_after_decompression() -> None:
    """A gzip body comes out plain; exactly as large as allowed is not too large."""
    body = compress(b"a" * 1000)
    response = await get(answer(body, "Content-Encoding: gzip"))
    assert response.body == b"a" * 1000


@pytest.mark.parametrize(
    "body",
    [
        compress(b"ab") + compress(b"c"),
        compress(b"abc") + bytes(600),
        compress(b"ab") + bytes(3) + compress(b"") + compress(b"c") + bytes(5000),
    ],
    ids=["two parts", "zeros behind", "both"],
)
@pytest.mark.parametrize("pieces", [1, 7, 10_000])
async def test_gzip_in_parts(body: bytes, pieces: int) -> None:
    """The parts of a gzip body are one text, and the zeros behind them none, however they come."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", "Content-Encoding: gzip", "Transfer-Encoding: chunked"))
        for start in range(0, len(body), pieces):
            piece = body[start : start + pieces]
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async with server(handle) as port, Http() as http:
        response = await http.send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert response.body == b"abc"


@pytest.mark.parametrize(
    "encoding", ["", "identity", "none", "utf-8", "UTF8", "binary", "identity, none", "8bit"]
)
async def test_encodings_that_are_none(encoding: str) -> None:
    """What servers write of a body that is not encoded is passed over, beside gzip, too."""
    response = await get(answer(b"abc", f"Content-Encoding: {encoding}"))
    assert response.body == b"abc"
    both = answer(compress(b"abc"), f"Content-Encoding: {encoding}, gzip")
    assert (await get(both)).body == b"abc"


@pytest.mark.parametrize("headers", [[], ["Content-Encoding: gzip"]], ids=["plain", "gzip"])
async def test_one_byte_too_many(headers: list[str]) -> None:
    """One byte over what the request allows is too large, compressed or not."""
    body = b"a" * 1001
    with pytest.raises(TooLarge):
        await get(answer(compress(body) if headers else body, *headers))


async def test_gzip_bomb_is_never_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a bomb no more is inflated than shows that it is too large."""
    inflated = 0
    make = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._inflater = make(wbits)

        def __getattr__(self, name: str) -> object:
            return getattr(self._inflater, name)

        def decompress(self, data: bytes, most: int = 0) -> bytes:
            nonlocal inflated
            piece = self._inflater.decompress(data, most)
            inflated += len(piece)
            return piece

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    with pytest.raises(TooLarge):
        await get(answer(compress(bytes(30_000_000)), "Content-Encoding: gzip"))
    assert inflated <= 2002


async def test_endless_answer_is_given_up() -> None:
    """A server that never stops sending is left as soon as it has sent too much."""

    left = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b""))
        try:
            while True:
                writer.write(bytes(10_000))
                await writer.drain()
        finally:
            left.set()

    async with server(handle) as port, Http() as http:
        with pytest.raises(TooLarge):
            await http.send(Request("GET", f"http://127.0.0.1:{port}/", max_bytes=100_000))
        # Its connection is closed now, not only with the pool.
        await left.wait()


@pytest.mark.parametrize("tail", [bytes(10_000), compress(b"")])
async def test_endless_tail_after_gzip_is_given_up(tail: bytes) -> None:
    """What follows the end of a part of a gzip body, and brings nothing, is bounded as well."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(compress(b"small"), "Content-Encoding: gzip"))
        while True:
            writer.write(tail)
            await writer.drain()

    async with server(handle) as port, Http() as http:
        with pytest.raises(BrokenAnswer):
            await http.send(Request("GET", f"http://127.0.0.1:{port}/", max_bytes=100_000))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200",
        answer(b"abc", "Content-Length: 10"),
        answer(b"5\r\nab", "Transfer-Encoding: chunked"),
        answer(compress(b"abc" * 99)[:-3], "Content-Encoding: gzip"),
        answer(compress(b"abc")[:12], "Content-Encoding: gzip"),
        answer(b"no gzip at all", "Content-Encoding: gzip"),
        answer(compress(b"abc") * 2 + compress(b"abc")[:5], "Content-Encoding: gzip"),
        answer(compress(b"abc") + b"\0\0and more", "Content-Encoding: gzip"),
        answer(compress(b"") * 2000, "Content-Encoding: gzip"),
        answer(compress(b"abc"), "Content-Encoding: br"),
        answer(compress(compress(b"abc")), "Content-Encoding: gzip, gzip"),
        answer(b"", "X: " + "a" * 200_000),
    ],
    ids=[
        "nothing",
        "no HTTP",
        "half a status line",
        "short of its length",
        "half a chunk",
        "gzip without its end",
        "gzip cut off",
        "gzip whose last part is cut off",
        "gzip with something else behind it",
        "gzip of endless parts",
        "gzip that is none",
        "an encoding not asked for",
        "an encoding twice",
        "endless headers",
    ],
)
async def test_broken_answers(raw: bytes) -> None:
    """An answer that is none, or not whole, is a broken answer with the server's name."""
    with pytest.raises(BrokenAnswer, match=r"127\.0\.0\.1:\d+"):
        await get(raw)


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"", "Content-Encoding: gzip", "Content-Length: 0"),
        answer(b"", "Content-Encoding:"),
        b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b""),
        answer(b"", "Set-Cookie: a=b; max-age=99999999999999999999; expires=Thu, 99 Foo 99999"),
        answer(b"", "X: \xff\xfe"),
    ],
    ids=["empty gzip", "encoding empty", "304 of gzip", "100 first", "odd cookie", "odd header"],
)
async def test_odd_but_whole_answers(raw: bytes) -> None:
    """An answer without a body needs no decompression, and odd headers break nothing."""
    assert (await get(raw)).body == b""


async def test_reset_before_the_answer() -> None:
    """A connection that is reset after the request was sent is a broken answer, not unreachable."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sock = writer.get_extra_info("socket")
        # Close with RST instead of FIN.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with server(handle) as port, Http() as http:
        with pytest.raises(BrokenAnswer, match="the connection was reset"):
            await http.send(Request("GET", f"http://127.0.0.1:{port}/"))
