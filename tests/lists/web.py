"""A web that lists are read from, without a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.http.exchange import Request, Response
from crawler.lists.loading import ListText, load_list
from crawler.lists.locations import display_name, locate
from crawler.model.files import RepositoryFile, RepositoryPath

MARKDOWN = "# Tools\n\n- [A](https://github.com/a/a)\n"
URL = "https://lists.example/best.md"


@dataclass
class Web:
    """Answers by URL, and by repository and folder; records what it was asked."""

    answers: dict[str, Response | Exception] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def serve(self, url: str, body: str | bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer `url` from now on."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = Response(status, named, content, url)

    async def send(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def fetch_readme(self, folder: RepositoryPath, most: int) -> RepositoryFile | None:
        """The README of a repository's folder."""
        return await self._fetch("readme", folder, f"{folder.path}/README.md".lstrip("/"), most)

    async def fetch_file(self, place: RepositoryPath, most: int) -> RepositoryFile | None:
        """A file of a repository."""
        return await self._fetch("file", place, place.path, most)

    async def _fetch(
        self, kind: str, asked: RepositoryPath, path: str, most: int
    ) -> RepositoryFile | None:
        ref = f"@{asked.ref}" if asked.ref else ""
        url = f"{kind}:{asked.repository}{ref}:{asked.path}"
        response = await self.send(Request("GET", url, max_bytes=most))
        if response.status == 404:
            return None
        place = replace(asked, path=response.headers.get("path", path))
        return RepositoryFile(place, response.body, "rendered" in response.headers)

    async def load(self, name: str) -> ListText:
        """Read the list of that name."""
        origin = locate(name)
        return await load_list(display_name(name, origin), origin, self, self.send)


def put(path: str | Path, content: str | bytes) -> None:
    """Make a file."""
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
