"""Star histories, asked of the fake GitHub page by page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from clocks import FakeClock
from hypothesis import given
from hypothesis import strategies as st
from standin import TOKEN, Fault, Repository, StandIn, World, faults

from crawler.cli.demo.github import answer
from crawler.crawl.services import Services, open_services
from crawler.http.exchange import Request, Response, Token
from crawler.model.errors import BrokenAnswer, ForeignAnswer, RunError, Throttled
from crawler.model.settings import Settings
from crawler.model.values import Provider, RepositoryName, StarHistory
from crawler.sources.base import HistoryWanted
from crawler.sources.github.client import GitHub
from crawler.sources.github.history import fetch_history

API = "https://api.github.com"
NAME = RepositoryName("o/r", "github.com")
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""A Tuesday."""
TODAY = NOW.date()
CREATED = date(2015, 1, 1)


class Server:
    """The fake GitHub, and what it was asked."""

    def __init__(self, **repository: Any) -> None:
        self.world = World([Repository("o/r", number=42, **repository)], [TOKEN], NOW.timestamp)
        self.urls: list[str] = []
        self.said: Response | None = None
        """In the place of every answer."""

    async def send(self, request: Request) -> Response:
        """One exchange."""
        self.urls.append(request.url)
        headers = {key.lower(): value for key, value in request.headers.items()}
        if request.token:
            headers["authorization"] = f"Bearer {request.token}"
        said = self.said or answer(
            self.world, Request(request.method, request.url, {"user-agent": "t", **headers})
        )
        return Response(said.status, said.headers, said.body, request.url)

    async def history(self, api: str = API, **wanted: Any) -> StarHistory:
        """What a client makes of its answers."""
        github = GitHub(self.send, api, f"{api}/graphql", Token(TOKEN), now=lambda: NOW)
        return await fetch_history(github, HistoryWanted(**{"name": NAME, **wanted}))


DAYS = st.dictionaries(
    st.integers(0, 4200).map(lambda ago: TODAY - timedelta(ago)), st.integers(0, 99), max_size=30
)


@given(DAYS, st.integers(0, 50))
async def test_a_whole_life_has_every_star_on_its_day(starred: dict[date, int], more: int) -> None:
    """Whatever came when: no page leaves a day out or counts one twice."""
    server = Server(stars=sum(starred.values()) + more, starred=starred)
    found = await server.history()
    assert (found.id, found.last, found.is_whole) == (42, TODAY, True)
    assert found.stars == sum(found.days) == sum(starred.values()) + more
    told = {found.first + timedelta(n): stars for n, stars in enumerate(found.days) if stars}
    days = {**starred, CREATED: starred.get(CREATED, 0) + more}
    assert told == {day: stars for day, stars in days.items() if stars}
    assert found.first <= CREATED
    assert len(server.urls) == 21  # of 30 weeks each, since 2015


@pytest.mark.parametrize(
    ("ago", "weeks", "pages"), [(0, 1, 1), (2, 1, 1), (3, 2, 1), (203, 30, 1), (211, 30, 2)]
)
async def test_only_the_weeks_that_are_wanted(ago: int, weeks: int, pages: int) -> None:
    """In as few pages as can be, each of 30 weeks at the most."""
    server = Server(stars=9, starred={TODAY: 2})
    since = TODAY - timedelta(ago)
    found = await server.history(since=since, stars=9, id=7)
    assert found.first <= since
    assert (found.id, found.stars, found.days[-1], found.is_whole) == (7, 9, 2, False)
    assert server.urls[0] == f"{API}/repos/o/r/stargazers/history?per_page={weeks}&page=1"
    assert len(server.urls) == pages


async def test_stars_that_were_taken_back_lower_old_days() -> None:
    """What is left is what stands today."""
    server = Server(stars=5, starred={date(2026, 8, 1): 4, TODAY: 4})
    found = await server.history()
    assert (found.stars, sum(found.days), found.days[-1]) == (5, 5, 4)


async def test_a_renamed_repository_is_followed() -> None:
    """To its number, with the same page."""
    server = Server(stars=3, old_names=("o/old",), starred={TODAY: 3})
    found = await server.history(name=RepositoryName("o/old", "github.com"), since=TODAY)
    assert (found.id, found.days[-1]) == (42, 3)
    assert server.urls[1:] == [f"{API}/repositories/42/stargazers/history?per_page=1&page=1"]


REFUSED = {"message": "Must have admin rights", "documentation_url": "https://docs.github.com/rest"}


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        *((status, REFUSED, RunError, f"status {status}.*admin rights") for status in (401, 403)),
        (404, REFUSED, RunError, "tells no star history of o/r"),
        (503, REFUSED, BrokenAnswer, "status 503"),
        (200, b"<html>", ForeignAnswer, "no star history of o/r: .* web page"),
        (404, b"<html>", ForeignAnswer, "status 404"),
        (200, {"message": "hello"}, BrokenAnswer, "cannot be read"),
        (200, [{"week": 1, "days": [1]}], BrokenAnswer, "cannot be read"),
    ],
)
async def test_what_is_refused(status: int, body: Any, error: type[Exception], words: str) -> None:
    """One sentence says what, and nothing is made up."""
    server = Server()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    server.said = Response(status, {}, content, API)
    with pytest.raises(error, match=words):
        await server.history()
    assert len(server.urls) == 1


async def test_an_enterprise_server_tells_none() -> None:
    """Its 404 says nothing about the repository."""
    server = Server(stars=1)
    with pytest.raises(RunError, match="tells no star history"):
        await server.history("https://ghe.example/api/v3")


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_limit_is_not_waited_for(status: int, is_whole: bool) -> None:
    """Histories after it are not asked for, and the clock stands still, unless all of one is
    wanted."""
    github, clock = StandIn(World([Repository("o/r")], [TOKEN])), FakeClock()
    github.faults.append(Fault(faults.secondary_limit(status, 60), kind="history"))
    tokens = {"github.com": Token(TOKEN)}
    async with open_services(
        Settings(max_wait="2m"),
        tokens=tokens,
        transport=github.local,
        clock=clock,
        conditional=lambda send, _: send,
    ) as services:
        tell = _teller(services)
        if is_whole:
            assert (await tell(HistoryWanted(name=NAME))).is_whole
            assert clock.seconds >= 60
            return
        for _ in range(2):
            with pytest.raises(Throttled):
                await tell(HistoryWanted(name=NAME, since=TODAY))
    assert len(github.log.of("history")) == 1
    assert clock.seconds == 0


def _teller(services: Services) -> Any:
    return services.api("github.com", Provider.GRAPHQL).tell_history


async def test_a_number_that_is_none_is_not_taken() -> None:
    """An address with endless digits neither ends the run nor names a repository."""
    server = Server()
    link = f'<{API}/repositories/{"9" * 5000}/stargazers/history?page=2>; rel="next"'
    server.said = Response(200, {"link": link}, _page(1), API)
    assert (await server.history(since=TODAY)).id is None


def _page(stars: int) -> bytes:
    """One page with one week of that many stars on its Sunday."""
    sunday = datetime(2026, 8, 30, tzinfo=UTC)
    return json.dumps([{"week": int(sunday.timestamp()), "days": [stars, *[0] * 6]}]).encode()


@pytest.mark.parametrize(
    ("body", "words"), [(b"[]", "has no week"), (_page(1100), "has 1,100 stars, and .* 1,000")]
)
async def test_a_history_that_contradicts_the_stars_is_broken(body: bytes, words: str) -> None:
    """Gains from it would be all the stars that there are, or more."""
    server = Server()
    server.said = Response(200, {}, body, API)
    with pytest.raises(BrokenAnswer, match=words):
        await server.history(since=date(2026, 3, 1), stars=1000)


@pytest.mark.parametrize(("stars", "is_whole"), [(1040, True), (960, True), (940, False)])
async def test_a_history_that_lacks_stars_is_not_whole(stars: int, is_whole: bool) -> None:
    """Older weeks are missing. A few stars may come or go between two answers."""
    server = Server()
    server.said = Response(200, {}, _page(stars), API)
    assert (await server.history(stars=1000)).is_whole is is_whole
