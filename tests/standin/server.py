"""A GitHub for tests: the demonstration's, with faults, latency, a log, deps.dev and files.

It is asked on a socket, for asyncio tests and subprocesses alike, or in the process.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from urllib.parse import urlsplit

import httpx
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from crawler.cli.demo.github import answer, json_answer, read
from crawler.cli.demo.world import World
from crawler.http.exchange import Request, Response
from crawler.http.local import LocalTransport
from standin import depsdev
from standin.faults import Fault, Hit, leave_only
from standin.log import Exchange, Kind, Log
from standin.schema import objections
from standin.threads import Threaded

GHES_REST = "/api/v3"
FILES = "/files/"


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers take, in seconds."""

    rest: float = 0.0
    """Each REST request and each file."""
    query: float = 0.0
    """Each query, whatever its size."""
    alias: float = 0.0
    """Each repository of a query, on top."""


@dataclass(frozen=True, slots=True)
class File:
    """Something served under `/files/`, whatever the host."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class StandIn(Threaded):
    """A GitHub; on a socket as long as it is entered as a context manager.

    The world, the latency, `max_aliases`, the files and the faults may be changed while it runs.
    """

    def __init__(self, world: World, latency: Latency | None = None) -> None:
        super().__init__()
        self.world = world
        self.latency = latency or Latency()
        self.max_aliases: int | None = None
        """Repositories of a query that are answered; the others exceed its resources."""
        self.faults: list[Fault] = []
        """The first that matches a request befalls it."""
        self.files: dict[str, File] = {}
        """What `/files/NAME` serves."""
        self.depsdev = depsdev.DepsDev()
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        """Lets time pass for a caller, while a fault holds an answer back."""
        self.log = Log()
        self.local = Local(self)
        """In the place of the network, for a run in this process."""

    @property
    def url(self) -> str:
        """Where it listens: for `GITHUB_API_URL` and `DEPSDEV_API_URL`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def graphql_url(self) -> str:
        """For `GITHUB_GRAPHQL_URL`."""
        return f"{self.url}/graphql"

    @property
    def ghes_url(self) -> str:
        """For `GITHUB_API_URL`, as GitHub Enterprise Server has it."""
        return self.url + GHES_REST

    async def respond(
        self, request: Request, connection: web.BaseRequest | None = None
    ) -> Response | None:
        """The answer, as faults and latency will have it; None if none comes."""
        exchange = self._begin(request)
        said: Response | None = None
        try:
            # Those that came at the same moment are noted before the first is answered.
            await asyncio.sleep(0)
            # Every fault sees every request, so that their counts do not depend on one another.
            hits = [each for each in self.faults if each.befalls(exchange)]

            async def proceed() -> Response:
                true = self._answer(request, exchange)
                # Made first and then held back, so that its making is no part of the latency.
                left = exchange.arrived + self._latency_of(exchange) - time.monotonic()
                if left > 0:
                    await asyncio.sleep(left)
                return true

            hit = Hit(connection, exchange, proceed, self.sleep)
            said = await (hits[0].action(hit) if hits else proceed())
        finally:
            # Before the answer leaves: a caller that then asks again is not counted twice.
            self.log.end(exchange, said.status if said else None, time.monotonic())
        # The clock of its quotas is its only one.
        date = {"date": formatdate(self.world.now(), usegmt=True)}
        return said and replace(said, headers={**date, **said.headers})

    def _begin(self, request: Request) -> Exchange:
        path = urlsplit(request.url).path
        question = read(request)
        kind: Kind = question.kind
        names = question.names
        if path == depsdev.PATH:
            kind, names = "depsdev", depsdev.names(request.body or b"")
        elif path.startswith(FILES):
            kind = "file"
        return self.log.begin(
            Exchange(
                kind=kind,
                method=request.method,
                url=request.url,
                path=path.removeprefix(GHES_REST),
                headers=request.headers,
                arrived=time.monotonic(),
                names=names,
                aliases=question.aliases,
            )
        )

    def _latency_of(self, exchange: Exchange) -> float:
        if exchange.kind == "graphql":
            return self.latency.query + self.latency.alias * len(exchange.aliases)
        return self.latency.rest

    def _answer(self, request: Request, exchange: Exchange) -> Response:
        """The true answer; what no caller should do goes to the log's problems."""
        if not request.headers.get("user-agent"):
            self.log.problems.append("a request without User-Agent")
        if exchange.kind == "depsdev":
            return self.depsdev.answer(self.world, self.log, exchange, request.body or b"")
        if exchange.kind == "file":
            return self._answer_file(exchange)
        if exchange.kind == "graphql" and exchange.authorized:
            problems = _objections(request.body or b"")
            self.log.problems.extend(problems)
            if problems:
                return json_answer(200, {"errors": [{"message": each} for each in problems]})
        true = answer(self.world, request)
        if self.max_aliases is not None and exchange.kind == "graphql":
            true = leave_only(self.max_aliases, true, exchange)
        return true

    def _answer_file(self, exchange: Exchange) -> Response:
        file = self.files.get(exchange.path.removeprefix(FILES))
        if file is None:
            return Response(404, {}, b"no such file", exchange.url)
        tag = file.headers.get("etag")
        if tag is not None and exchange.headers.get("if-none-match") == tag:
            return Response(304, {"etag": tag}, b"", exchange.url)
        return Response(file.status, file.headers, file.body, exchange.url)

    async def serve(self, stop: asyncio.Event, started: Callable[[int], None]) -> None:
        """Listen until `stop`."""
        manager = _Manager(self._handle, self.log)
        server = await asyncio.get_running_loop().create_server(manager, "127.0.0.1", 0)
        started(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        # To aiohttp, 0 is no limit at all.
        await manager.shutdown(0.001)

    async def _handle(self, connection: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in connection.headers.items()}
        url = self.url + connection.rel_url.raw_path_qs
        try:
            body = await connection.read()
            request = Request(connection.method, url, headers, body=body)
            said = await self.respond(request, connection)
        except ConnectionError:
            said = None  # the client went away in the middle of it
        except Exception as error:
            self.log.problems.append(f"the stand-in broke: {error!r}")
            raise
        if said is None:
            return _Nothing()
        return web.Response(status=said.status, body=said.body, headers=dict(said.headers))


class Local(LocalTransport):
    """A stand-in in the place of the network; it sees whether it is closed."""

    def __init__(self, github: StandIn) -> None:
        super().__init__(self._respond)
        self._github = github
        self.closed = 0
        """How often."""

    async def aclose(self) -> None:
        """Note that the client is done."""
        self.closed += 1

    async def _respond(self, request: Request) -> Response:
        said = await self._github.respond(request)
        if said is None:
            raise httpx.ReadError("the connection was closed")
        return said


class _Nothing(web.StreamResponse):
    """No (further) byte: the connection is closed instead."""

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError


class _Manager(web.Server):
    """Counts the open sockets."""

    def __init__(self, handler: Callable[..., Awaitable[web.StreamResponse]], log: Log) -> None:
        super().__init__(handler, handler_cancellation=True, access_log=None)
        self._log = log

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._log.connected(1)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._log.connected(-1)


def _objections(body: bytes) -> tuple[str, ...]:
    try:
        return objections(str(json.loads(body)["query"]))
    except (ValueError, TypeError, KeyError):
        return ("a query that is no JSON",)
