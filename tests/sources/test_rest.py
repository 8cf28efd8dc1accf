"""One repository by REST: what each answer comes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import facts
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.http.exchange import Response
from crawler.model.errors import BrokenAnswer
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal
from crawler.sources.github.rest import decode_repository, redirect_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
URL = "https://api.github.com/repos/owner/repo"
EXCHANGES = Path(__file__).parents[3] / "shared" / "github" / "exchanges"

FULL: dict[str, Any] = {
    "id": 42,
    "node_id": "MDEwOlJlcG9zaXRvcnk0Mg==",
    "full_name": "Owner/Repo",
    "owner": {"login": "Owner"},
    "html_url": "https://github.com/Owner/Repo",
    "stargazers_count": 1234,
    "watchers_count": 1234,
    "forks_count": 56,
    "archived": True,
    "fork": False,
    "private": False,
    "pushed_at": "2026-10-31T23:59:59Z",
    "description": "What it is \U0001f680",
    "language": "C#",
    "license": {"key": "mit", "spdx_id": "MIT"},
}


def response(status: int, body: object, **headers: str) -> Response:
    """A response with `body` as it is, or as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers, raw, URL)


def decode(status: int, body: object) -> Answer:
    """What is made of it."""
    return decode_repository(response(status, body), NOW)


def refusal(status: int, body: object) -> Refusal:
    """What is made of it, which is no facts."""
    answer = decode(status, body)
    assert isinstance(answer, Refusal)
    return answer


def recorded(name: str) -> list[dict[str, Any]]:
    """A recorded exchange with GitHub."""
    file = EXCHANGES / f"{name}.json"
    if not file.exists():
        pytest.skip("the recorded exchanges are not beside this checkout (../shared)")
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_full_answer() -> None:
    """Every figure of the report comes from its field."""
    assert decode(200, FULL) == facts(
        "Owner/Repo",
        stars=1234,
        provider=Provider.REST,
        fetched_at=NOW,
        number=42,
        forks=56,
        language="C#",
        license="MIT",
        archived=True,
        fork=False,
        private=False,
        pushed_at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
        about="What it is \U0001f680",
    )


def test_unknown_is_none() -> None:
    """What GitHub leaves empty or out is unknown, and real zeros stay."""
    bare = {"full_name": "a/b", "html_url": "https://github.com/a/b", "stargazers_count": 0}
    expected = facts("a/b", 0, provider=Provider.REST, fetched_at=NOW)
    assert decode(200, bare) == expected
    assert decode(200, dict.fromkeys(FULL) | bare) == expected
    assert decode(200, {**bare, "license": {"spdx_id": None}}) == expected


def test_recorded_repository() -> None:
    """A real answer of GitHub is read."""
    (exchange,) = recorded("get-repository")
    answer = decode(exchange["status"], exchange["response"])
    assert isinstance(answer, Facts)
    assert answer.full_name == "octokit-fixture-org/hello-world"
    assert answer.id == 1000
    assert answer.private is False


def test_recorded_rename() -> None:
    """A real redirect of GitHub leads to the number, and that to the new name."""
    exchanges = [each for each in recorded("rename-repository") if each["method"] == "get"]
    moved, found = exchanges
    target = redirect_of(
        Response(
            moved["status"],
            {"location": moved["headers"]["location"]},
            json.dumps(moved["response"]).encode(),
            "https://api.github.com" + moved["path"],
        )
    )
    assert target == "https://api.github.com" + found["path"]
    answer = decode(found["status"], found["response"])
    assert isinstance(answer, Facts)
    assert answer.full_name == "octokit-fixture-org/rename-repository-newname"


BLOCKED = "Repository access blocked"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"message": "Not Found"}, Refusal(Reason.NOT_FOUND, "Not Found")),
        (
            451,
            {"message": BLOCKED, "block": {"reason": "dmca", "created_at": "2026-01-01T00:00:00Z"}},
            Refusal(Reason.BLOCKED, f"{BLOCKED} (dmca)"),
        ),
        (451, {"message": BLOCKED, "block": None}, Refusal(Reason.BLOCKED, BLOCKED)),
        (451, "<html>", Refusal(Reason.BLOCKED, BLOCKED)),
        (
            403,
            {"message": BLOCKED, "block": {"reason": "tos", "html_url": "https://github.com/tos"}},
            Refusal(Reason.BLOCKED, f"{BLOCKED} (tos)"),
        ),
        (403, {"message": BLOCKED, "block": {}}, Refusal(Reason.BLOCKED, BLOCKED)),
        (403, {"message": BLOCKED, "block": {"reason": None}}, Refusal(Reason.BLOCKED, BLOCKED)),
        (
            403,
            {"message": "Resource protected by organization SAML enforcement."},
            Refusal(Reason.FORBIDDEN, "Resource protected by organization SAML enforcement."),
        ),
        (403, "<html>", Refusal(Reason.FORBIDDEN, "Forbidden")),
    ],
)
def test_refusals(status: int, body: object, expected: Refusal) -> None:
    """Gone, blocked and forbidden are told apart, with GitHub's sentence."""
    assert decode(status, body) == expected


@pytest.mark.parametrize("status", [201, 204, 301, 304, 400, 405, 418, 422])
def test_statuses_that_mean_nothing_here(status: int) -> None:
    """An answer that makes no sense settles nothing: a later run asks again."""
    answer = refusal(status, {"message": "Odd"})
    assert answer.reason is Reason.MALFORMED
    assert str(status) in answer.message
    assert "Odd" in answer.message
    assert refusal(status, b"").reason is Reason.MALFORMED


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 999])
def test_server_errors_are_failed_attempts(status: int) -> None:
    """A server in trouble says nothing about the repository."""
    with pytest.raises(BrokenAnswer, match=str(status)):
        decode(status, {"message": "Server Error"})


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"full_name": "a/', b"\xff\xfe", b'{"x": ' + b"[" * 100_000],
    ids=lambda body: str(body[:20]),
)
def test_bodies_that_are_not_json(body: bytes) -> None:
    """An answer cut off, or of something else than GitHub, is a failed attempt."""
    with pytest.raises(BrokenAnswer):
        decode(200, body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stargazers_count": None},
        {"stargazers_count": "12"},
        {"stargazers_count": 1.5},
        {"stargazers_count": -1},
        {"stargazers_count": False},
        {"full_name": None},
        {"full_name": "no-slash"},
        {"html_url": None},
        {"html_url": "javascript:alert(1)"},
        {"pushed_at": "yesterday"},
        {"license": "MIT"},
    ],
    ids=str,
)
def test_figures_that_cannot_be_read(wrong: dict[str, Any]) -> None:
    """A figure that is none makes the repository malformed, and never 0 stars."""
    assert refusal(200, {**FULL, **wrong}).reason is Reason.MALFORMED


@pytest.mark.parametrize("field", ["stargazers_count", "full_name", "html_url"])
def test_figures_left_out(field: str) -> None:
    """Without its stars, its name or its address, a repository is malformed."""
    left = {key: value for key, value in FULL.items() if key != field}
    assert refusal(200, left).reason is Reason.MALFORMED


@pytest.mark.parametrize("body", [{}, [], None, 5, "text", [FULL]], ids=str)
def test_json_that_is_no_repository(body: object) -> None:
    """JSON of another shape is malformed."""
    assert refusal(200, body).reason is Reason.MALFORMED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "block", "reason", *FULL]), inner)
    ),
    max_leaves=10,
)


@given(
    st.integers(200, 599),
    st.binary(max_size=50)
    | (JSON | st.dictionaries(st.sampled_from(sorted(FULL)), JSON).map(lambda odd: {**FULL, **odd}))
    .map(json.dumps)
    .map(str.encode),
)
@settings(max_examples=100)
def test_any_answer_is_decoded_or_broken(status: int, body: bytes) -> None:
    """No answer raises anything else, and stars come from GitHub alone."""
    try:
        answer = decode(status, body)
    except BrokenAnswer:
        return
    if isinstance(answer, Facts):
        assert status == 200
        assert answer.stars == json.loads(body)["stargazers_count"]
