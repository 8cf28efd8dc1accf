"""GitHub as a host: github.com, a tenant of ghe.com, or an Enterprise Server.

https://docs.github.com/en/get-started/using-github/github-flavored-markdown
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from crawler.http.exchange import LOOPBACK
from crawler.model.files import RepositoryPath
from crawler.model.frozen import frozen
from crawler.model.hosts import Target
from crawler.model.settings import API_URL

GITHUB: Final = "github.com"

_RAW: Final = "https://raw.githubusercontent.com"
"""Where github.com serves the sources of files."""

TENANTS: Final = ".ghe.com"
"""The end of the domain of every GitHub Enterprise Cloud with data residency.
https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/about-github-enterprise-cloud-with-data-residency"""

_RESERVED: Final = """
    about account advisories apps articles blog business careers codespaces collections
    contact copilot customer-stories customers dashboard developer discussions edu
    enterprise enterprises events explore features git-guides github-copilot gist gists
    home images integrations issues join login logout marketplace mcp mobile
    new newsroom nonprofit notifications open-source organizations orgs partners
    password_reset personal premium-support pricing pulls readme redeem resources search
    security sessions settings showcases signup site site-map solutions spark sponsors stars
    stories team terms token topics trending user-attachments users watching why-github
"""
RESERVED_OWNERS: Final = frozenset(_RESERVED.split())
"""First path segments of GitHub's own pages, which cannot be account names."""

_NAME: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
"""An owner of up to 39 letters, digits and hyphens (some old accounts end with a hyphen), and
the name of a repository."""


@frozen
class GitHubHost:
    """The host of this name: one of GitHub's own, or an Enterprise Server."""

    name: str = GITHUB
    port: int | None = None
    """The address of an Enterprise Server's web pages, if it is not the usual one."""
    source: str = "github"
    token_variables: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """As `Host.domains`."""
        if self.name == GITHUB:
            return self.name, f"www.{self.name}"
        return (self.name, f"{self.name}:{self.port}") if self.port else (self.name,)

    def split_path(self, segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """As `Host.split_path`."""
        if len(segments) < 2:
            return None
        owner, repository, *rest = segments
        if repository[-4:].lower() == ".git":
            repository = repository[:-4]
        full_name = f"{owner}/{repository}"
        if not self.is_name(full_name):
            return None
        return full_name, tuple(filter(None, rest))

    def is_name(self, text: str) -> bool:
        """As `Host.is_name`."""
        match = _NAME.fullmatch(text)
        return match is not None and match[1].lower() not in RESERVED_OWNERS

    def file_url(self, target: Target) -> str | None:
        """As `Host.file_url`."""
        place = self.file_of(target)
        if place is None:
            return None
        path = quote(f"{place.ref}/{place.path}")
        if self.name == GITHUB:
            return f"{_RAW}/{place.repository.full_name}/{path}"
        # This redirects to wherever the server keeps the sources.
        return f"{place.repository.url}/raw/{path}"

    def file_of(self, target: Target) -> RepositoryPath | None:
        """As `Host.file_of`."""
        match target.page:
            case ("blob" | "raw" | "edit" | "blame", *rest):
                place = _place(target, rest)
                return place if place.path else None
        return None

    def folder_of(self, target: Target) -> RepositoryPath:
        """As `Host.folder_of`."""
        match target.page:
            case ("tree", *rest):
                return _place(target, rest)
        return RepositoryPath(target.repository)

    def instead_of(self, target: Target) -> str | None:
        """As `Host.instead_of`."""
        if target.page[:1] != ("wiki",):
            return None
        page = quote("/".join(target.page[1:]) or "Home")
        source = f"{_RAW}/wiki/{target.repository.full_name}/{page}.md"
        such = f", such as {source}" if self.name == GITHUB else ""
        return f"it is a wiki, which has no README: give the address of a page's source{such}"


def _place(target: Target, rest: Sequence[str]) -> RepositoryPath:
    """The part after `tree` or `blob`: a ref, which is one segment unless it is written out as
    `refs/heads/main`, and a path."""
    length = 3 if tuple(rest[:2]) in (("refs", "heads"), ("refs", "tags")) else 1
    return RepositoryPath(target.repository, "/".join(rest[length:]), "/".join(rest[:length]))


def host_of_api(api_url: str) -> str:
    """The name of the host whose repositories an API serves.

    A server on this machine stands for github.com. The APIs of github.com and of ghe.com's tenants
    have a domain of their own; an Enterprise Server has its API on the domain of its pages.
    https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
    """
    domain, _ = _authority(api_url)
    if domain in LOOPBACK:
        return GITHUB
    bare = domain.removeprefix("api.")
    return bare if bare == GITHUB or bare.endswith(TENANTS) else domain


def server_of_api(api_url: str) -> GitHubHost:
    """The host whose repositories an API serves."""
    name, (domain, port) = host_of_api(api_url), _authority(api_url)
    return GitHubHost(name, port if name == domain else None)


def _authority(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port
    except ValueError:
        return "", None


def api_of_host(host: str) -> str:
    """Base of the REST API of a host, by its name."""
    if host == GITHUB:
        return API_URL
    return f"https://api.{host}" if host.endswith(TENANTS) else f"https://{host}/api/v3"
