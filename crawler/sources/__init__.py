"""Sources: one folder for each host that holds repositories, or service that knows about them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from crawler.model.errors import BrokenAnswer
from crawler.model.hosts import Host, Hosts
from crawler.model.settings import Settings
from crawler.sources.addresses import addresses_of
from crawler.sources.github.host import GitHubHost, server_of_api

if TYPE_CHECKING:
    from crawler.http.exchange import Token
    from crawler.sources.base import Server, Terms

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Exceptions from decoding a body; the last if it is nested thousands deep."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A count; numbers too large for JSON readers are invalid."""


LONGEST_MESSAGE: Final = 500
"""Characters of a server's message to repeat; GitHub's longest have some 400."""

LONGEST_ABOUT: Final = 1000
"""Characters of a repository's description to keep; GitHub allows 350."""

Word = Annotated[str, msgspec.Meta(max_length=300)]
"""The name of a language or a licence."""

FullName = Annotated[str, msgspec.Meta(pattern="^[^/]+/[^/]+$", max_length=300)]
"""`owner/repo`; GitHub allows 39 and 100 characters."""

Address = Annotated[str, msgspec.Meta(pattern="^https?://", max_length=2000)]
"""The address of a web page."""


def check_parts(body: bytes, most: int) -> None:
    """Refuse JSON with more values than expected: each takes a hundred bytes of memory, however
    short it is in the body.

    Raises: BrokenAnswer.
    """
    if body.count(b",") > most:
        raise BrokenAnswer(f"the answer has more than {most:,} parts, and is refused")


_FOLDERS: Final = {"graphql": "github", "rest": "github"}
"""The folder of each source whose folder has a different name."""

HOSTS: Final[tuple[Host, ...]] = (GitHubHost(),)
"""Hosts whose links are always recognised. To add a host, add a line here and a folder beside this
module that contains the host and, in a module `server`, the function `open_server`."""

KNOWN_HOSTS: Final = Hosts(*HOSTS)


def hosts_of(settings: Settings) -> Hosts:
    """The hosts that a run knows: the one that its API belongs to, and those of `HOSTS`."""
    return Hosts(server_of_api(addresses_of(settings).api_url), *HOSTS)


def find_tokens(environ: Mapping[str, str]) -> dict[str, Token]:
    """The tokens for other hosts from the environment, by the name of the host.

    Raises: CredentialsError if a value cannot be a token.
    """
    from crawler.http.exchange import Token
    from crawler.sources.github.credentials import check_token

    held = {
        host.name: Token(environ[variable].strip(), variable)
        for host in HOSTS
        for variable in reversed(host.token_variables)
        if environ.get(variable, "").strip()
    }
    environ = {}  # a traceback may show what this frame holds
    return {host: check_token(token) for host, token in held.items()}


def folder_of(provider: str) -> str:
    """The folder of a source."""
    return _FOLDERS.get(provider, provider)


def open_server(folder: str, terms: Terms) -> Server:
    """The server of a folder; its modules are imported when it is first used."""
    server: Server = import_module(f"{__name__}.{folder}.server").open_server(terms)
    return server
