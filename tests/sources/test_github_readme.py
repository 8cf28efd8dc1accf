"""Files of repositories by the GitHub client: where they are asked for, and what comes back."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable

import httpx
import pytest

from crawler.http.client import Http
from crawler.model.errors import (
    AttemptError,
    BrokenAnswer,
    ForeignAnswer,
    ListError,
    RunError,
    TooLarge,
    UsageError,
)
from crawler.model.files import RepositoryFile, RepositoryPath
from crawler.model.values import RepositoryName
from crawler.sources.github.client import GitHub
from crawler.sources.github.files import Fetch, fetch_file, fetch_readme

API = "https://github.test/api/v3"
NAME = RepositoryName("owner/repo", "github.com")
MOST_BYTES = 100

Handler = Callable[[httpx.Request], httpx.Response]


async def fetch(
    handler: Handler, path: str = "", ref: str = "", how: Fetch = fetch_readme
) -> RepositoryFile | None:
    """The README of a folder, or a file, from a GitHub that answers with `handler`."""
    async with Http(httpx.MockTransport(handler)) as http:
        github = GitHub(http.send, API, f"{API}/graphql", token=None)
        return await how(github, RepositoryPath(NAME, path, ref), MOST_BYTES)


def contents(path: str, content: bytes, **more: object) -> httpx.Response:
    """GitHub's JSON of a file."""
    said: dict[str, object] = {"path": path, "encoding": "base64", "size": len(content)}
    said["content"] = encodebytes(content).decode()
    return httpx.Response(200, json=said | more)


class World:
    """Answers by media type; what was asked."""

    def __init__(self, **answers: httpx.Response) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer in the format that is asked for: `json`, `raw` or `html`."""
        self.asked.append(request)
        kind = request.headers["accept"].removeprefix("application/vnd.github").split("+")[0]
        return self.answers[kind.lstrip(".") or "json"]


def typed(kind: str, content: bytes) -> httpx.Response:
    """An answer of a media type of GitHub's."""
    head = {"content-type": f"application/vnd.github.{kind}+json; charset=utf-8"}
    return httpx.Response(200, content=content, headers=head)


@pytest.mark.parametrize(
    ("folder", "ref", "path"),
    [
        ("", "", "/api/v3/repos/owner/repo/readme"),
        ("", "v1", "/api/v3/repos/owner/repo/readme?ref=v1"),
        ("docs", "", "/api/v3/repos/owner/repo/readme/docs"),
        (
            "docs/more lists",
            "a/b&c",
            "/api/v3/repos/owner/repo/readme/docs/more%20lists?ref=a%2Fb%26c",
        ),
        ("a?b#c", "", "/api/v3/repos/owner/repo/readme/a%3Fb%23c"),
        ("a\\b/%2f/c", "", "/api/v3/repos/owner/repo/readme/a%5Cb/%252f/c"),
    ],
)
async def test_readme(folder: str, ref: str, path: str) -> None:
    """A README in Markdown is one request, and comes back byte for byte with its name."""
    world = World(json=contents("docs/README.md", b"\xef\xbb\xbf# List\xff"))
    found = await fetch(world, folder, ref)
    place = RepositoryPath(NAME, "docs/README.md", ref)
    assert found == RepositoryFile(place, b"\xef\xbb\xbf# List\xff")
    (request,) = world.asked
    assert request.url.raw_path.decode() == path


@pytest.mark.parametrize("name", ["README.org", "README.rst", "readme.asciidoc", "README.wiki"])
async def test_readme_in_another_format(name: str) -> None:
    """What is in no format that is read as it is, GitHub renders, for a second request."""
    world = World(json=contents(name, b"* List"), html=typed("html", b"<h1>List</h1>"))
    found = await fetch(world, ref="main")
    assert found == RepositoryFile(RepositoryPath(NAME, name, "main"), b"<h1>List</h1>", True)
    assert [request.url.raw_path for request in world.asked] == [
        b"/api/v3/repos/owner/repo/readme?ref=main"
    ] * 2


@pytest.mark.parametrize("name", ["README", "README.txt", "README.html", "readme.MKD"])
async def test_readme_that_is_read_as_it_is(name: str) -> None:
    """HTML is read here, and what has no suffix as Markdown, as ever."""
    found = await fetch(World(json=contents(name, b"# List")))
    assert found is not None
    assert (found.body, found.is_rendered) == (b"# List", False)


TOO_LARGE = httpx.Response(
    403,
    json={
        "message": "This API returns blobs up to 1 MB in size.",
        "errors": [{"resource": "Blob", "field": "data", "code": "too_large"}],
        "documentation_url": "https://docs.github.com/rest",
    },
)


@pytest.mark.parametrize(
    "said", [contents("README.md", b"", encoding="none", size=2**21), TOO_LARGE]
)
async def test_readme_that_json_does_not_hold(said: httpx.Response) -> None:
    """One of over 1 MB is asked for as what it is."""
    found = await fetch(World(json=said, raw=typed("raw", b"# Large")))
    assert found is not None
    assert (found.body, found.place.path) == (b"# Large", "README.md")


@pytest.mark.parametrize(
    ("path", "kind", "body"), [("a b/x.md", "raw", b"# x"), ("x.adoc", "html", b"<h1>x</h1>")]
)
async def test_file(path: str, kind: str, body: bytes) -> None:
    """A file is one request, since its name is known."""
    world = World(**{kind: typed(kind, body)})
    found = await fetch(world, path, "v1", fetch_file)
    assert found == RepositoryFile(RepositoryPath(NAME, path, "v1"), body, kind == "html")
    url = f"/api/v3/repos/owner/repo/contents/{path.replace(' ', '%20')}?ref=v1"
    assert [request.url.raw_path.decode() for request in world.asked] == [url]


async def test_file_that_is_a_folder() -> None:
    """GitHub lists what is in it, which is no list of repositories."""
    listing = httpx.Response(200, json=[{"path": "docs/a.md"}])
    with pytest.raises(ListError, match=r"^docs of owner/repo is a folder"):
        await fetch(World(raw=listing), "docs", how=fetch_file)


@pytest.mark.parametrize("folder", ["..", "a/../b", "%2e%2e/%2E%2E", "..\\..", "a%2f..", "."])
@pytest.mark.parametrize("how", [fetch_readme, fetch_file])
async def test_a_path_that_climbs(folder: str, how: Fetch) -> None:
    """Whoever names it, nothing is asked: it could be any address of the API."""
    world = World()
    with pytest.raises(UsageError, match="dot segments"):
        await fetch(world, folder, how=how)
    assert not world.asked


async def test_readme_of_a_renamed_repository() -> None:
    """It is found by its old name, at the same ref."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/repositories/1/readme":
            assert request.url.query == b"ref=v1"
            return contents("README.md", b"# List")
        return httpx.Response(301, headers={"location": f"{API}/repositories/1/readme"})

    found = await fetch(handler, ref="v1")
    assert found is not None
    assert found.body == b"# List"


MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}


@pytest.mark.parametrize("how", [fetch_readme, fetch_file])
async def test_what_is_missing(how: Fetch) -> None:
    """That there is none is an answer."""
    assert await fetch(lambda _: httpx.Response(404, json=MISSING), "x.md", how=how) is None


async def test_readme_that_is_too_large() -> None:
    """One byte over its bound is too much."""
    at_most = await fetch(World(raw=typed("raw", bytes(MOST_BYTES))), "x.md", how=fetch_file)
    assert at_most is not None
    with pytest.raises(TooLarge):
        await fetch(World(raw=typed("raw", bytes(MOST_BYTES + 1))), "x.md", how=fetch_file)
    with pytest.raises(TooLarge):
        await fetch(World(json=contents("README.md", bytes(100_000))))


@pytest.mark.parametrize("status", [400, 403, 410, 422, 451])
async def test_readme_that_is_refused(status: int) -> None:
    """Any other answer ends the run, with GitHub's sentence."""
    refusal = {"message": "Because.", "documentation_url": "https://docs.github.com/rest"}
    with pytest.raises(RunError, match=rf"owner/repo.*{status}.*Because\.") as caught:
        await fetch(lambda _: httpx.Response(status, json=refusal))
    assert not isinstance(caught.value, AttemptError)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"# List",
        b"[]",
        b'{"path": 1}',
        b"{}",
        b'{"path": "README.md", "content": "#"',
        b"\xff",
    ],
)
async def test_json_that_is_no_file(body: bytes) -> None:
    """It is a broken answer, and another attempt may bring a better one."""
    with pytest.raises(BrokenAnswer):
        await fetch(lambda _: httpx.Response(200, content=body))


async def test_content_that_is_no_base64() -> None:
    """So is what cannot be decoded."""
    said = {"path": "README.md", "encoding": "base64", "content": "A"}
    with pytest.raises(BrokenAnswer):
        await fetch(World(json=httpx.Response(200, json=said)))


async def test_a_page_in_the_place_of_what_is_rendered() -> None:
    """A portal's page is no list, though it is HTML."""
    page = httpx.Response(200, html="<!doctype html><title>Log in</title>")
    with pytest.raises(ForeignAnswer, match="Log in"):
        await fetch(World(json=contents("README.org", b"* x"), html=page))
