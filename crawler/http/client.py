"""The HTTP client: the only module that imports httpx."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import socket
import ssl
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Final
from urllib.request import getproxies

import certifi
import httpx

from crawler import __version__
from crawler.http.exchange import Request, Response
from crawler.http.masking import mask
from crawler.http.proxies import Proxy, proxy_of
from crawler.model.addresses import bare
from crawler.model.aside import aside
from crawler.model.errors import BrokenAnswer, ConfigError, TooLarge, Unreachable

Transport = httpx.AsyncBaseTransport
"""A transport that can replace the network."""

USER_AGENT: Final = f"star-crawler/{__version__} Python/{platform.python_version()}"
"""GitHub refuses requests without a user agent.
https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent"""

CONNECT_SECONDS: Final = 10.0
"""Time to connect; a longer attempt counts as unreachable."""

PROXY_LOGIN: Final = 407
"""https://www.rfc-editor.org/rfc/rfc9110#status.407"""

_NEVER_GOT_THROUGH: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_NO_ENCODINGS: Final = frozenset(
    {"", "identity", "none", "binary", "8bit", "7bit", "utf-8", "utf8", "us-ascii", "iso-8859-1"}
)
"""Values of `Content-Encoding` that servers send for a body that is not encoded."""

_GZIP_OVERHEAD: Final = 64 * 1024
"""Bytes by which a compressed body may exceed the limit for the plain one."""

_MOST_MEMBERS: Final = 1024
"""Parts allowed in one gzip body; each costs a new decompressor."""

_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}
"""Headers of every request, unless it has its own."""

_TIMEOUTS: Final = httpx.Timeout(None, connect=CONNECT_SECONDS).as_dict()
"""The caller sets the deadline of the whole exchange."""


class Http:
    """One pool of connections, as an async context manager.

    `transport` replaces the network, for demonstrations and tests.
    Proxies and certificates come from the usual environment variables (`HTTPS_PROXY`, `NO_PROXY`,
    `SSL_CERT_FILE`), each of which is only read when a request needs it.
    """

    def __init__(self, transport: Transport | None = None) -> None:
        self._proxies = {} if transport else getproxies()
        self._tokens: set[str] = set()
        # httpx's client would keep cookies and parse the targets of redirects, at a third of the
        # processor's time for a request.
        self._transport = transport or _Network(self._proxies)

    async def __aenter__(self) -> Http:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def send(self, request: Request) -> Response:
        """Make one exchange, without following redirects.

        Raises: Unreachable, BrokenAnswer, TooLarge; ConfigError if a proxy or certificate from the
            environment is needed and cannot be used.
        """
        asked = _make_request(request)
        if request.token is not None:
            # Set only here: httpx masks this header in its reprs, a dict of ours would show it.
            asked.headers["Authorization"] = f"Bearer {request.token}"
            self._tokens.add(request.token)
        proxy = proxy_of(str(asked.url), self._proxies)
        try:
            answer = await self._transport.handle_async_request(asked)
            try:
                body = await _read(answer, request)
            finally:
                await answer.aclose()
        except _NEVER_GOT_THROUGH as error:
            cause = self._masked(_cause_before(error, proxy))
            raise Unreachable(request.host, cause) from None
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            cause = self._masked(_cause(error))
            raise BrokenAnswer(f"{request.host} broke off its answer: {cause}") from None
        if proxy is not None and answer.status_code == PROXY_LOGIN:
            raise Unreachable(request.host, _login_wanted(proxy))
        # A server might repeat the token, in this answer or a later one; it must not be published.
        return Response(
            status=answer.status_code,
            headers={name: self._masked(value) for name, value in answer.headers.items()},
            body=await aside(len(body), lambda: mask(body, self._tokens)),
            url=request.url,
        )

    def _masked(self, text: str) -> str:
        return mask(text.encode(errors="surrogateescape"), self._tokens).decode(
            errors="surrogateescape"
        )


class _Network(httpx.AsyncBaseTransport):
    """Sends each request directly or through the proxy that the environment names for it."""

    def __init__(self, proxies: Mapping[str, str]) -> None:
        self._proxies = proxies
        self._ways: dict[tuple[Proxy | None, bool], _Way] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. Raises: ConfigError."""
        proxy = proxy_of(str(request.url), self._proxies)
        is_tls = request.url.scheme == "https" or (proxy is not None and proxy.is_tls)
        if (proxy, is_tls) not in self._ways:
            self._ways[proxy, is_tls] = _Way(proxy, is_tls=is_tls)
        return await self._ways[proxy, is_tls].handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            await way.aclose()


class _Way(httpx.AsyncBaseTransport):
    """Sends each request on an idle connection, the most recently used one first.

    Each connection has its own pool, because httpcore scans all connections of a pool four times
    a request.
    """

    def __init__(self, proxy: Proxy | None, *, is_tls: bool) -> None:
        """Raises: ConfigError."""
        context = _make_ssl_context() if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._open = partial(_open_pool, proxy, context)
        self._all = [self._open()]
        self._idle = [*self._all]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        if not self._idle:
            self._all.append(self._open())
            self._idle.append(self._all[-1])
        pool = self._idle.pop()
        try:
            answer = await pool.handle_async_request(request)
        except BaseException:  # also a cancellation: the pool is free again
            self._idle.append(pool)
            raise
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        answer.stream = _Lent(answer.stream, partial(self._idle.append, pool))
        return answer

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._all:
            await pool.aclose()


class _Lent(httpx.AsyncByteStream):
    """The body of an answer, on a connection that becomes free at its end."""

    def __init__(self, body: httpx.AsyncByteStream, give_back: Callable[[], None]) -> None:
        self._body = body
        self._give_back: Callable[[], None] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            give_back, self._give_back = self._give_back, None
            if give_back is not None:
                give_back()


def _open_pool(proxy: Proxy | None, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    """Raises: ConfigError."""
    options: dict[str, Any] = {
        "verify": context,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=None),
        "trust_env": False,
    }
    if proxy is None:
        return httpx.AsyncHTTPTransport(**options)
    try:
        secure = context if proxy.is_tls else None
        return httpx.AsyncHTTPTransport(proxy=httpx.Proxy(proxy.url, ssl_context=secure), **options)
    # Without httpx's message: it quotes the address, which may contain a password.
    except ImportError:
        raise ConfigError(
            f"the proxy of {proxy.variable} is a SOCKS proxy, which needs another package: install "
            "httpx[socks], or give the address of an HTTP proxy"
        ) from None
    except (ValueError, httpx.InvalidURL):
        raise ConfigError(
            f"the proxy of {proxy.variable} cannot be used: give an address such as "
            "http://HOST:PORT"
        ) from None


def _make_ssl_context() -> ssl.SSLContext:
    """The certificates of SSL_CERT_FILE or SSL_CERT_DIR, else Mozilla's.

    Raises: ConfigError if they cannot be used.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):  # as ssl.create_default_context()
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    try:
        if file or not folder:
            context.load_verify_locations(cafile=file or certifi.where())
        else:
            context.load_verify_locations(capath=folder)
    except OSError as error:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise ConfigError(
            f"the certificates that {name} names cannot be used: {error.strerror}"
        ) from None
    if keys := os.environ.get("SSLKEYLOGFILE"):
        # The file for logging TLS keys is for debugging only: an unusable one is ignored.
        with contextlib.suppress(OSError):
            context.keylog_filename = keys
    return context


def _make_request(request: Request) -> httpx.Request:
    """What httpx sends for a request, without its token.

    Raises: Unreachable.
    """
    url = _check_url(request.url)
    made = httpx.Request(
        request.method,
        url,
        headers={**_HEADERS, **request.headers},
        content=request.body,
        extensions={"timeout": _TIMEOUTS},
    )
    if url.userinfo:
        next(httpx.BasicAuth(url.username, url.password).sync_auth_flow(made))
    return made


def _check_url(url: str) -> httpx.URL:
    """Reject addresses for which httpx would raise errors outside its own tree, or none at all.

    Raises: Unreachable.
    """
    try:
        address = httpx.URL(url)
        host, port = address.host, address.port
    except (httpx.InvalidURL, ValueError, IndexError):  # the last two from idna and punycode
        raise Unreachable(bare(url), "its address is not valid") from None
    if not host or (port is not None and not 0 < port < 65536):
        raise Unreachable(bare(url), "its address is not valid")
    return address


async def _read(answer: httpx.Response, request: Request) -> bytes:
    """The decompressed body. httpx would inflate a whole chunk at once, however large it gets."""
    body = bytearray()
    async for piece in _inflated(answer, request.max_bytes):
        body += piece
        if len(body) > request.max_bytes:
            raise TooLarge(
                f"the answer of {request.host} is over {request.max_bytes / 2**20:g} MiB"
            )
    return bytes(body)


async def _inflated(answer: httpx.Response, most: int) -> AsyncIterator[bytes]:
    if answer.is_stream_consumed:
        # The answers of a transport in memory are read and inflated already.
        yield answer.content
        return
    named = answer.headers.get("content-encoding", "").lower()
    encodings = [each.strip() for each in named.split(",")]
    encodings = [each for each in encodings if each not in _NO_ENCODINGS]
    if not encodings:
        async for chunk in answer.aiter_raw():
            yield chunk
    elif encodings in (["gzip"], ["x-gzip"]):
        async for chunk in _gunzip(answer.aiter_raw(), most):
            yield chunk
    else:
        raise httpx.DecodingError(f"it is encoded as {named!r}, which was not requested")


async def _gunzip(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """The plain bytes: at most one more than `most`, enough to see that the limit is exceeded.
    A gzip file may have several members, and zeros after each of them.

    https://www.rfc-editor.org/rfc/rfc1952#page-5
    """
    inflater = None
    members = received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > most + _GZIP_OVERHEAD:
            raise httpx.DecodingError("its compressed body does not end")
        rest = chunk
        while rest:
            if inflater is None:
                rest = rest.lstrip(b"\0") if members else rest
                if not rest:
                    break
                members += 1
                if members > _MOST_MEMBERS:
                    raise httpx.DecodingError("its compressed body has too many parts")
                inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            yield inflater.decompress(rest, most + 1)
            rest = inflater.unused_data
            if inflater.eof:
                inflater = None
    if inflater is not None:
        raise httpx.DecodingError("its compressed body is cut off")


def _below(error: BaseException) -> BaseException | None:
    """The error that caused `error`; the first of several, such as one for each address."""
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    return error.__cause__ or error.__context__


def _cause_before(error: Exception, proxy: Proxy | None) -> str:
    """Why a request never got through."""
    if proxy is None:
        return _cause(error)
    if isinstance(error, httpx.ProxyError) and str(error).startswith(str(PROXY_LOGIN)):
        return _login_wanted(proxy)
    return f"{_cause(error)} (through the proxy of {proxy.variable})"


def _login_wanted(proxy: Proxy) -> str:
    if "@" in proxy.url:
        return f"the proxy refuses the user name and password of {proxy.variable}"
    return (
        "the proxy wants a user name and a password: give them in "
        f"{proxy.variable}, as in http://USER:PASSWORD@HOST:PORT"
    )


def _cause(error: BaseException) -> str:
    """The root cause of `error`, in a few words."""
    chain = [error]
    while (deeper := _below(chain[-1])) is not None:
        chain.append(deeper)
    for link in reversed(chain):
        match link:
            case ssl.SSLCertVerificationError():
                return f"its certificate does not verify ({link.verify_message})"
            case ssl.SSLError():
                return f"TLS fails ({link.reason or link})"
            case socket.gaierror():
                return "its name does not resolve"
            case ConnectionRefusedError():
                return "the connection is refused"
            case ConnectionResetError() | BrokenPipeError():
                return "the connection was reset"
            case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
                return "there is no route to it"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refuses ({error})"
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    return str(error) or type(error).__name__
