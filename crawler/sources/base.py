"""What a source is: who answers about the repositories of a host.

Each folder beside this module has a module `server` with the function `open_server(terms)`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol

from crawler.http.exchange import Send, Token
from crawler.http.limiter import Hold, RateLimiter, Verdict
from crawler.model.clock import Clock
from crawler.model.durations import seconds
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.settings import Settings
from crawler.model.values import Answer, Pause, RepositoryName, StarHistory

if TYPE_CHECKING:
    from crawler.sources.limits import Quota

Ask = Callable[[Sequence[RepositoryName]], Awaitable[list[Answer]]]
"""One attempt to ask for some repositories, with no retries of its own; answers in their order.

Raises: AttemptError where another attempt may succeed; RunError where the run cannot go on.
"""


FetchFiles = Callable[[Sequence[RepositoryPath], int], Awaitable[Sequence[RepositoryFile | NoFile]]]
"""One attempt to ask for some files of one repository as they are, and for so many bytes in all;
answers in their order.

Raises: AttemptError; RunError where there will be none.
"""

FILES_AT_ONCE: Final = 20
"""Files that one such request asks for at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a run gives to the servers that it asks."""

    settings: Settings
    host: str
    """Whose repositories the server is asked about."""
    token: Token | None
    """The one for that host, which a server of somebody else is never given."""
    clock: Clock
    send: Send
    """Makes an exchange at once."""
    conditional: Callable[[Send, Token | None], Send]
    """Makes of a sender, for a token or none, one that asks only for what has changed."""
    on_pause: Callable[[Pause | Hold | None], None]

    def limiter(self, verdict: Verdict, **options: Any) -> RateLimiter:
        """A rate limiter with the bounds of the run; `options` are those of `RateLimiter`."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWanted:
    """The star history of a repository that is to be asked for."""

    name: RepositoryName
    id: int | None = None
    """The host's number of it, where it is known."""
    stars: int | None = None
    """How many it had when that was read; None: all that its whole history tells."""
    read_on: date | None = None
    """The day on which its stars were read, where that was not today."""
    since: date | None = None
    """The first day that is wanted; None: all from the first on."""


TellHistory = Callable[[HistoryWanted], Awaitable[StarHistory]]
"""One attempt to ask for a star history; a limit that is used up is not waited for, unless all of
it is wanted.

Raises: AttemptError where another attempt may succeed; RunError where there is none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to ask a server about repositories."""

    provider: str
    """Its name in rows and reports, which says what it cannot know."""
    title: str
    """Its name in sentences."""
    ask: Ask
    smallest_batch: int
    """Names that are asked for at once where there are enough of them."""
    largest_batch: int
    """Names that `ask` takes at the most; 1: each is asked for by itself."""
    ask_details: Ask | None = None
    """As `ask`, with the `Details`; None: it cannot tell them."""
    ask_otherwise: Ask | None = None
    """Asks for one name that `ask` is forbidden to tell of."""
    quota: Callable[[], Quota | None] = lambda: None
    """What the server said last about what may still be asked."""
    peek: Ask | None = None
    """As `ask`, for one name; a limit that is used up is not waited for. None: it cannot."""
    tell_history: TellHistory | None = None
    """Asks for how the stars of a repository came; None: the host does not tell."""
    history_quota: Callable[[], Quota | None] = lambda: None
    """As `quota`, of star histories."""
    caution: Callable[[int], str | None] = lambda _: None
    """What a user has to know before so many repositories are asked for."""


class Server(Protocol):
    """A server that a run talks to."""

    limiter: RateLimiter
    """For all that is sent to it."""
    fetch_files: FetchFiles | None
    """Asks for many files at once; None where each is read from its own address."""

    @property
    def points(self) -> int:
        """What its answers have cost of a quota that is counted in points."""
        ...

    def source(self, provider: str) -> Source:
        """The source of this name."""
        ...

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """The README in a folder of a repository, rendered if it is in no format that is read as
        it is; None where there is none.

        Raises: AttemptError; RunError where there will be none.
        """
        ...

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """A file of a repository, in the same way.

        Raises: as `fetch_readme`; ListError where it is a folder.
        """
        ...
