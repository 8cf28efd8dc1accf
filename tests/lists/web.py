"""A web that lists are read from, without a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crawler.http.exchange import Request, Response
from crawler.lists.locations import (
    ListText,
    display_name,
    load_list,
    locate,
)
from crawler.model.values import RepositoryName

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

    async def fetch_readme(self, name: RepositoryName, folder: str, most: int) -> Response:
        """The README of a repository's folder."""
        return await self.send(Request("GET", f"readme:{name}:{folder}", max_bytes=most))

    async def load(self, name: str) -> ListText:
        """Read the list of that name."""
        origin = locate(name)
        return await load_list(display_name(name, origin), origin, self.fetch_readme, self.send)


def put(path: str | Path, content: str | bytes) -> None:
    """Make a file."""
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
