"""Files of repositories: where they are, and how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crawler.model.values import RepositoryName


class Markup(StrEnum):
    """How a text is written, by the name that people call it."""

    MARKDOWN = "Markdown"
    HTML = "HTML"
    RST = "reStructuredText"
    ORG = "Org"
    ASCIIDOC = "AsciiDoc"
    TEXTILE = "Textile"
    MEDIAWIKI = "MediaWiki"
    CREOLE = "Creole"
    RDOC = "RDoc"
    POD = "Pod"

    @property
    def is_source(self) -> bool:
        """Whether it is read as it is; of all others, what their host renders is read."""
        return self in (Markup.MARKDOWN, Markup.HTML)


_SUFFIXES: Final = {
    Markup.MARKDOWN: "md mkd mkdn mdown mdwn markdown mdx livemd ronn scd workbook txt",
    Markup.HTML: "html htm xhtml",
    Markup.RST: "rst rest rst.txt rest.txt",
    Markup.ORG: "org",
    Markup.ASCIIDOC: "adoc asciidoc asc",
    Markup.TEXTILE: "textile",
    Markup.MEDIAWIKI: "mediawiki wiki",
    Markup.CREOLE: "creole",
    Markup.RDOC: "rdoc",
    Markup.POD: "pod pod6",
}
"""https://github.com/github/markup#markups"""
_MARKUPS: Final = {
    suffix: markup for markup, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
}
_SUFFIX: Final = re.compile(r"[^/\\]\.((?:re?st\.)?[A-Za-z0-9]+)\Z", re.I)


def known_markup(path: str) -> Markup | None:
    """How a text file of this name is written; None where the name does not say."""
    found = _SUFFIX.search(path)
    return _MARKUPS.get(found[1].lower()) if found else None


def markup_of(path: str) -> Markup:
    """How a list in a file of this name is written: in Markdown, unless the name says else."""
    return known_markup(path) or Markup.MARKDOWN


@dataclass(frozen=True, slots=True)
class RepositoryPath:
    """A file or folder of a repository."""

    repository: RepositoryName
    path: str = ""
    """Its segments with a slash between, as they are called; empty for the topmost folder."""
    ref: str = ""
    """The branch, tag or commit; empty for the default branch."""


@dataclass(frozen=True, slots=True)
class NoFile:
    """That there is no text at a place."""

    cause: str
    """Why, as a clause such as `it does not exist`."""


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """A file as its host gives it."""

    place: RepositoryPath
    body: bytes
    is_rendered: bool = False
    """Whether the body is the HTML that the host makes of it."""

    @property
    def markup(self) -> Markup:
        """How the body is written."""
        return Markup.HTML if self.is_rendered else markup_of(self.place.path)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a list lies among other files."""

    path: str
    """Its own, below the folder that it may lead into; a slash stands between segments."""
    repository: RepositoryName | None = None
    """Where they are a repository's, which its addresses lead to as well."""
