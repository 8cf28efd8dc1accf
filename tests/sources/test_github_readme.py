"""READMEs by the GitHub client: where they are asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from crawler.http.client import Http
from crawler.http.exchange import Response
from crawler.model.errors import AttemptError, RunError, TooLarge, UsageError
from crawler.model.values import RepositoryName
from crawler.sources.github.client import GitHub

API = "https://github.test/api/v3"
NAME = RepositoryName("owner/repo", "github.com")
MOST_BYTES = 100


async def fetch(handler: Callable[[httpx.Request], httpx.Response], folder: str = "") -> Response:
    """The README of `folder` from a GitHub that answers with `handler`."""
    async with Http(httpx.MockTransport(handler)) as http:
        github = GitHub(http.send, API, f"{API}/graphql", token=None)
        return await github.fetch_readme(NAME, folder, MOST_BYTES)


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("", "/api/v3/repos/owner/repo/readme"),
        ("docs", "/api/v3/repos/owner/repo/readme/docs"),
        ("docs/more lists", "/api/v3/repos/owner/repo/readme/docs/more%20lists"),
        ("a?b#c", "/api/v3/repos/owner/repo/readme/a%3Fb%23c"),
        ("a\\b/%2f/c", "/api/v3/repos/owner/repo/readme/a%5Cb/%252f/c"),
    ],
)
async def test_readme(folder: str, path: str) -> None:
    """A README is asked of its endpoint, as source, and comes back byte for byte."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"\xef\xbb\xbf# List\xff")

    response = await fetch(handler, folder)
    assert (response.status, response.body) == (200, b"\xef\xbb\xbf# List\xff")
    (request,) = asked
    assert request.url.raw_path.decode() == path
    assert request.headers["accept"] == "application/vnd.github.raw+json"


@pytest.mark.parametrize("folder", ["..", "a/../b", "%2e%2e/%2E%2E", "..\\..", "a%2f..", "."])
async def test_readme_of_a_folder_that_climbs(folder: str) -> None:
    """Whoever names it, nothing is asked: it could be any address of the API."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    with pytest.raises(UsageError, match="dot segments"):
        await fetch(handler, folder)
    assert not asked


async def test_readme_of_a_renamed_repository() -> None:
    """It is found by its old name."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/repositories/1/readme":
            return httpx.Response(200, content=b"# List")
        return httpx.Response(301, headers={"location": f"{API}/repositories/1/readme"})

    assert (await fetch(handler)).body == b"# List"


async def test_readme_that_is_missing() -> None:
    """That there is none is an answer."""
    missing = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
    assert (await fetch(lambda _: httpx.Response(404, json=missing))).status == 404


async def test_readme_that_is_too_large() -> None:
    """One byte over its bound is too much."""
    assert len((await fetch(lambda _: httpx.Response(200, content=bytes(MOST_BYTES)))).body) == 100
    with pytest.raises(TooLarge):
        await fetch(lambda _: httpx.Response(200, content=bytes(MOST_BYTES + 1)))


@pytest.mark.parametrize("status", [400, 403, 410, 422, 451])
async def test_readme_that_is_refused(status: int) -> None:
    """Any other answer ends the run, with GitHub's sentence."""
    refusal = {"message": "Because.", "documentation_url": "https://docs.github.com/rest"}
    with pytest.raises(RunError, match=rf"owner/repo.*{status}.*Because\.") as caught:
        await fetch(lambda _: httpx.Response(status, json=refusal))
    assert not isinstance(caught.value, AttemptError)
