"""GitHub's server in a run: its APIs, its limits, and what works without a token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from crawler.http.exchange import Request, Response
from crawler.http.windows import RequestWindow, ResponseTimeWindow
from crawler.model.errors import (
    AttemptError,
    CredentialsError,
    ListError,
    RunError,
    Throttled,
    TooLarge,
)
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.values import Provider
from crawler.sources.addresses import addresses_of
from crawler.sources.base import Api, FetchFiles, Terms
from crawler.sources.github import files
from crawler.sources.github.client import GitHub
from crawler.sources.github.history import fetch_history
from crawler.sources.github.stargazers import is_history
from crawler.sources.limits import Quota, read_quota, verdict

REST_REQUESTS_A_MINUTE: Final = 900
GRAPHQL_POINTS_A_MINUTE: Final = 2000
"""https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"""

SMALLEST_BATCH: Final = 20
"""Least repositories in a query; smaller queries cost more points than the time they save."""

LARGEST_BATCH: Final = 50
"""Most repositories in a query; larger ones are slow and sometimes refused."""

ANONYMOUS_REQUESTS: Final = 60
"""REST requests an hour that GitHub answers without a token.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""


ANONYMOUS_SPARE: Final = 30
ANONYMOUS_RESERVE: Final = 10
"""How many of these one run may spend on optional requests, and how many it leaves for reading
lists."""


class GitHubServer:
    """The server of the settings, by GraphQL and by REST."""

    def __init__(self, terms: Terms) -> None:
        settings, addresses = terms.settings, addresses_of(terms.settings)
        self._token = terms.token
        self._quotas: dict[str, Quota] = {}
        self._answered: set[str] = set()
        self.limiter = terms.limiter(
            self._judge,
            windows={
                "core": [RequestWindow(REST_REQUESTS_A_MINUTE)],
                "graphql": [
                    RequestWindow(GRAPHQL_POINTS_A_MINUTE),
                    ResponseTimeWindow(settings.response_seconds),
                ],
            },
            budget=settings.budget,
        )
        self._client, self._anonymous = (
            GitHub(
                send=terms.conditional(self.limiter.send, token),
                api_url=addresses.api_url,
                graphql_url=addresses.graphql_url,
                token=token,
                include_private=settings.include_private,
                now=terms.clock.now,
                spare=ANONYMOUS_SPARE if terms.token is None else math.inf,
            )
            for token in (terms.token, None)
        )
        self.fetch_files: FetchFiles | None = None if terms.token is None else self._fetch_files

    @property
    def points(self) -> int:
        """As `Server.points`."""
        return self._client.points

    def api(self, provider: str) -> Api:
        """As `Server.api`."""
        by_query = provider == Provider.GRAPHQL
        return Api(
            provider=provider,
            title="GitHub",
            ask=self._client.ask_batch if by_query else self._client.ask_one,
            smallest_batch=SMALLEST_BATCH if by_query else 1,
            largest_batch=LARGEST_BATCH if by_query else 1,
            ask_details=self._client.ask_details if by_query else None,
            # A token may be denied what anyone can read without one.
            ask_otherwise=self._anonymous.ask_one if self._token else None,
            quota=lambda: self._quotas.get("graphql" if by_query else "core"),
            caution=self._caution,
            peek=partial(self._client.ask_one, is_optional=True),
            tell_history=partial(fetch_history, self._client),
            history_quota=lambda: self._quotas.get("core"),
        )

    def _caution(self, repositories: int) -> str | None:
        if self._token is not None or repositories <= ANONYMOUS_REQUESTS:
            return None
        return (
            f"without a token GitHub answers {ANONYMOUS_REQUESTS} requests an hour, and there are "
            f"{repositories} repositories: set GH_TOKEN, or log in with gh auth login"
        )

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """Like `Server.fetch_readme`; retried without the token if the owner denies it access."""
        return await self._fetch(files.fetch_readme, folder, max_bytes)

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """Like `Server.fetch_file`; retried without the token if the owner denies it access."""
        return await self._fetch(files.fetch_file, place, max_bytes)

    async def _fetch(
        self, fetch: files.Fetch, place: RepositoryPath, max_bytes: int
    ) -> RepositoryFile | None:
        name = place.repository
        if name.host != self._client.host:
            raise ListError(
                f"{name.url} is on {name.host}, and this run asks {self._client.host} alone: give "
                "the address of its Markdown source"
            )
        try:
            return await fetch(self._client, place, max_bytes)
        except (AttemptError, CredentialsError):
            raise
        except RunError as refused:
            if self._token is None:
                raise
            try:
                return await fetch(self._anonymous, place, max_bytes)
            except RunError:
                raise refused from None

    async def _fetch_files(
        self, places: Sequence[RepositoryPath], max_bytes: int
    ) -> list[RepositoryFile | NoFile]:
        try:
            found = await self._client.ask_blobs(places, max_bytes)
        except (AttemptError, CredentialsError):
            raise
        except RunError:
            # A token may be denied what anyone can read without one.
            found = [None] * len(places)
        return [
            each or await self._fetch_alone(place, max_bytes)
            for each, place in zip(found, places, strict=True)
        ]

    async def _fetch_alone(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | NoFile:
        """Raises: AttemptError."""
        try:
            return await self.fetch_file(place, max_bytes) or NoFile("it does not exist")
        except (TooLarge, ListError):
            return NoFile("it is too large, or not a file")

    def _judge(self, request: Request, response: Response, now: datetime) -> RunError | None:
        refusal = self._verdict(request, response, now)
        if isinstance(refusal, Throttled) and request.is_optional:
            return Throttled(refusal.cause, refusal.until, is_waited_for=False)
        return refusal

    def _verdict(self, request: Request, response: Response, now: datetime) -> RunError | None:
        if request.token is None and self._token is not None:
            return _judge_anonymous(response, now)
        if (quota := read_quota(response)) is not None:
            self._quotas[quota.resource] = quota
            if self._token is None:
                left = quota.remaining - ANONYMOUS_RESERVE
                self._client.spare = min(self._client.spare, left)
        if response.status == 401 and is_history(request.url):
            return None  # only the history is lost
        is_proven = request.resource in self._answered
        refusal = verdict(response, self._token, now, is_proven=is_proven)
        if refusal is None and response.status == 200:
            self._answered.add(request.resource)
        return refusal


def _judge_anonymous(response: Response, now: datetime) -> RunError | None:
    """The verdict on a request that was made without the token, though there is one."""
    refusal = verdict(response, None, now)
    if isinstance(refusal, Throttled) and response.headers.get("x-ratelimit-remaining") == "0":
        # The hourly limit without a token is used up: with a token, do not wait for it.
        return Throttled(refusal.cause, refusal.until, is_waited_for=False)
    return refusal


open_server = GitHubServer
