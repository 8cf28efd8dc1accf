"""One HTTP exchange as values, so that only `crawler.http.client` knows the HTTP library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Final
from urllib.parse import urlsplit

from crawler.model.addresses import bare
from crawler.model.frozen import frozen

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""Largest body to read, after decompression, unless a request sets another limit; a batch of
50 answers has some 40 kB."""

PASSING_STATUSES: Final = frozenset({408, 421, 425})
"""Client errors that are temporary: they concern the connection or the rate.
https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx"""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts to which a token may be sent over plain http: it does not leave the machine."""


class Token(str):
    """A GitHub token that is hidden in reprs, and so in tracebacks and logs."""

    __slots__ = ("found_in",)
    found_in: str
    """Where it was found, such as `GH_TOKEN`; for messages."""

    def __new__(cls, value: str, found_in: str = "the caller") -> Token:
        token = super().__new__(cls, value)
        token.found_in = found_in
        return token

    def __repr__(self) -> str:
        return f"<token from {self.found_in}>"


def hidden(token: str) -> Token:
    """A token, stripped of white space, that is hidden in reprs."""
    return token if isinstance(token, Token) else Token(token.strip())


@frozen
class Request:
    """A request to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    token: Token | None = None
    """Sent as a bearer token; kept apart from the headers so that no repr shows it."""
    body: bytes | None = None
    resource: str = "web"
    """The quota that it counts against: GitHub's `core` (REST) or `graphql`; `web` elsewhere."""
    max_bytes: int = MAX_ANSWER_BYTES
    """Largest body of the answer, after decompression."""
    keep: Callable[[Response], bool] | None = None
    """Tells whether an answer may be kept for conditional requests; None: never."""
    is_optional: bool = False
    """Whether to give up if a limit is used up or the server is slow, instead of waiting."""

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(bare(self.url)).netloc


@frozen
class Response:
    """A complete response."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    url: str
    """The URL that was requested."""

    @property
    def is_passing(self) -> bool:
        """Whether the status says that another attempt may succeed."""
        return self.status >= 500 or self.status in PASSING_STATUSES


@frozen
class CachedResponse:
    """An answer that was kept."""

    etag: str
    """As the server wrote it. https://www.rfc-editor.org/rfc/rfc9110#field.etag"""
    body: bytes


Send = Callable[[Request], Awaitable[Response]]
"""Makes one exchange. Raises `AttemptError` if there is no complete response."""
