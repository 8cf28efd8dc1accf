"""What GitHub does, one row each, and how a run ends: outcomes, exit status, requests, waits.

Each row is one run on a fake clock against the stand-in on a real socket, so
that hours pass in no time. In no row may a request leave during a wait.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from clocks import START
from standin import TOKEN, Fault, Forbidden, Repository, StandIn, faults
from standin.faults import Action, Hit
from standin.server import File
from trial import INCOMPLETE, Trial, assert_nothing_left, made_list, made_world, run_trial

from crawler.cli.demo.github import json_answer
from crawler.http.exchange import Response
from crawler.http.limiter import PausePolicy
from crawler.model.values import Reason

NOW = int(START.timestamp())
MIB = 1024 * 1024
PAUSES = PausePolicy()

DOCUMENTED = {"documentation_url": "https://docs.github.com/rest"}
SAML = Forbidden("Resource protected by organization SAML enforcement.", saml=True)
LONG_NAMES = "Please wait a few minutes before you try again."

Prepare = Callable[[StandIn], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault, on which requests, how often, and what is to come of it."""

    then: str = ""
    """Parts such as `2 ranked, 4 throttled; 5-9 requests; waits 60 120; says later`. What is not
    told is that all are ranked, by three requests, without a wait. `nothing; exit 2`: there is no
    report, and the exit status (1, unless it is told). What is said comes last.
    """
    fault: Action | None = None
    on: str = ""
    """Words such as `repository o/r3 after 2 always`: the kind of request (a query, unless it is
    told), which repository it is about, how many are let through first, and `5 times` (once)."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    repositories: int = 6
    """On the list; asked two a query, three requests in flight, unless `settings` say else."""
    token: str | None = TOKEN
    prepare: Prepare = lambda _: None
    """What else is to be done to the stand-in."""

    def befall(self, github: StandIn) -> None:
        """Prepare the stand-in, with the fault."""
        self.prepare(github)
        if self.fault is None:
            return
        limits: dict[str, Any] = {"kind": "graphql"}
        words = iter(self.on.split())
        for word in words:
            if word == "after":
                limits["skip"] = int(next(words))
            elif word == "always":
                limits["times"] = None
            elif word.isdigit():
                limits["times"] = int(word)
                next(words)
            else:
                limits["repository" if "/" in word else "kind"] = word
        github.faults.append(Fault(self.fault, **limits))


@dataclass(slots=True)
class Expected:
    """What a row says is to come of it."""

    outcomes: dict[str, int]
    """Listed names that end so."""
    requests: range = range(3, 4)
    """How many leave."""
    waits: Sequence[float] = ()
    """Seconds of each pause, without the jitter."""
    said: str = ""
    """Part of what a reader is told."""
    exit_status: int = 1
    """Where there is no report."""

    @property
    def status(self) -> int:
        """The exit status that goes with the outcomes."""
        if not self.outcomes:
            return self.exit_status
        settled = {"ranked"} | {str(reason) for reason in Reason if not reason.retryable}
        return 0 if self.outcomes.keys() <= settled else INCOMPLETE


def expected(scenario: Scenario) -> Expected:
    """Read `Scenario.then`."""
    found = Expected({"ranked": scenario.repositories})
    then, _, found.said = scenario.then.partition("says ")
    for part in filter(None, then.split("; ")):
        first, _, rest = part.partition(" ")
        if first == "waits":
            found.waits = [float(word) for word in rest.split()]
        elif first == "exit":
            found.exit_status = int(rest)
        elif rest == "requests":
            least, _, most = first.partition("-")
            found.requests = range(int(least), int(most or least) + 1)
        else:
            counts = [] if part == "nothing" else part.split(", ")
            found.outcomes = {name: int(n) for n, name in (each.split() for each in counts)}
    return found


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

ANYWHERE = ("403-secondary-retry-after", "403-primary-reset", "429-html", "502-page-that-says-so")
"""Forms for which REST and files are asked, too: `tests/sources/test_limits.py` has all of them."""

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
        f"graphql-{name}": Scenario(f"4 requests; waits {wait:g}", action)
        for name, (action, wait) in (REFUSALS | GRAPHQL_REFUSALS).items()
    },
    **{
        f"rest-{name}": Scenario(f"7 requests; waits {wait:g}", action, "repository", REST)
        for name, (action, wait) in REFUSALS.items()
        if name in ANYWHERE
    },
    "three-in-flight-tell-of-one-limit": Scenario(
        "6 requests; waits 60", faults.secondary_limit(), "3 times"
    ),
    "unsaid-again-and-again": Scenario(
        "6 requests; waits 60 120 240", faults.secondary_limit(), "3 times", ONE
    ),
    "again-at-once-does-not-spin": Scenario(
        "8 requests; waits 1 2 4 8 16", limited(403, retry_after=0), "5 times", ONE
    ),
    "for-ever": Scenario(
        "2 ranked, 4 throttled; 5 requests; waits 60 120 240",
        faults.secondary_limit(),
        "after 1 always",
        ONE,
    ),
    "for-ever-and-no-answer-at-all": Scenario(
        "nothing; 4 requests; waits 60 120 240; says secondary rate limit",
        faults.secondary_limit(),
        "always",
        ONE,
    ),
    "beyond-max-wait": Scenario(
        "2 ranked, 4 throttled; 2 requests; says 12:30:01 UTC",
        limited(403, **used_up(1800)),
        "after 1 always",
        ONE,
    ),
    "max-wait-covers-the-hour": Scenario(
        "4 requests; waits 1801", limited(403, **used_up(1800)), settings={"max_wait": 7200.0}
    ),
    "max-wait-is-for-all-waits": Scenario(
        "nothing; waits 300 300",
        faults.secondary_limit(403, retry_after=300),
        "always",
        {**ONE, "max_wait": 700.0},
    ),
    "no-waiting-at-all": Scenario(
        "2 ranked, 4 throttled; 2 requests",
        faults.secondary_limit(403, retry_after=1),
        "after 1",
        {**ONE, "max_wait": 0.0},
    ),
    "the-readme-is-refused": Scenario(
        "5 requests; waits 30",
        faults.secondary_limit(429, retry_after=30),
        "readme",
        {"lists": ("o/list",)},
    ),
    "the-quota-runs-out": Scenario(
        "4 requests; waits 3601",
        prepare=lambda github: setattr(github.world.graphql, "used", 4998),
        settings={**ONE, "max_wait": 4000.0},
    ),
    "the-quota-runs-out-for-longer": Scenario(
        "4 ranked, 2 throttled; says 13:00:01 UTC",
        prepare=lambda github: setattr(github.world.graphql, "used", 4998),
        settings=ONE,
    ),
    "rest-runs-out": Scenario(
        "7 requests; waits 3601",
        prepare=lambda github: setattr(github.world.core, "used", 4998),
        settings={**ONE, **REST, "max_wait": 4000.0},
    ),
    "anonymous-rest-runs-out": Scenario(
        "2 ranked, 4 throttled",
        prepare=lambda github: setattr(github.world.anonymous, "used", 58),
        settings={**ONE, **REST},
        token=None,
    ),
    "anonymous-rest-waits-for-its-hour": Scenario(
        "7 requests; waits 3601",
        prepare=lambda github: setattr(github.world.anonymous, "used", 58),
        settings={**ONE, **REST, "max_wait": 4000.0},
        token=None,
    ),
    "a-budget": Scenario("4 ranked, 2 throttled; 2 requests; says budget", settings={"budget": 2}),
    "a-budget-that-suffices": Scenario("", settings={"budget": 3}),
    "a-budget-of-rest": Scenario(
        "5 ranked, 1 throttled; 5 requests", settings={**REST, "budget": 5}
    ),
    "a-budget-includes-what-fails": Scenario(
        "4 ranked, 2 throttled", faults.server_error(), settings={"budget": 3, **ONE}
    ),
    "a-budget-includes-what-is-refused": Scenario(
        "4 ranked, 2 throttled; waits 30",
        faults.secondary_limit(403, retry_after=30),
        settings={"budget": 3, **ONE},
    ),
}

FIFTY = {"batch_size": 50}

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
    **{f"{name}-once": Scenario("4 requests", action) for name, action in BROKEN.items()},
    "for-one-repository": Scenario(
        "49 ranked, 1 unavailable; 8-15 requests",
        faults.cut_off(100),
        "o/r7 always",
        FIFTY,
        repositories=50,
    ),
    **{
        f"rest-{name}-once": Scenario("7 requests", action, "repository", REST)
        for name, action in BROKEN.items()
        if name not in ("data-null", "empty-object")
    },
    "rest-for-one-repository": Scenario(
        "5 ranked, 1 unavailable; 9 requests", faults.server_error(), "repository o/r3 always", REST
    ),
    "every-query-fails": Scenario(
        "nothing; 20-89 requests; says 502",
        faults.server_error(),
        "always",
        {"batch_size": 50, "concurrency": 16},
        repositories=300,
    ),
    "every-rest-request-fails": Scenario(
        "nothing; 20-109 requests; says 502",
        faults.server_error(),
        "repository always",
        {**REST, "concurrency": 16},
        repositories=300,
    ),
    "every-query-fails-after-some": Scenario(
        "100 ranked, 300 unavailable; 20-89 requests",
        faults.server_error(),
        "after 2 always",
        {"batch_size": 50, "concurrency": 4},
        repositories=400,
    ),
    "the-first-ten-fail": Scenario(
        "38 ranked, 2 unavailable; 25-39 requests",
        faults.server_error(),
        "10 times",
        ONE,
        repositories=40,
    ),
    "too-many-aliases": Scenario(
        "100 ranked; 5-9 requests",
        prepare=lambda github: setattr(github, "max_aliases", 20),
        repositories=100,
        settings={**FIFTY, **ONE},
    ),
    "one-alias-at-a-time": Scenario(
        "6-8 requests",
        prepare=lambda github: setattr(github, "max_aliases", 1),
        settings={**FIFTY, **ONE},
    ),
    "too-many-nodes": Scenario(
        "",
        faults.respond(
            200, {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "Too many nodes."}]}
        ),
        settings={**FIFTY, **ONE},
    ),
    "resources-of-some": Scenario("", faults.resources_exceeded("o/r1", "o/r2"), settings=FIFTY),
    "nulls-with-an-error-once": Scenario(
        "2 requests", faults.nullify("o/r1", type_="INTERNAL"), settings=FIFTY
    ),
    "a-null-with-an-error-always": Scenario(
        "5 ranked, 1 unavailable; 2-3 requests; says It broke.",
        faults.nullify("o/r1", type_="INTERNAL", message="It broke."),
        "always",
        FIFTY,
    ),
    "a-null-without-an-error": Scenario(
        "5 ranked, 1 malformed; 2 requests", faults.nullify("o/r1"), "always", FIFTY
    ),
    "a-null-without-an-error-once": Scenario("2 requests", faults.nullify("o/r1"), settings=FIFTY),
    "nulls-without-errors-once": Scenario("4 requests", faults.nullify()),
    "no-aliases-once": Scenario("4 requests", faults.respond(200, {"data": {}})),
    "no-aliases-always": Scenario(
        "nothing; 6 requests; says (malformed)", faults.respond(200, {"data": {}}), "always"
    ),
    "rest-an-object-that-is-no-repository-once": Scenario(
        "7 requests", faults.respond(200, {}), "repository", REST
    ),
    "rest-an-object-that-is-no-repository": Scenario(
        "5 ranked, 1 malformed; 7 requests", faults.respond(200, {}), "repository o/r1 always", REST
    ),
    "not-found": Scenario(
        "5 ranked, 1 not_found; says Could not resolve",
        prepare=lambda github: github.world.remove("o/r1"),
    ),
    "stars-that-are-none-once": Scenario(
        "4 requests",
        faults.rewrite(lambda value, _: value["data"]["r0"].__setitem__("stargazerCount", None)),
    ),
    "stars-that-are-none": Scenario(
        "5 ranked, 1 malformed; 4 requests",
        faults.rewrite(lambda value, _: value["data"]["r0"].__setitem__("stargazerCount", None)),
        "o/r4 always",
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
    **{f"{name}-once": Scenario("4 requests", action) for name, action in FOREIGN.items()},
    **{
        f"rest-{name}-once": Scenario("7 requests", action, "repository", REST)
        for name, action in FOREIGN.items()
    },
    **{
        f"rest-{name}-for-one-repository": Scenario(
            "5 ranked, 1 unavailable; 7-9 requests",
            FOREIGN[name],
            "repository o/r3 always",
            REST,
        )
        for name in ("404-portal", "302-portal", "403-gateway")
    },
    "a-portal-answers-all": Scenario(
        "nothing; 2-39 requests; says a web page ('Log in to Hotel')",
        faults.respond(200, PORTAL, PAGE),
        "always",
    ),
    "rest-a-portal-answers-all": Scenario(
        "nothing; 12-19 requests; says which leads to login.hotel.test",
        faults.respond(302, "", {"location": "http://login.hotel.test/?to=x"}),
        "repository always",
        REST,
    ),
    "a-portal-after-some": Scenario(
        "2 ranked, 4 unavailable; 3-15 requests",
        faults.respond(404, PORTAL, PAGE),
        "after 1 always",
        ONE,
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
        "4 requests", prepare=lambda github: change(github, "o/r1", forbidden=SAML)
    ),
    "forbidden-and-the-anonymous-hour-is-over": Scenario(
        "2 ranked, 4 throttled; 6-9 requests; says SAML",
        prepare=lambda github: forbid_all(github, anonymous_left=2),
        settings=ONE,
    ),
    "forbidden-and-a-limit-is-told-to-the-anonymous": Scenario(
        "9-15 requests; waits 50",
        faults.secondary_limit(429, retry_after=50),
        "repository",
        ONE,
        prepare=lambda github: forbid_all(github, anonymous_left=60),
    ),
    "forbidden-and-anonymous-fails": Scenario(
        "5 ranked, 1 unavailable; 4-7 requests; "
        "says SAML enforcement; without the token: GitHub answered with status 502",
        faults.server_error(),
        "repository always",
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
    ),
    "forbidden-and-a-portal-answers-the-anonymous": Scenario(
        "5 ranked, 1 unavailable; 5 requests; says without the token: ",
        faults.respond(404, PORTAL, PAGE),
        "repository always",
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
    ),
    "forbidden-and-gone-for-the-anonymous": Scenario(
        "5 ranked, 1 forbidden; 4 requests",
        faults.respond(404, {"message": "Not Found", **DOCUMENTED}),
        "repository always",
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
    ),
    "forbidden-and-all-must-log-in": Scenario(
        "5 ranked, 1 forbidden; 4 requests",
        faults.respond(401, {"message": "Requires authentication", **DOCUMENTED}),
        "repository always",
        prepare=lambda github: change(github, "o/r1", forbidden=SAML),
    ),
    "rest-forbidden": Scenario(
        "7 requests", prepare=lambda github: change(github, "o/r1", forbidden=SAML), settings=REST
    ),
    "blocked": Scenario("4 ranked, 2 blocked; 3-5 requests", prepare=block_two),
    "rest-blocked": Scenario("4 ranked, 2 blocked; 6 requests", prepare=block_two, settings=REST),
    "rest-moved-once": Scenario("7 requests", prepare=lambda g: lead_on(g, 1), settings=REST),
    "rest-moved-in-a-circle": Scenario(
        "5 ranked, 1 unavailable; 10-29 requests; says redirects",
        prepare=lambda g: lead_on(g, 1, "/repos/o/r1"),
        settings=REST,
    ),
    "rest-moved-to-another-server": Scenario(
        "5 ranked, 1 unavailable; 7 requests",
        prepare=lambda g: lead_on(g, 1, "http://127.0.0.1:9/repos/o/r1"),
        settings=REST,
    ),
    "a-query-is-not-redirected": Scenario(
        "2 ranked, 4 unavailable; 3-15 requests; says 301",
        faults.respond(301, {"message": "Moved"}, {"location": "/elsewhere"}),
        "after 1 always",
        ONE,
    ),
    "gzip-bomb": Scenario("4-5 requests", faults.gzip_bomb(40 * MIB)),
    "gzip-bomb-always": Scenario(
        "5 ranked, 1 unavailable; 4-7 requests; says MiB", faults.gzip_bomb(40 * MIB), "o/r3 always"
    ),
    "oversize": Scenario("4-5 requests", faults.respond(200, b'{"data":' + b" " * (33 * MIB))),
    "drip": Scenario("4-5 requests", faults.drip(10.0), settings=ONE),
    "stall-for-one-repository": Scenario(
        "5 ranked, 1 unavailable; 8 requests; says 30 s",
        faults.stall(),
        "o/r3 always",
        ONE,
    ),
}

A_FILE = ("the list as a file on the web",)
"""Stands for an address that is not known before the stand-in runs."""

LISTS = {
    **{
        f"a-file-{name}": Scenario(f"5 requests; waits {wait:g}", action, "file", {"lists": A_FILE})
        for name, (action, wait) in REFUSALS.items()
        if name in ANYWHERE
    },
    "a-file-refused-for-longer": Scenario(
        "nothing; 1 requests; "
        "says refuses more requests: Slow down; ask again after 2026-11-01 13:00:00 UTC",
        limited(429, {"message": "Slow down."}, retry_after=3600),
        "file always",
        {"lists": A_FILE},
    ),
    **{
        f"a-file-{status}-once": Scenario(
            "5 requests", faults.respond(status), "file", {"lists": A_FILE}
        )
        for status in (408, 421, 425, 503)
    },
    "a-file-behind-a-portal": Scenario(
        "nothing; exit 2; 1 requests; "
        "says is a web page ('Log in to Hotel'): give the address of its Markdown source",
        faults.respond(200, PORTAL, PAGE),
        "file always",
        {"lists": A_FILE},
    ),
    **{
        f"a-readme-{name}-once": Scenario("5 requests", action, "readme", {"lists": ("o/list",)})
        for name, action in FOREIGN.items()
    },
    **{
        f"a-readme-{name}": Scenario(
            f"nothing; 4 requests; says {said}", action, "readme always", {"lists": ("o/list",)}
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
    "one-401-among-answers": Scenario("4 requests", BAD_CREDENTIALS, "after 1", ONE),
    "one-401-among-answers-in-flight": Scenario(
        "20 ranked; 11 requests", BAD_CREDENTIALS, "after 6", repositories=20
    ),
    "rest-one-401-among-answers": Scenario(
        "7 requests", BAD_CREDENTIALS, "repository after 1", {**REST, **ONE}
    ),
    "a-token-that-expires-half-way": Scenario(
        "2 ranked, 4 unavailable; says GitHub refuses the token",
        BAD_CREDENTIALS,
        "after 1 always",
        ONE,
    ),
    "a-token-that-expires-with-many-in-flight": Scenario(
        "12 ranked, 88 unavailable; 8-12 requests",
        BAD_CREDENTIALS,
        "after 6 always",
        repositories=100,
    ),
    "rest-a-token-that-expires-half-way": Scenario(
        "2 ranked, 4 unavailable; 4 requests",
        BAD_CREDENTIALS,
        "repository after 2 always",
        {**REST, **ONE},
    ),
    "a-token-that-is-refused-from-the-first": Scenario(
        "nothing; 1 requests; says GitHub refuses the token", BAD_CREDENTIALS, "always", ONE
    ),
    "a-401-of-a-portal": Scenario(
        "nothing; 1 requests; says a web page ('Log in to Hotel')",
        faults.respond(401, PORTAL, PAGE),
        "always",
        ONE,
    ),
    "suspended-from-the-first": Scenario(
        "nothing; 1 requests; says GitHub has suspended the account of the token",
        SUSPENDED,
        "always",
        ONE,
    ),
    "rest-suspended-from-the-first": Scenario(
        "nothing; 1 requests; says GitHub has suspended the account of the token",
        SUSPENDED,
        "repository always",
        {**REST, **ONE},
    ),
    "suspended-half-way": Scenario(
        "2 ranked, 4 unavailable; says GitHub has suspended the account of the token",
        SUSPENDED,
        "after 1 always",
        ONE,
    ),
    "too-many-logins": Scenario(
        "nothing; 1 requests; says 2026-11-01 13:00:00 UTC",
        LOCKED,
        "always",
        {**ONE, "max_wait": 7200.0},
    ),
    "rest-too-many-logins-half-way": Scenario(
        "2 ranked, 4 throttled; says 2026-11-01 13:00:00 UTC",
        LOCKED,
        "repository after 2 always",
        {**REST, **ONE, "max_wait": 7200.0},
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
        "5 ranked, 1 unavailable; 10 requests", never_tell("o/r3"), "depsdev always", token=None
    ),
    "depsdev-never-tells-of-one-at-first": Scenario(
        "2 requests",
        faults.rewrite(lambda value, _: value["responses"].pop()),
        "depsdev",
        token=None,
    ),
    "depsdev-behind-a-portal": Scenario(
        "nothing; 2-19 requests; says a web page ('Log in to Hotel')",
        faults.respond(403, PORTAL, PAGE),
        "depsdev always",
        token=None,
    ),
    "depsdev": Scenario("1 requests", token=None),
    "depsdev-unknown-ones": Scenario(
        "4 ranked, 2 unknown_to_source; 1 requests; says GH_TOKEN",
        prepare=lambda github: github.depsdev.unknown.update({"o/r1", "o/r4"}),
        token=None,
    ),
    "depsdev-pages": Scenario(
        "", prepare=lambda github: setattr(github.depsdev, "page_size", 2), token=None
    ),
    "depsdev-502-once": Scenario("2 requests", faults.html(), "depsdev", token=None),
    "depsdev-502-on-the-second-page": Scenario(
        "3-4 requests",
        faults.html(),
        "depsdev after 1",
        prepare=lambda github: setattr(github.depsdev, "page_size", 3),
        token=None,
    ),
    "depsdev-for-one-repository": Scenario(
        "5 ranked, 1 unavailable; 5-11 requests", faults.html(), "depsdev o/r3 always", token=None
    ),
    "depsdev-dead": Scenario("nothing; 2-19 requests", faults.html(), "depsdev always", token=None),
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
        scenario.befall(github)
        github.files["list.md"] = File(path.read_bytes())
        settings = {"lists": (str(path),), **scenario.settings}
        if settings["lists"] == A_FILE:
            settings["lists"] = (f"{github.url}/files/list.md",)
        trial = await run_trial(github, token=scenario.token, **settings)
        check(trial, expected(scenario), scenario.repositories)
        await assert_nothing_left(github)
        assert github.log.problems == []


def check(trial: Trial, row: Expected, repositories: int) -> None:
    """Hold what happened against the row."""
    told = trial.said
    assert (trial.status, dict(trial.outcomes)) == (row.status, row.outcomes), told
    assert trial.early() == []
    assert len(trial.waits) == len(row.waits), trial.events
    for took, least in zip(trial.waits, row.waits, strict=True):
        assert least - 1e-3 <= took <= least * (1 + PAUSES.jitter) + 1e-3
    assert trial.requests in row.requests, trial.events
    assert row.said in told
    if trial.ranking is not None:
        sums = trial.ranking.sums
        failed = sum(count for _, count in sums.failed)
        assert sums.listed == sums.ranked + sums.duplicates + failed == repositories
        assert trial.ranking.usage.requests == trial.requests
        stars = [each.stars for each in trial.ranking.rows]
        assert stars == sorted(stars, reverse=True)
        assert all(
            each.stars == repositories - int(each.repository.removeprefix("o/r"))
            for each in trial.ranking.rows
        )
