"""The servers of a run, each behind a rate limiter, all sharing one pool of connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.http.exchange import Request, Response, Send, Token
from crawler.http.limiter import Hold, RateLimiter
from crawler.model.clock import Clock
from crawler.model.errors import Throttled
from crawler.model.files import RepositoryFile, RepositoryPath
from crawler.model.settings import Settings
from crawler.model.values import Pause, RepositoryName
from crawler.sources import folder_of, hosts_of, open_server
from crawler.sources.addresses import addresses_of
from crawler.sources.base import Api, FetchFiles, Server, Terms
from crawler.sources.github.credentials import check_origin
from crawler.sources.limits import read_limit

if TYPE_CHECKING:
    from crawler.http.client import Http, Transport


class Services:
    """The servers of a run, each opened when it is first needed."""

    def __init__(self, terms: Terms, tokens: Mapping[str, Token]) -> None:
        """`terms` are for the server that the settings name, `tokens` for all hosts."""
        self._terms = terms
        self._tokens = tokens
        self._hosts = hosts_of(terms.settings)
        self._web = _Web(terms)
        self._servers: dict[tuple[str, str], Server] = {}
        self._home = self._server(self._hosts.home.source, terms.host)
        self.fetch_page = terms.conditional(self._web.send, None)
        """Makes an exchange with any other server."""

    def api(self, host: str, provider: str) -> Api:
        """The API of this name for the repositories of a host."""
        return self._server(folder_of(provider), host).api(provider)

    def _server(self, folder: str, host: str) -> Server:
        if (folder, host) not in self._servers:
            known = self._hosts.get(host)
            is_its_own = known is not None and known.source == folder
            token = self._tokens.get(host) if is_its_own else None
            terms = replace(self._terms, host=host, token=token)
            self._servers[folder, host] = open_server(folder, terms)
        return self._servers[folder, host]

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """The README of a repository, as `Server.fetch_readme`."""
        return await self._server_of(folder.repository).fetch_readme(folder, max_bytes)

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """A file of a repository, as `Server.fetch_file`."""
        return await self._server_of(place.repository).fetch_file(place, max_bytes)

    def batches(self, repository: RepositoryName) -> FetchFiles | None:
        """Fetches many of its files at once, as `Server.fetch_files`; None if not supported."""
        server = self._server_of(repository)
        # The server may have a different repository with the same name.
        is_foreign = server is self._home and repository.host != self._hosts.home.name
        return None if is_foreign else server.fetch_files

    def _server_of(self, repository: RepositoryName) -> Server:
        host = self._hosts.get(repository.host)
        if host is None or host.source == self._hosts.home.source:
            return self._home
        return self._server(host.source, host.name)

    @property
    def requests(self) -> int:
        """Requests of every kind sent so far."""
        servers = (server.limiter for server in self._servers.values())
        return sum(limiter.sent.total() for limiter in (*self._web.limiters, *servers))

    @property
    def rest_requests(self) -> int:
        """Requests sent so far to GitHub's REST API."""
        return self._home.limiter.sent["core"]

    @property
    def points(self) -> int:
        """Points of GitHub's quota that the answers have cost."""
        return self._home.points


class _Web:
    """Servers that only hold lists: they get no token, and a limit of one does not concern the
    others."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._limiters: dict[str, RateLimiter] = {}

    @property
    def limiters(self) -> Iterable[RateLimiter]:
        return self._limiters.values()

    async def send(self, request: Request) -> Response:
        if request.host not in self._limiters:
            self._limiters[request.host] = self._terms.limiter(_judge_page)
        return await self._limiters[request.host].send(request)


def _judge_page(request: Request, response: Response, now: datetime) -> Throttled | None:
    # Quota headers are GitHub's: elsewhere the status, a time or the text must tell of a limit.
    uncounted = {name: value for name, value in response.headers.items() if "ratelimit" not in name}
    limit = read_limit(response, now)
    is_limit = read_limit(replace(response, headers=uncounted), now) is not None
    if response.status == 200 or limit is None or not is_limit:
        return None
    return Throttled(f"{request.host} refuses more requests: {limit.message}", limit.until)


class _Connection:
    """The network; it loads its modules at the first request, since a dry run of local files needs
    none."""

    def __init__(self, transport: Transport | None) -> None:
        self._transport = transport
        self._http: Http | None = None
        self.open = AsyncExitStack()
        """Resources to close at the end."""

    async def send(self, request: Request) -> Response:
        if self._http is None:
            from crawler.http.client import Http

            self._http = await self.open.enter_async_context(Http(self._transport))
        return await self._http.send(request)


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    tokens: Mapping[str, Token],
    transport: Transport | None,
    clock: Clock,
    conditional: Callable[[Send, Token | None], Send],
    on_pause: Callable[[Pause | Hold | None], None] = lambda _: None,
) -> AsyncIterator[Services]:
    """The services, connected when the first request is made and closed at the end.

    `tokens` are by host: each is sent only to the servers of that host. `conditional` wraps a
    sender, for a token or None, so that it makes conditional requests.

    Raises: ConfigError if an address is invalid, or the token would be sent unencrypted.
    """
    home, addresses = hosts_of(settings).home.name, addresses_of(settings)
    token = tokens.get(home)
    check_origin(addresses.api_url, token)
    check_origin(addresses.graphql_url, token)
    check_origin(addresses.depsdev_url, None)
    connection = _Connection(transport)
    terms = Terms(
        settings=settings,
        host=home,
        token=token,
        clock=clock,
        send=connection.send,
        conditional=conditional,
        on_pause=on_pause,
    )
    async with connection.open:
        yield Services(terms, tokens)
