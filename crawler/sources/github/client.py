"""The client of GitHub, by GraphQL or REST: each method call is one attempt, without retries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from crawler.http.exchange import MAX_ANSWER_BYTES, Request, Response, Send, Token
from crawler.http.pages import is_page, leads_elsewhere
from crawler.model.addresses import encode_path
from crawler.model.aside import aside
from crawler.model.errors import BrokenAnswer, ForeignAnswer, RunError, Throttled
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources.github.blobs import decode_blobs, encode_blobs
from crawler.sources.github.errors import explain_foreign, read_error
from crawler.sources.github.graphql import decode_batch, encode_batch
from crawler.sources.github.host import host_of_api
from crawler.sources.github.rest import decode_repository, is_public, redirect_of
from crawler.sources.limits import read_message

API_VERSION: Final = "2022-11-28"
"""https://docs.github.com/en/rest/about-the-rest-api/api-versions"""

MAX_REDIRECTS: Final = 5
"""Redirects to follow for one repository."""


@dataclass(slots=True)
class GitHub:
    """A server that speaks GitHub's API."""

    send: Send
    api_url: str
    graphql_url: str
    token: Token | None
    include_private: bool = False
    """Whether to treat private repositories differently from missing ones."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    points: int = 0
    """GraphQL points spent so far."""
    spare: float = math.inf
    """Remaining REST requests below which optional ones are not made."""

    @property
    def host(self) -> str:
        """The host of its repositories."""
        return host_of_api(self.api_url)

    async def ask_batch(self, names: Sequence[RepositoryName]) -> list[Answer]:
        """Fetch all of `names` in one query; the answers are in their order.

        Raises: AttemptError; RunError if the address does not belong to a GraphQL API.
        """
        return await self._ask_batch(names, detailed=False)

    async def ask_details(self, names: Sequence[RepositoryName]) -> list[Answer]:
        """Like `ask_batch`, with the `Details`.

        Raises: as `ask_batch`.
        """
        return await self._ask_batch(names, detailed=True)

    async def _ask_batch(self, names: Sequence[RepositoryName], *, detailed: bool) -> list[Answer]:
        response = await self.send(self._query(encode_batch(names, detailed=detailed)))
        self._check_query(response)
        now, body = self.now(), response.body
        batch = await aside(len(body), lambda: decode_batch(body, names, now, detailed=detailed))
        self.points += batch.points
        return [
            self._public(name, answer) for name, answer in zip(names, batch.answers, strict=True)
        ]

    async def ask_blobs(
        self, places: Sequence[RepositoryPath], max_bytes: int
    ) -> list[RepositoryFile | NoFile | None]:
        """Fetch all files at `places`, of one repository, in one query; None for a file that is too
        long for a query.

        Raises: AttemptError; RunError if GitHub refuses the repository.
        """
        # In JSON, a line break takes two bytes.
        most = 2 * max_bytes + MAX_ANSWER_BYTES
        response = await self.send(self._query(encode_blobs(places), most))
        self._check_query(response)
        blobs = await aside(len(response.body), lambda: decode_blobs(response.body, places))
        self.points += blobs.points
        return list(blobs.files)

    def _query(self, body: bytes, max_bytes: int = MAX_ANSWER_BYTES) -> Request:
        return Request(
            "POST",
            self.graphql_url,
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            token=self.token,
            body=body,
            resource="graphql",
            max_bytes=max_bytes,
        )

    def _check_query(self, response: Response) -> None:
        """Check that the response is an answer to a query.

        Raises: AttemptError if another attempt may bring one; RunError if the address is wrong.
        """
        _check(response)
        if response.status == 200 and not is_page(response):
            return
        error = read_error(response)
        hint = (
            "is it the address of a GraphQL API? GITHUB_GRAPHQL_URL sets it, and --provider rest "
            "does without"
        )
        is_redirect = response.status // 100 == 3 and leads_elsewhere(response) is None
        if error is None and not is_redirect:
            raise ForeignAnswer(f"{explain_foreign(response)}; {hint}")
        # In the middle of a run this is a passing fault, but before any answer the address is
        # wrong.
        kind = BrokenAnswer if self.points else RunError
        raise kind(
            f"{self.graphql_url} answered with status {response.status}{_said(response)}: {hint}"
        )

    async def ask_one(
        self, names: Sequence[RepositoryName], *, is_optional: bool = False
    ) -> list[Answer]:
        """Fetch the one repository in `names` by REST, following renames. If `is_optional`, it does
        not wait for a used-up limit.

        Raises: AttemptError.
        """
        (name,) = names
        path = encode_path("repos", name.owner, name.name)
        response = await self.get(
            path, "application/vnd.github+json", keep=is_public, is_optional=is_optional
        )
        return [self._public(name, decode_repository(response, name.host, self.now()))]

    async def get(
        self,
        path: str,
        accept: str,
        *,
        version: str = API_VERSION,
        max_bytes: int = MAX_ANSWER_BYTES,
        keep: Callable[[Response], bool],
        is_optional: bool = False,
    ) -> Response:
        """The REST answer for a path, which may end with a query, following renames.

        Raises: AttemptError.
        """
        request = Request(
            "GET",
            self.api_url.rstrip("/") + path,
            headers={"Accept": accept, "X-GitHub-Api-Version": version},
            token=self.token,
            resource="core",
            max_bytes=max_bytes,
            keep=keep,
            is_optional=is_optional,
        )
        for _ in range(1 + MAX_REDIRECTS):
            if is_optional and self.spare < 1:
                raise Throttled("the other requests of this hour are kept for reading lists")
            self.spare -= 1
            response = await self.send(request)
            _check(response)
            target = redirect_of(response)
            if target is None:
                return response
            _, mark, query = request.url.partition("?")
            if mark and "?" not in target:
                target = f"{target}?{query}"
            request = replace(request, url=target)
        raise BrokenAnswer(f"GitHub redirects {path} more than {MAX_REDIRECTS} times")

    def _public(self, name: RepositoryName, answer: Answer) -> Answer:
        """Reports are published, so a private repository is reported as missing."""
        if isinstance(answer, Facts) and answer.private and not self.include_private:
            # In GitHub's own words for a missing one, or the message would give it away.
            by_query = answer.provider == Provider.GRAPHQL
            said = f"Could not resolve to a Repository with the name '{name}'."
            return Refusal(Reason.NOT_FOUND, said if by_query else "Not Found")
        return answer


def _check(response: Response) -> None:
    if response.is_passing:
        raise BrokenAnswer(f"GitHub answered with status {response.status}{_said(response)}")


def _said(response: Response) -> str:
    message = read_message(response)
    return f", saying {message!r}" if message else ""
