"""The client of deps.dev: each method call is one attempt, without retries or tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from crawler.http.exchange import Request, Response, Send
from crawler.http.pages import explain, is_page, leads_elsewhere
from crawler.model.aside import aside
from crawler.model.errors import BrokenAnswer, ForeignAnswer, RunError, Throttled
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName
from crawler.sources.depsdev.protocol import (
    MAX_ANSWER_BYTES,
    PATH,
    Page,
    decode_batch,
    encode_batch,
)
from crawler.sources.limits import read_limit, read_message

MAX_IDLE_PAGES: Final = 3
"""Successive pages without anything new after which to stop; a single page may be empty.
https://google.aip.dev/158"""

_OF_THE_REQUEST: Final = frozenset({400, 413, 422})
"""Statuses that concern only this request: a smaller batch may leave out what caused them."""

_MOVED: Final = frozenset({301, 308})
"""Permanent redirects: the address is outdated."""

NO_REASON: Final = "deps.dev answered without the repository and without a reason"


@dataclass(slots=True)
class DepsDev:
    """A server that speaks deps.dev's API."""

    send: Send
    api_url: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def ask_batch(self, names: Sequence[RepositoryName]) -> list[Answer]:
        """Fetch up to `MAX_PROJECTS` names, page by page; the answers are in their order.

        Raises: AttemptError; RunError if the server refuses, or has no such API.
        """
        wanted = {name.key for name in names}
        found: dict[str, Answer] = {}
        token, seen, idle = "", {""}, 0
        while wanted:
            page = await self._ask_page(names, token)
            news = wanted & page.answers.keys()
            found.update((key, page.answers[key]) for key in news)
            wanted -= news
            token = page.next_page_token
            idle = 0 if news else idle + 1
            if not token or token in seen or idle >= MAX_IDLE_PAGES:
                break
            seen.add(token)
        if names and not found:
            raise BrokenAnswer("deps.dev answered without any of the repositories")
        missing = Refusal(Reason.MALFORMED, NO_REASON)
        return [_spelled(found.get(name.key, missing), name) for name in names]

    async def _ask_page(self, names: Sequence[RepositoryName], token: str) -> Page:
        response = await self.send(
            Request(
                "POST",
                self.api_url.rstrip("/") + PATH,
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                body=encode_batch(names, token),
                resource="depsdev",
                max_bytes=MAX_ANSWER_BYTES,
            )
        )
        now = self.now()
        _check(response, now)
        return await aside(len(response.body), lambda: decode_batch(response.body, now))


def _spelled(answer: Answer, name: RepositoryName) -> Answer:
    """The answer with the name as the list spells it: deps.dev returns it in lower case."""
    if isinstance(answer, Facts) and answer.full_name.casefold() == name.full_name.casefold():
        url = answer.url.removesuffix(answer.full_name) + name.full_name
        return replace(answer, full_name=name.full_name, url=url)
    return answer


def verdict(response: Response, now: datetime) -> Throttled | None:
    """What `response` means for all following requests; None if it concerns only its own."""
    limit = read_limit(response, now) if response.status != 200 else None
    if limit is None:
        return None
    return Throttled(f"deps.dev refuses more requests: {limit.message}", limit.until)


def _saying(response: Response) -> str:
    message = read_message(response)
    return f", saying {message!r}" if message else ""


def _check(response: Response, now: datetime) -> None:
    if response.status == 200 and not is_page(response):
        return
    if (refusal := verdict(response, now)) is not None:
        raise refusal
    hint = f"is {response.url} its address? DEPSDEV_API_URL sets it"
    if is_page(response) or (leads_elsewhere(response) and response.status not in _MOVED):
        raise ForeignAnswer(f"deps.dev is out of reach: {explain(response, 'JSON')}; {hint}")
    answered = f"deps.dev answered with status {response.status}{_saying(response)}"
    if response.is_passing or response.status in _OF_THE_REQUEST:
        raise BrokenAnswer(answered)
    raise RunError(f"{answered}: {hint}")
