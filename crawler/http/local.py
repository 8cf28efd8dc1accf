"""A server inside the process that replaces the network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from crawler.http.exchange import Request, Response


class LocalTransport(httpx.AsyncBaseTransport):
    """Passes each request to `answer`, and its response to the client."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        """`answer` finds the token, if one was sent, in the header `authorization`; header names
        are in lower case."""
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        asked = Request(
            request.method, str(request.url), dict(request.headers), body=await request.aread()
        )
        response = await self._answer(asked)
        return httpx.Response(response.status, headers=response.headers, content=response.body)
