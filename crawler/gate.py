"""The one gate that every request to an API goes through."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from crawler.errors import BrokenAnswer, RunError
from crawler.exchange import Request, Response, Send
from crawler.log import logger

Verdict = Callable[[Response], RunError | None]
"""What a response means for all that follow it; None: nothing."""


class Gate:
    """Bounds how many requests are in flight and how long each may take, and closes for good
    when a response says that no further one has a chance.

    A place is held around one HTTP request and never around a batch or a
    back-off: a batch that held one while its parts want theirs would hang.
    """

    def __init__(
        self,
        send: Send,
        *,
        concurrency: int,
        timeout: float,
        verdict: Verdict = lambda _: None,
    ) -> None:
        """`timeout` is in seconds and covers one request to the last byte of its answer."""
        self._send = send
        self._places = asyncio.Semaphore(concurrency)
        self._timeout = timeout
        self._verdict = verdict
        self._closed: RunError | None = None
        self.sent: Counter[str] = Counter()
        """How many requests were sent on each `Request.resource`."""

    async def send(self, request: Request) -> Response:
        """Wait for a place and make the exchange.

        Raises: AttemptError; and, without sending, the verdict that closed the gate.
        """
        async with self._places:
            self._check_open()
            self.sent[request.resource] += 1
            try:
                async with asyncio.timeout(self._timeout):
                    response = await self._send(request)
            except TimeoutError:
                raise BrokenAnswer(
                    f"{request.host} did not answer in full within {self._timeout:g} s"
                ) from None
            logger.debug("{} {}: status {}", request.method, request.url, response.status)
            refusal = self._verdict(response)
            if refusal is not None:
                # Before the place is given up, so that whoever gets it next knows.
                self._closed = self._closed or refusal
                raise refusal
            return response

    def _check_open(self) -> None:
        if self._closed is not None:
            # The same error is raised many times; each would add to its traceback.
            raise self._closed.with_traceback(None)
