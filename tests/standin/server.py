"""The socket: aiohttp in a thread of its own, for asyncio tests and subprocesses alike."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from standin import depsdev, graphql, rest
from standin.faults import Fault, Hit
from standin.log import Exchange, Kind, Log
from standin.rest import Answer, json_answer, refusal
from standin.world import World

LOOPBACK = "127.0.0.1"
GHES_REST = "/api/v3"
GHES_GRAPHQL = "/api/graphql"
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


class StandIn:
    """A running GitHub, as a context manager.

    The world, the latency, `max_aliases` and the faults may be changed while it runs.
    """

    def __init__(self, world: World, latency: Latency | None = None) -> None:
        self.world = world
        self.latency = latency or Latency()
        self.max_aliases: int | None = None
        """Repositories of a query that are answered; the others exceed its resources."""
        self.faults: list[Fault] = []
        """The first that matches a request befalls it."""
        self.depsdev = depsdev.DepsDev()
        self.log = Log()
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="standin", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def api_url(self) -> str:
        """For `GITHUB_API_URL`."""
        return self.url

    @property
    def graphql_url(self) -> str:
        """For `GITHUB_GRAPHQL_URL`."""
        return f"{self.url}/graphql"

    @property
    def depsdev_url(self) -> str:
        """For `DEPSDEV_API_URL`."""
        return self.url

    @property
    def ghes_url(self) -> str:
        """For `GITHUB_API_URL`, as GitHub Enterprise Server has it."""
        return self.url + GHES_REST

    def __enter__(self) -> StandIn:
        graphql.schema()  # takes its time once, which is no part of any answer
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        manager = _Manager(self._handle, self.log)
        server = await self._loop.create_server(manager, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        # To aiohttp, 0 is no limit at all.
        await manager.shutdown(0.001)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, kind, names = _classify(request.rel_url.raw_path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        exchange = self.log.begin(kind, request.method, path, headers, time.monotonic())
        exchange.names = names
        status: int | None = None
        try:
            body = await request.read()
            # Those that came at the same moment are noted before the first is answered.
            await asyncio.sleep(0)
            answer = await self._act(request, exchange, body)
            status = answer.status if answer is not None else None
        except ConnectionError:
            answer = None  # whoever asked went away in the middle of it
        except Exception as error:
            self.log.problems.append(f"the stand-in broke: {error!r}")
            raise
        finally:
            # Before the answer leaves: a caller that then asks again is not counted twice.
            self.log.end(exchange, status, time.monotonic())
        if answer is None:
            return _Nothing()
        # The clock of its quotas is its only one.
        date = formatdate(self.world.core.clock(), usegmt=True)
        headers = {"date": date, **answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def _act(
        self, request: web.BaseRequest, exchange: Exchange, body: bytes
    ) -> Answer | None:
        query = _read_query(body) if exchange.kind == "graphql" else None
        if query is not None:
            exchange.aliases = graphql.aliases(*query)
            exchange.names = tuple(exchange.aliases.values())
        if exchange.kind == "depsdev":
            exchange.names = depsdev.names(body)
        # Every fault sees every request, so that their counts do not depend on one another.
        fault = next((each for each in [f for f in self.faults if f.befalls(exchange)]), None)

        async def proceed() -> Answer:
            answer, takes = self._answer(exchange, query, body)
            # Made first and then held back, so that its making is no part of the latency.
            await asyncio.sleep(exchange.arrived + takes - time.monotonic())
            return answer

        if fault is None:
            return await proceed()
        return await fault.action(Hit(request, exchange, proceed))

    def _answer(
        self, exchange: Exchange, query: tuple[str, dict[str, Any]] | None, body: bytes
    ) -> tuple[Answer, float]:
        """The true answer, and how many seconds it takes."""
        if exchange.kind == "graphql":
            takes = self.latency.query + self.latency.alias * len(exchange.aliases)
            return self._graphql(exchange, query), takes
        if exchange.kind == "depsdev":
            return self.depsdev.answer(self.world, self.log, exchange, body), self.latency.rest
        if exchange.kind == "file":
            return self._file(exchange), self.latency.rest
        return self._rest(exchange), self.latency.rest

    def _graphql(self, exchange: Exchange, query: tuple[str, dict[str, Any]] | None) -> Answer:
        if exchange.method != "POST":
            return refusal(404, "Not Found")
        if (early := self._turned_away(exchange)) is not None:
            return early
        if not exchange.authorized:
            return refusal(401, "This endpoint requires you to be authenticated.")
        if query is None:
            self.log.problems.append("a query that is no JSON")
            return refusal(400, "Problems parsing JSON")
        quota = self.world.graphql
        if not quota.spend():
            message = "API rate limit already exceeded for user ID 1."
            body: dict[str, Any] = {"errors": [{"type": "RATE_LIMITED", "message": message}]}
        else:
            body = graphql.answer(*query, graphql.Asker(self.world, self.max_aliases))
            self.log.problems.extend(graphql.unforeseen(body))
        return json_answer(200, body, quota.headers())

    def _rest(self, exchange: Exchange) -> Answer:
        if (early := self._turned_away(exchange)) is not None:
            return early
        authorized = exchange.authorized
        quota = self.world.core if authorized else self.world.anonymous
        accept = exchange.headers.get("accept", "*/*")
        true = self._rest_resource(exchange, accept)
        tag = rest.entity_tag(true, exchange.headers.get("authorization", ""), accept)
        unchanged = true.status == 200 and exchange.headers.get("if-none-match") == tag
        # A 304 is free only with a token.
        if not (unchanged and authorized) and not quota.spend():
            true = rest.primary_limit(authorized, LOOPBACK)
        elif unchanged:
            true = Answer(304)
        tagged = {"etag": tag} if true.status in (200, 304) else {}
        return Answer(true.status, true.body, {**true.headers, **quota.headers(), **tagged})

    def _rest_resource(self, exchange: Exchange, accept: str) -> Answer:
        if exchange.method != "GET" or exchange.kind == "other":
            return refusal(404, "Not Found")
        by_number = exchange.path.startswith("/repositories/")
        if by_number:
            number = exchange.path.split("/")[2]
            repository = self.world.numbered(int(number)) if number.isdecimal() else None
        else:
            repository = self.world.named(exchange.names[0])
        unseen = rest.unseen(repository, exchange.authorized)
        if unseen is not None or repository is None:
            return unseen or rest.not_found()
        tail = "".join(f"/{part}" for part in exchange.path.split("/")[3 if by_number else 4 :])
        if not by_number and repository.full_name.casefold() != exchange.names[0].casefold():
            return rest.moved(f"{self.api_url}/repositories/{repository.number}{tail}")
        if tail:
            folder = unquote(tail.removeprefix("/readme").removeprefix("/"))
            return rest.readme_answer(repository, folder, self.api_url, accept)
        return rest.repository_answer(repository, self.api_url, exchange.authorized)

    def _file(self, exchange: Exchange) -> Answer:
        file = self.world.files.get(exchange.path.removeprefix(FILES))
        if file is None:
            return Answer(404, b"no such file")
        tag = file.headers.get("etag")
        if tag is not None and exchange.headers.get("if-none-match") == tag:
            return Answer(304, headers={"etag": tag})
        return Answer(file.status, file.body, file.headers)

    def _turned_away(self, exchange: Exchange) -> Answer | None:
        """The refusals that come before anything is looked at."""
        if not exchange.headers.get("user-agent"):
            self.log.problems.append("a request without User-Agent")
            return Answer(403, b"Request forbidden by administrative rules.")
        if exchange.authorized:
            _, _, token = exchange.headers["authorization"].partition(" ")
            if token not in self.world.tokens:
                return refusal(401, "Bad credentials")
        return None


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


def _classify(raw_path: str) -> tuple[str, Kind, tuple[str, ...]]:
    """A request's path without GitHub Enterprise Server's prefix, its kind and its repository."""
    path = "/graphql" if raw_path == GHES_GRAPHQL else raw_path.removeprefix(GHES_REST)
    if path == depsdev.PATH:
        return path, "depsdev", ()
    match [unquote(segment) for segment in path.split("/")[1:]]:
        case ["graphql"]:
            return path, "graphql", ()
        case ["files", *_]:
            return path, "file", ()
        case ["repos", owner, name]:
            return path, "repository", (f"{owner}/{name}",)
        case ["repos", owner, name, "readme", *_]:
            return path, "readme", (f"{owner}/{name}",)
        case ["repositories", _]:
            return path, "repository", ()
        case ["repositories", _, "readme", *_]:
            return path, "readme", ()
    return path, "other", ()


def _read_query(body: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        value = json.loads(body)
        return str(value["query"]), dict(value.get("variables") or {})
    except (ValueError, TypeError, KeyError):
        return None
