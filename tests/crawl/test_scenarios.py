"""What GitHub does, one row each, and how a run ends: outcomes, exit status, requests, waits.

Each row is one run on a fake clock against the stand-in on a real socket, so
that hours pass in no time. In no row may a request leave during a wait.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from clocks import START
from standin import TOKEN, Fault, Forbidden, Repository, StandIn, faults
from standin.faults import Action, Hit
from standin.server import File
from trial import Trial, assert_nothing_left, made_list, made_world, run_trial

from crawler.cli.demo.github import json_answer
from crawler.http.exchange import Response
from crawler.http.limiter import PausePolicy

NOW = int(START.timestamp())
MIB = 1024 * 1024
PAUSES = PausePolicy()

ALL = {"ranked": 6}
DOCUMENTED = {"documentation_url": "https://docs.github.com/rest"}
SAML = Forbidden("Resource protected by organization SAML enforcement.", saml=True)
LONG_NAMES = "Please wait a few minutes before you try again."

Prepare = Callable[[StandIn], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A fault, on which requests, how often, and what is to come of it."""

    fault: Action | None = None
    on: Mapping[str, Any] = field(default_factory=dict)
    """Which requests it befalls, and how often: what `Fault` takes; queries unless it says."""
    prepare: Prepare = lambda _: None
    """What else is to be done to the stand-in."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    repositories: int = 6
    """On the list; asked two a query, three requests in flight, unless `settings` say else."""
    token: str | None = TOKEN
    outcomes: Mapping[str, int] = field(default_factory=lambda: ALL)
    """Listed names that ended so."""
    status: int = 0
    requests: int | range = 3
    """How many left."""
    waits: Sequence[float] = ()
    """Seconds of each pause, without the jitter."""
    said: str = ""
    """Part of what a reader is told."""


def limited(status: int = 403, body: Any = None, **headers: object) -> Action:
    """A refusal with these headers; `_` stands for `-` in their names."""
    message = "API rate limit exceeded for user ID 1."
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return faults.respond(status, body or {"message": message}, named)


def used_up(seconds: int) -> dict[str, int]:
    """The headers of a quota that is used up for so long."""
    return {"x_ratelimit_remaining": 0, "x_ratelimit_reset": NOW + seconds}


AN_HOUR_ON = "Sun, 01 Nov 2026 13:00:00 GMT"
AN_HOUR_AGO = "Sun, 01 Nov 2026 11:00:00 GMT"
PLAIN = {"content-type": "text/plain"}
PAGE = {"content-type": "text/html; charset=utf-8"}
PORTAL = "<!DOCTYPE html><html><title>Log in to Hotel</title><form action='/login'></form></html>"
WHOA = f"<!DOCTYPE html><style>{'x' * 2_100}</style><h1>Whoa there!</h1><p>{{}}</p>"

GRAPHQL_LIMIT = {
    "errors": [{"type": "RATE_LIMITED", "message": "API rate limit already exceeded."}]
}
GRAPHQL_LIMIT_WITH_DATA = {"data": {"r0": None, "r1": None}, **GRAPHQL_LIMIT}

REFUSALS: dict[str, tuple[Action, float]] = {
    "403-secondary-retry-after": (faults.secondary_limit(403, retry_after=30), 30),
    "429-secondary-retry-after": (faults.secondary_limit(429, retry_after=30), 30),
    "403-secondary-unsaid": (faults.secondary_limit(403), 60),
    "429-secondary-unsaid": (faults.secondary_limit(429), 60),
    "403-primary-reset": (limited(403, **used_up(600)), 601),
    "429-primary-reset": (limited(429, **used_up(600)), 601),
    "403-both-the-first-counts": (limited(403, retry_after=30, **used_up(600)), 30),
    "403-reset-but-some-left": (
        limited(403, x_ratelimit_remaining=7, x_ratelimit_reset=NOW + 600),
        60,
    ),
    "403-reset-in-the-past": (limited(403, **used_up(-600)), 1),
    "403-retry-at-once": (limited(403, retry_after=0), 1),
    "403-older-body": (limited(403, {"message": LONG_NAMES}), 60),
    "403-abuse-body": (
        limited(403, {"message": "You have triggered an abuse detection mechanism."}),
        60,
    ),
    "403-already": (limited(403, {"message": "API rate limit already exceeded."}), 60),
    "403-page-of-github": (
        faults.respond(403, WHOA.format("You have exceeded a secondary rate limit."), PAGE),
        60,
    ),
    "403-restricted": (
        faults.respond(403, WHOA.format("You have triggered a rate limit."), PAGE),
        60,
    ),
    "502-page-that-says-so": (faults.respond(502, WHOA.format(LONG_NAMES), PAGE), 60),
    "403-text-that-says-so": (faults.respond(403, "Too many requests.", PLAIN), 60),
    "429-retry-after-a-date": (
        limited(429, retry_after="Sun, 01 Nov 2026 12:00:30 GMT"),
        30,
    ),
    "403-our-clock-is-slow": (
        limited(403, x_ratelimit_remaining=0, x_ratelimit_reset=NOW + 3630, date=AN_HOUR_ON),
        31,
    ),
    "403-our-clock-is-fast": (
        limited(403, x_ratelimit_remaining=0, x_ratelimit_reset=NOW - 3570, date=AN_HOUR_AGO),
        31,
    ),
    "429-html": (faults.html(429), 60),
    "429-empty": (faults.respond(429), 60),
    "403-html-retry-after": (
        faults.respond(403, "<html></html>", {"content-type": "text/html", "retry-after": "5"}),
        5,
    ),
}
"""Every form in which a request is refused, and the seconds to wait after it."""

GRAPHQL_REFUSALS: dict[str, tuple[Action, float]] = {
    "200-typed-reset": (limited(200, GRAPHQL_LIMIT, **used_up(600)), 601),
    "200-typed-retry-after": (limited(200, GRAPHQL_LIMIT, retry_after=30), 30),
    "200-typed-unsaid": (limited(200, GRAPHQL_LIMIT), 60),
    "200-typed-beside-nulls": (limited(200, GRAPHQL_LIMIT_WITH_DATA), 60),
    "200-typed-not-enough-left": (
        limited(200, GRAPHQL_LIMIT, x_ratelimit_remaining=1, x_ratelimit_reset=NOW + 30),
        31,
    ),
    "200-typed-a-new-hour": (
        limited(200, GRAPHQL_LIMIT, x_ratelimit_remaining=5000, x_ratelimit_reset=NOW + 3600),
        60,
    ),
    "200-already-untyped": (
        limited(200, {"errors": [{"message": "API rate limit already exceeded."}]}, **used_up(9)),
        10,
    ),
    "200-untyped-beside-nulls": (
        limited(
            200,
            {"data": {"r0": None, "r1": None}, "errors": [{"message": LONG_NAMES}]},
            retry_after=5,
        ),
        5,
    ),
    "200-page": (faults.respond(200, WHOA.format(LONG_NAMES), PAGE), 60),
    "200-secondary-body": (
        limited(200, {"message": "You have exceeded a secondary rate limit."}),
        60,
    ),
}

REST = {"provider": "rest"}
ONE = {"concurrency": 1}

LIMITS = {
    **{
        f"graphql-{name}": Scenario(fault=action, requests=4, waits=[wait])
        for name, (action, wait) in (REFUSALS | GRAPHQL_REFUSALS).items()
    },
    **{
        f"rest-{name}": Scenario(
            fault=action, on={"kind": "repository"}, settings=REST, requests=7, waits=[wait]
        )
        for name, (action, wait) in REFUSALS.items()
    },
    "three-in-flight-tell-of-one-limit": Scenario(
        fault=faults.secondary_limit(), on={"times": 3}, requests=6, waits=[60]
    ),
    "unsaid-again-and-again": Scenario(
        fault=faults.secondary_limit(),
        on={"times": 3},
        settings=ONE,
        requests=6,
        waits=[60, 120, 240],
    ),
    "again-at-once-does-not-spin": Scenario(
        fault=limited(403, retry_after=0),
        on={"times": 5},
        settings=ONE,
        requests=8,
        waits=[1, 2, 4, 8, 16],
    ),
    "for-ever": Scenario(
        fault=faults.secondary_limit(),
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=5,
        waits=[60, 120, 240],
    ),
    "for-ever-and-no-answer-at-all": Scenario(
        fault=faults.secondary_limit(),
        on={"times": None},
        settings=ONE,
        outcomes={},
        status=1,
        requests=4,
        waits=[60, 120, 240],
        said="secondary rate limit",
    ),
    "beyond-max-wait": Scenario(
        fault=limited(403, **used_up(1800)),
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=2,
        said="12:30:01 UTC",
    ),
    "max-wait-covers-the-hour": Scenario(
        fault=limited(403, **used_up(1800)),
        settings={"max_wait": 7200.0},
        requests=4,
        waits=[1801],
    ),
    "max-wait-is-for-all-waits": Scenario(
        fault=faults.secondary_limit(403, retry_after=300),
        on={"times": None},
        settings={**ONE, "max_wait": 700.0},
        outcomes={},
        status=1,
        requests=3,
        waits=[300, 300],
    ),
    "no-waiting-at-all": Scenario(
        fault=faults.secondary_limit(403, retry_after=1),
        on={"skip": 1},
        settings={**ONE, "max_wait": 0.0},
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=2,
    ),
    "the-readme-is-refused": Scenario(
        fault=faults.secondary_limit(429, retry_after=30),
        on={"kind": "readme"},
        settings={"lists": ("o/list",)},
        requests=5,
        waits=[30],
    ),
    "the-quota-runs-out": Scenario(
        prepare=lambda github: setattr(github.world.graphql, "used", 4998),
        settings={**ONE, "max_wait": 4000.0},
        requests=4,
        waits=[3601],
    ),
    "the-quota-runs-out-for-longer": Scenario(
        prepare=lambda github: setattr(github.world.graphql, "used", 4998),
        settings=ONE,
        outcomes={"ranked": 4, "throttled": 2},
        status=3,
        requests=3,
        said="13:00:01 UTC",
    ),
    "rest-runs-out": Scenario(
        prepare=lambda github: setattr(github.world.core, "used", 4998),
        settings={**ONE, **REST, "max_wait": 4000.0},
        requests=7,
        waits=[3601],
    ),
    "anonymous-rest-runs-out": Scenario(
        prepare=lambda github: setattr(github.world.anonymous, "used", 58),
        settings={**ONE, **REST},
        token=None,
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=3,
    ),
    "anonymous-rest-waits-for-its-hour": Scenario(
        prepare=lambda github: setattr(github.world.anonymous, "used", 58),
        settings={**ONE, **REST, "max_wait": 4000.0},
        token=None,
        requests=7,
        waits=[3601],
    ),
    "a-budget": Scenario(
        settings={"budget": 2},
        outcomes={"ranked": 4, "throttled": 2},
        status=3,
        requests=2,
        said="budget",
    ),
    "a-budget-that-suffices": Scenario(settings={"budget": 3}),
    "a-budget-of-rest": Scenario(
        settings={**REST, "budget": 5},
        outcomes={"ranked": 5, "throttled": 1},
        status=3,
        requests=5,
    ),
    "a-budget-includes-what-fails": Scenario(
        fault=faults.server_error(),
        settings={"budget": 3, **ONE},
        outcomes={"ranked": 4, "throttled": 2},
        status=3,
        requests=3,
    ),
    "a-budget-includes-what-is-refused": Scenario(
        fault=faults.secondary_limit(403, retry_after=30),
        settings={"budget": 3, **ONE},
        outcomes={"ranked": 4, "throttled": 2},
        status=3,
        requests=3,
        waits=[30],
    ),
}

POISON = {"repository": "o/r7", "times": None}
FIFTY = {"batch_size": 50}
HALVINGS = 2 * math.ceil(math.log2(50))

BROKEN: dict[str, Action] = {
    "502": faults.server_error(),
    "504": faults.server_error(504),
    "html": faults.html(),
    "html-with-status-200": faults.html(200),
    "empty": faults.respond(200),
    "empty-object": faults.respond(200, {}),
    "empty-502": faults.respond(502),
    "invalid-json": faults.invalid_json(),
    "cut-off": faults.cut_off(100),
    "reset": faults.reset(),
    "hang-up": faults.hang_up(),
    "data-null": faults.respond(200, {"data": None}),
}
"""Every way in which an answer is none."""

BATCHES = {
    **{f"{name}-once": Scenario(fault=action, requests=4) for name, action in BROKEN.items()},
    **{
        f"{name}-for-one-repository": Scenario(
            fault=action,
            on=POISON,
            repositories=50,
            settings=FIFTY,
            outcomes={"ranked": 49, "unavailable": 1},
            status=3,
            requests=range(8, HALVINGS + 4),
        )
        for name, action in BROKEN.items()
    },
    **{
        f"rest-{name}-once": Scenario(
            fault=action, on={"kind": "repository"}, settings=REST, requests=7
        )
        for name, action in BROKEN.items()
        if name not in ("data-null", "empty-object")
    },
    "rest-for-one-repository": Scenario(
        fault=faults.server_error(),
        on={"kind": "repository", "repository": "o/r3", "times": None},
        settings=REST,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=9,
    ),
    "every-query-fails": Scenario(
        fault=faults.server_error(),
        on={"times": None},
        repositories=1000,
        settings={"batch_size": 50, "concurrency": 16},
        outcomes={},
        status=1,
        requests=range(20, 90),
        said="502",
    ),
    "every-rest-request-fails": Scenario(
        fault=faults.server_error(),
        on={"kind": "repository", "times": None},
        repositories=1000,
        settings={**REST, "concurrency": 16},
        outcomes={},
        status=1,
        requests=range(20, 110),
        said="502",
    ),
    "every-query-fails-after-some": Scenario(
        fault=faults.server_error(),
        on={"skip": 2, "times": None},
        repositories=1000,
        settings={"batch_size": 50, "concurrency": 4},
        outcomes={"ranked": 100, "unavailable": 900},
        status=3,
        requests=range(20, 90),
    ),
    "the-first-ten-fail": Scenario(
        fault=faults.server_error(),
        on={"times": 10},
        repositories=40,
        settings=ONE,
        outcomes={"ranked": 38, "unavailable": 2},
        status=3,
        requests=range(25, 40),
    ),
    "too-many-aliases": Scenario(
        prepare=lambda github: setattr(github, "max_aliases", 20),
        repositories=100,
        settings={**FIFTY, **ONE},
        outcomes={"ranked": 100},
        requests=range(5, 10),
    ),
    "one-alias-at-a-time": Scenario(
        prepare=lambda github: setattr(github, "max_aliases", 1),
        settings={**FIFTY, **ONE},
        requests=range(6, 9),
    ),
    "too-many-nodes": Scenario(
        fault=faults.respond(
            200, {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "Too many nodes."}]}
        ),
        settings={**FIFTY, **ONE},
        requests=3,
    ),
    "resources-of-some": Scenario(
        fault=faults.resources_exceeded("o/r1", "o/r2"), settings=FIFTY, requests=3
    ),
    "nulls-with-an-error-once": Scenario(
        fault=faults.nullify("o/r1", type_="INTERNAL"), settings=FIFTY, requests=2
    ),
    "a-null-with-an-error-always": Scenario(
        fault=faults.nullify("o/r1", type_="INTERNAL", message="It broke."),
        on={"times": None},
        settings=FIFTY,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(2, 4),
        said="It broke.",
    ),
    "a-null-without-an-error": Scenario(
        fault=faults.nullify("o/r1"),
        on={"times": None},
        settings=FIFTY,
        outcomes={"ranked": 5, "malformed": 1},
        status=3,
        requests=2,
    ),
    "a-null-without-an-error-once": Scenario(
        fault=faults.nullify("o/r1"), settings=FIFTY, requests=2
    ),
    "nulls-without-errors-once": Scenario(fault=faults.nullify(), requests=4),
    "no-aliases-once": Scenario(fault=faults.respond(200, {"data": {}}), requests=4),
    "no-aliases-always": Scenario(
        fault=faults.respond(200, {"data": {}}),
        on={"times": None},
        outcomes={},
        status=1,
        requests=6,
        said="(malformed)",
    ),
    "rest-an-object-that-is-no-repository-once": Scenario(
        fault=faults.respond(200, {}), on={"kind": "repository"}, settings=REST, requests=7
    ),
    "rest-an-object-that-is-no-repository": Scenario(
        fault=faults.respond(200, {}),
        on={"kind": "repository", "repository": "o/r1", "times": None},
        settings=REST,
        outcomes={"ranked": 5, "malformed": 1},
        status=3,
        requests=7,
    ),
    "not-found": Scenario(
        prepare=lambda github: github.world.remove("o/r1"),
        outcomes={"ranked": 5, "not_found": 1},
        said="Could not resolve",
    ),
    "stars-that-are-none-once": Scenario(
        fault=faults.rewrite(
            lambda value, _: value["data"]["r0"].__setitem__("stargazerCount", None)
        ),
        requests=4,
    ),
    "stars-that-are-none": Scenario(
        fault=faults.rewrite(
            lambda value, _: value["data"]["r0"].__setitem__("stargazerCount", None)
        ),
        on={"repository": "o/r4", "times": None},
        outcomes={"ranked": 5, "malformed": 1},
        status=3,
        requests=4,
    ),
}


FOREIGN: dict[str, Action] = {
    "403-page": faults.respond(403, "<html><title>Access denied</title></html>", PAGE),
    "404-portal": faults.respond(404, PORTAL, PAGE),
    "200-portal": faults.respond(200, PORTAL, PAGE),
    "302-portal": faults.respond(302, "", {"location": "http://login.hotel.test/?to=x"}),
    "404-gateway": faults.respond(404, {"message": "no Route matched with those values"}),
    "403-gateway": faults.respond(403, {"message": "Forbidden"}),
    "403-text": faults.respond(403, "Blocked by policy.", PLAIN),
    "404-empty": faults.respond(404),
    "451-page": faults.respond(451, PORTAL, PAGE),
    "408": faults.respond(408, {"message": "Timeout", **DOCUMENTED}),
    "421": faults.respond(421, ""),
    "425": faults.respond(425, PORTAL, PAGE),
}
"""What somebody between says in GitHub's place, and statuses that say that they pass."""

VERDICTS = {
    **{f"{name}-once": Scenario(fault=action, requests=4) for name, action in FOREIGN.items()},
    **{
        f"rest-{name}-once": Scenario(
            fault=action, on={"kind": "repository"}, settings=REST, requests=7
        )
        for name, action in FOREIGN.items()
    },
    **{
        f"rest-{name}-for-one-repository": Scenario(
            fault=action,
            on={"kind": "repository", "repository": "o/r3", "times": None},
            settings=REST,
            outcomes={"ranked": 5, "unavailable": 1},
            status=3,
            requests=7 if name not in ("408", "421", "425") else 9,
        )
        for name, action in FOREIGN.items()
    },
    "a-portal-answers-all": Scenario(
        fault=faults.respond(200, PORTAL, PAGE),
        on={"times": None},
        outcomes={},
        status=1,
        requests=range(2, 40),
        said="a web page ('Log in to Hotel')",
    ),
    "rest-a-portal-answers-all": Scenario(
        fault=faults.respond(302, "", {"location": "http://login.hotel.test/?to=x"}),
        on={"kind": "repository", "times": None},
        settings=REST,
        outcomes={},
        status=1,
        requests=range(12, 20),
        said="which leads to login.hotel.test",
    ),
    "a-portal-after-some": Scenario(
        fault=faults.respond(404, PORTAL, PAGE),
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "unavailable": 4},
        status=3,
        requests=range(3, 16),
    ),
}


def change(github: StandIn, name: str, **fields: Any) -> None:
    """Give a repository of the stand-in other facts."""
    old = github.world.named(name)
    assert old is not None
    github.world.add(replace(old, **fields))


def block_two(github: StandIn) -> None:
    """One by a notice, one by the terms of service."""
    change(github, "o/r1", block="dmca")
    change(github, "o/r2", block="tos")


def forbid_all(github: StandIn, anonymous_left: int) -> None:
    """Let no token see any of them, and hardly anybody without one."""
    for number in range(6):
        change(github, f"o/r{number}", forbidden=SAML)
    github.world.anonymous.used = 60 - anonymous_left


def lead_on(github: StandIn, hops: int, last: str = "/repos/o/r0") -> None:
    """Let `o/r1` be moved so many times."""
    stops = ["/repos/o/r1", *(f"/hop/{hop}" for hop in range(1, hops)), last]
    moves = dict(itertools.pairwise(stops))

    async def act(hit: Hit) -> Response | None:
        target = moves.get(hit.exchange.path)
        if target is None:
            return await hit.proceed()
        return json_answer(301, {"message": "Moved Permanently"}, {"location": target})

    github.faults.append(Fault(act, times=None))


REPOSITORIES = {
    "forbidden-asked-anonymously": Scenario(
        prepare=lambda github: change(github, "o/r1", forbidden=SAML), requests=4
    ),
    "forbidden-and-the-anonymous-hour-is-over": Scenario(
        prepare=lambda github: forbid_all(github, anonymous_left=2),
        settings=ONE,
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=range(6, 10),
        said="SAML",
    ),
    "forbidden-and-a-limit-is-told-to-the-anonymous": Scenario(
        fault=faults.secondary_limit(429, retry_after=50),
        on={"kind": "repository"},
        prepare=lambda github: forbid_all(github, anonymous_left=60),
        settings=ONE,
        outcomes={"ranked": 6},
        waits=[50],
        requests=range(9, 16),
    ),
    "forbidden-and-anonymous-fails": Scenario(
        fault=faults.server_error(),
        on={"kind": "repository", "times": None},
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(4, 8),
        said="SAML enforcement; without the token: GitHub answered with status 502",
    ),
    "forbidden-and-a-portal-answers-the-anonymous": Scenario(
        fault=faults.respond(404, PORTAL, PAGE),
        on={"kind": "repository", "times": None},
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=5,
        said="without the token: ",
    ),
    "forbidden-and-gone-for-the-anonymous": Scenario(
        fault=faults.respond(404, {"message": "Not Found", **DOCUMENTED}),
        on={"kind": "repository", "times": None},
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
        outcomes={"ranked": 5, "forbidden": 1},
        requests=4,
    ),
    "forbidden-and-all-must-log-in": Scenario(
        fault=faults.respond(401, {"message": "Requires authentication", **DOCUMENTED}),
        on={"kind": "repository", "times": None},
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
        outcomes={"ranked": 5, "forbidden": 1},
        requests=4,
    ),
    "rest-forbidden": Scenario(
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
        settings=REST,
        outcomes={"ranked": 6},
        requests=7,
    ),
    "blocked": Scenario(
        prepare=block_two,
        outcomes={"ranked": 4, "blocked": 2},
        requests=range(3, 6),
    ),
    "rest-blocked": Scenario(
        prepare=block_two,
        settings=REST,
        outcomes={"ranked": 4, "blocked": 2},
        requests=6,
    ),
    "rest-moved-once": Scenario(prepare=lambda g: lead_on(g, 1), settings=REST, requests=7),
    "rest-moved-five-times": Scenario(
        prepare=lambda g: lead_on(g, 5), settings=REST, requests=range(7, 12)
    ),
    "rest-moved-six-times": Scenario(
        prepare=lambda g: lead_on(g, 6),
        settings=REST,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(10, 30),
        said="redirects",
    ),
    "rest-moved-in-a-circle": Scenario(
        prepare=lambda g: lead_on(g, 1, "/repos/o/r1"),
        settings=REST,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(10, 30),
    ),
    "rest-moved-to-another-server": Scenario(
        prepare=lambda g: lead_on(g, 1, "http://127.0.0.1:9/repos/o/r1"),
        settings=REST,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=7,
    ),
    "a-query-is-not-redirected": Scenario(
        fault=faults.respond(301, {"message": "Moved"}, {"location": "/elsewhere"}),
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "unavailable": 4},
        status=3,
        requests=range(3, 16),
        said="301",
    ),
    "gzip-bomb": Scenario(fault=faults.gzip_bomb(40 * MIB), requests=range(4, 6)),
    "gzip-bomb-always": Scenario(
        fault=faults.gzip_bomb(40 * MIB),
        on={"repository": "o/r3", "times": None},
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(4, 8),
        said="MiB",
    ),
    "oversize": Scenario(
        fault=faults.respond(200, b'{"data":' + b" " * (33 * MIB)), requests=range(4, 6)
    ),
    "drip": Scenario(fault=faults.drip(0.1), settings={"timeout": 0.3}, requests=range(4, 6)),
    "stall-for-one-repository": Scenario(
        fault=faults.stall(),
        on={"repository": "o/r3", "times": None},
        settings={"timeout": 0.3},
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(5, 8),
        said="0.3 s",
    ),
}

A_FILE = ("the list as a file on the web",)
"""Stands for an address that is not known before the stand-in runs."""

LISTS = {
    **{
        f"a-file-{name}": Scenario(
            fault=action,
            on={"kind": "file"},
            settings={"lists": A_FILE},
            requests=5,
            waits=[wait],
        )
        for name, (action, wait) in REFUSALS.items()
    },
    "a-file-refused-for-longer": Scenario(
        fault=limited(429, {"message": "Slow down."}, retry_after=3600),
        on={"kind": "file", "times": None},
        settings={"lists": A_FILE},
        outcomes={},
        status=1,
        requests=1,
        said="refuses more requests: Slow down; ask again after 2026-11-01 13:00:00 UTC",
    ),
    **{
        f"a-file-{status}-once": Scenario(
            fault=faults.respond(status),
            on={"kind": "file"},
            settings={"lists": A_FILE},
            requests=5,
        )
        for status in (408, 421, 425, 503)
    },
    "a-file-behind-a-portal": Scenario(
        fault=faults.respond(200, PORTAL, PAGE),
        on={"kind": "file", "times": None},
        settings={"lists": A_FILE},
        outcomes={},
        status=2,
        requests=1,
        said="is a web page ('Log in to Hotel'): give the address of its Markdown source",
    ),
    **{
        f"a-readme-{name}-once": Scenario(
            fault=action, on={"kind": "readme"}, settings={"lists": ("o/list",)}, requests=5
        )
        for name, action in FOREIGN.items()
    },
    **{
        f"a-readme-{name}": Scenario(
            fault=action,
            on={"kind": "readme", "times": None},
            settings={"lists": ("o/list",)},
            outcomes={},
            status=1,
            requests=4,
            said=said,
        )
        for name, action, said in (
            ("portal", FOREIGN["200-portal"], "no README of o/list: "),
            ("404-portal", FOREIGN["404-portal"], "a web page ('Log in to Hotel')"),
            ("302-portal", FOREIGN["302-portal"], "which leads to login.hotel.test"),
        )
    },
}

BAD_CREDENTIALS = faults.respond(401, {"message": "Bad credentials", **DOCUMENTED})
SUSPENDED = faults.respond(403, {"message": "Sorry. Your account was suspended.", **DOCUMENTED})
LOCKED = faults.respond(
    403, {"message": "Maximum number of login attempts exceeded.", **DOCUMENTED}
)

TOKENS = {
    "one-401-among-answers": Scenario(
        fault=BAD_CREDENTIALS, on={"skip": 1}, settings=ONE, requests=4
    ),
    "one-401-among-answers-in-flight": Scenario(
        fault=BAD_CREDENTIALS,
        on={"skip": 6},
        repositories=20,
        outcomes={"ranked": 20},
        requests=11,
    ),
    "rest-one-401-among-answers": Scenario(
        fault=BAD_CREDENTIALS,
        on={"kind": "repository", "skip": 1},
        settings={**REST, **ONE},
        requests=7,
    ),
    "a-token-that-expires-half-way": Scenario(
        fault=BAD_CREDENTIALS,
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "unavailable": 4},
        status=3,
        requests=3,
        said="GitHub refuses the token",
    ),
    "a-token-that-expires-with-many-in-flight": Scenario(
        fault=BAD_CREDENTIALS,
        on={"skip": 6, "times": None},
        repositories=100,
        outcomes={"ranked": 12, "unavailable": 88},
        status=3,
        requests=range(8, 13),
    ),
    "rest-a-token-that-expires-half-way": Scenario(
        fault=BAD_CREDENTIALS,
        on={"kind": "repository", "skip": 2, "times": None},
        settings={**REST, **ONE},
        outcomes={"ranked": 2, "unavailable": 4},
        status=3,
        requests=4,
    ),
    "a-token-that-is-refused-from-the-first": Scenario(
        fault=BAD_CREDENTIALS,
        on={"times": None},
        settings=ONE,
        outcomes={},
        status=1,
        requests=1,
        said="GitHub refuses the token",
    ),
    "a-401-of-a-portal": Scenario(
        fault=faults.respond(401, PORTAL, PAGE),
        on={"times": None},
        settings=ONE,
        outcomes={},
        status=1,
        requests=1,
        said="a web page ('Log in to Hotel')",
    ),
    "suspended-from-the-first": Scenario(
        fault=SUSPENDED,
        on={"times": None},
        settings=ONE,
        outcomes={},
        status=1,
        requests=1,
        said="GitHub has suspended the account of the token",
    ),
    "rest-suspended-from-the-first": Scenario(
        fault=SUSPENDED,
        on={"kind": "repository", "times": None},
        settings={**REST, **ONE},
        outcomes={},
        status=1,
        requests=1,
        said="GitHub has suspended the account of the token",
    ),
    "suspended-half-way": Scenario(
        fault=SUSPENDED,
        on={"skip": 1, "times": None},
        settings=ONE,
        outcomes={"ranked": 2, "unavailable": 4},
        status=3,
        requests=3,
        said="GitHub has suspended the account of the token",
    ),
    "too-many-logins": Scenario(
        fault=LOCKED,
        on={"times": None},
        settings={**ONE, "max_wait": 7200.0},
        outcomes={},
        status=1,
        requests=1,
        said="2026-11-01 13:00:00 UTC",
    ),
    "rest-too-many-logins-half-way": Scenario(
        fault=LOCKED,
        on={"kind": "repository", "skip": 2, "times": None},
        settings={**REST, **ONE, "max_wait": 7200.0},
        outcomes={"ranked": 2, "throttled": 4},
        status=3,
        requests=3,
        said="2026-11-01 13:00:00 UTC",
    ),
}


def never_tell(name: str) -> Action:
    """Leave one out of deps.dev's first answer, and say ever anew that there is more."""
    pages = itertools.count()

    async def act(hit: Hit) -> Response:
        number = next(pages)
        value: dict[str, Any] = {"responses": []}
        if number == 0:
            value = json.loads((await hit.proceed()).body)
            ids = [each["request"]["projectKey"]["id"] for each in value["responses"]]
            del value["responses"][ids.index(f"github.com/{name}")]
        return json_answer(200, {**value, "nextPageToken": f"page{number}"})

    return act


DEPSDEV = {
    "depsdev-never-tells-of-one": Scenario(
        fault=never_tell("o/r3"),
        on={"kind": "depsdev", "times": None},
        token=None,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=4 + 2 * 3,
    ),
    "depsdev-never-tells-of-one-at-first": Scenario(
        fault=faults.rewrite(lambda value, _: value["responses"].pop()),
        on={"kind": "depsdev"},
        token=None,
        requests=2,
    ),
    "depsdev-behind-a-portal": Scenario(
        fault=faults.respond(403, PORTAL, PAGE),
        on={"kind": "depsdev", "times": None},
        token=None,
        outcomes={},
        status=1,
        requests=range(2, 20),
        said="a web page ('Log in to Hotel')",
    ),
    "depsdev": Scenario(token=None, requests=1),
    "depsdev-unknown-ones": Scenario(
        prepare=lambda github: github.depsdev.unknown.update({"o/r1", "o/r4"}),
        token=None,
        outcomes={"ranked": 4, "unknown_to_source": 2},
        status=3,
        requests=1,
        said="GH_TOKEN",
    ),
    "depsdev-pages": Scenario(
        prepare=lambda github: setattr(github.depsdev, "page_size", 2), token=None
    ),
    "depsdev-502-once": Scenario(
        fault=faults.html(), on={"kind": "depsdev"}, token=None, requests=2
    ),
    "depsdev-502-on-the-second-page": Scenario(
        fault=faults.html(),
        on={"kind": "depsdev", "skip": 1},
        prepare=lambda github: setattr(github.depsdev, "page_size", 3),
        token=None,
        requests=range(3, 5),
    ),
    "depsdev-for-one-repository": Scenario(
        fault=faults.html(),
        on={"kind": "depsdev", "repository": "o/r3", "times": None},
        token=None,
        outcomes={"ranked": 5, "unavailable": 1},
        status=3,
        requests=range(5, 12),
    ),
    "depsdev-dead": Scenario(
        fault=faults.html(),
        on={"kind": "depsdev", "times": None},
        token=None,
        outcomes={},
        status=1,
        requests=range(2, 20),
    ),
}


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario, id=name)
        for name, scenario in (
            LIMITS | BATCHES | VERDICTS | LISTS | TOKENS | REPOSITORIES | DEPSDEV
        ).items()
    ],
)
async def test_a_run_ends_as_it_should(scenario: Scenario, tmp_path: Path) -> None:
    """The row's outcomes, exit status, requests and waits; no request leaves during a wait."""
    world = made_world(scenario.repositories)
    path = made_list(tmp_path, scenario.repositories)
    world.add(Repository("o/list", readme=path.read_bytes()))
    with StandIn(world) as github:
        scenario.prepare(github)
        if scenario.fault is not None:
            github.faults.append(Fault(scenario.fault, **{"kind": "graphql", **scenario.on}))
        github.files["list.md"] = File(path.read_bytes())
        settings = {"lists": (str(path),), **scenario.settings}
        if settings["lists"] == A_FILE:
            settings["lists"] = (f"{github.url}/files/list.md",)
        trial = await run_trial(github, token=scenario.token, **settings)
        check(trial, scenario)
        await assert_nothing_left(github)
        assert github.log.problems == []


def check(trial: Trial, scenario: Scenario) -> None:
    """Hold what happened against the row."""
    told = trial.said
    assert (trial.status, dict(trial.outcomes)) == (scenario.status, dict(scenario.outcomes)), told
    assert trial.early() == []
    assert len(trial.waits) == len(scenario.waits), trial.events
    for took, least in zip(trial.waits, scenario.waits, strict=True):
        assert least - 1e-3 <= took <= least * (1 + PAUSES.jitter) + 1e-3
    allowed = scenario.requests
    if isinstance(allowed, int):
        assert trial.requests == allowed, trial.events
    else:
        assert trial.requests in allowed, trial.events
    assert scenario.said in told
    if trial.ranking is not None:
        sums = trial.ranking.sums
        failed = sum(count for _, count in sums.failed)
        assert sums.listed == sums.ranked + sums.duplicates + failed == scenario.repositories
        assert trial.ranking.usage.requests == trial.requests
        stars = [row.stars for row in trial.ranking.rows]
        assert stars == sorted(stars, reverse=True)
        assert all(
            row.stars == scenario.repositories - int(row.repository.removeprefix("o/r"))
            for row in trial.ranking.rows
        )
