"""Scopes: which lists a run covers. They identify comparable runs and stored lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

from crawler.lists.locations import (
    BlobLocation,
    FileLocation,
    Location,
    ReadmeLocation,
    StdinLocation,
    UrlLocation,
)
from crawler.model.frozen import frozen
from crawler.model.values import Links

_STDIN: Final = "-"


@frozen
class Scope:
    """Which lists a run covers and which of their links count; runs of one scope are compared."""

    lists: tuple[str, ...]
    """Sorted, so that the order in which they were named does not matter."""

    @classmethod
    def of(
        cls,
        locations: Iterable[Location],
        links: Links,
        follow: int | Literal["auto"] = "auto",
    ) -> Scope:
        """The scope of runs over some lists, with their own files this many levels deep."""
        kind = links if follow == "auto" else f"{links}+{follow}"
        return cls(tuple(sorted({f"{kind} {place_of(location)}" for location in locations})))

    @classmethod
    def over(cls, scopes: Iterable[Scope]) -> Scope:
        """The scope of runs over the lists of several scopes together."""
        return cls(tuple(sorted({each for scope in scopes for each in scope.lists})))

    @classmethod
    def parse(cls, text: str) -> Scope:
        """The inverse of `str()`."""
        return cls(tuple(text.split("\n")))

    def __str__(self) -> str:
        return "\n".join(self.lists)

    @property
    def is_lasting(self) -> bool:
        """Whether a later run can cover the same lists: standard input is a different list each
        time."""
        return not any(each.endswith(f" {_STDIN}") for each in self.lists)


def place_of(location: Location) -> str:
    """The place of the list, the same for every way to name it."""
    match location:
        case FileLocation(path):
            return str(path.resolve())
        case ReadmeLocation(place):
            ref = f"tree/{place.ref}/" if place.ref else ""
            name = place.repository.full_name.casefold()
            return f"https://{place.repository.host}/{name}/{ref}{place.path}"
        case BlobLocation(_, url):
            return url
        case UrlLocation(url):
            # The query may contain a secret, which must not be stored.
            bare, _, query = url.partition("?")
            return bare + (f"?{hashlib.sha256(query.encode()).hexdigest()}" if query else "")
        case StdinLocation():
            return _STDIN
