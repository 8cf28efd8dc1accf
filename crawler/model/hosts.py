"""Hosts: the servers that hold repositories.

A host recognises links to its repositories and knows which names they can have. It does not
fetch anything about them: `crawler.sources` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from crawler.model.files import RepositoryPath
from crawler.model.frozen import frozen
from crawler.model.values import RepositoryName


@frozen
class Target:
    """A page of a repository."""

    repository: RepositoryName
    page: tuple[str, ...]
    """The path's segments below the repository, decoded."""
    fragment: str
    """The part after the `#`, decoded; may be empty."""


class Host(Protocol):
    """A server that holds repositories."""

    @property
    def name(self) -> str:
        """The host's name in every report and in the store: its domain in lower case. It never
        changes."""
        ...

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains (with ports) of links to it, including `name`; lower case."""
        ...

    @property
    def source(self) -> str:
        """The folder of `crawler.sources` that fetches its repositories, and the `provider` of
        its figures unless the settings choose another."""
        ...

    @property
    def token_variables(self) -> tuple[str, ...]:
        """The environment variables that hold a token for this host only; the first one set counts.
        For GitHub they depend on the server: see `sources.github.credentials`."""
        ...

    def split_path(self, segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """The full name of the repository that a page belongs to, and the rest of the page's path;
        None if the page belongs to no repository.

        `segments` are those of the path, decoded; some may be empty.
        """
        ...

    def is_name(self, text: str) -> bool:
        """Whether `text` has the form of a repository's full name."""
        ...

    def file_url(self, target: Target) -> str | None:
        """The address of the content of the file that a page shows; None if it shows no file."""
        ...

    def file_of(self, target: Target) -> RepositoryPath | None:
        """The file that a page shows, assuming that its ref is one segment; None if it shows no
        file."""
        ...

    def folder_of(self, target: Target) -> RepositoryPath:
        """The folder that a page shows, likewise; the top folder if it shows none."""
        ...

    def instead_of(self, target: Target) -> str | None:
        """Why a page cannot be a list, and what to give instead, as a phrase; None if it can."""
        ...


class Hosts:
    """The hosts that a run knows."""

    def __init__(self, home: Host, *others: Host) -> None:
        """`home` is the host of names without a host."""
        self.home = home
        self._by_domain = {domain: host for host in (home, *others) for domain in host.domains}

    def __iter__(self) -> Iterator[Host]:
        """Each of them, `home` first."""
        return iter(dict.fromkeys((self.home, *self._by_domain.values())))

    def get(self, domain: str) -> Host | None:
        """The host whose links have this domain; None if unknown."""
        return self._by_domain.get(domain)
