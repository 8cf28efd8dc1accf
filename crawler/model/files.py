"""Files in repositories: where they are and what markup they use."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from crawler.model.frozen import frozen
from crawler.model.values import RepositoryName


class Markup(StrEnum):
    """A markup language, by its common name."""

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
        """Whether its source is parsed; for all others, the host's rendering is parsed."""
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
    """The markup of a text file of this name; None if the name does not tell."""
    found = _SUFFIX.search(path)
    return _MARKUPS.get(found[1].lower()) if found else None


def markup_of(path: str) -> Markup:
    """The markup of a list in a file of this name: Markdown unless the name says otherwise."""
    return known_markup(path) or Markup.MARKDOWN


@frozen
class RepositoryPath:
    """A file or folder of a repository."""

    repository: RepositoryName
    path: str = ""
    """Its segments joined by slashes, unencoded; empty for the top folder."""
    ref: str = ""
    """The branch, tag or commit; empty for the default branch."""


@frozen
class NoFile:
    """There is no text at this place."""

    cause: str
    """Why, as a clause such as `it does not exist`."""


@frozen
class RepositoryFile:
    """A file as its host returns it."""

    place: RepositoryPath
    body: bytes
    is_rendered: bool = False
    """Whether the body is HTML that the host rendered."""

    @property
    def markup(self) -> Markup:
        """The markup of the body."""
        return Markup.HTML if self.is_rendered else markup_of(self.place.path)


@frozen
class Home:
    """Where a list lies among other files."""

    path: str
    """Its path, relative to the folder that its links must stay in; `/` separates segments."""
    repository: RepositoryName | None = None
    """The repository that contains the files, if any; its web addresses lead to them as well."""
