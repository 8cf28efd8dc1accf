"""Whom a run asks for figures, how much at once, and whether its quota suffices."""

from __future__ import annotations

import math
from typing import Final

from crawler.crawl.fetcher import Fetcher, FetchPolicy, Save
from crawler.http.exchange import Token
from crawler.model.clock import Clock
from crawler.model.errors import CredentialsError
from crawler.model.log import logger
from crawler.model.settings import Settings, addresses_of
from crawler.model.values import Provider
from crawler.sources import hosts_of
from crawler.sources.base import Source
from crawler.sources.github.host import GITHUB, host_of_api

SINGLES: Final = 8
"""Repositories that are asked for one by one and saved together."""


def choose_providers(settings: Settings, token: Token | None) -> dict[str, str]:
    """Who is asked about which host, by the name of the host: first about the one whose server the
    settings name, then about each further one that has a source of its own.

    Raises: CredentialsError where nobody is answered without a token.
    """
    return providers_of(settings, _choose_provider(settings, token))


def providers_of(settings: Settings, provider: Provider) -> dict[str, str]:
    """As `choose_providers`, with `provider` about the host of the settings."""
    hosts = hosts_of(settings)
    others = {host.name: host.source for host in hosts if host.source != hosts.home.source}
    return {_host_asked(provider, settings): provider, **others}


def _choose_provider(settings: Settings, token: Token | None) -> Provider:
    """What the settings say, or what the token allows."""
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
            "GitHub's GraphQL API needs a token: set GH_TOKEN, log in with "
            "gh auth login, or use --provider rest or depsdev"
        )
    return provider


def _host_asked(provider: Provider, settings: Settings) -> str:
    """The host whose repositories a provider is asked about."""
    return GITHUB if provider is Provider.DEPSDEV else host_of_api(addresses_of(settings).api_url)


def batch_size(source: Source, settings: Settings, repositories: int) -> int:
    """How many repositories one request asks for, of so many in all.

    A query takes longer the more it asks for: "auto" spreads them evenly over as many rounds of
    requests in flight as the largest batches would need.
    """
    smallest, largest = source.smallest_batch, source.largest_batch
    if smallest == largest:
        return largest
    if settings.batch_size != "auto":
        return settings.batch_size
    rounds = max(1, math.ceil(repositories / (settings.concurrency * largest)))
    return max(smallest, math.ceil(repositories / (settings.concurrency * rounds)))


def make_fetcher(
    source: Source,
    settings: Settings,
    *,
    repositories: int,
    save: Save,
    policy: FetchPolicy,
    clock: Clock,
) -> Fetcher:
    """The fetcher that asks `source` for so many, and hands what it learns to `save`."""
    size, workers = batch_size(source, settings, repositories), settings.concurrency
    if source.largest_batch == 1:
        # Some more than slots, since a batch waits for its slowest; not many, since what was begun
        # is asked for although the server has turned out to be down.
        size, workers = SINGLES, math.ceil(2 * settings.concurrency / SINGLES)
    return Fetcher(
        source.ask,
        save=save,
        batch_size=size,
        workers=workers,
        retries=settings.retries,
        one_by_one=source.largest_batch == 1,
        ask_otherwise=source.ask_otherwise,
        policy=policy,
        clock=clock,
    )


class QuotaWatch:
    """Says once, when the first answer tells of it, that the quota does not suffice for the run."""

    def __init__(self, source: Source, at_once: int, unsettled: int) -> None:
        """`unsettled` repositories are to be asked for, `at_once` by one point of the quota."""
        self._source = source
        self._at_once = at_once
        self._unsettled = unsettled
        self._is_done = False

    def look(self, settled: int = 0) -> None:
        """Compare what is left with what the repositories will cost but for so many that have been
        settled since."""
        self._unsettled -= settled
        quota = self._source.quota()
        if self._is_done or quota is None:
            return
        self._is_done = True
        lacking = -(-self._unsettled // self._at_once) - quota.remaining
        if lacking > 0:
            logger.warning(
                "{}'s quota has {} points left until {:%H:%M %Z}, and this run "
                "needs {} more than that",
                self._source.title,
                quota.remaining,
                quota.resets_at.astimezone(),
                lacking,
            )
