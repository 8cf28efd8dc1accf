"""Whom a run asks for figures, how much at once, and whether its quota suffices."""

from __future__ import annotations

import math
from typing import Final

from crawler.crawl.fetcher import Fetcher, FetchPolicy, Save
from crawler.crawl.services import Services
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import CredentialsError
from crawler.model.log import logger
from crawler.model.settings import Settings, addresses_of
from crawler.model.values import Provider
from crawler.sources.depsdev.protocol import MAX_PROJECTS
from crawler.sources.github.host import GITHUB, host_of_api

SMALLEST_BATCH: Final = 20
"""Repositories a query; fewer would cost GitHub, and the quota, more than they win."""

LARGEST_BATCH: Final = 50
"""Repositories a query; more make it slow, and are refused now and then."""

REST_BATCH: Final = 8
"""Repositories that are asked for one by one and saved together."""

ANONYMOUS_REQUESTS: Final = 60
"""REST requests an hour that GitHub answers without a token.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""


def choose_provider(settings: Settings, token: Token | None) -> Provider:
    """The one that is asked: what the settings say, or what the token allows.

    Raises: CredentialsError where it answers nobody without a token.
    """
    if settings.provider == "auto":
        # Offline nobody is asked, and GitHub's figures are the better ones.
        if token is not None or settings.offline:
            return Provider.GRAPHQL
        # deps.dev knows nothing of other servers, and those may answer without a token.
        is_github = host_of_api(addresses_of(settings).api_url) == GITHUB
        return Provider.DEPSDEV if is_github else Provider.REST
    provider = Provider(settings.provider)
    if provider is Provider.GRAPHQL and token is None and not settings.offline:
        raise CredentialsError(
            "GitHub's GraphQL API answers nobody without a token: set GH_TOKEN, log in with "
            "gh auth login, or use --provider rest or depsdev"
        )
    return provider


def host_asked(provider: Provider, settings: Settings) -> str:
    """The host whose repositories a provider is asked about."""
    return GITHUB if provider is Provider.DEPSDEV else host_of_api(addresses_of(settings).api_url)


def announce(provider: Provider, repositories: int, token: Token | None) -> None:
    """Say what a token would bring; what the figures are worth, the report itself says."""
    if token is not None:
        return
    if provider is Provider.DEPSDEV:
        logger.warning(
            "without a GitHub token deps.dev is asked: set GH_TOKEN, or log in with gh auth login"
        )
    else:
        logger.warning(
            "without a token GitHub answers {} requests an hour, and there are {} repositories: "
            "set GH_TOKEN, or log in with gh auth login",
            ANONYMOUS_REQUESTS,
            repositories,
        )


def batch_size(settings: Settings, repositories: int) -> int:
    """How many repositories one query asks for, of so many in all.

    A query takes longer the more it asks for: "auto" spreads them evenly over as many rounds of
    requests in flight as the largest batches would need.
    """
    if settings.batch_size != "auto":
        return settings.batch_size
    rounds = max(1, math.ceil(repositories / (settings.concurrency * LARGEST_BATCH)))
    fitting = math.ceil(repositories / (settings.concurrency * rounds))
    return max(SMALLEST_BATCH, min(fitting, LARGEST_BATCH))


def make_fetcher(
    provider: Provider,
    settings: Settings,
    services: Services,
    *,
    repositories: int,
    save: Save,
    policy: FetchPolicy,
    clock: Clock,
) -> Fetcher:
    """The fetcher that asks `provider` for so many, and hands what it learns to `save`."""
    size, workers = batch_size(settings, repositories), settings.concurrency
    match provider:
        case Provider.GRAPHQL:
            ask = services.github.ask_batch
        case Provider.REST:
            ask, size = services.github.ask_one, REST_BATCH
            # Some more than slots, since a batch waits for its slowest; not many, since what was
            # begun is asked for although the server has turned out to be down.
            workers = math.ceil(2 * settings.concurrency / size)
        case Provider.DEPSDEV:
            ask, size = services.depsdev.ask_batch, MAX_PROJECTS
    return Fetcher(
        ask,
        save=save,
        batch_size=size,
        workers=workers,
        retries=settings.retries,
        one_by_one=provider is Provider.REST,
        # What a token is forbidden may be told to whoever has none.
        ask_otherwise=services.anonymous.ask_one if services.github.token else None,
        policy=policy,
        clock=clock,
    )


class QuotaWatch:
    """Says once, when the first answer tells of it, that the quota does not suffice for the run."""

    def __init__(
        self, provider: Provider, settings: Settings, services: Services, repositories: int
    ) -> None:
        by_query = provider is Provider.GRAPHQL
        self._resource = "graphql" if by_query else "core"
        self._at_once = batch_size(settings, repositories) if by_query else 1
        self._quotas = services.quotas
        self._done = provider is Provider.DEPSDEV

    def look(self, unsettled: int) -> None:
        """Compare what is left with what so many repositories will cost."""
        quota = self._quotas.get(self._resource)
        if self._done or quota is None:
            return
        self._done = True
        lacking = -(-unsettled // self._at_once) - quota.remaining
        if lacking > 0:
            logger.warning(
                "GitHub's quota has {} points left until {:%H:%M} ({:%H:%M} UTC), and this run "
                "needs {} more than that",
                quota.remaining,
                quota.resets_at.astimezone(),
                quota.resets_at,
                lacking,
            )
