"""The door to the network: values in and out, every error of httpx as one of ours."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx
from loopback import server

from crawler.http.client import USER_AGENT, Http
from crawler.http.exchange import Request, Token
from crawler.model.errors import AttemptError, BrokenAnswer, TooLarge, Unreachable

URL = "https://api.github.test/repos/a/b"
SECRET = "ghp_0123456789abcdef"
TOKEN = Token(SECRET, "GH_TOKEN")


def all_subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    """`kind` and everything below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from all_subclasses(below)


TRANSLATED = sorted(
    {
        kind
        for top in (httpx.HTTPError, httpx.InvalidURL)
        for kind in all_subclasses(top)
        if kind.__module__.startswith("httpx") and kind is not httpx.HTTPStatusError
    },
    key=lambda kind: kind.__name__,
)
"""Every error that httpx raises of itself while it makes an exchange. `HTTPStatusError` comes from
`raise_for_status()` alone, and `StreamError` means that this project misuses httpx."""


NEVER_GOT_THROUGH = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}


def test_list_of_translated_errors_is_complete() -> None:
    """The tests below cover httpx's tree: each public error is translated or known not to occur."""
    public = {
        kind.__name__
        for kind in vars(httpx).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }
    misuse = {kind.__name__ for kind in all_subclasses(httpx.StreamError)}
    never = {"HTTPStatusError", "CookieConflict"} | misuse
    assert public == {kind.__name__ for kind in TRANSLATED} | never


@pytest.mark.parametrize("kind", TRANSLATED, ids=lambda kind: kind.__name__)
async def test_every_httpx_error_is_translated(kind: type[Exception]) -> None:
    """Each error of httpx becomes ours: never through, or through and broken off."""
    with respx.mock:
        respx.get(URL).mock(side_effect=kind("it broke"))
        async with Http() as http:
            with pytest.raises(AttemptError) as caught:
                await http.send(Request("GET", URL, token=TOKEN))
    expected = Unreachable if kind.__name__ in NEVER_GOT_THROUGH else BrokenAnswer
    assert type(caught.value) is expected
    assert "api.github.test" in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("kind", TRANSLATED, ids=lambda kind: kind.__name__)
async def test_error_in_the_middle_of_a_body_is_translated(kind: type[Exception]) -> None:
    """What breaks while the body comes in is translated like what breaks before."""

    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        raise kind("it broke")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body()))
    async with Http(transport) as http:
        with pytest.raises(AttemptError):
            await http.send(Request("GET", URL))


class Body(httpx.AsyncByteStream):
    """The body of an answer: a first part, and then either the rest or nothing more."""

    def __init__(self, *, is_endless: bool) -> None:
        self._is_endless = is_endless
        self.begun, self.closed = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"0123456789"
        self.begun.set()
        if self._is_endless:
            await self.closed.wait()

    async def aclose(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("encoding", ["identity", "br"], ids=["too large", "not readable"])
async def test_an_answer_that_is_not_read_to_its_end_is_closed(encoding: str) -> None:
    """Its connection is free for the next request."""
    body = Body(is_endless=False)
    answer = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=body)
    async with Http(httpx.MockTransport(lambda _: answer)) as http:
        with pytest.raises((TooLarge, BrokenAnswer)):
            await http.send(Request("GET", URL, max_bytes=5))
        assert body.closed.is_set()


async def test_the_answer_to_a_cancelled_request_is_closed() -> None:
    """A request that is cancelled in the middle of the body gives its connection back."""
    body = Body(is_endless=True)
    async with Http(httpx.MockTransport(lambda _: httpx.Response(200, stream=body))) as http:
        sending = asyncio.create_task(http.send(Request("GET", URL)))
        await body.begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert body.closed.is_set()


async def test_exchange_as_values() -> None:
    """Status, lower-case headers, body and URL come back; what was asked went out."""
    with respx.mock:
        route = respx.post(URL).respond(418, headers={"X-Thing": "One"}, content=b"tea")
        async with Http() as http:
            response = await http.send(
                Request("POST", URL, headers={"Accept": "a/b"}, token=TOKEN, body=b"leaves")
            )
    sent = route.calls.last.request
    assert (response.status, response.body, response.url) == (418, b"tea", URL)
    assert response.headers["x-thing"] == "One"
    assert sent.content == b"leaves"
    assert sent.headers["authorization"] == f"Bearer {SECRET}"
    assert sent.headers["user-agent"] == USER_AGENT
    assert sent.headers["accept"] == "a/b"
    assert sent.headers["accept-encoding"] == "gzip"


async def test_a_login_in_the_address_is_sent() -> None:
    """As a header, percent-decoded."""
    with respx.mock:
        route = respx.get("https://lists.test/a").respond(200)
        async with Http() as http:
            await http.send(Request("GET", "https://me:p%40ss@lists.test/a"))
    assert route.calls.last.request.headers["authorization"] == "Basic bWU6cEBzcw=="


async def test_cookies_are_not_kept() -> None:
    """Nobody follows the requests of a run."""
    with respx.mock:
        route = respx.get(URL).respond(200, headers={"Set-Cookie": "a=b"})
        async with Http() as http:
            for _ in range(2):
                await http.send(Request("GET", URL))
    assert "cookie" not in route.calls.last.request.headers


async def test_a_token_that_comes_back_is_masked() -> None:
    """In a body, a header or an error's words, also in an answer to somebody without it."""
    spelt = SECRET.replace("_", "\\u005f")
    with respx.mock:
        route = respx.get(URL).respond(
            302, headers={"Location": f"{URL}?{SECRET}", "X": SECRET}, content=f'"{spelt}"'
        )
        async with Http() as http:
            for token in (TOKEN, None):
                response = await http.send(Request("GET", URL, token=token))
                assert response.body == b'"***"'
                assert response.headers["location"] == f"{URL}?***"
                assert response.headers["x"] == "***"
            route.mock(side_effect=httpx.RemoteProtocolError(f"illegal header {spelt}"))
            with pytest.raises(BrokenAnswer, match=r"illegal header \*\*\*$"):
                await http.send(Request("GET", URL))


async def test_no_token_no_authorization() -> None:
    """An anonymous request carries no Authorization, also after one that did."""
    with respx.mock:
        route = respx.get(URL).respond(200)
        async with Http() as http:
            await http.send(Request("GET", URL, token=TOKEN))
            await http.send(Request("GET", URL))
    assert "authorization" not in route.calls.last.request.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_handed_back(status: int) -> None:
    """A redirect is an answer like any other: nothing is followed behind the caller's back."""
    with respx.mock:
        route = respx.post(URL).respond(status, headers={"Location": URL + "/elsewhere"})
        async with Http() as http:
            response = await http.send(Request("POST", URL, body=b"x"))
    assert (response.status, response.headers["location"]) == (status, URL + "/elsewhere")
    assert route.call_count == 1


@pytest.mark.parametrize("failure", [httpx.ReadError("x"), RuntimeError("a bug")])
async def test_tracebacks_hide_the_token(failure: Exception) -> None:
    """Not even a traceback with all local variables shows the token."""

    def fail(request: httpx.Request) -> httpx.Response:
        del request
        raise failure

    async with Http(httpx.MockTransport(fail)) as http:
        with pytest.raises((BrokenAnswer, RuntimeError)) as caught:
            await http.send(Request("GET", URL, token=TOKEN))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SECRET not in "".join(shown.format())


async def test_nothing_is_left_open_after_close() -> None:
    """Leaving the context closes kept connections and those of cancelled requests."""
    opened = 0
    stalled = asyncio.Event()
    gone = asyncio.Semaphore(0)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        try:
            while b"/stall" not in await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()
            stalled.set()
            await reader.readexactly(1)
        finally:
            gone.release()

    async with server(handle) as port:
        async with Http() as http:
            base = f"http://127.0.0.1:{port}"
            await asyncio.gather(*(http.send(Request("GET", f"{base}/{i}")) for i in range(3)))
            waiting = asyncio.create_task(http.send(Request("GET", f"{base}/stall")))
            await stalled.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        for _ in range(opened):
            await gone.acquire()


async def test_connections_are_reused() -> None:
    """Requests one after the other share one connection."""
    opened = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    async with server(handle) as port, Http() as http:
        for _ in range(3):
            await http.send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert opened == 1
