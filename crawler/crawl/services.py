"""What a run talks to: each server behind a rate limiter, all over one pool of connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from crawler.http.exchange import Request, Response, Send, Token
from crawler.http.limiter import RateLimiter
from crawler.http.windows import RequestWindow, ResponseTimeWindow
from crawler.model.clock import Clock
from crawler.model.durations import seconds
from crawler.model.errors import AttemptError, CredentialsError, ListError, RunError, Throttled
from crawler.model.settings import Settings, addresses_of
from crawler.model.values import Pause, RepositoryName
from crawler.sources.depsdev.client import DepsDev
from crawler.sources.depsdev.client import verdict as judge_depsdev
from crawler.sources.github.client import GitHub
from crawler.sources.github.credentials import check_origin
from crawler.sources.limits import Quota, read_quota, verdict

if TYPE_CHECKING:
    from crawler.http.client import Http, Transport

REST_REQUESTS_A_MINUTE: Final = 900
GRAPHQL_POINTS_A_MINUTE: Final = 2000
"""https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"""


@dataclass(frozen=True, slots=True)
class Services:
    """The clients of a run, and the rate limiters that they go through."""

    github: GitHub
    anonymous: GitHub
    """The same server without the token, for what the token may not see."""
    depsdev: DepsDev
    github_limiter: RateLimiter
    """For all that goes to GitHub, with and without the token."""
    depsdev_limiter: RateLimiter
    web_limiter: RateLimiter
    """For lists that are not on GitHub: no token, and no verdict that concerns GitHub."""
    fetch_page: Send
    """Through the rate limiter of the web."""
    quotas: dict[str, Quota] = field(default_factory=dict)
    """What GitHub said last of the quota of each resource."""

    async def fetch_readme(self, name: RepositoryName, folder: str, max_bytes: int) -> Response:
        """The README of a repository; without the token where its owner refuses that.

        Raises: as `GitHub.fetch_readme()`; ListError where another host has it.
        """
        if name.host != self.github.host:
            raise ListError(
                f"{name.url} is on {name.host}, and this run asks {self.github.host} alone: give "
                "the address of its Markdown source"
            )
        try:
            return await self.github.fetch_readme(name, folder, max_bytes)
        except (AttemptError, CredentialsError):
            raise
        except RunError as refused:
            if self.github.token is None:
                raise
            try:
                return await self.anonymous.fetch_readme(name, folder, max_bytes)
            except RunError:
                raise refused from None

    @property
    def requests(self) -> int:
        """Requests sent so far, of every kind."""
        limiters = (self.github_limiter, self.depsdev_limiter, self.web_limiter)
        return sum(limiter.sent.total() for limiter in limiters)

    @property
    def rest_requests(self) -> int:
        """Those that went to GitHub's REST API."""
        return self.github_limiter.sent["core"]


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    token: Token | None,
    transport: Transport | None,
    clock: Clock,
    conditional: Callable[[Send, Token | None], Send],
    on_pause: Callable[[Pause | None], None] = lambda _: None,
) -> AsyncIterator[Services]:
    """The services, connected when the first request is made and closed at the end.

    `conditional` makes a sender, for a token or none, one that asks only for what has changed.

    Raises: ConfigError where an address is none, or would carry the token in the clear.
    """
    addresses = addresses_of(settings)
    for url in (addresses.api_url, addresses.graphql_url):
        check_origin(url, token)
    check_origin(addresses.depsdev_url, None)
    quotas: dict[str, Quota] = {}

    answered: set[str] = set()

    def judge(request: Request, response: Response, now: datetime) -> RunError | None:
        if request.token is None and token is not None:
            return _judge_anonymous(response, now)
        if (quota := read_quota(response)) is not None:
            quotas[quota.resource] = quota
        refusal = verdict(response, token, now, is_proven=request.resource in answered)
        if refusal is None and response.status == 200:
            answered.add(request.resource)
        return refusal

    async with AsyncExitStack() as stack:
        http: Http | None = None

        async def send(request: Request) -> Response:
            nonlocal http
            if http is None:
                # Here, since a dry run of local files needs no connection and no httpx.
                from crawler.http.client import Http

                http = Http(transport)
                stack.push_async_exit(http)
            return await http.send(request)

        bounds: dict[str, Any] = {
            "concurrency": settings.concurrency,
            "timeout": seconds(settings.timeout),
            "clock": clock,
        }
        patience: dict[str, Any] = {"max_wait": seconds(settings.max_wait), "on_pause": on_pause}
        github_limiter = RateLimiter(
            send,
            verdict=judge,
            windows={
                "core": [RequestWindow(REST_REQUESTS_A_MINUTE)],
                "graphql": [
                    RequestWindow(GRAPHQL_POINTS_A_MINUTE),
                    ResponseTimeWindow(settings.response_seconds),
                ],
            },
            budget=settings.budget,
            **patience,
            **bounds,
        )
        depsdev_limiter = RateLimiter(
            send,
            verdict=lambda _, response, now: judge_depsdev(response, now),
            **patience,
            **bounds,
        )
        web_limiter = RateLimiter(send, **bounds)
        github = GitHub(
            send=conditional(github_limiter.send, token),
            api_url=addresses.api_url,
            graphql_url=addresses.graphql_url,
            token=token,
            include_private=settings.include_private,
            now=clock.now,
        )
        yield Services(
            github=github,
            anonymous=GitHub(
                send=conditional(github_limiter.send, None),
                api_url=addresses.api_url,
                graphql_url=addresses.graphql_url,
                token=None,
                now=clock.now,
            ),
            depsdev=DepsDev(
                send=depsdev_limiter.send, api_url=addresses.depsdev_url, now=clock.now
            ),
            github_limiter=github_limiter,
            depsdev_limiter=depsdev_limiter,
            web_limiter=web_limiter,
            fetch_page=conditional(web_limiter.send, None),
            quotas=quotas,
        )


def _judge_anonymous(response: Response, now: datetime) -> RunError | None:
    """The verdict on a request that was made without the token that there is."""
    refusal = verdict(response, None, now)
    if isinstance(refusal, Throttled) and response.headers.get("x-ratelimit-remaining") == "0":
        # The anonymous hour is used up: who has a token does not wait for the next.
        return Throttled(refusal.cause, refusal.until, is_waited_for=False)
    return refusal
