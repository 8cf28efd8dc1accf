"""The interface of a server, which answers questions about the repositories of a host.

Each folder beside this module has a module `server` with the function `open_server(terms)`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol

from crawler.http.exchange import Send, Token
from crawler.http.limiter import Hold, RateLimiter, Verdict
from crawler.model.clock import Clock
from crawler.model.durations import seconds
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.frozen import frozen
from crawler.model.settings import Settings
from crawler.model.values import Answer, Pause, RepositoryName, StarHistory

if TYPE_CHECKING:
    from crawler.sources.limits import Quota

Ask = Callable[[Sequence[RepositoryName]], Awaitable[list[Answer]]]
"""One attempt to fetch some repositories, without retries; the answers are in their order.

Raises: AttemptError if another attempt may succeed; RunError if the run cannot go on.
"""


FetchFiles = Callable[[Sequence[RepositoryPath], int], Awaitable[Sequence[RepositoryFile | NoFile]]]
"""One attempt to fetch some files of one repository unrendered, with a limit on their total
bytes; the answers are in their order.

Raises: AttemptError; RunError if another attempt would fail, too.
"""

FILES_AT_ONCE: Final = 20
"""Most files in one such request."""


@frozen(kw_only=True)
class Terms:
    """What a run passes to its servers."""

    settings: Settings
    host: str
    """The host whose repositories to ask for."""
    token: Token | None
    """The token for that host; it is never sent to anybody else's server."""
    clock: Clock
    send: Send
    """Makes an exchange at once."""
    conditional: Callable[[Send, Token | None], Send]
    """Wraps a sender, for a token or None, so that it makes conditional requests."""
    on_pause: Callable[[Pause | Hold | None], None]

    def limiter(self, verdict: Verdict, **options: Any) -> RateLimiter:
        """A rate limiter with the limits of the run; `options` are those of `RateLimiter`."""
        return RateLimiter(
            self.send,
            verdict=verdict,
            concurrency=self.settings.concurrency,
            timeout=seconds(self.settings.timeout),
            max_wait=seconds(self.settings.max_wait),
            clock=self.clock,
            on_pause=self.on_pause,
            **options,
        )


@frozen(kw_only=True)
class HistoryWanted:
    """A star history to fetch."""

    name: RepositoryName
    id: int | None = None
    """The repository's number on the host, if known."""
    stars: int | None = None
    """Its stars at the last reading; None: take the total of the whole history."""
    read_on: date | None = None
    """The day of that reading, if it was not today."""
    since: date | None = None
    """The first day to fetch; None: from the beginning."""


TellHistory = Callable[[HistoryWanted], Awaitable[StarHistory]]
"""One attempt to fetch a star history. If a limit is used up, it waits only if the whole history
is requested.

Raises: AttemptError if another attempt may succeed; RunError if there is none.
"""


@frozen(kw_only=True)
class Api:
    """One API of a server for fetching repositories."""

    provider: str
    """Its name in rows and reports, which tells what it cannot know."""
    title: str
    """Its name in sentences."""
    ask: Ask
    smallest_batch: int
    """Preferred number of names per request."""
    largest_batch: int
    """Most names that `ask` takes; 1: each name needs its own request."""
    ask_details: Ask | None = None
    """Like `ask`, but with the `Details`; None: not supported."""
    ask_otherwise: Ask | None = None
    """Asks for one name that `ask` has no permission for."""
    quota: Callable[[], Quota | None] = lambda: None
    """The quota that the server last reported."""
    peek: Ask | None = None
    """Like `ask` for one name, but does not wait for a used-up limit; None: not supported."""
    tell_history: TellHistory | None = None
    """Fetches the star history of a repository; None: not supported."""
    history_quota: Callable[[], Quota | None] = lambda: None
    """Like `quota`, for star histories."""
    caution: Callable[[int], str | None] = lambda _: None
    """A warning for the user before so many repositories are fetched, if there is one."""


class Server(Protocol):
    """A server that a run uses."""

    limiter: RateLimiter
    """For all requests to it."""
    fetch_files: FetchFiles | None
    """Fetches many files at once; None if each file is read from its own address."""

    @property
    def points(self) -> int:
        """The points of a quota that its answers have cost."""
        ...

    def api(self, provider: str) -> Api:
        """The API of this name."""
        ...

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """The README in a folder of a repository, rendered by the host unless its source can be
        parsed; None if there is none.

        Raises: AttemptError; RunError if another attempt would fail, too.
        """
        ...

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """A file of a repository, likewise.

        Raises: as `fetch_readme`; ListError if it is a folder.
        """
        ...
