"""Conditional requests: an unchanged answer is reused and costs no quota.

https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from crawler.http.exchange import CachedResponse, Request, Response, Send
from crawler.model.addresses import bare
from crawler.model.frozen import frozen

NOT_MODIFIED: Final = 304


@frozen
class Conditional:
    """Makes exchanges and keeps the answers that their requests allow to be kept."""

    send_on: Send
    load: Callable[[Request], Awaitable[CachedResponse | None]]
    save: Callable[[Request, CachedResponse], object]

    async def send(self, request: Request) -> Response:
        """Make the exchange; if the answer has not changed, return the kept one.

        An address with a query, fragment or user information is not kept, since it may contain a
        secret; the query of an API is an exception, since it names a branch.

        Raises: AttemptError.
        """
        keep = request.keep
        address = request.url if request.resource == "web" else request.url.partition("?")[0]
        if keep is None or bare(address) != address:
            return await self.send_on(request)
        saved = await self.load(request)
        if saved is not None and not saved.etag.isascii():
            saved = None  # a request can have no such header
        if saved is not None:
            request = replace(request, headers={**request.headers, "If-None-Match": saved.etag})
        response = await self.send_on(request)
        if saved is not None and response.status == NOT_MODIFIED:
            return replace(response, status=200, body=saved.body)
        etag = response.headers.get("etag")
        if response.status == 200 and etag and keep(response):
            self.save(request, CachedResponse(etag, response.body))
        return response
