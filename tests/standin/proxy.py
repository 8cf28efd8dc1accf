"""What goes wrong below HTTP: a relay in front of the stand-in that breaks what it passes on.

    with StandIn(world) as github, Proxy(github.port) as proxy:
        proxy.troubles.append(Trouble(cut(100), skip=2))

passes on two requests, and of the third's answer the first hundred bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from standin.threads import Threaded

LOOPBACK = "127.0.0.1"

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Of `localhost`, signed by itself, with its key; for tests alone."""


@dataclass(slots=True)
class Link:
    """One connection of a client, and the one to the stand-in that belongs to it."""

    client: asyncio.StreamWriter
    requests: int = 0
    """That came on it so far."""
    relayed: int = 0
    """Bytes of the latest answer that were passed on."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Lets so many seconds pass for the client."""
    trouble: Trouble | None = None
    """What befalls the latest request."""
    is_answering: bool = True
    """Whether the next bytes of the client begin a request."""


Harm = Callable[[Link, bytes], Awaitable[bool]]
"""Passes on some bytes of an answer, or does something else; False ends the connection. It is
called with no bytes as the request comes, before any is passed on."""


@dataclass(slots=True)
class Trouble:
    """A harm and the requests it befalls, by their number over all connections."""

    harm: Harm
    skip: int = 0
    """Requests that are let through first."""
    times: int | None = 1
    """Requests that are hit after those; None: all."""
    reused: bool | None = None
    """Whether the connection has served a request before; None: either."""
    hits: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)

    def befalls(self, link: Link) -> bool:
        """Whether it hits the latest request of `link`; counts those that match."""
        if self.reused not in (None, link.requests > 1):
            return False
        self._seen += 1
        after = self._seen - self.skip
        if after <= 0 or (self.times is not None and after > self.times):
            return False
        self.hits += 1
        return True


async def _pass_on(link: Link, data: bytes) -> bool:
    link.client.write(data)
    link.relayed += len(data)
    await link.client.drain()
    return True


def reset(after: int = 0) -> Harm:
    """The connection is reset after so many bytes of the answer."""

    async def harm(link: Link, data: bytes) -> bool:
        await _pass_on(link, data[: max(0, after - link.relayed)])
        if link.relayed < after:
            return True
        sock = link.client.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.client.transport.abort()
        return False

    return harm


def cut(after: int = 0) -> Harm:
    """The connection closes in good order after so many bytes of the answer."""

    async def harm(link: Link, data: bytes) -> bool:
        await _pass_on(link, data[: max(0, after - link.relayed)])
        return link.relayed < after

    return harm


def stall(after: int = 0) -> Harm:
    """Nothing comes any more after so many bytes of the answer."""

    async def harm(link: Link, data: bytes) -> bool:
        await _pass_on(link, data[: max(0, after - link.relayed)])
        if data and link.relayed >= after:
            await link.sleep(3600.0)
            await asyncio.get_running_loop().create_future()
        return True

    return harm


def drip(seconds: float, size: int = 1) -> Harm:
    """The answer comes `size` bytes at a time, with `seconds` between."""

    async def harm(link: Link, data: bytes) -> bool:
        for start in range(0, len(data), size):
            await _pass_on(link, data[start : start + size])
            await link.sleep(seconds)
        return True

    return harm


class Proxy(Threaded):
    """A running relay to a port of loopback, as a context manager."""

    def __init__(self, upstream: int, *, tls: bool = False, tunnels: bool = False) -> None:
        """`tls`: its clients speak TLS, and see `CERTIFICATE`. `tunnels`: they ask for a tunnel
        first (`CONNECT`), as they do of a proxy, and are led to `upstream` wherever they want to.
        """
        super().__init__()
        self.troubles: list[Trouble] = []
        """The first that matches a request befalls it."""
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        """Lets time pass for a client, while a harm holds an answer back."""
        self.tunnels: list[str] = []
        """Where clients wanted to, each as `host:port`."""
        self._upstream = upstream
        self._tls = tls
        self._is_tunnelling = tunnels
        self._links: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """In the place of the stand-in's."""
        return f"https://localhost:{self.port}" if self._tls else f"http://{LOOPBACK}:{self.port}"

    async def serve(self, stop: asyncio.Event, started: Callable[[int], None]) -> None:
        """Relay until `stop`."""
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        server = await asyncio.start_server(self._accept, LOOPBACK, 0, ssl=context)
        started(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        # The task must not end as cancelled: the server would complain of that.
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            if self._is_tunnelling:
                await self._dig(reader, writer)
            await self._relay(reader, writer)
        self._links.discard(task)

    async def _dig(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, *_ = head.decode("latin-1").split(" ")
        self.tunnels.append(f"{method} {target}" if method != "CONNECT" else target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer, sleep=self.sleep)
        above, below = await asyncio.open_connection(LOOPBACK, self._upstream)
        pumps = [
            asyncio.create_task(self._pump_requests(link, reader, below)),
            asyncio.create_task(self._pump_answers(link, above)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.close()
            below.close()

    async def _pump_requests(
        self, link: Link, reader: asyncio.StreamReader, below: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65536):
            if link.is_answering:
                link.is_answering = False
                link.requests += 1
                link.relayed = 0
                hit = [each for each in self.troubles if each.befalls(link)]
                link.trouble = hit[0] if hit else None
                if link.trouble is not None and not await link.trouble.harm(link, b""):
                    return
            below.write(data)
            await below.drain()

    async def _pump_answers(self, link: Link, above: asyncio.StreamReader) -> None:
        while data := await above.read(65536):
            link.is_answering = True
            harm = link.trouble.harm if link.trouble else _pass_on
            if not await harm(link, data):
                return
