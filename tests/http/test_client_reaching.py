"""Whether a request gets through: names, ports, proxies, certificates, and what is said if not."""

from __future__ import annotations

import asyncio
import errno
import ssl
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import answer, answering, free_port, resolve_to, server

from crawler.http.client import Http
from crawler.http.exchange import LOOPBACK, Request, Token
from crawler.model.errors import ConfigError, CrawlerError, Unreachable

TOKEN = Token("ghp_0123456789abcdef", "GH_TOKEN")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificates of whoever runs the tests."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_refused_connection() -> None:
    """Where nobody listens, the request never got through, and the sentence says so."""
    port = free_port()
    async with Http() as http:
        with pytest.raises(Unreachable) as caught:
            await http.send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert str(caught.value) == f"127.0.0.1:{port} cannot be reached: the connection is refused"


async def test_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without an address never got through, and the sentence says so."""
    resolve_to(monkeypatch)
    async with Http() as http:
        with pytest.raises(Unreachable) as caught:
            await http.send(Request("GET", "http://github.test/"))
    assert str(caught.value) == "github.test cannot be reached: its name does not resolve"


async def test_refused_at_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with several addresses, all refusing, is reported by the cause like one with one."""
    port = free_port()
    resolve_to(monkeypatch, ("127.0.0.1", port), ("127.0.0.1", free_port()))
    async with Http() as http:
        with pytest.raises(Unreachable) as caught:
            await http.send(Request("GET", f"http://github.test:{port}/"))
    assert caught.value.cause == "the connection is refused"


UNVERIFIED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNVERIFIED.verify_message = "self-signed certificate"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (UNVERIFIED, "its certificate does not verify (self-signed certificate)"),
        (OSError(errno.ENETUNREACH, "x"), "there is no route to it"),
        (OSError(errno.EHOSTUNREACH, "x"), "there is no route to it"),
        (OSError(errno.EMFILE, "too many open files"), "it broke"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_causes_that_need_more_than_loopback(cause: OSError, words: str) -> None:
    """What lies below the library's error is said in a few words, or else the library's own."""

    def fail(request: httpx.Request) -> httpx.Response:
        del request
        raise httpx.ConnectError("it broke") from cause

    async with Http(httpx.MockTransport(fail)) as http:
        with pytest.raises(Unreachable) as caught:
            await http.send(Request("GET", "https://api.github.test/"))
    assert caught.value.cause == words


ODD_ADDRESSES = [
    "https://xn--/",
    "https://xn--0/",
    "http://127.0.0.1:99999/",
    "http://ab\u00adc/",
    "http://[::1]evil/",
    "http://[v1.x]/",
    "ftp://127.0.0.1/",
    "http:///",
    "nothing",
    "http://127.0.0.1/\x00",
]


@pytest.mark.parametrize("url", ODD_ADDRESSES)
async def test_address_that_is_none(url: str) -> None:
    """An address that cannot be asked is an error of ours, whatever is wrong with it."""
    async with Http() as http:
        with pytest.raises(CrawlerError):
            await http.send(Request("GET", url))


def test_any_host_is_asked_or_refused() -> None:
    """No host, however odd, raises anything but an error of this package."""

    def get(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    @settings(max_examples=150, deadline=None)
    @given(
        st.text(st.sampled_from("ab.-:@[]%\\1\u00e9\u2603\u3002 _*") | st.characters(), max_size=8)
    )
    def check(host: str) -> None:
        async def send() -> None:
            async with Http(httpx.MockTransport(get)) as http:
                await http.send(Request("GET", f"https://{host}xn--/"))

        with suppress(CrawlerError):
            asyncio.run(send())

    check()


async def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to a host that is not on loopback goes through HTTP_PROXY."""
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(b"by proxy"))
        await writer.drain()

    async with server(handle) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        async with Http() as http:
            response = await http.send(Request("GET", "http://lists.test/list.md"))
    assert response.body == b"by proxy"
    assert asked[0].startswith(b"GET http://lists.test/list.md ")


async def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host named in NO_PROXY is asked directly."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "lists.test")
    async with server(answering(answer(b"direct"))) as port:
        resolve_to(monkeypatch, ("127.0.0.1", port))
        async with Http() as http:
            response = await http.send(Request("GET", f"http://lists.test:{port}/"))
    assert response.body == b"direct"


@pytest.mark.parametrize("host", sorted(LOOPBACK))
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
async def test_loopback_is_asked_directly(
    host: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No proxy sees a plain request to loopback: it may carry a token."""
    proxied: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxied.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(b"by proxy"))
        await writer.drain()

    async with server(handle) as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        address = f"[{host}]" if ":" in host else host.upper()
        async with Http() as http:
            with pytest.raises(Unreachable) as caught:
                await http.send(Request("GET", f"http://{address}:{free_port()}/", token=TOKEN))
    assert proxied == []
    assert "proxy" not in str(caught.value)


async def test_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that opens no tunnel is named as the cause, and the secret of its URL is not."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with server(answering(refusal)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{port}")
        async with Http() as http:
            with pytest.raises(Unreachable) as caught:
                await http.send(Request("GET", "https://api.github.test/", token=TOKEN))
    assert caught.value.host == "api.github.test"
    assert "proxy" in caught.value.cause
    assert "407" in caught.value.cause
    assert "s3cret" not in str(caught.value)


async def test_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens at the proxy's address, the sentence does not blame the server."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{free_port()}")
    async with Http() as http:
        with pytest.raises(Unreachable, match="proxy") as caught:
            await http.send(Request("GET", "https://api.github.test/"))
    assert "s3cret" not in str(caught.value)


async def test_server_without_tls() -> None:
    """A server that does not speak TLS never got the request, and the sentence says why."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with server(handle) as port, Http() as http:
        with pytest.raises(Unreachable, match="TLS fails"):
            await http.send(Request("GET", f"https://127.0.0.1:{port}/", token=TOKEN))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/there-is-no-such-file.pem"),
        ("SSL_CERT_FILE", __file__),
        ("HTTPS_PROXY", "ftp://user:s3cret@127.0.0.1"),
        ("HTTPS_PROXY", "socks5://user:s3cret@127.0.0.1"),
        ("HTTPS_PROXY", "http://user:s3cret@127.0.0.1:port"),
        ("HTTP_PROXY", "http://[::1"),
    ],
)
def test_unusable_environment(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or certificate setting that cannot be used is a usage error without its secrets."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        Http()
    assert "s3cret" not in str(caught.value)
