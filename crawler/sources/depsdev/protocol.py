"""The protocol of deps.dev: encode one request for thousands of repositories, decode its answer.

deps.dev is Google's open index of projects on GitHub, GitLab and Bitbucket. It
needs no token. Its figures carry no date, and it does not say whether a
repository was archived, renamed or deleted.
https://docs.deps.dev/api/v3alpha/#getprojectbatch
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from crawler.model.errors import BrokenAnswer
from crawler.model.frozen import frozen
from crawler.model.text import cut
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources import LONGEST_ABOUT, UNREADABLE, Count, check_parts

PATH: Final = "/v3alpha/projectbatch"

MAX_PROJECTS: Final = 5000
"""Most repositories in one request."""

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""Largest answer to read; one with that many repositories has some 5 MB."""

MOST_PARTS: Final = 100 * MAX_PROJECTS
"""Commas allowed in an answer: a project has about a dozen fields, and a description."""

UNKNOWN: Final = (
    "deps.dev does not know it; a GitHub token would settle it: "
    "set GH_TOKEN, or log in with gh auth login"
)

_NO_SPDX: Final = frozenset({"", "non-standard", "unknown"})
"""What deps.dev says if it has no SPDX identifier for a license."""

_EMPTY: Final = frozenset({b"null", b"{}"})
"""A project that was not found is missing or, according to the documentation, empty."""

_Count = Count | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,15}\Z")]
"""JSON made from protobuf may represent a number as text, and omits zeros.
https://protobuf.dev/programming-guides/json/"""


class _Key(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern=r"^[^/\s]+(/[^/\s]+){2,}\Z", max_length=1000)]
    """`host/owner/repo`; on GitLab there may be groups in between."""


class _Project(msgspec.Struct, rename="camel"):
    project_key: _Key
    stars_count: _Count = 0
    forks_count: _Count | None = 0
    license: str | None = None
    description: str | None = None


class _Request(msgspec.Struct, rename="camel"):
    project_key: _Key


class _Response(msgspec.Struct):
    request: _Request
    project: msgspec.Raw = msgspec.Raw(b"null")


class _Batch(msgspec.Struct, rename="camel"):
    responses: list[msgspec.Raw] = []
    next_page_token: str | None = None


@frozen
class Page:
    """One answer: some or all of the repositories."""

    answers: Mapping[str, Answer]
    """By `RepositoryName.key` of the requested name."""
    next_page_token: str
    """The token for the next page; empty on the last one."""


def encode_batch(names: Sequence[RepositoryName], page_token: str = "") -> bytes:
    """The body of the POST that requests all of `names`, or a further page of the answer."""
    body: dict[str, Any] = {
        "requests": [{"projectKey": {"id": f"{name.host}/{name.full_name}"}} for name in names]
    }
    if page_token:
        body["pageToken"] = page_token
    return msgspec.json.encode(body)


def decode_batch(body: bytes, now: datetime) -> Page:
    """Decode one page of the answer to `encode_batch`.

    Items that do not say which repository they belong to are skipped; the caller finds that
    repository missing.

    Raises: BrokenAnswer if the body is not such an answer.
    """
    check_parts(body, MOST_PARTS)
    try:
        batch = msgspec.json.decode(body, type=_Batch)
    except UNREADABLE as problem:
        raise BrokenAnswer(f"deps.dev's answer is not a project batch: {problem}") from None
    answers: dict[str, Answer] = {}
    for raw in batch.responses:
        try:
            response = msgspec.json.decode(raw, type=_Response)
        except UNREADABLE:
            continue
        name = _name(response.request.project_key)
        answers.setdefault(name.key, _answer(response.project, name, now))
    return Page(answers, batch.next_page_token or "")


def _name(key: _Key) -> RepositoryName:
    host, _, full_name = key.id.partition("/")
    return RepositoryName(full_name, host.lower())


def _answer(project: msgspec.Raw, asked: RepositoryName, now: datetime) -> Answer:
    if bytes(project) in _EMPTY:
        return Refusal(Reason.UNKNOWN_TO_SOURCE, UNKNOWN)
    try:
        found = msgspec.json.decode(project, type=_Project)
    except UNREADABLE as problem:
        return Refusal(Reason.MALFORMED, f"deps.dev's figures cannot be read: {problem}")
    canonical = _name(found.project_key)
    if canonical.host != asked.host:
        return Refusal(
            Reason.MALFORMED, f"deps.dev answered with a project on {canonical.host} instead"
        )
    license = cut(found.license or "", LONGEST_ABOUT)
    return Facts(
        full_name=canonical.full_name,
        host=canonical.host,
        url=canonical.url,
        stars=int(found.stars_count),
        provider=Provider.DEPSDEV,
        fetched_at=now,
        forks=None if found.forks_count is None else int(found.forks_count),
        license=None if license in _NO_SPDX else license,
        about=cut(found.description or "", LONGEST_ABOUT) or None,
    )
