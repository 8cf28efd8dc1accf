"""Choose the providers of a run and the batch size, and watch the quota."""

from __future__ import annotations

import math
from typing import Final

from crawler.crawl.fetcher import Fetcher, FetchPolicy, Save
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import CredentialsError
from crawler.model.log import logger
from crawler.model.settings import Settings
from crawler.model.values import Provider
from crawler.sources import hosts_of
from crawler.sources.addresses import addresses_of
from crawler.sources.base import Api
from crawler.sources.github.host import GITHUB, host_of_api

SINGLES: Final = 8
"""Repositories that are requested one by one and saved together."""


def choose_providers(settings: Settings, token: Token | None) -> dict[str, str]:
    """The provider for each host, by the name of the host: first the host whose server the settings
    name, then each other host that has its own source.

    Raises: CredentialsError if a token is required and missing.
    """
    return providers_of(settings, _choose_provider(settings, token))


def providers_of(settings: Settings, provider: Provider) -> dict[str, str]:
    """Like `choose_providers`, with `provider` for the host of the settings."""
    hosts = hosts_of(settings)
    others = {host.name: host.source for host in hosts if host.source != hosts.home.source}
    return {_host_asked(provider, settings): provider, **others}


def _choose_provider(settings: Settings, token: Token | None) -> Provider:
    """The provider in the settings, or the one that the token allows."""
    if settings.provider == "auto":
        # Offline nothing is fetched, and GitHub's figures are the better ones.
        if token is not None or settings.offline:
            return Provider.GRAPHQL
        # deps.dev does not know other servers, which may answer without a token.
        is_github = host_of_api(addresses_of(settings).api_url) == GITHUB
        return Provider.DEPSDEV if is_github else Provider.REST
    provider = Provider(settings.provider)
    if provider is Provider.GRAPHQL and token is None and not settings.offline:
        raise CredentialsError(
            "GitHub's GraphQL API needs a token: set GH_TOKEN, log in with "
            "gh auth login, or use --provider rest or depsdev"
        )
    return provider


def _host_asked(provider: Provider, settings: Settings) -> str:
    """The host whose repositories a provider is used for."""
    return GITHUB if provider is Provider.DEPSDEV else host_of_api(addresses_of(settings).api_url)


def batch_size(api: Api, settings: Settings, repositories: int) -> int:
    """Number of repositories per request, given their total number.

    Larger queries take longer: "auto" spreads them evenly over as many rounds of concurrent
    requests as the largest batches would need.
    """
    smallest, largest = api.smallest_batch, api.largest_batch
    if smallest == largest:
        return largest
    if settings.batch_size != "auto":
        return settings.batch_size
    rounds = max(1, math.ceil(repositories / (settings.concurrency * largest)))
    return max(smallest, math.ceil(repositories / (settings.concurrency * rounds)))


def make_fetcher(
    api: Api,
    settings: Settings,
    *,
    repositories: int,
    save: Save,
    policy: FetchPolicy,
    clock: Clock,
) -> Fetcher:
    """A fetcher that asks `api` for this many, and passes what it learns to `save`."""
    size, workers = batch_size(api, settings, repositories), settings.concurrency
    if api.largest_batch == 1:
        # A few more workers than slots, since a batch waits for its slowest part; not many more,
        # since batches already begun continue even if the server turns out to be down.
        size, workers = SINGLES, math.ceil(2 * settings.concurrency / SINGLES)
    return Fetcher(
        api.ask,
        save=save,
        batch_size=size,
        workers=workers,
        retries=settings.retries,
        one_by_one=api.largest_batch == 1,
        ask_otherwise=api.ask_otherwise,
        policy=policy,
        clock=clock,
    )


class QuotaWatch:
    """Warns once if the first answers show that the quota is too small for the run."""

    def __init__(self, api: Api, at_once: int, unsettled: int) -> None:
        """`unsettled` repositories are to be fetched; one point of the quota covers `at_once`."""
        self._api = api
        self._at_once = at_once
        self._unsettled = unsettled
        self._is_done = False

    def look(self, settled: int = 0) -> None:
        """Compare the remaining quota with the cost of the repositories that are left, after
        `settled` more were settled."""
        self._unsettled -= settled
        quota = self._api.quota()
        if self._is_done or quota is None:
            return
        self._is_done = True
        lacking = -(-self._unsettled // self._at_once) - quota.remaining
        if lacking > 0:
            logger.warning(
                "{}'s quota has {} points left until {:%H:%M %Z}, and this run "
                "needs {} more than that",
                self._api.title,
                quota.remaining,
                quota.resets_at.astimezone(),
                lacking,
            )
