"""Many files of one repository in one GraphQL query: encode the query, decode the answer.

https://docs.github.com/en/graphql/reference/objects#blob
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec

from crawler.model.errors import BrokenAnswer, RunError, TooMuch
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.frozen import frozen
from crawler.sources import UNREADABLE
from crawler.sources.github.graphql import TOO_MUCH, errors_of, points_of

_FRAGMENTS: Final = (
    "fragment F on GitObject{__typename ...B} fragment B on Blob{isBinary isTruncated text}"
)
_DEFAULT_REF: Final = "HEAD"


class _Object(msgspec.Struct, rename="camel"):
    typename: str = msgspec.field(name="__typename")
    is_binary: bool | None = None
    is_truncated: bool = False
    text: str | None = None


class _Data(msgspec.Struct, rename="camel"):
    repository: dict[str, _Object | None] | None = None
    rate_limit: msgspec.Raw = msgspec.Raw(b"{}")


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: Any = None


@frozen
class Blobs:
    """The answer to one query."""

    files: tuple[RepositoryFile | NoFile | None, ...]
    """In the order of the request; None for a file that is too long for a query."""
    points: int
    """The cost of the query in points."""


@cache
def _query(count: int) -> str:
    variables = ",".join(f"$e{i}:String!" for i in range(count))
    aliases = " ".join(f"f{i}:object(expression:$e{i}){{...F}}" for i in range(count))
    return (
        f"query($o:String!,$n:String!,{variables}){{rateLimit{{cost remaining resetAt}} "
        f"repository(owner:$o,name:$n){{{aliases}}}}} {_FRAGMENTS}"
    )


def encode_blobs(places: Sequence[RepositoryPath]) -> bytes:
    """The body of the POST that requests all of `places`, which belong to one repository."""
    name = places[0].repository
    variables = {"o": name.owner, "n": name.name}
    for i, place in enumerate(places):
        variables[f"e{i}"] = f"{place.ref or _DEFAULT_REF}:{place.path}"
    return msgspec.json.encode({"query": _query(len(places)), "variables": variables})


def decode_blobs(body: bytes, places: Sequence[RepositoryPath]) -> Blobs:
    """Decode the answer to `encode_blobs(places)`.

    Raises: BrokenAnswer if the body is invalid or incomplete; RunError if GitHub refuses the
        repository.
    """
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's answer holds no files: {problem}") from None
    errors = errors_of(answer.errors)
    said = next((error.message for error in errors), "no data and no error")
    if any(error.kind in TOO_MUCH for error in errors):
        raise TooMuch(f"GitHub answered the query with: {said}")
    found = answer.data.repository if answer.data else None
    if answer.data is None or found is None:
        is_refusal = any(error.kind in ("NOT_FOUND", "FORBIDDEN") for error in errors)
        kind = RunError if is_refusal else BrokenAnswer
        raise kind(f"GitHub refuses the files of {places[0].repository}: {said}")
    if errors or any(f"f{i}" not in found for i in range(len(places))):
        raise BrokenAnswer(f"GitHub answered only some of the files: {said}")
    files = (_read(place, found[f"f{i}"]) for i, place in enumerate(places))
    return Blobs(tuple(files), points_of(answer.data.rate_limit))


def _read(place: RepositoryPath, found: _Object | None) -> RepositoryFile | NoFile | None:
    if found is None:
        return NoFile("it does not exist")
    if found.typename != "Blob":
        return NoFile("it is not a file")
    if found.is_truncated:
        return None
    if found.text is None:
        return NoFile("it is not text")
    return RepositoryFile(place, found.text.encode(errors="replace"))
