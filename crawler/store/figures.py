"""Encode answers and lists for the tables: columns to look up and sort by, and one value.

The value is MessagePack: a map with keys of `crawler.model.rows.Row`. A row is decoded from the
maps of its parts, which are concatenated without decoding them first.
https://github.com/msgpack/msgpack/blob/master/spec.md#map-format-family
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from crawler.model.rows import Row
from crawler.model.values import Facts, Reason
from crawler.store.moments import encode_time

_SHORT_MAP: Final = 0x80
_LONG_MAP: Final = 0xDE
"""First byte of a map with up to 15 keys, which includes their number, and of a larger map."""


class Figures(NamedTuple):
    """The columns for one answer about a repository."""

    host: str
    full_name: str
    """The canonical name."""
    key: str
    """Of that name."""
    number: int | None
    """The number on the host."""
    stars: int
    archived: bool | None
    pushed_at: int | None
    """Microseconds since 1970-01-01 UTC, as all times of the tables."""
    fetched_at: int
    value: bytes
    """The whole answer, encoded."""


class _Answer(msgspec.Struct):
    """The keys of a row that come from an answer."""

    repository: str
    host: str
    url: str
    stars: int
    forks: int | None
    language: str | None
    license: str | None
    archived: bool | None
    fork: bool | None
    pushed_at: datetime | None
    about: str | None
    id: int | None
    provider: str
    fetched_at: datetime
    created_at: datetime | None = None


class Content(msgspec.Struct):
    """The keys of a row that come from the lists."""

    title: str | None
    description: str | None
    listed_as: tuple[str, ...]
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]


class Standing(msgspec.Struct):
    """The keys of a row that come from a run."""

    rank: int
    renamed: bool | None
    age: int
    stale: bool
    reason: Reason | None


encode_map = msgspec.msgpack.Encoder().encode
decode_content = msgspec.msgpack.Decoder(Content).decode
_decode_answer = msgspec.msgpack.Decoder(_Answer).decode
_decode_row = msgspec.msgpack.Decoder(Row).decode


def to_figures(facts: Facts) -> Figures:
    """The columns for an answer."""
    answer = _Answer(
        facts.full_name,
        facts.host,
        facts.url,
        facts.stars,
        facts.forks,
        facts.language,
        facts.license,
        facts.archived,
        facts.fork,
        facts.pushed_at,
        facts.about,
        facts.id,
        facts.provider,
        facts.fetched_at,
        facts.created_at,
    )
    return Figures(
        facts.host,
        facts.full_name,
        facts.name.key,
        facts.id,
        facts.stars,
        facts.archived,
        None if facts.pushed_at is None else encode_time(facts.pushed_at),
        encode_time(facts.fetched_at),
        encode_map(answer),
    )


def to_facts(value: bytes) -> Facts:
    """The answer that the value was made from; whether it is private is not kept.

    Raises: msgspec.MsgspecError if it is invalid.
    """
    found = _decode_answer(value)
    return Facts(
        full_name=found.repository,
        host=found.host,
        url=found.url,
        stars=found.stars,
        provider=found.provider,
        fetched_at=found.fetched_at,
        id=found.id,
        forks=found.forks,
        language=found.language,
        license=found.license,
        archived=found.archived,
        fork=found.fork,
        created_at=found.created_at,
        pushed_at=found.pushed_at,
        about=found.about,
    )


def merge_contents(contents: Sequence[Content], listed_as: tuple[str, ...]) -> Content:
    """The entries of several places for one repository, combined: the first given value of each
    key, and all sections and sources."""
    return Content(
        title=next((each.title for each in contents if each.title), None),
        description=next((each.description for each in contents if each.description), None),
        listed_as=listed_as,
        sections=tuple(dict.fromkeys(section for each in contents for section in each.sections)),
        sources=tuple(dict.fromkeys(source for each in contents for source in each.sources)),
    )


def to_row(*maps: bytes) -> Row:
    """The row whose keys are in `maps`.

    Raises: msgspec.MsgspecError if they are invalid.
    """
    count, parts = 0, [b""]
    for each in maps:
        if each[0] == _LONG_MAP:
            count += int.from_bytes(each[1:3], "big")
            parts.append(each[3:])
        else:
            count += each[0] - _SHORT_MAP
            parts.append(each[1:])
    parts[0] = bytes((_LONG_MAP, count >> 8, count & 0xFF))
    return _decode_row(b"".join(parts))
