"""Who answers about repositories: a folder for each host that holds them, or that tells of them."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from crawler.model.hosts import Host, Hosts
from crawler.model.settings import Settings, addresses_of
from crawler.sources.github.host import GitHubHost, server_of_api

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a body raises; the last where it is nested thousands deep."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of things; more than JSON readers can hold is none."""

HOSTS: Final[tuple[Host, ...]] = (GitHubHost(),)
"""The hosts whose links are always recognised. A further host is one line here."""


KNOWN_HOSTS: Final = Hosts(*HOSTS)


def hosts_of(settings: Settings) -> Hosts:
    """The hosts that a run knows: the server of its API, and those of `HOSTS`."""
    return Hosts(server_of_api(addresses_of(settings).api_url), *HOSTS)
