"""Whose repositories these are: two segments, as on GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.model.files import RepositoryPath
from crawler.model.hosts import Host, Target


@dataclass(frozen=True, slots=True)
class ForgeHost:
    """The host of this name."""

    name: str = "forge.example"
    source: str = "forge"
    token_variables: tuple[str, ...] = ("FORGE_TOKEN",)

    @property
    def domains(self) -> tuple[str, ...]:
        """It has one."""
        return (self.name,)

    def split_path(self, segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
        """The first two segments are the name."""
        owner, repository, *page = [*segments, "", ""]
        return (f"{owner}/{repository}", tuple(filter(None, page))) if repository else None

    def is_name(self, text: str) -> bool:
        """Two segments."""
        return text.count("/") == 1

    def file_url(self, target: Target) -> str | None:
        """It shows no files."""

    def file_of(self, target: Target) -> RepositoryPath | None:
        """Wherever it is."""

    def folder_of(self, target: Target) -> RepositoryPath:
        """Nor folders."""
        return RepositoryPath(target.repository)

    def instead_of(self, target: Target) -> str | None:
        """Any page may hold a list."""


HOST: Host = ForgeHost()
