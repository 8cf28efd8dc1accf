"""Many repositories in one GraphQL query: encode the query, decode the answer.

Each repository is an alias of `Query.repository`, so a query costs one point
regardless of their number. Names are passed as variables, never in the query's
text, where a crafted name could add fields.
https://docs.github.com/en/graphql/reference/queries#repository
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final

import msgspec

from crawler.model.errors import BrokenAnswer, TooMuch
from crawler.model.frozen import frozen
from crawler.model.text import cut
from crawler.model.values import Answer, Details, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources import (
    LONGEST_ABOUT,
    LONGEST_MESSAGE,
    UNREADABLE,
    Address,
    Count,
    FullName,
    Word,
    check_parts,
)

_FIELDS: Final = (
    "databaseId nameWithOwner url stargazerCount forkCount isArchived isFork isPrivate "
    "createdAt pushedAt description primaryLanguage{name} licenseInfo{spdxId}"
)
"""Fields without a connection, which cost no extra points. GitHub refuses
`stargazers{totalCount}` since July 2026."""

_DETAILS: Final = (
    "isDisabled isEmpty parent{databaseId nameWithOwner} defaultBranchRef{target{...C}}"
)
"""These cost time but no points."""

_BLOCKED: Final = re.compile(r"access blocked|DMCA takedown|violat.*terms of service", re.I)
"""GraphQL has no error type for repositories that were taken down, only this message."""

TOO_MUCH: Final = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"})
"""Errors after which a smaller query may pass; the limit is not fixed."""

PARTS_OF_A_QUERY: Final = 1000
PARTS_OF_ONE: Final = 1000
"""Commas allowed in an answer, in general and for each repository: a dozen for its fields, more for
its description and its errors."""

NO_REASON: Final = "GitHub answered without the repository and without a reason"


class _Named(msgspec.Struct):
    name: Word


class _License(msgspec.Struct, rename="camel"):
    spdx_id: Word | None = None


class _Parent(msgspec.Struct, rename="camel"):
    name_with_owner: FullName
    database_id: Count | None = None


class _Commit(msgspec.Struct, rename="camel"):
    committed_date: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Branch(msgspec.Struct):
    target: _Commit | None = None


class _Repository(msgspec.Struct, rename="camel"):
    name_with_owner: FullName
    url: Address
    stargazer_count: Count
    database_id: Count | None = None
    fork_count: Count | None = None
    is_archived: bool | None = None
    is_fork: bool | None = None
    is_private: bool | None = None
    created_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    pushed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    description: str | None = None
    primary_language: _Named | None = None
    license_info: _License | None = None
    is_disabled: bool | None = None
    is_empty: bool | None = None
    parent: _Parent | None = None
    default_branch_ref: _Branch | None = None


class _Answer(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None
    errors: Any = None


class _RateLimit(msgspec.Struct):
    cost: Count = 1


@frozen
class _Error:
    kind: str
    message: str
    alias: str | None


@frozen
class BatchAnswer:
    """The answer to one query."""

    answers: tuple[Answer, ...]
    """One for each requested name, in the order of the request."""
    points: int
    """The cost of the query in points."""


@cache
def _query(count: int, *, detailed: bool) -> str:
    variables = ",".join(f"$o{i}:String!,$n{i}:String!" for i in range(count))
    aliases = " ".join(f"r{i}:repository(owner:$o{i},name:$n{i}){{...F}}" for i in range(count))
    return (
        f"query({variables}){{rateLimit{{cost remaining resetAt}} {aliases}}} "
        f"fragment F on Repository{{{_FIELDS}{f' {_DETAILS}' * detailed}}}"
        + " fragment C on Commit{committedDate}"
        * detailed
    )


def encode_batch(names: Sequence[RepositoryName], *, detailed: bool = False) -> bytes:
    """The body of the POST that requests all of `names`, with their `Details` if `detailed`."""
    variables = {}
    for i, name in enumerate(names):
        variables[f"o{i}"] = name.owner
        variables[f"n{i}"] = name.name
    query = _query(len(names), detailed=detailed)
    return msgspec.json.encode({"query": query, "variables": variables})


def decode_batch(
    body: bytes, names: Sequence[RepositoryName], now: datetime, *, detailed: bool = False
) -> BatchAnswer:
    """Decode the answer to `encode_batch(names)`, which has details if that was `detailed`.

    A null with an error is a refusal with that error; a null without one is malformed.

    Raises: BrokenAnswer if the body is not a GraphQL response, or says nothing.
    """
    check_parts(body, PARTS_OF_A_QUERY + PARTS_OF_ONE * len(names))
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except UNREADABLE as problem:
        raise BrokenAnswer(f"GitHub's answer is not a GraphQL response: {problem}") from None
    errors = errors_of(answer.errors)
    if answer.data is None:
        said = next((error.message for error in errors if error.message), "no data and no error")
        kind = TooMuch if any(error.kind in TOO_MUCH for error in errors) else BrokenAnswer
        raise kind(f"GitHub answered the query as a whole with: {said}")
    by_alias: dict[str, Refusal] = {}
    for error in errors:
        if error.alias is not None:
            by_alias.setdefault(error.alias, _refusal(error))
    # An error without an alias says why data is missing, but nothing about a repository.
    general = next(
        (_unknown(error) for error in errors if error.alias is None),
        Refusal(Reason.MALFORMED, NO_REASON),
    )
    return BatchAnswer(
        answers=tuple(
            _answer(name, answer.data.get(f"r{i}"), by_alias.get(f"r{i}", general), now, detailed)
            for i, name in enumerate(names)
        ),
        points=points_of(answer.data.get("rateLimit")),
    )


def _answer(
    asked: RepositoryName,
    value: msgspec.Raw | None,
    refusal: Refusal,
    now: datetime,
    detailed: bool,
) -> Answer:
    if value is None or bytes(value) == b"null":
        return refusal
    try:
        found = msgspec.json.decode(value, type=_Repository)
    except UNREADABLE as problem:
        return Refusal(Reason.MALFORMED, f"GitHub's figures cannot be read: {problem}")
    return Facts(
        full_name=found.name_with_owner,
        host=asked.host,
        url=found.url,
        stars=found.stargazer_count,
        provider=Provider.GRAPHQL,
        fetched_at=now,
        id=found.database_id,
        forks=found.fork_count,
        language=found.primary_language.name if found.primary_language else None,
        license=found.license_info.spdx_id if found.license_info else None,
        archived=found.is_archived,
        fork=found.is_fork,
        private=found.is_private,
        created_at=found.created_at,
        pushed_at=found.pushed_at,
        about=found.description and cut(found.description, LONGEST_ABOUT),
        details=_details(asked.host, found) if detailed else None,
    )


def _details(host: str, found: _Repository) -> Details:
    parent, branch = found.parent, found.default_branch_ref
    commit = branch.target if branch else None
    return Details(
        committed_at=commit.committed_date if commit else None,
        disabled=found.is_disabled,
        empty=found.is_empty,
        parent=RepositoryName(parent.name_with_owner, host) if parent else None,
        parent_id=parent.database_id if parent else None,
    )


def errors_of(values: object) -> list[_Error]:
    """The errors beside the data, decoded one by one, so that a malformed one does not affect
    the others."""
    errors = []
    for value in values if isinstance(values, list) else []:
        if not isinstance(value, dict):
            continue
        kind, message, path = value.get("type"), value.get("message"), value.get("path")
        errors.append(
            _Error(
                kind=kind if isinstance(kind, str) else "",
                message=cut(
                    message if isinstance(message, str) and message else f"error of type {kind}",
                    LONGEST_MESSAGE,
                ),
                alias=path[0]
                if isinstance(path, list) and path and isinstance(path[0], str)
                else None,
            )
        )
    return errors


def _refusal(error: _Error) -> Refusal:
    if error.kind == "NOT_FOUND":
        return Refusal(Reason.NOT_FOUND, error.message)
    if _BLOCKED.search(error.message):
        return Refusal(Reason.BLOCKED, error.message)
    if error.kind == "FORBIDDEN":
        return Refusal(Reason.FORBIDDEN, error.message)
    return _unknown(error)


def _unknown(error: _Error) -> Refusal:
    """RESOURCE_LIMITS_EXCEEDED, MAX_NODE_LIMIT_EXCEEDED, INTERNAL and future types: they say
    nothing about a repository, and a smaller query may succeed."""
    return Refusal(Reason.UNAVAILABLE, error.message, too_much=True)


def points_of(rate_limit: msgspec.Raw | None) -> int:
    """The cost stated in the answer; a server that states none charges one point."""
    try:
        return msgspec.json.decode(rate_limit or b"{}", type=_RateLimit).cost
    except UNREADABLE:
        return 1
