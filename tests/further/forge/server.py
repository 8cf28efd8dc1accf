"""Who answers about them: one request each, for JSON with a number and stars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from crawler.http.exchange import Request, Response
from crawler.model.errors import BrokenAnswer, CredentialsError, RunError, Throttled
from crawler.model.files import RepositoryFile, RepositoryPath
from crawler.model.values import Answer, Facts, Reason, Refusal, RepositoryName
from crawler.sources.base import Api, FetchFiles, Server, Terms
from crawler.sources.limits import read_limit


class _Repository(msgspec.Struct):
    id: int
    name: str
    stars: int


class ForgeServer:
    """The server of a forge."""

    points = 0

    def __init__(self, terms: Terms) -> None:
        self.limiter = terms.limiter(_judge)
        self.fetch_files: FetchFiles | None = None
        self._terms = terms

    def api(self, provider: str) -> Api:
        """The only one."""
        return Api(
            provider=provider, title="The forge", ask=self._ask, smallest_batch=1, largest_batch=1
        )

    async def _ask(self, names: Sequence[RepositoryName]) -> list[Answer]:
        (name,) = names
        response = await self._get(name.full_name)
        if response.status == 404:
            return [Refusal(Reason.NOT_FOUND, "no such repository")]
        if response.status != 200:
            raise BrokenAnswer(f"the forge answered with status {response.status}")
        found = msgspec.json.decode(response.body, type=_Repository)
        return [
            Facts(
                full_name=found.name,
                host=name.host,
                url=f"https://{name.host}/{found.name}",
                stars=found.stars,
                provider="forge",
                fetched_at=self._terms.clock.now(),
                id=found.id,
            )
        ]

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """As `Server.fetch_readme`."""
        del max_bytes
        response = await self._get(f"{folder.repository}/readme")
        return RepositoryFile(folder, response.body) if response.status == 200 else None

    async def fetch_file(self, place: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """It shows none."""

    async def _get(self, path: str) -> Response:
        url = f"https://{self._terms.host}/files/{path}"
        return await self.limiter.send(Request("GET", url, token=self._terms.token))


def _judge(_: Request, response: Response, now: datetime) -> RunError | None:
    if response.status == 401:
        return CredentialsError("the forge refuses the token")
    limit = read_limit(response, now)
    return None if limit is None else Throttled(limit.message, limit.until)


open_server: Callable[[Terms], Server] = ForgeServer
