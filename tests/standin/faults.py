"""What goes wrong: a fault is something to do, on which requests, and how often.

    github.faults.append(Fault(reset(), kind="graphql", skip=2, times=1))

breaks the connection of the third query. An action gets the request and a way to
proceed to the true answer; it may wait, change that answer, or send none.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from aiohttp import web

from crawler.cli.demo.github import json_answer, refusal
from crawler.http.exchange import Response
from standin.log import Exchange, Kind

Proceed = Callable[[], Awaitable[Response]]

RESOURCE_LIMITS = "RESOURCE_LIMITS_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that a fault befalls."""

    connection: web.BaseRequest | None
    """None: it came in the process."""
    exchange: Exchange
    proceed: Proceed
    """Gives the true answer."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Makes the client wait this many seconds for the answer."""


Action = Callable[[Hit], Awaitable[Response | None]]
"""Gives the answer to send; None if it sent what is to be sent: the connection is closed."""


@dataclass(slots=True)
class Fault:
    """An action with the requests it befalls. All that is given must match."""

    action: Action
    kind: Kind | None = None
    repository: str | None = None
    """`owner/name` asked about, alone or in a batch; case does not count."""
    authorized: bool | None = None
    """Whether the request carries a token."""
    skip: int = 0
    """Matching requests that are let through first."""
    times: int | None = 1
    """Matching requests that are hit after those; None: all."""
    hits: int = field(default=0, init=False)
    """How many it has hit."""
    _seen: int = field(default=0, init=False)

    def befalls(self, exchange: Exchange) -> bool:
        """Whether it hits this request; counts those that match."""
        if not self._matches(exchange):
            return False
        self._seen += 1
        after = self._seen - self.skip
        if after <= 0 or (self.times is not None and after > self.times):
            return False
        self.hits += 1
        return True

    def _matches(self, exchange: Exchange) -> bool:
        names = [name.casefold() for name in exchange.names]
        return (
            self.kind in (None, exchange.kind)
            and self.authorized in (None, exchange.authorized)
            and (self.repository is None or self.repository.casefold() in names)
        )


class Gate:
    """A door that requests wait behind until a test opens it, from any thread."""

    def __init__(self) -> None:
        self._open: Future[None] = Future()

    def open(self) -> None:
        """Let all through, now and later."""
        if not self._open.done():
            self._open.set_result(None)

    async def passed(self) -> None:
        """Wait until it is open."""
        await asyncio.shield(asyncio.wrap_future(self._open))


def hold(gate: Gate) -> Action:
    """The true answer, once `gate` is open."""

    async def act(hit: Hit) -> Response:
        await gate.passed()
        return await hit.proceed()

    return act


def noting(note: Callable[[], object], action: Action | None = None) -> Action:
    """Call `note`, and then do `action`; without one, give the true answer."""

    async def act(hit: Hit) -> Response | None:
        note()
        return await (action(hit) if action else hit.proceed())

    return act


def raising(error: Exception) -> Action:
    """The transport fails so; for a run in the process."""

    async def act(_hit: Hit) -> Response:
        raise error

    return act


def respond(
    status: int, body: bytes | str | object = b"", headers: Mapping[str, str] | None = None
) -> Action:
    """Another answer in place of the true one; what is neither text nor bytes is sent as JSON."""
    if not isinstance(body, bytes | str):
        made = json_answer(status, body, headers)
    else:
        raw = body.encode() if isinstance(body, str) else body
        kind = {"content-type": "application/json; charset=utf-8"}
        made = Response(status, {**kind, **(headers or {})}, raw, "")

    async def act(_hit: Hit) -> Response:
        return made

    return act


def contents(text: str, path: str = "README.md") -> Action:
    """A file as REST has it."""
    content = b64encode(text.encode()).decode()
    said = {"path": path, "encoding": "base64", "size": len(text.encode()), "content": content}
    return respond(200, said)


def refuse(status: int, message: str) -> Action:
    """GitHub's own refusal."""
    made = refusal(status, message)

    async def act(_hit: Hit) -> Response:
        return made

    return act


def html(status: int = 502) -> Action:
    """The page that GitHub's front sends where there should be JSON."""
    page = "<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head></html>"
    return respond(status, page, {"content-type": "text/html; charset=utf-8"})


def server_error(status: int = 502) -> Action:
    """A query that took too long, in GitHub's JSON."""
    message = (
        "Something went wrong while executing your query. This may be the result of a timeout, "
        "or it could be a GitHub bug. Please include `0000:0000` when reporting this issue."
    )
    return respond(status, {"data": None, "errors": [{"message": message}]})


def invalid_json(status: int = 200) -> Action:
    """A body that is no JSON, though its header says so."""
    return respond(status, '{"data": {"r0": {')


@cache
def gzip_bomb(size: int) -> Action:
    """A small body that inflates to `size` bytes."""
    return respond(200, gzip.compress(bytes(size)), {"content-encoding": "gzip"})


def secondary_limit(status: int = 403, retry_after: int | None = None) -> Action:
    """Too much at once; says how long to wait only where `retry_after` is given."""
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    made = refusal(status, message)
    wait = {} if retry_after is None else {"retry-after": str(retry_after)}

    async def act(_hit: Hit) -> Response:
        return replace(made, headers={**made.headers, **wait})

    return act


def with_headers(headers: Mapping[str, str]) -> Action:
    """The true answer with other headers."""

    async def act(hit: Hit) -> Response:
        true = await hit.proceed()
        return replace(true, headers={**true.headers, **headers})

    return act


def rewrite(change: Callable[[dict[str, Any], Exchange], None]) -> Action:
    """The true JSON answer after `change` altered it in place."""

    async def act(hit: Hit) -> Response:
        true = await hit.proceed()
        value = json.loads(true.body)
        change(value, hit.exchange)
        return replace(true, body=json.dumps(value).encode())

    return act


def nullify(
    *names: str,
    type_: str | None = None,
    message: str = "Something went wrong.",
    extensions: Mapping[str, Any] | None = None,
) -> Action:
    """The aliases of these repositories (of all, where none is named) are null.

    `type_` adds the error that explains it; without one the null stands alone.
    """
    keys = {name.casefold() for name in names}

    def change(value: dict[str, Any], exchange: Exchange) -> None:
        for alias, name in exchange.aliases.items():
            if not keys or name.casefold() in keys:
                _nullify(value, alias, type_, message, extensions)

    return rewrite(change)


def _nullify(
    value: dict[str, Any],
    alias: str,
    type_: str | None,
    message: str,
    extensions: Mapping[str, Any] | None = None,
) -> None:
    if "data" not in value:  # the query as a whole is refused
        return
    value["data"][alias] = None
    errors = [error for error in value.pop("errors", ()) if error.get("path") != [alias]]
    if type_:
        more = {"extensions": dict(extensions)} if extensions else {}
        errors.append({"type": type_, "path": [alias], "message": message, **more})
    if errors:
        value["errors"] = errors


TOO_MUCH = "Resource limits for this query exceeded."


def resources_exceeded(*names: str) -> Action:
    """These aliases, or all, were too much for one query."""
    return nullify(*names, type_=RESOURCE_LIMITS, message=TOO_MUCH)


def leave_only(count: int, true: Response, exchange: Exchange) -> Response:
    """The true answer of a query whose aliases from the `count`th on were too much."""
    value = json.loads(true.body)
    for alias in list(exchange.aliases)[count:]:
        _nullify(value, alias, RESOURCE_LIMITS, TOO_MUCH)
    return replace(true, body=json.dumps(value).encode())


def cut_off(after: int) -> Action:
    """The true answer's first bytes, then the connection closes; in the process, only that."""
    return _send(lambda body: [body[:after]])


def drip(seconds: float, size: int = 1) -> Action:
    """The true answer, `size` bytes at a time with `seconds` between."""
    return _send(
        lambda body: [body[start : start + size] for start in range(0, len(body), size)], seconds
    )


def _send(pieces_of: Callable[[bytes], list[bytes]], seconds: float = 0.0) -> Action:
    async def act(hit: Hit) -> None:
        true = await hit.proceed()
        if hit.connection is None:
            return
        stream = web.StreamResponse(status=true.status, headers=dict(true.headers))
        stream.content_length = len(true.body)
        await stream.prepare(hit.connection)
        for piece in pieces_of(true.body):
            await stream.write(piece)
            await hit.sleep(seconds)

    return act


def reset() -> Action:
    """The connection is reset without a byte of an answer."""

    async def act(hit: Hit) -> None:
        if hit.connection is not None and (transport := hit.connection.transport) is not None:
            linger = struct.pack("ii", 1, 0)
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()

    return act


def hang_up() -> Action:
    """The connection closes in good order without a byte, as a stale keep-alive one does."""

    async def act(_hit: Hit) -> None:
        return None

    return act


def stall() -> Action:
    """Nothing ever comes."""

    async def act(hit: Hit) -> Response | None:
        await hit.sleep(3600.0)
        return await hold(Gate())(hit)

    return act
