"""The client of deps.dev, through the door to the network and against the stand-in's answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standin import TOKEN, Exchange, Log, Repository, World
from standin import depsdev as door

from crawler.http.client import Http
from crawler.http.exchange import Request, Response
from crawler.model.errors import AttemptError, BrokenAnswer, RunError, Throttled
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources.depsdev.client import MAX_IDLE_PAGES, DepsDev

NOW = datetime(2026, 5, 8, 12, tzinfo=UTC)
URL = "https://deps.test"
PUBLIC = ["alpha/tool", "beta/tool", "gamma/tool", "iota/zero", "theta/bare"]

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Server:
    """The stand-in's deps.dev as a transport in memory; keeps what it was asked."""

    world: World
    door: door.DepsDev = field(default_factory=door.DepsDev)
    log: Log = field(default_factory=Log)
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        exchange = Exchange("other", request.method, "", path, dict(request.headers), 0.0)
        answer = self.door.answer(self.world, self.log, exchange, request.content)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


@pytest.fixture
def server(world: World) -> Server:
    """The stand-in's deps.dev over the small world."""
    return Server(world)


def names(*full_names: str) -> list[RepositoryName]:
    """Repositories on GitHub."""
    return [RepositoryName(each, "github.com") for each in full_names]


async def ask(handler: Handler, *asked: RepositoryName, url: str = URL) -> list[Answer]:
    """One attempt, by way of the real door to the network."""
    async with Http(httpx.MockTransport(handler)) as http:
        return await DepsDev(http.send, url, now=lambda: NOW).ask_batch(asked)


async def facts(handler: Handler, *asked: str) -> list[tuple[str, int]]:
    """Canonical names and stars of repositories that deps.dev knows."""
    answers = await ask(handler, *names(*asked))
    known = [answer for answer in answers if isinstance(answer, Facts)]
    assert len(known) == len(answers)
    return [(each.full_name, each.stars) for each in known]


def always(status: int, body: bytes = b"", **headers: str) -> Handler:
    """A server that answers everything alike."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=body, headers=given)


async def test_a_batch_is_one_request(server: Server) -> None:
    """Any number of repositories is asked for by one POST, and answered in the order asked."""
    assert await facts(server, *PUBLIC) == [
        ("alpha/tool", 900),
        ("beta/tool", 500),
        ("gamma/tool", 500),
        ("iota/zero", 0),
        ("theta/bare", 80),
    ]
    (request,) = server.requests
    assert (request.method, str(request.url)) == ("POST", f"{URL}/v3alpha/projectbatch")
    assert request.headers["content-type"] == "application/json"
    assert not server.log.problems


async def test_answers_say_where_they_come_from(server: Server) -> None:
    """Each carries deps.dev as its provider and the time at which it was read."""
    (answer,) = await ask(server, *names("alpha/tool"))
    assert isinstance(answer, Facts)
    assert (answer.provider, answer.fetched_at) == (Provider.DEPSDEV, NOW)


async def test_no_token_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests have no place for one, wherever one may be found."""
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    sent: list[Request] = []
    async with Http(httpx.MockTransport(server)) as http:

        async def send(request: Request) -> Response:
            sent.append(request)
            return await http.send(request)

        await DepsDev(send, URL).ask_batch(names(*PUBLIC))
    assert [(each.token, each.resource) for each in sent] == [(None, "depsdev")]
    assert "authorization" not in server.requests[0].headers
    assert TOKEN not in str(server.requests[0].headers) + server.requests[0].content.decode()


async def test_a_slash_at_the_end_of_the_address_does_not_matter(server: Server) -> None:
    """An address may be given with a path, and with a slash after it."""
    await ask(server, *names("alpha/tool"), url=f"{URL}/mirror/")
    assert server.requests[0].url.path == "/mirror/v3alpha/projectbatch"


async def test_nothing_asked_is_nothing_sent(server: Server) -> None:
    """Without names there is no request."""
    assert await ask(server) == []
    assert not server.requests


async def test_what_deps_dev_does_not_know(server: Server) -> None:
    """Unheard of, private, taken down or on another host: each unknown, the others ranked."""
    server.door.unknown.add("Beta/Tool")
    asked = names("beta/tool", "no/where", "lambda/secret", "mu/dmca", "alpha/tool")
    elsewhere = RepositoryName("alpha/tool", host="gitlab.com")
    *unknown, known, other = await ask(server, *asked, elsewhere)
    for answer in (*unknown, other):
        assert isinstance(answer, Refusal)
        assert answer.reason is Reason.UNKNOWN_TO_SOURCE
        assert "a GitHub token would settle it" in answer.message
    assert isinstance(known, Facts)


async def test_canonical_names_bring_two_names_together(server: Server) -> None:
    """A repository's old name comes back as the one of today."""
    asked = ("delta/before", "delta/after")
    assert await facts(server, *asked) == [("delta/after", 300)] * 2


async def test_names_are_spelled_as_they_were_asked(server: Server) -> None:
    """deps.dev writes names in lower case, and the list does not."""
    server.world.add(Repository("Upper/Case", 4))
    for server.door.lower_case in (False, True):
        first, second = await ask(server, *names("Upper/Case", "delta/Before"))
        assert isinstance(first, Facts)
        assert isinstance(second, Facts)
        assert (first.full_name, first.url) == ("Upper/Case", "https://github.com/Upper/Case")
        assert second.full_name == "delta/after"


async def test_names_in_two_cases_both_have_an_answer(server: Server) -> None:
    """Whoever asks twice for one repository gets both answers."""
    expected = [("alpha/tool", 900), ("ALPHA/Tool", 900)]
    assert await facts(server, "alpha/tool", "ALPHA/Tool") == expected


@pytest.mark.parametrize("leave_out_zeros", [True, False])
@pytest.mark.parametrize("numbers_as_text", [True, False])
async def test_both_ways_of_writing_what_is_zero(
    server: Server, leave_out_zeros: bool, numbers_as_text: bool
) -> None:
    """A zero that is left out and one that is written are read alike, and so are numbers."""
    server.door.leave_out_zeros = leave_out_zeros
    server.door.numbers_as_text = numbers_as_text
    zero, known, unknown = await ask(server, *names("iota/zero", "alpha/tool", "no/where"))
    assert isinstance(zero, Facts)
    assert isinstance(known, Facts)
    assert isinstance(unknown, Refusal)
    assert (zero.stars, zero.forks, known.stars, known.forks) == (0, 0, 900, 90)
    assert unknown.reason is Reason.UNKNOWN_TO_SOURCE


@pytest.mark.parametrize(("page_size", "requests"), [(1, 5), (2, 3), (5, 1), (100, 1)])
async def test_all_pages_are_read(server: Server, page_size: int, requests: int) -> None:
    """Pages are followed to the last, however many, and put together in the order asked."""
    server.door.page_size = page_size
    assert [name for name, _ in await facts(server, *PUBLIC)] == PUBLIC
    assert len(server.requests) == requests
    assert not server.log.problems


def pages(*bodies: object) -> tuple[Handler, list[str]]:
    """A server that sends these one after the other, the last one for ever; and tokens it got."""
    tokens: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        tokens.append(json.loads(request.content).get("pageToken", ""))
        body = bodies[min(len(tokens), len(bodies)) - 1]
        return httpx.Response(200, json=body(len(tokens)) if callable(body) else body)

    return handle, tokens


def known(*full_names: str) -> list[dict[str, object]]:
    """Responses for repositories with 7 stars."""
    keys = [{"projectKey": {"id": f"github.com/{each}"}} for each in full_names]
    return [{"request": key, "project": {**key, "starsCount": 7}} for key in keys]


async def test_a_page_may_be_empty() -> None:
    """A token says that there is more, whatever the page brought."""
    handle, tokens = pages({"nextPageToken": "b"}, {"responses": known("a/a")})
    assert await facts(handle, "a/a") == [("a/a", 7)]
    assert tokens == ["", "b"]


async def test_nothing_is_asked_once_all_is_known() -> None:
    """A token after the last answer is not followed."""
    handle, tokens = pages({"responses": known("a/a"), "nextPageToken": "b"})
    assert await facts(handle, "a/a") == [("a/a", 7)]
    assert tokens == [""]


async def test_a_token_that_comes_again_ends_the_attempt() -> None:
    """Pages that go in a circle are not followed round it."""
    handle, tokens = pages(
        {"responses": known("a/a"), "nextPageToken": "b"}, {"nextPageToken": "b"}
    )
    found, missing = await ask(handle, *names("a/a", "b/b"))
    assert isinstance(found, Facts)
    assert isinstance(missing, Refusal)
    assert missing.reason is Reason.MALFORMED
    assert tokens == ["", "b"]


async def test_pages_that_bring_nothing_end_the_attempt() -> None:
    """Ever new tokens, and answers that nobody asked for, do not keep a run going."""
    handle, tokens = pages(
        lambda n: {"responses": known(f"not/asked{n}"), "nextPageToken": f"page{n}"}
    )
    with pytest.raises(BrokenAnswer, match="without any of the repositories"):
        await ask(handle, *names("a/a"))
    assert len(tokens) == MAX_IDLE_PAGES


async def test_pages_that_bring_little_are_read_on() -> None:
    """Empty pages between others end nothing; those behind the last answer do."""
    answers = {2: "a/a", 4: "b/b"}
    handle, tokens = pages(
        lambda n: {"responses": known(*filter(None, [answers.get(n)])), "nextPageToken": f"page{n}"}
    )
    *found, missing = await ask(handle, *names("a/a", "b/b", "c/c"))
    assert [type(answer) for answer in found] == [Facts, Facts]
    assert isinstance(missing, Refusal)
    assert len(tokens) == 4 + MAX_IDLE_PAGES


async def test_what_the_answer_passes_over_is_malformed() -> None:
    """A repository without any word is neither unknown nor gone nor at 0 stars."""
    handle, _ = pages({"responses": known("a/a")})
    answered, missing = await ask(handle, *names("a/a", "b/b"))
    assert isinstance(answered, Facts)
    assert isinstance(missing, Refusal)
    assert missing.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "handler",
    [
        *(always(status, b"<html>oops</html>") for status in (500, 502, 503, 504)),
        *(
            always(status, b'{"code": 3, "message": "no"}')
            for status in (400, 408, 413, 421, 422, 425)
        ),
        *(
            always(status, b"<html>Log in</html>", content_type="text/html")
            for status in (200, 401, 403, 404)
        ),
        always(302, location="https://login.portal.test/"),
        always(200, b"<!DOCTYPE html><html></html>", content_type="text/html"),
        always(200, b'{"responses": [{"request": {"pro'),
        always(200, b""),
        always(200, b"{}"),
        always(200, b'{"code": 14, "message": "unavailable"}'),
    ],
)
async def test_what_is_no_answer_can_be_asked_again(handler: Handler) -> None:
    """Server errors, other bodies and answers about nothing are failures of one attempt."""
    with pytest.raises(BrokenAnswer, match=r"deps\.dev"):
        await ask(handler, *names("a/a"))


async def test_a_page_that_fails_fails_the_attempt(server: Server) -> None:
    """Half an answer is not taken for a whole one."""
    server.door.page_size = 2

    def handle(request: httpx.Request) -> httpx.Response:
        return server(request) if len(server.requests) < 2 else httpx.Response(502)

    with pytest.raises(BrokenAnswer, match="status 502"):
        await ask(handle, *names(*PUBLIC))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry_after": "90"}, 90), ({}, None), ({"retry_after": "soon"}, None)],
)
async def test_a_limit_says_until_when(headers: dict[str, str], seconds: int | None) -> None:
    """429 holds for as long as the server says, if it does."""
    body = b'{"code": 8, "message": "quota exceeded", "details": []}'
    with pytest.raises(Throttled, match="quota exceeded") as caught:
        await ask(always(429, body, **headers), *names("a/a"))
    assert caught.value.until == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("status", [204, 301, 308, 401, 403, 404, 405, 410])
async def test_a_server_without_the_api_ends_the_run(status: int) -> None:
    """The sentence names the address that was asked, and what sets it; no redirect is followed."""
    handler = always(status, b'{"message": "so not"}', location="https://elsewhere.test/")
    with pytest.raises(RunError, match="DEPSDEV_API_URL") as caught:
        await ask(handler, *names("a/a"))
    assert not isinstance(caught.value, AttemptError)
    assert f"status {status}, saying 'so not'" in str(caught.value)
    assert f"{URL}/v3alpha/projectbatch" in str(caught.value)


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_page_that_tells_of_a_limit(status: int) -> None:
    """It is waited for, even if a proxy wrote it."""
    page = b"<html><p>Too many requests. Wait.</p></html>"
    with pytest.raises(Throttled, match="Too many requests"):
        await ask(always(status, page, content_type="text/html"), *names("a/a"))


async def test_the_stand_in_minds_its_callers(server: Server) -> None:
    """It notes a token, a batch that is too large, and a page token of another batch."""
    many = [{"projectKey": {"id": f"github.com/a/{n}"}} for n in range(5001)]
    for headers, body in (
        ({"authorization": "Bearer x"}, {"requests": []}),
        ({}, {"requests": many}),
        ({}, {"requests": many[:1], "pageToken": "other.1"}),
        ({}, {"requests": [{"projectKey": {"id": "a/b"}}]}),
    ):
        server(httpx.Request("POST", URL + door.PATH, headers=headers, json=body))
    assert len(server.log.problems) == 4
    assert door.names(json.dumps({"requests": many[:2]}).encode()) == ("a/0", "a/1")
