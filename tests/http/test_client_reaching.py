"""Whether a request gets through: names, ports, proxies, certificates, and what is said if not."""

from __future__ import annotations

import asyncio
import errno
import ssl
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import answer, answering, free_port, resolve_to, server

from crawler.http.client import Http
from crawler.http.exchange import LOOPBACK, Request, Token
from crawler.model.errors import ConfigError, CrawlerError, Unreachable

TOKEN = Token("ghp_0123456789abcdef", "GH_TOKEN")
VARIABLES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies and certificates from the environment of the tests."""
    for name in VARIABLES:
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


LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("", "the proxy wants a user name and a password: give them in ALL_PROXY, as in http://"),
        ("user:s3cret@", "the proxy refuses the user name and password of ALL_PROXY"),
    ],
)
async def test_proxy_that_wants_a_login(
    scheme: str, user: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it opens no tunnel or answers itself, the sentence says what to do and no secret."""
    async with server(answering(LOGIN)) as port:
        monkeypatch.setenv("ALL_PROXY", f"http://{user}127.0.0.1:{port}")
        async with Http() as http:
            with pytest.raises(Unreachable) as caught:
                await http.send(Request("GET", f"{scheme}://api.github.test/"))
    assert caught.value.host == "api.github.test"
    assert caught.value.cause.startswith(said)
    assert "s3cret" not in str(caught.value)


async def test_a_server_that_takes_itself_for_a_proxy() -> None:
    """Where there is no proxy, 407 is an answer like any other."""
    async with server(answering(LOGIN)) as port, Http() as http:
        assert (await http.send(Request("GET", f"http://127.0.0.1:{port}/"))).status == 407


async def test_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that opens no tunnel is named as the cause, and the secret of its URL is not."""
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    async with server(answering(refusal)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{port}")
        async with Http() as http:
            with pytest.raises(Unreachable) as caught:
                await http.send(Request("GET", "https://api.github.test/", token=TOKEN))
    assert caught.value.host == "api.github.test"
    assert caught.value.cause == (
        "the proxy refuses (403 Forbidden) (through the proxy of HTTPS_PROXY)"
    )
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
    ("name", "value", "url", "said"),
    [
        ("SSL_CERT_FILE", "/nowhere/no-such-file.pem", "https://a.test/", "SSL_CERT_FILE"),
        ("SSL_CERT_FILE", __file__, "https://a.test/", "SSL_CERT_FILE"),
        ("HTTPS_PROXY", "ftp://user:s3cret@127.0.0.1", "https://a.test/", "HTTPS_PROXY"),
        ("ALL_PROXY", "http://user:s3cret@127.0.0.1:port", "https://a.test/", "ALL_PROXY"),
        ("HTTP_PROXY", "http://[::1", "http://a.test/", "HTTP_PROXY"),
        ("HTTPS_PROXY", "socks5://user:s3cret@127.0.0.1", "https://a.test/", "SOCKS"),
        ("ALL_PROXY", "socks5h://user:s3cret@127.0.0.1", "http://a.test/", "ALL_PROXY"),
    ],
)
async def test_unusable_environment(
    name: str, value: str, url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy or certificate setting that is needed and cannot be used is named, without its
    secrets; where it is not needed, nobody looks at it."""
    monkeypatch.setitem(sys.modules, "socksio", None)  # as where the extra is not installed
    monkeypatch.setenv(name, value)
    async with server(answering(answer(b"direct"))) as port, Http() as http:
        assert (await http.send(Request("GET", f"http://127.0.0.1:{port}/"))).body == b"direct"
        with pytest.raises(ConfigError, match=said) as caught:
            await http.send(Request("GET", url))
    assert "s3cret" not in str(caught.value)


async def test_a_proxy_that_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """ALL_PROXY is not looked at where HTTP_PROXY is good, nor odd entries of NO_PROXY."""
    async with server(answering(answer(b"by proxy"))) as port:
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1,::1,[::1],fe80::/10,10.0.0.0/8")
        async with Http() as http:
            assert (await http.send(Request("GET", "http://a.test/"))).body == b"by proxy"


async def test_a_key_log_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSLKEYLOGFILE is only for debugging: if the file cannot be used, connections still work."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "nowhere" / "keys"))
    async with Http() as http:
        with pytest.raises(Unreachable, match="the connection is refused"):
            await http.send(Request("GET", f"https://127.0.0.1:{free_port()}/"))
