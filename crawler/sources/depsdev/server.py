"""deps.dev as a server in a run."""

from __future__ import annotations

from datetime import datetime

from crawler.http.exchange import Request, Response
from crawler.model.errors import ListError, Throttled
from crawler.model.files import RepositoryFile, RepositoryPath
from crawler.sources.addresses import addresses_of
from crawler.sources.base import Api, FetchFiles, Terms
from crawler.sources.depsdev.client import DepsDev, verdict
from crawler.sources.depsdev.protocol import MAX_PROJECTS


class DepsDevServer:
    """deps.dev, or the server at the address in the settings."""

    points = 0

    def __init__(self, terms: Terms) -> None:
        api_url = addresses_of(terms.settings).depsdev_url
        self.limiter = terms.limiter(_judge)
        self.fetch_files: FetchFiles | None = None
        self._is_chosen = terms.settings.provider != "auto"
        self._client = DepsDev(send=self.limiter.send, api_url=api_url, now=terms.clock.now)

    def api(self, provider: str) -> Api:
        """As `Server.api`."""
        return Api(
            provider=provider,
            title="deps.dev",
            ask=self._client.ask_batch,
            # As few requests as possible: they are quick, whatever their size.
            smallest_batch=MAX_PROJECTS,
            largest_batch=MAX_PROJECTS,
            caution=self._caution,
        )

    def _caution(self, _: int) -> str | None:
        # The report itself says how far its figures can be trusted.
        if self._is_chosen:
            return None
        return (
            "without a GitHub token deps.dev is asked: set GH_TOKEN, or log in with gh auth login"
        )

    async def fetch_readme(self, folder: RepositoryPath, max_bytes: int) -> RepositoryFile | None:
        """As `Server.fetch_readme`."""
        raise ListError(f"deps.dev has no files of {folder.repository}")

    fetch_file = fetch_readme


def _judge(_: Request, response: Response, now: datetime) -> Throttled | None:
    return verdict(response, now)


open_server = DepsDevServer
