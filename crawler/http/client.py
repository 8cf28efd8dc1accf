"""The door to the network, and the only room that knows httpx."""

from __future__ import annotations

import errno
import platform
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from crawler import __version__
from crawler.http.exchange import LOOPBACK, Request, Response
from crawler.model.addresses import bare
from crawler.model.errors import BrokenAnswer, ConfigError, TooLarge, Unreachable

Transport = httpx.AsyncBaseTransport
"""What may take the place of the network."""

USER_AGENT: Final = f"star-crawler/{__version__} Python/{platform.python_version()}"
"""GitHub refuses requests without one.
https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent"""

CONNECT_SECONDS: Final = 10.0
"""A connection that takes longer never got through."""

_NEVER_GOT_THROUGH: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_ASIDE: Final = "crawler.location"
"""The extension of an answer that holds its `Location`."""


class Http:
    """One pool of connections, as an async context manager.

    `transport` takes the place of the network, for demonstrations and tests.
    Proxies and certificates come from the usual environment variables
    (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`).
    """

    def __init__(self, transport: Transport | None = None) -> None:
        """Raises: ConfigError where those variables cannot be used."""
        try:
            self._client = httpx.AsyncClient(
                transport=transport,
                # A request to loopback is the only one that may carry a token over
                # plain http, so it must not make a detour over a proxy.
                mounts={
                    f"http://{f'[{host}]' if ':' in host else host}": None for host in LOOPBACK
                },
                # The caller sets the deadline of the whole exchange.
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
                event_hooks={"response": [_put_location_aside]},
            )
        except OSError as error:
            raise ConfigError(
                f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be used: "
                f"{error.strerror}"
            ) from None
        except (ValueError, ImportError, httpx.InvalidURL):
            # Without httpx's words: they quote the address, and so may quote a password.
            raise ConfigError(
                "the proxy of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY cannot be used: "
                "give an address such as http://HOST:PORT"
            ) from None

    async def __aenter__(self) -> Http:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def send(self, request: Request) -> Response:
        """Make one exchange; redirects are not followed.

        Raises: Unreachable, BrokenAnswer, TooLarge.
        """
        _check_url(request.url)
        asked = self._client.build_request(
            request.method, request.url, headers=request.headers, content=request.body
        )
        if request.token is not None:
            # Only here: httpx masks this header in its reprs, a dict of ours would show it.
            asked.headers["Authorization"] = f"Bearer {request.token}"
        try:
            answer = await self._client.send(asked, stream=True)
            try:
                body = await _read(answer, request)
            finally:
                await answer.aclose()
        except _NEVER_GOT_THROUGH as error:
            raise Unreachable(request.host, _cause(error) + _detour(request.url)) from None
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            raise BrokenAnswer(f"{request.host} broke off its answer: {_cause(error)}") from None
        if request.token is not None:
            # A server that repeats it in a message would have it published.
            body = body.replace(request.token.encode(), b"***")
        return Response(
            status=answer.status_code,
            headers={**answer.headers, **answer.extensions.get(_ASIDE, {})},
            body=body,
            url=request.url,
        )


def _check_url(url: str) -> None:
    """Find what httpx would raise outside its own tree of errors, or not at all.

    Raises: Unreachable.
    """
    try:
        address = httpx.URL(url)
        host, port = address.host, address.port
    except (httpx.InvalidURL, ValueError, IndexError):  # the last two from idna and punycode
        raise Unreachable(bare(url), "its address is none") from None
    if not host or (port is not None and not 0 < port < 65536):
        raise Unreachable(bare(url), "its address is none")


async def _put_location_aside(answer: httpx.Response) -> None:
    """Keep the target of a redirect from httpx, which reads it although it is not to follow: its
    errors quote a bad one, or are none of its own."""
    if "location" in answer.headers:
        answer.extensions[_ASIDE] = {"location": answer.headers.pop("location")}


async def _read(answer: httpx.Response, request: Request) -> bytes:
    """The decompressed body. httpx would inflate a whole chunk at once, however large it grows."""
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
        # A transport in memory hands over answers that are read, and inflated, already.
        yield answer.content
        return
    encoding = answer.headers.get("content-encoding", "").lower()
    if encoding in ("", "identity"):
        async for chunk in answer.aiter_raw():
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip"):
        raise httpx.DecodingError(f"it is encoded as {encoding!r}, which was not asked for")
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    is_empty = True
    async for chunk in answer.aiter_raw():
        is_empty = is_empty and not chunk
        # One byte more than allowed is enough to see that it is too large.
        yield inflater.decompress(chunk, most + 1)
        if inflater.unused_data:
            raise httpx.DecodingError("its compressed body goes on behind its end")
    if not (inflater.eof or is_empty):
        raise httpx.DecodingError("its compressed body is cut off")


def _below(error: BaseException) -> BaseException | None:
    """The error that led to `error`; of several, as one for each address of a host, the first."""
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    return error.__cause__ or error.__context__


def _detour(url: str) -> str:
    """The proxy that the environment puts before `url`, for messages; without its credentials."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    is_direct = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not proxy or is_direct or proxy_bypass(parts.netloc):
        return ""
    return " (through the proxy of the environment)"


def _cause(error: BaseException) -> str:
    """What lies at the bottom of `error`, in a few words."""
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
