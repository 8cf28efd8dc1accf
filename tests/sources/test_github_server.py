"""What the answers of GitHub's server mean for the requests that follow."""

from __future__ import annotations

import pytest

from crawler.http.exchange import Request, Response, Token
from crawler.model.clock import Clock
from crawler.model.errors import CredentialsError
from crawler.model.settings import Settings
from crawler.sources.base import Terms
from crawler.sources.github.server import GitHubServer

API = "https://api.github.com"
TOKEN = Token("ghp_0123456789abcdef", "GH_TOKEN")
REFUSED = b'{"message": "Requires authentication", "documentation_url": "https://docs.github.com"}'


def make_server(status: int) -> GitHubServer:
    """A server that always answers so."""

    async def send(request: Request) -> Response:
        return Response(status, {}, REFUSED, request.url)

    return GitHubServer(
        Terms(
            settings=Settings(),
            host="github.com",
            token=TOKEN,
            clock=Clock(),
            send=send,
            conditional=lambda send, _: send,
            on_pause=lambda _: None,
        )
    )


@pytest.mark.parametrize(
    "path",
    [
        "/repos/o/r/stargazers/history?per_page=30&page=1",
        "/repositories/1/stargazers/history",
        "/api/v3/repos/o/r/stargazers/history",
    ],
)
async def test_a_token_that_is_refused_a_star_history(path: str) -> None:
    """It costs the history alone: the answer is handed on, and further requests are sent."""
    server = make_server(401)
    for _ in range(2):
        response = await server.limiter.send(Request("GET", API + path, token=TOKEN))
        assert response.status == 401


@pytest.mark.parametrize("path", ["/repos/o/r", "/repos/stargazers/history", "/graphql"])
async def test_a_token_that_is_refused(path: str) -> None:
    """Anywhere else it stops those with the same token."""
    server = make_server(401)
    for _ in range(2):
        with pytest.raises(CredentialsError):
            await server.limiter.send(Request("GET", API + path, token=TOKEN))
    assert server.limiter.sent.total() == 1
