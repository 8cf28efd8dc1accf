"""Hosts: whose repositories they are.

A host recognises links to its repositories and says which names they can have. Who answers about
them is another matter: see `crawler.sources`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from crawler.model.files import RepositoryPath
from crawler.model.values import RepositoryName


@dataclass(frozen=True, slots=True)
class Target:
    """A page of a repository."""

    repository: RepositoryName
    page: tuple[str, ...]
    """The path's segments below the repository, decoded."""
    fragment: str
    """What follows the `#`, decoded; empty where nothing does."""


class Host(Protocol):
    """A server that holds repositories."""

    @property
    def name(self) -> str:
        """What names the host in every report and in the store: its domain in lower case. It never
        changes."""
        ...

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains (with ports) at which links lead to it, `name` among them; lower case."""
        ...

    @property
    def source(self) -> str:
        """The folder of `crawler.sources` that answers about its repositories, which is also what
        its figures say as their `provider`, unless the settings choose one."""
        ...

    @property
    def token_variables(self) -> tuple[str, ...]:
        """The environment variables that hold a token for it alone; the first that is set counts.
        Those of GitHub depend on the server that is asked: `sources.github.credentials`."""
        ...

    def split_path(self, segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """The full name of the repository that a page lies in, and the rest of the page's path;
        None where the page belongs to no repository.

        `segments` are those of the path, decoded; some may be empty.
        """
        ...

    def is_name(self, text: str) -> bool:
        """Whether `text` is the full name of a repository, as far as its form tells."""
        ...

    def file_url(self, target: Target) -> str | None:
        """Where the content of the file is that a page shows; None where it shows no file."""
        ...

    def file_of(self, target: Target) -> RepositoryPath | None:
        """The file that a page shows, its ref being one segment of the address; None where it
        shows none."""
        ...

    def folder_of(self, target: Target) -> RepositoryPath:
        """The folder that a page shows, in the same way; the topmost where it shows none."""
        ...

    def instead_of(self, target: Target) -> str | None:
        """Why a page holds no list, and what to give instead, as a phrase; None where it may."""
        ...


class Hosts:
    """The hosts that a run knows."""

    def __init__(self, home: Host, *others: Host) -> None:
        """`home` is the host of names that say none."""
        self.home = home
        self._by_domain = {domain: host for host in (home, *others) for domain in host.domains}

    def __iter__(self) -> Iterator[Host]:
        """Each of them, `home` first."""
        return iter(dict.fromkeys((self.home, *self._by_domain.values())))

    def get(self, domain: str) -> Host | None:
        """The host that links to this domain lead to; None where it is not known."""
        return self._by_domain.get(domain)
