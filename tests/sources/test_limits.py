"""What responses say about limits and credentials, on examples of GitHub's real bodies."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.exchange import Response, Token
from crawler.model.errors import CredentialsError, Throttled, TokenRefused
from crawler.sources.limits import Quota, read_limit, read_message, read_quota, verdict

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
RESET = int(NOW.timestamp()) + 1800
MINUTE = timedelta(seconds=60)
UNSAID = "it does not say"
LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)
UNTIL_RESET = timedelta(seconds=1801)
AGES = timedelta(seconds=RESET + 1)

PRIMARY = (
    "API rate limit exceeded for 203.0.113.7. (But here's the good news: Authenticated requests "
    "get a higher rate limit. Check out the documentation for more details.)"
)
PRIMARY_USER = (
    "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please "
    "include the request ID C0DE:1 and timestamp 2026-11-01 12:00:00 UTC. For more on scraping "
    "GitHub and how it may affect your rights, please review our Terms of Service "
    "(https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)"
)
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID C0DE:1."
)
OLD_SECONDARY = (
    "You have triggered an abuse detection mechanism. Please wait a few minutes before you try "
    "again."
)
WAIT = "Please wait a few minutes before you try again."
GRAPHQL = {
    "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]
}


@dataclass(frozen=True, slots=True)
class Example:
    """A response, and how long it says to wait, or UNSAID; None if it is no such refusal."""

    name: str
    status: int
    body: object
    headers: dict[str, str]
    wait: timedelta | str | None


def used_up(**more: str) -> dict[str, str]:
    """The headers of a budget of which nothing remains."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(RESET), **named}


def page(words: str, ahead: int = 0) -> str:
    """A page with `words` behind so many bytes of style."""
    return f"<!DOCTYPE html><html><style>{'x' * ahead}</style><h1>Whoa there!</h1><p>{words}</p>"


DAY = timedelta(days=1)
AN_HOUR_AGO = "Sun, 01 Nov 2026 11:00:00 GMT"
AHEAD = "Sun, 01 Nov 2026 13:00:00 GMT"
HTML = {"content-type": "text/html; charset=utf-8"}
ALREADY = "API rate limit already exceeded for user ID 1."
RESTRICTED = "Access has been restricted. You have triggered a rate limit."
LEFT = {"x-ratelimit-remaining": "4999", "x-ratelimit-reset": str(RESET)}
EXAMPLES = [
    Example("REST primary, 403", 403, {"message": PRIMARY}, used_up(), UNTIL_RESET),
    Example("REST primary, 429", 429, {"message": PRIMARY_USER}, used_up(), UNTIL_RESET),
    Example(
        "retry-after first", 403, {"message": PRIMARY}, used_up(retry_after="7"), 7 * MINUTE / 60
    ),
    Example("used up, no sentence", 403, {}, used_up(), UNTIL_RESET),
    Example("used up, no reset", 403, {}, {"x-ratelimit-remaining": "0"}, UNSAID),
    Example(
        "secondary, retry-after", 403, {"message": SECONDARY}, {"retry-after": "30"}, MINUTE / 2
    ),
    Example("secondary, 429", 429, {"message": SECONDARY}, LEFT, UNSAID),
    Example("secondary, neither", 403, {"message": SECONDARY}, LEFT, UNSAID),
    Example("secondary, old", 403, {"message": OLD_SECONDARY}, {}, UNSAID),
    Example("secondary, older", 403, {"message": WAIT}, {}, UNSAID),
    Example("secondary with odd errors", 403, {"message": SECONDARY, "errors": ["x"]}, {}, UNSAID),
    Example("secondary, as a page", 403, f"<html><p>{OLD_SECONDARY}</p>", {}, UNSAID),
    Example("as GitHub's page has it", 403, page(SECONDARY, 2_100), HTML, UNSAID),
    Example("far down a page", 403, page(SECONDARY, 200_000), HTML, UNSAID),
    Example("beyond what is read", 403, page(SECONDARY, 300_000), HTML, None),
    Example("a page of a newer kind", 403, page(RESTRICTED), HTML, UNSAID),
    Example("a page, bad gateway", 502, page(SECONDARY), HTML, UNSAID),
    Example("a page, not found", 404, page("Too many requests"), HTML, UNSAID),
    Example("a page in place of JSON", 200, page(SECONDARY), HTML, UNSAID),
    Example("a README with such words", 200, page(SECONDARY), {}, None),
    Example("a page of somebody else", 403, page("Access denied"), HTML, None),
    Example("a text of somebody else", 403, "Blocked by policy.", {}, None),
    Example("a text that says so", 503, "Rate limit exceeded, try later", {}, UNSAID),
    Example("JSON that says so, 500", 500, {"message": ALREADY}, {}, UNSAID),
    Example("already, untyped", 200, {"errors": [{"message": ALREADY}]}, {}, UNSAID),
    Example("already, 403", 403, {"message": ALREADY}, LEFT, UNSAID),
    Example(
        "already, untyped, beside nulls",
        200,
        {"data": {"r0": None}, "errors": [{"message": ALREADY, "path": ["r0"]}]},
        {},
        UNSAID,
    ),
    Example(
        "a limit that is called forbidden",
        200,
        {"data": {"r0": None}, "errors": [{"message": SECONDARY, "type": "FORBIDDEN"}]},
        {},
        UNSAID,
    ),
    Example(
        "GraphQL, not enough left", 200, GRAPHQL, used_up(x_ratelimit_remaining="1"), UNTIL_RESET
    ),
    Example("GraphQL, a new hour", 200, GRAPHQL, used_up(x_ratelimit_remaining="4999"), UNSAID),
    Example(
        "REST, some left", 403, {"message": PRIMARY}, used_up(x_ratelimit_remaining="1"), UNSAID
    ),
    Example("slow clock", 403, {}, used_up(date=AHEAD), timedelta(0)),
    Example("fast clock", 403, {}, used_up(date=AN_HOUR_AGO), UNTIL_RESET + 60 * MINUTE),
    Example(
        "clocks that agree", 403, {}, used_up(date="Sun, 01 Nov 2026 12:00:03 GMT"), UNTIL_RESET
    ),
    Example("no clock", 403, {}, used_up(date="yesterday"), UNTIL_RESET),
    Example("a clock of another age", 403, {}, used_up(date="Thu, 01 Jan 1970 00:00:00 GMT"), AGES),
    Example(
        "seconds need no clock", 403, {}, used_up(date=AHEAD, retry_after="7"), 7 * MINUTE / 60
    ),
    Example(
        "a date by that clock",
        429,
        "",
        {"retry-after": "Sun, 01 Nov 2026 13:00:30 GMT", "date": AHEAD},
        MINUTE / 2,
    ),
    Example(
        "secondary, untyped error",
        200,
        {"data": None, "errors": [{"message": SECONDARY}]},
        {},
        UNSAID,
    ),
    Example("429 by a proxy", 429, "<html>slow down</html>", {"retry-after": "5"}, MINUTE / 12),
    Example("429 that says nothing", 429, "", {}, UNSAID),
    Example(
        "429 with a date", 429, "", {"retry-after": "Sun, 01 Nov 2026 12:10:00 GMT"}, MINUTE * 10
    ),
    Example("a date that is over", 429, "", {"retry-after": AN_HOUR_AGO}, timedelta(0)),
    Example("a date far ahead", 429, "", {"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}, DAY),
    Example("no date", 429, "", {"retry-after": "soon"}, UNSAID),
    Example("GraphQL primary", 200, GRAPHQL, used_up(), UNTIL_RESET),
    Example("GraphQL primary, bare", 200, {"data": None, **GRAPHQL}, {}, UNSAID),
    Example("GraphQL primary, some data", 200, {"data": {"r0": None}, **GRAPHQL}, {}, UNSAID),
    Example("403 with data", 403, {"data": {"r0": None}, "message": SECONDARY}, {}, UNSAID),
    Example("GraphQL secondary", 403, {"message": SECONDARY}, {"retry-after": "60"}, MINUTE),
    Example("reset is over", 403, {}, used_up(x_ratelimit_reset="1"), timedelta(0)),
    Example("retry now", 429, {}, {"retry-after": "0"}, timedelta(0)),
    Example("told to wait, no sentence", 403, {}, {"retry-after": "60"}, MINUTE),
    Example("reset in ms", 403, {}, used_up(x_ratelimit_reset="1793534400000"), LAST_DAY - NOW),
    Example("endless wait", 429, {}, {"retry-after": "9" * 15}, DAY),
    Example("endless number", 429, {}, {"retry-after": "9" * 5000}, UNSAID),
    Example("GraphQL secondary, 200", 200, {"message": SECONDARY}, {}, UNSAID),
    Example("data beside", 200, {"data": {"r0": None}, "message": SECONDARY}, {}, None),
    Example("odd types", 200, {"errors": [{"type": ["RATE_LIMITED"]}, {"type": {}}]}, {}, None),
    Example("success", 200, {"full_name": "a/b"}, LEFT, None),
    Example("the last one allowed", 200, {"full_name": "a/b"}, used_up(), None),
    Example("quoted in a text", 200, {"description": '"RATE_LIMITED"'}, {}, None),
    Example("another GraphQL error", 200, {"errors": [{"type": "NOT_FOUND"}]}, LEFT, None),
    Example("missing", 404, {"message": "Not Found"}, LEFT, None),
    Example("missing, last one", 404, {"message": "Not Found"}, used_up(), None),
    Example("blocked", 403, {"message": "Repository access blocked", "block": {}}, LEFT, None),
    Example("legal", 451, {"message": "Repository access blocked"}, LEFT, None),
    Example("forbidden", 403, {"message": "Resource not accessible by integration"}, LEFT, None),
    Example(
        "SAML of an owner named after limits",
        403,
        {
            "message": "Resource protected by organization SAML enforcement. You must grant your "
            "Personal Access token access to the `rate-limit-abuse` organization."
        },
        LEFT,
        None,
    ),
    Example(
        "token lifetime of an owner named after limits",
        403,
        {
            "message": "The 'ratelimit' organization forbids access via a fine-grained personal "
            "access tokens if the token's lifetime is greater than 366 days."
        },
        LEFT,
        None,
    ),
    Example("server error", 502, "<html>Unicorn!</html>", LEFT, None),
    Example("wrong token", 401, {"message": "Bad credentials"}, LEFT, None),
]


def response(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    """A response with `body` as it is, or as JSON."""
    raw = body if isinstance(body, bytes) else str(body).encode()
    if isinstance(body, dict | list):
        raw = json.dumps(body).encode()
    return Response(status, headers or {}, raw, "https://api.github.com/x")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples(example: Example) -> None:
    """Each refusal for a limit is recognised with its end, and nothing else is."""
    limit = read_limit(response(example.status, example.body, example.headers), NOW)
    if example.wait is None:
        assert limit is None
    else:
        assert limit is not None
        wait = example.wait
        assert limit.until == (None if isinstance(wait, str) else NOW + wait)
        assert limit.message


def test_sentence_is_githubs_own() -> None:
    """The report says what GitHub says."""
    for status, body, sentence in (
        (403, {"message": SECONDARY}, SECONDARY),
        (200, GRAPHQL, GRAPHQL["errors"][0]["message"]),
    ):
        limit = read_limit(response(status, body), NOW)
        assert limit is not None
        assert limit.message == sentence


def test_verdict_on_limits_holds_until_they_end() -> None:
    """A used-up limit throttles, and says until when."""
    found = verdict(response(403, {"message": PRIMARY}, used_up()), None, NOW)
    assert isinstance(found, Throttled)
    assert found.until == NOW + UNTIL_RESET
    assert "2026-11-01 12:30:01 UTC" in str(found)


def test_verdict_on_credentials() -> None:
    """A 401 ends the run, names the place of the token, and does not show it."""
    token = Token("ghp_0123456789abcdef", "GITHUB_TOKEN")
    refused = verdict(response(401, {"message": "Bad credentials"}, used_up()), token, NOW)
    assert isinstance(refused, CredentialsError)
    assert "GITHUB_TOKEN" in str(refused)
    assert token not in str(refused)
    anonymous = verdict(response(401, "not JSON"), None, NOW)
    assert isinstance(anonymous, CredentialsError)
    assert "GH_TOKEN" in str(anonymous)


DOCUMENTED = {"documentation_url": "https://docs.github.com/rest", "status": "403"}
SUSPENDED = {"message": "Sorry. Your account was suspended.", **DOCUMENTED}
LOCKED = {"message": "Maximum number of login attempts exceeded. Please try again later."}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"message": "Bad credentials"}, "refuses the token from GH_TOKEN"),
        (401, "", "refuses the token from GH_TOKEN"),
        (401, page("Log in"), "instead of GitHub's JSON"),
        (403, SUSPENDED, "suspended the account of the token from GH_TOKEN"),
        (403, {**SUSPENDED, "message": "This installation has been suspended"}, "suspended"),
        (403, {**SUSPENDED, "message": "Your account is suspended. Please visit."}, "suspended"),
    ],
)
def test_verdict_on_a_token_that_was_taken_before(status: int, body: object, said: str) -> None:
    """Its refusal ends what follows, and not what is known; before any success it ends the run."""
    found = response(status, body)
    token = Token("ghp_0123456789abcdef", "GH_TOKEN")
    for is_proven, kind in ((False, CredentialsError), (True, TokenRefused)):
        refusal = verdict(found, token, NOW, is_proven=is_proven)
        assert type(refusal) is kind
        assert said in str(refusal)


def test_suspension_concerns_a_token() -> None:
    """Whoever has none cannot be meant, and a gateway's or an organization's words are none."""
    assert verdict(response(403, SUSPENDED), None, NOW) is None
    gateway = {"message": "Your account is suspended"}
    assert verdict(response(403, gateway), Token("x"), NOW) is None
    other = {**SUSPENDED, "message": "Resource protected by organization SAML enforcement."}
    assert verdict(response(403, other), Token("x"), NOW) is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, timedelta(hours=1)),
        ({"retry-after": "600"}, 10 * MINUTE),
        (used_up(), UNTIL_RESET),
        (LEFT, timedelta(hours=1)),
    ],
)
def test_verdict_on_too_many_wrong_tokens(headers: dict[str, str], wait: timedelta) -> None:
    """It passes, and so is no verdict; but nobody waits for it, and the time is said."""
    found = verdict(response(403, {**LOCKED, **DOCUMENTED}, headers), Token("x"), NOW)
    assert isinstance(found, Throttled)
    assert (found.until, found.is_waited_for) == (NOW + wait, False)
    assert "Maximum number of login attempts" in str(found)
    assert "UTC" in str(found)
    limit = verdict(response(403, {"message": SECONDARY}), Token("x"), NOW)
    assert isinstance(limit, Throttled)
    assert limit.is_waited_for


@pytest.mark.parametrize("status", [200, 301, 304, 403, 404, 451, 500, 502])
def test_verdict_on_what_concerns_one_request(status: int) -> None:
    """Everything else is the business of the one who asked."""
    assert verdict(response(status, {"message": "x"}, LEFT), Token("x"), NOW) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "Not Found"}, "Not Found"),
        ({"message": "Validation Failed", "errors": ["text"]}, "Validation Failed"),
        ({"message": "Validation Failed", "errors": "text"}, "Validation Failed"),
        ({"message": "Validation Failed", "errors": [{"message": 1}]}, "Validation Failed"),
        ({"message": None}, None),
        ({"message": ["x"]}, None),
        ({}, None),
        ([], None),
        ("", None),
        ("<html>", None),
        (b"\xff\xfe", None),
        (b'{"message": "\xff"}', None),
        (b'{"x": ' + b"[" * 100_000, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_message(body: object, message: str | None) -> None:
    """The sentence is found whatever stands beside it, and where there is none, none is made up."""
    assert read_message(response(403, body)) == message


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
@pytest.mark.parametrize("status", [200, 401, 403, 429])
def test_deep_bodies_do_not_raise(status: int, depth: int) -> None:
    """A body nested deeper than any decoder goes is read like one without a sentence."""
    body = b'{"errors": [{"type": "RATE_LIMITED", "x": ' + b"[" * depth + b"]" * depth + b"}]}"
    verdict(response(status, body), None, NOW)


HEADER_VALUES = st.one_of(
    st.integers().map(str),
    st.sampled_from(["0", "-1", "1e9", "9" * 15, "9" * 400, "٣", " 5", "5 ", "+5", "0x1", "nan"]),
    st.text(max_size=5),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-resource"]
    ),
    HEADER_VALUES,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just("RATE_LIMITED"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "errors", "type", "data"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([200, 401, 403, 404, 429, 500]),
    HEADERS,
    st.binary(max_size=40) | JSON.map(json.dumps).map(str.encode),
)
def test_reading_never_raises(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever a response holds, there is a verdict, and a limit never ends in the past."""
    found = response(status, body, headers)
    limit = read_limit(found, NOW)
    verdict(found, None, NOW)
    if limit is not None and limit.until is not None:
        assert limit.until >= NOW
        assert limit.until.tzinfo is UTC
    read_quota(found)


def test_the_quota_is_read_from_any_answer() -> None:
    """Each answer tells what is left of its own resource, and until when."""
    headers = {**LEFT, "x-ratelimit-resource": "graphql"}
    for status in (200, 301, 403, 502):
        quota = read_quota(response(status, "", headers))
        assert quota == Quota("graphql", 4999, datetime.fromtimestamp(RESET, UTC))


@pytest.mark.parametrize(
    "missing", ["x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-resource"]
)
@pytest.mark.parametrize("value", [None, "", "-1", "many", "1.5"])
def test_no_quota_is_made_up(missing: str, value: str | None) -> None:
    """Where one of the three headers is absent or no number, nothing is known."""
    headers = {**LEFT, "x-ratelimit-resource": "core"}
    del headers[missing]
    if value is not None and missing != "x-ratelimit-resource":
        headers[missing] = value
    assert read_quota(response(200, "", headers)) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_a_reset_at_the_end_of_time_can_be_told(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """Whatever the reset and the time zone, the moment can be written as local time."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "9" * 15,
        "x-ratelimit-resource": "core",
    }
    found = response(403, "", headers)
    try:
        assert isinstance(verdict(found, None, NOW), Throttled)
        quota = read_quota(found)
        assert quota is not None
        assert quota.resets_at.astimezone().year == 9999
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, {"message": SECONDARY}, SECONDARY),
        (200, {"errors": [{"type": "RATE_LIMITED"}]}, "API rate limit exceeded"),
        (403, {}, "API rate limit exceeded"),
        (429, "", "Too many requests"),
        (429, page(f"Sorry. {WAIT} Bye."), WAIT),
        (403, page(SECONDARY, 3000), "You have exceeded a secondary rate limit."),
        (403, f"{'x' * 999} too many requests {'y' * 999}", f"too many requests {'y' * 199}"),
    ],
)
def test_a_limit_has_a_sentence(status: int, body: object, sentence: str) -> None:
    """GitHub's where there is one, wherever it stands; else one that says as much."""
    limit = read_limit(response(status, body, used_up()), NOW)
    assert limit is not None
    assert limit.message.lstrip("x ") == sentence
