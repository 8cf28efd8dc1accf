"""Who answers about repositories: a folder for each host that holds them, or that tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from crawler.model.errors import BrokenAnswer
from crawler.model.hosts import Host, Hosts
from crawler.model.settings import Settings, addresses_of
from crawler.sources.github.host import GitHubHost, server_of_api

if TYPE_CHECKING:
    from crawler.http.exchange import Token
    from crawler.sources.base import Server, Terms

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a body raises; the last where it is nested thousands deep."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number of things; more than JSON readers can hold is none."""


LONGEST_MESSAGE: Final = 500
"""Characters of a server's sentence that are repeated; GitHub's longest have some 400."""

LONGEST_ABOUT: Final = 1000
"""Characters of a repository's description that are kept; GitHub allows 350."""

Word = Annotated[str, msgspec.Meta(max_length=300)]
"""A language or a licence."""

FullName = Annotated[str, msgspec.Meta(pattern="^[^/]+/[^/]+$", max_length=300)]
"""`owner/repo`; GitHub allows 39 and 100 characters."""

Address = Annotated[str, msgspec.Meta(pattern="^https?://", max_length=2000)]
"""Of a page on the web."""


def check_parts(body: bytes, most: int) -> None:
    """Refuse JSON of more values than can be meant: each takes a hundred bytes of memory, however
    short it is in the body.

    Raises: BrokenAnswer.
    """
    if body.count(b",") > most:
        raise BrokenAnswer(f"the answer has more than {most:,} parts, and is refused")


_FOLDERS: Final = {"graphql": "github", "rest": "github"}
"""The folder of each source whose folder has another name."""

HOSTS: Final[tuple[Host, ...]] = (GitHubHost(),)
"""The hosts whose links are always recognised. A further host is a line here and a folder beside
this module, which has the host and, in a module `server`, whoever answers about it."""

KNOWN_HOSTS: Final = Hosts(*HOSTS)


def hosts_of(settings: Settings) -> Hosts:
    """The hosts that a run knows: the server of its API, and those of `HOSTS`."""
    return Hosts(server_of_api(addresses_of(settings).api_url), *HOSTS)


def find_tokens(environ: Mapping[str, str]) -> dict[str, Token]:
    """The tokens of further hosts that the environment holds, by the name of the host.

    Raises: CredentialsError where one cannot be a token.
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
    """The server of a folder, of which nothing is loaded before it is asked."""
    server: Server = import_module(f"{__name__}.{folder}.server").open_server(terms)
    return server
